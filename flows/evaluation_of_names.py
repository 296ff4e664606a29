"""Evaluation of linking: the scores per entity type, and the report of them."""

from collections.abc import Mapping
from dataclasses import asdict

from extractors.evaluation.report import Report, Section, Table
from flows.evaluation_call import Evaluation, Outcome
from flows.jsonl import read_objects
from linking.evaluate import LinkingScores, evaluate_linking, evaluate_predictions
from linking.knowledge_base import open_knowledge_base
from schemas.errors import ConfigError


def evaluate_links(call: Evaluation) -> Outcome:
    """Link the gold's names with a knowledge base, or score a file of ``papergraph link``."""
    predictions = call.only_predictions
    if predictions is not None:
        scores = evaluate_predictions(call.gold, list(read_objects(predictions)))
    elif call.kb is not None:
        scores = evaluate_linking(open_knowledge_base(call.kb), call.gold)
    else:
        raise ConfigError("evaluate linking needs --kb DIR, or --predictions FILE as `papergraph link` writes it")
    rows = {name: asdict(score) for name, score in scores.items()}
    source = predictions or call.kb
    about = {"gold": call.gold.name, "answers of": source.name if source else ""}
    return Outcome(rows, Report("Linking", about, (_section(scores),)))


def _section(scores: Mapping[str, LinkingScores]) -> Section:
    measures = list(asdict(next(iter(scores.values()))))
    rows = tuple((measure, *(getattr(score, measure) for score in scores.values())) for measure in measures)
    note = (
        "Accuracy at 1, hit and recall at 5 and the mean reciprocal rank look at the ranking alone, over rows with an "
        "answer; the others come after the decision not to link (NIL)."
    )
    return Section("Scores", note, (Table("linking", ("", *scores), rows),))
