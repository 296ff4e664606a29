"""Decoding of tag probabilities written by hand: no model."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.ner.decode import decode_mentions, find_best_tags
from extractors.ner.tags import SCHEMES, TagScheme

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


def decode(probs, breaks=(), **changed):
    n = len(probs)
    starts = np.arange(n) * 10
    is_break = np.isin(np.arange(n), [0, *breaks])
    found = decode_mentions(probs, starts, starts + 9, is_break, TYPES, model="m", **changed)
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


def test_bio_begins_every_mention_and_an_inside_tag_follows_its_own_type():
    bio = TagScheme.named("bio", 2)
    assert bio.names(TYPES) == ["O", "B-Method", "I-Method", "B-Dataset", "I-Dataset"]
    allowed = bio.transitions()
    assert allowed[:, [OUT, B_M, B_D]].all()
    assert np.argwhere(allowed[:, [I_M, I_D]]).tolist() == [[1, 0], [2, 0], [3, 1], [4, 1]]


def test_bilou_finishes_what_it_begins():
    bilou = TagScheme.named("bilou", 1)
    names = bilou.names(["X"])
    assert names == ["O", "B-X", "I-X", "L-X", "U-X"]
    following = {
        name: {names[tag] for tag in np.flatnonzero(row)} for name, row in zip(names, bilou.transitions(), strict=True)
    }
    assert following["O"] == following["L-X"] == following["U-X"] == {"O", "B-X", "U-X"}
    assert following["B-X"] == following["I-X"] == {"I-X", "L-X"}
    bioes = TagScheme.named("bioes", 1)
    assert bioes.names(["X"]) == ["O", "B-X", "I-X", "E-X", "S-X"]
    assert np.array_equal(bioes.transitions(), bilou.transitions())


@given(
    scheme=st.sampled_from(SCHEMES),
    gaps=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 1)), max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_mentions_written_as_tags_are_read_back(scheme, gaps):
    tags_of = TagScheme.named(scheme, 2)
    written, tags = [], []
    for gap, length, index in gaps:
        tags += [OUT] * gap
        written.append((len(tags) * 10, (len(tags) + length) * 10 - 1, TYPES[index]))
        tags += tags_of.tags_for(index, length).tolist()
    probs = np.full((len(tags), tags_of.n_tags), 0.01, np.float32)
    probs[range(len(tags)), tags] = 0.9
    assert decode(probs, scheme=scheme) == written


@given(seed=st.integers(0, 10_000), n_words=st.integers(1, 30), scheme=st.sampled_from(SCHEMES))
@settings(max_examples=60, deadline=None)
def test_decoded_tags_are_valid_whatever_the_scores(seed, n_words, scheme):
    draw = np.random.default_rng(seed)
    tags_of = TagScheme.named(scheme, 2)
    is_first = draw.random(n_words) < 0.2
    is_first[0] = True
    tags = find_best_tags(draw.normal(size=(n_words, tags_of.n_tags)).astype(np.float32), is_first, tags_of)
    is_last = np.append(is_first[1:], True)
    assert not tags_of.continuing()[tags[is_first]].any()
    assert not tags_of.unfinished()[tags[is_last]].any()
    inner = ~is_first[1:]
    assert tags_of.transitions()[tags[:-1][inner], tags[1:][inner]].all()


@given(
    seed=st.integers(0, 10_000),
    n_words=st.integers(1, 5),
    cut=st.integers(0, 5),
    scheme=st.sampled_from(["bio", "bilou"]),
)
@settings(max_examples=40, deadline=None)
def test_best_tags_are_those_of_a_search_through_all_sequences(seed, n_words, cut, scheme):
    tags_of = TagScheme.named(scheme, 2 if scheme == "bio" else 1)
    scores = np.random.default_rng(seed).normal(size=(n_words, 5)).astype(np.float32)
    is_first = np.isin(np.arange(n_words), [0, cut])
    allowed, unfinished = tags_of.transitions(), tags_of.unfinished()

    def is_valid(tags):
        before = [OUT if is_first[i] else tags[i - 1] for i in range(n_words)]
        ends = [tags[i] for i in range(n_words) if i + 1 == n_words or is_first[i + 1]]
        return all(allowed[a, b] for a, b in zip(before, tags, strict=True)) and not unfinished[ends].any()

    best = max(filter(is_valid, product(range(5), repeat=n_words)), key=lambda tags: scores[range(n_words), tags].sum())
    assert tuple(find_best_tags(scores, is_first, tags_of).tolist()) == best
