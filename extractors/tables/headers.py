"""Which heads a value stands under: head cells over several columns, labels beside several rows, titles of rows."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from extractors.tables.grid import Column, Grid, Row
from extractors.tables.pieces import Piece, merge_pieces

_STUB_HEADS: Final = re.compile(
    r"(?:model|method|system|approach|architecture|setting|algorithm|classifier|task|data\s?set|language|metric|"
    r"network|name|corpus|feature|team|backbone|variant|baseline)s?\b",
    re.IGNORECASE,
)
_TICK: Final = re.compile(r"[✓✔√☑•●·]+")
_CROSS: Final = re.compile(r"[✗✘×✕✖☐◦○–—-]+|[xX]")
# a broken word; a unit or a year, which goes on with the line above
_OF_ONE_COLUMN: Final = re.compile(r"-$|^[(\[][^()\[\]]*[)\]]$")
_OVER_LABELS: Final = re.compile(rf"{_STUB_HEADS.pattern}(?:\s*[/\\].*)?", re.IGNORECASE)
_BESIDE: Final = 0.2  # of its height that a head which stands half a line lower shares with those above and below
_NO_HEAD: Final = 6.0  # points of misplacement that a column without a head costs
_OUTSIDE: Final = 25.0  # and a head that is not over its columns


@dataclass(frozen=True, slots=True)
class Heads:
    """What a value stands under and beside.

    Attributes:
        columns: Header cells over it, from top to bottom.
        row: Labels to the left of it, by the heads of their own columns, from left to right.
        groups: Titles of the rows that it is in, from the last to the first.
    """

    columns: tuple[Piece, ...]
    row: tuple[tuple[Piece, tuple[Piece, ...]], ...]
    groups: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ValueCell:
    """A number of a table with its heads. Row and column count from 0."""

    piece: Piece
    row: int
    column: int
    heads: Heads


def is_tick(text: str) -> bool:
    """Does a cell say that something is there."""
    return _TICK.fullmatch(text) is not None


def is_mark(text: str) -> bool:
    """Does a cell say that something is there, or that it is not."""
    return is_tick(text) or _CROSS.fullmatch(text) is not None


def read_values(grid: Grid) -> list[ValueCell]:
    """The numbers of a table with their heads, row by row."""
    first = next(i for i, row in enumerate(grid.rows) if row.is_data)
    stub_end = next((i for i, column in enumerate(grid.columns) if column.is_value), 0)
    header = _assign_header(grid.rows[:first], grid.columns)
    first = _unlabelled(grid, first, stub_end, header)
    title = _title_below_header(grid, first, header)
    labels, floating = _spread_labels(grid, first)
    under: dict[int, dict[int, Piece]] = {}
    groups: list[Piece] = [title] if title else []
    values: list[ValueCell] = []
    for i, row in enumerate(grid.rows[first:], first):
        if not row.is_data and row.pieces[0] in floating:
            continue
        if not row.is_data:
            _read_title(row, grid, header, under, groups)
            continue
        stub = tuple(
            (labels[i][j], tuple(head[j] for head in header if j in head))
            for j, column in enumerate(grid.columns)
            if not column.is_value and j in labels[i]
        )
        for j, cell in row.cells.items():
            if grid.columns[j].is_value and cell.is_value:
                over = [head[j] for head in [*header, *under.values()] if j in head]
                values.append(ValueCell(cell, i, j, Heads(tuple(over), stub, tuple(groups))))
    return values


def _assign_header(rows: Sequence[Row], columns: Sequence[Column]) -> list[dict[int, Piece]]:
    """The heads of each column in each row of the header.

    Heads that are set beside the middle of two lines stand half a line lower than those of the first: there is no head
    over or under them.
    """
    found: dict[int, dict[int, Piece]] = {}
    columns = list(columns)
    for i in sorted(range(len(rows)), key=lambda i: -len(rows[i].pieces)):
        taken = {j for heads in found.values() for j, head in heads.items() if _stands_beside(head, rows[i])}
        free = [j for j in range(len(columns)) if j not in taken]
        heads = assign_heads(rows[i].pieces, [columns[j] for j in free], one_each=_is_beside_others(rows, i))
        found[i] = {free[j]: piece for j, piece in heads.items()}
        over = Counter(piece.start_char for piece in heads.values())
        for j, piece in found[i].items():  # a column is as wide as its own head
            if over[piece.start_char] == 1:
                wide = min(columns[j].x0, piece.x0), max(columns[j].x1, piece.x1)
                columns[j] = replace(columns[j], x0=wide[0], x1=wide[1])
    return [found[i] for i in range(len(rows))]


def _is_beside_others(rows: Sequence[Row], i: int) -> bool:
    """Do the heads of a row stand beside the middle of the rows above and below it."""
    least = _BESIDE * (rows[i].y1 - rows[i].y0)
    above = any(rows[k].y0 < rows[i].y0 < rows[k].y1 - least for k in range(i))
    return above and any(rows[k].y0 + least < rows[i].y1 < rows[k].y1 for k in range(i + 1, len(rows)))


def _stands_beside(head: Piece, row: Row) -> bool:
    """Can a head not be over or under any of a row."""
    least = _BESIDE * (head.y1 - head.y0)
    return all(min(head.y1, piece.y1) - max(head.y0, piece.y0) > least for piece in row.pieces)


def _title_below_header(grid: Grid, first: int, header: list[dict[int, Piece]]) -> Piece | None:
    """The title of the first rows, if one stands between the header and them; it is taken off the header."""
    above = grid.rows[:first]
    if len(above) < 2 or len(above) != len(header) or len(above[-1].pieces) > 1:
        return None
    if max(len(row.pieces) for row in above[:-1]) < 2 or not any(c.is_value for c in grid.columns[1:]):
        return None
    piece = above[-1].pieces[0]
    spans_all = min(c.x0 for c in grid.columns if c.is_value) < piece.x1 < grid.columns[-1].x1
    under_one = (
        sum(min(piece.x1, c.x1) > max(piece.x0, c.x0) for c in grid.columns) == 1 and piece.x0 > grid.columns[0].x1
    )
    if under_one or (spans_all and piece.x0 > grid.columns[0].x1):
        return None  # the second line of a head, or a head over some columns
    header.pop()
    return piece


def _unlabelled(grid: Grid, first: int, stub_end: int, header: list[dict[int, Piece]]) -> int:
    """Rows of numbers without a label under the header belong to it: sizes of the data sets, say."""
    marks = [cell for row in grid.rows[first:] for j, cell in row.cells.items() if j < stub_end]
    if marks and all(is_mark(cell.text) for cell in marks):
        return first  # an ablation: nothing is ticked in this row
    for i in range(first, len(grid.rows)):
        row = grid.rows[i]
        labelled = any(j < stub_end for j in row.cells)
        if labelled and _OVER_LABELS.fullmatch(row.cells.get(0, row.pieces[0]).text):
            header.append(dict(row.cells))  # "Model" before 2, 4, 8
            continue
        if stub_end == 0 or labelled or not any(j < stub_end for r in grid.rows[i + 1 : i + 2] for j in r.cells):
            return i
        header.append(dict(row.cells))
    return first


def _read_title(
    row: Row, grid: Grid, header: list[dict[int, Piece]], under: dict[int, dict[int, Piece]], groups: list[Piece]
) -> None:
    """A row without values: a title of the rows below it, or new heads of the columns."""
    n_values = sum(column.is_value for column in grid.columns)
    if len(row.pieces) == 1 or n_values == 1 or all(j not in row.cells for j in _value_columns(grid)):
        title = merge_pieces(row.pieces)
        if len(row.pieces) == 1 or row.pieces[0].x0 < grid.columns[0].x1:
            groups[:] = [title]
        return
    heads = assign_heads(row.pieces, grid.columns)
    level = _level_of(row, header, grid)
    if level is None:
        under[len(header)] = heads
        groups.clear()
    else:
        header[level:] = [heads]
        under.clear()
        groups.clear()


def _value_columns(grid: Grid) -> list[int]:
    return [j for j, column in enumerate(grid.columns) if column.is_value]


def _level_of(row: Row, header: Sequence[dict[int, Piece]], grid: Grid) -> int | None:
    """The row of the header that begins with the same word as this one: the table starts anew."""
    if row.pieces[0].x0 > grid.columns[0].x1:
        return None
    first = row.pieces[0].text.casefold()
    return next((i for i, head in enumerate(header) if 0 in head and head[0].text.casefold() == first), None)


def assign_heads(pieces: Sequence[Piece], columns: Sequence[Column], *, one_each: bool = False) -> dict[int, Piece]:
    """The head of each column in one row of the header; a head may span columns that stand side by side.

    The heads go from left to right over runs of columns, so that they stand over the middle or the left edge of their
    run; found by dynamic programming over columns and heads.

    Args:
        pieces: The heads.
        columns: The columns that they may be over.
        one_each: Whether each head is over one column.

    Returns:
        Head by column; columns without a head in this row are left out.
    """
    pieces = sorted(pieces, key=lambda piece: piece.x0)
    n, m = len(columns), len(pieces)
    best: list[list[tuple[float, tuple[tuple[int, int, int], ...]]]] = [
        [(float("inf"), ())] * (m + 1) for _ in range(n + 1)
    ]
    best[0][0] = (0.0, ())
    for i in range(n + 1):
        for k in range(m + 1):
            cost, runs = best[i][k]
            if cost == float("inf"):
                continue
            if i < n:
                best[i + 1][k] = min(best[i + 1][k], (cost + _NO_HEAD, runs))
            if k < m:
                best[i][k + 1] = min(best[i][k + 1], (cost + 3 * _OUTSIDE, runs))
            last = min(n, i + 1) if k < m and (one_each or _OF_ONE_COLUMN.search(pieces[k].text)) else n
            for end in range(i + 1, last + 1) if k < m else ():
                run = cost + _misplaced(pieces[k], columns[i:end])
                best[end][k + 1] = min(best[end][k + 1], (run, (*runs, (i, end, k))))
    return {j: pieces[k] for i, end, k in best[n][m][1] for j in range(i, end)}


def _misplaced(piece: Piece, columns: Sequence[Column]) -> float:
    """Points by which a head stands beside the middle of its columns, or the middle or an edge of a single one."""
    left, right = columns[0].x0, columns[-1].x1
    centred = abs((piece.x0 + piece.x1) - (left + right)) / 2
    flush = abs(piece.x0 - left)
    outside = _OUTSIDE if min(piece.x1, right) <= max(piece.x0, left) else 0.0
    if len(columns) == 1:
        return min(centred, flush + 1.0, abs(piece.x1 - right) + 1.0) + outside
    return centred + outside


def _spread_labels(grid: Grid, first: int) -> tuple[dict[int, dict[int, Piece]], list[Piece]]:
    """Labels of each data row; a label that stands once beside several rows counts for each of them.

    Returns:
        Labels by row and column, and the labels that stand on lines of their own.
    """
    rows = [i for i in range(first, len(grid.rows)) if grid.rows[i].is_data]
    labels = {i: {j: c for j, c in grid.rows[i].cells.items() if not grid.columns[j].is_value} for i in rows}
    text_columns = [j for j, column in enumerate(grid.columns) if not column.is_value]
    own_lines: list[Piece] = []
    for j in text_columns[:-1] if len(text_columns) > 1 else ():
        present = [i for i in rows if j in labels[i]]
        floating = _floating(grid, j, rows)
        if len(present) + len(floating) < 2 or len(present) == len(rows):
            continue
        spread = _blocks(grid, rows, j, present, floating)
        own_lines += [piece for _, piece in floating if piece in spread.values()]
        for i, piece in spread.items():
            labels[i].setdefault(j, piece)
    return labels, own_lines


def _floating(grid: Grid, j: int, rows: Sequence[int]) -> list[tuple[float, Piece]]:
    """Labels on a line of their own between two rows, beside the middle of an even number of them."""
    found: list[tuple[float, Piece]] = []
    for i in range(rows[0], rows[-1]):
        row = grid.rows[i]
        if not row.is_data and len(row.pieces) == 1:
            column = grid.columns[j]
            if row.pieces[0].x1 < column.x1 + 0.5 * grid.size and row.pieces[0].x0 > column.x0 - 0.5 * grid.size:
                found.append((row.y, row.pieces[0]))
    return found


def _blocks(
    grid: Grid, rows: Sequence[int], j: int, present: Sequence[int], floating: Sequence[tuple[float, Piece]]
) -> dict[int, Piece]:
    """The label of each row: at the top of its rows, or in their middle, whichever fits the table."""
    anchors = sorted([*((grid.rows[i].y, grid.rows[i].cells[j]) for i in present), *floating], key=lambda a: a[0])
    middle = _from_middle(grid, rows, anchors)
    top = _from_top(grid, rows, anchors) if present and present[0] == rows[0] and not floating else None
    if top is not None and (middle is None or _unevenness(top) <= _unevenness(middle)):
        return top
    return middle or {}


def _from_top(grid: Grid, rows: Sequence[int], anchors: Sequence[tuple[float, Piece]]) -> dict[int, Piece]:
    found: dict[int, Piece] = {}
    for i in rows:
        found[i] = [piece for y, piece in anchors if y <= grid.rows[i].y + 1][-1]
    return found


def _from_middle(grid: Grid, rows: Sequence[int], anchors: Sequence[tuple[float, Piece]]) -> dict[int, Piece] | None:
    """Runs of rows around each label, as far above it as below; None if they do not fill the table.

    A row whose next label is too far off stands alone, without a label in this column.
    """
    found: dict[int, Piece] = {}
    waiting = list(rows)
    for y, piece in anchors:
        if not waiting:
            return None
        above = [i for i in waiting if grid.rows[i].y < y - 1]
        end = 2 * y - grid.rows[waiting[0]].y
        run = [i for i in waiting if grid.rows[i].y <= end + 0.3 * grid.size]
        if above and (not run or abs(grid.rows[run[-1]].y - end) > 0.6 * grid.size):
            return None
        if not above:
            run = waiting[:1]
        found |= dict.fromkeys(run, piece)
        waiting = waiting[len(run) :]
    return found


def _unevenness(labels: dict[int, Piece]) -> int:
    """How much the sizes of neighbouring runs differ, summed up."""
    sizes: list[int] = []
    last = None
    for piece in labels.values():
        if piece is last:
            sizes[-1] += 1
        else:
            sizes.append(1)
        last = piece
    return sum(abs(a - b) for a, b in pairwise(sizes))


def split_side_by_side(grid: Grid) -> list[Grid]:
    """Two tables that were read as one: their header begins anew with the same word, or labels stand amid values."""
    first = next(i for i, row in enumerate(grid.rows) if row.is_data)
    for row in grid.rows[:first]:
        pieces = sorted(row.pieces, key=lambda piece: piece.x0)
        for piece in pieces[1:]:
            same = piece.text.casefold() == pieces[0].text.casefold()
            left = [c.x1 for c in grid.columns if c.is_value and c.x1 < piece.x0]
            right = [c.x0 for c in grid.columns if c.x1 > piece.x0]
            if same and _STUB_HEADS.match(piece.text) and left and right:
                middle = (max(left) + min(right)) / 2
                return [_part(grid, lambda x, at=middle: x < at), _part(grid, lambda x, at=middle: x >= at)]
    return [grid]


def _part(grid: Grid, keep) -> Grid:  # noqa: ANN001
    columns = [j for j, column in enumerate(grid.columns) if keep(column.x)]
    rows = []
    for row in grid.rows:
        pieces = [piece for piece in row.pieces if keep((piece.x0 + piece.x1) / 2)]
        cells = {columns.index(j): cell for j, cell in row.cells.items() if j in columns}
        if pieces:
            has_values = any(grid.columns[columns[j]].is_value for j in cells)
            rows.append(replace(row, pieces=pieces, cells=cells, is_data=row.is_data and has_values))
    return Grid(tuple(rows), tuple(grid.columns[j] for j in columns), grid.size)
