"""Reports of evaluations: alignment and error kinds, groups, calibration, spread, and the three forms."""

import importlib.util
import json
import re
from base64 import b64decode
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.evaluation.alignment import align_mentions, count_confusions
from extractors.evaluation.calibration import Judged, best_threshold, brier_score, calibration_error, threshold_curve
from extractors.evaluation.context import Sentences
from extractors.evaluation.entity_report import entity_report
from extractors.evaluation.groups import count_groups, distance_group, form_group, known_group, length_group
from extractors.evaluation.page import to_html
from extractors.evaluation.predictions import Found, Run, read_predictions
from extractors.evaluation.relation_report import relation_report
from extractors.evaluation.report import Report, Section, Table, to_json, to_markdown
from extractors.evaluation.scores import Counts, score_entities
from extractors.evaluation.spread import Spread
from extractors.training.corpora import Entity, GoldRelation, GoldText, read_corpus
from schemas.records import Mention, Relation, Span

SCORER = Path(__file__).parents[2] / "shared" / "bench" / "score_ie.py"
ALIGNED = {  # name: (gold, found, kinds)
    "right": ([(0, 5, "Task")], [(0, 5, "Task")], ["right"]),
    "missed": ([(0, 5, "Task")], [], ["missed"]),
    "spurious": ([], [(0, 5, "Task")], ["spurious"]),
    "wrong type": ([(0, 5, "Task")], [(0, 5, "Method")], ["wrong type"]),
    "wrong boundary": ([(0, 5, "Task")], [(0, 7, "Task")], ["wrong boundary"]),
    "both wrong": ([(0, 5, "Task")], [(2, 7, "Method")], ["wrong type and boundary"]),
    "one long one for two": (
        [(0, 5, "Task"), (6, 9, "Task")],
        [(0, 9, "Task")],
        ["wrong boundary", "missed"],
    ),
    "the right one is not taken by a neighbour": (
        [(0, 5, "Task"), (3, 9, "Method")],
        [(0, 5, "Task"), (0, 9, "Task")],
        ["right", "wrong type and boundary"],
    ),
    "touching is not overlap": ([(0, 5, "Task")], [(5, 9, "Task")], ["missed", "spurious"]),
    "nested": ([(0, 9, "Task"), (0, 4, "Task")], [(0, 4, "Task")], ["right", "missed"]),
}


@pytest.mark.parametrize(("gold", "found", "kinds"), ALIGNED.values(), ids=ALIGNED.keys())
def test_align_mentions(gold, found, kinds):
    assert [pair.kind for pair in align_mentions(gold, found)] == kinds


SPANS = st.tuples(st.integers(0, 30), st.integers(1, 6), st.sampled_from(["Task", "Method"]))
SPAN_LISTS = st.lists(SPANS.map(lambda s: (s[0], s[0] + s[1], s[2])), max_size=12, unique=True)


@given(SPAN_LISTS, SPAN_LISTS)
@settings(max_examples=60, deadline=None)
def test_every_mention_is_in_one_pair_and_right_ones_are_the_exact_matches(gold, found):
    pairs = align_mentions(gold, found)
    assert sorted(pair.gold for pair in pairs if pair.gold) == sorted(gold)
    assert sorted(pair.found for pair in pairs if pair.found) == sorted(found)
    assert sum(pair.kind == "right" for pair in pairs) == score_entities([gold], [found]).exact.micro.n_right
    confusions = count_confusions(pairs)
    assert confusions.total() == len(pairs)
    assert sum(n for (row, _), n in confusions.items() if row != "none") == len(gold)


FORMS = {
    "CRF": "abbreviation",
    "CNNs": "abbreviation",
    "GPT-2": "abbreviation",
    "mAP": "abbreviation",
    "ROUGE-L": "abbreviation",
    "F1": "other single word",
    "SQuAD": "abbreviation",
    "Adam": "other single word",
    "transformer": "other single word",
    "ImageNet": "other single word",
    "encoder-decoder": "other single word",
    "CoNLL 2003": "several words",
}


@pytest.mark.parametrize(("mention", "group"), FORMS.items())
def test_form_of_a_mention(mention, group):
    assert form_group(mention) == group


def test_length_distance_and_known_words():
    assert [length_group("a" + " a" * n) for n in (0, 1, 4, 9)] == [
        "1 word",
        "2 words",
        "5 words or more",
        "5 words or more",
    ]
    text = "BERT is then tested on SQuAD"
    head, tail = (0, 4, "Method"), (23, 28, "Dataset")
    assert distance_group(text, (head, tail, "evaluated_on")) == "4-7 words"
    assert distance_group(text, (tail, head, "evaluated_on")) == "4-7 words"
    assert distance_group(text, (head, (2, 7, "Task"), "part_of")) == "0-1 words"
    group = known_group(frozenset({"neural network"}))
    assert [group(m) for m in ("Neural  Network", "neural networks")] == ["seen in training", "unseen"]


def test_groups_are_counted_on_both_sides():
    counts = count_groups(
        ["BERT and deep nets"],
        [[(0, 4, "Method"), (9, 18, "Method")]],
        [[(0, 4, "Method"), (5, 8, "Task")]],
        form_group,
    )
    assert counts == {
        "abbreviation": Counts(1, 1, 1),
        "several words": Counts(0, 0, 1),
        "other single word": Counts(0, 1, 0),
    }


def test_calibration_error_by_hand():
    judged = Judged(np.array([0.9, 0.9, 0.9, 0.9, 0.25]), np.array([True, True, True, False, False]), 4)
    assert calibration_error(judged) == pytest.approx((4 * 0.15 + 1 * 0.25) / 5)
    assert brier_score(judged) == pytest.approx((3 * 0.01 + 0.81 + 0.0625) / 5)
    assert calibration_error(Judged(np.array([]), np.array([], bool), 0)) == 0


def test_scores_that_are_right_as_often_as_they_say_have_no_error():
    draw = np.random.default_rng(0)
    scores = draw.random(50_000)
    assert calibration_error(Judged(scores, draw.random(50_000) < scores, 1)) < 0.01


def test_threshold_curve_keeps_what_scores_at_least_as_much():
    judged = Judged(np.array([0.2, 0.5, 0.9]), np.array([False, True, True]), 3)
    assert threshold_curve(judged, [0.0, 0.5, 0.6, 1.0]) == [
        Counts(2, 3, 3),
        Counts(2, 2, 3),
        Counts(1, 1, 3),
        Counts(0, 0, 3),
    ]
    assert best_threshold(judged, [0.0, 0.5, 0.6, 1.0]) == 0.5


def test_spread():
    assert str(Spread.of([0.6, 0.7, 0.8])) == "0.7000 ± 0.1000"
    assert str(Spread.of([0.5])) == "0.5000"


TEXT = "We run <b>BERT</b> on SQuAD | twice.\nIt beats LSTM."
GOLD = GoldText(
    "t1",
    "",
    TEXT,
    (Span(0, 36), Span(37, 51)),
    (Entity("T1", 10, 14, "Method"), Entity("T2", 22, 27, "Dataset"), Entity("T3", 46, 50, "Method")),
    (GoldRelation("T1", "T2", "evaluated_on"), GoldRelation("T1", "T3", "compared_with")),
    frozenset({"Method", "Dataset"}),
)
MENTIONS = (Mention(10, 14, "Method", 0.9), Mention(22, 27, "Method", 0.6), Mention(30, 35, "Dataset", 0.4))


def run(name="one", mentions=MENTIONS, relations=()):
    return Run(name, (Found(tuple(mentions), tuple(relations)),))


def tables(report):
    return {table.name: table for table in report.tables}


def test_sentence_of_an_error():
    assert Sentences(GOLD).show([(46, 50)]) == "It beats ⟦LSTM⟧."
    assert Sentences(GOLD).show([(10, 14), (46, 50)]) == "We run <b>⟦BERT⟧</b> on SQuAD | twice. It beats ⟦LSTM⟧"
    long = GoldText("t", "", "x " * 2000, (), (), (), frozenset())
    assert len(Sentences(long).show([(2000, 2001)])) < 420


def test_entity_report_has_every_view():
    report = entity_report([GOLD], [run()], about={}, training={"train": [GOLD]})
    found = tables(report)
    assert found["exact match"].rows[-2][:4] == ("micro", 1 / 3, 1 / 3, 1 / 3)
    assert ("Dataset", 0, 1, 0) in found["confusion"].rows
    assert dict(found["errors by kind"].rows) == {
        "missed": 1,
        "spurious": 1,
        "wrong type": 1,
        "wrong boundary": 0,
        "wrong type and boundary": 0,
    }
    assert found["errors"].rows[0][:7] == ("missed", "Method", "LSTM", "", "", None, "It beats ⟦LSTM⟧.")
    assert found["seen and unseen"].rows[0][-1] == 3
    assert {"calibration", "calibration bins", "best thresholds", "by length", "by form"} <= found.keys()
    assert "over runs" not in found


def test_spread_over_runs():
    both = [run(), run("two", [Mention(e.start_char, e.end_char, e.label, 1.0) for e in GOLD.entities])]
    rows = {row[0]: row for row in tables(entity_report([GOLD], both, about={}))["over runs"].rows}
    assert rows["exact micro"][3] == Spread.of([1 / 3, 1.0])
    assert rows["exact micro"][4:] == (pytest.approx(1 / 3), 1.0)


def test_predictions_without_scores_have_no_calibration():
    plain = Run("plain", (Found(MENTIONS),), has_scores=False)
    assert "calibration" not in tables(entity_report([GOLD], [plain], about={}))


def test_relation_errors_say_what_is_wrong():
    method, dataset, wrong, other = (
        Mention(10, 14, "Method", 0.9),
        Mention(22, 27, "Dataset", 0.9),
        Mention(30, 35, "Dataset", 0.4),
        Mention(46, 50, "Method", 0.9),
    )
    relations = [
        Relation(dataset.mention_id, method.mention_id, "evaluated_on", 0.8),
        Relation(method.mention_id, wrong.mention_id, "evaluated_on", 0.5),
        Relation(other.mention_id, dataset.mention_id, "evaluated_on", 0.5),
        Relation(other.mention_id, method.mention_id, "compared_with", 0.7),
    ]
    report = relation_report([GOLD], [run(mentions=(method, dataset, wrong, other), relations=relations)], about={})
    found = tables(report)
    assert [row[0] for row in found["errors"].rows] == ["wrong direction", "spurious", "spurious, a mention is wrong"]
    assert found["rel+, predicted entities"].rows[0][-3:] == (1, 1, 1)  # compared_with, the other way round
    report = relation_report([GOLD], [run(mentions=(method, dataset))], about={})
    assert [row[0] for row in tables(report)["errors"].rows] == ["missed", "missed, a mention was not found"]


def test_affiliations_are_scored_by_layout():
    text = "Ann Lee1, Bo Chen2\n1 MIT\n2 ETH Zurich"
    entities = [("Ann Lee", "Author"), ("Bo Chen", "Author"), ("MIT", "Institution"), ("ETH Zurich", "Institution")]
    gold = GoldText(
        text_id="1",
        source="test",
        text=text,
        sentences=(),
        entities=tuple(
            Entity(f"T{i}", text.index(name), text.index(name) + len(name), label)
            for i, (name, label) in enumerate(entities)
        ),
        relations=(GoldRelation("T0", "T2", "affiliated_with"), GoldRelation("T1", "T3", "affiliated_with")),
        annotated=frozenset({"Author", "Institution"}),
    )
    mentions = tuple(Mention(e.start_char, e.end_char, e.label, 1.0) for e in gold.entities)
    related = [Relation(mentions[0].mention_id, mentions[2].mention_id, "affiliated_with", 0.9)]
    found = tables(relation_report([gold], [run(mentions=mentions, relations=related)], about={}))
    rows = {row[0]: row[-3:] for row in found["by layout, affiliated_with"].rows}
    assert rows == {"marks": (1, 1, 2), "shared": (0, 0, 0), "in turn": (0, 0, 0)}


@pytest.fixture(scope="module")
def report():
    nasty = Section("<script>alert(1)</script>", "a | b", (Table("$x_1$ *t*", ("<i>",), (("a|b\n<c>",),)),))
    return entity_report([GOLD], [run(), run("two")], about={"gold": "<x>"}, more=[nasty])


def test_page_needs_nothing_but_itself_and_escapes_all_text(report):
    html = to_html(report)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;⟦BERT" not in html  # it was right, so it is in no list
    assert not re.search(r"(?:src|href)=\"(?!data:)", html)
    assert len(re.findall("<table", html)) == len(report.tables) + 1
    pictures = [b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([^\"]+)", html)]
    assert len(pictures) == len(report.plots)
    assert all(picture.startswith("<svg") and 'href="http' not in picture for picture in pictures)


def test_equal_reports_are_equal_pages(report):
    assert to_html(report) == to_html(report)


def test_markdown_rows_have_as_many_cells_as_columns(report):
    lines = [line for line in to_markdown(report).splitlines() if line.startswith("|")]
    assert any("a\\|b &lt;c&gt;" in line for line in lines)
    for line, following in pairwise(lines):
        if set(following) <= set("|- "):
            assert len(re.findall(r"(?<!\\)\|", line)) == following.count("|")


def test_json_has_the_same_numbers(report):
    record = json.loads(to_json(report))
    assert record["tables"]["exact match"][-2]["f1"] == pytest.approx(1 / 3)
    assert record["tables"]["errors"][0]["sentence"] == "It beats ⟦LSTM⟧."
    assert record["tables"]["over runs"][0]["f1"] == {"mean": pytest.approx(1 / 3), "deviation": 0.0}
    assert set(record["plots"]) == {plot.name for plot in report.plots}
    assert len(record["tables"]) == len(report.tables)  # no name comes twice


def test_nothing_found_and_nothing_there():
    empty = GoldText("e", "", "", (), (), (), frozenset())
    report = entity_report([empty], [run(mentions=())], about={}, types={"Method"})
    assert to_html(report)
    assert to_markdown(Report("", {})) == "# \n\n|  |  |\n| --- | --- |\n"


@pytest.mark.skipif(not SCORER.exists(), reason="the shared scorer is not here")
@pytest.mark.parametrize("seed", range(3))
def test_reports_on_files_have_the_numbers_of_the_shared_scorer(tmp_path, seed):
    spec = importlib.util.spec_from_file_location("score_ie", SCORER)
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    draw = np.random.default_rng(seed)
    files = {name: [_random_record(draw, index) for index in range(8)] for name in ("gold", "found")}
    for right, found in zip(files["gold"][::2], files["found"][::2], strict=True):  # some are right
        found |= {"entities": right["entities"], "relations": right["relations"][::2]}
    for name, records in files.items():
        (tmp_path / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    reference = shared.score(
        *({record["doc_id"]: record for record in records} for records in files.values()),
        symmetric=("synonym_of", "compared_with"),
    )
    texts = read_corpus(tmp_path / "gold")
    answers = read_predictions(tmp_path / "found", texts)
    for report, views in (
        (entity_report(texts, [answers], about={}), {"exact match": "exact", "relaxed match": "relaxed"}),
        (relation_report(texts, [answers], about={}), {"rel, predicted entities": "rel"}),
        (relation_report(texts, [answers], about={}), {"rel+, predicted entities": "rel+"}),
    ):
        for table, view in views.items():
            rows = {row[0]: row for row in tables(report)[table].rows}
            expected = (reference["entities"] | reference["relations"])[view]
            for name in ("micro", "macro"):
                wanted = [expected[name][key] for key in ("p", "r", "f1")]
                assert rows[name][1:4] == pytest.approx(wanted)


def _random_record(draw, index):
    spans = sorted({(int(s := draw.integers(60)), int(s + draw.integers(1, 9))) for _ in range(9)})
    labels = ["Method", "Task", "Dataset"]
    entities = [
        {"id": f"T{i}", "start": s, "end": e, "type": labels[draw.integers(3)], "score": float(draw.random())}
        for i, (s, e) in enumerate(spans)
    ]
    relations = [
        {"head": f"T{draw.integers(len(spans))}", "tail": f"T{draw.integers(len(spans))}", "type": label}
        for label in ("used_for", "synonym_of", "part_of")
        for _ in range(4)
    ]
    return {"doc_id": str(index), "text": "x" * 80, "entities": entities, "relations": relations}
