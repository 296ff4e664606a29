"""Sentence limits in scientific prose, by hand."""

import time

import pytest

from extractors.sentences import split_sentences
from schemas.records import Block, Span

CASES = {  # name: (text, sentences)
    "plain": ("We train. We test.", ["We train.", "We test."]),
    "et al.": ("As Smith et al. (2019) show, it works. Good.", ["As Smith et al. (2019) show, it works.", "Good."]),
    "et al. at the end": ("We follow Smith et al. The model is old.", ["We follow Smith et al.", "The model is old."]),
    "figures and equations": ("See Fig. 3 and Eq. (4). Done.", ["See Fig. 3 and Eq. (4).", "Done."]),
    "latin": ("Some sets, e.g. CIFAR, i.e. images, are small.", ["Some sets, e.g. CIFAR, i.e. images, are small."]),
    "initials": ("J. R. Smith wrote it. It is good.", ["J. R. Smith wrote it.", "It is good."]),
    "decimals": ("We get 93.2 F1. BERT gets 91.", ["We get 93.2 F1.", "BERT gets 91."]),
    "spaced decimals": ("CornerNet has 42. 2% AP on MS COCO.", ["CornerNet has 42. 2% AP on MS COCO."]),
    "brackets": ("It works (see A. Ng. B too) well. Yes.", ["It works (see A. Ng. B too) well.", "Yes."]),
    "citation marks behind the stop": ("We use systems.12,13 We win.", ["We use systems.12,13", "We win."]),
    "small letter goes on": ("The U.S. economy and approx. ten others.", ["The U.S. economy and approx. ten others."]),
    "question and exclamation": ("Why? Because! Yes.", ["Why?", "Because!", "Yes."]),
    "section number": ("1. Introduction", ["1. Introduction"]),
    "empty line": ("No stop here\n\nNext block", ["No stop here", "Next block"]),
    "wrapped line": ("The line is\nwrapped here. Next.", ["The line is\nwrapped here.", "Next."]),
    "heading on a line of its own": ("Introduction\nWe train.", ["Introduction", "We train."]),
    "chinese": ("我们训练。我们测试。", ["我们训练。", "我们测试。"]),
    "never closed bracket": ("( " + "x " * 300 + "end. New one.", ["( " + "x " * 300 + "end.", "New one."]),
    "nothing": ("", []),
    "white space": (" \n \n\n ", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_split_sentences(text, expected):
    spans = split_sentences(text)
    assert [text[span.start_char : span.end_char] for span in spans] == expected


def block(text, piece, kind):
    start = text.index(piece)
    return Block(start, start + len(piece), kind, 0, 0.0, 0.0, 1.0, 1.0)


def test_lines_of_a_table_are_units_and_a_title_is_one():
    text = "A Long Title.\nOf Two Lines\n\nBERT\t93.2\nELMo. Two\t85.8\n\nIt is. So."
    blocks = [
        block(text, "A Long Title.\nOf Two Lines", "title"),
        block(text, "BERT\t93.2\nELMo. Two\t85.8", "table"),
        block(text, "It is. So.", "paragraph"),
    ]
    found = [text[span.start_char : span.end_char] for span in split_sentences(text, blocks)]
    assert found == ["A Long Title.\nOf Two Lines", "BERT\t93.2", "ELMo. Two\t85.8", "It is.", "So."]


def test_only_the_given_spans_are_split():
    assert split_sentences("One. Two. Three.", [Span(5, 9)]) == [Span(5, 9)]


@pytest.mark.parametrize("piece", ["a. ", "(", ". ", "x\n", "word.1,2,3 ", "[(", "A", "… "])
def test_long_odd_input_takes_linear_time(piece):
    began = time.perf_counter()
    split_sentences(piece * 50_000)
    assert time.perf_counter() - began < 5
