"""Practice from papers whose salient entities carry registry names: the mention clusters of SciREX (Jain et al. 2020).

A cluster whose name, without case and punctuation, is the name or an alias of exactly one entry of the mention's type
links to it; other clusters are left out. A mention text counts once in a paper, with its first sentence as the context.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from linking.gold import GoldRow
from linking.knowledge_base import KnowledgeBase
from linking.normal import simplify
from linking.queries import MAX_SIBLINGS, Query

CONCEPT_TYPES: Final = ("Task", "Method", "Metric", "Dataset")
MARGIN: Final = 150  # characters on each side of a mention outside all sentences


def read_salient(path: Path, kb: KnowledgeBase, left_out: Path | None = None) -> list[GoldRow]:
    """Gold rows of a file of papers.

    Args:
        path: JSON Lines of ``{"doc_id", "text", "sentences", "entities", "meta": {"coref"}}``.
        kb: The knowledge base.
        left_out: A gold file with ``doc_id``: its papers are not read.
    """
    lines = left_out.read_text(encoding="utf-8").splitlines() if left_out else []
    avoided = {json.loads(line)["doc_id"] for line in lines if line.strip()}
    named: dict[tuple[str, str], set[str]] = {}
    for entry in kb.entries():
        if entry.label in CONCEPT_TYPES and entry.kb != "starter":
            for name in (entry.name, *entry.aliases, *entry.acronyms):
                named.setdefault((entry.label, simplify(name)), set()).add(entry.entity_id)
    rows: list[GoldRow] = []
    with path.open(encoding="utf-8") as file:
        for paper in map(json.loads, file):
            if paper["doc_id"] not in avoided:
                rows.extend(_rows_of(paper, named))
    return rows


def _rows_of(paper: dict[str, Any], named: dict[tuple[str, str], set[str]]) -> Iterator[GoldRow]:
    text = paper["text"]
    label_of = {(entity["start"], entity["end"]): entity["type"] for entity in paper["entities"]}
    siblings: defaultdict[str, set[str]] = defaultdict(set)
    for start, end in (span for spans in paper["meta"]["coref"].values() for span in spans):
        siblings[label_of.get((start, end), "")].add(text[start:end])
    for cluster, spans in paper["meta"]["coref"].items():
        seen: set[tuple[str, str]] = set()
        for start, end in spans:
            label, mention = label_of.get((start, end), ""), text[start:end]
            ids = named.get((label, simplify(cluster.replace("_", " "))), set())
            if len(ids) != 1 or (label, mention) in seen:
                continue
            seen.add((label, mention))
            around = (max(0, start - MARGIN), end + MARGIN)
            low, high = next(((a, b) for a, b in paper["sentences"] if a <= start < b), around)
            others = tuple(sorted(siblings[label] - {mention}))[:MAX_SIBLINGS]
            query = Query(mention, label, text[low:high], others)
            yield GoldRow(f"{paper['doc_id']}:{start}", query, frozenset(ids), paper["doc_id"])
