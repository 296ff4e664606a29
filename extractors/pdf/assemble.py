"""The one text of a paper from its blocks of printed lines, and the offsets of all that points into it."""

from dataclasses import dataclass, field
from typing import Final

from extractors.pdf.fragments import turn_box
from extractors.pdf.hyphens import LINE_END_HYPHENS, Lexicon, mend
from extractors.pdf.lines import CELL_GAP, PrintedLine
from schemas.records import Block, Line, Span

LINE_KINDS: Final = frozenset(("title", "authors", "affiliations", "table", "reference", "footnote"))
_UNMENDED_KINDS: Final = frozenset(("table",))
_CELL_KINDS: Final = frozenset(("table", "authors", "affiliations", "other"))  # tabs between cells stay


@dataclass(slots=True)
class Assembled:
    """Text, blocks, lines, superscripts of one paper; all offsets point into ``text``."""

    text: str = ""
    blocks: list[Block] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    superscripts: list[Span] = field(default_factory=list)


def assemble(groups: list[list[PrintedLine]], kinds: list[str], page_sizes: list[tuple[float, float]]) -> Assembled:
    """Join lines and blocks; separators between lines are one character wide for every kind."""
    lexicon = Lexicon(line.text for group in groups for line in group)
    result = Assembled()
    parts: list[str] = []
    length = 0
    for group, kind in zip(groups, kinds, strict=True):
        texts, superscripts = _mended(group, lexicon) if kind not in _UNMENDED_KINDS else _as_printed(group)
        start = length + (2 if parts else 0)
        if parts:
            parts.append("\n\n")
        position, n_lines = start, 0
        for line, text, raised in zip(group, texts, superscripts, strict=True):
            if not text:
                continue
            if n_lines:
                parts.append("\n" if kind in LINE_KINDS else " ")
                position += 1
            parts.append(text)
            result.superscripts.extend(Span(position + a, position + b) for a, b in raised)
            result.lines.append(_line_record(line, position, position + len(text), page_sizes[line.page]))
            position += len(text)
            n_lines += 1
        if not n_lines:
            if parts:
                parts.pop()
            continue
        result.blocks.append(_block_record(result.lines[-n_lines:], kind))
        length = position
    result.text = "".join(parts)
    return result


def set_separators(text: str, blocks: tuple[Block, ...], lines: tuple[Line, ...]) -> str:
    """The text with the line separators that the kinds of the blocks ask for; no offset changes."""
    parts: list[str] = []
    i = end = 0
    for block in blocks:
        separator = "\n" if block.kind in LINE_KINDS else " "
        printed: list[str] = []
        while i < len(lines) and lines[i].end_char <= block.end_char:
            printed.append(text[lines[i].start_char : lines[i].end_char])
            i += 1
        joined = separator.join(printed)
        if parts:  # a block of the front page may have been parted between two lines, one character from each other
            parts.append("\n" * (block.start_char - end))
        parts.append(joined if block.kind in _CELL_KINDS else joined.replace(CELL_GAP, " "))
        end = block.end_char
    return "".join(parts)


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


def _line_record(line: PrintedLine, start: int, end: int, page_size: tuple[float, float]) -> Line:
    box = line.x0, line.y0, line.x1, line.y1
    if line.turn:
        width, height = page_size if line.turn % 2 == 0 else page_size[::-1]
        box = turn_box(box, -line.turn % 4, width, height)
    return Line(start, end, line.page, *box, round(line.size, 2), line.bold, line.italic)


def _block_record(lines: list[Line], kind: str) -> Block:
    return Block(
        lines[0].start_char,
        lines[-1].end_char,
        kind,
        lines[0].page,
        min([line.x0 for line in lines]),
        min([line.y0 for line in lines]),
        max([line.x1 for line in lines]),
        max([line.y1 for line in lines]),
    )
