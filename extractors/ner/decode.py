"""Tag probabilities to mentions: the likeliest valid BIO sequence. Needs no model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.ner.tags import allowed_transitions
from schemas.records import Mention

# A word less likely than this to continue a mention continues none. It cuts a text into short pieces, which are decoded
# side by side, and changes hardly any mention.
MIN_CONTINUATION = 0.005


def decode_mentions(
    probs: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    is_break: NDArray[np.bool_],
    types: Sequence[str],
    *,
    model: str = "",
) -> list[Mention]:
    """Mentions of one text from the tag probabilities of its words.

    Args:
        probs: Shape (W, K), float32, probabilities of the BIO tags of each word.
        starts: Shape (W,), first character of each word.
        ends: Shape (W,), end of each word in characters.
        is_break: Shape (W,), True where a word cannot continue what was before it.
        types: Entity types, in the order of the tags.
        model: Written into the mentions.

    Returns:
        Mentions in text order. The score is the geometric mean of the probabilities of a mention's tags.
    """
    if not len(probs):
        return []
    log_probs = np.log(np.maximum(probs, 1e-12))
    cannot_continue = is_break | (probs[:, 2::2].sum(axis=1) < MIN_CONTINUATION)
    cannot_continue[0] = True
    tags = find_best_tags(log_probs, cannot_continue)
    firsts = np.flatnonzero(tags % 2 == 1)
    is_inside = (tags > 0) & (tags % 2 == 0)
    outside_after = np.append(np.flatnonzero(~is_inside), len(tags))  # where a mention has ended
    lasts = outside_after[np.searchsorted(outside_after, firsts, side="right")] - 1
    sums = np.concatenate([[0.0], np.cumsum(log_probs[np.arange(len(tags)), tags], dtype=np.float64)])
    scores = np.exp((sums[lasts + 1] - sums[firsts]) / (lasts + 1 - firsts))
    return [
        Mention(start, end, types[int(tag) // 2], min(1.0, score), model)
        for start, end, tag, score in zip(
            starts[firsts].tolist(), ends[lasts].tolist(), tags[firsts].tolist(), scores.tolist(), strict=True
        )
    ]


def find_best_tags(log_probs: NDArray[np.float32], is_first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The likeliest valid tags of many independent pieces at once (Viterbi 1967 with forbidden transitions).

    Args:
        log_probs: Shape (W, K), log probabilities of the tags of the words of all pieces, one after the other.
        is_first: Shape (W,), True at the first word of each piece; the very first is one.

    Returns:
        Shape (W,), int64, the tags.
    """
    n_words, n_tags = log_probs.shape
    transitions = np.where(allowed_transitions(n_tags // 2), 0.0, -np.inf).astype(np.float32)  # (K, K)
    firsts = np.flatnonzero(is_first)
    lengths = np.diff(np.append(firsts, n_words))
    order = np.argsort(-lengths, kind="stable")
    firsts, lengths = firsts[order], lengths[order]
    n_active = np.searchsorted(-lengths, -np.arange(1, lengths[0] + 1), side="right")  # pieces with a t-th word
    scores = log_probs[firsts] + transitions[0]  # (S, K); a piece begins as if after an outside word
    came_from = np.zeros((n_words, n_tags), np.int64)
    for t in range(1, lengths[0]):
        rows = firsts[: n_active[t]] + t
        paths = scores[: n_active[t], :, None] + transitions  # (A, K before, K after)
        came_from[rows] = paths.argmax(axis=1)
        scores[: n_active[t]] = paths.max(axis=1) + log_probs[rows]
    tags = np.zeros(n_words, np.int64)
    tags[firsts + lengths - 1] = scores.argmax(axis=1)
    for t in range(lengths[0] - 1, 0, -1):
        rows = firsts[: n_active[t]] + t
        tags[rows - 1] = came_from[rows, tags[rows]]
    return tags
