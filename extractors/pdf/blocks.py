"""Printed lines grouped into blocks: paragraphs, headings, rows of a table, entries of a list of references."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Final

from extractors.pdf.lines import PrintedLine

CAPTION: Final = re.compile(
    r"(?:Extended Data |Supplementary |Online )?(?:Figure|FIGURE|Fig|FIG|Figs|Table|TABLE|Tab|TAB|Algorithm|ALGORITHM"
    r"|Scheme|SCHEME|Listing|Chart|Plate|Box|Tableau)s?\.?\s*(?:[A-Z]?\.?\d+(?:\.\d+)*[a-z]?|[IVX]+)\b\s*(?:[.:|\t–—]|$|(?=[A-Z]))"
)
_LABEL: Final = re.compile(r"(?:TABLE|Table|FIGURE|Figure|FIG\.) (?:\d{1,2}|[IVX]+)[.:]?")
BULLET: Final = re.compile(r"[•◦▪‣·∙■□–]\s*\S|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)\s")
NUMBERED_REFERENCE: Final = re.compile(r"\[\w{1,12}[+*]?\d{0,4}[a-z]?\]|\(?\d{1,3}[.)]\s")
_COMMON: Final = 0.1  # of a paper's characters are set in a common style
_LAST_LINES: Final = 12  # of a block, to tell the distance of its lines
_FORMULA_STEP: Final = 4.0  # of the font size, between the rows of a formula
SENTENCE_END: Final = re.compile(r"[.:?!;][\"'”’)\]]*$")


@dataclass(slots=True)
class Looks:
    """What is usual in a paper: the body's font and its size, and the distance of its lines, both in points.

    ``styles`` are the fonts and rounded sizes of all type that much of the paper is set in.
    """

    font: str
    size: float
    leading: float
    styles: frozenset[tuple[str, int]] = frozenset()


def measure_looks(lines: list[PrintedLine]) -> Looks:
    """The most printed font size, and the median distance between lines of that size."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    styles: Counter[tuple[str, int]] = Counter()
    for line in lines:
        styles[line.font, round(line.size)] += len(line.text)
        sizes[round(line.size * 2) / 2] += len(line.text)
        fonts[line.font] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    steps = [
        second.baseline - first.baseline
        for first, second in itertools.pairwise(lines)
        if first.page == second.page
        and abs(first.size - size) < 0.6
        and 0 < second.baseline - first.baseline < 3 * size
    ]
    common = frozenset(style for style, n in styles.items() if n > _COMMON * styles.total())
    return Looks(fonts.most_common(1)[0][0] if fonts else "", size, median(steps) if steps else 1.2 * size, common)


def group_lines(lines: list[PrintedLine], looks: Looks) -> list[list[PrintedLine]]:
    """Runs of lines that belong together by distance, font, indent and line ends."""
    groups: list[list[PrintedLine]] = []
    in_references = False
    for line in lines:
        if groups and not _starts_block(groups[-1], line, looks, in_references=in_references):
            groups[-1].append(line)
        else:
            groups.append([line])
        in_references = in_references or bool(line.reference_list)
    return groups


def _starts_block(group: list[PrintedLine], line: PrintedLine, looks: Looks, *, in_references: bool) -> bool:
    last = group[-1]
    if line.page != last.page or line.segment != last.segment:
        return True
    step = line.baseline - last.baseline
    if len(group) == 1 and line.n_cells == 1 and _LABEL.fullmatch(last.text) and 0 < step < 2 * line.size:
        return False  # "TABLE I", and its words on the next line
    usual = _usual_step(group, looks)
    if line.formula and last.formula and not last.reference_list:
        return step > _FORMULA_STEP * looks.size
    if step > 1.32 * usual or step < -0.5 * last.size:
        return True
    is_caption = CAPTION.match(group[0].text) is not None  # which may hold formulas
    if (line.formula != last.formula and not is_caption) or (is_caption and line.n_cells > 1):
        return True
    if _font_changes(group, last, line):
        return True
    if line.reference_list or last.reference_list == "heading":
        return True
    if CAPTION.match(line.text):
        return not _runs_on(last)
    if in_references:
        return _starts_reference(group, line)
    return _starts_paragraph(group, line)


def _runs_on(line: PrintedLine) -> bool:
    """True if the line is full and ends within a sentence: what follows is no caption, even if it reads "Table 6."."""
    full = line.x1 > line.column_x1 - 2.5 * line.size
    return full and not SENTENCE_END.search(line.text)


def _usual_step(group: list[PrintedLine], looks: Looks) -> float:
    last = group[-1]
    if len(group) > 1:
        inner = median([b.baseline - a.baseline for a, b in itertools.pairwise(group[-_LAST_LINES:])])
        if inner > 0.5 * last.size:
            return max(inner, 1.02 * last.size)
    return max(looks.leading * last.size / max(looks.size, 1.0), 1.15 * last.size)


def _font_changes(group: list[PrintedLine], last: PrintedLine, line: PrintedLine) -> bool:
    larger, smaller = max(last.size, line.size), min(last.size, line.size)
    wordy = line.n_letters > 3 and last.n_letters > 2
    if larger > 1.07 * smaller and wordy:
        return True
    if all(member.bold for member in group) and not line.bold and wordy:
        return not _goes_into_text(last)
    short = all(member.x1 < member.column_x1 - 4 * member.size and member.font == last.font for member in group)
    if len(group) < 4 and short and last.font != line.font and wordy and not line.text[:1].islower():
        return True
    return line.bold and not last.bold and wordy and last.x1 < last.column_x1 - 2 * last.size


def _goes_into_text(last: PrintedLine) -> bool:
    """True for a full line that begins in bold, as a heading or the name of an item, and ends in plain type."""
    return last.runs_in and last.x1 > last.column_x1 - 2.5 * last.size and not SENTENCE_END.search(last.text)


def _starts_reference(group: list[PrintedLine], line: PrintedLine) -> bool:
    """Entries start with a number, or at the left of lines that hang."""
    first = group[0]
    if NUMBERED_REFERENCE.match(first.text):
        return NUMBERED_REFERENCE.match(line.text) is not None and line.x0 < first.x0 + 0.8 * line.size
    if len(group) > 1 and group[1].x0 > first.x0 + 0.5 * line.size:  # hanging indent
        return line.x0 < first.x0 + 0.4 * line.size
    if line.x0 > first.x0 + 0.5 * line.size:
        return False
    return SENTENCE_END.search(group[-1].text) is not None and group[-1].x1 < line.column_x1 - 1.5 * line.size


def _starts_paragraph(group: list[PrintedLine], line: PrintedLine) -> bool:
    last = group[-1]
    em = line.size
    if (
        line.superscripts
        and line.superscripts[0][0] == 0
        and group[0].superscripts[:1]
        and group[0].superscripts[0][0] == 0
    ):
        return True  # footnotes, one after the other
    if BULLET.match(line.text) and line.text[:1] in "•◦▪‣∙■□":
        return True
    if line.n_cells > 1 or last.n_cells > 1:
        return (line.n_cells > 1) != (last.n_cells > 1) and abs(line.x0 - last.x0) > 3 * em
    width = line.column_x1 - line.column_x0
    ends = SENTENCE_END.search(last.text) is not None
    left = min(member.x0 for member in group[-6:])
    indented = line.x0 - left > 0.7 * em and last.x0 - left < 0.5 * em and line.x0 - left < 4 * em
    if indented and len(group) > 1 and (ends or last.x1 < line.column_x1 - 0.1 * width):
        return True
    if indented and ends and line.text[:1].isupper():
        return True
    right = max(member.x1 for member in group)
    short = last.x1 < max(right, line.x1) - 0.12 * width
    return short and ends and not line.text[:1].islower() and len(group) > 1
