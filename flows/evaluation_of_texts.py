"""Evaluation of entities and relations in annotated texts, for one run or several."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from extractors.evaluation.entity_report import entity_report, gold_types
from extractors.evaluation.entity_report import score_run as score_entities
from extractors.evaluation.predictions import Found, Run, read_predictions
from extractors.evaluation.relation_report import relation_report
from extractors.evaluation.relations import gold_mentions, name_given_pairs, relation_types, run_classifier
from extractors.evaluation.relations import score_run as score_relations
from extractors.evaluation.report import Section
from extractors.evaluation.scores import Score
from extractors.evaluation.tagging import measure_speed, run_tagger, speed_section, window_section
from extractors.training.corpora import CorpusArgument, GoldText, keep_types, read_corpus
from flows.evaluation_call import Evaluation, Outcome, Row, counts_row, macro_row
from flows.models import NER_MODEL, RELATION_MODEL, load_relation_classifier, load_tagger
from flows.pipeline import check_device
from schemas.errors import ConfigError

ENTITY_VIEWS: Final = ("exact", "relaxed", "boundary")


def evaluate_entities(call: Evaluation) -> Outcome:
    """Mentions: exact, relaxed, boundary, and exact per type."""
    texts = _gold(call)
    types = frozenset(call.types) or gold_types(texts)
    models = call.models or (NER_MODEL,)
    runs = _read_runs(call, texts) or [
        run_tagger(load_tagger(folder, call.device), name, texts)
        for folder, name in zip(models, _names(models), strict=True)
    ]
    scores = score_entities(texts, runs[0], types)
    rows = {view: counts_row(getattr(scores, view).micro) for view in ENTITY_VIEWS}
    rows |= {"exact macro": macro_row(scores.exact)} | _type_rows("exact", scores.exact)
    if call.report is None:
        return Outcome(rows)
    corpora = _names([CorpusArgument.parse(name).path for name in call.training])
    training = dict(zip(corpora, map(_training_texts, call.training), strict=True))
    more = () if call.predictions else _model_sections(models[0], call.device, texts, runs[0].found)
    report = entity_report(texts, runs, about=_about(call, texts, runs), types=types, training=training, more=more)
    return Outcome(rows, report)


def evaluate_relations(call: Evaluation) -> Outcome:
    """Relations between the entities that the tagger finds; the report has those between gold entities too."""
    texts = _gold(call)
    types = frozenset(call.types) or relation_types(texts)
    runs, gold_runs = _read_runs(call, texts), []
    if call.given != "nothing":
        runs = _told_runs(call, texts)
    elif not runs:
        tagged = run_tagger(load_tagger(call.ner_model or NER_MODEL, call.device), "", texts)
        found, right = [f.mentions for f in tagged.found], [gold_mentions(text) for text in texts]
        models = call.models or (RELATION_MODEL,)
        for folder, name in zip(models, _names(models), strict=True):
            classifier = load_relation_classifier(folder, call.device)
            runs.append(run_classifier(classifier, name, texts, found))
            if call.report is not None:
                gold_runs.append(run_classifier(classifier, name, texts, right))
    scores = score_relations(texts, runs[0].found, types)
    rows = {"rel": counts_row(scores.rel.micro), "rel+": counts_row(scores.rel_plus.micro)}
    rows |= {"rel macro": macro_row(scores.rel), "rel+ macro": macro_row(scores.rel_plus)}
    rows |= _type_rows("rel+", scores.rel_plus)
    if call.report is None:
        return Outcome(rows)
    kind = {"nothing": "predicted entities", "entities": "gold entities", "pairs": "gold pairs"}[call.given]
    report = relation_report(texts, runs, gold_runs, kind=kind, about=_about(call, texts, runs), types=types)
    return Outcome(rows, report)


def _told_runs(call: Evaluation, texts: Sequence[GoldText]) -> list[Run]:
    """The classifiers between the gold entities, or on the gold pairs."""
    models = call.models or (RELATION_MODEL,)
    runs = []
    for folder, name in zip(models, _names(models), strict=True):
        classifier = load_relation_classifier(folder, call.device)
        if call.given == "pairs":
            runs.append(Run(name, tuple(name_given_pairs(classifier, texts)), has_scores=False))
        else:
            runs.append(run_classifier(classifier, name, texts, [gold_mentions(text) for text in texts]))
    return runs


def _gold(call: Evaluation) -> list[GoldText]:
    check_device(call.device)
    texts = read_corpus(call.gold)
    if not texts:
        raise ConfigError(f"{call.gold} holds no text")
    known = {entity.label for text in texts for entity in text.entities} | relation_types(texts)
    known = known.union(*(text.annotated for text in texts))
    if strange := set(call.types) - known:
        raise ConfigError(f"{call.gold} has no type {min(strange)!r}; known: {', '.join(sorted(known))}")
    return texts


def _read_runs(call: Evaluation, texts: Sequence[GoldText]) -> list[Run]:
    return [
        read_predictions(path, texts, name)
        for path, name in zip(call.predictions, _names(call.predictions), strict=True)
    ]


def _names(paths: Sequence[Path]) -> list[str]:
    """The last parts of paths where these tell them apart, else the whole ones."""
    short = [path.resolve().name for path in paths]
    return short if len(set(short)) == len(short) else [str(path) for path in paths]


def _training_texts(argument: str) -> list[GoldText]:
    corpus = CorpusArgument.parse(argument)
    texts = read_corpus(corpus.path)
    return [keep_types(text, corpus.types) for text in texts] if corpus.types else texts


def _model_sections(folder: Path, device: str, texts: Sequence[GoldText], found: Sequence[Found]) -> list[Section]:
    tagger = load_tagger(folder, device)
    plain = [text.text for text in texts]
    where = f"{tagger.device} ({os.cpu_count()} CPU cores, {platform.machine()})"
    return [speed_section(measure_speed(tagger, plain), where), window_section(tagger, plain, found)]


def _about(call: Evaluation, texts: Sequence[GoldText], runs: Sequence[Run]) -> dict[str, str]:
    about = {
        "gold": call.gold.name,
        "texts": f"{len(texts):,}",
        "runs": ", ".join(run.name for run in runs),
        "answers": "predictions" if call.predictions else "models",
        "training corpora": ", ".join(CorpusArgument.parse(name).path.name for name in call.training),
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    return {key: value for key, value in about.items() if value}


def _type_rows(view: str, score: Score) -> dict[str, Row]:
    return {f"{view} {label}": counts_row(counts) for label, counts in score.per_type.items()}
