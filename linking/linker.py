"""The linker: a string and its type in, ranked entities with probabilities out, or the answer that none is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.build import ACRONYM
from linking.candidates import find_candidates
from linking.features import FEATURES, Judge
from linking.knowledge_base import KnowledgeBase
from linking.normal import match_key
from linking.queries import Query, Reading
from linking.ranking import RankingModel, load_ranking
from linking.sources.starter import WELL_KNOWN

BATCH: Final = 256  # queries read, embedded and judged together
MAX_RANKED: Final = 20
CACHE_LIMIT: Final = 500_000
LINKED_TYPES: Final = ("Institution", "Method", "Dataset", "Task", "Metric")
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
        self._judge = Judge(kb)
        self._known: dict[Query, Resolution] = {}

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
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            readings = [
                Reading(query, label, self.kb.gazetteer)
                for query in batch
                for label in ([query.label] if query.label else LINKED_TYPES)
                if label in self.kb.labels
            ]
            parts: dict[Query, list[Resolution]] = {query: [] for query in batch}
            for reading, resolution in zip(readings, self._resolve_batch(readings), strict=True):
                parts[reading.query].append(resolution)
            self._known.update((query, _join(resolutions)) for query, resolutions in parts.items())
        return [self._known[query] for query in queries]

    def judge(self, readings: Sequence[Reading]) -> list[tuple[list[int], NDArray[np.float64]]]:
        """Entry rows of the allowed candidates and their features, for each reading."""
        judged = []
        for reading, candidates in zip(readings, find_candidates(self.kb, readings), strict=True):
            entities, names, features = self._judge.judge(reading, candidates)
            if reading.label == "Institution":
                named = list(zip(entities, names, strict=True))
                known = np.asarray([self._is_known_by(entity, row) for entity, row in named], np.bool_)
                short = np.asarray([self._is_short(entity, row) for entity, row in named], np.bool_)
                allowed = np.flatnonzero(is_allowed(features, short, known))
                entities, features = [entities[i] for i in allowed.tolist()], features[allowed]
            judged.append((entities, features))
        return judged

    def _is_short(self, entity: int, row: int) -> bool:
        """True if the name is an acronym, or the part that branches share (``Google`` of ``Google (Ireland)``)."""
        if self.kb.kind_of[row] == ACRONYM:
            return True
        return self.kb.entry(entity).name.startswith(f"{self.kb.name(row)} (")

    def _is_known_by(self, entity: int, row: int) -> bool:
        """True if no other well-known organisation bears the name (``MIT``, not ``NTU``)."""
        kb = self.kb
        if WELL_KNOWN not in kb.entry(entity).kinds:
            return False
        bearers = {
            int(kb.entity_of[i]) for i in kb.lexical.exact("Institution", match_key(kb.name(row), "Institution"))
        }
        return all(other == entity or WELL_KNOWN not in kb.entry(other).kinds for other in bearers)

    def _resolve_batch(self, readings: Sequence[Reading]) -> list[Resolution]:
        judged = self.judge(readings)
        probabilities = dict[int, NDArray[np.float64]]()
        for is_institution in (True, False):  # one walk through the trees for all candidates of a model
            mine = [i for i, reading in enumerate(readings) if (reading.label == "Institution") == is_institution]
            if mine:
                found = self.model(readings[mine[0]].label).probabilities(np.vstack([judged[i][1] for i in mine]))
                ends = np.cumsum([len(judged[i][1]) for i in mine])[:-1].tolist()
                probabilities.update(zip(mine, np.split(found, ends), strict=True))
        resolutions: list[Resolution] = []
        for i, (reading, (entities, features)) in enumerate(zip(readings, judged, strict=True)):
            model = self.model(reading.label)
            raised = np.maximum(probabilities[i], floors(reading, features)).round(6)
            resolutions.append(decide(entities, raised, features, model.threshold, model.set_threshold))
        return resolutions


def decide(
    entities: Sequence[int],
    probabilities: NDArray[np.float64],
    features: NDArray[np.float64],
    threshold: float,
    set_threshold: float,
) -> Resolution:
    """Order the candidates (ties: the higher prior, then the lower row) and choose the answer."""
    if not entities:
        return Resolution()
    order = np.lexsort((np.asarray(entities), -features[:, COLUMN["prior"]], -probabilities))
    ranked = tuple((int(entities[i]), float(probabilities[i])) for i in order[:MAX_RANKED])
    if ranked[0][1] < threshold:
        return Resolution(ranked)
    further = (entity for entity, probability in ranked[1:] if probability >= set_threshold)
    return Resolution(ranked, (ranked[0][0], *further))


def is_allowed(features: NDArray[np.float64], short: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which candidates the acronym rule leaves, shape (n,).

    An acronym, or another short name (``short``), names an organisation only if no other bears it, if it is the one
    well-known organisation that does (``known``), or if its city, region or country is named.
    """
    unique = features[:, COLUMN["n_same_name"]] == 0
    placed = (features[:, [COLUMN["country"], COLUMN["city"], COLUMN["region"]]] > 0).any(axis=1)
    return ~short | unique | known | placed


def floors(reading: Reading, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least probability of each candidate, shape (n,): the model has seen few strings that are nothing but a name.

    The whole string is the name, no other entity bears it, and no other country is named: 0.9. The same for an
    acronym that the acronym rule left as the only candidate with this name: 0.7.
    """
    whole = (features[:, COLUMN["same"]] > 0) & (features[:, COLUMN["n_segments"]] <= 1)
    whole &= len([segment for segment in reading.segments if not segment.is_place]) <= 1
    agrees = features[:, COLUMN["country"]] >= 0
    acronym = features[:, COLUMN["is_acronym"]] > 0
    unique = features[:, COLUMN["n_same_name"]] == 0
    alone = acronym & (np.count_nonzero(whole & acronym) == 1)
    return np.where(whole & agrees & unique & ~acronym, 0.9, np.where(whole & agrees & alone, 0.7, 0.0))


def _join(resolutions: Sequence[Resolution]) -> Resolution:
    """One resolution of those by type: the likeliest type's answer, all candidates ranked together."""
    if len(resolutions) <= 1:
        return resolutions[0] if resolutions else Resolution()
    ranked = sorted((pair for resolution in resolutions for pair in resolution.ranked), key=lambda p: (-p[1], p[0]))
    best = max(resolutions, key=lambda resolution: (bool(resolution.answer), resolution.score))
    if best.answer:  # the first of the ranking is the first of the answer
        ranked.sort(key=lambda pair: pair[0] != best.answer[0])
    return Resolution(tuple(ranked[:MAX_RANKED]), best.answer)
