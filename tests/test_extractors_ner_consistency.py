"""Candidates and the verdict over all occurrences of a name: counted by hand and by brute force."""

from pathlib import Path

import numpy as np
import pytest

from extractors.ner.candidates import FEATURES, MAX_WORDS, Candidates, find_candidates
from extractors.ner.consistency import (
    ConsistencyModel,
    choose,
    judge_mentions,
    read_consistency,
    replace_judged,
    write_consistency,
)
from schemas.errors import ModelError
from schemas.records import Mention

TYPES = ("Method", "Dataset")
B_METHOD, I_METHOD, B_DATASET = 1, 2, 3


def tag_probs(n_words: int, **likely: tuple[int, float]) -> np.ndarray:
    """Words that are outside but for ``likely``: tag of a word given as ``w<index>=(tag, probability)``."""
    probs = np.zeros((n_words, 5), np.float32)
    probs[:, 0] = 1.0
    for name, (tag, probability) in likely.items():
        probs[int(name[1:]), [0, tag]] = (1.0 - probability, probability)
    return probs


def feature(candidates: Candidates, name: str) -> np.ndarray:
    return candidates.features[:, FEATURES.index(name)]


def spans(candidates: Candidates) -> list[tuple[int, int]]:
    return list(zip(candidates.first.tolist(), candidates.last.tolist(), strict=True))


def log_odds(probability: float) -> float:
    return float(np.log((probability + 1e-4) / (1 - probability + 1e-4)))


def test_every_occurrence_of_a_likely_name_is_a_candidate() -> None:
    words = ["Foo", "is", "good", ".", "We", "like", "Foo", "."]
    found = find_candidates(tag_probs(8, w0=(B_METHOD, 0.9)), np.zeros(8, bool), words, [0, 1])
    assert spans(found) == [(0, 0), (6, 6)]
    assert feature(found, "local") == pytest.approx([log_odds(0.9), log_odds(0.0)], abs=1e-4)
    assert feature(found, "mean") == pytest.approx([log_odds(0.45)] * 2, abs=1e-4)
    assert feature(found, "others") == pytest.approx([log_odds(0.0), log_odds(0.9)], abs=1e-4)
    assert feature(found, "n_occurrences") == pytest.approx([np.log(2)] * 2)


def test_longer_candidates_and_other_types_are_seen() -> None:
    probs = tag_probs(2, w0=(B_METHOD, 0.6), w1=(I_METHOD, 0.5))
    probs[0, [0, B_DATASET]] = (0.1, 0.3)
    found = find_candidates(probs, np.zeros(2, bool), ["Foo", "net"], [0, 1])
    by_span = {
        (a, b, t): i
        for i, (a, b, t) in enumerate(
            zip(*map(np.ndarray.tolist, (found.first, found.last, found.type_index)), strict=True)
        )
    }
    short, long, other = by_span[0, 0, 0], by_span[0, 1, 0], by_span[0, 0, 1]
    assert feature(found, "longer")[short] == pytest.approx(log_odds(0.3), abs=1e-4)
    assert feature(found, "crossing")[long] == pytest.approx(log_odds(0.3), abs=1e-4)
    assert feature(found, "other_type")[short] == pytest.approx(log_odds(0.3), abs=1e-4)
    assert feature(found, "other_type")[other] == pytest.approx(log_odds(0.3), abs=1e-4)


def test_no_candidate_crosses_a_break() -> None:
    probs = tag_probs(2, w0=(B_METHOD, 0.9), w1=(I_METHOD, 0.9))
    assert (0, 1) in spans(find_candidates(probs, np.array([True, False]), ["a", "b"], [0]))
    assert (0, 1) not in spans(find_candidates(probs, np.array([True, True]), ["a", "b"], [0]))


@pytest.mark.parametrize("seed", range(5))
def test_local_probabilities_by_brute_force(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = 30
    probs = draw.dirichlet(np.full(5, 0.4), n).astype(np.float32)
    is_break = draw.random(n) < 0.15
    words = [str(draw.choice(["a", "b", "C"])) for _ in range(n)]
    found = find_candidates(probs, is_break, words, [0, 1])
    assert len(found) > 20
    assert (found.last - found.first < MAX_WORDS).all()
    for index, (first, last) in enumerate(spans(found)):
        kind = int(found.type_index[index])
        expected = float(probs[first, 2 * kind + 1])
        for word in range(first + 1, last + 1):
            assert not is_break[word]
            expected *= float(probs[word, 2 * kind + 2])
        if last + 1 < n and not is_break[last + 1]:
            expected *= 1 - float(probs[last + 1, 2 * kind + 2])
        assert feature(found, "local")[index] == pytest.approx(log_odds(expected), abs=1e-3)
        text = [w.lower() for w in words[first : last + 1]]
        n_equal = sum(
            [w.lower() for w in words[i : i + len(text)]] == text and not is_break[i + 1 : i + len(text)].any()
            for i in range(n - len(text) + 1)
        )
        assert feature(found, "n_occurrences")[index] == pytest.approx(np.log(n_equal), abs=1e-5)


def test_a_text_without_words_has_no_candidates() -> None:
    assert len(find_candidates(np.zeros((0, 5), np.float32), np.zeros(0, bool), [], [0])) == 0


def model(min_score: float = 0.5) -> ConsistencyModel:
    """Judges by the mean over the occurrences alone."""
    weights = [1.0 if name == "mean" else 0.0 for name in FEATURES]
    return ConsistencyModel(weights, 1.0, {"Method": min_score})


def test_a_name_that_is_clear_in_one_place_is_found_in_the_other() -> None:
    text = "We use Foo . Then Foo failed"
    words = text.split()
    starts = np.array([text.index(w, sum(len(x) + 1 for x in words[:i])) for i, w in enumerate(words)])
    ends = starts + np.array([len(w) for w in words])
    probs = tag_probs(7, w2=(B_METHOD, 0.9), w5=(B_METHOD, 0.1))
    found = judge_mentions(model(), probs, starts, ends, np.zeros(7, bool), text, TYPES, revision="r")
    assert [(text[m.start_char : m.end_char], m.start_char, m.label, m.model) for m in found] == [
        ("Foo", 7, "Method", "r"),
        ("Foo", 18, "Method", "r"),
    ]
    assert found[0].score == found[1].score == pytest.approx(0.731, abs=1e-3)


def test_the_likeliest_of_overlapping_candidates_is_chosen() -> None:
    n = 4
    candidates = Candidates(
        first=np.array([0, 0, 1, 5]),
        last=np.array([1, 0, 2, 5]),
        type_index=np.zeros(n, np.int64),
        features=np.zeros((n, len(FEATURES)), np.float32),
    )
    assert choose(candidates, np.array([0.8, 0.7, 0.9, 0.4]), np.array([0.5])) == [1, 2]


def test_judged_mentions_replace_decoded_ones_of_their_types() -> None:
    decoded = [Mention(0, 3, "Method", 0.9), Mention(10, 13, "Metric", 0.6), Mention(20, 23, "Metric", 0.6)]
    judged = [Mention(10, 16, "Method", 0.7), Mention(20, 25, "Method", 0.5)]
    assert replace_judged(decoded, judged, ("Method",)) == [judged[0], decoded[2]]


def test_model_file(tmp_path: Path) -> None:
    path = tmp_path / "consistency.json"
    assert read_consistency(path) is None
    write_consistency(path, model())
    assert read_consistency(path) == model()
    path.write_text(path.read_text().replace('"plural"', '"singular"'))
    with pytest.raises(ModelError, match="other features"):
        read_consistency(path)
    path.write_text("{")
    with pytest.raises(ModelError, match="not a consistency model"):
        read_consistency(path)
