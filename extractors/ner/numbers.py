"""Which numbers may be results. Results are labelled sparsely, so what is certainly none is told by rule."""

import re
from collections.abc import Sequence
from typing import Final

from schemas.records import Span

_PERCENT = r"(?:\s?(?:%|per ?cent\b))"
_DEVIATION = rf"(?:\s?\(?\s?(?:±|\+/-|\\pm)\s?\d*\.?\d+{_PERCENT}?(?:\s?\)(?=\W|$))?)"
# Units of quality: noise, angles, distances, bits a symbol. Times, sizes and amounts are no quality.
_UNIT = r"(?:\s?(?:dB\b|°(?!\s?[CFKNSEW]\b)|[cm]m\b|bits?\b|bp[cdp]\b|nats\b))"
# A value as papers report it: a decimal, or any number with a percent sign; with its deviation and unit, if it has any.
_POWER = r"(?:[eE][-−–+]\d{1,3}|\s?[x×·]\s?10\s?(?:\^\s?[-−–]?|[-−–])\d{1,3})"
_VALUE = re.compile(
    rf"(?<![\w.%])(?<!\d[,:])[-−+]?(?:\d+(?:\.\d+)?{_POWER}|\d+\.\d+|\.\d+|\d+(?={_PERCENT}))(?!\w*[.:]?\d)"
    rf"{_PERCENT}?{_DEVIATION}?{_PERCENT}?{_UNIT}?"
)
# Neither a base or an exponent, nor a side of "256 × 128", nor the thousands of "12 000".
_INTEGER = re.compile(
    r"(?<![\w.,%$@/×·^−–-])\d{1,3}(?![\w%]|[.,/:·-]\s?\d|\s?[x×^−–]\s?\{?[-−]?\d|\s\d{3}(?!\d)|\s?°)"
    rf"{_DEVIATION}?{_UNIT}?"
)
_TEN_TO = r"(?:e|\s?[x×·]\s?10\s?\^?\s?)[-−]\d+"
_P_VALUE = re.compile(
    r"\b[pP](?:[- ]?values?)?(?!\s?=\s?[\d.]+%?[,;]? (?:and )?R\s?=)"  # "P = 0.83, R = 0.79" is precision
    r"\s?(?:[<>=≤≥≈]|<=|of)\s?"
    rf"(?:0?\.\d+(?:{_TEN_TO})?|\d(?:\.\d+)?{_TEN_TO})(?!\d)"
)

_ABOUT = r"(?: (?:about|over|nearly|almost|up to|around|approximately|more than|at least|only|just|an?))?"
_DIFFERENCE = r"(?:improvement|gain|increase|decrease|reduction|drop|boost)s?"
_CHANGES = r"(?:gain|cost|lose|add|improve|increase|decrease|drop|save)(?:s|e?d|ing)?|lost"
_COMPARED = r"better|higher|lower|worse|more|less|fewer|faster|slower"
_SETTING = (
    r"(?:learning|initial)[ -]rates?|lr|drop[ -]?out|momentum|decay|thresholds?|margins?|temperature|weights?",
    r"coefficients?|penalty|norm|smoothing|multipliers?|(?:masking|sampling|drop) rate|probability|stride|scale|std",
    r"(?<!hazard )(?<!odds )(?<!risk )ratio|deviation|significance(?: level)?|confidence(?: level)?|ph|top-[pk]",
    r"initiali[sz]ed|sampled|into|range|interval|epsilon|alpha|beta|gamma|lambda|sigma|[αβγδεϵηκλμµνρστθϑφϕω]|p\s*[<>=≤≥]+",
)
_PLACE = (
    r"version|ver\.|v|cuda|python|pytorch|tensorflow",
    r"sections?|sect?\.|tables?|tab\.|fig(?:ure)?s?\.?|eqs?\.?|equations?|chapter|appendix|theorem|lemma|step",
)
_BOUND = (
    rf"by{_ABOUT}|than|above|below|exceed(?:s|ing)?|(?:{_DIFFERENCE}|margin|difference|gap) (?:of|is|was|by){_ABOUT}"
)
_UP_TO_THE_NUMBER = (
    r"(?: (?:for|of|in|on)(?: the)?(?: [\w-]+){1,4} (?:is|was))?"
    r"(?: (?:of|to|is|are|was|at|rate|with|an?|set to|equal to|equals))*\s*(?:\b\w\s*|\d\s*)?[=:≈∼~<>(\[]?\s*$"
)
# Right before the number, in small letters: a setting, a place in the paper, a version, a bound, or a difference.
_NO_RESULT_BEFORE = re.compile(
    rf"(?<!\w)(?:(?:{'|'.join((*_SETTING, *_PLACE, _BOUND))}){_UP_TO_THE_NUMBER}"
    rf"|(?:{_CHANGES})(?: (?:it|us|performance|results?))?{_ABOUT} $"
    # the second half of "relative improvements of 8.2% in EER and 2.8% in MinDCF"
    r"|relative(?:ly)? (?:improv|gain|reduc|decreas|increas)[^.;]{0,20}(?:\d[^;]{0,30})?$"
    # the bounds of a confidence interval
    r"|(?:cis?|confidence intervals?)\b[^a-z;)]{0,20}(?:(?:to|and) )?[^a-z;)]{0,3}$)"
    rf"|[§∆]{_UP_TO_THE_NUMBER}"
    # the end of a range of whole numbers; the second number of an interval
    r"|(?<![\d.])\d+\s?[-–]$|\[\s?[-−]?[\d.]+\s?,\s?$"
)
# "5.3 Model size" on a line of its own
_HEADING = re.compile(r"^\d{1,2}\.\d{1,2}[ \t]+[A-Z][^.\n]{0,60}$", re.MULTILINE)
_N_CHARS_BEFORE: Final = 80  # room for the longest cue with what may stand behind it
_N_CHARS_AFTER: Final = 64

_AMOUNT = (
    r"×|x\b|times\b|[KMGT]i?B\b|[GMk]?Hz\b|m?s\b|sec|min(?:utes?)?\b|h(?:ours?)?\b|days?\b|years?\b|°|[KMB]\b",
    r"million|billion|thousand|pixels?\b|px\b|k?m\b|[GM]?FLOPs?|frames? per|fps\b|params",
    r"(?:\w+ )?(?:parameters|time|memory|epochs?)\b",
)
_COMPARISON = (
    r"\w+ (?:behind|ahead|absolute|improvement)|(?:percentage[ -])?points?\b|[\w@-]+ points?\b",
    r"confidence|credib|C[IL]s?\d*\b",
    rf"(?:absolute |relative |(?!and )[\w@-]+ )?(?:{_COMPARED}|(?:error )?(?:rate )?{_DIFFERENCE})\b",
    rf"(?:(?!(?:and|or|in|on|at|with|for|of|to|over|by|as|from|than|is|was|are|were)\b)[\w@-]+ ){{0,4}}"
    rf"{_DIFFERENCE}\b",
)
_SHARE = (
    r"of which|for (?:training|testing|validation|development|evaluation|dev|test)(?![\w-])",
    r"of (?:the |our |its |these |those )?(?:training|data|images?|samples?|words?|tokens?|sentences?|examples"
    r"|annotated|labell?ed|all|users|papers|documents|articles|patients|participants|steps|time|corpus|dataset|collection)"
    r"(?![^.;]{0,30}\b(?:correct|right))",
)
# Right after it: a unit of something else than quality, what it is a share of, or a word that makes it a difference.
_NO_RESULT_AFTER = re.compile(rf"^\s?(?:{'|'.join((*_AMOUNT, *_COMPARISON, *_SHARE))})", re.IGNORECASE)


def find_values(text: str) -> list[Span]:
    """Decimals and percentages, in text order."""
    return [Span(match.start(), match.end()) for match in _VALUE.finditer(text)]


def find_possible_results(text: str) -> list[Span]:
    """Decimals and percentages that may be a reported value, in text order; every other one is no result."""
    return [span for span in find_values(text) if may_be_result(text, span)]


def find_integers(text: str) -> list[Span]:
    """Whole numbers below 1,000, in text order."""
    return [Span(match.start(), match.end()) for match in _INTEGER.finditer(text)]


def find_p_values(text: str) -> list[Span]:
    """Reported probabilities of a test, such as ``p < 0.01``, in text order."""
    return [Span(match.start(), match.end()) for match in _P_VALUE.finditer(text)]


def may_be_result(text: str, span: Span) -> bool:
    """False for a number that is certainly no reported value, by what stands around it."""
    return (
        text[span.start_char] != "+"
        and not _HEADING.match(text, span.start_char)
        and not _NO_RESULT_AFTER.match(text[span.end_char : span.end_char + _N_CHARS_AFTER])
        and not _NO_RESULT_BEFORE.search(text[max(0, span.start_char - _N_CHARS_BEFORE) : span.start_char].lower())
    )


def keep_near(spans: Sequence[Span], sentences: Sequence[Span], anchors: Sequence[Span]) -> list[Span]:
    """The spans whose sentence holds an anchor, such as a metric."""
    with_anchor = [
        s for s in sentences if any(s.start_char <= a.start_char and a.end_char <= s.end_char for a in anchors)
    ]
    return [
        span
        for span in spans
        if any(s.start_char <= span.start_char and span.end_char <= s.end_char for s in with_anchor)
    ]
