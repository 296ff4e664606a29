"""What is found while one types: entities and papers."""

from html import escape

from flows.explorer.paper_view import draw_paper_link
from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target
from flows.explorer.wording import count_of, type_class
from schemas.graph.lookup.entities import EntityCard, search_entities
from schemas.graph.lookup.papers import find_papers

_MAX_ENTITIES, _MAX_PAPERS = 12, 6
_MAX_TYPED = 200


def draw_found(shelf: Shelf, typed: str) -> str:
    """Entities and papers with what is typed in their names; nothing if nothing is typed."""
    typed = " ".join(typed.split())[:_MAX_TYPED]
    if not typed:
        return ""
    with shelf.open() as connection:
        entities = search_entities(connection, typed, limit=_MAX_ENTITIES)
        papers = find_papers(connection, typed, limit=_MAX_PAPERS)
    if not entities and not papers:
        return (
            f"<div class='pg-found'><p class='quiet'>Nothing is called “{escape(typed)}”. Try fewer letters.</p></div>"
        )
    drawn = "".join(f"<li>{_entity(card)}</li>" for card in entities)
    listed = "".join(f"<li>{draw_paper_link(paper)}</li>" for paper in papers)
    left = f"<section aria-label='Entities'><h4>Entities</h4><ul>{drawn}</ul></section>" if entities else ""
    right = f"<section aria-label='Papers'><h4>Papers</h4><ul>{listed}</ul></section>" if papers else ""
    answered = f"data-typed='{escape(typed)}'"  # answers to fewer letters may be on the page first
    return f"<div class='pg-found' role='region' aria-label='Search results' {answered}>{left}{right}</div>"


def _entity(card: EntityCard) -> str:
    return (
        f"<button type='button' class='pg-link {type_class(card.label)}' "
        f"{Target('entity', card.entity_id).attribute()}>"
        f"<b><span class='dot' aria-hidden='true'></span>{escape(card.name)}</b>"
        f"<span class='quiet'>{escape(card.label)} · {count_of(card.n_papers, 'paper')}</span></button>"
    )
