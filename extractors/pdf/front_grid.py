"""Authors printed side by side: the top of a first page read block by block, not line by line."""

import re
from bisect import bisect
from typing import Final

from extractors.pdf.blocks import CAPTION
from extractors.pdf.columns import Segment
from extractors.pdf.fragments import Fragment
from extractors.pdf.lines import group_rows

_MIN_STRIP: Final = 0.8  # of the font size, in the first row of a grid
_LEAST_STRIP: Final = 0.35  # in its other rows
_TABLE: Final = re.compile(r"table\b", re.IGNORECASE)
_LOWEST: Final = 0.7  # of the page's height
_ENDS_FRONT: Final = re.compile(
    r"(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|résumé|keywords|key words|(?:1|i)?\.?\s*introduction)\b",
    re.IGNORECASE,
)


def split_grid(segment: Segment) -> list[Segment]:
    """Runs of rows with a common empty strip are read column by column; other rows stay as they are."""
    rows = group_rows(segment.fragments)
    result: list[Segment] = []
    plain: list[Fragment] = []
    start = 0
    while start < len(rows):
        end, strips = _run_of_columns(rows, start)
        if end - start < 2:
            plain.extend(rows[start])
            start += 1
            continue
        if plain:
            result.append(Segment(plain, segment.x0, segment.x1))
            plain = []
        result.extend(_columns([f for row in rows[start:end] for f in row], strips, segment))
        start = end
    if plain:
        result.append(Segment(plain, segment.x0, segment.x1))
    return result


def _run_of_columns(rows: list[list[Fragment]], start: int) -> tuple[int, list[tuple[float, float]]]:
    """The end of the longest run of rows from ``start`` that keeps all empty strips of its first row."""
    strips = _strips(rows[start])
    if not strips:
        return start + 1, []
    first_step = None
    for end in range(start + 1, len(rows)):
        step = _top(rows[end]) - _top(rows[end - 1])
        if step > 1.7 * (first_step or 1.3 * rows[start][0].size):
            return end, strips
        first_step = min(first_step or step, step)
        narrowed = [_narrow(strip, rows[end]) for strip in strips]
        if not all(narrowed):
            return end, strips
        strips = [strip for strip in narrowed if strip is not None]
    return len(rows), strips


def _top(row: list[Fragment]) -> float:
    return max(row, key=lambda f: len(f.text)).baseline


def _strips(row: list[Fragment]) -> list[tuple[float, float]]:
    """Empty strips between the fragments of a row."""
    strips: list[tuple[float, float]] = []
    right = row[0].x1
    for fragment in row[1:]:
        if fragment.x0 - right > _MIN_STRIP * fragment.size:
            strips.append((right, fragment.x0))
        right = max(right, fragment.x1)
    return strips


def _narrow(strip: tuple[float, float], row: list[Fragment]) -> tuple[float, float] | None:
    """What of the strip is empty in this row too; None if too little."""
    left, right = strip
    for fragment in row:
        if fragment.x1 <= left or fragment.x0 >= right:
            continue
        if fragment.x0 <= left:
            left = fragment.x1
        elif fragment.x1 >= right:
            right = fragment.x0
        else:
            return None
    return (left, right) if right - left > _LEAST_STRIP * row[0].size else None


def _columns(fragments: list[Fragment], strips: list[tuple[float, float]], segment: Segment) -> list[Segment]:
    inner = sorted((left + right) / 2 for left, right in strips)
    columns: list[list[Fragment]] = [[] for _ in range(len(inner) + 1)]
    for fragment in fragments:
        columns[bisect(inner, (fragment.x0 + fragment.x1) / 2)].append(fragment)
    borders = [segment.x0, *inner, segment.x1]
    return [Segment(column, borders[i], borders[i + 1]) for i, column in enumerate(columns) if column]


def front_zone(fragments: list[Fragment], page_height: float) -> float:
    """Height (points from the top) at which title and authors end and running text begins; 0 if that is not clear."""
    rows = group_rows(fragments)
    for i, row in enumerate(rows):
        if row[0].baseline > _LOWEST * page_height or any(CAPTION.match(f.text) for f in row):
            table = i > 0 and any(_TABLE.match(f.text) for f in row)  # a table tops the next column; a figure is above
            return min(f.y0 for f in row) - 0.1 if table else 0.0
        heading = any(_ENDS_FRONT.match(f.text.strip()) for f in row)
        if heading or any(_starts_text(f, rows[i + 1 : i + 3]) for f in row):
            return min(f.y0 for f in row) - 0.1
    return 0.0


def _starts_text(first: Fragment, following: list[list[Fragment]]) -> bool:
    """True if the two rows below go on with the same margins: justified text."""
    if len(following) < 2 or len(first.text) < 30:
        return False
    last = first
    for row in following:
        below = [
            f for f in row if abs(f.size - last.size) < 0.3 and abs(f.x1 - last.x1) < 1.5 and f.x0 <= last.x0 + 1.5
        ]
        if not below or below[0].baseline - last.baseline > 1.8 * last.size:
            return False
        last = below[0]
    return True
