"""Abbreviations and their long forms, by hand."""

import json
import time
from pathlib import Path

import pytest

from extractors.abbreviations import find_abbreviations

TEST_SET = Path(__file__).parent / "data" / "abbreviations.jsonl"
CASES = {  # name: (text, (short, long) pairs)
    "short in brackets": ("a conditional random field (CRF) is", [("CRF", "conditional random field")]),
    "long in brackets": (
        "BERT (Bidirectional Encoder Representations from Transformers) is",
        [("BERT", "Bidirectional Encoder Representations from Transformers")],
    ),
    "plural of both": ("convolutional neural networks (CNNs)", [("CNNs", "convolutional neural networks")]),
    "plural of the short form": ("a recurrent neural unit (RNUs)", [("RNUs", "recurrent neural unit")]),
    "hyphens": ("Long Short-Term Memory (LSTM)", [("LSTM", "Long Short-Term Memory")]),
    "digit as a word": ("two-dimensional (2D) maps", [("2D", "two-dimensional")]),
    "digit inside": ("sequence to sequence (seq2seq)", [("seq2seq", "sequence to sequence")]),
    "with a citation": ("natural language processing (NLP; Jones 1999)", [("NLP", "natural language processing")]),
    "citation between": ("Mean Average Precision [3] (mAP)", [("mAP", "Mean Average Precision")]),
    "lead-in": ("Byte-Pair Encoding (henceforth BPE)", [("BPE", "Byte-Pair Encoding")]),
    "two in a row": (
        "word error rate (WER) and letter error rate (LER)",
        [("WER", "word error rate"), ("LER", "letter error rate")],
    ),
    "cited in the bracket": (
        "an LSTM (long short-term memory, Quill and Fern, 1997) and QROB (Qrob, 2008-2023)",
        [("LSTM", "long short-term memory")],
    ),
    "a formula": ("cells on a sphere (Cs = cells of sphere)", []),
    "article in brackets": ("AG (the attention gate) is", [("AG", "attention gate")]),
    "not over a sentence": ("The cat ran. Fast (CRF)", []),
    "a citation only": ("shown before (Smith, 2019)", []),
    "a pointer": ("on the left (see Figure 3)", []),
    "no letters": ("in the year (2019)", []),
    "itself": ("the CRF layer (CRF)", []),
    "other letters": ("a deep model (XYZ)", []),
    "nothing before": ("(CNN)", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_find_abbreviations(text, expected):
    found = [
        (text[a.short_start_char : a.short_end_char], text[a.long_start_char : a.long_end_char])
        for a in find_abbreviations(text)
    ]
    assert found == expected


def test_precision_and_recall_on_the_test_set():
    n_right = n_found = n_gold = 0
    for line in TEST_SET.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, gold = row["text"], {tuple(pair) for pair in row["abbreviations"]}
        found = {
            (text[a.short_start_char : a.short_end_char], text[a.long_start_char : a.long_end_char])
            for a in find_abbreviations(text)
        }
        n_right += len(found & gold)
        n_found += len(found)
        n_gold += len(gold)
    assert n_gold > 50
    assert n_right / n_found >= 0.98
    assert n_right / n_gold >= 0.98


@pytest.mark.parametrize("piece", ["(", "(AB) ", "a b c (AB) ", "(A", "[(", "x (a b c) "])
def test_long_odd_input_takes_linear_time(piece):
    began = time.perf_counter()
    find_abbreviations(piece * 10_000)
    assert time.perf_counter() - began < 10
