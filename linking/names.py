"""Plain strings linked, without papers: what ``papergraph link`` does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from linking.knowledge_base import KnowledgeBase
from linking.linker import BATCH, LINKED_TYPES, Linker
from linking.queries import Query
from schemas.errors import ConfigError

ROWS_AT_ONCE: Final = 4 * BATCH


@dataclass(frozen=True, slots=True)
class LinkedName:
    """Ranked entity ids, the probability of the first, and the ids that are meant (none: NIL)."""

    ids: tuple[str, ...]
    score: float
    answer: tuple[str, ...]


def link_queries(linker: Linker, queries: Sequence[Query]) -> list[LinkedName]:
    """Link queries, in their order."""
    entry = linker.kb.entry
    return [
        LinkedName(
            tuple(entry(row).entity_id for row, _ in resolution.ranked),
            resolution.score,
            tuple(entry(row).entity_id for row in resolution.answer),
        )
        for resolution in linker.resolve(queries)
    ]


def link_names(
    kb: KnowledgeBase, rows: Iterable[Mapping[str, Any]], label: str = "", *, linker: Linker | None = None
) -> Iterator[dict[str, Any]]:
    """Link rows ``{"id", "text", "context"?, "type"?}`` as they come.

    Args:
        kb: The knowledge base.
        rows: Names to link; ``mention`` is read where ``text`` is absent.
        label: Entity type of all rows; if empty, the row's ``type``, and if that is absent any type.
        linker: A linker to use again, with what it remembers.

    Yields:
        ``{"id", "ids", "score", "set"}``: ids ranked, the probability of the first, and the answer. An empty ``set``
        is NIL, whatever ``ids`` holds: those are then candidates below the threshold.

    Raises:
        ConfigError: A row has no text, or a type is none that is linked.
    """
    linker = linker or Linker(kb)
    waiting = iter(rows)
    while batch := list(islice(waiting, ROWS_AT_ONCE)):
        queries = [_query(row, label) for row in batch]
        for row, linked in zip(batch, link_queries(linker, queries), strict=True):
            yield {
                "id": row.get("id"),
                "ids": list(linked.ids),
                "score": round(linked.score, 4),
                "set": list(linked.answer),
            }


def _query(row: Mapping[str, Any], label: str) -> Query:
    text = row.get("text", row.get("mention"))
    if not isinstance(text, str):
        raise ConfigError(f"row {row.get('id')!r} has no text: rows are {{id, text, context?}}")
    label = label or row.get("type") or ""
    if label and label not in LINKED_TYPES:
        raise ConfigError(f"type {label!r} is not linked to a knowledge base; known: {', '.join(LINKED_TYPES)}")
    return Query(text, label, row.get("context") or "")
