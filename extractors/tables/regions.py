"""Which blocks of a paper are one table, and which caption is its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from schemas.records import Block, ParsedPaper

CAPTION: Final = re.compile(r"\s*(?:TABLE|Table|Tab\.)\s*([A-Z]?\.?\d+|[IVX]+)")
_NEXT_CAPTION: Final = re.compile(r"(?<=\s)(?:TABLE|Table|Tab\.)\s*(?:[A-Z]?\d+|[IVX]+)\s?[:.](?=\s)")
_SAME_HEIGHT: Final = 6.0  # points between the first lines of two captions side by side
_LEAST_BORDER: Final = 8.0  # points between two tables side by side
_FARTHEST: Final = 60.0  # points between a table and its caption
_ROW_GAP: Final = 34.0  # points between two blocks of one table
_MOST_ROWS: Final = 45.0  # height in points of what may stand between them
_WRONG_SIDE: Final = 40.0  # points that a caption on the unusual side seems farther


@dataclass(frozen=True, slots=True)
class TableRegion:
    """A table: its blocks, top to bottom, its caption if it has one, and the number it is printed with.

    Of two tables side by side that are in the same blocks, only the words from ``x0`` to ``x1`` belong to each.
    """

    blocks: tuple[Block, ...]
    caption: Block | None
    number: str
    x0: float = float("-inf")
    x1: float = float("inf")

    @property
    def page(self) -> int:
        """Page, from 0."""
        return self.blocks[0].page

    @property
    def start_char(self) -> int:
        """First character, caption left aside."""
        return min(block.start_char for block in self.blocks)

    @property
    def end_char(self) -> int:
        """End of the last block."""
        return max(block.end_char for block in self.blocks)

    def caption_text(self, text: str) -> str:
        """The caption as printed; empty if there is none. Of two captions in one block only the first."""
        if self.caption is None:
            return ""
        printed = text[self.caption.start_char : self.caption.end_char]
        following = _NEXT_CAPTION.search(printed)
        return printed[: following.start()] if following else printed


def find_tables(paper: ParsedPaper) -> list[TableRegion]:
    """The tables of a paper in text order. Blocks below each other without a caption between are one table."""
    captions = [b for b in paper.blocks if b.kind == "caption" and CAPTION.match(paper.text, b.start_char, b.end_char)]
    groups = _with_rows_between(paper, _stacked([b for b in paper.blocks if b.kind == "table"], paper.blocks))
    owners = _assign(groups, captions)
    tables: list[TableRegion] = []
    for i, group in enumerate(groups):
        caption = captions[owners[i]] if i in owners else None
        others = [one for j, one in enumerate(captions) if j not in owners.values()]
        pair = _captions_side_by_side(paper.text, caption, others) if caption else None
        border = _widest_gap(paper, group) if pair else None
        if pair is None or border is None:
            tables.append(TableRegion(tuple(group), caption, _number(paper.text, caption)))
            continue
        tables.append(TableRegion(tuple(group), pair[0], _number(paper.text, pair[0]), x1=border))
        tables.append(TableRegion(tuple(group), pair[1], _number(paper.text, pair[1]), x0=border))
    return sorted(tables, key=lambda table: (table.start_char, table.x0))


def _number(text: str, caption: Block | None) -> str:
    match = CAPTION.match(text, caption.start_char, caption.end_char) if caption else None
    return match[1] if match else ""


def _captions_side_by_side(text: str, caption: Block, others: Sequence[Block]) -> tuple[Block, Block] | None:
    """Two captions at one height: in one block, as their lines were read as one, or in two that stand side by side."""
    following = _NEXT_CAPTION.search(text, caption.start_char + 1, caption.end_char)
    if following:
        middle = following.start()
        return replace(caption, end_char=middle), replace(caption, start_char=middle)
    for one in others:
        level = one.page == caption.page and abs(one.y0 - caption.y0) < _SAME_HEIGHT
        if level and min(one.x1, caption.x1) <= max(one.x0, caption.x0):
            return (caption, one) if caption.x0 < one.x0 else (one, caption)
    return None


def _widest_gap(paper: ParsedPaper, blocks: Sequence[Block]) -> float | None:
    """The middle of the widest strip on which no row of a table prints; None if there is none."""
    spans = [(block.start_char, block.end_char) for block in blocks]
    words = sorted((w.x0, w.x1) for w in paper.table_words if any(start <= w.start_char < end for start, end in spans))
    gaps: list[tuple[float, float]] = []
    reach = words[0][1] if words else 0.0
    for x0, x1 in words:
        gaps.append((x0 - reach, (x0 + reach) / 2))
        reach = max(reach, x1)
    width, middle = max(gaps, default=(0.0, 0.0))
    return middle if width > _LEAST_BORDER else None


def _stacked(tables: Sequence[Block], blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks of one page and column, one under the other, with nothing between that is no row of a table."""
    groups: list[list[Block]] = []
    for block in sorted(tables, key=lambda b: (b.page, b.y0, b.x0)):
        for group in groups:
            last = max(group, key=lambda b: b.y1)
            if last.page != block.page or not _side_by_side(last, block):
                continue
            if block.y0 - last.y1 < _ROW_GAP and not any(
                not _may_be_rows(one) and last.y0 < one.y0 and one.y1 < block.y1 and _side_by_side(one, block)
                for one in blocks
                if one.page == block.page and one.kind != "table"
            ):
                group.append(block)
                break
        else:
            groups.append([block])
    return groups


def _with_rows_between(paper: ParsedPaper, groups: Sequence[list[Block]]) -> list[list[Block]]:
    """Tables with the blocks that stand between their blocks: rows that were taken for something else."""
    return [
        sorted(
            [
                *group,
                *(
                    one
                    for one in paper.blocks
                    if one.page == group[0].page
                    and one.kind != "table"
                    and _may_be_rows(one)
                    and min(b.y0 for b in group) < one.y0
                    and one.y1 < max(b.y1 for b in group)
                    and min(b.x0 for b in group) < (one.x0 + one.x1) / 2 < max(b.x1 for b in group)
                ),
                *(one for one in paper.blocks if one.page == group[0].page and _is_beside(one, group)),
            ],
            key=lambda b: (b.y0, b.x0),
        )
        for group in groups
    ]


def _is_beside(block: Block, group: Sequence[Block]) -> bool:
    """Labels set upright to the left of the rows of a table."""
    left, top, bottom = min(b.x0 for b in group), min(b.y0 for b in group), max(b.y1 for b in group)
    upright = block.kind == "other" and block.y1 - block.y0 > 2 * (block.x1 - block.x0)
    return upright and 0 <= left - block.x1 < _FARTHEST and top < (block.y0 + block.y1) / 2 < bottom


def _may_be_rows(block: Block) -> bool:
    return block.kind != "caption" and block.y1 - block.y0 < _MOST_ROWS


def _side_by_side(one: Block, other: Block) -> bool:
    """Do they share half of the width of the narrower one."""
    shared = min(one.x1, other.x1) - max(one.x0, other.x0)
    return shared > 0.5 * min(one.x1 - one.x0, other.x1 - other.x0)


def _assign(groups: Sequence[Sequence[Block]], captions: Sequence[Block]) -> dict[int, int]:
    """Each table its caption, the closest first; captions stand mostly on one side of all tables of a paper."""
    gaps = {
        (i, j): gap
        for i, group in enumerate(groups)
        for j, caption in enumerate(captions)
        if (gap := _signed_gap(group, caption)) is not None
    }
    best: dict[int, float] = {}
    for (i, _), gap in gaps.items():
        if i not in best or abs(gap) < abs(best[i]):
            best[i] = gap
    above = median([gap > 0 for gap in best.values()]) >= 0.5 if best else True
    costs = {key: abs(gap) + (_WRONG_SIDE if (gap > 0) != above else 0) for key, gap in gaps.items()}
    owners: dict[int, int] = {}
    for i, j in sorted(costs, key=lambda key: (costs[key], key)):
        if i not in owners and j not in owners.values():
            owners[i] = j
    for i, j in sorted(costs, key=lambda key: (costs[key], key)):  # a table in two parts around nothing else
        owners.setdefault(i, j)
    return owners


def _signed_gap(group: Sequence[Block], caption: Block) -> float | None:
    """Points from a caption down to a table (negative: up); None if they do not belong together."""
    top, bottom = min(b.y0 for b in group), max(b.y1 for b in group)
    left, right = min(b.x0 for b in group), max(b.x1 for b in group)
    if group[0].page != caption.page or min(right, caption.x1) <= max(left, caption.x0):
        return None
    gap = max(top - caption.y1, 0.01) if caption.y0 < top else -max(caption.y0 - bottom, 0.01)
    return gap if abs(gap) <= _FARTHEST else None
