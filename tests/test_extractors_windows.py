"""Windows: exact offsets, regions, line ends, the cheapest overlap, and every token in exactly one window's keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.windows import batch_by_length, pad_windows, slide_windows, tokenize_texts
from schemas.records import Span


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return load_encoder(
        str(write_tiny_encoder(tmp_path_factory.mktemp("encoder"), ["we", "train", "bert", "on", "squad"]))
    )


def spelled(text, stream):
    return [text[start:end] for start, end in zip(stream.starts, stream.ends, strict=True)]


def test_offsets_spell_the_text(encoder):
    text = "We train  BERT on SQuAD, naïve!"
    (stream,) = tokenize_texts([text], encoder)
    words = stream.starts[stream.is_word]
    assert [text[s:e] for s, e in zip(words, stream.word_ends(), strict=True)] == [
        "We", "train", "BERT", "on", "SQuAD", ",", "naïve", "!",
    ]  # fmt: skip
    assert stream.is_break.tolist() == [True] + [False] * (len(stream) - 1)


def test_line_ends_are_tokens_but_no_words(encoder):
    text = "We train\n\nBERT\non"
    (stream,) = tokenize_texts([text], encoder)
    assert spelled(text, stream) == ["We", "train", "", "BERT", "", "on"]
    assert (stream.ids == encoder.newline_id).tolist() == [False, False, True, False, True, False]
    assert stream.is_word.tolist() == [True, True, False, True, False, True]
    assert stream.word_ends().tolist() == [2, 8, 14, 17]


def test_regions_keep_their_tokens_and_break_between(encoder):
    text = "We train BERT on SQuAD"
    (stream,) = tokenize_texts([text], encoder, [[Span(14, 22), Span(0, 8)]])
    assert spelled(text, stream) == ["We", "train", "on", "SQuAD"]
    assert stream.is_break.tolist() == [True, False, True, False]


def test_line_end_between_regions_is_kept(encoder):
    text = "We\n\ntrain BERT"
    (stream,) = tokenize_texts([text], encoder, [[Span(0, 2), Span(4, 9)]])
    assert stream.ids.tolist()[1] == encoder.newline_id
    assert stream.is_break.tolist() == [True, False, True]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_texts_without_words(encoder, text):
    (stream,) = tokenize_texts([text], encoder)
    assert len(stream) == 0
    assert stream.word_ends().tolist() == []
    assert slide_windows([len(stream)]) == []


def test_no_regions_no_tokens(encoder):
    (stream,) = tokenize_texts(["We train"], encoder, [[]])
    assert len(stream) == 0


def test_texts_are_apart(encoder):
    alone = [tokenize_texts([text], encoder)[0] for text in ("We train", "BERT\non")]
    together = tokenize_texts(["We train", "BERT\non"], encoder)
    for one, other in zip(alone, together, strict=True):
        assert one.ids.tolist() == other.ids.tolist()


@given(
    lengths=st.lists(st.integers(0, 700), max_size=5),
    max_tokens=st.integers(12, 260),
    overlap=st.integers(0, 8),
    phase=st.integers(0, 1),
)
@settings(deadline=None)
def test_every_token_is_kept_once_in_a_window_that_sees_it(lengths, max_tokens, overlap, phase):
    windows = slide_windows(lengths, max_tokens=max_tokens, overlap=overlap, phase=phase)
    kept = [np.zeros(n, int) for n in lengths]
    for window in windows:
        assert window.start <= window.keep_start <= window.keep_end <= window.end
        assert 0 < len(window) <= max_tokens - 2
        kept[window.text_index][window.keep_start : window.keep_end] += 1
    assert all((counts == 1).all() for counts in kept)


def test_a_token_belongs_to_the_window_where_it_is_farthest_from_a_border():
    first, second = slide_windows([100], max_tokens=62, overlap=20)
    assert (first.start, first.end, second.start, second.end) == (0, 60, 40, 100)
    assert (first.keep_start, first.keep_end, second.keep_start, second.keep_end) == (0, 50, 50, 100)


def test_windows_of_a_text_are_equally_long():
    lengths = {len(window) for window in slide_windows([300])}
    assert lengths == {158}


@pytest.mark.parametrize("n_tokens", [2_000, 10_000, 50_000])
def test_overlap_costs_at_most_15_percent(n_tokens):
    seen = sum(len(window) for window in slide_windows([n_tokens]))
    assert seen <= 1.15 * n_tokens


def test_phase_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="cannot overlap"):
        slide_windows([100], max_tokens=22, overlap=15, phase=5)


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(1, 1000))
def test_batches_hold_all_and_not_more_than_the_limit(lengths, limit):
    batches = batch_by_length(lengths, limit)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= limit


def test_padding_and_special_tokens(encoder):
    ids, mask = pad_windows([np.array([7, 8, 9]), np.array([7])], encoder)
    assert ids.tolist() == [[3, 7, 8, 9, 4], [3, 7, 4, 0, 0]]
    assert mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
