"""Where on a page pieces of a paper's text are printed: the boxes of their characters, line by line.

The graph keeps a box for each block only. A block's text has been mended (hyphens, ligatures, accents, spaces), so it
is aligned with the characters that the page prints inside the block's box: the longest common subsequence, spaces and
hyphens aside. What stands in another order on the page than in the text is searched for instead.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, TypeAlias

from rapidfuzz.distance import LCSseq

from extractors.pdf.extract import extract_lines
from extractors.pdf.mupdf import pymupdf

Box: TypeAlias = tuple[float, float, float, float]  # x0, y0, x1, y1 in points, origin top left

_HYPHENS: Final = frozenset("-\u00ad\u2010\u2011")
_ASCENT, _DESCENT = 0.78, 0.22  # of the font size, about the baseline: fonts lie about their heights
_SIZE_BY_WIDTH: Final = 2.1  # of a font, over the mean width of its characters
_SLACK: Final = 2.0  # points by which characters may stick out of their block
_FOUND: Final = 0.6  # of a span's characters that must be aligned, if it is not printed in one go
_SAME_ROW: Final = 0.5  # share of the lower one's height by which lines of one row overlap


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A block as the graph keeps it: its text, where that begins in the paper's, and its box on the page."""

    start_char: int
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as printed, in the form in which texts are compared, with its line."""

    letter: str
    box: Box
    line: int


def page_glyphs(page: pymupdf.Page) -> list[list[Glyph]]:
    """The characters of a page, a list for each printed line, without spaces and hyphens."""
    lines = extract_lines(page, "rawdict")
    sizes = _bitmap_sizes(lines)
    return [glyphs for number, line in enumerate(lines) if (glyphs := list(_line_glyphs(line, number, sizes)))]


def locate_spans(
    lines: Sequence[Sequence[Glyph]], blocks: Sequence[PlacedText], spans: Sequence[tuple[int, int]]
) -> list[tuple[Box, ...]]:
    """The boxes of pieces of text on a page, one for each line that a piece takes.

    Args:
        lines: What the page prints, see ``page_glyphs``.
        blocks: The blocks on that page.
        spans: Pieces of the paper's text, (start_char, end_char).

    Returns:
        One tuple of boxes for each span; empty for what is not on the page or cannot be found there.
    """
    found: list[list[Box]] = [[] for _ in spans]
    for block in blocks:
        end_char = block.start_char + len(block.text)
        wanted = [i for i, (start, end) in enumerate(spans) if start < end_char and end > block.start_char]
        if not wanted:
            continue
        aligned = _Alignment(block, _inside(lines, block.box))
        for i in wanted:
            start, end = spans[i]
            found[i].extend(aligned.boxes(start - block.start_char, end - block.start_char))
    return [tuple(boxes) for boxes in found]


class _Alignment:
    """The characters of a block's text and those printed in its box."""

    def __init__(self, block: PlacedText, lines: list[Sequence[Glyph]]) -> None:
        letters = [(folded, i) for i, character in enumerate(block.text) for folded in _fold(character)]
        self.text = "".join(letter for letter, _ in letters)
        self.offsets = [i for _, i in letters]  # of each letter, in the block's text
        orders = ([glyph for line in order for glyph in line] for order in (lines, _top_down(lines)))
        ways = [(glyphs, "".join(glyph.letter for glyph in glyphs)) for glyphs in orders]
        self.glyphs, self.printed = max(ways, key=lambda way: LCSseq.similarity(self.text, way[1]))
        self.glyph_of: dict[int, int] = {}  # letter: glyph
        for step in LCSseq.opcodes(self.text, self.printed):
            if step.tag == "equal":
                self.glyph_of.update(
                    zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True)
                )

    def boxes(self, start: int, end: int) -> list[Box]:
        """One box a line for a piece of the block's text."""
        letters = [n for n, offset in enumerate(self.offsets) if start <= offset < end]
        if not letters:
            return []
        aligned = [self.glyph_of[n] for n in letters if n in self.glyph_of]
        if len(aligned) < len(letters) or _is_torn(aligned, len(letters)):
            place = self._find(self.text[letters[0] : letters[-1] + 1], aligned[0] if aligned else 0)
            if place is not None:
                aligned = list(range(place, place + len(letters)))
            elif len(aligned) < _FOUND * len(letters):
                return []
        glyphs = [self.glyphs[n] for n in aligned]
        return [_around([glyph.box for glyph in line]) for _, line in groupby(glyphs, key=lambda glyph: glyph.line)]

    def _find(self, piece: str, near: int) -> int | None:
        """Where the piece is printed in one go, nearest to a glyph."""
        places = [match.start() for match in re.finditer(f"(?={re.escape(piece)})", self.printed)]
        return min(places, key=lambda place: abs(place - near), default=None)


def _is_torn(aligned: list[int], n_letters: int) -> bool:
    """True if a short piece was aligned with characters far from each other: those of another place."""
    return n_letters <= 40 and aligned[-1] - aligned[0] > 3 * n_letters


def _bitmap_sizes(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Type 3 fonts: sizes from the widths of their characters, as in ``fragments``; the stated size says nothing."""
    widths: dict[str, list[float]] = {}
    for span in (span for line in lines for span in line["spans"] if span["font"].startswith("Type3")):
        widths.setdefault(span["font"], []).extend(c["bbox"][2] - c["bbox"][0] for c in span["chars"])
    return {font: _SIZE_BY_WIDTH * sum(found) / len(found) for font, found in widths.items() if found}


def _line_glyphs(line: dict[str, Any], number: int, sizes: dict[str, float]) -> Iterator[Glyph]:
    upright = line["dir"][0] > 0.99
    for span in line["spans"]:
        size = sizes.get(span["font"]) or float(span["size"])
        for character in span["chars"]:
            box = tuple(character["bbox"])
            if upright:
                baseline = character["origin"][1]
                box = (box[0], baseline - _ASCENT * size, box[2], baseline + _DESCENT * size)
            for letter in _fold(character["c"]):
                yield Glyph(letter, box, number)


def _fold(character: str) -> str:
    """A character as it is compared: letters without case, accent and ligature; nothing for spaces and hyphens."""
    if character.isascii():
        return "" if character.isspace() or character == "-" else character.lower()
    if character in _HYPHENS:
        return ""
    folded = unicodedata.normalize("NFKD", character).casefold()
    return "".join(part for part in folded if not unicodedata.combining(part) and not part.isspace())


def _inside(lines: Sequence[Sequence[Glyph]], box: Box) -> list[Sequence[Glyph]]:
    """The parts of lines whose characters have their middle in a box."""
    x0, y0, x1, y1 = box[0] - _SLACK, box[1] - _SLACK, box[2] + _SLACK, box[3] + _SLACK
    kept = (
        [g for g in line if x0 <= (g.box[0] + g.box[2]) / 2 <= x1 and y0 <= (g.box[1] + g.box[3]) / 2 <= y1]
        for line in lines
    )
    return [line for line in kept if line]


def _top_down(lines: list[Sequence[Glyph]]) -> list[Sequence[Glyph]]:
    """Lines from top to bottom, and from left to right within a row, whatever the order in the file."""
    boxed = sorted(((_around([g.box for g in line]), line) for line in lines), key=lambda item: item[0][1])
    rows: list[list[tuple[Box, Sequence[Glyph]]]] = []
    for box, line in boxed:
        above = rows[-1][0][0] if rows else None
        if above and min(above[3], box[3]) - box[1] > _SAME_ROW * min(above[3] - above[1], box[3] - box[1]):
            rows[-1].append((box, line))
        else:
            rows.append([(box, line)])
    return [line for row in rows for _, line in sorted(row, key=lambda item: item[0][0])]


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
