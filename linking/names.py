"""Plain strings linked, without papers: what ``papergraph link`` does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from linking.knowledge_base import KnowledgeBase
from linking.linker import BATCH, LINKED_TYPES, Linker, Resolution
from linking.queries import Query, with_siblings
from schemas.characters import without_surrogates
from schemas.errors import ConfigError

ROWS_AT_ONCE: Final = 4 * BATCH


@dataclass(frozen=True, slots=True)
class LinkedName:
    """Ranked entity ids, the probability of the first, and the ids that are meant (none: NIL)."""

    ids: tuple[str, ...]
    score: float
    answer: tuple[str, ...]


def link_queries(linker: Linker, queries: Sequence[Query]) -> list[LinkedName]:
    """Link queries, in their order.

    Where a registry knows a type, an entry that the starter base alone has is no answer: then the registry's likeliest
    is, if it is likely enough, or none.
    """
    return [_keep_registered(linker, resolution) for resolution in linker.resolve(queries)]


def _keep_registered(linker: Linker, resolution: Resolution) -> LinkedName:
    entry, is_registered = linker.kb.entry, linker.table.is_registered
    ranked = [(row, probability) for row, probability in resolution.ranked if is_registered[row]]
    answer = [row for row in resolution.answer if is_registered[row]]
    if resolution.answer and not answer and ranked:
        row, probability = ranked[0]
        answer = [row] if probability >= linker.model(entry(row).label).threshold else []
    ids = tuple(entry(row).entity_id for row, _ in ranked)
    return LinkedName(ids, ranked[0][1] if ranked else 0.0, tuple(entry(row).entity_id for row in answer))


def link_names(
    kb: KnowledgeBase, rows: Iterable[Mapping[str, Any]], label: str = "", *, linker: Linker | None = None
) -> Iterator[dict[str, Any]]:
    """Link rows ``{"id", "text", "context"?, "type"?, "doc_id"?}`` as they come.

    Rows of one paper (``doc_id``) that stand together are read together: its names of concepts explain one another.

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
    for batch in batch_rows(rows):
        yield from link_batch(linker, batch, label)


def link_batch(linker: Linker, batch: Sequence[Mapping[str, Any]], label: str = "") -> list[dict[str, Any]]:
    """Link some rows, see ``link_names``."""
    queries = with_siblings([_query(row, label) for row in batch], _number_papers(batch))
    return [
        {"id": row.get("id"), "ids": list(linked.ids), "score": round(linked.score, 4), "set": list(linked.answer)}
        for row, linked in zip(batch, link_queries(linker, queries), strict=True)
    ]


def batch_rows(rows: Iterable[Mapping[str, Any]], n: int = ROWS_AT_ONCE) -> Iterator[list[Mapping[str, Any]]]:
    """Some ``n`` rows at a time; those of a paper stay together."""
    batch: list[Mapping[str, Any]] = []
    for row in rows:
        if len(batch) >= n and not (_paper_of(row) and _paper_of(row) == _paper_of(batch[-1])):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _number_papers(batch: Sequence[Mapping[str, Any]]) -> list[str]:
    """The paper of each row; rows that others stand between are not read together, whatever else is in the batch."""
    return [f"{i} {paper}" if paper else "" for i, (paper, rows) in enumerate(groupby(batch, _paper_of)) for _ in rows]


def _paper_of(row: Mapping[str, Any]) -> str:
    return str(row.get("doc_id") or "")


def _query(row: Mapping[str, Any], label: str) -> Query:
    text = row.get("text", row.get("mention"))
    if not isinstance(text, str):
        raise ConfigError(f"row {row.get('id')!r} has no text: rows are {{id, text, context?}}")
    label = label or row.get("type") or ""
    if label and label not in LINKED_TYPES:
        raise ConfigError(f"type {label!r} is not linked to a knowledge base; known: {', '.join(LINKED_TYPES)}")
    context = row.get("context") or ""
    if not isinstance(context, str):
        raise ConfigError(f"the context of row {row.get('id')!r} is no text")
    return Query(without_surrogates(text), label, without_surrogates(context))
