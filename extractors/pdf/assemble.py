"""The one text of a paper from its blocks of printed lines, and the offsets of all that points into it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from extractors.pdf.blocks import SENTENCE_END
from extractors.pdf.fragments import turn_box
from extractors.pdf.hyphens import LINE_END_HYPHENS, Lexicon, mend
from extractors.pdf.lines import CELL_GAP, PrintedLine
from schemas.records import Block, Line, Span

LINE_KINDS: Final = frozenset(("title", "authors", "affiliations", "table", "reference", "footnote"))
_UNMENDED_KINDS: Final = frozenset(("table",))
_SAME_SIZE: Final = 0.3  # points
_MID_SENTENCE: Final = re.compile(r"[^\W\d_A-Z]+(?: |[-,;:.)\u00ad]|$)")
_CELL_KINDS: Final = frozenset(("table", "authors", "affiliations", "other"))  # tabs between cells stay


@dataclass(slots=True)
class Assembled:
    """Text, blocks, lines, superscripts of one paper; all offsets point into ``text``."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    superscripts: list[Span] = field(default_factory=list)


def assemble(groups: list[list[PrintedLine]], kinds: list[str], page_sizes: list[tuple[float, float]]) -> Assembled:
    """Join lines and blocks; separators between lines are one character wide for every kind.

    A paragraph that goes on in the next column or on the next page stays two blocks, with a space between them.
    """
    lexicon = Lexicon(line.text for group in groups for line in group)
    result = Assembled()
    parts: list[str] = []
    position = 0
    for chain, kind in _chains(groups, kinds):
        lines = [line for group in chain for line in group]
        texts, superscripts = _mended(lines, lexicon) if kind not in _UNMENDED_KINDS else _as_printed(lines)
        separator, i = "\n\n", 0
        for group in chain:
            n_lines = 0
            boxes = [_page_box(line, page_sizes[line.page]) for line in group]
            for line, text, raised in zip(group, texts[i:], superscripts[i:], strict=False):
                if not text:
                    continue
                if parts:
                    parts.append(separator)
                    position += len(separator)
                parts.append(text)
                result.superscripts.extend(Span(position + a, position + b) for a, b in raised)
                result.lines.append(_line_record(line, position, position + len(text), page_sizes[line.page]))
                position += len(text)
                n_lines += 1
                separator = "\n" if kind in LINE_KINDS else " "
            i += len(group)
            if n_lines:
                result.blocks.append(_block_record(result.lines[-n_lines:], boxes, kind))
    result.text = "".join(parts)
    return result


def _chains(groups: list[list[PrintedLine]], kinds: list[str]) -> Iterator[tuple[list[list[PrintedLine]], str]]:
    """Groups that are one paragraph together; most stand alone."""
    chain: list[list[PrintedLine]] = []
    for i, group in enumerate(groups):
        if chain and not (kinds[i - 1] == kinds[i] == "paragraph" and goes_on(groups[i - 1][-1], group[0])):
            yield chain, kinds[i - 1]
            chain = []
        chain.append(group)
    if chain:
        yield chain, kinds[-1]


def goes_on(last: PrintedLine, following: PrintedLine) -> bool:
    """True if a paragraph certainly goes on across a column's or a page's end."""
    return (
        (last.page, last.segment) != (following.page, following.segment)
        and not (last.aside or following.aside)
        and last.font == following.font
        and abs(last.size - following.size) < _SAME_SIZE
        and last.x1 > last.column_x1 - 0.2 * (last.column_x1 - last.column_x0)
        and not SENTENCE_END.search(last.text)
        and _MID_SENTENCE.match(following.text) is not None
    )


def set_separators(text: str, blocks: tuple[Block, ...], lines: tuple[Line, ...]) -> str:
    """The text with the line separators that the kinds of the blocks ask for; no offset changes."""
    parts: list[str] = []
    i = 0
    previous = blocks[0]
    for block in blocks:
        separator = "\n" if block.kind in LINE_KINDS else " "
        printed: list[str] = []
        while i < len(lines) and lines[i].end_char <= block.end_char:
            printed.append(text[lines[i].start_char : lines[i].end_char])
            i += 1
        joined = separator.join(printed)
        if parts:
            parts.append(_between(previous, block))
        parts.append(joined if block.kind in _CELL_KINDS else joined.replace(CELL_GAP, " "))
        previous = block
    return "".join(parts)


def _between(block: Block, following: Block) -> str:
    """An empty line; a space or a line end where a paragraph goes on, or a block of the front page was parted."""
    if following.start_char - block.end_char > 1:
        return "\n\n"
    return " " if block.kind == following.kind and block.kind not in LINE_KINDS else "\n"


def _as_printed(group: list[PrintedLine]) -> tuple[list[str], list[list[tuple[int, int]]]]:
    texts: list[str] = []
    for line in group:
        characters = list(line.text.replace("\u00ad", "-"))
        for gap in line.gaps:
            characters[gap] = CELL_GAP
        texts.append("".join(characters))
    return texts, [list(line.superscripts) for line in group]


def _mended(group: list[PrintedLine], lexicon: Lexicon) -> tuple[list[str], list[list[tuple[int, int]]]]:
    """Texts and superscripts of the lines after mending: a split word belongs to the line where it starts."""
    texts = [line.text for line in group]
    raised = [list(line.superscripts) for line in group]
    for i in range(len(texts) - 1):
        if texts[i][-1:] not in LINE_END_HYPHENS:  # most lines: not worth a search
            continue
        mended = mend(texts[i], texts[i + 1], lexicon)
        if mended is None:
            continue
        texts[i], texts[i + 1] = mended.last, mended.rest
        raised[i] += [(a + mended.stem, b + mended.stem) for a, b in raised[i + 1] if b <= mended.end]
        raised[i + 1] = [(a - mended.cut, b - mended.cut) for a, b in raised[i + 1] if a >= mended.cut]
    for i, text in enumerate(texts):
        if "\u00ad" in text:  # a soft hyphen within a line is invisible
            texts[i], raised[i] = _without_soft_hyphens(text, raised[i])
    return texts, raised


def _without_soft_hyphens(text: str, spans: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    def shift(position: int) -> int:
        return position - text.count("\u00ad", 0, position)

    moved = [(shift(a), shift(b)) for a, b in spans]
    return text.replace("\u00ad", ""), [(a, b) for a, b in moved if a < b]


def _page_box(line: PrintedLine, page_size: tuple[float, float]) -> tuple[float, float, float, float]:
    """The box of a line on the page as it stands."""
    box = line.x0, line.y0, line.x1, line.y1
    if line.turn:
        width, height = page_size if line.turn % 2 == 0 else page_size[::-1]
        box = turn_box(box, -line.turn % 4, width, height)
    return box


def _line_record(line: PrintedLine, start: int, end: int, page_size: tuple[float, float]) -> Line:
    box = _page_box(line, page_size)
    return Line(start, end, line.page, *box, round(line.size, 2), line.bold, line.italic)


def _block_record(lines: list[Line], boxes: list[tuple[float, float, float, float]], kind: str) -> Block:
    """A block of some lines. Its box holds all that was printed, also a line whose only word moved up."""
    return Block(
        lines[0].start_char,
        lines[-1].end_char,
        kind,
        lines[0].page,
        min([box[0] for box in boxes]),
        min([box[1] for box in boxes]),
        max([box[2] for box in boxes]),
        max([box[3] for box in boxes]),
    )
