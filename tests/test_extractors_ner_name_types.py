"""Methods and data sets told apart by the words beside all mentions of a name."""

import json

import pytest

from extractors.ner.name_types import count_contexts, settle_name_types
from extractors.training.corpora import Entity, GoldText
from extractors.training.name_types import find_examples, fit_name_types, main, measure_held_out
from schemas.records import Mention

DATASET_SENTENCES = (
    "We train on Larkset. It was evaluated on the Larkset dataset. Larkset contains songs. Others use Larkset."
)
METHOD_SENTENCES = "We propose Larkset. Our Larkset model is strong. Larkset outperforms it. We train Larkset on songs."


def mentions_of(text, name, labels):
    starts = [i for i in range(len(text)) if text.startswith(name, i)]
    return [Mention(i, i + len(name), label, 0.8) for i, label in zip(starts, labels, strict=True)]


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    {
        "a data set": (DATASET_SENTENCES, ["Method"] * 4, ["Dataset"] * 4),
        "a method": (METHOD_SENTENCES, ["Dataset", "Dataset", "Method", "Dataset"], ["Method"] * 4),
        "too little is said": ("Larkset and Larkset.", ["Method", "Dataset"], ["Method", "Dataset"]),
        "said once": ("We train on the Larkset dataset.", ["Method"], ["Method"]),
    }.values(),
)
def test_all_mentions_of_a_name_are_what_the_words_beside_them_say(text, labels, expected):
    settled = settle_name_types(text, mentions_of(text, "Larkset", labels))
    assert [mention.label for mention in settled] == expected


def test_common_words_and_other_types_stay():
    text = DATASET_SENTENCES.replace("Larkset", "songs")
    found = [*mentions_of(text, "songs", ["Method"] * 5), Mention(0, 2, "Task", 0.9)]
    assert settle_name_types(text, found) == found
    tasks = mentions_of(DATASET_SENTENCES, "Larkset", ["Task"] * 4)
    assert settle_name_types(DATASET_SENTENCES, tasks) == tasks


def test_words_count_by_their_place():
    counts = count_contexts("We train on Oak, on 12 Oaks.", [(12, 15), (23, 27)])
    assert counts["-1 on"] == counts["-2 on"] == counts["-1 0"] == 1
    assert counts["+1 ,"] == 1
    assert counts["-2 train"] == counts["-3 we"] == 1


def gold(number):
    """A text with a data set and a method, each with two mentions."""
    names = {"Dataset": f"Set{number}", "Method": f"Net{number}"}
    text, entities = "", []
    for before, label, behind in (
        ("We train on ", "Dataset", " here. "),
        ("Our model ", "Method", " wins. "),
        (("Tests on ", "Runs on ")[number % 2], "Dataset", " show it. "),
        ("Our model ", "Method", " is fast. "),
    ):
        start = len(text) + len(before)
        text += before + names[label] + behind
        entities.append(Entity(f"T{len(entities)}", start, start + len(names[label]), label))
    return GoldText(str(number), "test", text, (), tuple(entities), (), frozenset(names))


def test_weights_are_learnt_from_annotated_names():
    examples = find_examples([gold(number) for number in range(60)])
    assert [example.is_dataset for example in examples[:2]] == [True, False]
    weights = fit_name_types(examples)
    assert weights.weights["-1 on"] > 0.5
    assert weights.weights["-1 model"] < -0.5
    assert weights.probability(examples[0].contexts) > 0.9 > 0.1 > weights.probability(examples[1].contexts)
    assert [n_all for _, _, n_all in measure_held_out(examples).values()] == [60, 60]


def test_command_writes_the_weights(tmp_path, capsys):
    corpus = tmp_path / "gold.jsonl"
    records = [
        {
            "doc_id": one.text_id,
            "text": one.text,
            "entities": [
                {"id": e.entity_id, "start": e.start_char, "end": e.end_char, "type": e.label} for e in one.entities
            ],
            "relations": [],
        }
        for one in (gold(number) for number in range(40))
    ]
    corpus.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    main([str(corpus), "--out", str(tmp_path / "weights.json")])
    assert "80 names" in capsys.readouterr().out
    assert json.loads((tmp_path / "weights.json").read_text())["weights"]["-1 on"] > 0
