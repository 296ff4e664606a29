"""Printed lines: fragments on one baseline put together, with their looks and their superscripts."""

from dataclasses import dataclass, field
from typing import Final

from extractors.pdf.columns import Segment
from extractors.pdf.fragments import Fragment, Run

_MOSTLY: Final = 0.75  # of the characters of a bold line are bold
CELL_GAP: Final = "\t"
_WORD_GAP, _WIDE_GAP, _CELL_GAP = 0.12, 0.6, 1.4  # of the font size


@dataclass(slots=True)
class PrintedLine:
    """One line of a column. ``superscripts`` are offsets into ``text``; ``n_cells`` counts parts with wide gaps."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    baseline: float
    bold: bool
    italic: bool
    column_x0: float
    column_x1: float
    n_letters: int = 0
    n_cells: int = 1
    superscripts: list[tuple[int, int]] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)  # offsets of spaces wider than between words: cells, if a table
    font: str = ""  # of most of the characters of the usual size
    aside: bool = False  # not in the direction in which the page is read
    segment: int = 0  # lines of one segment of a page share a number
    turn: int = 0  # quarter turns of the frame that the box is in, see ``fragments.Page``


def make_lines(segment: Segment, page: int, number: int, turn: int = 0) -> list[PrintedLine]:
    """The lines of one segment, top to bottom."""
    lines: list[PrintedLine] = []
    for row in group_rows(segment.fragments):
        line = _line(row, page, segment, number)
        if line is not None:
            line.turn = turn
            lines.append(line)
    return lines


def group_rows(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Fragments that share a line: raised and lowered ones join the line that they overlap most."""
    rows: list[list[Fragment]] = []
    mains: list[Fragment] = []
    for fragment in sorted(fragments, key=lambda f: (f.baseline, f.x0)):
        for i in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            if _same_row(fragment, mains[i], rows[i]):
                rows[i].append(fragment)
                if fragment.size * len(fragment.text) > mains[i].size * len(mains[i].text):
                    mains[i] = fragment
                break
        else:
            rows.append([fragment])
            mains.append(fragment)
    return [sorted(row, key=lambda f: f.x0) for row in rows]


def _same_row(fragment: Fragment, main: Fragment, row: list[Fragment]) -> bool:
    overlap = min(fragment.y1, main.y1) - max(fragment.y0, main.y0)
    if overlap < 0.45 * min(fragment.y1 - fragment.y0, main.y1 - main.y0):
        return False
    if abs(fragment.baseline - main.baseline) < 0.1 * main.size:
        return True
    return not any(min(fragment.x1, other.x1) - max(fragment.x0, other.x0) > 0.3 * fragment.size for other in row)


def _line(row: list[Fragment], page: int, segment: Segment, number: int) -> PrintedLine | None:
    runs = [run for fragment in row for run in fragment.runs]
    main = _main_run(runs)
    parts: list[str] = []
    superscripts: list[tuple[int, int]] = []
    gaps: list[int] = []
    length, end_x, n_cells = 0, None, 1
    for fragment in row:
        if end_x is not None:
            gap = fragment.x0 - end_x
            glue = CELL_GAP if gap > _CELL_GAP * main.size else " " if gap > _WORD_GAP * main.size else ""
            if glue and parts:
                parts[-1] = parts[-1].rstrip(" ")
                length = sum(map(len, parts))
                n_cells += glue == CELL_GAP
                if gap > _WIDE_GAP * main.size:
                    gaps.append(length)
                parts.append(glue)
                length += 1
        end_x = fragment.x1 if end_x is None else max(end_x, fragment.x1)
        for run in fragment.runs:
            text = run.text.lstrip(" ") if not parts or parts[-1][-1:] in " \t" else run.text
            if not text:
                continue
            if _is_superscript(run, main):
                stripped = text.strip(" ")
                if stripped:
                    start = length + text.index(stripped)
                    superscripts.append((start, start + len(stripped)))
            parts.append(text)
            length += len(text)
    text = "".join(parts).rstrip()
    if not text:
        return None
    superscripts = [(start, min(end, len(text))) for start, end in superscripts if start < len(text)]
    letters = sum(len(run.text.strip()) for run in runs) or 1
    return PrintedLine(
        text=text,
        page=page,
        x0=min(f.x0 for f in row),
        y0=min(f.y0 for f in row),
        x1=max(f.x1 for f in row),
        y1=max(f.y1 for f in row),
        size=main.size,
        baseline=main.baseline,
        bold=sum(len(run.text.strip()) for run in runs if run.bold) > _MOSTLY * letters,
        italic=sum(len(run.text.strip()) for run in runs if run.italic) > _MOSTLY * letters,
        column_x0=segment.x0,
        column_x1=segment.x1,
        n_letters=sum(map(str.isalpha, text)),
        n_cells=n_cells,
        superscripts=_merge(superscripts),
        gaps=[gap for gap in gaps if gap < len(text)],
        segment=number,
        font=main.font,
    )


def _main_run(runs: list[Run]) -> Run:
    """The run of the size that most characters have."""
    weights: dict[float, float] = {}
    for run in runs:
        key = round(run.size, 1)
        weights[key] = weights.get(key, 0) + len(run.text) * run.size
    size = max(weights, key=lambda key: weights[key])
    return max((run for run in runs if round(run.size, 1) == size), key=lambda run: len(run.text))


def _is_superscript(run: Run, main: Run) -> bool:
    """Raised, and smaller than the line it stands on."""
    lift = main.baseline - run.baseline
    return run.size < 0.92 * main.size and lift > 0.12 * main.size


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
