"""Abbreviations and the long forms that define them: "conditional random field (CRF)" and "CRF (conditional ...)".

Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in biomedical text": the letters
of the short form are sought in the words before the bracket, from right to left, and the first must begin a word. We
add digits read as words ("two-dimensional (2D)"), a plural s that only the short form has, citations that stand with
the short form or between the two, the reversed order, and appositions ("named entity recognition, or NER,").
Precision and recall on the sentences of tests/data/abbreviations.jsonl are tested.
"""

import re
from typing import Final

from schemas.records import Abbreviation

_BRACKET = re.compile(r"\(([^()]{2,200})\)")
_LEAD_IN = re.compile(
    r"\s*(?:(?:or|aka|a\.k\.a\.|i\.e\.,?|henceforth|hereafter|called|abbreviated(?: as)?|denoted(?: as| by)?)\s+)?"
    r"[\"'“‘]?"
)
_SHORT_END = re.compile(r"\s*(?:[;,\[\"'”’]|$)")  # "(CRF; Lafferty 2001)", "(CRF, [12])"
_APPOSITION = re.compile(r",\s+(?:or|abbreviated(?: as)?)\s+(?P<short>[A-Z][A-Za-z0-9/&+-]{1,11})(?=[,.;:]|\s*$)")
# "long short-term memory, Quill and Fern, 1997"
_CITED = re.compile(r",\s[A-Z][^\d]*\b(?:19|20)\d\d[a-z]?(?:[-–]\d+)?$")
_TRAILING_CITATION = re.compile(r"\s*\[[^\[\]]{0,60}\]\s*\Z")
_CLAUSE_START = re.compile(r"[.;:!?]\s|\n[ \t]*\n|[\[\]]")
_WORD = re.compile(r"\S+")
_LAST_WORD = re.compile(r"[\w][\w./&+-]{0,14}\Z")
_REACH = 300  # characters in which a long form is sought
_DIGIT_WORDS: Final = {
    "1": ("one", "first", "single", "uni"),
    "2": ("two", "to", "second", "bi", "double"),
    "3": ("three", "third", "tri"),
    "4": ("four", "for", "fourth"),
    "5": ("five", "fifth"),
    "6": ("six",),
    "7": ("seven",),
    "8": ("eight",),
    "9": ("nine",),
}


def find_abbreviations(text: str) -> list[Abbreviation]:
    """Find the definitions of abbreviations in a text. Takes time linear in its length.

    Returns:
        One record a definition, in text order, with exact offsets of both forms.
    """
    found = []
    for bracket in _BRACKET.finditer(text):
        definition = _short_in_bracket(text, bracket) or _long_in_bracket(text, bracket)
        if definition is not None:
            found.append(definition)
    for apposition in _APPOSITION.finditer(text):
        definition = _long_before(text, apposition.start("short"), apposition.end("short"), apposition.start())
        if definition is not None:
            found.append(definition)
    return sorted(found, key=lambda a: (min(a.short_start_char, a.long_start_char), a.short_start_char))


def is_short_form(word: str) -> bool:
    """Can this be an abbreviation: 2 to 12 characters, at most two words, with a capital letter or a digit?"""
    return (
        2 <= len(word) <= 12
        and word[0].isalnum()
        and word.count(" ") <= 1
        and any(c.isalpha() for c in word)
        and any(c.isupper() or c.isdigit() for c in word)
    )


def _short_in_bracket(text: str, bracket: re.Match[str]) -> Abbreviation | None:
    """Long form (SF)."""
    lead = _LEAD_IN.match(text, bracket.start(1), bracket.end(1))
    start = lead.end() if lead else bracket.start(1)
    stop = _SHORT_END.search(text, start, bracket.end(1))
    end = stop.start() if stop else bracket.end(1)
    return _long_before(text, start, end, bracket.start())


def _long_before(text: str, start: int, end: int, stop: int) -> Abbreviation | None:
    """The long form of ``text[start:end]`` that ends at ``stop``, if there is one."""
    short = text[start:end]
    if not is_short_form(short):
        return None
    low = _clause_start(text, max(0, stop - _REACH), stop)
    before = _TRAILING_CITATION.sub("", text[low:stop]).rstrip(" \t\n\"'”’")
    words = list(_WORD.finditer(before))
    if not words:
        return None
    n_letters = sum(c.isalnum() for c in short)
    reach = words[max(0, len(words) - min(n_letters + 5, 2 * n_letters))].start()
    offset = _match_letters(short, before[reach:])
    if offset is None:
        return None
    offset = _take_prefix(short, before, reach + offset)
    return Abbreviation(start, end, low + offset, low + len(before))


def _take_prefix(short: str, text: str, offset: int) -> int:
    """Start of the long form with the prefix that its first word hangs on: "semi-supervised learning (SSL)"."""
    head = max(text.rfind(space, 0, offset) for space in " \t\n(") + 1
    hangs = head < offset and text[offset - 1] in "-‐‑–"
    return head if hangs and text[head].lower() == short[0].lower() else offset


def _long_in_bracket(text: str, bracket: re.Match[str]) -> Abbreviation | None:
    """SF (long form)."""
    low = max(0, bracket.start() - 20)
    before = text[low : bracket.start()].rstrip()
    word = _LAST_WORD.search(before)
    if word is None or not is_short_form(word.group()):
        return None
    lead = _LEAD_IN.match(text, bracket.start(1), bracket.end(1))
    start = lead.end() if lead else bracket.start(1)
    long_form = _CITED.sub("", text[start : bracket.end(1)].split(";")[0].split(", e.g.")[0].rstrip())
    if " " not in long_form and "-" not in long_form:
        return None
    for article in ("the ", "The ", "a ", "A "):
        if long_form.startswith(article):
            start, long_form = start + len(article), long_form[len(article) :]
    if _match_letters(word.group(), long_form) != 0:
        return None
    return Abbreviation(low + word.start(), low + word.end(), start, start + len(long_form))


def _clause_start(text: str, low: int, high: int) -> int:
    """Where the clause that ends at ``high`` begins; a citation right before ``high`` does not count."""
    citation = _TRAILING_CITATION.search(text[low:high])
    stop = low + citation.start() if citation else high
    low = max(low, text.rfind("(", low, stop) + 1, text.rfind(")", low, stop) + 1)
    starts = [match.end() for match in _CLAUSE_START.finditer(text, low, stop)]
    return starts[-1] if starts else low


def _match_letters(short: str, long_form: str) -> int | None:
    """Where the long form begins that spells the short form; None if it does not.

    Tried with the short form as it is, then without a plural s.
    """
    offset = _match_exactly(short, long_form)
    if offset is None and len(short) > 2 and short[-1] == "s" and short[-2].isupper():
        offset = _match_exactly(short[:-1], long_form)
    if offset is None or not _is_plausible(short, long_form[offset:]):
        return None
    return offset


def _match_exactly(short: str, long_form: str) -> int | None:
    lowered = long_form.lower()
    letters = [c for c in short.lower() if c.isalnum()]
    position = len(lowered)
    for i in range(len(letters) - 1, -1, -1):
        position -= 1
        while position >= 0 and not _stands_at(letters[i], lowered, position, first=i == 0):
            position -= 1
        if position < 0:
            return None
    return position


def _stands_at(letter: str, text: str, position: int, *, first: bool) -> bool:
    """Is the letter here, at the start of a word if it is the first; a digit may be a word ("two")."""
    begins_word = position == 0 or not text[position - 1].isalnum()
    if text[position] == letter:
        return begins_word or not first
    return begins_word and any(text.startswith(word, position) for word in _DIGIT_WORDS.get(letter, ()))


def _is_plausible(short: str, long_form: str) -> bool:
    """Is this long form longer than its short form, and neither made with it nor a formula?"""
    words = {*long_form.lower().split(), *re.split(r"[\s,-]+", long_form.lower())}
    is_longer = len(long_form) > len(short) + 1 and "=" not in long_form
    return is_longer and words.isdisjoint({short.lower(), short.lower().rstrip("s")})
