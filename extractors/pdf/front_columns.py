"""Columns that begin higher than the running text beside them: their first lines are no part of the front matter.

The front matter ends where running text begins, at one height for the whole page. The other column may start above it,
with a heading or the end of a paragraph.
"""

from collections import Counter

from extractors.pdf.fragments import Fragment
from extractors.pdf.kinds import is_named_heading

_MIN_LINES = 4  # of a column
_HEADING_STEP, _TEXT_STEP = 3.2, 1.75  # of the font size, down to the next line of the column
_INDENT = 2.2  # of the font size
_EDGE = 3.0  # points


def give_back(front: list[Fragment], body: list[Fragment], gutter: float) -> tuple[list[Fragment], list[Fragment]]:
    """Front matter and body, with the lines that the body's columns have above it given to the body.

    Args:
        front: What stands above the running text.
        body: What stands below.
        gutter: Between the body's two columns, points.
    """
    taken: set[int] = set()
    for on_side in (lambda f: f.x1 <= gutter + 2, lambda f: f.x0 >= gutter - 2):
        column = [f for f in body if on_side(f)]
        if len(column) >= _MIN_LINES:
            own = [row for row in _rows(front) if all(on_side(f) for f in row)]
            taken.update(id(f) for row in _first_lines(column, own) for f in row)
    return [f for f in front if id(f) not in taken], [*(f for f in front if id(f) in taken), *body]


def _rows(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Rows of one side or the other, from the lowest up."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: (-f.baseline, f.x0)):
        last = rows[-1][-1] if rows else None
        if (
            last is not None
            and abs(last.baseline - fragment.baseline) < 0.3 * fragment.size < fragment.x0 - last.x1 < 30
        ):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return rows


def _first_lines(column: list[Fragment], above: list[list[Fragment]]) -> list[list[Fragment]]:
    """Rows above a column that are its text: full lines, or a heading, close over what follows."""
    left = Counter(round(f.x0) for f in column).most_common(1)[0][0]
    right = Counter(round(f.x1) for f in column).most_common(1)[0][0]
    top = min(f.baseline for f in column)
    chosen: list[list[Fragment]] = []
    held: list[list[Fragment]] = []  # the short last line of a paragraph counts if a full line stands above it
    for row in above:
        step, size = top - row[0].baseline, row[0].size
        starts = abs(row[0].x0 - left) < _EDGE
        full = (starts or left < row[0].x0 < left + _INDENT * size) and abs(row[-1].x1 - right) < _EDGE
        text = "".join(f.text for f in row).strip()
        if step > _HEADING_STEP * size or (step > _TEXT_STEP * size and not is_named_heading(text)):
            break
        top = row[0].baseline
        if full or is_named_heading(text) or (starts and not chosen and not held and _is_bold(row)):
            chosen += [*held, row]
            held = []
        elif starts and not held:
            held = [row]
        else:
            break
    return chosen


def _is_bold(row: list[Fragment]) -> bool:
    return all(run.bold for f in row for run in f.runs)
