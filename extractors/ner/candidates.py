"""Spans that may be mentions, with what the whole text says of them: how likely their words are elsewhere in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.ner.tags import begin_tag, inside_tag

MAX_WORDS = 10
_MIN_PROB = 0.01  # a span less likely than this is a candidate only where its words are likely elsewhere
_LIKELY = 0.25
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # mixes the hash of a word into that of the words before it

FEATURES = (
    "local",  # log-odds of the span by its own context
    "mean",  # of the same words as the same type in the whole text, and so on
    "others",
    "highest",
    "n_occurrences",
    "longer",  # the likeliest candidate that holds it, here and by its mean
    "longer_mean",
    "crossing",  # the likeliest that lies in it or crosses its bounds
    "crossing_mean",
    "other_type",
    "other_type_mean",
    "n_words",
    "n_text_words",
    "inner_capital",
    "first_capital",
    "digit",
    "after_bracket",
    "plural",
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidate spans of one text.

    Attributes:
        first, last: Shape (N,), int64: first and last word, by number.
        type_index: Shape (N,), int64.
        features: Shape (N, F), float32, see ``FEATURES``.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    type_index: NDArray[np.int64]
    features: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.first)


def find_candidates(
    probs: NDArray[np.float32], is_break: NDArray[np.bool_], words: Sequence[str], type_indexes: Sequence[int]
) -> Candidates:
    """Candidates of the given types among the spans of up to ``MAX_WORDS`` words.

    Args:
        probs: Shape (W, K), probabilities of the BIO tags of each word.
        is_break: Shape (W,), True where a word cannot continue what was before it.
        words: The words as printed.
        type_indexes: Types to look for, by their place in the tagger's types.
    """
    numbers: dict[str, int] = {}
    lowered = np.array([numbers.setdefault(word.lower(), len(numbers)) for word in words], np.uint64)
    strings = _string_hashes(lowered, is_break)  # (D, W)
    local = np.stack([_span_probs(probs, is_break, index) for index in type_indexes], axis=-1)  # (D, W, C)
    local[strings == 0] = 0.0
    likely = local > _LIKELY
    found = local > _MIN_PROB
    for column in range(local.shape[-1]):
        repeated = np.isin(strings, np.unique(strings[likely[..., column]])) & (strings != 0)
        found[..., column] |= repeated
    widths, firsts, columns = np.nonzero(found)
    order = np.lexsort((columns, -widths, firsts))
    widths, firsts, columns = widths[order], firsts[order], columns[order]
    features = _describe(
        local[widths, firsts, columns], strings[widths, firsts], strings, firsts, widths, columns, words
    )
    return Candidates(firsts, firsts + widths, np.asarray(type_indexes, np.int64)[columns], features)


def _string_hashes(word_ids: NDArray[np.uint64], is_break: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Shape (D, W): a number for the words i to i + d, equal for equal words; 0 where they would cross a break."""
    n = len(word_ids)
    hashes = np.zeros((MAX_WORDS, n), np.uint64)
    mixed = (word_ids + np.uint64(1)) * _MULTIPLIER
    hashes[0] = mixed ^ (mixed >> np.uint64(31))
    for d in range(1, min(MAX_WORDS, n)):
        before, word = hashes[d - 1, : n - d], hashes[0, d:]
        joined = (before * _MULTIPLIER + word) * _MULTIPLIER
        joined ^= joined >> np.uint64(29)
        hashes[d, : n - d] = np.where((before != 0) & ~is_break[d:], joined | np.uint64(1), 0)
    return hashes


def _span_probs(probs: NDArray[np.float32], is_break: NDArray[np.bool_], type_index: int) -> NDArray[np.float64]:
    """Shape (D, W): probability that words i to i + d are a mention of the type and that it ends there."""
    n = len(probs)
    inside = probs[:, inside_tag(type_index)].astype(np.float64)
    ends = np.ones(n)
    ends[:-1] = 1.0 - np.where(is_break[1:], 0.0, inside[1:])
    running = probs[:, begin_tag(type_index)].astype(np.float64)
    result = np.zeros((MAX_WORDS, n))
    result[0] = running * ends
    for d in range(1, min(MAX_WORDS, n)):
        running = running[: n - d] * np.where(is_break[d:], 0.0, inside[d:])
        result[d, : n - d] = running * ends[d:]
    return result


def _describe(
    local: NDArray[np.float64],
    string: NDArray[np.uint64],
    strings: NDArray[np.uint64],
    firsts: NDArray[np.int64],
    widths: NDArray[np.int64],
    columns: NDArray[np.int64],
    words: Sequence[str],
) -> NDArray[np.float32]:
    if not len(local):
        return np.zeros((0, len(FEATURES)), np.float32)
    key = string * _MULTIPLIER + columns.astype(np.uint64)
    _, group = np.unique(key, return_inverse=True)
    known, counts = np.unique(strings, return_counts=True)
    n_occurrences = counts[np.searchsorted(known, string)].astype(np.float64)
    total = np.bincount(group, local)[group]
    highest = np.zeros(group.max() + 1)
    np.maximum.at(highest, group, local)
    mean = total / n_occurrences
    others = np.where(n_occurrences > 1, (total - local) / np.maximum(n_occurrences - 1, 1), mean)
    around = _overlapping(firsts, firsts + widths, columns, local, mean)
    shapes = _shapes(words, firsts, firsts + widths)
    n_text_words = np.full(len(local), np.log(len(words)))
    return np.column_stack(
        [
            _log_odds(local),
            _log_odds(mean),
            _log_odds(others),
            _log_odds(highest[group]),
            np.log(n_occurrences),
            *(_log_odds(column) for column in around),
            widths + 1,
            n_text_words,
            shapes,
        ]
    ).astype(np.float32)


def _overlapping(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    column: NDArray[np.int64],
    local: NDArray[np.float64],
    mean: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shape (6, N): the highest probability, here and on average, of longer, crossing and other-typed candidates.

    Candidates come in the order of their first words, so those that overlap one are its neighbours.
    """
    n = len(first)
    result = np.zeros((6, n))
    for step in range(1, n):
        a, b = np.arange(n - step), np.arange(step, n)
        near = first[b] <= last[a]
        if not near.any():
            if (first[b] - first[a] > MAX_WORDS).all():
                break
            continue
        a, b = a[near], b[near]
        same = (first[a] == first[b]) & (last[a] == last[b])
        a_holds_b = ~same & (first[a] <= first[b]) & (last[a] >= last[b])
        b_holds_a = ~same & (first[b] <= first[a]) & (last[b] >= last[a])
        crossing = ~same & ~a_holds_b & ~b_holds_a
        for one, other, holds in ((a, b, b_holds_a), (b, a, a_holds_b)):
            for row, chosen in ((0, holds), (2, (a_holds_b | b_holds_a) & ~holds | crossing), (4, same)):
                np.maximum.at(result[row], one[chosen], local[other[chosen]])
                np.maximum.at(result[row + 1], one[chosen], mean[other[chosen]])
    return result


def _shapes(words: Sequence[str], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Shape (N, 5): inner capital, first capital, a digit, an opening bracket before it, an s at its end."""
    looks = {word: _look(word) for word in set(words)}
    starts, inner, upper, digit, bracket, plural = np.array([looks[word] for word in words], bool).T
    n_upper, n_digit = (np.concatenate([[0], np.cumsum(column)]) for column in (upper, digit))
    return np.column_stack(
        [
            inner[first] | (n_upper[last + 1] > n_upper[first + 1]),
            starts[first],
            n_digit[last + 1] > n_digit[first],
            bracket[first - 1] & (first > 0),
            plural[last],
        ]
    )


def _look(word: str) -> tuple[bool, ...]:
    """A capital at its start, behind that, anywhere; a digit; whether it is an opening bracket; an s at its end."""
    starts, inner = word[:1].isupper(), any(map(str.isupper, word[1:]))
    return starts, inner, starts or inner, any(map(str.isdigit, word)), word == "(", word.endswith("s")


def _log_odds(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((probs + 1e-4) / (1.0 - probs + 1e-4))
