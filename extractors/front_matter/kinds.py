"""Kinds of the blocks of the front page: title, authors, affiliations, abstract, and cover pages as other."""

import re
from collections.abc import Sequence

from extractors.front_matter.header import type_rows
from extractors.front_matter.lexicon import fold
from extractors.front_matter.sheet import MAX_COVER_PAGES, Sheet, find_sheet
from extractors.front_matter.strip import make_rows, raised_offsets
from schemas.records import Block, Line, Span

_KIND_OF_ROW = {"author": "authors", "affiliation": "affiliations", "email": "affiliations", "other": "other"}
_ABSTRACT = re.compile(r"\W*(abstract|a b s t r a c t|summary|resume|resumen|zusammenfassung|riassunto|resumo)\b")
_AFTER_ABSTRACT = re.compile(
    r"\W*(key ?words|index terms|categories|general terms|ccs concepts|pacs|(\d|i)?\W{0,2}introduction|acm reference|"
    r"jel)\b"
)
_NOTE = re.compile(r"[∗*†‡§¶]|permission to|copyright|\(?c\)|proceedings|received|accepted")
_MAX_ABSTRACT_BLOCKS = 8
_MAX_HEADING_CHARS = 40


def mark_front_blocks(
    blocks: Sequence[Block], lines: Sequence[Line], text: str, superscripts: Sequence[Span]
) -> tuple[Block, ...]:
    """Give the front page's blocks their kinds; a block that holds several is split between its lines.

    Only lines decide; the kinds that come in are kept where nothing better is known.

    Args:
        blocks: All blocks of the paper, in reading order.
        lines: All lines of the paper, in reading order.
        text: The paper's text.
        superscripts: Superscripts in it.
    """
    early = [line for line in lines if line.page <= MAX_COVER_PAGES]
    raised = raised_offsets(superscripts)
    sheet = find_sheet(text, make_rows(text, early), raised)
    if sheet is None:
        return tuple(blocks)
    kinds = _line_kinds(text, sheet, early, raised)
    marked: list[Block] = []
    by_block = _lines_by_block(blocks, early)
    for block, own in zip(blocks, by_block, strict=True):
        marked.extend(_split(block, own, kinds, is_cover=block.page < sheet.page))
    return tuple(_mark_abstract(marked, text, sheet.page))


def _line_kinds(text: str, sheet: Sheet, lines: Sequence[Line], raised: frozenset[int]) -> dict[int, str]:
    """Kind of each front line, by the offset of its start. A line of several cells takes the kind of the first."""
    by_offset: dict[int, str] = {row.start: "title" for row in sheet.title}
    for item in type_rows(text, sheet.header, raised, (), ()):
        by_offset.setdefault(item.row.start, _KIND_OF_ROW.get(item.kind, "other"))
    kinds: dict[int, str] = {}
    top = min((row.y0 for row in sheet.title), default=0.0)
    for line in lines:
        if line.page == sheet.page and line.y1 <= top:
            kinds[line.start_char] = "other"  # running heads, banners
        offsets = [offset for offset in by_offset if line.start_char <= offset < line.end_char]
        if line.page == sheet.page and offsets:
            kinds[line.start_char] = by_offset[min(offsets)]
    return kinds


def _lines_by_block(blocks: Sequence[Block], lines: Sequence[Line]) -> list[list[Line]]:
    result: list[list[Line]] = []
    position = 0
    for block in blocks:
        own: list[Line] = []
        while position < len(lines) and lines[position].start_char < block.end_char:
            if lines[position].start_char >= block.start_char:
                own.append(lines[position])
            position += 1
        result.append(own)
    return result


def _split(block: Block, lines: Sequence[Line], kinds: dict[int, str], *, is_cover: bool) -> list[Block]:
    """Runs of lines of one kind, each as a block of its own."""
    if is_cover:
        return [Block(block.start_char, block.end_char, "other", block.page, block.x0, block.y0, block.x1, block.y1)]
    if not any(line.start_char in kinds for line in lines):
        return [block]
    runs: list[tuple[str, list[Line]]] = []
    for line in lines:
        kind = kinds.get(line.start_char, block.kind)
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(line)
        else:
            runs.append((kind, [line]))
    return [
        Block(
            run[0].start_char,
            run[-1].end_char,
            kind,
            block.page,
            min(line.x0 for line in run),
            min(line.y0 for line in run),
            max(line.x1 for line in run),
            max(line.y1 for line in run),
        )
        for kind, run in runs
    ]


def _mark_abstract(blocks: Sequence[Block], text: str, page: int) -> list[Block]:
    """Paragraphs from the abstract's heading to the next heading are the abstract.

    Without such a heading it is what stands between the front matter and the introduction.
    """
    result = list(blocks)
    chosen = _headed_abstract(blocks, text, page) or _bare_abstract(blocks, text, page)
    for position in chosen:
        block = blocks[position]
        result[position] = Block(
            block.start_char, block.end_char, "abstract", block.page, block.x0, block.y0, block.x1, block.y1
        )
    return result


def _headed_abstract(blocks: Sequence[Block], text: str, page: int) -> list[int]:
    chosen: list[int] = []
    inside = False
    for position, block in enumerate(blocks):
        if not page <= block.page <= page + 1:
            continue
        content = fold(text[block.start_char : block.start_char + 60])
        if not inside and _ABSTRACT.match(content) and block.kind in ("heading", "paragraph", "other", "footnote"):
            inside = True
            if block.kind == "heading" and block.end_char - block.start_char < _MAX_HEADING_CHARS:
                continue
        elif inside and (
            block.kind == "heading" or _AFTER_ABSTRACT.match(content) or len(chosen) >= _MAX_ABSTRACT_BLOCKS
        ):
            break
        if inside and block.kind in ("paragraph", "other", "heading") and not _NOTE.match(content):
            chosen.append(position)
    return chosen


def _bare_abstract(blocks: Sequence[Block], text: str, page: int) -> list[int]:
    own = [position for position, block in enumerate(blocks) if block.page == page]
    front = [position for position in own if blocks[position].kind in ("title", "authors", "affiliations")]
    heading = next((p for p in own if front and p > front[-1] and blocks[p].kind == "heading"), None)
    if heading is None or "introduction" not in fold(text[blocks[heading].start_char : blocks[heading].end_char]):
        return []
    between = [position for position in range(front[-1] + 1, heading) if blocks[position].kind == "paragraph"]
    return between if len(between) <= _MAX_ABSTRACT_BLOCKS else []
