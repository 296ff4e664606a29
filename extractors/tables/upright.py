"""Tables that stand on their side: the places on their pages as if these had been turned, for all that reads tables."""

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeVar

from schemas.records import Block, Line, ParsedPaper, Word

Placed = TypeVar("Placed", Block, Line, Word)
_LEAST: Final = 4  # characters of a line whose shape says how it runs


def stand_up(paper: ParsedPaper) -> ParsedPaper:
    """The paper with upright places, which may be negative, on pages most of whose text runs upwards or downwards."""
    aside = _pages_aside(paper)
    if not aside:
        return paper
    starts = [line.start_char for line in paper.lines]
    line_of = [max(0, bisect_right(starts, word.start_char) - 1) for word in paper.table_words]
    page_of = [paper.lines[i].page for i in line_of]
    climbs: Counter[int] = Counter()  # words of lines that stand above the one before, less those below it
    for (i, word), (j, following) in pairwise(zip(line_of, paper.table_words, strict=True)):
        if i == j:
            climbs[paper.lines[i].page] += (following.y0 < word.y0) - (following.y0 > word.y0)
    upwards = {page: climbs[page] >= 0 for page in aside}
    return replace(
        paper,
        blocks=tuple(_turned(one, upwards[one.page]) if one.page in aside else one for one in paper.blocks),
        lines=tuple(_turned(one, upwards[one.page]) if one.page in aside else one for one in paper.lines),
        table_words=tuple(
            _turned(one, upwards[page]) if page in aside else one
            for page, one in zip(page_of, paper.table_words, strict=True)
        ),
    )


def _pages_aside(paper: ParsedPaper) -> set[int]:
    """Pages with more characters in lines that are higher than wide than in others."""
    surplus: Counter[int] = Counter()
    for line in paper.lines:
        length = line.end_char - line.start_char
        if length >= _LEAST:
            surplus[line.page] += length if line.y1 - line.y0 > line.x1 - line.x0 else -length
    return {page for page, more in surplus.items() if more > 0}


def _turned(one: Placed, upwards: bool) -> Placed:
    if upwards:
        return replace(one, x0=-one.y1, y0=one.x0, x1=-one.y0, y1=one.x1)
    return replace(one, x0=one.y0, y0=-one.x1, x1=one.y1, y1=-one.x0)
