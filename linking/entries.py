"""What the ranking asks of entries, as arrays over the entries of a knowledge base."""

from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linking.knowledge_base import KnowledgeBase
from linking.normal import match_key, name_words, simplify
from linking.places import country_key, first_words
from linking.queries import Reading
from linking.ragged import Indices
from linking.sources.ror import UNLISTED
from linking.sources.starter import WELL_KNOWN

KINDS: Final = ("education", "healthcare", "company", "facility", "government", WELL_KNOWN, UNLISTED)
NOWHERE: Final = 0
UNASKED: Final = -2  # in place of the number of a city's word
MAX_PLACE_WORDS: Final = 4
MIN_SHARE: Final = 0.2  # of the entries of the country that has most of a city's name


class EntryTable:
    """Places, kinds, priors and parents by entry row; names by names-table row."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        self._place_ids: dict[str, int] = {"": NOWHERE}
        self.country = self._places("country", country_key)
        self.region = self._places("region", simplify)
        self.city = self._places("city", simplify)
        self.prior: NDArray[np.float64] = np.log1p(kb.column("prior").to_numpy(zero_copy_only=False))
        self.kinds = self._flags()  # (n_entries, n_kinds)
        self.is_unlisted: NDArray[np.bool_] = self.kinds[:, KINDS.index(UNLISTED)]
        coded = kb.column("kb").dictionary_encode()
        is_starter = np.array([name == "starter" for name in coded.dictionary.to_pylist()], np.bool_)
        self.is_registered = self._find_registered(is_starter[coded.indices.to_numpy(zero_copy_only=False)])
        self.parent_start, self.parent = self._parents()
        self.names_of: Indices = np.searchsorted(
            kb.entity_of, np.arange(len(self.city) + 1)
        )  # first name of each entry
        by_city = np.lexsort((-self.prior, self.city))
        self.in_city: Indices = by_city  # entries by city, those of the highest prior first
        self.city_start: Indices = np.searchsorted(self.city[by_city], np.arange(self.n_places + 1))
        self.place_country = self._countries_of_places()  # sorted keys place * n_places + country
        self.city_rank = self._rank_in_cities()  # (n_entries,) 0 for the first of its kind in its city
        self.n_same_name = self._count_same_names()  # (n_names,) distinct entries that bear the name
        self._branch: dict[int, bool] = {}
        self._known: dict[int, bool] = {}
        self._city_word: Indices = np.full(len(self.city), UNASKED)
        self._description: dict[int, frozenset[str]] = {}

    @property
    def n_places(self) -> int:
        """Numbers of places are below this."""
        return len(self._place_ids)

    def _places(self, column: str, simplified: object) -> NDArray[np.int64]:
        coded = self.kb.column(column).dictionary_encode()
        ids = [
            self._place_ids.setdefault(simplified(place or ""), len(self._place_ids))  # pyright: ignore
            for place in coded.dictionary.to_pylist()
        ]
        indices = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
        return np.asarray(ids or [NOWHERE], np.int64)[indices] if len(ids) else np.zeros(len(coded), np.int64)

    def _flags(self) -> NDArray[np.bool_]:
        column: pa.ListArray = self.kb.column("kinds")
        owner = column.value_parent_indices().to_numpy(zero_copy_only=False)
        coded = column.flatten().dictionary_encode()
        place = [KINDS.index(kind) if kind in KINDS else len(KINDS) for kind in coded.dictionary.to_pylist()]
        flags = np.zeros((len(column), len(KINDS) + 1), np.bool_)
        if len(owner):
            flags[owner, np.asarray(place, np.int64)[coded.indices.to_numpy(zero_copy_only=False)]] = True
        return flags[:, : len(KINDS)]

    def _find_registered(self, is_starter: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which entries a registry has; of a type that no registry has, all, shape (n_entries,)."""
        labels = self.kb.column("label").dictionary_encode().indices.to_numpy(zero_copy_only=False)
        has_registry = np.bincount(labels, weights=~is_starter) > 0
        return ~is_starter | ~has_registry[labels]

    def _parents(self) -> tuple[Indices, Indices]:
        column: pa.ListArray = self.kb.column("parents")
        owner = column.value_parent_indices().to_numpy(zero_copy_only=False)
        rows = self.kb.row_of_id
        parent = np.array([rows.get(identity, -1) for identity in column.flatten().to_pylist()], np.int64)
        owner, parent = owner[parent >= 0], parent[parent >= 0]
        return np.searchsorted(owner, np.arange(len(column) + 1)), parent

    def _countries_of_places(self) -> Indices:
        """Keys ``place * n_places + country`` of the countries where cities and regions lie.

        Of a name that several countries have, those in which it has at least a fifth as many entries as in the first.
        """
        keys: list[Indices] = [
            place[(place != NOWHERE) & (self.country != NOWHERE)] * self.n_places
            + self.country[(place != NOWHERE) & (self.country != NOWHERE)]
            for place in (self.city, self.region)
        ]
        key, counts = np.unique(np.concatenate(keys), return_counts=True)
        most = np.zeros(self.n_places, np.int64)
        np.maximum.at(most, key // self.n_places, counts)
        return key[counts >= MIN_SHARE * most[key // self.n_places]]

    def _rank_in_cities(self) -> NDArray[np.float64]:
        """How many universities of an entry's city (or hospitals, or others) have a higher prior, as log(1 + n)."""
        kind = self.kinds[:, 0] * 1 + self.kinds[:, 1] * 2
        group = self.city * 4 + kind
        order = np.lexsort((-self.prior, group))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order)) - np.searchsorted(group[order], group[order], side="left")
        return np.where(self.city == NOWHERE, np.log1p(100.0), np.log1p(np.minimum(rank, 100)))

    def _count_same_names(self) -> NDArray[np.int32]:
        keys, entities = self.kb.lexical.row_key, self.kb.entity_of
        order = np.lexsort((entities, keys))
        keys, entities = keys[order], entities[order]
        new_key = np.ones(len(keys), np.bool_)
        new_key[1:] = keys[1:] != keys[:-1]
        new_pair = new_key.copy()
        new_pair[1:] |= entities[1:] != entities[:-1]
        group = np.cumsum(new_key) - 1
        counts = np.bincount(group, weights=new_pair)
        same = np.empty(len(keys), np.int32)
        same[order] = counts[group]
        return same

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return first_words(self._place_ids)

    def places_in(self, reading: Reading) -> tuple[set[int], set[int]]:
        """Numbers of the countries named in a string, and of all places printed in it."""
        ids = self._place_ids
        countries = {ids[country] for country in reading.places.countries if country in ids}
        words = reading.places.padded.split()
        printed = {
            ids[phrase]
            for start, word in enumerate(words)
            if word in self._beginnings
            for stop in range(start + 1, min(len(words), start + MAX_PLACE_WORDS) + 1)
            if (phrase := " ".join(words[start:stop])) in ids
        }
        return countries, printed | {ids[city] for city in reading.places.cities if city in ids}

    def cities_in(self, reading: Reading) -> set[int]:
        """Numbers of the cities and regions named in a string, the longest where one holds another."""
        return {self._place_ids[city] for city in reading.places.cities if city in self._place_ids}

    def is_branch(self, row: int) -> bool:
        """True for the part of a name that branches share (``Google`` of ``Google (Ireland)``)."""
        if row not in self._branch:
            name = self.kb.name(row)
            main = self.kb.column("name")[int(self.kb.entity_of[row])].as_py()
            self._branch[row] = main.startswith(f"{name} (")
        return self._branch[row]

    def is_known_by(self, row: int) -> bool:
        """True if the name is of a well-known organisation and no other well-known one bears it (``MIT``)."""
        if row not in self._known:
            known = self.kinds[:, KINDS.index(WELL_KNOWN)]
            entity = int(self.kb.entity_of[row])
            bearers = self.kb.lexical.exact("Institution", match_key(self.kb.name(row), "Institution"))
            self._known[row] = bool(known[entity]) and not any(
                known[other] for other in {int(self.kb.entity_of[bearer]) for bearer in bearers} - {entity}
            )
        return self._known[row]

    def city_words(self, entities: Indices) -> Indices:
        """Number of the first word of each entry's city among the words of names, -1 where no name has it."""
        column = self.kb.column("city")
        for entity in np.unique(entities[self._city_word[entities] == UNASKED]).tolist():
            words = name_words(column[entity].as_py() or "", "Institution")
            self._city_word[entity] = self.kb.lexical.find_word("Institution", words[0]) if words else -1
        return self._city_word[entities]

    def description_words(self, entity: int) -> frozenset[str]:
        """The words of an entry's description, as those of a concept's name."""
        if entity not in self._description:
            text = self.kb.column("description")[entity].as_py() or ""
            self._description[entity] = frozenset(name_words(text, "Method"))
        return self._description[entity]
