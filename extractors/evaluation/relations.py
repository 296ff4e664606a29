"""A relation classifier against gold relations, with gold or with predicted mentions, and its threshold on dev."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import torch

from extractors.evaluation.predictions import Found, Run, gold_relations, gold_spans, relation_scope
from extractors.evaluation.scores import RelationScores, score_relations
from extractors.relations.classifier import RelationClassifier, relate_texts
from extractors.sentences import split_sentences
from extractors.training.corpora import GoldText
from schemas.records import SYMMETRIC_RELATIONS, Mention, Relation

SYMMETRIC: Final = (*SYMMETRIC_RELATIONS, "COMPARE", "CONJUNCTION")
"""Relation types without direction: ours and SciERC's."""

_LEAST = 0.1  # relations less likely than this are not looked at


def gold_mentions(text: GoldText) -> list[Mention]:
    """The gold entities of a text as mentions."""
    return [Mention(e.start_char, e.end_char, e.label, 1.0) for e in text.entities]


def evaluate_relations(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]] | None = None
) -> RelationScores:
    """Score a classifier on annotated texts.

    Args:
        classifier: A loaded classifier.
        texts: Texts with gold relations.
        mentions: Per text, the mentions between which relations are sought; default the gold ones.
    """
    mentions = mentions if mentions is not None else [gold_mentions(text) for text in texts]
    return _score(texts, mentions, _relate(classifier, texts, mentions))


def run_classifier(
    classifier: RelationClassifier, name: str, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]]
) -> Run:
    """Relate mentions as the model is set, and again with a low threshold."""

    def answers() -> tuple[Found, ...]:
        related = _relate(classifier, texts, mentions)
        return tuple(Found(tuple(m), tuple(r)) for m, r in zip(mentions, related, strict=True))

    with _low_threshold(classifier):
        loose = answers()
    return Run(name, answers(), loose)


def name_given_pairs(classifier: RelationClassifier, texts: Sequence[GoldText]) -> list[Found]:
    """The likeliest relation of each pair that is related in the gold, head and tail given.

    Pairs that are not in one sentence, or between types that the classifier does not know, get no name.
    """
    mentions = [gold_mentions(text) for text in texts]
    sentences = [text.sentences or split_sentences(text.text) for text in texts]
    windows = classifier.windows_of([text.text for text in texts], mentions, sentences)
    position = [{e.entity_id: i for i, e in enumerate(text.entities)} for text in texts]
    related = [
        {(at[r.head_id], at[r.tail_id]) for r in text.relations} for text, at in zip(texts, position, strict=True)
    ]
    named: list[list[Relation]] = [[] for _ in texts]
    for window, logits in zip(windows, classifier.logits_of(windows), strict=True):
        ids = window.mention_ids[window.pairs]  # (P, 2)
        of_text = mentions[window.text_index]
        for row, (first, second) in enumerate(ids.tolist()):
            for forward, (head, tail) in ((True, (first, second)), (False, (second, first))):
                if (head, tail) in related[window.text_index]:
                    possible = torch.from_numpy(classifier.labels.of_direction[int(forward)])
                    best = int(logits[row].masked_fill(~possible, float("-inf")).argmax())
                    label = classifier.labels.classes[best][0]
                    ends = of_text[head].mention_id, of_text[tail].mention_id
                    named[window.text_index].append(Relation(*ends, label, 1.0, classifier.revision))
    return [Found(tuple(m), tuple(r)) for m, r in zip(mentions, named, strict=True)]


def choose_threshold(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]]
) -> tuple[float, float]:
    """The threshold with the best Rel+ F1 on dev for mentions as they will be, and that F1.

    With predicted mentions, whose scores count, it is another one than with gold mentions.
    """
    with _low_threshold(classifier):
        found = _relate(classifier, texts, mentions)
    best = (classifier.config.threshold, -1.0)
    for threshold in (step / 50 for step in range(5, 46)):
        kept = [[relation for relation in relations if relation.score >= threshold] for relations in found]
        f1 = _score(texts, mentions, kept).rel_plus.micro.f1
        if f1 > best[1]:
            best = (threshold, f1)
    return best


@contextmanager
def _low_threshold(classifier: RelationClassifier) -> Iterator[None]:
    config = classifier.config
    classifier.config = replace(config, threshold=_LEAST)
    try:
        yield
    finally:
        classifier.config = config


def _relate(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]]
) -> list[tuple[Relation, ...]]:
    sentences = [text.sentences or split_sentences(text.text) for text in texts]
    return relate_texts(classifier, [text.text for text in texts], mentions, sentences)


def _score(
    texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]], found: Sequence[Sequence[Relation]]
) -> RelationScores:
    answers = [Found(tuple(of_text), tuple(relations)) for of_text, relations in zip(mentions, found, strict=True)]
    return score_run(texts, answers, relation_types(texts))


def relation_types(texts: Iterable[GoldText]) -> frozenset[str]:
    """The relation types that occur."""
    return frozenset(relation.label for text in texts for relation in text.relations)


def score_run(texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]) -> RelationScores:
    """Rel and Rel+ of what was found in texts, each text within its scope."""
    return score_relations(
        [gold_relations(text) for text in texts],
        [of_text.typed_relations for of_text in found],
        scopes=[relation_scope(text) for text in texts],
        gold_spans=[gold_spans(text) for text in texts],
        symmetric=SYMMETRIC,
        types=types,
    )
