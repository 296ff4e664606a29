"""The words of asked strings against the words of names: which are the same, for how many strings at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from linking.lexical import HEAD_WEIGHT, LexicalIndex, is_head
from linking.normal import STEM_CHARS, stem
from linking.queries import Reading, is_kind_word
from linking.ragged import Indices, add_up

FUZZY_RATIO: Final = 84.0  # rapidfuzz ratio from which two words are taken for one with a slip
MAX_ENDINGS: Final = 300  # words taken of those that begin with a short one
UNKNOWN_WEIGHT: Final = 1.0  # of a word that is in no name
MIN_HALF: Final = 4  # letters of each of two words written as one
JOINED: Final = 0.9  # how surely two words are one and the other way round
LIMIT: Final = 500_000


class WordMatcher:
    """Finds the words of names that an asked word may stand for; each distinct word is looked up once."""

    def __init__(self, lexical: LexicalIndex, label: str) -> None:
        self._lexical = lexical
        self.label = label
        self._known: dict[tuple[str, bool], tuple[NDArray[np.int32], NDArray[np.float64], float]] = {}
        self._joined: dict[str, int] = {}
        self._weights: dict[str, float] = {}
        self._beginning: dict[str, tuple[list[int], list[str]]] = {}  # words with these two letters

    def match(self, word: str, *, shortened: bool = False) -> tuple[NDArray[np.int32], NDArray[np.float64], float]:
        """Numbers of the matching words, how surely each is meant (1 the same word), and the asked word's weight.

        Args:
            word: A word of a string.
            shortened: Whether a full stop follows it, so that it may be the beginning of a longer one.
        """
        key = (word, shortened)
        if key not in self._known:
            if len(self._known) > LIMIT:
                self._known.clear()
            self._known[key] = self._find(word, shortened)
        return self._known[key]

    def join(self, first: str, second: str) -> int:
        """Number of the word that two make ("Poly Tech"), -1 if no name has it."""
        word = first + second
        if word not in self._joined:
            if len(self._joined) > LIMIT:
                self._joined.clear()
            self._joined[word] = self._lexical.find_word(self.label, word)
        return self._joined[word]

    def weigh(self, word: str) -> float:
        """Weight of a word: inverse name frequency of its stem; words in no name weigh most."""
        if word not in self._weights:
            if len(self._weights) > LIMIT:
                self._weights.clear()
            number = self._lexical.find_word(self.label, word)
            if number < 0 and len(word) >= STEM_CHARS:
                number = next(iter(self._lexical.words_with(self.label, stem(word))), -1)
            known = float(self._lexical.word_weight[number]) if number >= 0 else UNKNOWN_WEIGHT
            self._weights[word] = HEAD_WEIGHT if is_head(self.label, word) else known
        return self._weights[word]

    def _find(self, word: str, shortened: bool) -> tuple[NDArray[np.int32], NDArray[np.float64], float]:
        lexical, label = self._lexical, self.label
        exact = lexical.find_word(label, word)
        same_stem = lexical.words_with(label, stem(word)) if len(word) >= STEM_CHARS else range(0)
        scores = {exact: 1.0} if exact >= 0 else {}
        if len(word) >= 3 and not has_digit(word):
            cut = len(word) < STEM_CHARS and (shortened or exact < 0)
            near = lexical.words_with(label, word)[:MAX_ENDINGS] if cut else same_stem
            for i, other in zip(near, lexical.words(near), strict=True):
                scores.setdefault(i, self._compare(word, other, shortened))
            for n in range(3, min(len(word), STEM_CHARS)):
                if (i := lexical.find_word(label, word[:n])) >= 0:
                    scores.setdefault(i, 0.7 if n == 3 else 0.85)
            if exact < 0 and len(word) >= STEM_CHARS:
                self._add_slips(word, scores)
            self._add_halves(word, scores)
        kept = sorted((i, score) for i, score in scores.items() if score)
        return (
            np.fromiter((i for i, _ in kept), np.int32, len(kept)),
            np.fromiter((score for _, score in kept), np.float64, len(kept)),
            self.weigh(word),
        )

    def _add_slips(self, word: str, scores: dict[int, float]) -> None:
        """Words of another stem that differ in a letter or two, looked for only where no name has the word."""
        beginning = word[:2]
        if beginning not in self._beginning:
            near = self._lexical.words_with(self.label, beginning)
            words = zip(near, self._lexical.words(near), strict=True)
            kept = [(i, text) for i, text in words if len(text) >= 4 and not has_digit(text)]
            self._beginning[beginning] = ([i for i, _ in kept], [text for _, text in kept])
        near, texts = self._beginning[beginning]
        ratios = process.cdist([word], texts, scorer=fuzz.ratio, score_cutoff=FUZZY_RATIO)[0]
        for place in np.flatnonzero(ratios).tolist():
            scores.setdefault(near[place], 0.85)

    def _add_halves(self, word: str, scores: dict[int, float]) -> None:
        """Both words that one is made of ("Jiaotong" is "Jiao Tong")."""
        for n in range(MIN_HALF, len(word) - MIN_HALF + 1):
            first = self._lexical.find_word(self.label, word[:n])
            if first >= 0 and (second := self._lexical.find_word(self.label, word[n:])) >= 0:
                scores.update((i, max(JOINED, scores.get(i, 0.0))) for i in (first, second))

    @staticmethod
    def _compare(word: str, other: str, shortened: bool) -> float:
        if shortened and len(other) > len(word) >= 3 and other.startswith(word):
            return 0.95
        if len(other) < 3 or has_digit(other):
            return 0.0
        if word.startswith(other) or other.startswith(word):
            return 0.85 if min(len(word), len(other)) >= 4 else 0.7
        return 0.9 if fuzz.ratio(word, other) >= 70 else 0.75


def has_digit(word: str) -> bool:
    """True if one of the characters is a digit."""
    return not word.isalpha() and any(c.isdigit() for c in word)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The distinct words ("terms") of many readings of one type, with what they match.

    Attributes:
        reading: Shape (n_terms,), int64, ascending: which reading a term is of.
        weight: Shape (n_terms,), float64.
        is_place: Shape (n_terms,), bool: a word of a place named, or one with a digit.
        is_linked: Shape (n_terms,), bool: a small word or a hyphen ties it to the word before.
        is_kind: Shape (n_terms,), bool: it says what kind of organisation is meant.
        hit_reading, hit_word, hit_term: Shape (n_hits,), int64: a word of names that a term matches.
        hit_strength: Shape (n_hits,), float64, 0..1.
        segment_of, segment_term: Shape (n_members,), int64: the terms of each segment; segments are numbered over all
            readings.
        segment_start: Shape (n_readings + 1,), int64: the first segment of each reading.
        segment_weight: Shape (n_segments,), float64: summed weight of its terms.
        segment_first: Shape (n_segments,), int64: its first term.
        steps: Sorted distinct keys ``term * n_terms + next term`` of the words that stand side by side.
    """

    reading: Indices
    weight: NDArray[np.float64]
    is_place: NDArray[np.bool_]
    is_linked: NDArray[np.bool_]
    is_kind: NDArray[np.bool_]
    hit_reading: Indices
    hit_word: Indices
    hit_term: Indices
    hit_strength: NDArray[np.float64]
    segment_of: Indices
    segment_term: Indices
    segment_start: Indices
    segment_weight: NDArray[np.float64]
    segment_first: Indices
    steps: Indices


def match_terms(matcher: WordMatcher, readings: Sequence[Reading]) -> Terms:
    """Look up every word of the readings; a word of names that several terms match counts for the surest."""
    owners: list[int] = []
    weights: list[float] = []
    is_place: list[bool] = []
    is_linked: list[bool] = []
    is_kind: list[bool] = []
    hits: list[tuple[NDArray[np.int32], NDArray[np.float64]]] = []
    members: list[tuple[int, int]] = []
    steps: list[tuple[int, int]] = []
    segment_start, segment_first = [0], []
    n_segments = 0
    for i, reading in enumerate(readings):
        number: dict[str, int] = {}
        for word in (*reading.words, *(word for segment in reading.segments for word in segment.words)):
            if word not in number:
                number[word] = len(owners)
                owners.append(i)
                words, strengths, weight = matcher.match(word, shortened=word in reading.shortened)
                weights.append(weight)
                is_place.append(word in reading.places.words or has_digit(word))
                is_linked.append(word in reading.linked)
                is_kind.append(is_kind_word(word))
                hits.append((words, strengths))
        for first, second in pairwise(reading.words):
            steps.append((number[first], number[second]))
            if (joined := matcher.join(first, second)) >= 0:
                longer = max(first, second, key=len)
                words, strengths = hits[number[longer]]
                hits[number[longer]] = (np.append(words, np.int32(joined)), np.append(strengths, JOINED))
        for segment in reading.segments:
            members.extend((n_segments, number[word]) for word in dict.fromkeys(segment.words))
            segment_first.append(number[segment.words[0]] if segment.words else -1)
            n_segments += 1
        segment_start.append(n_segments)
    counts = [len(words) for words, _ in hits]
    term = np.repeat(np.arange(len(owners)), counts)
    reading = np.asarray(owners, np.int64)
    word = np.concatenate([words for words, _ in hits] or [np.empty(0, np.int32)]).astype(np.int64)
    strength = np.concatenate([strengths for _, strengths in hits] or [np.empty(0)])
    order = np.lexsort((term, -strength, word, reading[term]))
    term, word, strength = term[order], word[order], strength[order]
    of = reading[term]
    first = np.ones(len(term), np.bool_)
    first[1:] = (of[1:] != of[:-1]) | (word[1:] != word[:-1])
    segment_of = np.fromiter((segment for segment, _ in members), np.int64, len(members))
    segment_term = np.fromiter((member for _, member in members), np.int64, len(members))
    weight = np.asarray(weights, np.float64)
    return Terms(
        reading=reading,
        weight=weight,
        is_place=np.asarray(is_place, np.bool_),
        is_linked=np.asarray(is_linked, np.bool_),
        is_kind=np.asarray(is_kind, np.bool_),
        hit_reading=of[first],
        hit_word=word[first],
        hit_term=term[first],
        hit_strength=strength[first],
        segment_of=segment_of,
        segment_term=segment_term,
        segment_start=np.asarray(segment_start, np.int64),
        segment_weight=add_up(segment_of, weight[segment_term], n_segments),
        segment_first=np.asarray(segment_first, np.int64),
        steps=np.unique(np.array([first * len(owners) + second for first, second in steps], np.int64)),
    )
