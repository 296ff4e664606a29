"""Rules on what a tagger finds: whole names without marks, no settings among the metrics, a least score."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.records import Mention

_MARKS = r"[\d*∗†‡§¶□⋄♠♣♥♦⋆#]+"
_MARKS_BEFORE = re.compile(rf"^{_MARKS}(?=[^\W\d]{{2}})")
_MARKS_BEHIND = re.compile(rf"(?<=[^\W\d]){_MARKS}$")
# Settings of a training run and losses: corpora annotate them as metrics, but nobody reports results in them.
_NO_METRIC = re.compile(
    r"(?:(?:learning|drop-?(?:out)?|decay|sampling|masking|momentum)[ -]rates?|learning rate \w+|"
    r"(?:batch|embedding|vocabulary|hidden|kernel|window)[ -]size|(?:loss|objective|cost)(?: functions?)?|"
    r"training(?: objective)?|models?|depth|dimensionality|number of \w+|evaluation metrics?|metrics?|is)",
    re.IGNORECASE,
)
# "Wg" or "dj" is a variable of a formula, "GP" a name: of the names annotated in SciER's training texts, 3 in 18,041
# have two letters that are not both capitals, and 1 is a method of three small ones, like "dtd".
_NAMED = frozenset({"Method", "Dataset", "Task"})
_SYMBOL = 2
_PEOPLE = ("Author", "Institution")
# Corpora annotate some names with the full stop of their sentence. Short words in small letters, as in "et al.", have
# a full stop of their own, and so do "N.C." and a single letter.
_FULL_STOP = re.compile(r"(?<!\S)(?![a-z]{1,5}\.$)(?:\d\.\d|[^\s.]){2,}\.$")
_NEW_SENTENCE = re.compile(r"\s+[^\Wa-z_]|\s*$")
MODEL_SIZE: Final = r"(?:xx?|x-?)?large|base|small|medium|tiny|mini|huge|big"
_SIZED = re.compile(rf"(?P<whole>.{{3,}}?)[ _-]?(?:{MODEL_SIZE})(?:[ -].*)?", re.IGNORECASE)


def clean_mentions(text: str, mentions: Sequence[Mention], min_scores: Mapping[str, float]) -> list[Mention]:
    """The mentions that stand, with their bounds set right.

    Args:
        text: What the mentions were found in.
        mentions: In text order.
        min_scores: Lowest score per label; 0 where there is none.
    """
    likely = [mention for mention in mentions if mention.score >= min_scores.get(mention.label, 0.0)]
    return [
        _trimmed(text, _balanced(text, _without_marks(text, _with_accents(text, part))))
        for mention in likely
        if _stands(text, mention)
        for part in _at_slashes(text, mention)
    ]


def with_sized_methods(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions, where a "data set" that is a method with a size behind its name ("TAPAS-base") is a method too.

    In the rows of tables, where little else tells what a name is, taggers take such methods for data sets. None of the
    data sets annotated in SciER and SciREX has such a name.
    """
    methods = {text[m.start_char : m.end_char].casefold() for m in mentions if m.label == "Method"}
    datasets = {text[m.start_char : m.end_char].casefold() for m in mentions if m.label == "Dataset"}

    def is_method(printed: str) -> bool:
        sized = _SIZED.fullmatch(printed)
        return sized is not None and sized["whole"].casefold() in methods - datasets

    return [
        replace(m, label="Method") if m.label == "Dataset" and is_method(text[m.start_char : m.end_char]) else m
        for m in mentions
    ]


def _stands(text: str, mention: Mention) -> bool:
    """False for a setting that was taken for a metric, for what lies in two cells of a table, and for a symbol."""
    spelled = text[mention.start_char : mention.end_char]
    if "\t" in spelled or (mention.label in _NAMED and len(spelled) <= _SYMBOL and not spelled.isupper()):
        return False
    if mention.label == "Method" and len(spelled) == _SYMBOL + 1 and spelled.isalpha() and spelled.islower():
        return False
    return mention.label != "Metric" or not _NO_METRIC.fullmatch(spelled)


def _at_slashes(text: str, mention: Mention) -> list[Mention]:
    """The names between slashes with spaces around them: "PubMed / arXiv" is two data sets."""
    if " / " not in text[mention.start_char : mention.end_char]:
        return [mention]
    start, parts = mention.start_char, []
    for part in text[mention.start_char : mention.end_char].split(" / "):
        parts.append(replace(mention, start_char=start, end_char=start + len(part)))
        start += len(part) + 3
    return parts if all(one.start_char < one.end_char for one in parts) else [mention]


def _trimmed(text: str, mention: Mention) -> Mention:
    """The mention without a comma, a sentence's full stop or the like at its end, and a bracket that nothing opens."""
    spelled = text[mention.start_char : mention.end_char]
    kept = spelled.rstrip(",;:")
    if mention.label not in _PEOPLE and _FULL_STOP.search(kept) and _NEW_SENTENCE.match(text, mention.end_char):
        kept = kept[:-1]
    if kept.endswith(")") and kept.count(")") > kept.count("("):
        kept = kept[:-1].rstrip()
    return replace(mention, end_char=mention.start_char + len(kept)) if 0 < len(kept) < len(spelled) else mention


def _with_accents(text: str, mention: Mention) -> Mention:
    """The mention with the accents of its last letter, which tokenizers drop if they are characters of their own."""
    end = mention.end_char
    while unicodedata.combining(text[end : end + 1] or " "):
        end += 1
    return mention if end == mention.end_char else replace(mention, end_char=end)


def _without_marks(text: str, mention: Mention) -> Mention:
    """Authors and institutions without the marks that tie them together, where these stand right at a word."""
    if mention.label not in _PEOPLE:
        return mention
    spelled = text[mention.start_char : mention.end_char]
    before = _MARKS_BEFORE.match(spelled)
    behind = _MARKS_BEHIND.search(spelled) if mention.label == "Author" else None
    start = mention.start_char + (before.end() if before else 0)
    end = mention.start_char + (behind.start() if behind else len(spelled))
    return replace(mention, start_char=start, end_char=end) if (before or behind) and start < end else mention


def _balanced(text: str, mention: Mention) -> Mention:
    """The mention without a bracket that only opens in it: with the closing one right behind it, else cut before."""
    spelled = text[mention.start_char : mention.end_char]
    if spelled.count("(") <= spelled.count(")"):
        return mention
    if text.startswith(")", mention.end_char):
        return replace(mention, end_char=mention.end_char + 1)
    kept = spelled[: spelled.rindex("(")].rstrip()
    return replace(mention, end_char=mention.start_char + len(kept)) if kept else mention
