"""Tag probabilities to mentions: the likeliest valid sequence of tags. Needs no model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.ner.tags import TagScheme
from schemas.records import Mention

# A word less likely than this to continue a mention continues none. It cuts a text into short pieces, which are decoded
# side by side, and changes hardly any mention.
MIN_CONTINUATION = 0.02


def decode_mentions(
    probs: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    is_break: NDArray[np.bool_],
    types: Sequence[str],
    *,
    scheme: str = "bio",
    model: str = "",
) -> list[Mention]:
    """Mentions of one text from the tag probabilities of its words.

    Args:
        probs: Shape (W, K), float32, probabilities of the tags of each word.
        starts: Shape (W,), first character of each word.
        ends: Shape (W,), end of each word in characters.
        is_break: Shape (W,), True where a word cannot continue what was before it.
        types: Entity types, in the order of the tags.
        scheme: Name of the tag scheme.
        model: Written into the mentions.

    Returns:
        Mentions in text order. The score is the geometric mean of the probabilities of a mention's tags.
    """
    if not len(probs):
        return []
    tags_of = TagScheme.named(scheme, len(types))
    continuing = tags_of.continuing()
    log_probs = np.log(np.maximum(probs, 1e-12))
    is_first = is_break | (probs[:, continuing].sum(axis=1) < MIN_CONTINUATION)
    is_first[0] = True
    tags = find_best_tags(log_probs, is_first, tags_of)
    firsts = np.flatnonzero((tags > 0) & ~continuing[tags])
    outside_after = np.append(np.flatnonzero(~continuing[tags]), len(tags))  # where a mention has ended
    lasts = outside_after[np.searchsorted(outside_after, firsts, side="right")] - 1
    sums = np.concatenate([[0.0], np.cumsum(log_probs[np.arange(len(tags)), tags], dtype=np.float64)])
    scores = np.exp((sums[lasts + 1] - sums[firsts]) / (lasts + 1 - firsts))
    return [
        Mention(start, end, label, min(1.0, score), model)
        for start, end, label, score in zip(
            starts[firsts].tolist(),
            ends[lasts].tolist(),
            [types[int(index)] for index in tags_of.types()[tags[firsts]]],
            scores.tolist(),
            strict=True,
        )
    ]


def find_best_tags(
    scores: NDArray[np.float32],
    is_first: NDArray[np.bool_],
    scheme: TagScheme,
    transition_scores: NDArray[np.float32] | None = None,
) -> NDArray[np.int64]:
    """The best valid tags of many independent pieces at once (Viterbi 1967 with forbidden transitions).

    Args:
        scores: Shape (W, K), scores of the tags (log probabilities, or logits of a CRF) of the words of all pieces,
            one after the other.
        is_first: Shape (W,), True at the first word of each piece; the very first is one.
        scheme: Says which tag may follow which, begin a piece and end one.
        transition_scores: Shape (K, K), added where tag b follows tag a, within a piece; default 0.

    Returns:
        Shape (W,), int64, the tags.
    """
    n_words, n_tags = scores.shape
    added = np.float32(0) if transition_scores is None else transition_scores
    transitions = np.where(scheme.transitions(), added, -np.inf).astype(np.float32)  # (K, K)
    firsts = np.flatnonzero(is_first)
    lengths = np.diff(np.append(firsts, n_words))
    order = np.argsort(-lengths, kind="stable")
    firsts, lengths = firsts[order], lengths[order]
    n_active = np.searchsorted(-lengths, -np.arange(1, lengths[0] + 1), side="right")  # pieces with a t-th word
    best = scores[firsts] + np.where(scheme.continuing(), np.float32(-np.inf), np.float32(0))  # (S, K)
    came_from = np.zeros((n_words, n_tags), np.int64)
    for t in range(1, lengths[0]):
        rows = firsts[: n_active[t]] + t
        paths = best[: n_active[t], :, None] + transitions  # (A, K before, K after)
        came_from[rows] = paths.argmax(axis=1)
        best[: n_active[t]] = paths.max(axis=1) + scores[rows]
    tags = np.zeros(n_words, np.int64)
    tags[firsts + lengths - 1] = np.where(scheme.unfinished(), -np.inf, best).argmax(axis=1)
    for t in range(lengths[0] - 1, 0, -1):
        rows = firsts[: n_active[t]] + t
        tags[rows - 1] = came_from[rows, tags[rows]]
    return tags
