"""Candidate pairs, classes and windows, by hand."""

import numpy as np
import pytest
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.relations.labels import RelationLabels
from extractors.relations.pairs import PairSettings, find_pairs
from extractors.relations.windows import batch_windows, build_windows
from schemas.records import Mention, Span

LABELS = RelationLabels(
    ("Method", "Dataset", "Task"),
    (
        ("evaluated_on", "Method", "Dataset"),
        ("used_for", "Method", "Task"),
        ("part_of", "Method", "Method"),
        ("compared_with", "Method", "Method"),
    ),
    ("compared_with",),
)
TEXT = "BERT beats ELMo on SQuAD. GLUE is for parsing and MNLI."
SENTENCES = [Span(0, 25), Span(26, 55)]


def mention(name, label, text=TEXT, score=0.9):
    start = text.index(name)
    return Mention(start, start + len(name), label, score)


MENTIONS = [
    mention("SQuAD", "Dataset"),
    mention("ELMo", "Method", score=0.5),
    mention("BERT", "Method"),
    mention("GLUE", "Dataset"),
    mention("parsing", "Task"),
    mention("MNLI", "Dataset"),
    mention("beats", "Metric"),
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = write_tiny_encoder(tmp_path_factory.mktemp("tiny"), ["bert", "beats", "on", "is", "for", "and"])
    return load_encoder(str(folder)).tokenizer


def named(pairs):
    return [
        tuple(TEXT[MENTIONS[sentence.mentions[i]].start_char :].split()[0].strip(".") for i in pair)
        for sentence in pairs
        for pair in sentence.pairs.tolist()
    ]


def test_classes_have_both_directions_unless_symmetric():
    assert LABELS.classes == (
        ("", True),
        ("evaluated_on", True),
        ("evaluated_on", False),
        ("used_for", True),
        ("used_for", False),
        ("part_of", True),
        ("part_of", False),
        ("compared_with", True),
    )
    assert LABELS.class_of("compared_with", forward=False) == LABELS.class_of("compared_with", forward=True) == 7
    with pytest.raises(KeyError):
        LABELS.class_of("synonym_of", forward=True)


def test_types_decide_which_classes_are_allowed():
    allowed = [np.flatnonzero(LABELS.allowed[i, j]).tolist() for i, j in ((0, 1), (1, 0), (0, 0), (1, 2))]
    assert allowed == [[0, 1], [0, 2], [0, 5, 6, 7], [0]]


def test_pairs_are_within_a_sentence_and_of_types_that_allow_a_relation():
    found = find_pairs(MENTIONS, SENTENCES, LABELS)
    assert named(found) == [("BERT", "ELMo"), ("BERT", "SQuAD"), ("ELMo", "SQuAD")]
    assert (found[0].start_char, found[0].end_char) == (0, 25)


@pytest.mark.parametrize(
    ("settings", "expected"),
    {
        "distance": (PairSettings(max_distance=8), [("BERT", "ELMo"), ("ELMo", "SQuAD")]),
        "nearest are kept": (PairSettings(max_pairs=1), [("ELMo", "SQuAD")]),
        "certainty": (PairSettings(min_certainty=0.5), [("BERT", "SQuAD")]),
        "mentions between": (PairSettings(max_between=0), [("BERT", "ELMo"), ("ELMo", "SQuAD")]),
    }.values(),
)
def test_pairs_are_limited(settings, expected):
    assert named(find_pairs(MENTIONS, SENTENCES, LABELS, settings)) == expected


def test_no_pair_of_a_mention_with_itself_under_another_type():
    twice = [mention("BERT", "Method"), mention("BERT", "Dataset")]
    assert find_pairs(twice, SENTENCES, LABELS) == []


def test_a_thousand_names_in_a_row_make_few_pairs():
    text = "BERT " * 1000
    many = [Mention(5 * i, 5 * i + 4, "Method", 1.0) for i in range(1000)]
    found = find_pairs(many, [Span(0, len(text))], LABELS)
    assert len(found[0].pairs) == 2000


def windows_of(tokenizer, *, max_tokens=64, context=0, text=TEXT, mentions=MENTIONS, sentences=SENTENCES):
    candidates = find_pairs(mentions, sentences, LABELS)
    return build_windows(
        0, text, mentions, sentences, candidates, LABELS, tokenizer, max_tokens=max_tokens, context=context
    )


def test_a_window_holds_the_tokens_of_its_mentions(tokenizer):
    (window,) = windows_of(tokenizer)
    tokens = tokenizer.convert_ids_to_tokens(window.token_ids.tolist())
    assert (tokens[0], tokens[-1]) == ("[CLS]", "[SEP]")
    spelled = ["".join(tokens[first : last + 1]).replace("##", "") for first, last in window.mention_tokens.tolist()]
    assert spelled == ["bert", "elmo", "squad"]
    assert window.sentences.tolist() == [[0, 25]] * 3
    assert window.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_context_adds_the_neighbours_and_keeps_the_pairs(tokenizer):
    (alone,), (wide,) = windows_of(tokenizer), windows_of(tokenizer, context=1)
    assert len(wide.token_ids) > len(alone.token_ids)
    assert wide.pairs.tolist() == alone.pairs.tolist()
    assert wide.sentence_tokens.tolist() == alone.sentence_tokens.tolist()


def test_a_sentence_longer_than_a_window_is_cut_and_keeps_near_pairs(tokenizer):
    text = "BERT on SQuAD " + "x " * 100 + "ELMo on GLUE"
    mentions = [
        mention("BERT", "Method", text),
        mention("SQuAD", "Dataset", text),
        mention("ELMo", "Method", text),
        mention("GLUE", "Dataset", text),
    ]
    windows = windows_of(tokenizer, max_tokens=32, text=text, mentions=mentions, sentences=[Span(0, len(text))])
    assert [window.mention_ids[window.pairs].tolist() for window in windows] == [[[0, 1]], [[2, 3]]]
    assert all(len(window.token_ids) <= 32 for window in windows)


def test_batches_are_by_length_and_hold_each_window_once(tokenizer):
    windows = windows_of(tokenizer) * 5 + windows_of(tokenizer, context=1) * 3
    batches = batch_windows(windows, max_batch_tokens=80)
    assert sorted(i for batch in batches for i in batch) == list(range(8))
    assert all(len(batch) * max(len(windows[i].token_ids) for i in batch) <= 80 for batch in batches)
    assert {*batches[0]} <= {5, 6, 7}
