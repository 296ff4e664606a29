"""A few printed lines as one string whose characters remember where they stand in the paper."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extractors.front_matter.words import ORCID
from schemas.records import Line, Span

SYMBOLS = "".join(map(chr, range(0x25A0, 0x27C0))) + "*∗⁎＊†‡§¶‖∥⋆★☆♯#♠♣♥♦⋄◇◊□■△▲▽▼○●⊕⊗⊥⊙♮♭ß✉¤☯⇤⇑¨" + "‡¹²³⁴⁵⁶⁷⁸⁹⁰"

_END_MARKS = re.compile(rf"(?<=\w)[{re.escape(SYMBOLS.replace('#', '').replace('ß', ''))}]+(?=\s|$|,)")
_CHAR_WIDTH = 0.47  # of the font size, on average


@dataclass(frozen=True, slots=True)
class Row:
    """A printed line, or one cell of it where a line holds several (tabs): offsets in the paper, box in points."""

    start: int
    end: int
    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    italic: bool = False

    @property
    def height(self) -> float:
        """Points."""
        return max(1.0, self.y1 - self.y0)

    @property
    def center(self) -> float:
        """Points from the left."""
        return (self.x0 + self.x1) / 2

    def part(self, start: int, end: int) -> "Row":
        """A cell of the row; its box is guessed from the share of the characters."""
        width = (self.x1 - self.x0) / max(1, len(self.text))
        return replace(
            self,
            start=self.start + start,
            end=self.start + end,
            text=self.text[start:end],
            x0=self.x0 + width * start,
            x1=self.x0 + width * end,
        )


def make_rows(text: str, lines: Iterable[Line]) -> list[Row]:
    """Rows of lines, in the same order; a line with tabs gives several."""
    rows: list[Row] = []
    for line in lines:
        content = text[line.start_char : line.end_char]
        if not content.strip():
            continue
        row = Row(
            line.start_char,
            line.end_char,
            content,
            line.page,
            line.x0,
            line.y0,
            line.x1,
            line.y1,
            line.font_size,
            line.bold,
            line.italic,
        )
        if "\t" not in content:
            rows.append(row)
            continue
        cells = [found.span() for found in re.finditer(r"[^\t]*[^\s][^\t]*", content)]
        rows.extend(_cells(row, cells) if len(cells) > 1 else [row])
    return rows


def _cells(row: Row, spans: Sequence[tuple[int, int]]) -> list[Row]:
    """Parts of a row with wide spaces between them, which share what the characters leave of the row's width."""
    n_chars = sum(end - start for start, end in spans)
    char = min(_CHAR_WIDTH * row.size, (row.x1 - row.x0) / n_chars)
    gap = (row.x1 - row.x0 - char * n_chars) / (len(spans) - 1)
    cells: list[Row] = []
    x0 = row.x0
    for start, end in spans:
        x1 = x0 + char * (end - start)
        cells.append(replace(row.part(start, end), x0=x0, x1=x1))
        x0 = x1 + gap
    return cells


@dataclass(frozen=True, slots=True)
class Strip:
    """Text of some lines; between lines stands a newline (a comma-like border) or a space (the line is wrapped)."""

    text: str
    at: tuple[int, ...]  # offset of each character in the paper; -1 for what is not printed
    raised: tuple[bool, ...]

    def piece(self, start: int, end: int) -> "Strip":
        """Part of the strip."""
        return Strip(self.text[start:end], self.at[start:end], self.raised[start:end])

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Offsets in the paper of a part of the strip; None if nothing of it is printed."""
        printed = [offset for offset in self.at[start:end] if offset >= 0]
        return (min(printed), max(printed) + 1) if printed else None


def raised_offsets(superscripts: Iterable[Span]) -> frozenset[int]:
    """Offsets of all superscript characters."""
    return frozenset(offset for span in superscripts for offset in range(span.start_char, span.end_char))


def make_strip(text: str, pieces: Sequence[tuple[int, int, str]], raised: frozenset[int]) -> Strip:
    """Put pieces of the paper's text together.

    Args:
        text: The paper's text.
        pieces: (start, end, border to the next piece: newline or space), in printed order.
        raised: Offsets of superscript characters.
    """
    chars: list[str] = []
    at: list[int] = []
    for position, (start, end, border) in enumerate(pieces):
        part = text[start:end]
        following = text[pieces[position + 1][0] :][:1] if position + 1 < len(pieces) else ""
        mended = part.endswith(("-", "\u00ad")) and following.islower()
        if mended:
            end -= 1
        for offset in range(start, end):
            char = text[offset]
            chars.append(" " if char in "\t\u00a0\u2002\u2003\u2009" else char)
            if (
                char == "ß"
                and offset > start
                and offset not in raised
                and text[offset - 1].isalpha()
                and (text[offset + 1 : offset + 2].islower() or text[offset - 1] in "aeiouäöü")
            ):
                chars[-1] = "ẞ"  # a letter of a word, as opposed to a broken mark; folds to ß again
            at.append(offset)
        touching = position + 1 < len(pieces) and pieces[position + 1][0] == end
        if following and not mended and not touching:
            chars.append(border)
            at.append(-1)
    content = ORCID.sub(lambda found: " " * len(found.group()), "".join(chars))
    return Strip(content, tuple(at), tuple([offset in raised for offset in at]))


def printed(text: str, start_char: int, end_char: int, raised: frozenset[int] = frozenset()) -> str:
    """A name as a reader writes it down: lines joined, hyphenation mended, marks left out, NFC."""
    kept = "".join(char for offset, char in enumerate(text[start_char:end_char], start_char) if offset not in raised)
    kept = re.sub(r"(?<=\s)\d{1,3}\t", "", kept)  # the number of a manuscript's line
    kept = re.sub(r"[-\u00ad]\s*\n\s*(?=[a-zß-ÿ])", "", kept)
    kept = re.sub(r"-\s*\n\s*", "-", kept).replace("\u00ad", "")
    kept = _END_MARKS.sub("", kept)
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", kept)).strip(" ,;")
