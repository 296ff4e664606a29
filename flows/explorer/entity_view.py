"""An entity in the explorer: its neighbourhood, its facts, the papers that name it."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Final

from flows.explorer.neighbourhood import MAX_NEIGHBOURS, Node, draw_neighbourhood
from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target, sentence_mark
from flows.explorer.wording import PLURALS, count_of, draw_chip, draw_message, say_predicate, type_class
from schemas.graph.lookup.entities import (
    EntityCard,
    EntityFact,
    EntityPaper,
    common_entities,
    entity_facts,
    entity_names,
    entity_papers,
    facts_among,
    get_entity,
)
from schemas.records import ENTITY_TYPES

_MAX_FACTS, _MAX_PAPERS = 200, 50
_ADDRESSES: Final = {"ror": "https://ror.org/", "wikidata": "https://www.wikidata.org/wiki/"}


def draw_entity(shelf: Shelf, target: Target) -> str:
    """An entity of the graph; of an upload, if the graph does not have it."""
    drawn = _draw_entity(shelf, Target("entity", target.id))
    if drawn is None and target.shelf:
        drawn = _draw_entity(shelf, target)
    return drawn or draw_message("There is no such entity in this graph. Search for it above.")


def draw_common(shelf: Shelf) -> str:
    """The entities named in most papers, to pick one."""
    with shelf.open() as connection:
        cards = common_entities(connection)
    if not cards:
        return draw_message("Entities appear here once papers have been read.", title="There are no entities yet.")
    groups = "".join(
        f"<h4>{escape(PLURALS.get(label, label))}</h4><p class='pg-chips'>"
        + "".join(
            draw_chip(label, card.name, Target("entity", card.entity_id), count_of(card.n_papers, "paper"))
            for card in some
        )
        + "</p>"
        for label, some in groupby(sorted(cards, key=_rank), key=lambda card: card.label)
    )
    return f"<h3>Named in most papers</h3>{groups}"


def _rank(card: EntityCard) -> int:
    return ENTITY_TYPES.index(card.label) if card.label in ENTITY_TYPES else len(ENTITY_TYPES)


def _draw_entity(shelf: Shelf, target: Target) -> str | None:
    with shelf.open(target.shelf) as connection:
        card = get_entity(connection, target.id)
        if card is None:
            return None
        names = entity_names(connection, target.id)
        papers = entity_papers(connection, target.id, limit=_MAX_PAPERS)
        facts = entity_facts(connection, target.id, limit=_MAX_FACTS)
        neighbours = _neighbours(card, facts)
        edges = facts_among(connection, [card.entity_id, *(node.entity_id for node in neighbours)])
    return (
        f"<article class='pg-entity'>{_heading(card, names, target)}"
        f"{_picture(card, neighbours, edges, facts, target)}"
        f"<div class='pg-two'><section aria-label='Facts'>{_fact_groups(card, facts, target)}</section>"
        f"<section class='pg-side' aria-label='Papers'>{_paper_list(card, papers, target)}</section></div></article>"
    )


def _heading(card: EntityCard, names: Sequence[str], target: Target) -> str:
    others = [name for name in names if name != card.name]
    about = f"{count_of(card.n_papers, 'paper')}, {count_of(card.n_mentions, 'mention')}"
    about += "" if not target.shelf else " · in the paper that you uploaded"
    also = f"<p class='quiet'>Also printed as {escape(', '.join(others))}</p>" if others else ""
    return (
        f"<header><p class='pg-type {type_class(card.label)}'><span class='dot' aria-hidden='true'></span>"
        f"{escape(card.label)}</p><h2>{escape(card.name)}</h2>"
        f"<p class='quiet'>{escape(about)} · {_identity(card)}</p>{also}</header>"
    )


def _identity(card: EntityCard) -> str:
    """The id, as a link where its registry has a page for it."""
    registry, _, key = card.entity_id.partition(":")
    if registry in _ADDRESSES and key.isalnum():
        return f"<a href='{_ADDRESSES[registry]}{key}' rel='noreferrer' target='_blank'>{escape(card.entity_id)}</a>"
    return f"<code>{escape(card.entity_id)}</code>"


def _neighbours(card: EntityCard, facts: Sequence[EntityFact]) -> list[Node]:
    """The other ends of the facts, the best supported first."""
    nodes: dict[str, Node] = {}
    for fact in facts:
        ends = (
            Node(fact.subject_id, fact.subject_type, fact.subject),
            Node(fact.object_id, fact.object_type, fact.object),
        )
        for node in ends:
            if node.entity_id != card.entity_id and len(nodes) < MAX_NEIGHBOURS:
                nodes.setdefault(node.entity_id, node)
    return list(nodes.values())


def _picture(
    card: EntityCard,
    neighbours: Sequence[Node],
    edges: Sequence[tuple[str, str, str]],
    facts: Sequence[EntityFact],
    target: Target,
) -> str:
    if not neighbours:
        return ""
    n_all = len({end for fact in facts for end in (fact.subject_id, fact.object_id)} - {card.entity_id})
    more = f"<p class='quiet'>The {len(neighbours)} best supported of {n_all}.</p>" if n_all > len(neighbours) else ""
    centre = Node(card.entity_id, card.label, card.name)
    drawn = draw_neighbourhood(centre, neighbours, edges, shelf=target.shelf)
    return f"<figure class='pg-figure'>{drawn}{more}</figure>"


def _fact_groups(card: EntityCard, facts: Sequence[EntityFact], target: Target) -> str:
    head = f"<h3>Facts <span class='quiet'>{len(facts)}{'+' if len(facts) == _MAX_FACTS else ''}</span></h3>"
    if not facts:
        return f"{head}<p class='quiet'>No relation of it to another entity was read.</p>"
    rows = "".join(_fact_row(card, fact, target) for fact in facts)
    return (
        f"{head}<div class='pg-wide' tabindex='0'><table class='pg-table'>"
        "<thead><tr><th>Fact</th><th class='n'>Papers</th><th class='n'>Score</th>"
        f"<th>Read in</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _fact_row(card: EntityCard, fact: EntityFact, target: Target) -> str:
    def end(identity: str, name: str, label: str) -> str:
        leads = None if identity == card.entity_id else Target("entity", identity, shelf=target.shelf)
        return draw_chip(label, name, leads)

    where = ""
    if fact.paper_id is not None and fact.page is not None:
        lit = (sentence_mark(fact.start_char or 0, fact.end_char or 0),)
        leads = Target("paper", fact.paper_id, fact.page, lit, target.shelf).attribute()
        sentence = escape((fact.sentence or "")[:300])
        where = f"<button type='button' class='pg-place' title='{sentence}' {leads}>page {fact.page + 1}</button>"
    subject = end(fact.subject_id, fact.subject, fact.subject_type)
    return (
        f"<tr><td>{subject} <i>{escape(say_predicate(fact.predicate))}</i> "
        f"{end(fact.object_id, fact.object, fact.object_type)}</td><td class='n'>{fact.n_papers:,}</td>"
        f"<td class='n'>{fact.score:.0%}</td><td>{where}</td></tr>"
    )


def _paper_list(card: EntityCard, papers: Sequence[EntityPaper], target: Target) -> str:
    items = "".join(
        f"<li><button type='button' class='pg-link' "
        f"{Target('paper', paper.paper_id, paper.page, (paper.mention_id,), target.shelf).attribute()}>"
        f"<b>{escape(paper.title)}</b><span class='quiet'>"
        f"{escape(' · '.join(part for part in (str(paper.year or ''), count_of(paper.n_mentions, 'mention')) if part))}"
        "</span></button></li>"
        for paper in papers
    )
    more = f"<p class='quiet'>The first {len(papers)} of {card.n_papers:,}.</p>" if len(papers) < card.n_papers else ""
    return f"<h3>Papers <span class='quiet'>{card.n_papers:,}</span></h3><ul class='pg-papers'>{items}</ul>{more}"
