"""``papergraph evaluate``: a model or a file of predictions against gold, as a table or JSON."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from extractors.evaluation.scores import Counts, Score, TypedRelation, TypedSpan, score_entities, score_relations
from extractors.training.corpora import GoldText, read_corpus
from flows.front_scores import score_front_matter
from flows.jsonl import read_objects
from flows.reading import read_files
from flows.tagging import tag_file
from linking.evaluate import evaluate_linking, evaluate_predictions
from linking.knowledge_base import open_knowledge_base
from schemas.errors import ConfigError

Row = dict[str, float | int | None]
ENTITY_VIEWS: Final = ("exact", "relaxed", "boundary")


def evaluate_target(
    target: str,
    *,
    gold: Path,
    predictions: Path | None,
    model: Path | None,
    kb: Path | None,
    as_json: bool,
    device: str,
) -> None:
    """Print the scores of predictions; without a file of them they are made first.

    Raises:
        ConfigError: A file, model or knowledge base is missing or not what it should be.
    """
    if target == "linking":
        rows = _linking(gold, predictions, kb)
    elif target == "papers":
        rows = _papers(gold, predictions, device)
    else:
        rows = _stand_off(target, gold, predictions, model, device)
    if as_json:
        json.dump(rows, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print_table(rows)


def _linking(gold: Path, predictions: Path | None, kb: Path | None) -> dict[str, Row]:
    if predictions is not None:
        scores = evaluate_predictions(gold, list(read_objects(predictions)))
    elif kb is not None:
        scores = evaluate_linking(open_knowledge_base(kb), gold)
    else:
        raise ConfigError("evaluate linking needs --kb DIR, or --predictions FILE as `papergraph link` writes it")
    return {name: asdict(score) for name, score in scores.items()}


def _papers(gold: Path, predictions: Path | None, device: str) -> dict[str, Row]:
    """Without predictions, the PDFs that the gold file names are read from its folder."""
    right = list(read_objects(gold, "pdf"))
    with TemporaryDirectory(prefix="papergraph-") as folder:
        if predictions is None:
            predictions = Path(folder) / "read.jsonl"
            read_files([str(gold.parent / row["pdf"]) for row in right], predictions, workers=None, device=device)
        counts = score_front_matter(right, list(read_objects(predictions, "pdf")))
    return {kind: _row(count) for kind, count in counts.items()}


def _stand_off(target: str, gold: Path, predictions: Path | None, model: Path | None, device: str) -> dict[str, Row]:
    """Entities or relations. Relations are scored between the entities that the tagger finds, not the gold ones."""
    texts = read_corpus(gold)
    with TemporaryDirectory(prefix="papergraph-") as folder:
        if predictions is None:
            predictions = Path(folder) / "tagged.jsonl"
            ner_model, relation_model = (model, None) if target == "ner" else (None, model)
            tag_file(gold, predictions, model=ner_model, relation_model=relation_model, device=device)
        by_id = {text.text_id: text for text in read_corpus(predictions)}
    found = [by_id.get(text.text_id) for text in texts]
    if target == "ner":
        return _entity_rows(texts, found)
    return _relation_rows(texts, found)


def _entity_rows(texts: Sequence[GoldText], found: Sequence[GoldText | None]) -> dict[str, Row]:
    types = {entity.label for text in texts for entity in text.entities}
    scores = score_entities([_spans(text) for text in texts], [_spans(text) for text in found], types)
    rows = {view: _row(getattr(scores, view).micro) for view in ENTITY_VIEWS}
    return rows | _type_rows("exact", scores.exact)


def _relation_rows(texts: Sequence[GoldText], found: Sequence[GoldText | None]) -> dict[str, Row]:
    scores = score_relations(
        [_relations(text) for text in texts],
        [_relations(text) for text in found],
        scopes=[_scope(text) for text in texts],
        gold_spans=[_spans(text) for text in texts],
        types={relation.label for text in texts for relation in text.relations},
    )
    rows = {"rel": _row(scores.rel.micro), "rel+": _row(scores.rel_plus.micro)}
    return rows | _type_rows("rel+", scores.rel_plus)


def _spans(text: GoldText | None) -> list[TypedSpan]:
    return [(entity.start_char, entity.end_char, entity.label) for entity in text.entities] if text else []


def _relations(text: GoldText | None) -> list[TypedRelation]:
    if text is None:
        return []
    spans = {entity.entity_id: span for entity, span in zip(text.entities, _spans(text), strict=True)}
    return [(spans[r.head_id], spans[r.tail_id], r.label) for r in text.relations]


def _scope(text: GoldText) -> list[TypedSpan] | None:
    if text.relation_scope is None:
        return None
    return [
        span
        for entity, span in zip(text.entities, _spans(text), strict=True)
        if entity.entity_id in text.relation_scope
    ]


def _type_rows(view: str, score: Score) -> dict[str, Row]:
    return {f"{view} {label}": _row(counts) for label, counts in score.per_type.items()}


def _row(counts: Counts) -> Row:
    return {
        "precision": round(counts.precision, 4),
        "recall": round(counts.recall, 4),
        "f1": round(counts.f1, 4),
        "right": counts.n_right,
        "found": counts.n_found,
        "gold": counts.n_gold,
    }


def _print_table(rows: Mapping[str, Row]) -> None:
    columns: Iterable[str] = next(iter(rows.values()), {})
    table = Table("", *columns, show_edge=False)
    for name, row in rows.items():
        table.add_row(name, *(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
