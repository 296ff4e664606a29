"""The linker: a string and its type in, ranked entities with probabilities out, or the answer that none is meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.candidates import Pairs, add_in_cities, add_nearest, find_candidates
from linking.entries import EntryTable
from linking.features import FEATURES, FULL_COVER, Judged, judge
from linking.knowledge_base import KnowledgeBase
from linking.normal import letters_of
from linking.queries import Query, Reading
from linking.ranking import RankingModel, load_ranking
from linking.words import Terms, WordMatcher, match_terms
from schemas.meter import Meter

BATCH: Final = 1024  # queries of one type read, embedded and judged together
MAX_RANKED: Final = 20
CACHE_LIMIT: Final = 500_000
LINKED_TYPES: Final = ("Institution", "Method", "Dataset", "Task", "Metric")
HARDLY_COVERED: Final = 0.3  # of a name's word weight: below it hardly a word of the name was found
LEAST_OF_LETTERS: Final = 0.85
MANY: Final = 1.0  # log(1 + others): two others or more
COLUMN: Final = {name: i for i, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the linker says of one query.

    Attributes:
        ranked: Entry rows and probabilities, likeliest first, at most 20.
        answer: Entry rows that are meant; empty means NIL.
    """

    ranked: tuple[tuple[int, float], ...] = ()
    answer: tuple[int, ...] = ()

    @property
    def score(self) -> float:
        """Probability of the first candidate, 0 if there is none."""
        return self.ranked[0][1] if self.ranked else 0.0


class Linker:
    """Resolves queries against one knowledge base. Each distinct query is worked out once and remembered.

    A query's result depends on nothing but the query and the knowledge base: not on the batch, nor on the order.
    """

    def __init__(self, kb: KnowledgeBase, *, models: dict[str, RankingModel] | None = None) -> None:
        """Link against ``kb``; ``models`` replaces the shipped ranking models ``institution`` and ``concept``."""
        self.kb = kb
        self._models = models or {}
        self.table = EntryTable(kb)
        self._matchers: dict[str, WordMatcher] = {}
        self._known: dict[Query, Resolution] = {}
        self.meter = Meter()  # names asked for, and those that were not known yet

    @property
    def revision(self) -> str:
        """Revision of the knowledge base and of the ranking models."""
        return f"kb-{self.kb.revision}+{self.model('Institution').revision}+{self.model('Method').revision}"

    def model(self, label: str) -> RankingModel:
        """The ranking model for a type."""
        name = "institution" if label == "Institution" else "concept"
        return self._models.get(name) or load_ranking(name)

    def resolve(self, queries: Sequence[Query]) -> list[Resolution]:
        """Resolutions in the order of the queries; a type that the knowledge base lacks gives NIL."""
        if len(self._known) > CACHE_LIMIT:
            self._known.clear()
        new = [query for query in dict.fromkeys(queries) if query not in self._known]
        self.meter.add(names=len(queries), new_names=len(new))
        asked: dict[str, list[Query]] = {}
        for query in new:
            for label in [query.label] if query.label else LINKED_TYPES:
                if label in self.kb.labels:
                    asked.setdefault(label, []).append(query)
        found: dict[Query, list[Resolution]] = {query: [] for query in new}
        for label in sorted(asked, key=LINKED_TYPES.index):
            for start in range(0, len(asked[label]), BATCH):
                batch = asked[label][start : start + BATCH]
                readings = [Reading(query, label, self.kb.gazetteer) for query in batch]
                for query, resolution in zip(batch, self._resolve_batch(label, readings), strict=True):
                    found[query].append(resolution)
        self._known.update((query, _join(resolutions)) for query, resolutions in found.items())
        return [self._known[query] for query in queries]

    def forget(self) -> None:
        """Forget all resolutions, as if no query had been asked."""
        self._known.clear()

    def judge(self, label: str, readings: Sequence[Reading]) -> Judged:
        """The allowed candidates of readings of one type, with their features.

        For organisations the cities named are asked only where no name was found that fits, and vectors, which cost
        more than all the rest, where hardly a word of any name was found. Concepts always need vectors.
        """
        matcher = self._matchers.setdefault(label, WordMatcher(self.kb.lexical, label))
        terms = match_terms(matcher, readings)
        pairs = find_candidates(self.table, label, readings, terms)
        if label != "Institution":
            pairs = add_nearest(self.table, label, readings, np.arange(len(readings)), pairs)
            return judge(self.table, matcher, readings, terms, pairs)
        judged = self._judge_allowed(matcher, readings, terms, pairs)
        unsure = np.setdiff1d(np.arange(len(readings)), judged.reading[fits(judged)])
        if not len(unsure):
            return judged
        fewer = [readings[i] for i in unsure.tolist()]
        terms = match_terms(matcher, fewer)
        covers = np.zeros(len(readings))
        np.maximum.at(covers, judged.reading, judged.features[:, COLUMN["fuzzy_cover"]])
        more = add_in_cities(self.table, fewer, terms, pairs.of(unsure))
        more = add_nearest(self.table, label, fewer, np.flatnonzero(covers[unsure] < HARDLY_COVERED), more)
        again = self._judge_allowed(matcher, fewer, terms, more)
        return judged.only(~np.isin(judged.reading, unsure)).with_more(again, unsure)

    def _judge_allowed(self, matcher: WordMatcher, readings: Sequence[Reading], terms: Terms, pairs: Pairs) -> Judged:
        judged = judge(self.table, matcher, readings, terms, pairs)
        return judged.only(is_allowed(self.table, judged))

    def _resolve_batch(self, label: str, readings: Sequence[Reading]) -> list[Resolution]:
        judged = self.judge(label, readings)
        model = self.model(label)
        least = np.maximum(floors(readings, judged), floors_of_letters(self.kb, readings, judged))
        probabilities = np.maximum(model.probabilities(judged.features), least).round(6)
        ends = np.searchsorted(judged.reading, np.arange(len(readings) + 1))
        resolutions: list[Resolution] = []
        for i in range(len(readings)):
            mine = slice(ends[i], ends[i + 1])
            entities, features = judged.entity[mine].tolist(), judged.features[mine]
            resolution = decide(entities, probabilities[mine], features, model.threshold, model.set_threshold)
            if len(resolution.answer) > 1:
                names = dict(zip(entities, self.kb.lexical.row_key[judged.row[mine]].tolist(), strict=True))
                resolution = Resolution(resolution.ranked, _of_different_names(resolution.answer, names))
            resolutions.append(resolution)
        return resolutions


def _of_different_names(answer: Sequence[int], names: Mapping[int, int]) -> tuple[int, ...]:
    """Of entities of one name ("Ministry of Education") only the likeliest, which comes first, can be meant."""
    first = {names[entity]: entity for entity in reversed(answer)}
    return tuple(entity for entity in answer if first[names[entity]] == entity)


def decide(
    entities: Sequence[int],
    probabilities: NDArray[np.float64],
    features: NDArray[np.float64],
    threshold: float,
    set_threshold: float,
) -> Resolution:
    """Order the candidates (ties: the higher prior, then the lower row) and choose the answer.

    What the registry only names stands for its string but is not said: no answer may be the right one.
    """
    if not entities:
        return Resolution()
    order = np.lexsort((np.asarray(entities), -features[:, COLUMN["prior"]], -probabilities))
    first = int(order[0])
    listed = [i for i in order.tolist() if features[i, COLUMN["unlisted"]] == 0]
    ranked = tuple((int(entities[i]), float(probabilities[i])) for i in listed[:MAX_RANKED])
    if probabilities[first] < threshold:
        return Resolution(ranked)
    said = (i for i in listed[:MAX_RANKED] if i == first or probabilities[i] >= set_threshold)
    return Resolution(ranked, tuple(int(entities[i]) for i in said))


def fits(judged: Judged) -> NDArray[np.bool_]:
    """Which candidates stand in their string whole, in one of its segments, and in a place that it names or in none."""
    features = judged.features
    return (
        (features[:, COLUMN["fuzzy_cover"]] > FULL_COVER)
        & (features[:, COLUMN["inside_segment"]] > FULL_COVER)
        & (features[:, COLUMN["country"]] >= 0)
        & (features[:, COLUMN["adjacent"]] > 0)
    )


def is_allowed(table: EntryTable, judged: Judged) -> NDArray[np.bool_]:
    """Which candidates the acronym rule leaves, shape (n,).

    An acronym, or the part of a name that branches share, names an organisation only if no other bears it, if it is
    the one well-known organisation that does (``MIT``, not ``NTU``), or if its city, region or country is named. An
    acronym that others bear is not meant in another country, nor a name that ``MANY`` others bear in none.
    """
    features = judged.features
    named = [features[:, COLUMN[name]] > 0 for name in ("country", "city", "region", "country_of_places")]
    bearers = features[:, COLUMN["n_same_name"]]
    is_free = features[:, COLUMN["n_same_name"]] == 0
    is_free |= (features[:, [COLUMN["country"], COLUMN["city"], COLUMN["region"]]] > 0).any(axis=1)
    is_acronym = features[:, COLUMN["is_acronym"]] > 0
    is_free |= ~is_acronym & (features[:, COLUMN["is_alias"]] == 0)
    for i in np.flatnonzero(~is_free).tolist():
        row = int(judged.row[i])
        is_free[i] = not (is_acronym[i] or table.is_branch(row)) or table.is_known_by(row)
    is_free &= ~(is_acronym & (bearers > 0) & is_elsewhere(features) & ~named[1] & ~named[2])
    for i in np.flatnonzero(is_free & (features[:, COLUMN["same"]] > 0) & (bearers >= MANY) & ~np.any(named, axis=0)):
        is_free[i] = table.is_known_by(int(judged.row[i]))
    return is_free


def is_elsewhere(features: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which candidates the string puts into another country, by its name or by that of a city or region, shape (n,)."""
    country = features[:, COLUMN["country"]]
    return (country < 0) | ((country == 0) & (features[:, COLUMN["country_of_places"]] < 0))


def floors(readings: Sequence[Reading], judged: Judged) -> NDArray[np.float64]:
    """Least probability of each candidate, shape (n,): the model has seen few strings that are nothing but a name.

    The whole string is the name, no other entity bears it, and it lies in no other country: 0.9. The same for an
    acronym that the acronym rule left as the only candidate with this name: 0.7.
    """
    features = judged.features
    whole = (features[:, COLUMN["same"]] > 0) & (features[:, COLUMN["n_segments"]] <= 1)
    whole &= np.array([reading.n_asked <= 1 for reading in readings], np.bool_)[judged.reading]
    agrees = ~is_elsewhere(features)
    acronym = features[:, COLUMN["is_acronym"]] > 0
    unique = features[:, COLUMN["n_same_name"]] == 0
    alone = acronym & (np.bincount(judged.reading, whole & acronym, len(readings))[judged.reading] == 1)
    return np.where(whole & agrees & unique & ~acronym, 0.9, np.where(whole & agrees & alone, 0.7, 0.0))


def floors_of_letters(kb: KnowledgeBase, readings: Sequence[Reading], judged: Judged) -> NDArray[np.float64]:
    """Least probability of the concepts whose names have a reading's letters, shape (n,): ``GPT2`` for ``GPT-2``.

    0.85 where one candidate alone has them, under a name that no other bears, and none has the very name.
    """
    least = np.zeros(len(judged.row))
    if not len(least) or readings[0].label == "Institution":
        return least
    same = judged.features[:, COLUMN["same"]] > 0
    open_readings = ~np.isin(judged.reading, judged.reading[same])
    alike: dict[int, list[int]] = {}
    for i in np.flatnonzero(open_readings & (judged.features[:, COLUMN["n_same_name"]] == 0)).tolist():
        words = readings[int(judged.reading[i])].words
        if letters_of(kb.lexical.name_key(int(judged.row[i]))) == letters_of(" ".join(words)):
            alike.setdefault(int(judged.reading[i]), []).append(i)
    for found in alike.values():
        if len(found) == 1:
            least[found[0]] = LEAST_OF_LETTERS
    return least


def _join(resolutions: Sequence[Resolution]) -> Resolution:
    """One resolution of those by type: the likeliest type's answer, all candidates ranked together."""
    if len(resolutions) <= 1:
        return resolutions[0] if resolutions else Resolution()
    ranked = sorted((pair for resolution in resolutions for pair in resolution.ranked), key=lambda p: (-p[1], p[0]))
    best = max(resolutions, key=lambda resolution: (bool(resolution.answer), resolution.score))
    if best.answer:  # the first of the ranking is the first of the answer
        ranked.sort(key=lambda pair: pair[0] != best.answer[0])
    return Resolution(tuple(ranked[:MAX_RANKED]), best.answer)
