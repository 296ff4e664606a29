"""Which task the values of a table are of: the one that its caption names, else the heading above it."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from extractors.relations.names import name_key
from extractors.tables.regions import TableRegion
from schemas.records import Block, Mention, ParsedPaper

_SENTENCE_END: Final = re.compile(r"(?<=[a-z)])[.:]\s(?=[A-Z])")
# How sure, judged by eye. A heading is less so: a table may float into the section after its own.
_CAPTION_SCORE: Final = 0.9
_HEADING_SCORE: Final = 0.6


@dataclass(frozen=True, slots=True)
class TableTask:
    """A task said of a table, and where: the beginning of its caption, or a heading."""

    mention: Mention
    score: float
    start_char: int
    end_char: int


def find_task(paper: ParsedPaper, table: TableRegion, tasks: Sequence[Mention]) -> TableTask | None:
    """The one task that the first sentence of a table's caption names, else the one that the heading above it names.

    Args:
        paper: The paper.
        table: The table.
        tasks: Mentions of tasks in the paper, in text order.
    """
    if table.caption is not None:
        start = table.caption.start_char
        first = _SENTENCE_END.split(table.caption_text(paper.text).split(":", 1)[-1], maxsplit=1)[0]
        end = paper.text.index(first, start) + len(first)
        if (task := _only_task(paper.text, tasks, start, end)) is not None:
            return TableTask(task, _CAPTION_SCORE, start, end)
    if (heading := _heading_above(paper, table)) is not None:
        span = heading.start_char, heading.end_char
        if (task := _only_task(paper.text, tasks, *span)) is not None:
            return TableTask(task, _HEADING_SCORE, *span)
    return None


def _only_task(text: str, tasks: Sequence[Mention], start: int, end: int) -> Mention | None:
    """The task named in a span, if it is one, however often."""
    i = bisect_left(tasks, start, key=lambda m: m.start_char)
    inside = [m for m in tasks[i : bisect_left(tasks, end, key=lambda m: m.start_char)] if m.end_char <= end]
    names = {name_key(text[m.start_char : m.end_char]) for m in inside}
    return inside[0] if len(names) == 1 else None


def _heading_above(paper: ParsedPaper, table: TableRegion) -> Block | None:
    """The last heading before a table in reading order."""
    return next((b for b in reversed(paper.blocks) if b.kind == "heading" and b.start_char < table.start_char), None)
