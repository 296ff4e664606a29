"""Candidates of queries: exact names and phrases, initials, names with shared words, and nearest vectors, together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.build import ACRONYM
from linking.entries import EntryTable
from linking.knowledge_base import KnowledgeBase
from linking.lexical import hash_phrase, hash_phrases, hash_word
from linking.normal import initials, match_key, simplify
from linking.queries import Reading, asked_segments
from linking.ragged import Indices, add_up, expand, look_up, number_distinct, top_n
from linking.words import Terms

MAX_PHRASE_WORDS: Final = 12
MAX_CONCEPT_WORDS: Final = 6
N_SIMILAR: Final = 20  # names by shared words, for the whole string and for each segment
N_WITH_PARENTS: Final = 3  # of these, whose parents are candidates too
N_NEAREST: Final = 20  # names by vector, for each segment
MAX_IN_CITY: Final = 300  # organisations of a city that are looked at, those of the highest prior
N_IN_CITY: Final = 10  # names of organisations of the cities named
MAX_SAME_NAME: Final = 40  # rows taken of one exact name


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Names that may be meant, for many readings of one type: by reading and then by row, each once.

    Attributes:
        reading, row: Shape (n,), int64: number of the reading, row of the names table.
        phrase: Shape (n,), bool: the name stands in the string word for word.
        cosine: Shape (n,), float64: with the nearest segment; 0 where the vectors did not bring it.
    """

    reading: Indices
    row: Indices
    phrase: NDArray[np.bool_]
    cosine: NDArray[np.float64]

    def of(self, readings: Indices) -> "Pairs":
        """The pairs of these readings (ascending), which are numbered anew from 0."""
        place, kept = look_up(readings, self.reading)
        return Pairs(place[kept], self.row[kept], self.phrase[kept], self.cosine[kept])


def find_candidates(table: EntryTable, label: str, readings: Sequence[Reading], terms: Terms) -> Pairs:
    """Candidates of each reading by its letters."""
    kb = table.kb
    phrases = _phrase_rows(kb, label, readings) if label == "Institution" else _concept_rows(kb, label, readings)
    similar, best = _similar_rows(kb, label, readings, terms)
    if any(reading.without for reading in readings):
        kept = _is_visible(table, readings, *similar)
        phrases = _hide(table, readings, *phrases)
        similar, best = (similar[0][kept], similar[1][kept]), best[kept]
    found = [phrases, similar]
    if label == "Institution":
        found.append(_hide(table, readings, *_parent_rows(table, *phrases)))
        found.append(_hide(table, readings, *_parent_rows(table, *(column[best] for column in similar))))
    phrase = np.repeat([True, False], [len(phrases[0]), sum(len(reading) for reading, _ in found[1:])])
    return _join_pairs(table, found, phrase, np.zeros(len(phrase)))


def add_nearest(table: EntryTable, label: str, readings: Sequence[Reading], asked: Indices, pairs: Pairs) -> Pairs:
    """The candidates, and for the readings asked (their numbers) those with the nearest vectors, computed in one go."""
    (owner, row), cosine = _nearest_rows(table.kb, label, [readings[i] for i in asked.tolist()])
    kept = _is_visible(table, [readings[i] for i in asked.tolist()], owner, row)
    owner, row, cosine = owner[kept], row[kept], cosine[kept]
    found = [(pairs.reading, pairs.row), (asked[owner], row)]
    phrase = np.concatenate([pairs.phrase, np.zeros(len(row), np.bool_)])
    return _join_pairs(table, found, phrase, np.concatenate([pairs.cosine, cosine]))


def add_in_cities(table: EntryTable, readings: Sequence[Reading], terms: Terms, pairs: Pairs) -> Pairs:
    """The candidates and those organisations of the cities named that share most words with the string."""
    found = [(pairs.reading, pairs.row), _hide(table, readings, *_city_rows(table, readings, terms))]
    n_more = len(found[1][0])
    phrase = np.concatenate([pairs.phrase, np.zeros(n_more, np.bool_)])
    return _join_pairs(table, found, phrase, np.concatenate([pairs.cosine, np.zeros(n_more)]))


def _is_visible(table: EntryTable, readings: Sequence[Reading], reading: Indices, row: Indices) -> NDArray[np.bool_]:
    """Which names are of entries that are not hidden from their reading."""
    kept = np.ones(len(row), np.bool_)
    for i, hidden in ((i, r.without) for i, r in enumerate(readings) if r.without):
        kept &= ~((reading == i) & np.isin(table.kb.entity_of[row], list(hidden)))
    return kept


def _hide(table: EntryTable, readings: Sequence[Reading], reading: Indices, row: Indices) -> tuple[Indices, Indices]:
    kept = _is_visible(table, readings, reading, row)
    return reading[kept], row[kept]


def _join_pairs(
    table: EntryTable, found: Sequence[tuple[Indices, Indices]], phrase: NDArray[np.bool_], cosine: NDArray[np.float64]
) -> Pairs:
    n_rows = len(table.kb.entity_of)
    keys = np.concatenate([reading * n_rows + row for reading, row in found])
    key, position = number_distinct(keys)
    best_cosine, any_phrase = np.zeros(len(key)), np.zeros(len(key), np.bool_)
    np.maximum.at(best_cosine, position, cosine)
    np.logical_or.at(any_phrase, position, phrase)
    return Pairs(key // n_rows, key % n_rows, any_phrase, best_cosine)


def _city_rows(table: EntryTable, readings: Sequence[Reading], terms: Terms) -> tuple[Indices, Indices]:
    """Names of the organisations in the cities named that share most words with the string."""
    lexical = table.kb.lexical
    cities = sorted((i, place) for i, reading in enumerate(readings) for place in table.places_in(reading)[1])
    reading = np.fromiter((i for i, _ in cities), np.int64, len(cities))
    city = np.fromiter((place for _, place in cities), np.int64, len(cities))
    size = np.minimum(table.city_start[city + 1] - table.city_start[city], MAX_IN_CITY)
    owner, place = expand(table.city_start[city], size)
    entity = table.in_city[place]
    name_owner, row = expand(table.names_of[entity], table.names_of[entity + 1] - table.names_of[entity])
    reading = reading[owner][name_owner]
    kept = table.kb.kind_of[row] != ACRONYM
    reading, row = reading[kept], row[kept]
    pair, place = expand(lexical.name_start[row], lexical.name_start[row + 1] - lexical.name_start[row])
    word = lexical.name_word[place].astype(np.int64)
    hit, found = look_up(terms.hit_reading * lexical.n_words + terms.hit_word, reading[pair] * lexical.n_words + word)
    strength = np.where(found, terms.hit_strength[hit] if len(terms.hit_strength) else 0.0, 0.0)
    shared = add_up(pair, lexical.word_weight[word] * strength, len(row))
    best = top_n(reading, shared / np.sqrt(lexical.row_weight[row] + 0.1), N_IN_CITY)
    return reading[best], row[best]


def _phrase_rows(kb: KnowledgeBase, label: str, readings: Sequence[Reading]) -> tuple[Indices, Indices]:
    """Names of which every word stands in the string, in a row; acronyms only where they are printed in capitals."""
    owner, row, single = _find_phrases(kb, label, readings, MAX_PHRASE_WORDS, MAX_SAME_NAME)
    is_acronym = kb.kind_of[row] == ACRONYM
    kept = np.ones(len(row), np.bool_)
    for i in np.flatnonzero(is_acronym | single).tolist():
        reading = readings[int(owner[i])]
        if is_acronym[i]:
            kept[i] = is_printed_acronym(kb, reading, int(row[i]))
        elif (word := kb.lexical.name_key(int(row[i]))) in kb.gazetteer.words:
            kept[i] = word in reading.capitals
    return owner[kept], row[kept]


def _find_phrases(
    kb: KnowledgeBase, label: str, readings: Sequence[Reading], longest: int, most: int
) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Reading and row of the names that are runs of words of the strings, and whether they are one word."""
    hashes = [hash_word(label, word) for reading in readings for word in reading.words]
    ends = np.cumsum([len(reading.words) for reading in readings], dtype=np.int64)
    starts, sizes, values = hash_phrases(hashes, ends, longest)
    run, row = kb.lexical.find_keys(values, most)
    return np.searchsorted(ends, starts[run], side="right"), row, sizes[run] == 1


def _concept_rows(kb: KnowledgeBase, label: str, readings: Sequence[Reading]) -> tuple[Indices, Indices]:
    owners: list[int] = []
    hashes: list[int] = []
    for i, reading in enumerate(readings):
        text, words = reading.query.text, reading.words
        joined = "".join(words)
        keys = {match_key(text, label), simplify(text), "^" + joined}
        if len(words) == 1 and 2 <= len(joined) <= 8:
            keys.add("=" + joined)
        if len(words) > 1:
            keys.add(initials(words))
        keys |= {key for key in reading.sibling_keys if not reading.word_set.isdisjoint(key.split())}
        keys.discard("")
        owners.extend([i] * len(keys))
        hashes.extend(hash_phrase(label, key.split()) for key in sorted(keys))
    run, row = kb.lexical.find_keys(np.asarray(hashes, np.uint64), MAX_SAME_NAME)
    owner = np.asarray(owners, np.int64)[run]
    part_owner, part_row, _ = _find_phrases(kb, label, readings, MAX_CONCEPT_WORDS, 5)
    return np.concatenate([owner, part_owner]), np.concatenate([row, part_row])


def _parent_rows(table: EntryTable, reading: Indices, row: Indices) -> tuple[Indices, Indices]:
    """Main names of what the organisations that stand in the string are parts of: the answer may hold both."""
    kb = table.kb
    long = np.diff(kb.lexical.name_start)[row] > 1
    entity = kb.entity_of[row[long]]
    owner, place = expand(table.parent_start[entity], table.parent_start[entity + 1] - table.parent_start[entity])
    return reading[long][owner], np.searchsorted(kb.entity_of, table.parent[place]).astype(np.int64)


def is_printed_acronym(kb: KnowledgeBase, reading: Reading, row: int) -> bool:
    """True if an acronym stands in the string in capitals and is no place there (``USA``, ``MA``)."""
    key = simplify(kb.name(row)).replace(" ", "")
    return key in reading.capitals and key not in kb.gazetteer.words


def _similar_rows(
    kb: KnowledgeBase, label: str, readings: Sequence[Reading], terms: Terms
) -> tuple[tuple[Indices, Indices], NDArray[np.bool_]]:
    """Names that share words with a whole string or with one of its segments; the best few of each are marked."""
    n = len(readings)
    asked = np.array([not segment.is_place for reading in readings for segment in reading.segments], np.bool_)
    alone = np.diff(terms.segment_start) == 1
    of_segment = np.repeat(np.arange(n), np.diff(terms.segment_start))
    asked &= ~alone[of_segment]
    mine = asked[terms.segment_of]
    pair_term = np.concatenate([np.arange(len(terms.reading)), terms.segment_term[mine]])
    pair_group = np.concatenate([terms.reading, n + terms.segment_of[mine]])
    # hits of each term, as ranges over the hits in the order of terms
    order = np.argsort(terms.hit_term, kind="stable")
    start = np.searchsorted(terms.hit_term[order], np.arange(len(terms.reading) + 1))
    owner, place = expand(start[pair_term], np.diff(start)[pair_term])
    group, hit = pair_group[owner], order[place]
    by_group = np.argsort(group, kind="stable")
    group, hit = group[by_group], hit[by_group]
    found, row = kb.lexical.similar(group, terms.hit_word[hit], terms.hit_strength[hit], N_SIMILAR)
    best = np.arange(len(found)) - np.searchsorted(found, found, side="left") < N_WITH_PARENTS
    reading = np.where(found < n, found, of_segment[np.maximum(found - n, 0)] if len(of_segment) else found)
    if label == "Institution":
        kept = np.ones(len(row), np.bool_)
        for i in np.flatnonzero(kb.kind_of[row] == ACRONYM).tolist():
            kept[i] = is_printed_acronym(kb, readings[int(reading[i])], int(row[i]))
        reading, row, best = reading[kept], row[kept], best[kept]
    return (reading, row), best


def _nearest_rows(
    kb: KnowledgeBase, label: str, readings: Sequence[Reading]
) -> tuple[tuple[Indices, Indices], NDArray[np.float64]]:
    asked = [asked_segments(reading) for reading in readings]
    texts = sorted({text for group in asked for text in group})
    place = {text: i for i, text in enumerate(texts)}
    hits = kb.nearest(label, kb.encoder.encode(texts), N_NEAREST)
    found = [(i, row, cosine) for i, group in enumerate(asked) for text in group for row, cosine in hits[place[text]]]
    owners = np.fromiter((i for i, _, _ in found), np.int64, len(found))
    rows = np.fromiter((row for _, row, _ in found), np.int64, len(found))
    return (owners, rows), np.fromiter((cosine for _, _, cosine in found), np.float64, len(found))
