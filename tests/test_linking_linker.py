"""The linker on the example base with the real encoder: what it links, what it refuses, in any order."""

import itertools
import json

import numpy as np
import pytest
from linking_examples import ENCODER, example_base, organisation, write_concepts, write_ror

from linking.build import build_knowledge_base
from linking.evaluate import evaluate_linking, evaluate_predictions, score_links
from linking.features import FEATURES
from linking.fitting import fit_ranking
from linking.gold import GoldRow
from linking.knowledge_base import open_knowledge_base
from linking.linker import Linker
from linking.names import LinkedName, link_names
from linking.queries import Query, Reading
from linking.ranking import load_ranking, read_ranking
from schemas.errors import ConfigError, ModelError


@pytest.fixture(scope="module")
def kb():
    return example_base()


@pytest.fixture(scope="module")
def linker(kb):
    return Linker(kb)


LINKED = {
    "exact name": ("Institution", "University of Quellbach", "ror:0zz0001"),
    "alias, other case": ("Institution", "UNIVERSITÄT QUELLBACH", "ror:0zz0001"),
    "within an address": (
        "Institution",
        "Dept. of Physics, Marlow Institute of Technology, Marlow Falls, Canada",
        "ror:0zz0002",
    ),
    "shortened words": ("Institution", "Marlow Inst. of Technol.", "ror:0zz0002"),
    "registry before starter": ("Institution", "Massachusetts Inst. of Technology", "ror:0zz0006"),
    "unique acronym": ("Institution", "MRLT", "ror:0zz0002"),
    "well-known acronym": ("Institution", "MIT", "ror:0zz0006"),
    "acronym with dots": ("Institution", "M.I.T.", "ror:0zz0006"),
    "shared acronym, country named": ("Institution", "SOU, Norway", "ror:0zz0004"),
    "shared acronym, city named": ("Institution", "SOU, Sainte-Orane", "ror:0zz0003"),
    "name without its country": ("Institution", "Brightwater Systems", "ror:0zz0008"),
    "starter institution": ("Institution", "Stanford University", "pg:institution/stanford-university"),
    "method": ("Method", "GlimmerNet", "x:method/glimmer"),
    "method with head word": ("Method", "the GlimmerNet model", "x:method/glimmer"),
    "plural acronym": ("Method", "CNNs", "pg:method/convolutional-neural-network"),
    "dataset with head word": ("Dataset", "the SQuAD dataset", "pg:dataset/squad"),
    "size kept apart": ("Method", "BERT-large", "pg:method/bert-large"),
    "task": ("Task", "named entity recognition", "pg:task/named-entity-recognition"),
    "metric": ("Metric", "F1 score", "pg:metric/f1"),
}
NIL = {
    "unknown organisation": ("Institution", "Zorblax Academy of Fine Whistling, Utopia"),
    "country": ("Institution", "USA"),
    "shared acronym, no place": ("Institution", "SOU"),
    "acronym as a word": ("Institution", "mit"),
    "withdrawn": ("Institution", "Closed College of Quellbach"),
    "unknown method": ("Method", "QuokkaFormer"),
    "wrong type": ("Dataset", "GlimmerNet"),
    "nothing": ("Method", ""),
    "signs only": ("Institution", "***"),
}


@pytest.mark.parametrize(("label", "text", "expected"), LINKED.values(), ids=LINKED.keys())
def test_linked(linker, kb, label, text, expected):
    resolution = linker.resolve([Query(text, label)])[0]
    assert [kb.entry(row).entity_id for row in resolution.answer[:1]] == [expected]
    assert 0 < resolution.score <= 1


@pytest.mark.parametrize(("label", "text"), NIL.values(), ids=NIL.keys())
def test_nil(linker, label, text):
    assert linker.resolve([Query(text, label)])[0].answer == ()


def test_an_organisation_that_the_registry_only_names_keeps_its_string_from_its_parent(tmp_path):
    parent = organisation(1, "Quellbach University", city="Quellbach", country="Germany",
                          children=["Quellbach University Hospital"])  # fmt: skip
    base = tmp_path / "kb"
    build_knowledge_base(base, ror=write_ror(tmp_path / "ror.zip", [parent]), starter=False, encoder=ENCODER)
    kb = open_knowledge_base(base, encoder=ENCODER)
    university, hospital = Linker(kb).resolve(
        [Query(f"Quellbach University{kind}, Quellbach, Germany", "Institution") for kind in ("", " Hospital")]
    )
    assert [kb.entry(row).entity_id for row in university.answer] == ["ror:0zz0001"]
    assert "ror:0zz9000" not in [kb.entry(row).entity_id for row, _ in hospital.ranked]
    assert hospital.score < university.score


def test_what_only_the_starter_base_has_is_no_answer_where_there_is_a_registry(kb, linker):
    rows = [
        {"id": 1, "text": "Stanford University", "type": "Institution"},
        {"id": 2, "text": "BLEU", "type": "Metric"},
    ]
    institution, metric = link_names(kb, rows, linker=linker)
    assert institution["set"] == [], "the example registry lacks it"
    assert metric["set"] == ["pg:metric/bleu"], "no registry here knows measures"


def test_other_names_of_a_paper_tell_what_a_short_one_means(tmp_path):
    names = ["Lichen Detection", "Quokka Detection", "Glimmer Detection"]
    concepts = [{"id": f"x:task/{i}", "type": "Task", "name": name, "source": "tests"} for i, name in enumerate(names)]
    base = tmp_path / "kb"
    build_knowledge_base(
        base, concepts=[write_concepts(tmp_path / "c.jsonl", concepts)], starter=False, encoder=ENCODER
    )
    kb = open_knowledge_base(base, encoder=ENCODER)
    rows = [
        {"id": f"{paper} {text}", "text": text, "type": "Task", "doc_id": paper}
        for paper, name in (("a", names[1]), ("b", names[2]))
        for text in ("detection", name)
    ]
    first = {row["id"]: row["ids"][0] for row in link_names(kb, rows)}
    assert (first["a detection"], first["b detection"]) == ("x:task/1", "x:task/2")
    assert {row["id"]: row["ids"][0] for row in link_names(kb, rows[::-1])} == first


def test_a_hidden_entry_is_no_candidate(kb, linker):
    row = kb.row_of_id["ror:0zz0001"]
    readings = [
        Reading(Query("University of Quellbach", "Institution"), "Institution", kb.gazetteer, without)
        for without in (frozenset[int](), frozenset({row}))
    ]
    judged = linker.judge("Institution", readings)
    assert (row in judged.entity[judged.reading == 0], row in judged.entity[judged.reading == 1]) == (True, False)


def test_a_string_that_ends_with_its_first_word_is_linked_alone_too(kb):
    resolution = Linker(kb).resolve([Query("Sainte-Orane University, Sainte-Orane", "Institution")])[0]
    assert [kb.entry(row).entity_id for row in resolution.answer] == ["ror:0zz0003"]


def test_the_line_around_a_name_brings_its_place(linker, kb):
    alone, with_line = linker.resolve(
        [Query("SOU", "Institution"), Query("SOU", "Institution", context="SOU, Ostby, Norway")]
    )
    assert not alone.answer
    assert kb.entry(with_line.answer[0]).entity_id == "ror:0zz0004"


def test_any_type_where_none_is_given(linker, kb):
    assert kb.entry(linker.resolve([Query("GlimmerNet")])[0].answer[0]).label == "Method"


def test_results_do_not_depend_on_batch_or_order(kb):
    queries = [Query(text, label) for label, text, *_ in itertools.chain(LINKED.values(), NIL.values())]
    together = Linker(kb).resolve(queries)
    shuffled = [queries[i] for i in np.random.default_rng(3).permutation(len(queries))]
    assert dict(zip(shuffled, Linker(kb).resolve(shuffled + shuffled), strict=False)) == dict(
        zip(queries, together, strict=True)
    )
    one_by_one = Linker(kb)
    assert [one_by_one.resolve([query])[0] for query in queries] == together


def test_link_names_keeps_ids_order_and_says_nil_by_an_empty_set(kb, linker):
    rows = [{"id": 7, "text": "GlimmerNet"}, {"id": "a", "text": "QuokkaFormer"}, {"id": 9, "mention": "BERT"}]
    out = list(link_names(kb, iter(rows), "Method", linker=linker))
    assert [row["id"] for row in out] == [7, "a", 9]
    assert [row["set"] for row in out] == [["x:method/glimmer"], [], ["x:method/bert"]]
    assert out[1]["score"] < load_ranking("concept").threshold
    assert out[0]["ids"][0] == "x:method/glimmer"


@pytest.mark.parametrize(("row", "label"), [({"id": 1}, ""), ({"id": 1, "text": "x"}, "Planet")])
def test_link_names_refuses_rows_it_cannot_read(kb, linker, row, label):
    with pytest.raises(ConfigError):
        list(link_names(kb, [row], label, linker=linker))


def test_scores_by_hand():
    rows = [
        (frozenset({"a"}), LinkedName(("a", "b"), 0.9, ("a",))),
        (frozenset({"b", "c"}), LinkedName(("x", "b"), 0.8, ("x", "b"))),
        (frozenset(), LinkedName(("x",), 0.1, ())),
        (frozenset({"d"}), LinkedName((), 0.0, ())),
    ]
    scores = score_links(rows)
    assert (scores.accuracy_at_1, scores.hit_at_5) == (1 / 3, 2 / 3)
    assert scores.recall_at_5 == pytest.approx((1 + 0.5 + 0) / 3)
    assert scores.mrr == pytest.approx((1 + 0.5 + 0) / 3)
    assert (scores.accuracy, scores.precision, scores.recall) == (0.5, 2 / 3, 0.5)
    assert (scores.f1, scores.exact_set) == (pytest.approx(4 / 7), 0.5)
    assert (scores.nil_precision, scores.nil_recall) == (0.5, 1.0)


def test_evaluation_of_a_gold_file_and_of_its_predictions_agree(kb, linker, tmp_path):
    rows = [
        {"id": "1", "mention": "GlimmerNet", "type": "Method", "kb_id": "x:method/glimmer"},
        {"id": "2", "mention": "QuokkaFormer", "type": "Method", "kb_id": None},
        {"id": "3", "mention": "Harbour 3k", "type": "Dataset", "kb_id": "x:dataset/harbour"},
        {"id": "4", "mention": "doubtful", "type": "Dataset", "kb_id": None, "unsure": "similar entry"},
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = evaluate_linking(kb, gold, linker=linker)
    assert set(scores) == {"all", "Method", "Dataset"}
    assert (scores["all"].n_rows, scores["all"].accuracy, scores["all"].nil_precision) == (3, 1.0, 1.0)
    assert scores["all"].seconds_per_thousand is not None
    again = evaluate_predictions(gold, list(link_names(kb, rows, linker=linker)))
    assert (again["all"].mrr, again["all"].f1) == (scores["all"].mrr, scores["all"].f1)


def test_affiliation_gold_counts_what_the_base_does_not_cover_as_nil(kb, linker, tmp_path):
    rows = [
        {"id": "1", "text": "University of Quellbach", "ror_ids": ["https://ror.org/0zz0001"], "covered": "all"},
        {"id": "2", "text": "Zorblax Academy", "ror_ids": ["https://ror.org/0yy0001"], "covered": "none"},
    ]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert evaluate_linking(kb, gold, linker=linker)["all"].accuracy == 1.0


def test_fitting_gives_the_probabilities_that_its_file_holds(kb, tmp_path):
    entries = [entry for entry in kb.entries() if entry.label == "Metric"]
    gold = [GoldRow(e.name, Query(e.name, "Metric"), frozenset({e.entity_id}), e.name) for e in entries]
    content = fit_ranking(Linker(kb), gold, "concept")
    (tmp_path / "model.json").write_text(json.dumps(content))
    model = read_ranking(tmp_path / "model.json")
    fitted = Linker(kb, models={"concept": model})
    resolved = fitted.resolve([row.query for row in gold])
    right = sum(kb.entry(r.ranked[0][0]).entity_id in row.answers for r, row in zip(resolved, gold, strict=True))
    assert right / len(gold) > 0.9
    assert model.revision == content["revision"]


def test_trees_are_walked_as_they_are_written(tmp_path):
    tree = {"feature": [0, -1, -1], "limit": [0.5, 0, 0], "left": [1, 0, 0], "right": [2, 0, 0], "value": [0, -2, 3]}
    content = {"features": list(FEATURES), "base": 0.5, "trees": [tree, tree], "threshold": 0.5, "set_threshold": 0.5}
    path = tmp_path / "model.json"
    path.write_text(json.dumps(content | {"revision": "t"}))
    lines = np.zeros((2, len(FEATURES)))
    lines[1, 0] = 0.6
    odds = np.log(read_ranking(path).probabilities(lines) / (1 - read_ranking(path).probabilities(lines)))
    assert odds == pytest.approx([-3.5, 6.5])
    path.write_text(json.dumps(content | {"revision": "t", "features": ["other"]}))
    with pytest.raises(ModelError, match="fit it again"):
        read_ranking(path)
