"""Spans: the table of all spans, flat and nested decoding, merging of windows. No model decides anything here."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.ner.merging import merge_spans, merge_tags
from extractors.ner.span import SpanScorer, gold_places, pick_spans, span_mask, unknown_spans
from extractors.ner.spans import ScoredSpans, decode_spans, join_spans, word_scores
from extractors.windows import slide_windows

TYPES = ("Method", "Dataset")


def spans_of(*rows):
    """Rows of first, last, type and score."""
    firsts, lasts, types, scores = zip(*rows, strict=True) if rows else ((),) * 4
    return ScoredSpans(
        np.array(firsts, np.int64), np.array(lasts, np.int64), np.array(types, np.int64), np.array(scores, np.float32)
    )


def decode_mentions(spans, breaks=(), n_words=10, **changed):
    starts = np.arange(n_words) * 10
    return decode_spans(spans, starts, starts + 9, np.isin(np.arange(n_words), [0, *breaks]), TYPES, **changed)


def decode(spans, breaks=(), n_words=10, **changed):
    found = decode_mentions(spans, breaks, n_words, **changed)
    return [(m.start_char // 10, m.end_char // 10, m.label) for m in found]


CASES = {  # name: (spans, settings, expected)
    "nothing": (spans_of(), {}, []),
    "likelier of two that overlap": (
        spans_of((0, 2, 0, 0.6), (2, 3, 1, 0.7)),
        {},
        [(2, 3, "Dataset")],
    ),
    "second best that fits": (
        spans_of((0, 2, 0, 0.9), (2, 3, 1, 0.8), (3, 4, 1, 0.7)),
        {},
        [(0, 2, "Method"), (3, 4, "Dataset")],
    ),
    "too unlikely": (spans_of((0, 1, 0, 0.49)), {}, []),
    "likely enough for its type": (spans_of((0, 1, 0, 0.4)), {"min_scores": {"Method": 0.3}}, [(0, 1, "Method")]),
    "not over a break": (spans_of((1, 2, 0, 0.9), (3, 4, 0, 0.8)), {"breaks": (2,)}, [(3, 4, "Method")]),
    "nested": (
        spans_of((0, 4, 0, 0.9), (1, 2, 1, 0.8), (2, 3, 1, 0.7), (6, 7, 1, 0.6)),
        {"nested": True},
        [(0, 4, "Method"), (1, 2, "Dataset"), (6, 7, "Dataset")],
    ),
    "one type a span": (spans_of((0, 4, 0, 0.9), (0, 4, 1, 0.8)), {"nested": True}, [(0, 4, "Method")]),
    "round what was found": (
        spans_of((1, 2, 0, 0.9), (0, 4, 1, 0.8)),
        {"nested": True},
        [(0, 4, "Dataset"), (1, 2, "Method")],
    ),
}


@pytest.mark.parametrize(("spans", "changed", "expected"), CASES.values(), ids=CASES.keys())
def test_decode_spans(spans, changed, expected):
    assert decode(spans, **changed) == expected


@st.composite
def random_spans(draw):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 1), st.floats(0, 1, width=32)), max_size=12
        )
    )
    return spans_of(*((first, min(9, first + extra), index, score) for first, extra, index, score in rows))


@given(spans=random_spans(), nested=st.booleans())
@settings(max_examples=60, deadline=None)
def test_mentions_are_ordered_and_fit_together(spans, nested):
    found = decode(spans, nested=nested)
    assert found == sorted(found, key=lambda mention: (mention[0], -mention[1]))
    for index, (start, end, _) in enumerate(found):
        for other_start, other_end, _ in found[index + 1 :]:
            apart = end < other_start or other_end < start
            inside = (start <= other_start and other_end <= end) or (other_start <= start and end <= other_end)
            assert apart or (nested and inside and (start, end) != (other_start, other_end))


@given(spans=random_spans())
@settings(max_examples=30, deadline=None)
def test_every_likely_span_is_kept_or_gives_way_to_a_likelier_one(spans):
    found = [(m.start_char // 10, m.end_char // 10, m.score) for m in decode_mentions(spans)]
    assert all(score >= 0.5 for *_, score in found)
    for first, last, score in zip(spans.firsts, spans.lasts, spans.scores, strict=True):
        if score >= 0.5:
            assert any(start <= last and first <= end and kept >= score for start, end, kept in found)


def test_word_scores_are_those_of_the_likeliest_span():
    spans = spans_of((0, 2, 0, 0.6), (2, 3, 0, 0.9), (4, 5, 1, 0.8))
    assert word_scores(spans, 0, 6).tolist() == pytest.approx([0.6, 0.6, 0.9, 0.9, 0, 0])


@given(n_tokens=st.integers(0, 90), phase=st.integers(0, 8), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_merged_windows_give_what_one_window_would(n_tokens, phase, seed):
    draw = np.random.default_rng(seed)
    windows = slide_windows([n_tokens], max_tokens=22, overlap=8, phase=phase)
    probs = draw.random((n_tokens, 3)).astype(np.float32)
    (merged,) = merge_tags(windows, [probs[w.start : w.end] for w in windows], [n_tokens], 3)
    assert np.array_equal(merged, probs)
    firsts = np.flatnonzero(draw.random(max(0, n_tokens - 3)) < 0.5)
    whole = ScoredSpans(
        firsts,
        firsts + draw.integers(0, 4, len(firsts)),
        np.zeros(len(firsts), np.int64),
        np.ones(len(firsts), np.float32),
    )
    parts = [whole[(w.start <= whole.firsts) & (whole.lasts < w.end)].shifted(-w.start) for w in windows]
    (found,) = merge_spans(windows, parts, 1)
    assert sorted(zip(found.firsts, found.lasts, strict=True)) == sorted(zip(whole.firsts, whole.lasts, strict=True))


def test_no_spans_are_joined_to_none():
    assert len(join_spans([])) == 0
    assert decode(join_spans([])) == []


def test_scorer_scores_each_span_from_its_own_words():
    torch.manual_seed(0)
    scorer = SpanScorer(8, 3, max_width=4, hidden=6, dropout=0.0).eval()
    vectors = torch.randn(1, 6, 8)
    with torch.no_grad():
        scores = scorer(vectors)
        assert scores.shape == (1, 6, 4, 3)
        for first, extra in ((0, 0), (2, 3), (3, 1)):
            alone = scorer(vectors[:, first : first + extra + 1])
            assert torch.allclose(alone[0, 0, extra], scores[0, first, extra], atol=1e-5)


def test_masks_of_spans():
    mask = torch.tensor([[True, True, True, False]])
    assert span_mask(mask, 2)[0].tolist() == [[True, True], [True, True], [True, False], [False, False]]
    unknown = torch.tensor([[[True], [True], [False], [True]]])
    assert unknown_spans(unknown, 2)[0, :, :, 0].tolist() == [
        [True, True],
        [True, False],
        [False, False],
        [True, False],
    ]


def test_gold_mentions_find_their_places_and_long_ones_are_left_out():
    is_word = torch.tensor([[False, True, False, True, True, True, False]])
    places, types = gold_places([np.array([[1, 4, 1], [1, 5, 0]])], is_word, max_width=3)
    assert places.tolist() == [[0, 0, 2]]
    assert types.tolist() == [1]


def test_picked_spans_are_told_in_columns():
    scores = torch.tensor([[[0.9, 0.01], [0.2, 0.7]], [[0.6, 0.6], [0.6, 0.6]]])
    types = torch.tensor([[[1, 0], [0, 1]], [[0, 0], [0, 0]]])
    valid = torch.tensor([[[True, True], [True, True]], [[True, False], [False, False]]])
    first, second = pick_spans(scores, types, valid, torch.tensor([[1, 4, 6], [2, 3, 0]]))
    assert first.firsts.tolist() == [1, 4, 4]
    assert first.lasts.tolist() == [1, 4, 6]
    assert first.types.tolist() == [1, 0, 1]
    assert second.firsts.tolist() == [2]
    assert second.scores.tolist() == pytest.approx([0.6])
