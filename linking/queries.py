"""What the linker is asked, and the asked string taken apart once: segments, words, places, capitals."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from heapq import nsmallest
from itertools import pairwise
from typing import Final

from linking.normal import STOP_WORDS, match_key, name_words, simplify
from linking.places import Gazetteer, Places

SEGMENT_BREAK: Final = re.compile(r"\s+[-–—]\s+|[,;|/#()\[\]\n:•]+|\.\s+(?=[A-Z][a-z]{3,})")
# A capital is a part of its own, never the second letter of another: two ways to read it would take exponential time.
CAPITALS: Final = re.compile(r"\b[A-Z][A-Za-z&]*(?:[-./]?[A-Z0-9&][a-z]?)+\b\.?|\b[A-Z]{2,}[a-z]?\b")
AND: Final = re.compile(r"\s+(?:and|und|et|y|e|&)\s+(?:the\s+)?", re.IGNORECASE)
ORGANISATION: Final = re.compile(
    r"\b(?:univ\w*|inst\w*|hosp\w*|h[oô]pital|coll\w*|cent(?:er|re|ro|rum)|ctr|school|sch|academ\w*|acad|lab\w*|clinic\w*|"
    r"societ\w*|council|ministr\w*|agency|foundation|corporation|observator\w*|museum|polytech\w*)\b",
    re.IGNORECASE,
)
SHORTENED: Final = re.compile(r"\b([^\W\d_]{2,})\.")  # a word that ends in a full stop may be cut ("Accel.")
HYPHENED: Final = re.compile(r"(?<=[^\W\d_]-)[^\W\d_]{2,}")  # the Sud of "Paris-Sud"
ESCAPED: Final = re.compile(r"#(?:N|R|TAB)#")  # a line's end or a tab, as dumps of bibliographies write them
MAX_SEGMENTS: Final = 12
MAX_SIBLINGS: Final = 60


KIND_WORDS: Final = {
    "education": ("univ", "colle", "schoo", "hochs", "polyt", "escue", "ecole", "facul", "gradu"),
    "healthcare": ("hospi", "ospita", "klini", "clini", "hopit", "ospeda", "krank", "medic"),
    "company": ("corpo", "compa", "gmbh", "ltd", "inc", "llc", "limit", "techn"),
    "facility": ("labor", "insti", "cente", "centr", "obser", "reser"),
    "government": ("minis", "agenc", "gover", "counc", "comis", "commi"),
}
"""Beginnings of words that say what kind of organisation is meant."""


@dataclass(frozen=True, slots=True)
class Query:
    """A name to link. The context helps to choose and never brings candidates."""

    text: str
    label: str = ""  # entity type; empty: any
    context: str = ""
    siblings: tuple[str, ...] = ()  # other names of the type in the same paper, see ``with_siblings``


def with_siblings(queries: Sequence[Query], papers: Sequence[str]) -> list[Query]:
    """The queries with the other names of their type in their paper: "detection" there is what the paper detects.

    Args:
        queries: Names to link.
        papers: The paper of each, "" if it is of none. The order does not matter.
    """
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for query, paper in zip(queries, papers, strict=True):
        if paper and query.label not in ("", "Institution"):
            names[paper, query.label].add(query.text)
    first = {key: nsmallest(MAX_SIBLINGS + 1, some) for key, some in names.items()}
    return [
        replace(query, siblings=tuple([name for name in first[key] if name != query.text][:MAX_SIBLINGS]))
        if (key := (paper, query.label)) in first
        else query
        for query, paper in zip(queries, papers, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the string between commas and the like."""

    text: str
    words: tuple[str, ...]
    key: str
    is_place: bool
    kinds: tuple[bool, ...] = (False,) * len(KIND_WORDS)  # which kinds of organisation it speaks of


class Reading:
    """A query taken apart for one entity type."""

    def __init__(self, query: Query, label: str, gazetteer: Gazetteer, without: frozenset[int] = frozenset()) -> None:
        """Read a query; ``without`` are rows of entries that are hidden from it, as if the registry lacked them."""
        if label == "Institution" and "#" in query.text:
            query = replace(query, text=" ".join(ESCAPED.sub(" ", query.text).split()))
        self.query = query
        self.without = without
        self.label = label
        self.words = name_words(query.text, label)
        self.word_set = frozenset(self.words)
        self.padded = f" {' '.join(self.words)} "
        self.capitals = frozenset(simplify(found).replace(" ", "") for found in CAPITALS.findall(query.text))
        self.shortened = frozenset(simplify(found) for found in SHORTENED.findall(query.text))
        self.context_words = frozenset(name_words(query.context, label)) if query.context else frozenset[str]()
        if label == "Institution":
            self.places: Places = gazetteer.find(f"{query.text}\n{query.context}" if query.context else query.text)
            self.segments = cut_segments(query.text, gazetteer)
            self.linked = _find_linked(query.text)
        else:
            self.places = Places(frozenset(), frozenset(), " ")
            self.segments = (Segment(query.text, self.words, " ".join(self.words), False),)
            self.linked = frozenset[str]()
        self.sibling_words = frozenset(word for name in query.siblings for word in name_words(name, label))
        self.sibling_keys = frozenset(match_key(name, label) for name in query.siblings)

    @property
    def n_asked(self) -> int:
        """Segments that are no places."""
        return sum(not segment.is_place for segment in self.segments)


def cut_segments(text: str, gazetteer: Gazetteer) -> tuple[Segment, ...]:
    """Pieces of an affiliation between commas, semicolons, brackets and dashes, at least one; empty ones left out."""
    pieces = [piece.strip(" .-–*†‡§¶") for part in SEGMENT_BREAK.split(text) for piece in _split_at_and(part)]
    segments: list[Segment] = []
    for piece in pieces:
        words = name_words(piece, "Institution")
        if words and any(c.isalpha() for c in piece):
            kinds = tuple(map(any, zip(*map(_kinds_of, words), strict=True)))
            segments.append(Segment(piece, words, " ".join(words), gazetteer.is_place(piece), kinds))
    words = name_words(text, "Institution")
    return tuple(segments[:MAX_SEGMENTS]) or (Segment(text, words, " ".join(words), gazetteer.is_place(text)),)


@lru_cache(maxsize=200_000)
def _kinds_of(word: str) -> tuple[bool, ...]:
    return tuple(word.startswith(beginnings) for beginnings in KIND_WORDS.values())


def is_kind_word(word: str) -> bool:
    """True for a word that says what kind of organisation is meant: of a name it says little."""
    return any(_kinds_of(word))


def _find_linked(text: str) -> frozenset[str]:
    """Words tied to what stands before them, by a small word or a hyphen: the finance of "University of Finance"."""
    words = simplify(text.replace("&", " and ")).split()
    hyphened = (word for part in HYPHENED.findall(text) for word in name_words(part, "Institution"))
    return frozenset(hyphened) | frozenset(
        word
        for small, following in pairwise(words)
        if small in STOP_WORDS and following not in STOP_WORDS
        for word in name_words(following, "Institution")
    )


def _split_at_and(piece: str) -> list[str]:
    """Two organisations joined by "and": "Moscow State University and Institute of Mechanics"."""
    parts = AND.split(piece)
    if len(parts) == 1 or not all(ORGANISATION.search(part) for part in parts):
        return [piece]
    return parts


def asked_segments(reading: Reading) -> list[str]:
    """The strings whose vectors are looked up: segments that are no mere place, and pairs split by a comma."""
    texts = [segment.text for segment in reading.segments if segment.words and not segment.is_place]
    return list(dict.fromkeys(texts)) or ([reading.query.text] if reading.query.text.strip() else [])
