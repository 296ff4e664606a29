"""Data sets that a text calls so are found whatever the tagger says, on sentences written by hand."""

import re

import numpy as np
import pytest

from extractors.ner.named_datasets import add_named_datasets
from schemas.records import Mention

CASES = {  # text: what is added, in text order
    "We train on Speech Commands. On the Speech Commands dataset it is best.": ["Speech Commands"] * 2,
    "Adult skills. On the Adult data set we win.": ["Adult"],  # not the word at the beginning
    "The GLUE benchmark, and GLUE again, but not SuperGLUE or GLUE-like.": ["GLUE", "GLUE"],
    "the Penn Treebank 3 corpus": ["Penn Treebank 3"],
    "the Wall Street-Journal corpus": ["Wall Street-Journal"],
    "the Training dataset, the new dataset, the Web corpus, a Foo dataset": [],
    "the GLUE benchmark Score": [],
    "the Marsh datasets": [],
}


def words(text):
    return np.array([match.start() for match in re.finditer(r"\w+|[^\w\s]", text)])


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=range(len(CASES)))
def test_names_that_are_called_data_sets(text, expected):
    added = add_named_datasets(text, [], words(text), model="m")
    assert [text[m.start_char : m.end_char] for m in added] == expected
    assert {(m.label, m.model) for m in added} <= {("Dataset", "m")}


def test_mentions_of_the_tagger_stay_and_nothing_overlaps_them():
    text = "On the Speech Commands dataset, Speech Commands is hard."
    found = [Mention(7, 13, "Task", 0.5), Mention(52, 56, "Task", 0.5)]
    added = add_named_datasets(text, found, words(text))
    assert [(m.start_char, m.label) for m in added] == [(7, "Task"), (32, "Dataset"), (52, "Task")]


def test_longer_name_of_a_known_data_set_is_no_other_one():
    text = "We run SPEC. On the SPEC CPU benchmark and on the SPECTRE benchmark it is slow."
    added = add_named_datasets(text, [Mention(7, 11, "Dataset", 0.4)], words(text))
    assert [text[m.start_char : m.end_char] for m in added] == ["SPEC", "SPECTRE"]


def test_nothing_is_added_outside_the_words_that_were_tagged():
    text = "On the Speech Commands dataset. Speech Commands is hard."
    assert [m.start_char for m in add_named_datasets(text, [], words(text)[5:])] == [32]
    assert add_named_datasets(text, [], words(text)[:3]) == []
