"""Scores: hand-made cases, and the same numbers as the shared scorer on random texts."""

import importlib.util
import random
from pathlib import Path

import pytest

from extractors.evaluation.scores import Counts, score_entities, score_relations

SCORER = Path(__file__).parents[2] / "shared" / "bench" / "score_ie.py"
TYPES = ["Method", "Task", "Dataset"]


def test_counts():
    counts = Counts(n_right=2, n_found=4, n_gold=3)
    assert (counts.precision, counts.recall) == (0.5, 2 / 3)
    assert counts.f1 == pytest.approx(4 / 7)
    assert Counts().f1 == 0


def test_one_long_span_does_not_claim_many():
    scores = score_entities([[(0, 5, "Task"), (10, 15, "Task")]], [[(0, 20, "Task")]])
    assert scores.relaxed.micro == Counts(1, 1, 2)
    assert scores.exact.micro == Counts(0, 1, 2)


def test_wrong_type_is_right_boundary():
    scores = score_entities([[(0, 5, "Task")]], [[(0, 5, "Method")]])
    assert scores.boundary.micro.f1 == 1
    assert scores.exact.per_type == {"Method": Counts(0, 1, 0), "Task": Counts(0, 0, 1)}
    assert scores.exact.macro[2] == 0


def test_only_asked_types_count():
    scores = score_entities([[(0, 5, "Task"), (6, 8, "Method")]], [[(0, 5, "Task")]], {"Task"})
    assert scores.exact.micro.f1 == 1


def random_text(draw, index):
    spans = {(start := draw.randrange(60), start + draw.randrange(1, 9), draw.choice(TYPES)) for _ in range(10)}
    entities = [{"id": f"T{i}", "start": s, "end": e, "type": t} for i, (s, e, t) in enumerate(sorted(spans))]
    ids = [entity["id"] for entity in entities]
    relations = [
        {"head": draw.choice(ids), "tail": draw.choice(ids), "type": draw.choice(["used_for", "synonym_of"])}
        for _ in range(12)
    ]
    scope = draw.choice([None, [], ids[: len(ids) // 2]])
    return {
        "doc_id": str(index),
        "text": "x" * 80,
        "entities": entities,
        "relations": relations,
        "meta": {} if scope is None else {"rel_scope": scope},
    }


def spans_of(text):
    return {e["id"]: (e["start"], e["end"], e["type"]) for e in text["entities"]}


def relations_of(text):
    spans = spans_of(text)
    return [(spans[r["head"]], spans[r["tail"]], r["type"]) for r in text["relations"]]


def scope_of(text):
    scope = text["meta"].get("rel_scope")
    return None if scope is None else [spans_of(text)[i] for i in scope]


def assert_same(score, reference):
    for name, row in reference["per_type"].items():
        counts = score.per_type.get(name, Counts())
        assert (counts.n_right, counts.n_found, counts.n_gold) == (row["tp"], row["pred"], row["gold"])
    assert score.micro.f1 == pytest.approx(reference["micro"]["f1"])
    if "macro" in reference:
        assert score.macro[2] == pytest.approx(reference["macro"]["f1"])


@pytest.mark.skipif(not SCORER.exists(), reason="the shared scorer is not here")
@pytest.mark.parametrize("seed", range(5))
def test_same_numbers_as_the_shared_scorer(seed):
    spec = importlib.util.spec_from_file_location("score_ie", SCORER)
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    draw = random.Random(seed)  # noqa: S311
    gold = [random_text(draw, index) for index in range(12)]
    found = [random_text(draw, index) for index in range(12)]
    for index, text in enumerate(found):  # some are right
        if index % 3 == 0:
            text["entities"], text["relations"] = gold[index]["entities"], gold[index]["relations"][::2]
    reference = shared.score({t["doc_id"]: t for t in gold}, {t["doc_id"]: t for t in found}, symmetric=("synonym_of",))
    entities = score_entities([spans_of(t).values() for t in gold], [spans_of(t).values() for t in found])
    relations = score_relations(
        [relations_of(t) for t in gold],
        [relations_of(t) for t in found],
        scopes=[scope_of(t) for t in gold],
        gold_spans=[spans_of(t).values() for t in gold],
        symmetric=("synonym_of",),
    )
    assert_same(entities.exact, reference["entities"]["exact"])
    assert_same(entities.relaxed, reference["entities"]["relaxed"])
    assert_same(entities.boundary, reference["entities"]["boundary"])
    assert_same(relations.rel, reference["relations"]["rel"])
    assert_same(relations.rel_plus, reference["relations"]["rel+"])
