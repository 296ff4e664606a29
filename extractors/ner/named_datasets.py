"""Data sets that a text calls so: "the Speech Commands dataset" is one, whether or not the tagger sees it."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.records import Mention, Span

# All 208 such names in the papers of SciER are (a part of) data sets; the tagger misses about one in five.
_CALLED_SO: Final = re.compile(
    r"\b[Tt]he\s(?P<name>(?:[A-Z][\w.’'-]*\w|[A-Z])(?:[ -][A-Z0-9][\w.’'-]*){0,4})"
    r"\s(?:data\s?-?set|corpus|benchmark)\b(?! [A-Z])"
)
_GENERAL: Final = re.compile(
    r"(?:pre-?)?(?:train|test|dev|validat|evaluat|benchmark|target|source|original|final|full|new|web)\w*",
    re.IGNORECASE,
)
_DISTINCT: Final = re.compile(r"\w[ -]\w|\w[A-Z0-9]")  # more than one word with a capital: not met by chance elsewhere
_SCORE: Final = 0.9


def add_named_datasets(
    text: str, mentions: Sequence[Mention], word_starts: NDArray[np.int64], *, model: str = ""
) -> list[Mention]:
    """The mentions with the data sets that the text calls so, in text order.

    A name of several words, or with a capital or digit behind its first letter, counts wherever it is printed; another
    one only where it is called so. Nothing is added that overlaps a mention, nor a longer name of what the tagger knows
    by its beginning: with "SPEC" beside "SPEC CPU", what is said of one would be lost to the other.

    Args:
        text: The text.
        mentions: What the tagger found.
        word_starts: Shape (W,), ascending, where each word begins that was tagged; nothing is added elsewhere.
        model: Stands in the new mentions.
    """
    taken = [Span(m.start_char, m.end_char) for m in mentions]
    known = tuple(f"{text[m.start_char : m.end_char]} " for m in mentions if m.label == "Dataset")
    found = [
        match.span("name")
        for match in _CALLED_SO.finditer(text)
        if not _GENERAL.fullmatch(match["name"]) and not match["name"].startswith(known)
    ]
    spans = set(found)
    for name in {text[start:end] for start, end in found}:
        if _DISTINCT.search(name):
            spans |= {match.span() for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)}
    tagged = set(word_starts.tolist()) if spans else set[int]()
    added: list[Mention] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        last_word = start + max(text[start:end].rfind(mark) for mark in (" ", "-")) + 1
        if {start, last_word} <= tagged and not any(s.start_char < end and start < s.end_char for s in taken):
            taken.append(Span(start, end))
            added.append(Mention(start, end, "Dataset", _SCORE, model))
    return sorted([*mentions, *added], key=lambda m: (m.start_char, m.end_char))
