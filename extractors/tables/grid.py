"""A table as rows and columns, from where its words stand: most tables have no ruled cells."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import Final

from extractors.tables.regions import TableRegion
from schemas.records import Line, ParsedPaper, Word

_MARKS: Final = r"[*†‡§¶⋆◦∗·@↑↓△▲▼⇑⇓+\u2020\u2021]{0,3}"
_NUMBER: Final = r"[-−–+±]?\(?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)"
_SPREAD: Final = r"(?:\s?(?:±|\+/-|\\pm)\s?\d*\.?\d+)?"
VALUE: Final = re.compile(
    rf"{_MARKS}\s?{_NUMBER}\s?%?{_MARKS}{_SPREAD}\s?%?(?:\s?[/|]\s?{_NUMBER}\s?%?)?"
    rf"(?:\s?\([-+−–±]?\d*\.?\d+%?\))?\)?\s?{_MARKS}"
    r"(?:[a-e]|\[\d+\])?"
)
EMPTY: Final = re.compile(r"[-−–—]+|N/?A|n/?a|\?|×|✓|✗|/|∗")
_JOINS: Final = re.compile(r"±|\+/-|%|\(?[±+-−–]?\d*\.?\d+%?\)|[KMGB]|[*†‡§∗]{1,3}")  # goes on with the number before
_WORD_GAP: Final = 0.34  # of the font size: as wide as a space may be
_SPACED_GAP: Final = 0.6  # in small type, between words that were read as parts of one line
_LEAST_GAP: Final = 0.12  # of the font size, between two columns
_TOLERANCE: Final = 0.06  # of the rows may print over a gap between columns
_FLUSH: Final = 0.5  # points between the left edges of a head and of its column
_SAME_ROW: Final = 0.5  # of the lower one's height must be shared


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one row that belong together."""

    start_char: int
    end_char: int
    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    @property
    def is_value(self) -> bool:
        """Is it a number that stands alone, with spread, percent sign or marks."""
        return any(c.isdigit() for c in self.text) and VALUE.fullmatch(self.text) is not None

    @property
    def is_empty(self) -> bool:
        """Is it a dash or the like, for a value that is not there."""
        return EMPTY.fullmatch(self.text) is not None


@dataclass(slots=True)
class Row:
    """One row: its pieces from left to right, and later the piece in each column."""

    pieces: list[Piece]
    y0: float
    y1: float
    n_values: int = 0
    cells: dict[int, Piece] = field(default_factory=dict)  # by column; data rows only
    is_data: bool = False

    @property
    def y(self) -> float:
        """Middle."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data rows. ``is_value`` if most of its cells are numbers or empty."""

    x0: float
    x1: float
    is_value: bool

    @property
    def x(self) -> float:
        """Middle."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table, top to bottom, and its columns, left to right."""

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    size: float  # of the type, points


def read_grid(paper: ParsedPaper, table: TableRegion) -> Grid | None:
    """Rows and columns of a table; None if it has no rows of numbers."""
    spans = [(block.start_char, block.end_char) for block in table.blocks]
    lines = [one for one in paper.lines if any(a <= one.start_char < b for a, b in spans)]
    words = [word for word in paper.table_words if any(a <= word.start_char < b for a, b in spans)]
    marks = {mark.end_char: mark.start_char for mark in paper.superscripts}
    words = [_without_mark(paper.text, word, marks) for word in words]
    if not words:
        return None
    if sum(line.y1 - line.y0 > line.x1 - line.x0 for line in lines) > 0.5 * len(lines):
        words, lines = _turned(words), _turned_lines(lines)
    size = median(line.font_size for line in lines)
    printed = _rows(words, lines)
    parts = [_parts(paper.text, [word for word, _ in some], size) for some in printed]
    rows = [_row(paper.text, some, [line for _, line in row]) for some, row in zip(parts, printed, strict=True)]
    usual = median([row.n_values for row in rows if row.n_values] or [0])
    for row in rows:
        row.is_data = row.n_values > 0 and row.n_values >= 0.4 * usual
    data = [row for row in rows if row.is_data]
    if len(data) < 2:
        return None
    columns = _columns(data, size)
    edges = [x0 for x0, _ in columns]
    for i in range(rows.index(data[0])):
        rows[i].pieces = [_joined(paper.text, head) for part in parts[i] for head in _flush_heads(part, edges)]
    for row in data:
        row.cells = _cells(row, columns)
    kinds = [_is_value_column([row.cells[i] for row in data if i in row.cells]) for i in range(len(columns))]
    if not any(kinds):
        return None
    for row in rows[rows.index(data[0]) :]:
        if not row.is_data:
            row.cells = _cells(row, columns)
            row.is_data = _goes_on(row, kinds)
    return Grid(tuple(rows), tuple(Column(*x, kind) for x, kind in zip(columns, kinds, strict=True)), size)


def _goes_on(row: Row, kinds: Sequence[bool]) -> bool:
    """Is a row without values of its own a row like the others: with dashes or other numbers under the values."""
    cells = [row.cells[i] for i, is_value in enumerate(kinds) if is_value and i in row.cells]
    return len(row.pieces) > 1 and bool(cells) and all(cell.is_empty or cell.is_value for cell in cells)


def _turned(words: Sequence[Word]) -> list[Word]:
    """Words of a table that stands on its left side, as a reader sees them who turns the page."""
    return [Word(w.start_char, w.end_char, -w.y1, w.x0, -w.y0, w.x1) for w in words]


def _turned_lines(lines: Sequence[Line]) -> list[Line]:
    return [
        Line(o.start_char, o.end_char, o.page, -o.y1, o.x0, -o.y0, o.x1, o.font_size, o.bold, o.italic) for o in lines
    ]


def _rows(words: Sequence[Word], lines: Sequence[Line]) -> list[list[tuple[Word, Line]]]:
    """Words by the line that they are printed in; lines side by side are one row."""
    rows: list[tuple[float, float, list[tuple[Word, Line]]]] = []
    by_line: dict[int, list[tuple[Word, Line]]] = {}
    for word in words:
        line = next(one for one in lines if one.start_char <= word.start_char < one.end_char)
        by_line.setdefault(line.start_char, []).append((word, line))
    for group in sorted(by_line.values(), key=lambda g: (g[0][1].y0 + g[0][1].y1) / 2):
        y0, y1 = group[0][1].y0, group[0][1].y1
        if rows:
            top, bottom, last = rows[-1]
            shared = min(bottom, y1) - max(top, y0)
            if shared > _SAME_ROW * min(y1 - y0, bottom - top) and not _overlap(last, group):
                last.extend(group)
                continue
        rows.append((y0, y1, list(group)))
    return [sorted(row, key=lambda pair: pair[0].x0) for _, _, row in rows]


def _overlap(one: Iterable[tuple[Word, Line]], other: Iterable[tuple[Word, Line]]) -> bool:
    boxes = [(word.x0, word.x1) for word, _ in other]
    return any(min(word.x1, x1) - max(word.x0, x0) > 1.0 for word, _ in one for x0, x1 in boxes)


def _row(text: str, parts: Sequence[Sequence[Word]], lines: Sequence[Line]) -> Row:
    pieces = [_joined(text, part) for part in parts]
    row = Row(pieces, min(line.y0 for line in lines), max(line.y1 for line in lines))
    row.n_values = sum(piece.is_value or piece.is_empty for piece in pieces)
    if not any(piece.is_value for piece in pieces):
        row.n_values = 0
    return row


def _without_mark(text: str, word: Word, marks: Mapping[int, int]) -> Word:
    """A word of letters without the raised number of a footnote behind it: "Error³" is read as "Error3"."""
    start = marks.get(word.end_char, 0)
    is_mark = start > word.start_char + 2 and text[start - 1].isalpha() and text[start : word.end_char].isdigit()
    return replace(word, end_char=start) if is_mark else word


def _parts(text: str, words: Sequence[Word], size: float) -> list[list[Word]]:
    """Words joined over spaces; two numbers side by side are two parts, a number and its spread are one."""
    parts: list[list[Word]] = []
    for word in words:
        if parts:
            last = parts[-1][-1]
            gap = (word.x0 - last.x1) / size
            printed = text[word.start_char : word.end_char]
            before = _joined(text, parts[-1]).text
            both = _is_number(before) and (_is_number(printed) or EMPTY.fullmatch(printed))
            both = both or (EMPTY.fullmatch(before) and _is_number(printed))
            spread = _is_number(before) and (_JOINS.fullmatch(printed) or before.endswith(("±", "+/-")))
            least = _SPACED_GAP if text[last.end_char : word.start_char] == " " else _WORD_GAP
            if (gap < least and not (both and not spread and gap > 0.1)) or (spread and gap < 2 * _WORD_GAP):
                parts[-1].append(word)
                continue
        parts.append([word])
    return parts


def _flush_heads(words: Sequence[Word], edges: Sequence[float]) -> list[list[Word]]:
    """Heads that stand a space apart: each begins at the left edge of a column, and so do the data below it."""
    heads = [[words[0]]]
    is_flush = _is_at(words[0].x0, edges)
    for word in words[1:]:
        if is_flush and _is_at(word.x0, edges):
            heads.append([word])
        else:
            heads[-1].append(word)
    return heads


def _is_at(x: float, edges: Iterable[float]) -> bool:
    return any(abs(x - edge) < _FLUSH for edge in edges)


def _is_number(printed: str) -> bool:
    return printed[-1:] == "±" or (any(c.isdigit() for c in printed) and VALUE.fullmatch(printed) is not None)


def _joined(text: str, words: Sequence[Word]) -> Piece:
    start, end = min(w.start_char for w in words), max(w.end_char for w in words)
    printed = " ".join(text[w.start_char : w.end_char] for w in words)
    return Piece(
        start,
        end,
        min(w.x0 for w in words),
        min(w.y0 for w in words),
        max(w.x1 for w in words),
        max(w.y1 for w in words),
        printed,
    )


def _columns(rows: Sequence[Row], size: float) -> list[tuple[float, float]]:
    """Columns of the rows that have most cells, widened by what the other rows print in one of them alone."""
    counts = Counter(len(row.pieces) for row in rows)
    most = next((n for n in sorted(counts, reverse=True) if counts[n] > 1), max(counts))
    columns = _runs([piece for row in rows if len(row.pieces) == most for piece in row.pieces], size)
    for piece in (piece for row in rows if len(row.pieces) != most for piece in row.pieces):
        touched = [c for c in columns if min(piece.x1, c[1]) - max(piece.x0, c[0]) > -0.1 * size]
        if len(touched) == 1:
            touched[0][:] = min(touched[0][0], piece.x0), max(touched[0][1], piece.x1)
        elif not touched:
            columns.append([piece.x0, piece.x1])
    columns.sort()
    return [(x0, x1) for x0, x1 in columns]


def _runs(pieces: Sequence[Piece], size: float) -> list[list[float]]:
    """Runs of x that are printed on, between gaps that (nearly) all rows leave free."""
    edges = sorted({x for piece in pieces for x in (piece.x0, piece.x1)})
    n_rows = len({round(piece.y0) for piece in pieces})
    runs: list[list[float]] = []
    for left, right in pairwise(edges):
        covering = sum(piece.x0 < right - 0.01 and piece.x1 > left + 0.01 for piece in pieces)
        if covering <= _TOLERANCE * n_rows:
            continue
        if runs and left - runs[-1][1] < _LEAST_GAP * size:
            runs[-1][1] = right
        else:
            runs.append([left, right])
    return runs


def _cells(row: Row, columns: Sequence[tuple[float, float]]) -> dict[int, Piece]:
    """The pieces of a row by the column that they share most with; pieces of one column are put together."""
    found: dict[int, list[Piece]] = {}
    for piece in row.pieces:
        shares = [min(piece.x1, x1) - max(piece.x0, x0) for x0, x1 in columns]
        found.setdefault(max(range(len(columns)), key=shares.__getitem__), []).append(piece)
    return {i: merge_pieces(some) for i, some in found.items()}


def merge_pieces(pieces: Sequence[Piece]) -> Piece:
    """Pieces as one, in the order given."""
    if len(pieces) == 1:
        return pieces[0]
    return Piece(
        min(p.start_char for p in pieces),
        max(p.end_char for p in pieces),
        min(p.x0 for p in pieces),
        min(p.y0 for p in pieces),
        max(p.x1 for p in pieces),
        max(p.y1 for p in pieces),
        " ".join(p.text for p in pieces),
    )


def _is_value_column(cells: Sequence[Piece]) -> bool:
    full = [cell for cell in cells if not cell.is_empty]
    return bool(full) and sum(cell.is_value for cell in full) >= 0.6 * len(full)
