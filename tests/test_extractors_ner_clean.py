"""Rules on what a tagger finds, and numbers that are results."""

import re

import numpy as np
import pytest

from extractors.ner.clean import clean_mentions, with_sized_methods
from extractors.ner.results import find_results
from schemas.records import Mention

TEXT = (
    "Bo Wu12 of 3USDA-ARS and 3M Labs: a tally of 80.5% (97%-98% before), 35 BOOM and 28.4 BOOM, a learning rate of "
    "0.1; INSERM U1016, a 2.5% error reduction on SQuAD 1.1; "
    "BERT (large) and (our GPT (small\tCIFAR, Random Kale (RK), Marsh / Moor; Heath by Wk. N.C. We ran on MoS v1.1. On "
    "COCO val. Then MoX. of"
)
CASES = {  # name: (found, expected)
    "mark behind an author": ([("Bo Wu12", "Author")], [("Bo Wu", "Author")]),
    "mark before an institution": ([("3USDA-ARS", "Institution")], [("USDA-ARS", "Institution")]),
    "number in an institution": ([("3M Labs", "Institution")], [("3M Labs", "Institution")]),
    "number at its end": ([("INSERM U1016", "Institution")], [("INSERM U1016", "Institution")]),
    "setting": ([("learning rate", "Metric")], []),
    "metric": ([("tally", "Metric"), ("BOOM", "Metric")], [("tally", "Metric"), ("BOOM", "Metric")]),
    "bracket that closes right behind": ([("BERT (large", "Method")], [("BERT (large)", "Method")]),
    "bracket that never closes": ([("GPT (small", "Method")], [("GPT", "Method")]),
    "two cells of a table": ([("small\tCIFAR", "Dataset")], []),
    "bracket that opens before": ([("RK)", "Method")], [("RK", "Method")]),
    "comma at the end": ([("Random Kale (RK),", "Method")], [("Random Kale (RK)", "Method")]),
    "two names": ([("Marsh / Moor;", "Dataset")], [("Marsh", "Dataset"), ("Moor", "Dataset")]),
    "symbol": ([("Wk", "Method")], []),
    "variable of three letters": ([("our", "Method")], []),
    "short form of two letters": ([("RK", "Method")], [("RK", "Method")]),
    "full stop of the sentence": ([("MoS v1.1.", "Dataset")], [("MoS v1.1", "Dataset")]),
    "full stops of initials": ([("N.C.", "Method")], [("N.C.", "Method")]),
    "full stop of a shortened word": ([("COCO val.", "Dataset")], [("COCO val.", "Dataset")]),
    "full stop within a sentence": ([("MoX.", "Method")], [("MoX.", "Method")]),
    "setting as a method": ([("learning rate", "Method")], [("learning rate", "Method")]),
}
SIZES = {  # text: labels of its mentions as found, and as they should be
    "Oak and Oak-base": ("Method", "Dataset", "Method"),
    "Oak and OAKLARGE": ("Method", "Dataset", "Method"),
    "Oak and Oak-base fir": ("Method", "Dataset", "Method"),
    "Oak and Elm-base": ("Method", "Dataset", "Dataset"),
    "Oak and Oak-large ": ("Dataset", "Dataset", "Dataset"),
    "Oak and Oakbase": ("Method", "Task", "Task"),
}


@pytest.mark.parametrize(("text", "labels"), SIZES.items(), ids=SIZES.keys())
def test_a_method_with_a_size_is_a_method(text, labels):
    whole, sized, expected = labels
    found = [Mention(0, 3, whole, 0.9), Mention(8, len(text.strip()), sized, 0.8)]
    assert [m.label for m in with_sized_methods(text, found)] == [whole, expected]


RESULTS = {  # name: (other mentions, probability of words, expected)
    "nothing likely": ([], {}, []),
    "one likely part of a number": ([], {"80": 0.7}, ["80.5%"]),
    "two numbers": ([], {"97": 0.7, "98": 0.6}, ["97%", "98%"]),
    "integer that the tagger found": ([("35", "Result")], {}, ["35"]),
    "no number": ([("before", "Result")], {"before": 0.9}, []),
    "part of a number that the tagger found": ([("80", "Result")], {"80": 0.7}, ["80.5%"]),
    "difference": ([], {"2": 0.9}, []),
    "joined to a metric before it": ([("tally", "Metric")], {}, ["80.5%"]),
    "joined to a metric behind it": ([("BOOM and 28.4 BOOM", None)], {}, ["28.4"]),
    "part of a name": ([("SQuAD 1.1", "Dataset")], {"1": 0.9}, []),
}


def mention(spelled, label, score=0.9):
    start = TEXT.index(spelled)
    if label is None:  # the second of two equal words
        start, spelled, label = start + len(spelled) - 4, "BOOM", "Metric"
    return Mention(start, start + len(spelled), label, score)


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES.keys())
def test_clean_mentions(found, expected):
    cleaned = clean_mentions(TEXT, [mention(*one) for one in found], {})
    assert [(TEXT[m.start_char : m.end_char], m.label) for m in cleaned] == expected


def test_unlikely_mentions_are_dropped_by_type():
    found = [mention("BOOM", "Metric", 0.4), mention("3M Labs", "Institution", 0.4)]
    assert clean_mentions(TEXT, found, {"Metric": 0.5}) == [found[1]]
    assert clean_mentions(TEXT, found, {"Metric": 0.4, "Institution": 0.41}) == [found[0]]


@pytest.mark.parametrize(("found", "likely", "expected"), RESULTS.values(), ids=RESULTS.keys())
def test_find_results(found, likely, expected):
    words = list(re.finditer(r"[^\W_]+|[^\w\s]", TEXT))
    probs = np.array([likely.get(word.group(), 0.01) for word in words], np.float32)
    starts = np.array([word.start() for word in words])
    results = find_results(TEXT, starts, probs, [mention(*one) for one in found], min_score=0.3, model="m")
    assert [TEXT[m.start_char : m.end_char] for m in results] == expected
    assert all(m.label == "Result" for m in results)


def test_numbers_outside_of_the_tagged_regions_are_no_results():
    assert find_results(TEXT, np.empty(0, np.int64), np.empty(0, np.float32), [], min_score=0.0) == []
