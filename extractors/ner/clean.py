"""Rules on what a tagger finds: whole numbers, no marks on names, no settings among the metrics, a least score."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from extractors.ner.numbers import find_possible_results, find_values
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


def clean_mentions(text: str, mentions: Sequence[Mention], min_scores: Mapping[str, float]) -> list[Mention]:
    """The mentions that stand, with their bounds set right.

    Args:
        text: What the mentions were found in.
        mentions: In text order.
        min_scores: Lowest score per label; 0 where there is none.
    """
    likely = [mention for mention in mentions if mention.score >= min_scores.get(mention.label, 0.0)]
    results = [mention for mention in likely if mention.label == "Result"]
    cleaned = list(_whole_values(text, results)) if results else []
    cleaned += [_without_marks(text, mention) for mention in likely if _stands(text, mention)]
    return sorted(cleaned, key=lambda mention: (mention.start_char, mention.end_char))


def _stands(text: str, mention: Mention) -> bool:
    spelled = text[mention.start_char : mention.end_char]
    if mention.label == "Result":
        return False  # see _whole_values
    return mention.label != "Metric" or not _NO_METRIC.fullmatch(spelled)


def _whole_values(text: str, results: Sequence[Mention]) -> Iterator[Mention]:
    """Each number that a result touches, once, as a whole, unless it is a setting or a difference by its context."""
    values, possible = find_values(text), set(find_possible_results(text))
    following = 0
    for mention in results:
        while following < len(values) and values[following].end_char <= mention.start_char:
            following += 1
        touched = False
        while following < len(values) and values[following].start_char < mention.end_char:
            value = values[following]
            if value in possible:
                yield replace(mention, start_char=value.start_char, end_char=value.end_char)
            touched, following = True, following + 1
        is_new = following == 0 or values[following - 1].end_char <= mention.start_char
        if not touched and is_new and any(c.isdigit() for c in text[mention.start_char : mention.end_char]):
            yield mention


def _without_marks(text: str, mention: Mention) -> Mention:
    """Authors and institutions without the marks that tie them together, where these stand right at a word."""
    if mention.label not in ("Author", "Institution"):
        return mention
    spelled = text[mention.start_char : mention.end_char]
    before = _MARKS_BEFORE.match(spelled)
    behind = _MARKS_BEHIND.search(spelled) if mention.label == "Author" else None
    start = mention.start_char + (before.end() if before else 0)
    end = mention.start_char + (behind.start() if behind else len(spelled))
    return replace(mention, start_char=start, end_char=end) if start < end else mention
