"""Where the list of references begins: at its heading, however it is printed, or at its first entry."""

import re
from typing import Final

from extractors.pdf.blocks import NUMBERED_REFERENCE
from extractors.pdf.lines import PrintedLine

_HEADING: Final = re.compile(
    r"(?:(?:\d{1,2}|[ivx]+|[a-z])[.)]?\s+)?"
    r"(?:(?:cited |selected )?references(?: list| cited| (?:and|&) (?:further reading|notes|links))?|reference list"
    r"|(?:notes|acknowledge?ments) (?:and|&) references|list of references|bibliograph(?:y|ical references)"
    r"|(?:literature|works) cited|cited literature|literature references"
    r"|références(?: bibliographiques)?|bibliographie|literaturverzeichnis|literatur|referencias(?: bibliográficas)?"
    r"|bibliografía|bibliografia|riferimenti bibliografici|referências(?: bibliográficas)?)\s*[:.]?",
    re.IGNORECASE,
)
_WEAK_HEADING: Final = re.compile(
    r"(?:\d{1,2}\.?\s+)?(?:Reference|REFERENCE|Literature|LITERATURE|Notes|NOTES)\s*[:.]?"
)
_LONGEST_HEADING: Final = 60  # characters
_SPACED_CAPITALS: Final = re.compile(r"\b([A-Z]) (?=[A-Z])")  # "R EFERENCES": capitals of two sizes, or spaced ones
_ENTRIES: Final = (
    re.compile(r"\[(\d{1,3})\]"),
    re.compile(r"\(?(\d{1,3})[.)]\s"),
    re.compile(r"(\d{1,3})(?=[A-Z])|(\d{1,3}) (?=[A-Z]\. ?[A-Z])"),
)
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d")
_MIN_ENTRIES: Final = 4
_NEAR, _CELL_OVERLAP = 3, 0.2  # lines before and after a cell, and their overlap in font sizes
_LONGEST_ENTRY, _MOST_SKIPPED = 15, 3  # lines of an entry; numbers that may be missing
_LAST_PART: Final = 0.4  # of the lines stand before a list that has no heading


def is_references_heading(text: str) -> bool:
    """True for a line that is the heading of the list of references and nothing else."""
    text = text.strip()
    return (
        len(text) < _LONGEST_HEADING
        and not text[:1].islower()
        and _HEADING.fullmatch(_SPACED_CAPITALS.sub(r"\1", text)) is not None
    )


def mark_references(lines: list[PrintedLine]) -> None:
    """Mark the headings of lists of references; without any, a weak heading or the first entry of a numbered list."""
    headings = [line for i, line in enumerate(lines) if is_references_heading(line.text) and not _is_cell(lines, i)]
    for line in headings:
        line.reference_list = "heading"
    first = int(_LAST_PART * len(lines))
    if any(line.reference_list for line in lines[first:]):
        return
    weak = [line for line in lines[first:] if _WEAK_HEADING.fullmatch(line.text.strip()) and line.n_cells == 1]
    start = max((_numbered_list(lines, first, entry) for entry in _ENTRIES), key=lambda found: found[1])[0]
    if weak and (start < 0 or weak[-1] is lines[start - 1]):
        weak[-1].reference_list = "heading"
    elif start >= 0:
        lines[start].reference_list = "entry"


def _is_cell(lines: list[PrintedLine], i: int) -> bool:
    """True for a cell in the head of a table, whose rows stand at other heights: a line beside it overlaps it."""
    line = lines[i]
    return any(
        (other.page, other.segment) == (line.page, line.segment)
        and min(line.y1, other.y1) - max(line.y0, other.y0) > _CELL_OVERLAP * line.size
        for other in (*lines[max(0, i - _NEAR) : i], *lines[i + 1 : i + 1 + _NEAR])
    )


def body_before_list(lines: list[PrintedLine]) -> list[PrintedLine]:
    """The lines with all of a page's body before its list of references.

    Where a list without a heading begins at one height in both columns, the body above it in the second column would
    come after the entries in the first one.
    """
    start = next((i for i, line in enumerate(lines) if line.reference_list), len(lines))
    if start == len(lines) or lines[start].reference_list != "entry":
        return lines
    first = lines[start]
    later = [
        line
        for line in lines[start + 1 :]
        if line.page == first.page and line.segment != first.segment and not line.aside
    ]
    body = [line for line in later if line.y1 < first.y0 + 1]
    columns = {line.segment for line in body}
    entries = [line for line in later if line.segment in columns and line.y0 > first.y0 - 2]
    if any(NUMBERED_REFERENCE.match(line.text) for line in body):
        return lines
    if not any(NUMBERED_REFERENCE.match(line.text) for line in entries):
        return lines
    moved = {id(line) for line in body}
    rest = [line for line in lines[start:] if id(line) not in moved]
    return [*lines[:start], *body, *rest]


def _numbered_list(lines: list[PrintedLine], first: int, entry: re.Pattern[str]) -> tuple[int, int]:
    """Place and length of the longest list 1, 2, 3, ... of which most entries name a year; -1, 0 if there is none."""
    best = (-1, 0)
    start, last, n_entries = -1, -1, 0
    for i in range(first, len(lines) + 1):
        match = entry.match(lines[i].text) if i < len(lines) else None
        number = int(match[match.lastindex]) if match and match.lastindex else 0
        if n_entries and 0 < number - n_entries <= _MOST_SKIPPED and i - last <= _LONGEST_ENTRY:
            last, n_entries = i, number
            continue
        if number == 1 or i == len(lines):
            if n_entries >= _MIN_ENTRIES and n_entries > best[1] and _name_years(lines[start : last + 1], n_entries):
                best = (start, n_entries)
            start, last, n_entries = i, i, 1 if number == 1 else 0
    return best


def _name_years(lines: list[PrintedLine], n_entries: int) -> bool:
    return sum(_YEAR.search(line.text) is not None for line in lines) >= 0.5 * n_entries
