"""Decoding of tag probabilities written by hand: no model."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.ner.decode import decode_mentions, find_best_tags
from extractors.ner.tags import allowed_transitions, tag_names

TYPES = ["Method", "Dataset"]
OUT, B_M, I_M, B_D, I_D = range(5)


def probs_of(*rows):
    """Rows of {tag: probability}; the rest is shared among the other tags."""
    probs = np.zeros((len(rows), 5), np.float32)
    for index, row in enumerate(rows):
        probs[index] = (1 - sum(row.values())) / (5 - len(row))
        for tag, value in row.items():
            probs[index, tag] = value
    return probs


def decode(probs, breaks=()):
    n = len(probs)
    starts = np.arange(n) * 10
    is_break = np.isin(np.arange(n), [0, *breaks])
    found = decode_mentions(probs, starts, starts + 9, is_break, TYPES, model="m")
    return [(m.start_char, m.end_char, m.label) for m in found]


CASES = {  # name: (probs, breaks, expected)
    "nothing": (probs_of({OUT: 0.9}, {OUT: 0.9}), (), []),
    "one word": (probs_of({OUT: 0.9}, {B_M: 0.9}), (), [(10, 19, "Method")]),
    "two words": (probs_of({B_M: 0.9}, {I_M: 0.9}, {OUT: 0.9}), (), [(0, 19, "Method")]),
    "neighbours of one type": (probs_of({B_M: 0.9}, {B_M: 0.9}), (), [(0, 9, "Method"), (10, 19, "Method")]),
    "neighbours of two types": (probs_of({B_M: 0.9}, {B_D: 0.9}), (), [(0, 9, "Method"), (10, 19, "Dataset")]),
    "inside without begin becomes a mention": (probs_of({OUT: 0.9}, {I_M: 0.6, B_M: 0.3}), (), [(10, 19, "Method")]),
    "inside of another type follows the likelier type": (
        probs_of({B_M: 0.9}, {I_D: 0.5, I_M: 0.4}),
        (),
        [(0, 19, "Method")],
    ),
    "to the last word": (probs_of({B_D: 0.9}, {I_D: 0.9}), (), [(0, 19, "Dataset")]),
    "no mention over a break": (
        probs_of({B_M: 0.9}, {I_M: 0.6, B_M: 0.3}),
        (1,),
        [(0, 9, "Method"), (10, 19, "Method")],
    ),
    "no words": (np.empty((0, 5), np.float32), (), []),
}


@pytest.mark.parametrize(("probs", "breaks", "expected"), CASES.values(), ids=CASES.keys())
def test_decode_mentions(probs, breaks, expected):
    assert decode(probs, breaks) == expected


def test_score_is_the_geometric_mean_of_the_tags():
    probs = probs_of({B_M: 0.9}, {I_M: 0.4, OUT: 0.3})
    (mention,) = decode_mentions(probs, np.array([0, 5]), np.array([4, 9]), np.array([True, False]), TYPES, model="m")
    assert mention.score == pytest.approx(np.sqrt(0.9 * 0.4), rel=1e-5)
    assert mention.model == "m"


def test_tag_names_and_transitions():
    assert tag_names(TYPES) == ["O", "B-Method", "I-Method", "B-Dataset", "I-Dataset"]
    allowed = allowed_transitions(2)
    assert allowed[:, [OUT, B_M, B_D]].all()
    assert np.argwhere(allowed[:, [I_M, I_D]]).tolist() == [[1, 0], [2, 0], [3, 1], [4, 1]]


@given(seed=st.integers(0, 10_000), n_words=st.integers(1, 5), cut=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_best_tags_are_those_of_a_search_through_all_sequences(seed, n_words, cut):
    scores = np.random.default_rng(seed).normal(size=(n_words, 5)).astype(np.float32)
    is_first = np.isin(np.arange(n_words), [0, cut])
    allowed = allowed_transitions(2)

    def is_valid(tags):
        return all(allowed[OUT if is_first[i] else tags[i - 1], tag] for i, tag in enumerate(tags))

    best = max(filter(is_valid, product(range(5), repeat=n_words)), key=lambda tags: scores[range(n_words), tags].sum())
    assert tuple(find_best_tags(scores, is_first)) == best
