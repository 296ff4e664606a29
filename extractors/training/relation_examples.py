"""What a relation classifier learns from: windows of annotated texts with the class of each pair."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from extractors.relations.classifier import RelationClassifier
from extractors.relations.labels import NO_RELATION, RelationLabels
from extractors.relations.windows import PairWindow
from extractors.sentences import split_sentences
from extractors.training.corpora import GoldText
from schemas.records import RELATION_TYPES, Mention

UNKNOWN = -100  # target of a pair of which the corpus says nothing; cross_entropy passes over it
NOT_RELATED = "none"  # label of a gold relation that says that there is none


@dataclass(frozen=True, slots=True)
class PairExamples:
    """Windows with the class of each pair (``UNKNOWN`` where nothing is known).

    Attributes:
        windows: The windows.
        targets: For each window, shape (P,), int64.
        forward: For each window, shape (P,), bool: where there is a relation, does its head come first?
        n_gold: Gold relations of the texts, those that no pair can express included.
    """

    windows: list[PairWindow]
    targets: list[NDArray[np.int64]]
    forward: list[NDArray[np.bool_]]
    n_gold: int


def observed_triples(texts: Iterable[GoldText], min_examples: int) -> tuple[tuple[str, str, str], ...]:
    """The (relation, head type, tail type) that occur often enough and that ``RELATION_TYPES`` does not forbid.

    With ``min_examples`` 0, those of each relation that occurs with all types between which there are relations.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    for text in texts:
        types = {entity.entity_id: entity.label for entity in text.entities}
        counts.update((r.label, types[r.head_id], types[r.tail_id]) for r in text.relations if r.label != NOT_RELATED)
    if min_examples == 0:
        relations = {relation for relation, _, _ in counts}
        ends = sorted({end for _, *types in counts for end in types})
        counts.update(dict.fromkeys(product(relations, ends, ends), 1))
    order = {relation: i for i, relation in enumerate(RELATION_TYPES)}
    found = [triple for triple, n in counts.items() if n >= min_examples and _is_allowed(*triple)]
    return tuple(sorted(found, key=lambda triple: (order.get(triple[0], len(order)), triple)))


def _is_allowed(relation: str, head: str, tail: str) -> bool:
    heads, tails = RELATION_TYPES.get(relation, ((head,), (tail,)))
    return head in heads and tail in tails


def build_examples(classifier: RelationClassifier, texts: Sequence[GoldText]) -> PairExamples:
    """Windows and targets of annotated texts, with gold entities; texts without a relation are passed over."""
    texts = [text for text in texts if text.relations]
    mentions = [[Mention(e.start_char, e.end_char, e.label, 1.0) for e in text.entities] for text in texts]
    sentences = [text.sentences or split_sentences(text.text) for text in texts]
    windows = classifier.windows_of([text.text for text in texts], mentions, sentences)
    relations = [_relations_of(text) for text in texts]
    targets = [
        _targets(window, texts[window.text_index], relations[window.text_index], classifier.labels)
        for window in windows
    ]
    n_gold = sum(relation.label != NOT_RELATED for text in texts for relation in text.relations)
    return PairExamples(windows, [t for t, _ in targets], [f for _, f in targets], n_gold)


def only_related(examples: PairExamples) -> PairExamples:
    """The same without the pairs that are not related, and without windows that have no others."""
    related = [target > NO_RELATION for target in examples.targets]
    kept = [i for i, pairs in enumerate(related) if pairs.any()]
    return PairExamples(
        [replace(examples.windows[i], pairs=examples.windows[i].pairs[related[i]]) for i in kept],
        [examples.targets[i][related[i]] for i in kept],
        [examples.forward[i][related[i]] for i in kept],
        examples.n_gold,
    )


def _relations_of(text: GoldText) -> dict[tuple[int, int], list[str]]:
    """Labels by positions of head and tail among the text's entities."""
    position = {entity.entity_id: i for i, entity in enumerate(text.entities)}
    found: dict[tuple[int, int], list[str]] = {}
    for relation in text.relations:
        found.setdefault((position[relation.head_id], position[relation.tail_id]), []).append(relation.label)
    return found


def _targets(
    window: PairWindow, text: GoldText, relations: dict[tuple[int, int], list[str]], labels: RelationLabels
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The class of each pair of a window, and whether its head comes first: each of shape (P,)."""
    targets = np.full(len(window.pairs), UNKNOWN, dtype=np.int64)
    is_forward = np.ones(len(window.pairs), dtype=bool)
    for row, (a, b) in enumerate(window.pairs.tolist()):
        first, second = int(window.mention_ids[a]), int(window.mention_ids[b])
        entities = (text.entities[first], text.entities[second])
        if text.relation_scope is None:
            known = all(entity.label in text.annotated for entity in entities)
        else:
            known = all(entity.entity_id in text.relation_scope for entity in entities)
        stated = [(label, True) for label in relations.get((first, second), ())]
        stated += [(label, False) for label in relations.get((second, first), ())]
        if known or any(label == NOT_RELATED for label, _ in stated):
            targets[row] = NO_RELATION
        allowed = labels.allowed[window.mention_types[a], window.mention_types[b]]
        for label, forward in stated:
            if label != NOT_RELATED and any(label == triple[0] for triple in labels.triples):
                found = labels.class_of(label, forward=forward)
                if allowed[found]:
                    targets[row], is_forward[row] = found, forward
    return targets, is_forward
