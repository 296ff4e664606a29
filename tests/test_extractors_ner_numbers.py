"""Which numbers may be results."""

import pytest

from extractors.ner.numbers import find_possible_results, keep_near
from schemas.records import Span

POSSIBLE = {
    "percent": ("an accuracy of 93% on it", ["93%"]),
    "decimal": ("we reach 28.4 BLEU", ["28.4"]),
    "decimal percent, spaced": ("with 84.2 % of F1", ["84.2 %"]),
    "with deviation": ("scores 71.3 ± 0.4 here", ["71.3 ± 0.4"]),
    "powers of ten": ("errors of 1.2e-3, 2.1·10−2 and 5 × 10^-4 on", ["1.2e-3", "2.1·10−2", "5 × 10^-4"]),
    "at the start of a line": ("We get\n28.4 on it, which", ["28.4"]),
    "two values": ("from 84.8 and 80.5 for", ["84.8", "80.5"]),
    "on dev": ("on dev 93.2 and", ["93.2"]),
    "in brackets": ("the best (F1 91.2)", ["91.2"]),
}
IMPOSSIBLE = {
    "year": "in 2017 we",
    "integer": "uses 12 layers",
    "learning rate": "a learning rate of 0.001 is",
    "greek setting": "with λ = 0.5 here",
    "dropout": "dropout of 0.3 helps",
    "section": "see Section 4.2 for",
    "table": "Table 3.1 shows",
    "heading": "text\n5.3 Model Size\nWe",
    "relative": "a relative improvement of 20.5% in EER and 11.9% in MinDCF",
    "difference by several words": "a 4.6% absolute accuracy improvement, and 7.0% mean test score gain",
    "loss": "they lose only 0.4% of it",
    "signed difference": "a +5.1 F1 improvement",
    "end of a range": "about 2-4% more",
    "behind": "is 0.3 F1 behind it",
    "version": "on SQuAD v1.1 and",
    "difference by": "better by 2.3 points",
    "difference of": "an improvement of 1.5 over",
    "difference after": "is 8.0% better than",
    "error reduction": "a 37.5% error rate reduction",
    "confidence": "at 95% confidence and 90 % CIs4 or a 68% credible region, 95% CL",
    "time": "takes 0.08 seconds each",
    "size": "about 1.5 million words",
    "share of data": "only 10% of the training data",
    "significance": "holds with p < 0.05",
    "range in a font whose dash is an e": "weeks 36e38 of it",
    "dotted numbering": "step 3.1.2 follows",
    "part of a name": "ResNet-50x1.5a",
}


@pytest.mark.parametrize(("text", "expected"), POSSIBLE.values(), ids=POSSIBLE.keys())
def test_possible_results(text, expected):
    assert [text[s.start_char : s.end_char] for s in find_possible_results(text)] == expected


@pytest.mark.parametrize("text", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_numbers_that_are_no_results(text):
    assert find_possible_results(text) == []


def test_only_sentences_with_an_anchor_keep_their_numbers():
    spans = [Span(2, 5), Span(12, 15)]
    assert keep_near(spans, [Span(0, 10), Span(10, 20)], [Span(16, 18)]) == [Span(12, 15)]
