"""Scored spans to mentions: the best ones that do not overlap, or that nest. Needs no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.records import Mention

MIN_SCORE = 0.5  # of a mention of a type for which nothing else is said
KEPT_SCORE = 0.05  # spans below this are thrown away in the window; no threshold is lower


@dataclass(frozen=True, slots=True)
class ScoredSpans:
    """Candidates for mentions, each with the probability that it is one.

    Attributes:
        firsts, lasts: Shape (N,), int64: index of the first and the last word or token, both in the span.
        types: Shape (N,), int64: index of the type.
        scores: Shape (N,), float32.
    """

    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]
    types: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.firsts)

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "ScoredSpans":
        return ScoredSpans(self.firsts[chosen], self.lasts[chosen], self.types[chosen], self.scores[chosen])

    def shifted(self, offset: int) -> "ScoredSpans":
        """The same spans, their indices moved."""
        return ScoredSpans(self.firsts + offset, self.lasts + offset, self.types, self.scores)


def join_spans(parts: Sequence[ScoredSpans]) -> ScoredSpans:
    """All spans of several sets."""
    if not parts:
        nothing = np.empty(0, np.int64)
        return ScoredSpans(nothing, nothing, nothing, np.empty(0, np.float32))
    return ScoredSpans(
        np.concatenate([part.firsts for part in parts]),
        np.concatenate([part.lasts for part in parts]),
        np.concatenate([part.types for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def decode_spans(
    spans: ScoredSpans,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    is_break: NDArray[np.bool_],
    types: Sequence[str],
    *,
    min_scores: Mapping[str, float] | None = None,
    nested: bool = False,
    model: str = "",
) -> list[Mention]:
    """Mentions of one text from scored spans of words: the likeliest first, then what still fits.

    Args:
        spans: Candidates, in any order.
        starts: Shape (W,), first character of each word.
        ends: Shape (W,), end of each word in characters.
        is_break: Shape (W,), True where a word cannot continue what was before it.
        types: Entity types.
        min_scores: Lowest score of a mention per type; ``MIN_SCORE`` for others.
        nested: Keep mentions inside others (and the other way round), as long as none cross.
        model: Written into the mentions.

    Returns:
        Mentions in text order, of two with the same start the longer one first.
    """
    lowest = np.array([(min_scores or {}).get(label, MIN_SCORE) for label in types], np.float32)
    n_breaks = np.cumsum(is_break)
    spans = spans[spans.scores >= lowest[spans.types]]
    spans = spans[n_breaks[spans.firsts] == n_breaks[spans.lasts]]
    best_first = spans[np.lexsort((spans.lasts, spans.firsts, -spans.scores))]
    kept = best_first[_fitting(best_first, len(starts), nested=nested)]
    kept = kept[np.lexsort((kept.types, -kept.lasts, kept.firsts))]
    return [
        Mention(start, end, label, min(1.0, score), model)
        for start, end, label, score in zip(
            starts[kept.firsts].tolist(),
            ends[kept.lasts].tolist(),
            [types[int(index)] for index in kept.types],
            kept.scores.tolist(),
            strict=True,
        )
    ]


def _fitting(spans: ScoredSpans, n_words: int, *, nested: bool) -> NDArray[np.int64]:
    """Indices of the spans that go with all those kept before them."""
    taken = np.zeros(n_words, bool)
    found: list[tuple[int, int]] = []
    kept = []
    for index, (first, last) in enumerate(zip(spans.firsts.tolist(), spans.lasts.tolist(), strict=True)):
        if taken[first : last + 1].any() and not (nested and _nests(first, last, found)):
            continue
        taken[first : last + 1] = True
        found.append((first, last))
        kept.append(index)
    return np.array(kept, np.int64)


def _nests(first: int, last: int, others: Sequence[tuple[int, int]]) -> bool:
    """True if a span is another one than all others, and lies apart from, in or round each of them."""
    return (first, last) not in others and all(
        last < start or end < first or (start <= first and last <= end) or (first <= start and end <= last)
        for start, end in others
    )


def word_scores(spans: ScoredSpans, type_index: int, n_words: int) -> NDArray[np.float32]:
    """Shape (n_words,), float32: score of the likeliest span of a type that covers each word; 0 if there is none."""
    scores = np.zeros(n_words, np.float32)
    of_type = spans[spans.types == type_index]
    for first, last, score in zip(of_type.firsts.tolist(), of_type.lasts.tolist(), of_type.scores, strict=True):
        scores[first : last + 1] = np.maximum(scores[first : last + 1], score)
    return scores
