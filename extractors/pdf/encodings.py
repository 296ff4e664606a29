"""Glyph codes of TeX's and Symbol fonts that the text layer gives out raw, as the characters that they print."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

_MARKS: Final = "†‡§¶"
_GREEK_CAPITALS: Final = "ΓΔΘΛΞΠΣΥΦΨΩ"
_DELIMITERS: Final = "()[]⌊⌋⌈⌉{}⟨⟩|∥/\\()()[]⌊⌋⌈⌉{}⟨⟩/\\"

# Knuth, Computer Modern Typefaces: codes below 32 of the text, math italic, symbol and extension encodings
_TEXT: Final = dict(enumerate((*_GREEK_CAPITALS, "ff", "fi", "fl", "ffi", "ffl", "ı", "ȷ")))
_MATH_ITALIC: Final = dict(enumerate(_GREEK_CAPITALS + "αβγδϵζηθικλμνξπρστυφ"))
_SYMBOLS: Final = dict(enumerate("−·×∗÷⋄±∓⊕⊖⊗⊘⊙◯∘•≍≡⊆⊇≤≥⪯⪰∼≈⊂⊃≪≫≺≻"))
_EXTENSION: Final = dict(enumerate(_DELIMITERS))
_SIGN_FONTS: Final = re.compile(r"cmex|mathext|extension|mtex|txex|pxex", re.IGNORECASE)
# A publisher's font of signs; its other codes below 32 differ from paper to paper
_SIGNS: Final = {"\x02": "−", "¼": "=", "ð": "(", "Þ": ")", "þ": "+"}
_BY_FONT: Final = (
    (re.compile(r"cmex|mathext", re.IGNORECASE), _EXTENSION),
    (re.compile(r"cmmi|mathital", re.IGNORECASE), _MATH_ITALIC),
    (re.compile(r"cmsy|mathsymb", re.IGNORECASE), _SYMBOLS),
    (re.compile(r"AdvP4C4E74"), str.maketrans(_SIGNS)),
    (re.compile(r"cmr|cmbx|cmti|cmcsc|cmss|cmsl", re.IGNORECASE), _TEXT),
)
# A bitmap font whose glyphs are named by their codes: the digits come out as the numbers 1 to 9
_BITMAP: Final = {**_TEXT, **{number: str(number) for number in range(1, 10)}}
_BITMAP_PRINTING: Final = str.maketrans({"{": "–", "|": "—", "\\": "“", '"': "”"})

# Codes of the extension encoding that come out as letters; the font has none
_LARGE_SIGNS: Final = str.maketrans(
    dict(zip("FGHIJKLMNOPXQYRZSTUVWa`hijklmnopqrstuvz", "⊔⊔∮∮⊙⊙⊕⊕⊗⊗∑∑∏∏∫∫⋃⋂⊎⋀⋁∐∐[]⌊⌋⌈⌉{}√√√√√   ", strict=True))
)

PRIVATE_USE: Final = {  # parts of tall brackets in Adobe's Symbol font, bullets of Wingdings
    0xF8EB: "⎛",
    0xF8EC: "⎜",
    0xF8ED: "⎝",
    0xF8EE: "⎡",
    0xF8EF: "⎢",
    0xF8F0: "⎣",
    0xF8F1: "⎧",
    0xF8F2: "⎨",
    0xF8F3: "⎩",
    0xF8F4: "⎪",
    0xF8F5: "⎮",
    0xF8F6: "⎞",
    0xF8F7: "⎟",
    0xF8F8: "⎠",
    0xF8F9: "⎤",
    0xF8FA: "⎥",
    0xF8FB: "⎦",
    0xF8FC: "⎫",
    0xF8FD: "⎬",
    0xF8FE: "⎭",
    0xF06E: "■",
    0xF0A7: "▪",
    0xF0B7: "•",
    **{0xF000 + code: chr(code) for code in (*range(0x20, 0x41), 0x5B, 0x5D, 0x7B, 0x7C, 0x7D)},  # Symbol is ASCII here
}


def decode_raw_codes(text: str, font: str) -> str:
    """Codes that say nothing put into the characters that the font prints for them, where the font is known."""
    table = _table_of(font)
    return text.translate(table) if table else text


@cache
def _table_of(font: str) -> Mapping[int, str]:
    """What the codes of a font print; empty if it is not known."""
    if font.startswith("Type3"):
        return _BITMAP
    return next((table for names, table in _BY_FONT if names.search(font)), {})


@cache
def is_sign_font(font: str) -> bool:
    """True for a font of large signs (sums, integrals, tall brackets), which hang down from their baselines."""
    return _SIGN_FONTS.search(font) is not None


def decode_large_signs(text: str, font: str) -> str:
    """Letters that stand for the signs of TeX's extension font put into these signs."""
    return text.translate(_LARGE_SIGNS) if _BY_FONT[0][0].search(font) else text


def decode_bitmap_text(text: str) -> str:
    """All of a TeX bitmap font's text decoded: dashes and quotes have places of their own there."""
    return text.translate(_BITMAP).translate(_BITMAP_PRINTING)


def lost_mark(text: str) -> str:
    """A sign for a raised glyph whose code says nothing (author marks of odd fonts), so that equal marks stay equal."""
    if len(text) != 1 or text.isspace() or unicodedata.category(text) != "Cc":
        return ""
    return _MARKS[ord(text) % len(_MARKS)]
