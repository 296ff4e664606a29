"""Rules on what a tagger finds."""

import pytest

from extractors.ner.clean import clean_mentions
from schemas.records import Mention

TEXT = (
    "Bo Wu12 of 3USDA-ARS and 3M Labs: F1 of 80.5% (97%-98% before), 35 BLEU, a learning rate of 0.1; INSERM U1016, "
    "a 2.5% error reduction"
)
CASES = {  # name: (found, expected)
    "part of a number": ([("80", "Result")], [("80.5%", "Result")]),
    "two parts of one number": ([("80", "Result"), ("5%", "Result")], [("80.5%", "Result")]),
    "two numbers in one": ([("97%-98%", "Result")], [("97%", "Result"), ("98%", "Result")]),
    "integer": ([("35", "Result")], [("35", "Result")]),
    "difference": ([("2.5%", "Result")], []),
    "result without a number": ([("before", "Result")], []),
    "mark behind an author": ([("Bo Wu12", "Author")], [("Bo Wu", "Author")]),
    "mark before an institution": ([("3USDA-ARS", "Institution")], [("USDA-ARS", "Institution")]),
    "number in an institution": ([("3M Labs", "Institution")], [("3M Labs", "Institution")]),
    "number at its end": (
        [("INSERM U1016, a 2.5% error reduction", "Institution")],
        [("INSERM U1016, a 2.5% error reduction", "Institution")],
    ),
    "setting": ([("learning rate", "Metric")], []),
    "metric": ([("F1", "Metric"), ("BLEU", "Metric")], [("F1", "Metric"), ("BLEU", "Metric")]),
    "setting as a method": ([("learning rate", "Method")], [("learning rate", "Method")]),
}


def mention(spelled, label, score=0.9):
    start = TEXT.index(spelled)
    return Mention(start, start + len(spelled), label, score)


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES.keys())
def test_clean_mentions(found, expected):
    cleaned = clean_mentions(TEXT, [mention(*one) for one in found], {})
    assert [(TEXT[m.start_char : m.end_char], m.label) for m in cleaned] == expected


def test_unlikely_mentions_are_dropped_by_type():
    found = [mention("F1", "Metric", 0.4), mention("3M Labs", "Institution", 0.4)]
    assert clean_mentions(TEXT, found, {"Metric": 0.5}) == [found[1]]
    assert clean_mentions(TEXT, found, {"Metric": 0.4, "Institution": 0.41}) == [found[0]]


def test_mentions_stay_in_text_order():
    found = [mention("F1", "Metric"), mention("80", "Result"), mention("BLEU", "Metric")]
    assert [m.label for m in clean_mentions(TEXT, found, {})] == ["Metric", "Result", "Metric"]
