"""A paper in the explorer: one page of it, with its facts beside it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Final
from urllib.parse import quote

from flows.explorer.page_sheet import draw_picture, draw_text, sentence_spans
from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target, sentence_mark
from flows.explorer.wording import PLURALS, count_of, draw_chip, draw_message, say_predicate, type_class
from schemas.errors import PaperError, TransientError
from schemas.graph.lookup.papers import (
    PageBlock,
    PageFact,
    PageMention,
    PaperCard,
    facts_per_page,
    find_papers,
    get_paper,
    graph_size,
    page_blocks,
    page_facts,
    page_mentions,
)
from schemas.records import ENTITY_TYPES

_MAX_SENTENCE: Final = 420  # characters of a sentence that are shown in the list of facts
_MAX_AUTHORS: Final = 8
_MAX_PAPERS: Final = 30


def draw_paper(shelf: Shelf, target: Target) -> str:
    """A page of a paper with its facts; a message if there is no such paper."""
    with shelf.open(target.shelf) as connection:
        paper = get_paper(connection, target.id)
        if paper is None:
            return draw_message("There is no such paper in this graph. Search for it above.")
        target = replace(target, page=min(target.page, max(paper.n_pages - 1, 0)))
        blocks = page_blocks(connection, paper.paper_id, target.page)
        mentions = page_mentions(connection, paper.paper_id, target.page)
        facts = page_facts(connection, paper.paper_id, target.page)
        elsewhere = facts_per_page(connection, paper.paper_id)
    sheet, note = _draw_sheet(shelf, paper, target, blocks, mentions, facts)
    return (
        f"<article class='pg-paper' data-paper='{escape(paper.paper_id)}' data-page='{target.page}' "
        f"data-shelf='{escape(target.shelf)}'>{_heading(paper, target)}{note}"
        f"<div class='pg-two'><section aria-label='Page'>{_steps(paper, target)}{_legend(mentions)}{sheet}</section>"
        f"<section class='pg-side' aria-label='Facts'>{_fact_list(facts, target)}{_elsewhere(elsewhere, target)}"
        f"{_named(mentions, target)}</section></div></article>"
    )


def draw_shelf(shelf: Shelf) -> str:
    """The latest papers of the graph, to pick one."""
    with shelf.open() as connection:
        papers = find_papers(connection, limit=_MAX_PAPERS)
        n_papers, _, _ = graph_size(connection)
    if not papers:
        return draw_message(
            "Read some with papergraph ingest, or upload a PDF here to see what is found in it.",
            title="There are no papers in this graph yet.",
        )
    items = "".join(f"<li>{draw_paper_link(paper)}</li>" for paper in papers)
    others = f"<p class='quiet'>{len(papers)} of {n_papers:,}. Search for the others above.</p>"
    return f"<h3>Latest papers</h3><ul class='pg-papers'>{items}</ul>{others if n_papers > len(papers) else ''}"


def draw_paper_link(paper: PaperCard) -> str:
    """A paper as an item of a list."""
    about = " · ".join(part for part in (_people(paper, 3), str(paper.year or ""), paper.file_name) if part)
    return (
        f"<button type='button' class='pg-link' {Target('paper', paper.paper_id).attribute()}>"
        f"<b>{escape(paper.title)}</b><span class='quiet'>{escape(about)}</span></button>"
    )


def _draw_sheet(
    shelf: Shelf,
    paper: PaperCard,
    target: Target,
    blocks: Sequence[PageBlock],
    mentions: Sequence[PageMention],
    facts: Sequence[PageFact],
) -> tuple[str, str]:
    """The page, and what has to be said about it."""
    sentences = sentence_spans(facts, target.lit)
    note = ""
    if not target.as_text:
        spans = (*((m.start_char, m.end_char) for m in mentions), *sentences)
        try:
            marks = shelf.marks(target.shelf, paper, target.page, tuple(blocks), spans)
            if mentions and not any(marks.boxes):
                note = draw_message(
                    "This page is a scanned picture, on which words have no places of their own: "
                    "choose Text to see what was found."
                )
            return draw_picture(
                target, marks, mentions, sentences, title=paper.title, source=_picture_address(target)
            ), note
        except (PaperError, TransientError) as error:
            reason = error.message if isinstance(error, PaperError) else str(error)
            note = draw_message(f"The page cannot be shown as a picture: {reason}. Here is its text.", kind="warning")
    return draw_text(target, blocks, mentions, sentences), note


def _picture_address(target: Target) -> str:
    return f"pages/{quote(target.shelf or '-', safe='')}/{quote(target.id, safe='')}/{target.page}.jpg"


def _heading(paper: PaperCard, target: Target) -> str:
    about = [_people(paper, _MAX_AUTHORS), str(paper.year or ""), paper.file_name]
    about += ["scanned" if paper.scanned else "", "uploaded, not in the graph" if target.shelf else ""]
    line = " · ".join(escape(part) for part in about if part)
    return f"<header><h2>{escape(paper.title)}</h2><p class='quiet'>{line}</p></header>"


def _people(paper: PaperCard, most: int) -> str:
    names = paper.authors or []
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _steps(paper: PaperCard, target: Target) -> str:
    """To the page before and after, and between picture and text."""

    def step(page: int, text: str, name: str) -> str:
        if not 0 <= page < paper.n_pages:
            return f"<button type='button' disabled aria-label='{name}'>{text}</button>"
        leads = replace(target, page=page, lit=()).attribute()
        return f"<button type='button' aria-label='{name}' data-step='{name}' {leads}>{text}</button>"

    ways = "".join(
        f"<button type='button' aria-pressed='{str(target.as_text == as_text).lower()}' "
        f"{replace(target, as_text=as_text).attribute()}>{text}</button>"
        for as_text, text in ((False, "Picture"), (True, "Text"))
    )
    return (
        f"<nav class='pg-steps' aria-label='Pages'>{step(target.page - 1, '‹', 'Previous page')}"
        f"<span>Page {target.page + 1} of {paper.n_pages}</span>{step(target.page + 1, '›', 'Next page')}"
        f"<span class='ways'>{ways}</span></nav>"
    )


def _legend(mentions: Sequence[PageMention]) -> str:
    counts = Counter(mention.label for mention in mentions)
    boxes = "".join(
        f"<label class='{label}'><input type='checkbox' checked data-type='{label}'>"
        f"<span class='dot' aria-hidden='true'></span>{PLURALS[label]} "
        f"<span class='quiet'>{counts[label]}</span></label>"
        for label in ENTITY_TYPES
        if counts[label]
    )
    return f"<fieldset class='pg-legend'><legend>Shown types</legend>{boxes}</fieldset>" if boxes else ""


def _fact_list(facts: Sequence[PageFact], target: Target) -> str:
    head = f"<h3>Facts on this page <span class='quiet'>{len(facts)}</span></h3>"
    if not facts:
        return f"{head}<p class='quiet'>No relations were read on this page.</p>"
    items = "".join(f"<li>{_fact(fact, target)}</li>" for fact in facts)
    return f"{head}<p class='quiet'>Choose one to see its sentence on the page.</p><ol class='pg-facts'>{items}</ol>"


def _fact(fact: PageFact, target: Target) -> str:
    lit = (sentence_mark(fact.start_char, fact.end_char), fact.subject_id, fact.object_id)
    pressed = str(set(lit) <= set(target.lit)).lower()
    return (
        f"<button type='button' class='pg-fact' aria-pressed='{pressed}' {replace(target, lit=lit).attribute()}>"
        f"<span class='said'><span class='end {type_class(fact.subject_type)}'>{escape(_short(fact.subject))}</span> "
        f"<i>{escape(say_predicate(fact.predicate))}</i> "
        f"<span class='end {type_class(fact.object_type)}'>{escape(_short(fact.object))}</span></span>"
        f"<span class='score' title='How sure the model is'>{fact.score:.0%}</span>"
        f"<span class='quote'>{_quote(fact)}</span></button>"
    )


def _short(text: str, most: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _quote(fact: PageFact) -> str:
    """The sentence with its two ends in bold; of a long one (a table) the part around them."""
    ends = sorted(
        (start - fact.start_char, end - fact.start_char)
        for start, end in map(_span_of, (fact.subject_id, fact.object_id))
        if fact.start_char <= start and end <= fact.end_char
    )
    text, cut = fact.sentence, 0
    if len(text) > _MAX_SENTENCE:
        cut = max(0, ends[0][0] - 60) if ends else 0
        text = text[cut : cut + _MAX_SENTENCE]
    pieces, done = [escape("…" if cut else "")], 0
    for start, end in ((start - cut, end - cut) for start, end in ends):
        if done <= start and end <= len(text):
            pieces += [escape(text[done:start]), f"<b>{escape(text[start:end])}</b>"]
            done = end
    pieces.append(escape(text[done:]) + ("…" if cut + len(text) < len(fact.sentence) else ""))
    return "".join(pieces)


def _span_of(mention_id: str) -> tuple[int, int]:
    start, end, _ = mention_id.split("-", 2)
    return int(start), int(end)


def _elsewhere(per_page: Mapping[int, int], target: Target) -> str:
    others = {page: n for page, n in per_page.items() if page != target.page}
    if not others:
        return ""
    links = "".join(
        f"<button type='button' title='{count_of(n, 'fact')}' {replace(target, page=page, lit=()).attribute()}>"
        f"{page + 1}<sup>{n}</sup></button>"
        for page, n in others.items()
    )
    return f"<h3>Facts on other pages</h3><p class='pg-pages'>{links}</p>"


def _named(mentions: Sequence[PageMention], target: Target) -> str:
    """What is named on the page, once each, by type."""
    named: dict[str, Counter[tuple[str, str]]] = {label: Counter() for label in ENTITY_TYPES}
    for mention in mentions:
        if mention.entity_id and mention.label in named:
            named[mention.label][mention.entity_id, mention.entity or mention.text] += 1
    groups = "".join(
        f"<h4>{PLURALS[label]}</h4><p class='pg-chips'>"
        + "".join(
            draw_chip(label, _short(name, 60), Target("entity", identity, shelf=target.shelf), f"{n}" if n > 1 else "")
            for (identity, name), n in counts.most_common()
        )
        + "</p>"
        for label, counts in named.items()
        if counts
    )
    return f"<h3>Named on this page</h3>{groups}" if groups else ""
