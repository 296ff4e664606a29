"""Reading annotated corpora: what is annotated, held-out texts, restricted types, merged annotations."""

import json
from pathlib import Path

import pytest

from extractors.training.corpora import CorpusArgument, read_corpora, read_corpus
from schemas.errors import ConfigError

TEXT = "BERT reaches 93.2 F1 on SQuAD."


def write(path, *records):
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n", encoding="utf-8")
    return str(path)


def record(text_id="a", source="scier", text=TEXT, entities=((0, 4, "Method"), (24, 29, "Dataset")), **meta):
    found = [{"id": f"T{i}", "start": s, "end": e, "type": t} for i, (s, e, t) in enumerate(entities)]
    return {"doc_id": text_id, "source": source, "text": text, "entities": found, "meta": meta}


def test_annotated_types_follow_the_source(tmp_path):
    (text,) = read_corpus(Path(write(tmp_path / "a.jsonl", record())))
    assert text.annotated == {"Method", "Dataset", "Task", "Author", "Institution"}
    assert [TEXT[e.start_char : e.end_char] for e in text.entities] == ["BERT", "SQuAD"]


def test_unknown_source_is_annotated_for_the_types_that_occur(tmp_path):
    (text,) = read_corpus(Path(write(tmp_path / "a.jsonl", record(source="mine"))))
    assert text.annotated == {"Method", "Dataset"}


def test_a_corpus_is_annotated_for_all_types_that_occur_in_it(tmp_path):
    bare = record(source="mine") | {"entities": []}
    texts = read_corpus(Path(write(tmp_path / "a.jsonl", record(source="mine"), bare)))
    assert [text.annotated for text in texts] == [{"Method", "Dataset"}] * 2


def test_half_a_character_is_replaced_and_no_offset_moves(tmp_path):
    (text,) = read_corpus(Path(write(tmp_path / "a.jsonl", record(text=TEXT.replace("93", "\ud8353")))))
    assert text.text == TEXT.replace("93", "\N{REPLACEMENT CHARACTER}3")
    assert text.text[24:29] == "SQuAD"


def test_a_relation_needs_entities_at_both_ends(tmp_path):
    related = record() | {"relations": [{"head": "T0", "tail": "T9", "type": "evaluated_on"}]}
    with pytest.raises(ConfigError, match=r"a.jsonl:2: .*names T9, which is no entity"):
        read_corpus(Path(write(tmp_path / "a.jsonl", record(), related)))


def test_annotated_types_can_be_said(tmp_path):
    (text,) = read_corpus(Path(write(tmp_path / "a.jsonl", record(annotated=["Metric"]))))
    assert text.annotated == {"Metric"}


def test_weak_labels_are_positive_examples_only(tmp_path):
    (text,) = read_corpus(Path(write(tmp_path / "a.jsonl", record(entities=[(13, 17, "Result")], weak=True))))
    assert text.annotated == frozenset()


def test_mentions_that_a_model_is_not_sure_of_are_set_apart(tmp_path):
    tagged = record(source="", annotated=["Method", "Dataset"])
    for entity, score in zip(tagged["entities"], (0.9, 0.4), strict=True):
        entity["score"] = score
    tagged["relations"] = [{"head": "T0", "tail": "T1", "type": "evaluated_on"}]
    path = write(tmp_path / "a.jsonl", tagged)
    (text,) = read_corpora([path])
    assert [e.label for e in text.entities] == ["Method"]
    assert [e.label for e in text.uncertain] == ["Dataset"]
    assert text.relations == ()
    (text,) = read_corpora([path], for_training=False)  # what is held out counts as it is
    assert len(text.entities) == 2
    (restricted,) = read_corpora([path + ":Method"])
    assert restricted.uncertain == ()


def test_types_can_be_restricted(tmp_path):
    (text,) = read_corpora([write(tmp_path / "a.jsonl", record()) + ":Method@0.5"])
    assert {e.label for e in text.entities} == {"Method"}
    assert text.annotated == {"Method", "Author", "Institution"}
    assert text.share == 0.5


def test_two_annotations_of_one_text_become_one(tmp_path):
    hand = write(tmp_path / "a.jsonl", record())
    weak = write(tmp_path / "b.jsonl", record(source="weak", entities=[(13, 17, "Result"), (0, 4, "Task")], weak=True))
    (text,) = read_corpora([hand, weak])
    assert [(e.label, e.start_char) for e in text.entities] == [("Method", 0), ("Dataset", 24), ("Result", 13)]
    assert text.annotated == {"Method", "Dataset", "Task", "Author", "Institution"}


def test_what_one_annotation_is_not_sure_of_stays_open_in_both(tmp_path):
    tagged = record(source="", annotated=["Dataset"], entities=[(24, 29, "Dataset")])
    tagged["entities"][0]["score"] = 0.4
    hand = write(tmp_path / "a.jsonl", record(annotated=["Method"], entities=[(0, 4, "Method")]))
    (text,) = read_corpora([hand, write(tmp_path / "b.jsonl", tagged)])
    assert text.annotated == {"Method", "Dataset"}
    assert [(e.label, e.start_char) for e in text.uncertain] == [("Dataset", 24)]


def test_held_out_texts_are_not_trained_on(tmp_path):
    path = write(tmp_path / "a.jsonl", record("a", split="train"), record("b", text=TEXT + " x", split="dev"))
    assert [text.text_id for text in read_corpora([path])] == ["a"]
    assert len(read_corpora([path], for_training=False)) == 2


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("a.jsonl", ("a.jsonl", (), 1.0)),
        ("a.jsonl:Method,Task", ("a.jsonl", ("Method", "Task"), 1.0)),
        ("a.jsonl@0.25", ("a.jsonl", (), 0.25)),
        ("../x/a.jsonl:Metric@0.1", ("../x/a.jsonl", ("Metric",), 0.1)),
    ],
)
def test_corpus_argument(argument, expected):
    parsed = CorpusArgument.parse(argument)
    assert (str(parsed.path), parsed.types, parsed.share) == expected


BAD = {
    "no file": ("nothing.jsonl", "cannot read the corpus"),
    "unknown type": ("good.jsonl:Methods", "unknown entity type 'Methods'"),
    "share": ("good.jsonl@2", "at most 1"),
    "share that is no number": ("good.jsonl@half", "not a number"),
    "no JSON": ("broken.jsonl", "broken.jsonl:1: not a text in stand-off form"),
    "entity outside": ("outside.jsonl", "outside the text"),
}


@pytest.mark.parametrize(("argument", "message"), BAD.values(), ids=BAD.keys())
def test_wrong_corpora_are_clear_errors(tmp_path, argument, message):
    write(tmp_path / "good.jsonl", record())
    write(tmp_path / "outside.jsonl", record(entities=[(0, 99, "Method")]))
    (tmp_path / "broken.jsonl").write_text("not json\n")
    with pytest.raises(ConfigError, match=message):
        read_corpora([str(tmp_path / argument)])
