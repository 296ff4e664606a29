"""Scores of linked names against gold, with the definitions of the field (top-1 accuracy, MRR, NIL, sets)."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from linking.gold import GoldRow, canonical_id, read_gold
from linking.knowledge_base import KnowledgeBase
from linking.linker import Linker
from linking.names import LinkedName, link_queries


@dataclass(frozen=True, slots=True)
class LinkingScores:
    """Scores in [0, 1]; None where there is nothing to divide by.

    ``accuracy_at_1``, ``hit_at_5``, ``recall_at_5`` and ``mrr`` look at the ranking alone, over rows with an answer.
    The others come after the decision not to link (NIL), over all rows; ``precision``, ``recall`` and ``f1`` are micro
    averages over ids.
    """

    n_rows: int
    n_answerable: int
    accuracy_at_1: float | None
    hit_at_5: float | None
    recall_at_5: float | None
    mrr: float | None
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    exact_set: float | None
    nil_precision: float | None
    nil_recall: float | None
    seconds_per_thousand: float | None = None


def evaluate_linking(kb: KnowledgeBase, gold_path: Path, *, linker: Linker | None = None) -> dict[str, LinkingScores]:
    """Link a gold file's strings and score them: ``all``, then each entity type if there are several.

    Raises:
        ConfigError: The gold file cannot be read.
    """
    gold = read_gold(gold_path)
    linker = linker or Linker(kb)
    linker.resolve([row.query for row in gold[:1]])  # loading the encoder is not linking
    start = time.perf_counter()
    linked = link_queries(linker, [row.query for row in gold])
    seconds = (time.perf_counter() - start) / max(1, len(gold)) * 1000
    scores = score_by_type(gold, linked)
    return {name: _with_time(score, seconds if name == "all" else None) for name, score in scores.items()}


def evaluate_predictions(gold_path: Path, predictions: Sequence[Mapping[str, Any]]) -> dict[str, LinkingScores]:
    """Score rows of ``papergraph link`` (``{"id", "ids", "score", "set"}``) against gold; a missing row is NIL."""
    gold = read_gold(gold_path)
    by_id = {str(row["id"]): row for row in predictions}
    linked = []
    for row in gold:
        found = by_id.get(row.row_id, {})
        ids = tuple(map(canonical_id, found.get("ids", ())))
        answer = found.get("set")
        linked.append(
            LinkedName(ids, found.get("score") or 0.0, tuple(map(canonical_id, ids[:1] if answer is None else answer)))
        )
    return score_by_type(gold, linked)


def score_by_type(gold: Sequence[GoldRow], linked: Sequence[LinkedName]) -> dict[str, LinkingScores]:
    """Scores of all rows and, where there are several, of each entity type."""
    groups: defaultdict[str, list[tuple[frozenset[str], LinkedName]]] = defaultdict(list)
    for row, name in zip(gold, linked, strict=True):
        groups["all"].append((row.answers, name))
        groups[row.query.label].append((row.answers, name))
    if len(groups) == 2:
        return {"all": score_links(groups["all"])}
    return {name: score_links(rows) for name, rows in groups.items()}


def score_links(rows: Sequence[tuple[frozenset[str], LinkedName]]) -> LinkingScores:
    """Scores of (right ids, what the linker said) pairs."""
    answerable = [(right, linked) for right, linked in rows if right]
    top5 = [len(right & set(linked.ids[:5])) for right, linked in answerable]
    reciprocal = [
        next((1 / place for place, i in enumerate(linked.ids, 1) if i in right), 0.0) for right, linked in answerable
    ]
    n_hit = sum(len(right & set(linked.answer)) for right, linked in rows)
    n_said = sum(len(set(linked.answer)) for _, linked in rows)
    n_right = sum(len(right) for right, _ in rows)
    nil_said = [right for right, linked in rows if not linked.answer]
    n_nil_hit = sum(not right for right in nil_said)
    first_right = [(linked.answer[0] in right) if linked.answer else not right for right, linked in rows]
    return LinkingScores(
        n_rows=len(rows),
        n_answerable=len(answerable),
        accuracy_at_1=_ratio(
            sum(bool(linked.ids) and linked.ids[0] in right for right, linked in answerable), len(answerable)
        ),
        hit_at_5=_ratio(sum(n > 0 for n in top5), len(answerable)),
        recall_at_5=_ratio(
            sum(n / len(right) for n, (right, _) in zip(top5, answerable, strict=True)), len(answerable)
        ),
        mrr=_ratio(sum(reciprocal), len(answerable)),
        accuracy=_ratio(sum(first_right), len(rows)),
        precision=_ratio(n_hit, n_said),
        recall=_ratio(n_hit, n_right),
        f1=_ratio(2 * n_hit, n_said + n_right),
        exact_set=_ratio(sum(right == set(linked.answer) for right, linked in rows), len(rows)),
        nil_precision=_ratio(n_nil_hit, len(nil_said)),
        nil_recall=_ratio(n_nil_hit, len(rows) - len(answerable)),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _with_time(scores: LinkingScores, seconds: float | None) -> LinkingScores:
    return replace(scores, seconds_per_thousand=seconds)
