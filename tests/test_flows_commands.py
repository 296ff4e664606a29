"""``read``, ``tag``, ``link`` and ``evaluate`` from file to file, with tiny models."""

import json
import shutil
from pathlib import Path

import pytest
from drawn_papers import draw_paper
from tiny_models import write_tiny_models

from flows import evaluation, front_scores, knowledge, reading, tagging
from flows.evaluation_call import Evaluation
from flows.training import fit_relation_threshold, train_model
from linking.build import build_knowledge_base
from schemas.errors import ConfigError

TEXT = "GridNet reaches 84.2% accuracy on ToyBank. It beats BaseNet."


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return write_tiny_models(tmp_path_factory.mktemp("models"))


def write_lines(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_read_writes_a_line_per_paper_and_tells_what_failed(tmp_path, models, monkeypatch, capsys):
    monkeypatch.setattr(reading, "NER_MODEL", models[0])
    draw_paper(tmp_path / "a.pdf", "GridNet: Parsing with Care")
    (tmp_path / "b.pdf").write_text("no PDF")
    draw_paper(tmp_path / "c.pdf", "StarNet", authors="Bo Sample", institution="Institute of Examples")
    failures = reading.read_files([str(tmp_path)], tmp_path / "out.jsonl", workers=1, device="cpu")
    first, second = read_lines(tmp_path / "out.jsonl")
    assert (first["pdf"], first["title"], first["authors"]) == ("a.pdf", "GridNet: Parsing with Care", ["Ada Example"])
    assert second["affiliations"] == [["Bo Sample", "Institute of Examples"]]
    assert "ToyBank" in first["text"]
    assert {"title", "authors", "abstract"} <= {block["kind"] for block in first["blocks"]}
    assert [failure.error for failure in failures] == ["not_a_pdf"]
    assert "b.pdf: not_a_pdf" in capsys.readouterr().err


def test_read_draws_papers_with_their_blocks(tmp_path, models, monkeypatch):
    monkeypatch.setattr(reading, "NER_MODEL", models[0])
    draw_paper(tmp_path / "a.pdf", "GridNet: Parsing with Care")
    assert not reading.read_files([str(tmp_path)], None, html=tmp_path / "view.html", workers=1, device="cpu")
    html = (tmp_path / "view.html").read_text()
    assert "GridNet: Parsing with Care</li>" in html
    assert "data:image/jpeg;base64," in html
    with pytest.raises(ConfigError, match="nothing to write"):
        reading.read_files([str(tmp_path)], None, workers=1, device="cpu")


def test_tag_keeps_the_line_and_adds_stand_off(tmp_path, models):
    source = write_lines(
        tmp_path / "in.jsonl",
        {"doc_id": "1", "text": TEXT, "meta": {"x": 1}},
        {"doc_id": "2", "text": TEXT, "sentences": [[0, 41]]},
        {"doc_id": "3", "text": ""},
    )
    tagging.tag_file(source, tmp_path / "out.jsonl", model=models[0], relation_model=models[1], device="cpu")
    first, second, third = read_lines(tmp_path / "out.jsonl")
    assert (first["doc_id"], first["text"]) == ("1", TEXT)
    assert first["meta"]["x"] == 1
    assert second["meta"]["annotated"] == first["meta"]["annotated"] != []
    assert [entity["id"] for entity in first["entities"]] == [f"T{i}" for i in range(1, len(first["entities"]) + 1)]
    assert all(0 <= entity["start"] < entity["end"] <= len(TEXT) for entity in first["entities"])
    known = {entity["id"] for entity in first["entities"]}
    assert all({relation["head"], relation["tail"]} <= known for relation in first["relations"])
    assert len(first["sentences"]) == 2
    assert second["sentences"] == [[0, 41]]
    assert third["entities"] == third["relations"] == []


BAD_LINES = {
    "not JSON": "{",
    "no object": "[1]",
    "no text": '{"doc_id": "1"}',
    "bad sentences": '{"text": "x", "sentences": [1]}',
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_is_named_and_nothing_is_written(tmp_path, models, line):
    source = tmp_path / "in.jsonl"
    source.write_text(f'{{"text": "fine"}}\n{line}\n')
    with pytest.raises(ConfigError, match=r"in\.jsonl"):
        tagging.tag_file(source, tmp_path / "out.jsonl", model=models[0], relation_model=models[1], device="cpu")
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_names_are_linked_and_scored(tmp_path, capsys):
    table = tmp_path / "things.csv"
    table.write_text("id,type,name\nx:toybank,Dataset,ToyBank\nx:gridnet,Method,GridNet\n")
    sources = knowledge.list_kb_sources(csv=[table])
    knowledge.print_info(build_knowledge_base(tmp_path / "kb", sources=sources, starter=False))
    assert "things.csv" in capsys.readouterr().out
    names = write_lines(tmp_path / "names.jsonl", {"id": "1", "text": "ToyBank"}, {"id": "2", "text": "Zyx"})
    knowledge.link_file(names, tmp_path / "linked.jsonl", kb=tmp_path / "kb", label="Dataset")
    first, _ = read_lines(tmp_path / "linked.jsonl")
    assert (first["id"], first["ids"]) == ("1", ["x:toybank"])
    gold = write_lines(
        tmp_path / "gold.jsonl", {"id": "1", "mention": "ToyBank", "type": "Dataset", "kb_id": "x:toybank"}
    )
    linked = (tmp_path / "linked.jsonl",)
    evaluation.evaluate_target(
        Evaluation("linking", gold, predictions=linked, as_json=True, report=tmp_path / "report")
    )
    assert json.loads(capsys.readouterr().out)["all"]["accuracy_at_1"] == 1.0
    assert "accuracy_at_1" in (tmp_path / "report" / "report.md").read_text()


def test_predictions_are_scored_against_gold(tmp_path, capsys):
    entities = [
        {"id": "T1", "start": 0, "end": 7, "type": "Method"},
        {"id": "T2", "start": 34, "end": 41, "type": "Dataset"},
    ]
    related = [{"head": "T1", "tail": "T2", "type": "evaluated_on"}]
    gold = write_lines(
        tmp_path / "gold.jsonl", {"doc_id": "1", "text": TEXT, "entities": entities, "relations": related}
    )
    found = write_lines(
        tmp_path / "found.jsonl", {"doc_id": "1", "text": TEXT, "entities": entities[:1], "relations": []}
    )
    evaluation.evaluate_target(Evaluation("ner", gold, predictions=(found,), as_json=True))
    assert json.loads(capsys.readouterr().out)["exact"]["recall"] == 0.5
    evaluation.evaluate_target(Evaluation("relations", gold, predictions=(found, gold), as_json=True))
    assert json.loads(capsys.readouterr().out)["rel+"]["gold"] == 1
    evaluation.evaluate_target(Evaluation("ner", gold, predictions=(found,), types=("Dataset",)))
    assert "0.0000" in capsys.readouterr().out


@pytest.mark.parametrize("target", ["ner", "relations"])
def test_report_on_models(tmp_path, models, capsys, target):
    entities = [
        {"id": "T1", "start": 0, "end": 7, "type": "Method"},
        {"id": "T2", "start": 34, "end": 41, "type": "Dataset"},
    ]
    related = [{"head": "T1", "tail": "T2", "type": "evaluated_on"}]
    gold = write_lines(
        tmp_path / "gold.jsonl", {"doc_id": "1", "text": TEXT, "entities": entities, "relations": related}
    )
    own = (
        {"models": (models[0],) * 2, "training": (str(gold),)}
        if target == "ner"
        else {"models": (models[1],) * 2, "ner_model": models[0]}
    )
    call = Evaluation(target, gold, report=tmp_path, device="cpu", **own)
    evaluation.evaluate_target(call)
    assert "precision" in capsys.readouterr().out
    tables = json.loads((tmp_path / "report.json").read_text())["tables"]
    assert {"errors", "calibration"} <= tables.keys()
    assert {"speed", "seen and unseen"} <= tables.keys() or "rel+, gold entities" in tables
    assert (tmp_path / "report.html").read_text().count("<img") >= 3


@pytest.mark.parametrize(("given", "kind"), [("entities", "gold entities"), ("pairs", "gold pairs")])
def test_relations_with_gold_entities_or_pairs(tmp_path, models, capsys, given, kind):
    entities = [
        {"id": "T1", "start": 0, "end": 7, "type": "Method"},
        {"id": "T2", "start": 34, "end": 41, "type": "Dataset"},
    ]
    related = [{"head": "T1", "tail": "T2", "type": "evaluated_on"}]
    gold = write_lines(
        tmp_path / "gold.jsonl", {"doc_id": "1", "text": TEXT, "entities": entities, "relations": related}
    )
    call = Evaluation("relations", gold, models=(models[1],), given=given, report=tmp_path, device="cpu", as_json=True)
    evaluation.evaluate_target(call)
    assert json.loads(capsys.readouterr().out)["rel+"]["found"] <= 1
    assert f"rel+, {kind}" in json.loads((tmp_path / "report.json").read_text())["tables"]


def test_a_threshold_is_fitted_to_a_tagger(tmp_path, models, capsys):
    model = tmp_path / "relations"
    shutil.copytree(models[1], model)
    config = json.loads((model / "config.json").read_text())
    entities = [
        {"id": "T1", "start": 0, "end": 7, "type": "Method"},
        {"id": "T2", "start": 34, "end": 41, "type": "Dataset"},
    ]
    related = [{"head": "T1", "tail": "T2", "type": "evaluated_on"}]
    record = {"doc_id": "1", "text": TEXT, "entities": entities}
    dev = write_lines(tmp_path / "dev.jsonl", record | {"relations": related})
    fit_relation_threshold(model, models[0], dev, device="cpu")
    fitted = json.loads((model / "config.json").read_text())
    assert fitted == config | {"threshold": fitted["threshold"]}
    assert f"threshold {fitted['threshold']:.2f}" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="no relations"):
        fit_relation_threshold(model, models[0], write_lines(tmp_path / "none.jsonl", record), device="cpu")


WRONG_EVALUATIONS = {
    "gold entities for a tagger": ({"given": "entities"}, "--given is for relations"),
    "answers and models": ({"predictions": ("p",), "models": ("m",)}, "not both"),
    "on another text": ({"predictions": ({"doc_id": "1", "text": "other"},)}, "on another text"),
    "twice": ({"predictions": ({"doc_id": "1"}, {"doc_id": "1"})}, "comes twice"),
    "report in a file": ({"report": "gold.jsonl"}, "cannot make the folder"),
    "unknown type": ({"types": ("Methods",)}, "has no type 'Methods'; known: "),
    "tagger by another name": ({"ner_model": Path("tagger")}, "no option of evaluate ner: --ner-model"),
    "knowledge base": ({"kb": Path("kb"), "ner_model": Path("tagger")}, "evaluate ner: --ner-model, --kb"),
}


@pytest.mark.parametrize("target", ["linking", "papers"])
def test_what_a_target_does_not_know_is_refused(tmp_path, target):
    with pytest.raises(ConfigError, match=f"no option of evaluate {target}: --model, --train"):
        Evaluation(target, tmp_path, models=(tmp_path,), training=("train.jsonl",))


def test_no_learning_rate_is_looked_for_for_relations(tmp_path):
    with pytest.raises(ConfigError, match="is for ner"):
        train_model("relations", train=["t"], dev=["d"], out=tmp_path, arch=None, device="cpu", find_lr=True)


@pytest.mark.parametrize(("options", "message"), WRONG_EVALUATIONS.values(), ids=WRONG_EVALUATIONS.keys())
def test_a_wrong_evaluation_is_a_clear_error(tmp_path, options, message):
    gold = write_lines(tmp_path / "gold.jsonl", {"doc_id": "1", "text": TEXT})
    rows = options.get("predictions", ())
    if rows and isinstance(rows[0], dict):
        options = {"predictions": (write_lines(tmp_path / "found.jsonl", *rows),)}
    if "report" in options:
        options = {"report": tmp_path / options["report"]}
    with pytest.raises(ConfigError, match=message):
        evaluation.evaluate_target(Evaluation("ner", gold, **options))


def test_front_matter_is_compared_by_letters_and_digits():
    gold = [
        {
            "pdf": "a.pdf",
            "title": "On Łódź",
            "authors": ["José Núñez", "A. B."],
            "institutions": ["MIT"],
            "affiliations": [],
        },
        {"pdf": "b.pdf", "title": "Two", "authors": ["C"], "institutions": [], "affiliations": [["C", "X"]]},
    ]
    found = [{"pdf": "x/a.pdf", "title": "on lodz", "authors": ["Jose Nunez", "D"], "institutions": ["M.I.T."]}]
    scores = front_scores.score_front_matter(gold, found)
    assert (scores["authors"].n_right, scores["authors"].n_found, scores["authors"].n_gold) == (1, 2, 3)
    assert scores["institutions"].f1 == 1.0
    assert scores["affiliations"].n_gold == 1
    assert scores["title"].recall == 0.5
    errors = front_scores.list_errors(gold, found)
    assert ("missed", "authors", "A. B.", "a.pdf") in errors
    assert ("spurious", "authors", "D", "a.pdf") in errors
    assert ("missed", "affiliations", "C — X", "b.pdf") in errors
    assert not [error for error in errors if error[1] == "institutions"]
