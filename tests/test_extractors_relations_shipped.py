"""The classifier that is shipped, on sentences of our own."""

import pytest

from extractors.evaluation.relations import evaluate_relations
from extractors.relations.classifier import SHIPPED_RELATIONS, RelationClassifier, relate_texts
from extractors.training.corpora import Entity, GoldRelation, GoldText
from schemas.records import Mention, Span

pytestmark = pytest.mark.skipif(
    not (SHIPPED_RELATIONS / "model.safetensors").exists(),
    reason="the weights of the relation classifier are not there",
)

SENTENCES = [  # text, mentions, relations that must be found
    (
        "BERT achieves 93.2 F1 on SQuAD v1.1.",
        {"BERT": "Method", "93.2": "Result", "F1": "Metric", "SQuAD v1.1": "Dataset"},
        {("BERT", "achieves", "93.2"), ("93.2", "measured_by", "F1"), ("93.2", "measured_on", "SQuAD v1.1")},
    ),
    (
        "On ImageNet, ResNet-50 reaches 76.1% accuracy and MobileNet 70.6%.",
        {"ImageNet": "Dataset", "ResNet-50": "Method", "76.1%": "Result", "accuracy": "Metric"}
        | {"MobileNet": "Method", "70.6%": "Result"},
        {("ResNet-50", "achieves", "76.1%"), ("MobileNet", "achieves", "70.6%"), ("76.1%", "measured_by", "accuracy")},
    ),
    (
        "We evaluate BERT on SQuAD and compare it with ELMo.",
        {"BERT": "Method", "SQuAD": "Dataset", "ELMo": "Method"},
        {("BERT", "evaluated_on", "SQuAD"), ("BERT", "compared_with", "ELMo")},
    ),
    (
        "A conditional random field (CRF) is used for named entity recognition.",
        {"conditional random field": "Method", "CRF": "Method", "named entity recognition": "Task"},
        {("conditional random field", "synonym_of", "CRF")},
    ),
]


@pytest.fixture(scope="module")
def classifier():
    return RelationClassifier.load(device="cpu")


def mentions_of(text, names):
    return [Mention(text.index(name), text.index(name) + len(name), label, 0.95) for name, label in names.items()]


def test_relations_of_plain_sentences_are_found(classifier):
    texts = [text for text, _, _ in SENTENCES]
    mentions = [mentions_of(text, names) for text, names, _ in SENTENCES]
    found = relate_texts(classifier, texts, mentions, [[Span(0, len(text))] for text in texts])
    for text, of_text, relations, (_, _, expected) in zip(texts, mentions, found, SENTENCES, strict=True):
        names = {m.mention_id: text[m.start_char : m.end_char] for m in of_text}
        assert {(names[r.head_id], r.label, names[r.tail_id]) for r in relations} >= expected
        assert all(0 < relation.score <= 1 for relation in relations)


def test_evaluation_counts_gold_relations(classifier):
    text, names, expected = SENTENCES[0]
    entities = tuple(Entity(n, text.index(n), text.index(n) + len(n), label) for n, label in names.items())
    gold = tuple(GoldRelation(head, tail, label) for head, label, tail in sorted(expected))
    one = GoldText("1", "test", text, (Span(0, len(text)),), entities, gold, frozenset())
    scores = evaluate_relations(classifier, [one])
    assert (scores.rel_plus.micro.n_gold, scores.rel_plus.micro.recall) == (3, 1.0)
