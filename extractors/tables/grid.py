"""A table as rows and columns, from where its words stand: most tables have no ruled cells."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import Final, TypeVar

from extractors.tables.pieces import (
    Piece,
    cut_at_number,
    find_labels_beside,
    join_words,
    merge_pieces,
    split_heads,
    split_words,
    without_mark,
)
from extractors.tables.regions import TableRegion
from schemas.records import Line, ParsedPaper, Word

Placed = TypeVar("Placed", Line, Word)
_START: Final = attrgetter("start_char")
_LEAST_GAP: Final = 0.12  # of the font size, between two columns
_TOLERANCE: Final = 0.06  # of the rows may print over a gap between columns
_INDEX: Final = re.compile(
    r"(?:model|method|metric|horizon|length|step|shot|layer|epoch|size|scale|budget|prediction length)s?|[kKNn]",
    re.IGNORECASE,
)
_SAME_ROW: Final = 0.5  # of the lower one's height must be shared


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
    words, lines = _words_of(paper, table)
    if not words:
        return None
    size = median(line.font_size for line in lines)
    beside = find_labels_beside(paper.text, words, lines, size)
    words = [word for word in words if not any(p.start_char <= word.start_char < p.end_char for p in beside)]
    printed = _rows(words, lines)
    parts = [split_words(paper.text, [word for word, _ in some], size) for some in printed]
    rows = [_row(paper.text, some, [line for _, line in row]) for some, row in zip(parts, printed, strict=True)]
    usual = median([row.n_values for row in rows if row.n_values] or [0])
    for row in rows:
        row.is_data = row.n_values > 0 and row.n_values >= 0.4 * usual
    data = [row for row in rows if row.is_data]
    if len(data) < 2:
        return None
    first = rows.index(data[0])
    columns = _columns(data, size)
    columns = [*_column_of_titles(rows, first, columns), *columns]
    beside = [piece for piece in beside if piece.x1 < columns[0][0] + size]
    if beside:
        columns.insert(0, (min(piece.x0 for piece in beside), min(max(p.x1 for p in beside), columns[0][0])))
    _cut_rows(paper.text, rows, parts, columns, first)
    for row in data:
        row.cells = _cells(row, columns)
        if beside:
            row.cells[0] = min(beside, key=lambda piece: abs((piece.y0 + piece.y1) / 2 - row.y))
    kinds = _kinds_of_columns(rows[:first], data, len(columns))
    if not any(kinds):
        return None
    for row in rows[first:]:
        if not row.is_data:
            row.cells = _cells(row, columns)
            row.is_data = _goes_on(row, kinds)
    return Grid(tuple(rows), tuple(Column(*x, kind) for x, kind in zip(columns, kinds, strict=True)), size)


def _words_of(paper: ParsedPaper, table: TableRegion) -> tuple[list[Word], list[Line]]:
    """The words of a table and the lines that they are in, upright."""
    spans = sorted((block.start_char, block.end_char) for block in table.blocks)
    lines = _within(paper.lines, spans)
    marks = {mark.end_char: mark.start_char for mark in paper.superscripts}
    words = [
        without_mark(paper.text, word, marks)
        for word in _within(paper.table_words, spans)
        if table.x0 < (word.x0 + word.x1) / 2 < table.x1
    ]
    upright = sum(line.end_char - line.start_char for line in lines if line.y1 - line.y0 <= line.x1 - line.x0)
    if 2 * upright < sum(line.end_char - line.start_char for line in lines):
        return _turned(words), _turned_lines(lines)
    return words, lines


def _within(placed: Sequence[Placed], spans: Iterable[tuple[int, int]]) -> list[Placed]:
    """Words or lines, in text order, that begin in one of some spans."""
    return [
        one
        for start, end in spans
        for one in placed[bisect_left(placed, start, key=_START) : bisect_left(placed, end, key=_START)]
    ]


def _cut_rows(
    text: str,
    rows: Sequence[Row],
    parts: Sequence[Sequence[Sequence[Word]]],
    columns: Sequence[tuple[float, float]],
    first: int,
) -> None:
    """Cut what stands a space apart, where the columns say so: heads, and a long label before a number."""
    for i, row in enumerate(rows):
        if i < first:
            row.pieces = [join_words(text, head) for part in parts[i] for head in split_heads(part, columns)]
        elif row.is_data:
            row.pieces = [join_words(text, one) for part in parts[i] for one in cut_at_number(text, part, columns)]


def _kinds_of_columns(header: Sequence[Row], data: Sequence[Row], n: int) -> list[bool]:
    """Which columns hold values: not those before the labels (ranks, years), nor one that counts ("Horizon")."""
    kinds = [_is_value_column([row.cells[i] for row in data if i in row.cells]) for i in range(n)]
    labels = next((i for i, kind in enumerate(kinds) if not kind), 0)
    if any(kinds[labels:]) and 2 * sum(labels in row.cells for row in data) > len(data):
        kinds[:labels] = [False] * labels
    first = kinds.index(True) if any(kinds) else 0
    if sum(kinds) > 2 and _is_index(header, [row.cells[first] for row in data if first in row.cells]):
        kinds[first] = False
    return kinds


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
    pieces = [join_words(text, part) for part in parts]
    row = Row(pieces, min(line.y0 for line in lines), max(line.y1 for line in lines))
    row.n_values = sum(piece.is_value or piece.is_empty for piece in pieces)
    if not any(piece.is_value for piece in pieces):
        row.n_values = 0
    return row


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


def _is_index(header: Sequence[Row], cells: Sequence[Piece]) -> bool:
    """Are the numbers of a column whole and under a head that says what they count: horizons, shots, layers."""
    heads = [piece for row in header for piece in row.pieces if cells and piece.x0 < max(c.x1 for c in cells)]
    whole = sum(cell.text.isdigit() for cell in cells) == sum(cell.is_value for cell in cells)
    return whole and any(_INDEX.fullmatch(head.text) for head in heads)


def _column_of_titles(
    rows: Sequence[Row], first: int, columns: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """The column before the others whose labels each stand beside several rows, on lines of their own; mostly none."""
    heads = [piece for row in rows[:first] for piece in row.pieces if piece.x1 < columns[0][0]]
    alone = [row.pieces[0] for row in rows[first:] if not row.is_data and len(row.pieces) == 1]
    alone = [piece for piece in alone if any(c.isalpha() for c in piece.text)]  # the bar over a letter is a row, too
    labels = [piece for piece in alone if piece.x1 < columns[0][0]]
    if not heads or len(labels) < 2 or len(labels) < len(alone):
        return []
    return [(min(p.x0 for p in [*heads, *labels]), max(p.x1 for p in [*heads, *labels]))]


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


def _is_value_column(cells: Sequence[Piece]) -> bool:
    full = [cell for cell in cells if not cell.is_empty]
    return bool(full) and sum(cell.is_value for cell in full) >= 0.6 * len(full)
