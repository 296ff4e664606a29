"""Scores of mentions by what they look like and of relations by how far their ends are apart."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from extractors.abbreviations import is_short_form
from extractors.evaluation.scores import BareRelation, Counts, TypedRelation, TypedSpan
from extractors.training.corpora import GoldText

LENGTHS: Final = ("1 word", "2 words", "3 words", "4 words", "5 words or more")
FORMS: Final = ("abbreviation", "other single word", "several words")
KNOWN: Final = ("seen in training", "unseen")
DISTANCES: Final = ("0-1 words", "2-3 words", "4-7 words", "8-15 words", "16 words or more")
_MOST_WORDS: Final = (1, 3, 7, 15)  # of each distance but the last


def length_group(mention: str) -> str:
    """One of ``LENGTHS``: words are what white space separates."""
    return LENGTHS[min(max(len(mention.split()), 1), len(LENGTHS)) - 1]


def form_group(mention: str) -> str:
    """One of ``FORMS``. ``CRF``, ``CNNs``, ``GPT-2`` and ``SQuAD`` are abbreviations, ``Adam`` and ``ImageNet`` not."""
    if len(mention.split()) > 1:
        return "several words"
    return "abbreviation" if is_abbreviation(mention) else "other single word"


def is_abbreviation(word: str) -> bool:
    """A short form most of whose letters are capitals, a plural s aside."""
    letters = [char for char in re.sub(r"(?<=[A-Z])s$", "", word) if char.isalpha()]
    n_capitals = sum(char.isupper() for char in letters)
    return is_short_form(word) and n_capitals >= 2 and n_capitals * 3 >= len(letters) * 2


def known_group(known: frozenset[str]) -> Callable[[str], str]:
    """A function that says which of ``KNOWN`` a mention is, by its words without case, whatever its type was."""
    return lambda mention: KNOWN[normal_form(mention) not in known]


def known_mentions(texts: Iterable[GoldText]) -> frozenset[str]:
    """The mentions of training texts, in the form in which they are compared."""
    return frozenset(normal_form(text.text[e.start_char : e.end_char]) for text in texts for e in text.entities)


def normal_form(mention: str) -> str:
    """Without case and with single spaces."""
    return " ".join(mention.casefold().split())


def distance_group(text: str, relation: TypedRelation | BareRelation) -> str:
    """One of ``DISTANCES``: the words between the two mentions of a relation."""
    first, second = sorted((relation[0][:2], relation[1][:2]))
    n_words = len(text[first[1] : second[0]].split())
    return next((name for name, most in zip(DISTANCES, _MOST_WORDS, strict=False) if n_words <= most), DISTANCES[-1])


def count_groups(
    texts: Sequence[str],
    gold: Sequence[Iterable[TypedSpan]],
    found: Sequence[Iterable[TypedSpan]],
    group_of: Callable[[str], str],
) -> dict[str, Counts]:
    """Exact counts per group. A right mention is in the same group on both sides, for its words are the same."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for text, of_gold, of_found in zip(texts, gold, found, strict=True):
        right, guess = set(of_gold), set(of_found)
        for span in right | guess:
            group = group_of(text[span[0] : span[1]])
            counts[group] += Counts(int(span in right and span in guess), int(span in guess), int(span in right))
    return counts
