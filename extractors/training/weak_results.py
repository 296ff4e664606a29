"""Relations of reported values (achieves, measured_by, measured_on) from weak evidence, one sentence a text.

No corpus annotates them. The weak results of SciREX say which numbers are reported values, the metric most of them
were joined to and, through the paper's leaderboard tuples, sometimes the method and the dataset. What does not follow
from that stays unknown: neither a positive nor a negative example.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from extractors.training.corpora import Entity, GoldRelation, GoldText, read_corpus
from extractors.training.relation_examples import NOT_RELATED
from schemas.errors import ConfigError
from schemas.records import Span

WEAK_SOURCE = "weak-results"
_LABELS = {"Method": "achieves", "Dataset": "measured_on", "Metric": "measured_by"}
_REACHES = re.compile(
    r"\b(?:achiev|obtain|reach|get|got|yield|attain|report|scor|perform|outperform|produc|give|gave|improv|result|has|had)",
    re.IGNORECASE,
)


def read_weak_results(corpus: Path, results: Path) -> list[GoldText]:
    """Sentences with a reported value, as texts with relations.

    Args:
        corpus: SciREX papers with their mentions; ``meta.coref`` and ``meta.n_ary_relations`` name what is salient.
        results: The weak results of the same papers (``meta.metric_spans``).

    Returns:
        One text a sentence; pairs that are neither stated nor denied are unknown.

    Raises:
        ConfigError: A file cannot be read.
    """
    papers = {paper.text_id: paper for paper in read_corpus(corpus)}
    meta = {str(record["doc_id"]): record["meta"] for record in _read_records(corpus)}
    weak_meta = {str(record["doc_id"]): record["meta"] for record in _read_records(results)}
    texts: list[GoldText] = []
    for weak in read_corpus(results):
        paper = papers.get(weak.text_id)
        if paper is not None and weak.entities:
            texts += _texts_of_paper(paper, weak, meta[weak.text_id], weak_meta[weak.text_id])
    return texts


def _read_records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the corpus {path}: {error}") from error


def _texts_of_paper(
    paper: GoldText, weak: GoldText, meta: Mapping[str, Any], weak_meta: Mapping[str, Any]
) -> Iterator[GoldText]:
    for number, sentence in enumerate(paper.sentences):
        low, high = sentence.start_char, sentence.end_char
        values = [e for e in weak.entities if low <= e.start_char and e.end_char <= high]
        if not values:
            continue
        taken = [(e.start_char, e.end_char) for e in values]
        others = [
            e
            for e in paper.entities
            if low <= e.start_char and e.end_char <= high and not any(_overlap(e, span) for span in taken)
        ]
        relations = []
        for value in values:
            tuples = _tuples_with(paper.text[value.start_char : value.end_char], meta)
            metric = weak_meta.get("metric_spans", {}).get(value.entity_id)
            relations += _relations_of(value, others, paper.text, tuples, metric, meta.get("coref", {}))
        entities = [
            replace(e, entity_id=name, start_char=e.start_char - low, end_char=e.end_char - low)
            for name, e in [(f"R-{e.entity_id}", e) for e in values] + [(e.entity_id, e) for e in others]
        ]
        yield GoldText(
            text_id=f"{paper.text_id}-{number}",
            source=WEAK_SOURCE,
            text=paper.text[low:high],
            sentences=(Span(0, high - low),),
            entities=tuple(entities),
            relations=tuple(relations),
            annotated=frozenset(),
            relation_scope=frozenset(),
            split=weak.split or paper.split,
        )


def _relations_of(
    value: Entity,
    others: Sequence[Entity],
    text: str,
    tuples: Sequence[Mapping[str, str]],
    metric: Sequence[int] | None,
    clusters: Mapping[str, Sequence[Sequence[int]]],
) -> list[GoldRelation]:
    """What is known of one value and the mentions of its sentence."""
    relations = []
    for label, field in (("Method", "Method"), ("Dataset", "Material"), ("Metric", "Metric")):
        candidates = [e for e in others if e.label == label]
        salient = {tuple(span) for t in tuples for span in clusters.get(t[field], ())}
        if label == "Metric" and metric is not None:
            salient = {tuple(metric)}
        right = [e for e in candidates if (e.start_char, e.end_char) in salient]
        wrong = [e for e in candidates if e not in right] if right else []
        if not right:
            right, wrong = _by_wording(value, candidates, text)
        names = {_name(e, text) for e in right}
        for entity, is_right in [(e, True) for e in right] + [(e, False) for e in wrong]:
            if is_right or _name(entity, text) not in names:
                relations.append(_relation(value, entity, _LABELS[label] if is_right else NOT_RELATED))
    return relations


def _by_wording(value: Entity, candidates: Sequence[Entity], text: str) -> tuple[list[Entity], list[Entity]]:
    """Right and wrong ones by how the sentence is worded: the only dataset; the method before a verb of reaching."""
    if not candidates or candidates[0].label == "Metric":
        return [], []
    if candidates[0].label == "Dataset":
        return (list(candidates), []) if len({_name(e, text) for e in candidates}) == 1 else ([], [])
    before = [e for e in candidates if e.end_char <= value.start_char]
    if not before:
        return [], []
    subject = max(before, key=lambda e: e.end_char)
    between = text[subject.end_char : value.start_char]
    return ([subject], []) if _REACHES.search(between) and len(between) < 120 else ([], [])


def _relation(value: Entity, other: Entity, label: str) -> GoldRelation:
    name = f"R-{value.entity_id}"
    if other.label == "Method":
        return GoldRelation(other.entity_id, name, label)
    return GoldRelation(name, other.entity_id, label)


def _tuples_with(printed: str, meta: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The paper's leaderboard tuples whose score is this number."""
    number = _number(printed)
    return [t for t in meta.get("n_ary_relations", ()) if number is not None and _number(str(t["score"])) == number]


def _number(printed: str) -> float | None:
    match = re.search(r"\d+(?:\.\d+)?", printed)
    return float(match.group()) if match else None


def _name(entity: Entity, text: str) -> str:
    return "".join(c for c in text[entity.start_char : entity.end_char].casefold() if c.isalnum())


def _overlap(entity: Entity, span: tuple[int, int]) -> bool:
    return entity.start_char < span[1] and span[0] < entity.end_char
