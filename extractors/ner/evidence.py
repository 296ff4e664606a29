"""How likely a number is a result for what stands beside it: a measure, a data set, a verb, another result."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from extractors.ner.metric_names import sort_metric_names
from schemas.records import Mention, Span

_WORD = r"[^\s.;,:()\d][^\s.;,:()]*"
_LINK = r"(?:of|to|is|was|are|were|by|reaches|reached|equals)"
# "accuracy of 84.2 %", "BLEU (28.4", "F1 = 0.71"
_TIGHT_BEFORE = re.compile(rf"(?: scores?)?(?: {_LINK})?(?: (?:only|about|over|around|nearly|between))?\s?[=:(]?\s?")
# "kappa between the annotators is 0.78", "error drops from 12", "accuracy on the dev set (84.2"
_LOOSE_BEFORE = re.compile(
    rf"\)?(?: scores?)?(?: \(?{_WORD}\)?){{0,7}}?(?: {_LINK}| (?:at|from|reach\w*|=))(?: (?:only|about|over|around))? ?"
    rf"|(?: \(?{_WORD}\)?){{0,5}} ?[(:=] ?"
)
# "28.4 BLEU", "84 % top-1 accuracy", "0.7 in F1", "91 (accuracy)"
_TIGHT_BEHIND = re.compile(r" ?")  # on the same line: the next line of a table is of something else
_LOOSE_BEHIND = re.compile(r" ?(?:(?:in|on|for)(?: terms of)? |\(|as )?(?:[a-zA-Z][\w-]+ )?")
# "CoLA (60.5", "MNLI is 84.6"; "90.2 on MNLI"
_DATASET_BEFORE = re.compile(r"(?: [a-z]+)?(?:\s?\(\s?|:\s?| (?:is|was|are|were) )")
_DATASET_BEHIND = re.compile(r" (?:on|for) (?:the )?(?:[a-z]+ set of )?(?:the )?")
_REACHES = re.compile(
    r"\b(?:achiev|reach|obtain|attain|scor|got\b|gets?\b|record|classif)\w*"
    r"(?: (?:an?|the|only|about|up to|still|state-of-the-art|results?|scores?|of|with|performance))* $"
)
# Between two values of one row: "61.0, 63.5 and 66.2", "28.4 vs. 27.1", "5.8% on test-clean and 12.4%".
_ROW = re.compile(
    rf"\s?(?:[,/;–-]|\(?vs\.?|versus|,?\s?and|or|to|against|compared (?:to|with)|instead of)\s?(?:and |or )?"
    rf"|(?: (?:for|on|in|with|by)(?: {_WORD}){{1,4}}?)?\)?,?(?: (?:and|to|vs\.?|but|or|while) (?:from )?|, )"
    rf"(?:{_WORD}[: ]+){{0,4}}?\(?"
    rf"| ?\((?:{_WORD}[: ]+){{0,3}}|\)?(?: (?:is|was))?(?: [a-z]+)? than(?: {_WORD}){{1,4}} ?\("
)
_N_CHARS: Final = 64

# Read by eye: nine in ten of 84 results in papers of machine learning were right, six in ten of 40 in papers of all
# fields, those right beside a measure more often.
JOINED: Final = 0.8  # right beside what the tagger calls a metric, or a well-known measure
NEARBY: Final = 0.65  # a few words from a measure, beside a data set, or behind "achieves"
ROW_SHARE: Final = 0.95  # of the neighbour's score


class Evidence:
    """Measures and data sets of a text, asked for what stands beside a number."""

    def __init__(self, text: str, mentions: Sequence[Mention]) -> None:
        tagged = [Span(m.start_char, m.end_char) for m in mentions if m.label == "Metric"]
        self.text = text
        named = sort_metric_names(text)
        self.sure = _Anchors([*tagged, *(span for span, is_sure in named if is_sure)])
        self.measures = _Anchors([*tagged, *(span for span, _ in named)])
        self.datasets = _Anchors([Span(m.start_char, m.end_char) for m in mentions if m.label == "Dataset"])

    def score_decimal(self, span: Span) -> float:
        """For a decimal or a percentage; 0 where nothing speaks for it."""
        if self._joined(self.measures, span, _TIGHT_BEFORE, _TIGHT_BEHIND):
            return JOINED
        if self._joined(self.measures, span, _LOOSE_BEFORE, _LOOSE_BEHIND):
            return NEARBY
        if self._joined(self.datasets, span, _DATASET_BEFORE, _DATASET_BEHIND):
            return NEARBY
        before = self.text[max(0, span.start_char - _N_CHARS) : span.start_char]
        return NEARBY if _REACHES.search(before) else 0.0

    def score_integer(self, span: Span) -> float:
        """For a whole number, which says less: only right beside a measure."""
        has_gap = self.text[span.start_char - 1 : span.start_char] == " "
        before = self.sure.before(span.start_char)
        touches = any(self.text[a.end_char : span.start_char].strip() == "" for a in before) and has_gap
        return JOINED if not touches and self._joined(self.sure, span, _TIGHT_BEFORE, _TIGHT_BEHIND) else 0.0

    def _joined(self, anchors: "_Anchors", span: Span, before: re.Pattern[str], behind: re.Pattern[str]) -> bool:
        return any(
            before.fullmatch(self.text, a.end_char, span.start_char) for a in anchors.before(span.start_char)
        ) or any(behind.fullmatch(self.text, span.end_char, a.start_char) for a in anchors.behind(span.end_char))


def share_in_rows(text: str, scores: dict[Span, float]) -> None:
    """Raise the scores of numbers in a row, such as "61.0, 63.5 and 66.2", to nearly the highest among them.

    Args:
        text: The text.
        scores: Of the numbers, in text order.
    """
    spans = list(scores)
    in_row = [_in_one_row(text, left, right) for left, right in pairwise(spans)]
    for order in (range(len(in_row)), reversed(range(len(in_row)))):
        for i in order:
            if in_row[i]:
                best = max(scores[spans[i]], scores[spans[i + 1]]) * ROW_SHARE
                for span in spans[i : i + 2]:
                    scores[span] = max(scores[span], best)


def _in_one_row(text: str, left: Span, right: Span) -> bool:
    """Two numbers of one form with only a conjunction, a few words, or a sign between them."""
    if not 0 < right.start_char - left.end_char <= _N_CHARS:
        return False
    first, second = text[left.start_char : left.end_char], text[right.start_char : right.end_char]
    return _form(first) == _form(second) and _ROW.fullmatch(text, left.end_char, right.start_char) is not None


def _form(value: str) -> tuple[int, bool]:
    """Decimal places, and whether it is a percentage without any."""
    number = re.search(r"\d*(?:\.(\d+))?", value.lstrip("-−+"))
    places = len(number[1] or "") if number else 0
    return places, places == 0 and "%" in value


class _Anchors:
    """Spans in text order, asked for the few next to a place."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.by_start = sorted(spans, key=lambda span: span.start_char)
        self.by_end = sorted(spans, key=lambda span: span.end_char)
        self.starts = [span.start_char for span in self.by_start]
        self.ends = [span.end_char for span in self.by_end]

    def before(self, place: int) -> list[Span]:
        """Those that end before a place, at most four and not far away."""
        last = bisect_right(self.ends, place)
        return [span for span in self.by_end[max(0, last - 4) : last] if place - span.end_char <= _N_CHARS]

    def behind(self, place: int) -> list[Span]:
        """Those that begin behind a place, at most two and not far away."""
        first = bisect_left(self.starts, place)
        return [span for span in self.by_start[first : first + 2] if span.start_char - place <= _N_CHARS]
