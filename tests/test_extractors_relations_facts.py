"""Relations that cannot be facts are left out, by hand."""

from dataclasses import replace

import pytest

from extractors.relations.facts import drop_impossible
from extractors.tables.results import REVISION as TABLES
from schemas.records import Abbreviation, Mention, Relation

TEXT = (
    "Soft Kale Parsing (SKP) beats the older SKP and Soft Kale parsing. We run Vole and Vole on Vole News and Marsh. "
    "It got 71.2 and 64.0, or p < 0.01, by F1. Lossy coders such as Zap, lossless coders such as Zip."
)
NAMES = {
    "Soft Kale Parsing": "Method",
    "SKP": "Method",
    "Soft Kale parsing": "Method",
    "Vole": "Method",
    "Vole News": "Dataset",
    "Marsh": "Dataset",
    "71.2": "Result",
    "64.0": "Result",
    "p < 0.01": "Result",
    "F1": "Metric",
    "Lossy coders": "Method",
    "lossless coders": "Method",
    "Zap": "Method",
    "Zip": "Method",
}
SHORT = Abbreviation(19, 22, 0, 17)


def mention(name):
    start = TEXT.index(name)
    return Mention(start, start + len(name), NAMES[name], 0.9)


def relation(head, label, tail, score=0.5):
    return Relation(mention(head).mention_id, mention(tail).mention_id, label, score, "m", 0, 10)


KEPT = {
    "two things": [("SKP", "compared_with", "Vole")],
    "two names of one thing": [("Soft Kale Parsing", "synonym_of", "SKP")],
    "method on a data set": [("Vole", "evaluated_on", "Marsh")],
    "method with a name that begins as that of the data set": [("Vole", "trained_on", "Vole News")],
    "value of a method": [("Vole", "achieves", "71.2"), ("71.2", "measured_by", "F1")],
    "kinds of two names": [("Zap", "subclass_of", "Lossy coders"), ("Zip", "subclass_of", "lossless coders")],
}
DROPPED = {
    "a thing to itself": [("Soft Kale Parsing", "compared_with", "Soft Kale parsing")],
    "a thing to its short form": [("SKP", "subclass_of", "Soft Kale parsing")],
    "method on a variant of it": [("Vole", "evaluated_on", "Vole News")],
    "value without a method": [("64.0", "measured_on", "Marsh"), ("64.0", "measured_by", "F1")],
    "value without a measure": [("Vole", "achieves", "64.0"), ("64.0", "measured_on", "Marsh")],
    "value of nothing": [("71.2", "measured_by", "F1")],
    "p-value": [("Vole", "achieves", "p < 0.01"), ("p < 0.01", "measured_by", "F1")],
}


def drop(relations):
    return drop_impossible(TEXT, [mention(name) for name in NAMES], [SHORT], relations)


@pytest.mark.parametrize("relations", KEPT.values(), ids=KEPT.keys())
def test_facts_stay_in_their_order(relations):
    found = [relation(*one) for one in relations]
    assert drop(found) == found


@pytest.mark.parametrize("relations", DROPPED.values(), ids=DROPPED.keys())
def test_what_cannot_be_is_left_out(relations):
    assert drop([relation(*one) for one in relations]) == []


def test_a_table_may_leave_the_method_or_the_measure_to_the_caption():
    found = [replace(relation("64.0", "measured_on", "Marsh"), model=TABLES)]
    assert drop(found) == found
    assert drop([replace(relation("64.0", "measured_by", "F1"), model=TABLES)]) == []


def test_a_name_is_of_one_kind_in_a_sentence():
    likely = relation("Zap", "subclass_of", "Lossy coders", 0.7)
    unlikely = relation("Zap", "subclass_of", "lossless coders", 0.6)
    assert drop([unlikely, likely]) == [likely]
