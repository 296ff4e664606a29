"""Which numbers may be results. Results are labelled sparsely, so what is certainly none is told by rule."""

import re
from collections.abc import Sequence

from schemas.records import Span

# A value as papers report it: a decimal, or any number with a percent sign; with its deviation, if there is one.
_VALUE = re.compile(
    r"(?<![\w.%])[-−+]?(?:\d+\.\d+|\.\d+|\d+(?=\s?%))(?![\w]*[.\d])(?:\s?%)?"
    r"(?:\s?(?:±|\+/-|\\pm)\s?\d*\.?\d+(?:\s?%)?)?"
)

_ABOUT = r"(?: (?:about|over|nearly|almost|up to|around|approximately|more than|at least))?"
_DIFFERENCE = r"(?:improvement|gain|increase|decrease|reduction|drop|boost)s?"
_COMPARED = r"better|higher|lower|worse|more|less|fewer|faster|slower"

# Right before the number: a setting, a place in the paper, a version, or a difference.
_NO_RESULT_BEFORE = re.compile(
    r"(?:\b(?:"
    r"learning[ -]rates?|lr|drop[ -]?out|momentum|decay|thresholds?|margins?|temperature|weights?|coefficients?|"
    r"penalty|smoothing|multipliers?|(?:masking|sampling|drop) rate|probability|ratio|stride|scale|std|deviation|"
    r"initiali[sz]ed|sampled|into|range|interval|epsilon|alpha|beta|gamma|lambda|sigma|[αβγδεηκλμνρστθφω]|p\s*[<>=≤≥]+|"
    r"version|ver\.|v|cuda|python|"
    r"sections?|sect?\.|tables?|tab\.|fig(?:ure)?s?\.?|eqs?\.?|equations?|chapter|appendix|theorem|lemma|step|"
    rf"by{_ABOUT}|than|(?:{_DIFFERENCE}|margin|difference) of{_ABOUT}"
    r")|[§∆])(?: (?:of|to|is|are|was|at|rate|set to|equal to|equals))*\s*(?:\b\w\s*)?[=:≈∼~<>(\[]?\s*$"
    # the second half of "relative improvements of 8.2% in EER and 2.8% in MinDCF"; the end of a range; "+5.1"
    r"|relative(?:ly)? (?:improv|gain|reduc|decreas|increas)[^.;]{0,20}(?:\d[^;]{0,30})?$|\d\s?[-–]$|\+$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\d+\.\d+\s+[^\W\d_]", re.MULTILINE)  # "5.3 Model size" on a line of its own
_N_CHARS_BEFORE = 80  # room for the longest cue with what may stand behind it

# Right after it: a unit of something else than quality, or a word that makes it a difference.
_NO_RESULT_AFTER = re.compile(
    r"^\s?(?:"
    r"×|x\b|times\b|[KMGT]i?B\b|[GMk]?Hz\b|m?s\b|sec|min(?:utes?)?\b|h(?:ours?)?\b|days?\b|years?\b|"
    r"[KMB]\b|million|billion|thousand|pixels?\b|px\b|[cmk]?m\b|[GM]?FLOPs?|frames? per|fps\b|param(?:eter)?s|"
    r"\w+ (?:behind|ahead|absolute|improvement)|"
    rf"(?:absolute |relative )?(?:points? )?(?:{_COMPARED}|(?:error )?(?:rate )?{_DIFFERENCE})\b|"
    r"of (?:the )?(?:training|data|images?|samples?|words?|tokens?|sentences?|examples|annotated|labell?ed|all|users)"
    r")",
    re.IGNORECASE,
)


def find_values(text: str) -> list[Span]:
    """Decimals and percentages, in text order."""
    return [Span(match.start(), match.end()) for match in _VALUE.finditer(text)]


def find_possible_results(text: str) -> list[Span]:
    """Numbers that may be a reported value, in text order; every other piece of a text is no result."""
    return [
        Span(match.start(), match.end())
        for match in _VALUE.finditer(text)
        if not _HEADING.match(text, match.start())
        and not _NO_RESULT_AFTER.match(text[match.end() : match.end() + 32])
        and not _NO_RESULT_BEFORE.search(text[max(0, match.start() - _N_CHARS_BEFORE) : match.start()])
    ]


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
