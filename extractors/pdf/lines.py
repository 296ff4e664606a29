"""Printed lines: fragments on one baseline put together, with their looks and their superscripts."""

from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from extractors.pdf.columns import Segment
from extractors.pdf.formulas import is_formula, is_row_of_names, may_be_formula, untangle
from extractors.pdf.fragments import Fragment, Run

_PLACE: Final = attrgetter("baseline", "x0")
_LEFT: Final = attrgetter("x0")
_MOSTLY: Final = 0.75  # of the characters of a bold line are bold
_NO_LETTERS: Final = bytes(code for code in range(128) if not chr(code).isalpha())
CELL_GAP: Final = "\t"
_LAST_FRONT_PAGE, _MAX_NAME_WORDS = 1, 20
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
    reference_list: str = ""  # "heading" of the list of references; its first "entry", if it has no heading
    turn: int = 0  # quarter turns of the frame that the box is in, see ``fragments.Page``
    formula: bool = False  # shows nothing else
    runs_in: bool = False  # a bold line that ends in plain type: a heading with its text on the same line


def make_lines(segment: Segment, page: int, number: int, turn: int = 0) -> list[PrintedLine]:
    """The lines of one segment, top to bottom."""
    lines: list[PrintedLine] = []
    rows = group_rows(segment.fragments)
    edges = _edges(rows, segment)
    for row in untangle(rows, *edges):
        line = _line(row, page, segment, number, edges)
        if line is not None:
            line.turn = turn
            lines.append(line)
    return lines


def _edges(rows: list[list[Fragment]], segment: Segment) -> tuple[float, float]:
    """Where most rows begin and end (points); the segment's borders if there is no such place."""
    least = max(3, 0.25 * len(rows))
    left, n_left = Counter([round(row[0].x0) for row in rows]).most_common(1)[0]
    right, n_right = Counter([round(max([f.x1 for f in row])) for row in rows]).most_common(1)[0]
    return float(left if n_left >= least else segment.x0), float(right if n_right >= least else segment.x1)


def group_rows(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Fragments that share a line: raised and lowered ones join the line that they overlap most."""
    rows: list[list[Fragment]] = []
    mains: list[Fragment] = []
    for fragment in sorted(fragments, key=_PLACE):
        for i in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            if fragment.y0 < mains[i].y1 and _same_row(fragment, mains[i], rows[i]):
                rows[i].append(fragment)
                if fragment.size * len(fragment.text) > mains[i].size * len(mains[i].text):
                    mains[i] = fragment
                break
        else:
            rows.append([fragment])
            mains.append(fragment)
    return [row if len(row) == 1 else sorted(row, key=_LEFT) for row in rows]


def _same_row(fragment: Fragment, main: Fragment, row: list[Fragment]) -> bool:
    overlap = min(fragment.y1, main.y1) - max(fragment.y0, main.y0)
    if overlap < 0.45 * min(fragment.y1 - fragment.y0, main.y1 - main.y0):
        return False
    if abs(fragment.baseline - main.baseline) < 0.1 * main.size:
        return True
    return not any(min(fragment.x1, other.x1) - max(fragment.x0, other.x0) > 0.3 * fragment.size for other in row)


def _line(
    row: list[Fragment], page: int, segment: Segment, number: int, edges: tuple[float, float]
) -> PrintedLine | None:
    runs = [run for fragment in row for run in fragment.runs]
    main = runs[0] if len(runs) == 1 else _main_run(runs)
    parts, gaps, n_cells = _parts(row, main)
    text = "".join([part for part, _ in parts]).rstrip()
    if not text:
        return None
    if gaps and page <= _LAST_FRONT_PAGE and _is_names(text):
        text = _with_cells(text, gaps)
    letters, bold, italic = _weights(runs)
    bold = bold > _MOSTLY * letters
    x0, x1 = row[0].x0, max([f.x1 for f in row])
    return PrintedLine(
        text=text,
        page=page,
        x0=x0,
        y0=min([f.y0 for f in row]),
        x1=x1,
        y1=max([f.y1 for f in row]),
        size=main.size,
        baseline=main.baseline,
        bold=bold,
        italic=italic > _MOSTLY * letters,
        column_x0=segment.x0,
        column_x1=segment.x1,
        n_letters=count_letters(text),
        n_cells=n_cells,
        superscripts=_superscripts(parts, len(text)) if len(runs) > 1 else [],
        gaps=[gap for gap in gaps if gap < len(text)],
        segment=number,
        font=main.font,
        runs_in=bold and not runs[-1].bold,
        formula=may_be_formula(text) and not is_row_of_names(row) and is_formula(runs, main.size, edges, x0, x1),
    )


def _is_names(text: str) -> bool:
    """Whether a line is short and its words begin in capitals, as names of people do."""
    words = text.split()
    return len(words) <= _MAX_NAME_WORDS and all(word[0].isupper() or not word[0].isalpha() for word in words)


def _with_cells(text: str, gaps: list[int]) -> str:
    """The text with tabs for its wide spaces: names side by side are set closer than columns of a table."""
    characters = list(text)
    for gap in gaps:
        if gap < len(characters) and characters[gap] == " ":
            characters[gap] = CELL_GAP
    return "".join(characters)


def _parts(row: list[Fragment], main: Run) -> tuple[list[tuple[str, bool]], list[int], int]:
    """Pieces of the line's text and whether they are raised; offsets of wide gaps; number of cells."""
    parts: list[tuple[str, bool]] = []
    gaps: list[int] = []
    length, end_x, n_cells = 0, row[0].x0, 1
    baseline = row[0].runs[0].baseline
    for fragment in row:
        gap = fragment.x0 - end_x
        if gap > _WORD_GAP * main.size and parts:
            last, raised = parts[-1]
            parts[-1] = last.rstrip(" "), raised
            length -= len(last) - len(parts[-1][0])
            is_cell = gap > _CELL_GAP * main.size
            n_cells += is_cell
            if gap > _WIDE_GAP * main.size:
                gaps.append(length)
            parts.append((CELL_GAP if is_cell else " ", False))
            length += 1
        elif gap < -0.3 * main.size and abs(fragment.runs[0].baseline - baseline) > 0.3 * main.size:
            parts.append((" ", False))  # above or below what came before
            length += 1
        baseline = fragment.runs[-1].baseline
        end_x = max(end_x, fragment.x1)
        for run in fragment.runs:
            text = run.text
            if text[:1] == " " and (not parts or parts[-1][0][-1:] in " \t"):
                text = text.lstrip(" ")
            if text:
                parts.append((text, run is not main and _is_superscript(run, main)))
                length += len(text)
    return parts, gaps, n_cells


def _superscripts(parts: list[tuple[str, bool]], length: int) -> list[tuple[int, int]]:
    """Raised pieces as offsets into a line of this length, without the spaces around them."""
    found: list[tuple[int, int]] = []
    position = 0
    for text, raised in parts:
        stripped = text.strip(" ") if raised else ""
        if stripped and position < length:
            start = position + text.index(stripped)
            found.append((start, min(start + len(stripped), length)))
        position += len(text)
    return _merge(found)


def _weights(runs: list[Run]) -> tuple[int, int, int]:
    """Characters of a line, and how many of them are bold and italic."""
    n_all = n_bold = n_italic = 0
    for run in runs:
        n = len(run.text.strip())
        n_all += n
        n_bold += n if run.bold else 0
        n_italic += n if run.italic else 0
    return n_all or 1, n_bold, n_italic


def count_letters(text: str) -> int:
    """Number of letters of any script."""
    if text.isascii():
        return len(text.encode().translate(None, _NO_LETTERS))
    return sum(map(str.isalpha, text))


def _main_run(runs: list[Run]) -> Run:
    """The run of the size that most characters have."""
    weights: dict[float, float] = {}
    longest: dict[float, Run] = {}
    for run in runs:
        key = round(run.size, 1)
        weights[key] = weights.get(key, 0) + len(run.text) * run.size
        if key not in longest or len(run.text) > len(longest[key].text):
            longest[key] = run
    return longest[max(weights, key=weights.__getitem__)]


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
