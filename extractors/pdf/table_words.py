"""Where each word of a table stands: the columns of a table show in the places of its words, not in its text."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from extractors.pdf.extract import extract_words
from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.mupdf import pymupdf
from schemas.records import Block, Line, Word

_TOKEN: Final = re.compile(r"\S+")
_FEW_LINES: Final = 4  # of a block that may be rows of a table
_NEAR: Final = 40.0  # points
_SLACK: Final = 2.0  # points by which a word may stand out of its line's box
_Box: TypeAlias = tuple[float, float, float, float]
_Printed: TypeAlias = tuple[float, int, _Box, str]  # middle of its height, place in PyMuPDF's order, box, word


def place_table_words(
    document: pymupdf.Document, text: str, blocks: Sequence[Block], lines: Sequence[Line]
) -> tuple[Word, ...]:
    """The words of all table blocks and of short lines beside them, in text order, with their boxes on the page.

    Rows of a table that were taken for something else stand close to it, hence the short lines. A word that PyMuPDF
    prints otherwise than we do (an accent composed, a sign decoded) stands between its neighbours; so do all words of a
    page that was recognised, which has no words of its own.
    """
    words: list[Word] = []
    printed: dict[int, list[_Printed]] = {}
    tables = [block for block in blocks if block.kind == "table"]
    starts = [block.start_char for block in blocks]
    block_of = [bisect_right(starts, line.start_char) - 1 for line in lines]
    n_lines = Counter(block_of)
    for line, i in zip(lines, block_of, strict=True):
        if blocks[i].kind != "table" and (n_lines[i] > _FEW_LINES or not any(_is_near(line, one) for one in tables)):
            continue
        if line.page not in printed:
            printed[line.page] = _words_of_page(document, line.page)
        words += _place(text, line, printed[line.page])
    return tuple(words)


def _is_near(line: Line, table: Block) -> bool:
    above, below = table.y0 - line.y1, line.y0 - table.y1
    if line.y1 - line.y0 > 2 * (line.x1 - line.x0) and 0 <= table.x0 - line.x1 < _NEAR:  # a label set upright
        return line.page == table.page and max(above, below) < 0
    return line.page == table.page and max(above, below) < _NEAR and min(line.x1, table.x1) > max(line.x0, table.x0)


def _words_of_page(document: pymupdf.Document, number: int) -> list[_Printed]:
    """The words of a page from top to bottom."""
    try:
        found = extract_words(document[number])
    except MUPDF_ERRORS as error:
        describe_fault(error)
        return []
    return sorted(((y0 + y1) / 2, i, (x0, y0, x1, y1), word) for i, (x0, y0, x1, y1, word) in enumerate(found))


def _place(text: str, line: Line, printed: Sequence[_Printed]) -> list[Word]:
    tokens = list(_TOKEN.finditer(text, line.start_char, line.end_char))
    upright = line.x1 - line.x0 >= line.y1 - line.y0 or len(tokens) < 2
    beside = printed[bisect_left(printed, (line.y0 - _SLACK,)) : bisect_left(printed, (line.y1 + _SLACK,))]
    near = sorted((box[0 if upright else 1], i, box, word) for _, i, box, word in beside if _is_within(box, line))
    orders = [near] if upright else [near, near[::-1]]  # text on its side runs downwards or upwards
    boxes = max((_match(tokens, order) for order in orders), key=len)
    return [
        Word(token.start(), token.end(), *(boxes[i] if i in boxes else _between(line, tokens, i, boxes)))
        for i, token in enumerate(tokens)
    ]


def _match(tokens: Sequence[re.Match[str]], near: Sequence[tuple[float, int, _Box, str]]) -> dict[int, _Box]:
    """The boxes of the words of a line, by their number, that are printed in this order."""
    matcher = SequenceMatcher(None, [token.group() for token in tokens], [one[3] for one in near], autojunk=False)
    blocks = matcher.get_matching_blocks()
    return {block.a + i: near[block.b + i][2] for block in blocks for i in range(block.size)}


def _is_within(box: _Box, line: Line) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return line.x0 - _SLACK < x < line.x1 + _SLACK and line.y0 - _SLACK < y < line.y1 + _SLACK


def _between(line: Line, tokens: Sequence[re.Match[str]], i: int, boxes: dict[int, _Box]) -> _Box:
    """Where a word stands by its share of the characters between the next words whose places are known."""
    before = max((j for j in boxes if j < i), default=None)
    after = min((j for j in boxes if j > i), default=None)
    left, from_char = (line.x0, line.start_char) if before is None else (boxes[before][2], tokens[before].end())
    right, to_char = (line.x1, line.end_char) if after is None else (boxes[after][0], tokens[after].start())
    share = max(right - left, 0.0) / max(to_char - from_char, 1)
    return (
        left + share * (tokens[i].start() - from_char),
        line.y0,
        left + share * (tokens[i].end() - from_char),
        line.y1,
    )
