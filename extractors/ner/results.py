"""Reported values: numbers found by rule, judged by the model and by what stands beside them.

Result labels are sparse in training, so the tagger is shy about them: on its own it would find every other one. Where
a number begins and ends, on the other hand, a rule tells exactly; and beside a measure, a data set or another result
it is mostly a result too.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extractors.ner.evidence import Evidence, share_in_rows
from extractors.ner.numbers import find_integers, find_p_values, find_values, may_be_result
from schemas.records import Mention, Span

_P_VALUE_SCORE: Final = 0.9


def find_results(
    text: str,
    word_starts: NDArray[np.int64],
    probs: NDArray[np.float32],
    mentions: Sequence[Mention],
    *,
    min_score: float,
    model: str = "",
) -> list[Mention]:
    """Replace what a tagger calls results by whole numbers that may be some.

    Args:
        text: What the mentions were found in.
        word_starts: Shape (W,), first character of each word, ascending.
        probs: Shape (W,), float32, probability of each word to be part of a result.
        mentions: The tagger's, in text order, results among them.
        min_score: Lowest score of a result.
        model: Written into the mentions.

    Returns:
        Results, in text order, none of them overlapping another mention: numbers with a decimal point or a percent
        sign, p-values, and integers that stand right beside a measure or that the tagger itself calls results.
    """
    others = [mention for mention in mentions if mention.label != "Result"]
    values = find_values(text)
    scores = _score_numbers(text, values, word_starts, probs, others)
    results = [
        Mention(span.start_char, span.end_char, "Result", min(1.0, score), model)
        for span, score in scores.items()
        if score >= min_score
    ]
    known = _Overlap(sorted([*values, *results], key=lambda span: span.start_char))
    integers = [m for m in mentions if m.label == "Result" and not known.overlaps(m.start_char, m.end_char)]
    results += [m for m in integers if any(c.isdigit() for c in text[m.start_char : m.end_char])]
    return sorted(results, key=lambda mention: mention.start_char)


def _score_numbers(
    text: str,
    values: Sequence[Span],
    word_starts: NDArray[np.int64],
    probs: NDArray[np.float32],
    others: Sequence[Mention],
) -> dict[Span, float]:
    """How likely each number of the text is a result."""
    evidence, taken, p_values = Evidence(text, others), _Overlap(others), find_p_values(text)
    tests, integers = _Overlap(p_values), set(find_integers(text))
    seen = [p for p in p_values if len(word_starts[slice(*np.searchsorted(word_starts, [p.start_char, p.end_char]))])]
    scores: dict[Span, float] = {}
    for span in sorted([*values, *integers], key=lambda span: span.start_char):
        words = slice(*np.searchsorted(word_starts, [span.start_char, span.end_char]))
        bounds = span.start_char, span.end_char
        if not len(word_starts[words]) or taken.overlaps(*bounds) or tests.overlaps(*bounds):
            continue
        if not may_be_result(text, span):
            continue
        is_integer = span in integers
        beside = evidence.score_integer(span) if is_integer else evidence.score_decimal(span)
        scores[span] = beside if is_integer else max(beside, float(probs[words].max()))
    share_in_rows(text, scores)
    return scores | dict.fromkeys(seen, _P_VALUE_SCORE)


class _Overlap:
    """Spans in text order that do not overlap, asked for what touches them."""

    def __init__(self, spans: Sequence[Mention | Span]) -> None:
        self.starts = np.array([span.start_char for span in spans], np.int64)
        self.ends = np.array([span.end_char for span in spans], np.int64)

    def overlaps(self, start_char: int, end_char: int) -> bool:
        after = int(np.searchsorted(self.ends, start_char, side="right"))  # the first span that ends behind the start
        return after < len(self.starts) and bool(self.starts[after] < end_char)
