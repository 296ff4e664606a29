"""One page of a paper as HTML: its picture with the mentions over it, or its text with the mentions in it.

All that a paper brings along is escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from extractors.pdf.locate import Box
from extractors.pdf.page_reader import PageMarks
from flows.explorer.targets import Target, sentence_mark
from flows.explorer.wording import type_class
from schemas.graph.lookup.papers import PageBlock, PageFact, PageMention


def sentence_spans(facts: Iterable[PageFact], lit: Iterable[str] = ()) -> tuple[tuple[int, int], ...]:
    """The sentences of a page's facts, and those that are to be lit, each once, in text order."""
    spans = {(fact.start_char, fact.end_char) for fact in facts}
    for mark in lit:
        start, dash, end = mark.removeprefix("s").partition("-")
        if mark.startswith("s") and dash and start.isdecimal() and end.isdecimal() and int(start) < int(end):
            spans.add((int(start), int(end)))
    return tuple(sorted(spans))


def draw_picture(
    target: Target,
    marks: PageMarks,
    mentions: Sequence[PageMention],
    sentences: Sequence[tuple[int, int]],
    *,
    title: str,
    source: str,
) -> str:
    """The picture of a page, with sentences and mentions over it.

    Args:
        target: The page; what is lit on it is drawn so.
        marks: Its size, and the boxes of the mentions, then those of the sentences.
        mentions: What is named on it.
        sentences: (start_char, end_char) of the sentences.
        title: The paper's.
        source: Address of the picture.
    """
    lit = set(target.lit)
    under = "".join(
        _group(sentence_mark(*span), "sentence", boxes, lit)
        for span, boxes in zip(sentences, marks.boxes[len(mentions) :], strict=True)
        if boxes
    )
    over = "".join(
        _mention(mention, boxes, target, lit)
        for mention, boxes in zip(mentions, marks.boxes[: len(mentions)], strict=True)
        if boxes
    )
    name = escape(f"Page {target.page + 1} of {title}")
    return (
        f"<div class='sheet{' has-lit' if lit else ''}' style='aspect-ratio:{marks.width:.1f}/{marks.height:.1f}'>"
        f"<img src='{escape(source)}' alt='{name}'>"
        f"<svg viewBox='0 0 {marks.width:.2f} {marks.height:.2f}' preserveAspectRatio='none' aria-hidden='true'>"
        f"{under}{over}</svg></div>"
    )


def draw_text(
    target: Target,
    blocks: Sequence[PageBlock],
    mentions: Sequence[PageMention],
    sentences: Sequence[tuple[int, int]],
) -> str:
    """The text of a page as it was read, block by block, with its mentions coloured."""
    lit = set(target.lit)
    if not blocks:
        return "<div class='sheet text'><p class='quiet'>No text was read on this page.</p></div>"
    parts = "".join(
        f"<p class='{escape(block.kind)}'>{_marked(block, mentions, sentences, lit)}</p>" for block in blocks
    )
    return f"<div class='sheet text{' has-lit' if lit else ''}'>{parts}</div>"


def _mention(mention: PageMention, boxes: Sequence[Box], target: Target, lit: set[str]) -> str:
    name = mention.entity or mention.text
    said = "" if name == mention.text else f" (“{mention.text}”)"
    about = f"<title>{escape(f'{mention.label}: {name}{said}')}</title>"
    leads = Target("entity", mention.entity_id, shelf=target.shelf).attribute() if mention.entity_id else ""
    return _group(mention.mention_id, f"mention {type_class(mention.label)}", boxes, lit, about, leads)


def _group(mark: str, kind: str, boxes: Sequence[Box], lit: set[str], inner: str = "", leads: str = "") -> str:
    drawn = "".join(
        f"<rect x='{x0 - 0.6:.1f}' y='{y0:.1f}' width='{x1 - x0 + 1.2:.1f}' height='{y1 - y0:.1f}' rx='1.5'/>"
        for x0, y0, x1, y1 in boxes
    )
    shown = " lit" if mark in lit else ""
    return f"<g class='{kind}{shown}' data-mark='{escape(mark)}' {leads}>{inner}{drawn}</g>"


def _marked(
    block: PageBlock, mentions: Sequence[PageMention], sentences: Sequence[tuple[int, int]], lit: set[str]
) -> str:
    """The text of a block, cut wherever a mention or a sentence begins or ends."""
    inside = [m for m in mentions if m.start_char < block.end_char and m.end_char > block.start_char]
    around = [span for span in sentences if span[0] < block.end_char and span[1] > block.start_char]
    spans = [(m.start_char, m.end_char) for m in inside] + around
    cuts = {block.start_char, block.start_char + len(block.text)}
    cuts |= {edge for span in spans for edge in span if block.start_char < edge < block.start_char + len(block.text)}
    edges = sorted(cuts)
    pieces: list[str] = []
    for start, end in pairwise(edges):
        text = escape(block.text[start - block.start_char : end - block.start_char])
        named = [m for m in inside if m.start_char <= start and end <= m.end_char]
        said = [sentence_mark(*span) for span in around if span[0] <= start and end <= span[1]]
        if not named and not said:
            pieces.append(text)
            continue
        kinds = ["mention", type_class(named[-1].label)] if named else ["sentence"]
        marks = [m.mention_id for m in named] + said
        kinds += ["lit"] if lit.intersection(marks) else []
        about = f" title='{escape(f'{named[-1].label}: {named[-1].entity or named[-1].text}')}'" if named else ""
        pieces.append(f"<span class='{' '.join(kinds)}' data-mark='{escape(' '.join(marks))}'{about}>{text}</span>")
    return "".join(pieces)
