"""What the linker is asked, and the asked string taken apart once: segments, words, places, capitals."""

import re
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from linking.normal import name_words, simplify, stem
from linking.places import Gazetteer, Places

SEGMENT_BREAK: Final = re.compile(r"\s+[-–—]\s+|[,;|/#()\[\]\n:•]+|\.\s+(?=[A-Z][a-z]{3,})")
CAPITALS: Final = re.compile(r"\b[A-Z][A-Za-z&]*(?:[-./]?[A-Z0-9&][A-Za-z]?)+\b\.?|\b[A-Z]{2,}[a-z]?\b")
FUZZY_RATIO: Final = 84.0  # rapidfuzz ratio from which two words are taken for one with a slip
MAX_SEGMENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Query:
    """A name to link. The context helps to choose and never brings candidates."""

    text: str
    label: str = ""  # entity type; empty: any
    context: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the string between commas and the like."""

    text: str
    words: tuple[str, ...]
    key: str
    is_place: bool


class Reading:
    """A query taken apart for one entity type."""

    def __init__(self, query: Query, label: str, gazetteer: Gazetteer) -> None:
        self.query = query
        self.label = label
        self.words = name_words(query.text, label)
        self.word_set = frozenset(self.words)
        self.padded = f" {' '.join(self.words)} "
        self.capitals = frozenset(simplify(found).replace(" ", "") for found in CAPITALS.findall(query.text))
        self.context_words = frozenset(name_words(query.context, label)) if query.context else frozenset[str]()
        self._by_letter: dict[str, list[str]] = {}
        for word in self.word_set:
            self._by_letter.setdefault(word[0], []).append(word)
        self._found: dict[str, tuple[float, str]] = {}
        if label == "Institution":
            self.places: Places = gazetteer.find(f"{query.text}\n{query.context}" if query.context else query.text)
            self.segments = cut_segments(query.text, gazetteer)
        else:
            self.places = Places(frozenset(), frozenset(), " ")
            self.segments = (Segment(query.text, self.words, " ".join(self.words), False),)

    def find_word(self, word: str) -> float:
        """How surely a name's word is in the string: 1 as it stands, less with another ending or a slip, else 0."""
        if word not in self._found:
            self._found[word] = self._look(word)
        return self._found[word][0]

    def match_of(self, word: str) -> str:
        """The string's word that a name's word was found as, or ""."""
        self.find_word(word)
        return self._found[word][1]

    def _look(self, word: str) -> tuple[float, str]:
        if word in self.word_set:
            return 1.0, word
        if len(word) < 3:
            return 0.0, ""
        best, best_word = 0.0, ""
        for other in sorted(self._by_letter.get(word[0], ())):
            if len(other) < 3:
                continue
            if any(c.isdigit() for c in word + other):
                continue
            short, long = sorted((word, other), key=len)
            if long.startswith(short) and len(short) >= 3:
                score = 0.85 if len(short) >= 4 else 0.7
            elif stem(word) == stem(other) and len(word) >= 5:
                score = 0.9 if fuzz.ratio(word, other) >= 70 else 0.75
            elif len(word) >= 4 and fuzz.ratio(word, other) >= FUZZY_RATIO:
                score = 0.85
            else:
                continue
            if score > best:
                best, best_word = score, other
        return best, best_word


def cut_segments(text: str, gazetteer: Gazetteer) -> tuple[Segment, ...]:
    """Pieces of an affiliation between commas, semicolons, brackets and dashes; empty ones left out."""
    pieces = [piece.strip(" .-–*†‡§¶") for piece in SEGMENT_BREAK.split(text)]
    segments: list[Segment] = []
    for piece in pieces:
        words = name_words(piece, "Institution")
        if words and any(c.isalpha() for c in piece):
            segments.append(Segment(piece, words, " ".join(words), gazetteer.is_place(piece)))
    return tuple(segments[:MAX_SEGMENTS])


def asked_segments(reading: Reading) -> list[str]:
    """The strings whose vectors are looked up: segments that are no mere place, and pairs split by a comma."""
    texts = [segment.text for segment in reading.segments if not segment.is_place]
    return list(dict.fromkeys(texts)) or ([reading.query.text] if reading.query.text.strip() else [])
