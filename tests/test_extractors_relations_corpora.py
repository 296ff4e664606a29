"""Training examples: targets of annotated texts, weak results, invented sentences."""

import json

import numpy as np
import pytest
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.relations.classifier import RelationClassifier, RelationConfig
from extractors.training.corpora import Entity, GoldRelation, GoldText
from extractors.training.relation_corpora import read_relation_corpora
from extractors.training.relation_examples import NOT_RELATED, UNKNOWN, build_examples, observed_triples
from extractors.training.result_sentences import make_result_sentences
from schemas.records import Span

TEXT = "BERT gets 93.2 F1 on SQuAD with Adam."
SPANS = {"m": (0, 4), "r": (10, 14), "k": (15, 17), "d": (21, 26), "o": (32, 36)}
TYPES = {"m": "Method", "r": "Result", "k": "Metric", "d": "Dataset", "o": "Method"}


def text_with(relations, *, annotated=(), scope=None):
    return GoldText(
        text_id="1",
        source="test",
        text=TEXT,
        sentences=(Span(0, len(TEXT)),),
        entities=tuple(Entity(name, *SPANS[name], TYPES[name]) for name in SPANS),
        relations=tuple(GoldRelation(*relation) for relation in relations),
        annotated=frozenset(annotated),
        relation_scope=None if scope is None else frozenset(scope),
    )


def targets_of(folder, text):
    encoder = load_encoder(str(write_tiny_encoder(folder)))
    triples = (("evaluated_on", "Method", "Dataset"), ("achieves", "Method", "Result"))
    config = RelationConfig(encoder.name, encoder.checksum, ("Method", "Dataset", "Result"), triples, (), width=8)
    classifier = RelationClassifier.create(config, encoder)
    examples = build_examples(classifier, [text])
    names = [entity.entity_id for entity in text.entities]
    (window,), (targets,) = examples.windows, examples.targets
    found = {}
    for (a, b), target in zip(window.mention_ids[window.pairs].tolist(), targets.tolist(), strict=True):
        label = "unknown" if target == UNKNOWN else classifier.labels.classes[target]
        found[names[a] + names[b]] = label
    return found


def test_pairs_of_annotated_types_are_known_and_others_are_not(tmp_path):
    text = text_with([("m", "d", "evaluated_on")], annotated=("Method", "Dataset"))
    assert targets_of(tmp_path, text) == {
        "md": ("evaluated_on", True),
        "do": ("", True),
        "mr": "unknown",
        "ro": "unknown",
    }


def test_with_an_empty_scope_only_what_is_stated_counts(tmp_path):
    text = text_with([("m", "r", "achieves"), ("o", "r", NOT_RELATED)], annotated=("Method", "Dataset"), scope=())
    assert targets_of(tmp_path, text) == {
        "md": "unknown",
        "do": "unknown",
        "mr": ("achieves", True),
        "ro": ("", True),
    }


def test_rare_and_forbidden_triples_are_left_out():
    texts = [text_with([("m", "r", "achieves"), ("d", "m", "achieves"), ("r", "k", "measured_by")])]
    assert observed_triples(texts, 1) == (("achieves", "Method", "Result"), ("measured_by", "Result", "Metric"))
    assert observed_triples(texts, 2) == ()
    # all types that have relations, where the schema allows it; the schema knows nothing of FEATURE-OF
    texts[0] = text_with([("m", "r", "achieves"), ("r", "k", "FEATURE-OF")])
    found = observed_triples(texts[:1], 0)
    assert [triple for triple in found if triple[0] == "achieves"] == [("achieves", "Method", "Result")]
    assert len([triple for triple in found if triple[0] == "FEATURE-OF"]) == 9


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def weak(tmp_path):
    text = "Heading\nBERT gets 93.2 F1 on SQuAD with Adam. It is 12.5 on MNLI."
    entities = [
        {"id": f"T{i}", "start": text.index(name), "end": text.index(name) + len(name), "type": label}
        for i, (name, label) in enumerate(
            [("BERT", "Method"), ("F1", "Metric"), ("SQuAD", "Dataset"), ("Adam", "Method"), ("MNLI", "Dataset")]
        )
    ]
    meta = {
        "split": "train",
        "coref": {"bert": [[text.index("BERT"), text.index("BERT") + 4]]},
        "n_ary_relations": [{"Material": "squad", "Method": "bert", "Metric": "f1", "Task": "qa", "score": "93.20"}],
    }
    sentences = [[0, 7], [8, 45], [46, len(text)]]
    paper = {
        "doc_id": "a",
        "source": "scirex",
        "text": text,
        "sentences": sentences,
        "entities": entities,
        "meta": meta,
    }
    values = [{"id": "T1", "start": text.index("93.2"), "end": text.index("93.2") + 4, "type": "Result"}]
    values += [{"id": "T2", "start": text.index("12.5"), "end": text.index("12.5") + 4, "type": "Result"}]
    metric = {"T1": [text.index("F1"), text.index("F1") + 2]}
    weak_meta = {"split": "train", "weak": True, "rules": {"T1": "both"}, "metric_spans": metric}
    return [
        write(tmp_path / "scirex.jsonl", paper, paper | {"doc_id": "b", "meta": meta | {"split": "dev"}}),
        write(tmp_path / "weak.jsonl", paper | {"entities": values, "meta": weak_meta}),
    ]


def test_weak_results_state_what_follows_and_deny_the_other_methods(weak):
    first, second, *_ = read_relation_corpora(weak, n_invented=3)
    printed = {e.entity_id: first.text[e.start_char : e.end_char] for e in first.entities}
    assert {(printed[r.head_id], r.label, printed[r.tail_id]) for r in first.relations} == {
        ("BERT", "achieves", "93.2"),
        ("Adam", NOT_RELATED, "93.2"),
        ("93.2", "measured_by", "F1"),
        ("93.2", "measured_on", "SQuAD"),
    }
    assert second.text == "It is 12.5 on MNLI."
    assert [relation.label for relation in second.relations] == ["measured_on"]
    assert len(read_relation_corpora(weak, n_invented=3)) == 5


def test_dev_texts_are_left_out_of_training(weak):
    held_out = [path for path in weak if path.name == "weak.jsonl"]
    record = json.loads(held_out[0].read_text())
    write(held_out[0], record | {"meta": record["meta"] | {"split": "dev"}})
    assert read_relation_corpora(weak) == []


def test_invented_sentences_are_exact_and_the_same_for_a_seed():
    corpora = [text_with([])]
    texts = make_result_sentences(200, corpora, seed=3)
    assert texts == make_result_sentences(200, corpora, seed=3)
    names = {"Method": {"BERT", "Adam"}, "Dataset": {"SQuAD"}, "Metric": {"F1"}, "Task": {"Task"}}
    for text in texts:
        for entity in text.entities:
            printed = text.text[entity.start_char : entity.end_char]
            assert printed in names[entity.label] if entity.label in names else np.isfinite(float(printed.strip("%")))
        types = {entity.entity_id: entity.label for entity in text.entities}
        assert {types[r.tail_id] for r in text.relations if r.label == "achieves"} <= {"Result"}
        assert any(relation.label == "measured_by" for relation in text.relations) or "ccuracy" in text.text
