"""The numbers by which a candidate is judged, one documented list for every entity type."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from linking.build import ACRONYM, ALIAS
from linking.candidates import Candidate
from linking.knowledge_base import KnowledgeBase
from linking.normal import initials, match_key, name_words, simplify, stem
from linking.places import country_key
from linking.queries import Reading

FEATURES: Final = {
    # name: (monotone: +1 more is better, -1 less is, 0 open), what it is
    "exact_cover": (1, "share of the name's word weight that stands in the string as it is"),
    "fuzzy_cover": (1, "the same, other endings and slips counted in part"),
    "segment_cover": (1, "share of the best segment's word weight that the name explains"),
    "inside_segment": (1, "share of the name's word weight found within the best segment"),
    "phrase": (1, "1 if the name stands in the string word for word"),
    "same": (1, "1 if the name and the best segment are the same string for the linker"),
    "ratio": (1, "rapidfuzz ratio of name and best segment, 0..1"),
    "sorted_ratio": (1, "the same with words in alphabetical order"),
    "cosine": (1, "cosine of the best name with the nearest segment; the least retrieved if not retrieved"),
    "cosine_gap": (1, "that less the best cosine of any candidate"),
    "mass": (0, "weight of the name's words that were found"),
    "mass_share": (1, "that by the largest of any candidate"),
    "n_words": (0, "words of the name"),
    "is_alias": (-1, "1 if it is an alias"),
    "is_acronym": (0, "1 if it is an acronym"),
    "n_same_name": (-1, "log of the number of entities that bear the name"),
    "country": (1, "1 its country is named, -1 another is, 0 none is"),
    "city": (1, "1 its city is named, -1 others are, 0 none is"),
    "region": (1, "1 its state or province is named"),
    "city_in_name": (0, "1 if the name holds its city"),
    "prior": (0, "log of the entry's prior"),
    "education": (0, "1 for a university or school"),
    "healthcare": (0, "1 for a hospital"),
    "company": (0, "1 for a company"),
    "facility": (0, "1 for a research institute or laboratory"),
    "government": (0, "1 for an authority"),
    "position": (0, "place of the best segment in the string, 0 first, 1 last"),
    "n_segments": (0, "segments that are no places"),
    "parent_there": (0, "1 if what it is a part of is a full match too"),
    "child_there": (0, "1 if a part of it is a full match too"),
    "inside_longer": (-1, "1 if a longer full match holds all its words"),
    "initials": (1, "1 if one of string and name is made of the other's first letters"),
    "digits": (1, "1 the same numbers are in both, -1 they differ, 0 there are none"),
    "first_word": (1, "1 if both begin with the same word"),
    "extra_words": (0, "words of the name that the string lacks"),
    "missing_words": (0, "words of the segment that the name lacks"),
    "context_cover": (1, "share of the name's missing word weight that the context has"),
    "description_cover": (1, "share of the string's and context's weight found in the entry's description"),
}
N_FEATURES: Final = len(FEATURES)


@dataclass(frozen=True, slots=True)
class NameWords:
    """A name's words with their weights."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    total: float
    key: str
    sorted_key: str


class Judge:
    """Computes features against one knowledge base."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        self.weight = lru_cache(maxsize=500_000)(kb.lexical.word_weight)
        self._name_words = lru_cache(maxsize=300_000)(self._split_name)
        self._same_name = lru_cache(maxsize=300_000)(self._count_same_name)

    def judge(
        self, reading: Reading, candidates: Sequence[Candidate]
    ) -> tuple[list[int], list[int], NDArray[np.float64]]:
        """One line of features for each entity, by its best name.

        Returns:
            Entry rows (ascending), the best name's row of each, features of shape (n_entities, n_features), float64.
        """
        kb = self.kb
        names_of: defaultdict[int, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            names_of[int(kb.entity_of[candidate.row])].append(candidate)
        entities = sorted(names_of)
        floor = min((c.cosine for c in candidates if c.cosine), default=0.3)
        best_names: list[int] = []
        lines: list[list[float]] = []
        found_words: list[frozenset[str]] = []
        for entity in entities:
            cosine = max(c.cosine for c in names_of[entity]) or floor
            options = [(self._name_features(reading, c.row), c.row) for c in names_of[entity]]
            options.sort(key=lambda option: (-_closeness(option[0]), kb.kind_of[option[1]], option[1]))
            (line, segment, words), row = options[0]
            line["cosine"] = cosine
            self._add_entity(reading, entity, row, segment, line)
            best_names.append(row)
            lines.append([line.get(name, 0.0) for name in FEATURES])
            found_words.append(words)
        features = np.asarray(lines, np.float64).reshape(len(entities), N_FEATURES)
        if entities:
            self._add_relative(entities, found_words, features)
        return entities, best_names, np.round(features, 5)

    def _split_name(self, row: int, label: str) -> NameWords:
        words = tuple(dict.fromkeys(name_words(self.kb.name(row), label)))
        weights = tuple(self.weight(label, word) for word in words)
        key = " ".join(name_words(self.kb.name(row), label))
        return NameWords(words, weights, sum(weights) or 1.0, key, " ".join(sorted(words)))

    def _count_same_name(self, row: int, label: str) -> int:
        rows = self.kb.lexical.exact(label, match_key(self.kb.name(row), label))
        return len({int(self.kb.entity_of[other]) for other in rows}) or 1

    def _name_features(self, reading: Reading, row: int) -> tuple[dict[str, float], int, frozenset[str]]:
        name = self._name_words(row, reading.label)
        strengths = [reading.find_word(word) for word in name.words]
        matched = {
            reading.match_of(word): weight * strength
            for word, weight, strength in zip(name.words, name.weights, strengths, strict=True)
            if strength
        }
        mass = sum(weight * strength for weight, strength in zip(name.weights, strengths, strict=True))
        best, segment_cover, inside = 0, 0.0, 0.0
        for i, segment in enumerate(reading.segments):
            weights = {word: self.weight(reading.label, word) for word in segment.words}
            explained = sum(weight for word, weight in weights.items() if word in matched)
            within = sum(matched[word] for word in weights if word in matched) / name.total
            cover = explained / (sum(weights.values()) or 1.0)
            if (within + 0.5 * cover) > (inside + 0.5 * segment_cover):
                best, segment_cover, inside = i, cover, within
        segment_key = reading.segments[best].key if reading.segments else " ".join(reading.words)
        segment_words = segment_key.split()
        line = {
            "exact_cover": sum(w for w, s in zip(name.weights, strengths, strict=True) if s == 1.0) / name.total,
            "fuzzy_cover": mass / name.total,
            "segment_cover": segment_cover,
            "inside_segment": inside,
            "phrase": float(bool(name.key) and f" {name.key} " in reading.padded),
            "same": float(self._is_same(reading, row, name.key, segment_key)),
            "ratio": fuzz.ratio(name.key, segment_key) / 100,
            "sorted_ratio": fuzz.ratio(name.sorted_key, " ".join(sorted(segment_words))) / 100,
            "mass": mass,
            "n_words": float(len(name.words)),
            "is_alias": float(self.kb.kind_of[row] == ALIAS),
            "is_acronym": float(self.kb.kind_of[row] == ACRONYM),
            "initials": float(_are_initials(name.words, segment_words)),
            "digits": _compare_digits(name.key, segment_key if reading.label != "Institution" else name.key),
            "first_word": float(
                bool(name.words) and bool(segment_words) and stem(name.words[0]) == stem(segment_words[0])
            ),
            "extra_words": float(sum(strength == 0.0 for strength in strengths)),
            "missing_words": float(sum(word not in matched for word in segment_words)),
        }
        if reading.context_words:
            missing = [(word, w) for word, w, s in zip(name.words, name.weights, strengths, strict=True) if s == 0.0]
            total = sum(weight for _, weight in missing)
            line["context_cover"] = sum(w for word, w in missing if word in reading.context_words) / (total or 1.0)
        return line, best, frozenset(matched)

    def _is_same(self, reading: Reading, row: int, name_key: str, segment_key: str) -> bool:
        """Concepts are compared without their head words: "ImageNet dataset" is ImageNet."""
        if reading.label == "Institution":
            return name_key == segment_key
        return match_key(self.kb.name(row), reading.label) == match_key(reading.query.text, reading.label)

    def _add_entity(self, reading: Reading, entity: int, row: int, segment: int, line: dict[str, float]) -> None:
        entry = self.kb.entry(entity)
        line["prior"] = math.log1p(entry.prior)
        line["n_same_name"] = math.log(self._same_name(row, reading.label))
        asked = [i for i, piece in enumerate(reading.segments) if not piece.is_place]
        line["n_segments"] = float(len(asked))
        line["position"] = segment / max(1, len(reading.segments) - 1)
        if reading.label == "Institution":
            places = reading.places
            country, city, region = country_key(entry.country), simplify(entry.city), simplify(entry.region)
            line["country"] = _agreement(country in places.countries, bool(places.countries and country))
            line["city"] = _agreement(places.names(city), bool(places.cities and city))
            line["region"] = float(places.names(region) or region in places.cities)
            line["city_in_name"] = float(bool(city) and f" {city} " in f" {simplify(self.kb.name(row))} ")
            for kind in ("education", "healthcare", "company", "facility", "government"):
                line[kind] = float(kind in entry.kinds)
        elif entry.description:
            words = frozenset(name_words(entry.description, reading.label))
            asked_words = reading.context_words | reading.word_set
            total = sum(self.weight(reading.label, word) for word in asked_words) or 1.0
            line["description_cover"] = sum(self.weight(reading.label, w) for w in asked_words & words) / total

    def _add_relative(
        self, entities: Sequence[int], found_words: Sequence[frozenset[str]], features: NDArray[np.float64]
    ) -> None:
        column = {name: i for i, name in enumerate(FEATURES)}
        features[:, column["cosine_gap"]] = features[:, column["cosine"]] - features[:, column["cosine"]].max()
        features[:, column["mass_share"]] = features[:, column["mass"]] / (features[:, column["mass"]].max() or 1.0)
        full = [i for i in range(len(entities)) if features[i, column["fuzzy_cover"]] > 0.95]
        full_ids = {self.kb.entry(entities[i]).entity_id for i in full}
        parents_there = {parent for i in full for parent in self.kb.entry(entities[i]).parents}
        for i, entity in enumerate(entities):
            entry = self.kb.entry(entity)
            features[i, column["parent_there"]] = any(parent in full_ids for parent in entry.parents)
            features[i, column["child_there"]] = entry.entity_id in parents_there
            features[i, column["inside_longer"]] = any(found_words[i] < found_words[j] for j in full)


def _closeness(option: tuple[dict[str, float], int, frozenset[str]]) -> float:
    line = option[0]
    return round(line["inside_segment"] * (1 + line["segment_cover"]) + line["phrase"] + line["ratio"], 6)


def _agreement(agrees: bool, could_disagree: bool) -> float:
    return 1.0 if agrees else -1.0 if could_disagree else 0.0


def _compare_digits(name: str, text: str) -> float:
    mine = {word for word in name.split() if any(c.isdigit() for c in word)}
    theirs = {word for word in text.split() if any(c.isdigit() for c in word)}
    return 0.0 if not mine and not theirs else 1.0 if mine == theirs else -1.0


def _are_initials(name: Sequence[str], text: Sequence[str]) -> bool:
    for short, long in ((name, text), (text, name)):
        if len(short) == 1 and len(long) > 1 and short[0] in {initials(long), "".join(word[0] for word in long)}:
            return True
    return False
