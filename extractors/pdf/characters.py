"""Repairing the characters of a PDF's text layer: ligatures, accents, control characters, broken encodings."""

import re
import unicodedata
from typing import Final

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
    **{code: None for code in (*range(0x20), *range(0x7F, 0xA0))},
    **{code: None for code in range(0xD800, 0xE000)},  # lone surrogates cannot be written as UTF-8
    **{ord(space): " " for space in _SPACES},
    **{code: " " for code in range(0x2000, 0x200B)},
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
_ACCENT_THEN_LETTER: Final = re.compile(r"([´¨ˆ˜ˇ˘˚˙¸˛˝¯]|(?<=[^\W\d_])`) ?([^\W\d_])")
_LETTER_THEN_CEDILLA: Final = re.compile(r"([cCsStT])¸")
_DOTLESS: Final = {"ı": "i", "ȷ": "j"}

SOFT_HYPHEN: Final = "\u00ad"
_GARBAGE: Final = re.compile(r"[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]|\(cid:\d+\)")


def clean_characters(text: str) -> str:
    """The text with ligatures expanded, accents composed (NFC), odd spaces plain and control characters gone.

    Soft hyphens are kept: the line-end repair decides about them.
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        return text
    return unicodedata.normalize("NFC", compose_accents(text.translate(_TRANSLATION)))


def compose_accents(text: str) -> str:
    """Accents that are printed as a glyph of their own put on the letter that follows (``´e`` to ``é``)."""
    text = _LETTER_THEN_CEDILLA.sub(lambda match: unicodedata.normalize("NFC", match[1] + "\u0327"), text)
    return _ACCENT_THEN_LETTER.sub(_compose, text)


def _compose(match: re.Match[str]) -> str:
    letter = _DOTLESS.get(match[2], match[2])
    composed = unicodedata.normalize("NFC", letter + _ACCENTS[match[1]])
    return composed if len(composed) == 1 else match[0]


def garbage_share(text: str) -> float:
    """Share of the characters that mean nothing (no Unicode value, private use, raw glyph numbers), in [0, 1]."""
    if not text:
        return 0.0
    return sum(len(match[0]) for match in _GARBAGE.finditer(text)) / len(text)
