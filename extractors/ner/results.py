"""Reported values: numbers found by rule, judged by the model and by the metrics beside them.

Result labels are sparse in training, so the tagger is shy about them: on its own it would find every other one. Where a
number begins and ends, on the other hand, a rule tells exactly.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.ner.numbers import find_possible_results, find_values
from schemas.records import Mention, Span

# Between a metric and its value: "accuracy of 84.2 %", "BLEU (28.4", "F1 = 0.71". Behind a value: "28.4 BLEU".
_JOINT_BEFORE = re.compile(
    r"(?: scores?)?(?: (?:of|to|is|was|at|reaches|reached))?(?: (?:about|over|around))?\s?[=:(]?\s?"
)
_JOINT_BEHIND = re.compile(r"\s?")
_N_CHARS_JOINT = 24
_JOINED_SCORE = 0.6  # nine in ten numbers joined to a metric are results; not all metrics are metrics


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
        min_score: Lowest probability of a number that is not joined to a metric.
        model: Written into the mentions.

    Returns:
        Results, in text order, none of them overlapping another mention: numbers with a decimal point or a percent
        sign, and integers that the tagger itself calls results.
    """
    others = [mention for mention in mentions if mention.label != "Result"]
    taken = _Overlap(others)
    metrics = [mention for mention in others if mention.label == "Metric"]
    results = []
    for value in find_possible_results(text):
        words = slice(*np.searchsorted(word_starts, [value.start_char, value.end_char]))
        if not len(word_starts[words]) or taken.overlaps(value.start_char, value.end_char):
            continue
        score = max(float(probs[words].max()), _JOINED_SCORE if _is_joined(text, value, metrics) else 0.0)
        if score >= min_score:
            results.append(Mention(value.start_char, value.end_char, "Result", min(1.0, score), model))
    values = _Overlap(find_values(text))
    integers = [m for m in mentions if m.label == "Result" and not values.overlaps(m.start_char, m.end_char)]
    results += [m for m in integers if any(c.isdigit() for c in text[m.start_char : m.end_char])]
    return sorted(results, key=lambda mention: mention.start_char)


def _is_joined(text: str, value: Span, metrics: Sequence[Mention]) -> bool:
    """True if a metric stands right before or right behind a value."""
    return any(
        _joins(_JOINT_BEFORE, text, metric.end_char, value.start_char)
        or _joins(_JOINT_BEHIND, text, value.end_char, metric.start_char)
        for metric in metrics
    )


def _joins(joint: re.Pattern[str], text: str, start_char: int, end_char: int) -> bool:
    return 0 <= end_char - start_char <= _N_CHARS_JOINT and joint.fullmatch(text, start_char, end_char) is not None


class _Overlap:
    """Spans in text order that do not overlap, asked for what touches them."""

    def __init__(self, spans: Sequence[Mention | Span]) -> None:
        self.starts = np.array([span.start_char for span in spans], np.int64)
        self.ends = np.array([span.end_char for span in spans], np.int64)

    def overlaps(self, start_char: int, end_char: int) -> bool:
        after = int(np.searchsorted(self.ends, start_char, side="right"))  # the first span that ends behind the start
        return after < len(self.starts) and bool(self.starts[after] < end_char)
