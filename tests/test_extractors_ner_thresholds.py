"""Least scores fitted on held-out texts: only what makes a clear difference, and only for types that are annotated."""

import json

import numpy as np
import pytest
import torch
from tiny_models import write_tiny_models

from extractors.evaluation.calibration import Judged
from extractors.ner import thresholds
from extractors.ner.tagger import Tagger, read_config, tag_texts
from extractors.ner.thresholds import USUAL, fit_min_scores, without_least_scores, write_min_scores
from extractors.training.corpora import Entity, GoldText

TEXT = "GridNet reaches 84.2% accuracy on ToyBank, which is more than BaseNet."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_models(tmp_path_factory.mktemp("models"))[0]


def judged(pairs, n_gold):
    return Judged(np.array([score for score, _ in pairs]), np.array([right for _, right in pairs]), n_gold)


def test_flat_f1_keeps_the_usual_threshold():
    pairs = [(0.9, True)] * 99 + [(0.2, False)] * 1  # 0.22 is best, by a hair
    assert thresholds._choose(judged(pairs, 100)) == pytest.approx(USUAL, abs=0.011)


def test_clear_gain_moves_the_threshold():
    pairs = [(0.9, True)] * 50 + [(0.55, False)] * 50
    assert thresholds._choose(judged(pairs, 50)) == pytest.approx(0.56)
    pairs = [(0.9, True)] * 50 + [(0.2, True)] * 50
    assert thresholds._choose(judged(pairs, 100)) == pytest.approx(0.2)


def test_only_annotated_types_get_a_threshold(folder):
    tagger = Tagger.load(folder, torch.device("cpu"))
    text = GoldText("a", "", TEXT, (), (Entity("T1", 0, 7, "Method"),), (), frozenset({"Method", "Author"}))
    assert fit_min_scores(tagger, [[text]]).keys() == {"Method"}


def test_unlikely_mentions_are_found_only_inside(folder):
    tagger = Tagger.load(folder, torch.device("cpu"))
    free = tag_texts(tagger, [TEXT])
    tagger.config = read_config(folder / "config.json")
    write_min_scores(folder, dict.fromkeys(tagger.config.types, 0.99))
    strict = Tagger.load(folder, torch.device("cpu"))
    assert tag_texts(strict, [TEXT]) == [()]
    with without_least_scores(strict):
        assert len(tag_texts(strict, [TEXT])[0]) >= len([m for m in free[0] if m.label != "Result"])
    assert tag_texts(strict, [TEXT]) == [()]


def test_other_types_keep_their_thresholds(folder):
    write_min_scores(folder, {"Method": 0.4, "Task": 0.3})
    write_min_scores(folder, {"Method": 0.5})
    record = json.loads((folder / "config.json").read_text())
    assert (record["min_scores"]["Method"], record["min_scores"]["Task"]) == (0.5, 0.3)
    assert read_config(folder / "config.json").min_scores["Method"] == 0.5
