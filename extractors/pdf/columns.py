"""Reading order of a page by its own geometry: gutters between columns, and what spans them.

The idea of the recursive XY-cut (Nagy and Seth 1984), with one change: a page is first cut at the gutter that most
lines respect, and what crosses it (titles, wide figures and tables) divides the page into bands.
"""

import re
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from extractors.pdf.fragments import Fragment

Array = npt.NDArray[Any]

_PLACE: Final = attrgetter("baseline", "x0")
_LEFT: Final = attrgetter("x0")
_MIN_WIDTH, _MAX_WIDTH = 80, 20_000  # points: less has no room for two columns, more is no paper
_MIN_COLUMN_LINES: Final = 4
_MIN_COLUMN_SHARE: Final = 0.16  # of the region's width
_UPRIGHT_HEADS: Final = 8  # of the font size: heads set upright stand between a caption and the first row
_HANGING_NUMBER: Final = re.compile(r"\s*[\[(]?\d{1,3}[\]).]{0,2}\s*")
_MIN_HANGING: Final = 4  # numbers with their entries
_NUMBER_WIDTH, _NUMBER_GAP, _ENTRY_WIDTH = 2.5, 2.0, 5.0  # of the font size


@dataclass(slots=True)
class Segment:
    """Fragments of one column of one band, and the column's borders in points."""

    fragments: list[Fragment]
    x0: float
    x1: float


def order_fragments(
    fragments: list[Fragment], *, gutter: float | None = None, own: float | None = None
) -> list[Segment]:
    """Segments in the order in which a person reads them.

    Args:
        fragments: Upright fragments of one page, in any order.
        gutter: Where other pages of the paper have their gutter (points); asks for less evidence there.
        own: The gutter of just these fragments, if it is known already.
    """
    if not fragments:
        return []
    x0, x1 = min(f.x0 for f in fragments), max(f.x1 for f in fragments)
    found = own if own is not None else find_gutter(fragments)
    known = gutter if gutter is not None and x0 + 0.2 * (x1 - x0) < gutter < x1 - 0.2 * (x1 - x0) else None
    if known is not None and _respects(fragments, known):
        better = found is None or _gutter_score(fragments, known) > _gutter_score(fragments, found)
        found = known if better else found
    if found is None:
        return [Segment(sorted(fragments, key=_PLACE), x0, x1)]
    return _cut(fragments, found, x0, x1)


def find_gutter(fragments: list[Fragment]) -> float | None:
    """The x of the widest strip that almost no line crosses and that has text lines on both sides, or None."""
    fragments = _with_hanging_numbers(fragments)
    lefts, rights, sizes, baselines = np.array([(f.x0, f.x1, f.size, f.baseline) for f in fragments]).T
    x0, x1 = float(lefts.min()), float(rights.max())
    if not _MIN_WIDTH < x1 - x0 < _MAX_WIDTH:
        return None
    width = int(x1 - x0) + 2
    starts = np.bincount((lefts - x0).astype(int), sizes, width + 1)
    ends = np.bincount(np.minimum(width, (rights - x0).astype(int) + 1), sizes, width + 1)
    covered = np.cumsum(starts - ends)[:width].round(6)
    strips = _valleys(covered.tolist(), int(width * _MIN_COLUMN_SHARE), int(width * (1 - _MIN_COLUMN_SHARE)))
    gutters = x0 + np.array(strips).reshape(-1, 2).sum(axis=1) / 2
    on_left = rights <= gutters[:, None] + 1
    on_right = lefts >= gutters[:, None] - 1
    widths = rights - lefts
    left, right = on_left @ widths, on_right @ widths
    scores = np.minimum(left, right) - 0.25 * ((~on_left & ~on_right) @ widths)
    rows = np.unique(np.round(baselines / 3), return_inverse=True)[1]
    for i in np.argsort(-scores, kind="stable"):
        if scores[i] <= 0:
            break
        sides = ((on_left[i], gutters[i] - x0), (on_right[i], x1 - gutters[i]))
        if all(_fills(rows[side], widths[side], room, _MIN_COLUMN_LINES) for side, room in sides):
            return float(gutters[i])
    return None


def _with_hanging_numbers(fragments: list[Fragment]) -> list[Fragment]:
    """Numbers of a list put together with their entries, as boxes: the strip between the two is no gutter."""
    hanging = find_hanging_numbers(fragments)
    if not hanging:
        return fragments
    numbers = {id(number) for number, _ in hanging}
    starts = {id(entry): number.x0 for number, entry in hanging}
    return [replace(f, x0=starts.get(id(f), f.x0)) for f in fragments if id(f) not in numbers]


def find_hanging_numbers(fragments: list[Fragment]) -> list[tuple[Fragment, Fragment]]:
    """Numbers that stand before the entries of a list, each with the first line of its entry."""
    numbers = [f for f in fragments if f.width < _NUMBER_WIDTH * f.size and _HANGING_NUMBER.fullmatch(f.text)]
    if len(numbers) < _MIN_HANGING:
        return []
    rows: dict[int, list[Fragment]] = {}
    for fragment in fragments:
        if fragment.width > _ENTRY_WIDTH * fragment.size:
            rows.setdefault(round(fragment.baseline / 3), []).append(fragment)
    hanging: list[tuple[Fragment, Fragment]] = []
    for number in numbers:
        row = round(number.baseline / 3)
        entries = [
            f
            for key in (row - 1, row, row + 1)
            for f in rows.get(key, ())
            if abs(f.baseline - number.baseline) < 0.3 * number.size
            and 0 < f.x0 - number.x1 < _NUMBER_GAP * number.size
        ]
        if entries:
            hanging.append((number, min(entries, key=_LEFT)))
    return hanging if len(hanging) >= _MIN_HANGING else []


def _valleys(covered: list[float], first: int, last: int) -> list[tuple[int, int]]:
    """The strips with the lowest cover, at most eight, each as first and last point."""
    strips: list[tuple[float, int, int]] = []
    start = first
    for x in range(first + 1, last + 1):
        if x == last or covered[x] != covered[start]:
            before = covered[start - 1] if start else covered[start]
            after = covered[x] if x < len(covered) else covered[start]
            if (covered[start] < before and covered[start] <= after) or covered[start] == 0:
                strips.append((covered[start], start, x - 1))
            start = x
    strips.sort(key=lambda strip: (strip[0], strip[1] - strip[2]))
    return [(left, right) for _, left, right in strips[:8]]


def _gutter_score(fragments: list[Fragment], gutter: float) -> float:
    """Width of text that stands beside text on the other side, less the text that crosses."""
    fragments = _with_hanging_numbers(fragments)
    left = sum(f.width for f in fragments if f.x1 <= gutter + 1)
    right = sum(f.width for f in fragments if f.x0 >= gutter - 1)
    across = sum(f.width for f in fragments if f.x0 < gutter - 1 and f.x1 > gutter + 1)
    return min(left, right) - 0.25 * across


def _respects(fragments: list[Fragment], gutter: float) -> bool:
    """True if little crosses a gutter known from other pages, and at least one side holds lines of text."""
    x0, x1 = min(f.x0 for f in fragments), max(f.x1 for f in fragments)
    left = [f for f in fragments if f.x1 <= gutter + 1]
    right = [f for f in fragments if f.x0 >= gutter - 1]
    beside = sum(f.width for f in (*left, *right))
    across = sum(f.width for f in fragments) - beside
    if not left or not right or across > 0.5 * beside:
        return False
    for side, room in ((left, gutter - x0), (right, x1 - gutter)):
        rows = np.unique([round(f.baseline / 3) for f in side], return_inverse=True)[1]
        if _fills(rows, np.array([f.width for f in side]), room, 1):
            return True
    return False


def _fills(rows: Array, widths: Array, room: float, min_lines: int) -> bool:
    """True if enough rows fill a column that is ``room`` wide, as lines of text do and table cells do not.

    Args:
        rows: The row that each fragment stands in, from 0; shape [n].
        widths: Widths of the fragments, same shape.
        room: Points.
        min_lines: Rows that must be full; nearly a third of all must be, too.
    """
    covered = np.bincount(rows, widths)
    full = int((covered > 0.55 * room).sum())
    return full >= min_lines and full >= 0.3 * int((covered > 0).sum())


def _cut(fragments: list[Fragment], gutter: float, x0: float, x1: float) -> list[Segment]:
    """Bands between what crosses the gutter; in each band the left column, then the right one."""
    left, right, across = _sides(fragments, gutter)
    across.sort(key=_PLACE)
    segments: list[Segment] = []
    spanning: list[Fragment] = []

    def flush(limit: float) -> None:
        """Give out the columns above ``limit``, after the spanning text that stands above them."""
        nonlocal left, right, spanning
        above = [[f for f in side if f.baseline < limit] for side in (left, right)]
        if not (above[0] or above[1]):
            return
        if spanning:
            segments.append(Segment(spanning, x0, x1))
            spanning = []
        for side, borders in zip(above, ((x0, gutter), (gutter, x1)), strict=True):
            if side:
                segments.extend(_column(side, *borders))
        left = [f for f in left if f.baseline >= limit]
        right = [f for f in right if f.baseline >= limit]

    for fragment in across:
        flush(fragment.baseline - 0.4 * fragment.size)
        spanning.append(fragment)
    flush(float("inf"))
    if spanning:
        segments.append(Segment(spanning, x0, x1))
    return segments


def _column(fragments: list[Fragment], x0: float, x1: float) -> list[Segment]:
    """A column, cut again if it holds columns itself (three columns on a page)."""
    if len(fragments) > 12:
        inner = find_gutter(fragments)
        if inner is not None:
            return _cut(fragments, inner, min(f.x0 for f in fragments), max(f.x1 for f in fragments))
    return [Segment(sorted(fragments, key=_PLACE), x0, x1)]


def _sides(fragments: list[Fragment], gutter: float) -> tuple[list[Fragment], list[Fragment], list[Fragment]]:
    left: list[Fragment] = []
    right: list[Fragment] = []
    across: list[Fragment] = []
    for fragment in fragments:
        if fragment.x1 <= gutter + 2:
            left.append(fragment)
        elif fragment.x0 >= gutter - 2:
            right.append(fragment)
        else:
            across.append(fragment)
    spanning: list[Fragment] = []
    for fragment in across:  # an overfull line of one column is not a line across the page
        others = [f for f in (*left, *right) if _beside(f, fragment) and f.x0 < fragment.x1 and fragment.x0 < f.x1]
        if others:
            (left if (fragment.x0 + fragment.x1) / 2 < gutter else right).append(fragment)
        else:
            spanning.append(fragment)
    if spanning:
        spanning.extend(_take(left, right, _rows_of(spanning, left, right)))
        spanning.extend(_take(left, right, _last_lines(spanning, left, right)))
        spanning.extend(_take(left, right, _grid_rows(spanning, left, right, gutter)))
    return left, right, spanning


def _take(left: list[Fragment], right: list[Fragment], chosen: list[Fragment]) -> list[Fragment]:
    """Take the chosen fragments out of both columns."""
    taken = {id(f) for f in chosen}
    for side in (left, right):
        side[:] = [f for f in side if id(f) not in taken]
    return chosen


def _rows_of(spanning: list[Fragment], left: list[Fragment], right: list[Fragment]) -> list[Fragment]:
    """What stands on the line of a spanning cell belongs to its row."""
    return [f for f in (*left, *right) if any(abs(f.baseline - s.baseline) < 0.3 * s.size for s in spanning)]


def _last_lines(spanning: list[Fragment], left: list[Fragment], right: list[Fragment]) -> list[Fragment]:
    """Short last lines of spanning paragraphs (captions): they do not reach the gutter, but nothing is beside them."""
    chosen: list[Fragment] = []
    for line in spanning:
        for fragment in left:
            below = 0.8 * line.size < fragment.baseline - line.baseline < 1.5 * line.size
            same = abs(fragment.x0 - line.x0) < 1 and abs(fragment.size - line.size) < 0.2
            if below and same and not any(_beside(fragment, other) for other in right):
                chosen.append(fragment)
    return chosen


def _grid_rows(spanning: list[Fragment], left: list[Fragment], right: list[Fragment], gutter: float) -> list[Fragment]:
    """Rows of a table across the page whose cells all keep clear of the gutter, next to a caption across the page."""
    rows: dict[int, list[Fragment]] = {}
    for fragment in (*left, *right):
        rows.setdefault(round(fragment.baseline / 2), []).append(fragment)
    ordered = [rows[key] for key in sorted(rows)]
    borders = min(f.x0 for f in (*left, *right, *spanning)), max(f.x1 for f in (*left, *right, *spanning))
    chosen: list[Fragment] = []
    tops = sorted({f.baseline for f in spanning})
    for direction in (1, -1):
        for anchor in tops:
            chosen.extend(_grow(ordered if direction > 0 else ordered[::-1], anchor, direction, gutter, borders))
    return list({id(f): f for f in chosen}.values())


def _grow(
    rows: list[list[Fragment]], anchor: float, direction: int, gutter: float, borders: tuple[float, float]
) -> list[Fragment]:
    """Rows from the anchor on that look like a grid, as long as they follow one another closely."""
    grown: list[Fragment] = []
    held: list[Fragment] = []  # rows in one column only count if a row in both follows
    last = anchor
    for row, after in zip(rows, [*rows[1:], []], strict=True):
        step = (row[0].baseline - last) * direction
        if step <= 0:
            continue
        full = any(f.width > 0.75 * ((gutter - borders[0]) if f.x0 < gutter else (borders[1] - gutter)) for f in row)
        upright_heads = last == anchor and direction > 0 and _is_wide_row(after, gutter)
        if step > (_UPRIGHT_HEADS if upright_heads else 3) * row[0].size or full:
            break
        last = row[0].baseline
        held.extend(row)
        if len(row) > 2 and min(f.x0 for f in row) < gutter < max(f.x0 for f in row):
            grown.extend(held)
            held = []
    return grown


def _is_wide_row(row: list[Fragment], gutter: float) -> bool:
    """A row of numbers across the page."""
    sides = [sum(f.x1 < gutter for f in row), sum(f.x0 > gutter for f in row)]
    return min(sides) > 3 and sum(f.text.strip()[:1].isdigit() for f in row) >= 0.7 * len(row)


def _beside(first: Fragment, second: Fragment) -> bool:
    """True if the two overlap by half of the lower one's height."""
    overlap = min(first.y1, second.y1) - max(first.y0, second.y0)
    return overlap > 0.5 * min(first.y1 - first.y0, second.y1 - second.y0)
