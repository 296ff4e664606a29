"""Candidate pairs: which two mentions of a text may stand in a relation at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.relations.labels import RelationLabels
from schemas.records import Mention, Span


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Limits on candidate pairs.

    Attributes:
        max_distance: Most characters between the two mentions.
        max_between: Most mentions between the two, which keeps a list of a thousand names from making a million pairs.
        max_pairs: Most pairs of one sentence; the nearest are kept.
        min_certainty: Least product of both mentions' scores.
    """

    max_distance: int = 1000
    max_between: int = 60
    max_pairs: int = 2000
    min_certainty: float = 0.0


@dataclass(frozen=True, slots=True)
class SentencePairs:
    """The mentions of one sentence and its candidate pairs.

    Attributes:
        start_char: Start of the sentence in the text.
        end_char: End of the sentence in the text.
        mentions: Indices into the text's mentions, in text order.
        pairs: Shape (n_pairs, 2), int64, positions in ``mentions``; the first of a pair comes first in the text.
    """

    start_char: int
    end_char: int
    mentions: tuple[int, ...]
    pairs: NDArray[np.int64]


def find_pairs(
    mentions: Sequence[Mention],
    sentences: Sequence[Span],
    labels: RelationLabels,
    settings: PairSettings | None = None,
) -> list[SentencePairs]:
    """Find the candidate pairs of a text: two mentions in one sentence whose types allow a relation.

    Args:
        mentions: Mentions of the text, in any order; types that ``labels`` does not know are passed over.
        sentences: Sentences of the text, in any order, not overlapping.
        labels: The relations in question.
        settings: Limits; default ``PairSettings()``.

    Returns:
        The sentences with at least one pair, in text order.
    """
    settings = settings or PairSettings()
    order = sorted(
        (i for i, mention in enumerate(mentions) if mention.label in labels.type_ids),
        key=lambda i: (mentions[i].start_char, mentions[i].end_char, mentions[i].label),
    )
    starts = np.array([mentions[i].start_char for i in order], dtype=np.int64)
    found = []
    for sentence in sorted(sentences, key=lambda span: span.start_char):
        low, high = np.searchsorted(starts, (sentence.start_char, sentence.end_char)).tolist()
        inside = tuple(i for i in order[low:high] if mentions[i].end_char <= sentence.end_char)
        if len(inside) < 2:
            continue
        pairs = _pairs_within([mentions[i] for i in inside], labels, settings)
        if len(pairs):
            found.append(SentencePairs(sentence.start_char, sentence.end_char, inside, pairs))
    return found


def _pairs_within(mentions: Sequence[Mention], labels: RelationLabels, settings: PairSettings) -> NDArray[np.int64]:
    """Pairs among the mentions of one sentence, nearest kept: shape (n_pairs, 2), int64."""
    types = np.array([labels.type_ids[mention.label] for mention in mentions])
    starts = np.array([mention.start_char for mention in mentions])
    ends = np.array([mention.end_char for mention in mentions])
    steps = range(1, min(len(mentions), settings.max_between + 2))
    first = np.concatenate([np.arange(len(mentions) - step) for step in steps])
    second = np.concatenate([np.arange(step, len(mentions)) for step in steps])
    distance = starts[second] - ends[first]
    same_place = (starts[first] == starts[second]) & (ends[first] == ends[second])
    scores = np.array([mention.score for mention in mentions])
    keep = labels.eligible[types[first], types[second]] & (distance <= settings.max_distance) & ~same_place
    keep &= scores[first] * scores[second] >= settings.min_certainty
    nearest = np.argsort(distance[keep], kind="stable")[: settings.max_pairs]
    pairs = np.stack([first[keep], second[keep]], axis=1)[nearest]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
