"""Text that flows around a figure or a table: the lines beside it are narrower, and what it shows is read apart."""

from collections import Counter
from typing import Final

from extractors.pdf.columns import Segment
from extractors.pdf.fragments import Fragment
from extractors.pdf.lines import group_rows

_MIN_ROWS, _MIN_BESIDE = 5, 2  # rows of narrow text; those with something beside them
_MIN_SHARE, _MAX_SHARE = 0.42, 0.8  # of the column's width that narrow text takes
_SAME: Final = 2.0  # points
_GAP: Final = 0.5  # of the font size, between text and float


def part_wrapped(segment: Segment) -> list[Segment]:
    """The segment, or its float first and then its text above, beside and below the float."""
    rows = group_rows(segment.fragments)
    if len(rows) < 2 * _MIN_ROWS:
        return [segment]
    left, right = min(f.x0 for f in segment.fragments), max(f.x1 for f in segment.fragments)
    usual_left = _usual([row[0].x0 for row in rows])
    usual_right = _usual([row[-1].x1 for row in rows])
    for text_on_left, usual in ((True, usual_left), (False, usual_right)):
        if usual is None:
            continue
        borders = (usual, right) if text_on_left else (left, usual)
        found = _narrow_rows(rows, *borders, text_on_left=text_on_left)
        if found is not None:
            return _parted(segment, rows, *found, text_on_left=text_on_left)
    return [segment]


def _usual(places: list[float]) -> float | None:
    """The place of most rows, if a third of them have it."""
    place, n = Counter([round(x) for x in places]).most_common(1)[0]
    return float(place) if n >= len(places) / 3 else None


def _narrow_rows(
    rows: list[list[Fragment]], left: float, right: float, *, text_on_left: bool
) -> tuple[int, int, float] | None:
    """First and last row (exclusive) of the narrow text, and its edge towards the float."""
    inner = [_inner(row, left, right, text_on_left=text_on_left) for row in rows]
    edges = Counter(round(x) for x in inner if x is not None)
    if not edges:
        return None
    edge, _ = edges.most_common(1)[0]
    own = [i for i, x in enumerate(inner) if x is not None and abs(x - edge) <= _SAME]
    if len(own) < _MIN_ROWS or own[-1] - own[0] >= 2 * len(own):
        return None
    start, end = own[0], own[-1] + 1
    beside = 0
    for row in rows[start:end]:
        others = [f for f in row if (f.x0 > edge + _GAP * f.size if text_on_left else f.x1 < edge - _GAP * f.size)]
        text = [f for f in row if f not in others]
        if any(f.x1 > edge + _SAME if text_on_left else f.x0 < edge - _SAME for f in text):
            return None
        beside += bool(others)
    return (start, end, float(edge)) if beside >= _MIN_BESIDE else None


def _inner(row: list[Fragment], left: float, right: float, *, text_on_left: bool) -> float | None:
    """Where the text of a row ends on the side of the float; None for rows across the column, and for pieces."""
    outer = row[0].x0 if text_on_left else row[-1].x1
    place = row[0].x1 if text_on_left else row[-1].x0
    share = (place - left if text_on_left else right - place) / (right - left)
    flush = abs(outer - (left if text_on_left else right)) <= _SAME
    return place if flush and _MIN_SHARE < share < _MAX_SHARE else None


def _parted(
    segment: Segment, rows: list[list[Fragment]], start: int, end: int, edge: float, *, text_on_left: bool
) -> list[Segment]:
    text: list[Fragment] = []
    apart: list[Fragment] = []
    for row in rows[start:end]:
        for fragment in row:
            is_text = fragment.x1 <= edge + _SAME if text_on_left else fragment.x0 >= edge - _SAME
            (text if is_text else apart).append(fragment)
    above = [f for row in rows[:start] for f in row]
    below = [f for row in rows[end:] for f in row]
    borders = ((edge, segment.x1), (segment.x0, edge)) if text_on_left else ((segment.x0, edge), (edge, segment.x1))
    parts = [
        Segment(apart, *borders[0]),
        Segment(above, segment.x0, segment.x1),
        Segment(text, *borders[1]),
        Segment(below, segment.x0, segment.x1),
    ]
    return [part for part in parts if part.fragments]
