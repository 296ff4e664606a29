"""Repairing the characters of a PDF's text layer: ligatures, accents, control characters, broken encodings."""

import re
import unicodedata
from typing import Final

from extractors.pdf.encodings import PRIVATE_USE

LIGATURES: Final = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
    "Ĳ": "IJ",
    "ĳ": "ij",
}
_SPACES: Final = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"
_ZERO_WIDTH: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"

_TRANSLATION: Final = {
    **{ord(ligature): letters for ligature, letters in LIGATURES.items()},
    **dict.fromkeys((*range(32), *range(127, 160))),
    **PRIVATE_USE,
    **dict.fromkeys(range(55296, 57344)),  # lone surrogates cannot be written as UTF-8
    **{ord(space): " " for space in _SPACES},
    **dict.fromkeys(range(8192, 8203), " "),
    **{ord(mark): None for mark in _ZERO_WIDTH},
}

# spacing accent: combining accent. TeX draws the accent, then the letter over it; the text layer has two characters.
_ACCENTS: Final = {
    "´": "\u0301",
    "`": "\u0300",
    "¨": "\u0308",
    "ˆ": "\u0302",
    "˜": "\u0303",
    "ˇ": "\u030c",
    "˘": "\u0306",
    "˚": "\u030a",
    "˙": "\u0307",
    "¸": "\u0327",
    "˛": "\u0328",
    "˝": "\u030b",
    "¯": "\u0304",
}
ACCENTS: Final = frozenset(_ACCENTS)
_ACCENT_GLYPH: Final = re.compile("([^\\W\\d_]?)([´`¨ˆ˜ˇ˘˚˙¸˛˝¯])( ?)([^\\W\\d_]?)")
_VOWELS: Final = frozenset("aeiouyıAEIOUY")
_ACUTE_CONSONANTS: Final = frozenset("cnszCNSZ")
_CEDILLA_LETTERS: Final = frozenset("cCsStT")
_DOTLESS: Final = {"ı": "i", "ȷ": "j"}

SOFT_HYPHEN: Final = "\u00ad"
_MOST_GARBAGE: Final = 0.3
_LOOK, _MANY_WORDS = 3000, 100  # characters of a page that are looked at for vowels, and the words that takes
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{3,}")
_NO_VOWELS: Final = re.compile(r"(?<![A-Za-z])[^\W\d_aeiouyAEIOUY\u0080-\U0010ffff]{3,}(?![A-Za-z])")
_GARBAGE: Final = re.compile(r"[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]|\(cid:\d+\)")


def clean_characters(text: str) -> str:
    """The text in NFC with ligatures expanded, odd spaces plain and control characters gone.

    Soft hyphens are kept: the line-end repair decides about them. Accents that are glyphs of their own are kept too:
    ``compose_accents`` needs to know on which side of the letter a paper's fonts put them.
    """
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", text.translate(_TRANSLATION))


def accent_votes(text: str) -> int:
    """Above 0 if accents stand before their letters (TeX: ``´e``), below 0 if after (``e´``)."""
    votes = 0
    for match in _ACCENT_GLYPH.finditer(text):
        before, accent, space, after = match.groups()
        if accent == "´" and not before and after and not space:
            votes += 2  # nothing before it that could bear it: ``´Cosi´c``
            continue
        if accent not in "´`¨" or (accent == "`" and not (before and after)):
            continue
        if accent == "´" and not space and after and after in _ACUTE_CONSONANTS:  # "Gda´nsk" or "Fe´nelon"
            continue
        votes += (after in _VOWELS and bool(after)) - (before in _VOWELS and bool(before))
    return votes


def compose_accents(text: str, *, accent_first: bool = True) -> str:
    """Accents that are glyphs of their own put on their letters (``´e`` or ``e´`` to ``é``)."""

    def compose(match: re.Match[str]) -> str:
        before, accent, space, after = match.groups()
        if accent == "`" and not before:  # an opening quote
            return match[0]
        on_before = _on(before, accent)
        on_after = _on(after, accent) if accent_first or not space else ""
        after_wins = accent_first and before != "ı"
        if on_after and (after_wins or not on_before):
            return before + on_after
        return on_before + space + after if on_before else match[0]

    return _ACCENT_GLYPH.sub(compose, text)


def _on(letter: str, accent: str) -> str:
    """The letter with the accent, or nothing if there is no such letter."""
    if accent == "¸" and letter not in _CEDILLA_LETTERS:
        return ""
    composed = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _ACCENTS[accent])
    return composed if letter and len(composed) == 1 else ""


def garbage_share(text: str) -> float:
    """Share of the characters that mean nothing (no Unicode value, private use, raw glyph numbers), in [0, 1]."""
    if not text or (text.isascii() and "(cid:" not in text):
        return 0.0
    return sum(len(match[0]) for match in _GARBAGE.finditer(text)) / len(text)


def is_garbled(text: str) -> bool:
    """True if a text layer cannot be what the page shows: signs without meaning, or Latin words without vowels."""
    if garbage_share(text) > _MOST_GARBAGE:
        return True
    start = text[:_LOOK]
    n_words = len(_LATIN_WORD.findall(start))
    return n_words >= _MANY_WORDS and len(_NO_VOWELS.findall(start)) > 0.6 * n_words
