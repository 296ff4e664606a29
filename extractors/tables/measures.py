"""The measure that a head of a table names, well known, known to the paper, or new."""

import re
from dataclasses import replace
from typing import Final

from extractors.ner.metric_names import find_metric_names
from extractors.relations.names import PaperNames, name_key
from extractors.tables.pieces import Piece
from extractors.tables.roles import AVERAGE, NUMBERED, Role, is_no_result, is_split, trim_label

_ARROW: Final = re.compile(r"[↑↓⇑⇓]\W*$")
_MEASURE_NAME: Final = re.compile(r"(?:[A-Z][A-Za-z]{0,3}[- ]?)?[A-Z][\w.@%/-]{0,11}(?: ?\d+)?")
_SHORT_METRICS: Final = {
    "acc": "accuracy", "acc.": "accuracy", "prec": "precision", "prec.": "precision", "rec": "recall",
    "rec.": "recall", "ppl": "perplexity", "err": "error rate", "err.": "error rate", "error": "error rate",
    "errors": "error rate", "p": "precision", "r": "recall", "f": "f-score",
}  # fmt: skip
_QUALIFIED: Final = re.compile(
    r"(?:balanced|weighted|macro|micro|normali[sz]ed|relative|pixel|image|instance|box|mask)[ -](\w[\w-]*)",
    re.IGNORECASE,
)
_PREFIXED: Final = re.compile(r"[a-z]{1,5}-(\S+)")
_TOGETHER: Final = re.compile(r"(?:mean|average|avg|overall|test|final|median|best|(?:few|zero|one) shot) ")
_TOP_K: Final = re.compile(r"\btop[- ]?(?:1|5|10)\b(?: (?:acc\w*|error|err\.?))?|\b[A-Za-z]+ ?@ ?\d+\b", re.IGNORECASE)
_GENERAL_METRIC: Final = re.compile(r"(?:scores?|performance|efficiency|yield|agreement|results?)", re.IGNORECASE)
_SINGLE: Final = frozenset("prf")
# a setting, though the name of a measure is in it
_NO_MEASURE: Final = re.compile(
    r"\b(?:errors?|accuracy|loss|scores?)[ -](?:bounds?|tolerances?|thresholds?|levels?|budgets?|limits?)\b"
    r"|^[^()]*\w\s*=\s*[\d.]+",
    re.IGNORECASE,
)


def find_metric(text: str, piece: Piece, names: PaperNames) -> Role | None:
    """The measure that a head names."""
    start, end = piece.start_char, piece.end_char
    printed = piece.text
    if _NO_MEASURE.search(printed):
        return None
    short = re.sub(r"[\s()\[\]%↑↓.]+", " ", printed).strip().casefold()
    found = [n for n in names.find(text, start, end) if n.label == "Metric" and is_metric_key(n.key)]
    spans = [(s.start_char + start, s.end_char + start) for s in find_metric_names(text[start:end])]
    if qualified := _QUALIFIED.match(text, start, end):
        key = name_key(qualified.group())
        if any(a <= qualified.start(1) < b for a, b in [*spans, *((n.start_char, n.end_char) for n in found)]) or (
            name_key(qualified[1]) in _SHORT_METRICS
        ):
            known = key if ("Metric", key) in names.mentions else ""
            return Role("Metric", start, qualified.end(), known, 0.9)
    spans = [(a, b) for a, b in spans if not _GENERAL_METRIC.fullmatch(text[a:b])]
    if (prefixed := _PREFIXED.fullmatch(short)) and _is_sure(prefixed[1]):  # "I-AUROC" of images, "P-AUROC" of pixels
        return Role("Metric", *trim_label(text, start, end), "", 0.85)
    full = _SHORT_METRICS.get(short)
    if full and len(short) > 1 and ("Metric", name_key(full)) in names.mentions:
        return Role("Metric", start, end, name_key(full), 0.9)
    top = _TOP_K.search(text, start, end)
    longest = max((b - a for a, b in [*spans, *([top.span()] if top else [])]), default=0)
    if found and max(name.end_char - name.start_char for name in found) >= longest:
        best = max(found, key=lambda name: name.end_char - name.start_char)
        role = Role("Metric", best.start_char, best.end_char, in_full(best.key, names) or best.key, 0.95)
        return plain_measure(role, text, best.start_char, best.end_char, names)
    if top:
        return Role("Metric", top.start(), top.end(), in_full(text[top.start() : top.end()], names), 0.85)
    if spans:
        a, b = max(spans, key=lambda span: span[1] - span[0])
        return Role("Metric", a, b, in_full(text[a:b], names), 0.9)
    if full and len(short) > 1:
        offset = printed.casefold().find(short.split()[0]) if short else -1
        return Role("Metric", start + offset, start + offset + len(short), "", 0.85) if offset >= 0 else None
    return None


def in_full(printed: str, names: PaperNames) -> str:
    """Key of the measure that the paper calls in full what a head shortens: "top-1" accuracy, "error" rate."""
    key = name_key(printed)
    if not re.fullmatch(r"top \d+|error", key):
        return ""
    longer = [k for k in (f"{key} accuracy", f"{key} error", f"{key} rate") if ("Metric", k) in names.mentions]
    return max(longer, key=lambda k: len(names.mentions["Metric", k]), default="")


def looks_like_metric(piece: Piece) -> bool:
    """Is a head short, with a capital, as the names of measures are."""
    return _MEASURE_NAME.fullmatch(piece.text.strip(" ()%")) is not None


def find_new_metric(text: str, piece: Piece, *, is_sure: bool = False) -> Role | None:
    """A head that looks like the name of a measure: with an arrow, or short, with a capital (``is_sure``: any).

    Args:
        text: The paper's text.
        piece: The head.
        is_sure: Only measures stand at its place.
    """
    start, end = trim_label(text, piece.start_char, piece.end_char)
    printed = text[start:end].strip(" ()%")
    points = _ARROW.search(piece.text) is not None
    if not (points or (is_sure and _MEASURE_NAME.fullmatch(printed))) or not any(c.isalpha() for c in printed):
        return None
    if is_no_result(printed) or is_split(printed) or AVERAGE.fullmatch(printed) or NUMBERED.fullmatch(printed):
        return None
    return Role("Metric", start, end, "", 0.7)


def plain_measure(role: Role, text: str, start: int, end: int, names: PaperNames) -> Role:
    """A measure without words that only say how its values were put together: "mean accuracy" is accuracy.

    Args:
        role: A measure that the paper names.
        text: The paper's text.
        start: Where it is printed, a caption or a head.
        end: The end of that.
        names: Names of the paper.
    """
    together = _TOGETHER.match(role.key)
    rest = role.key[together.end() :] if together else ""
    if not rest or _is_sure(role.key) or not _is_sure(rest):
        return role
    if ("Metric", rest) in names.mentions:
        return replace(role, key=rest)
    place = text.casefold().find(rest, start, end)
    return role if place < 0 else replace(role, start_char=place, end_char=place + len(rest), key="")


def _is_sure(key: str) -> bool:
    spans = [span for said in (key, key.upper()) for span in find_metric_names(said, only_sure=True)]
    return any(span.end_char - span.start_char == len(key) for span in spans)


def is_metric_key(key: str) -> bool:
    """Is a name that the tagger takes for a measure one, and not a part of a data set or a word of praise."""
    words = key.split()
    return not _GENERAL_METRIC.fullmatch(key) and not is_split(words[0]) and not is_split(key)


def is_single_letter(piece: Piece) -> bool:
    """Is it P, R or F, or "Arg P": measures only where several of them stand side by side."""
    *before, last = piece.text.strip("()%. ").split() or [""]
    return last.casefold() in _SINGLE and (not before or (len(before) == 1 and last.isupper()))
