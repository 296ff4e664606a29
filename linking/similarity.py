"""How names and strings compare, word by word and letter by letter, for many pairs at once."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from linking.candidates import Pairs
from linking.entries import EntryTable
from linking.lexical import hash_phrase
from linking.normal import initials, match_key
from linking.queries import MAX_SEGMENTS, Reading
from linking.ragged import Indices, add_up, expand, look_up, number_distinct
from linking.words import Terms

Column = NDArray[np.float64]
NO_TERM: Final = -9  # in place of a term's number
MASK_BITS: Final = 52  # terms of a string that ``inside_longer`` tells apart


@dataclass(slots=True, eq=False)
class Matches:
    """How the words of names meet the terms of their strings, see ``match_names``.

    Attributes:
        columns: Features by name, each of shape (n_pairs,).
        segment: Shape (n_pairs,): the best segment, numbered over all readings; -1 where there is none.
        mask: Shape (n_pairs,), uint64: bit i is set if the string's i-th term was found in the name.
        closeness: Shape (n_pairs,): by which the best name of an entry is chosen.
    """

    columns: dict[str, Column]
    segment: Indices
    mask: NDArray[np.uint64]
    closeness: Column


def match_names(table: EntryTable, label: str, readings: Sequence[Reading], terms: Terms, pairs: Pairs) -> Matches:
    """Compare each name with its string, word by word, and find the segment that it fits best."""
    lexical = table.kb.lexical
    n = len(pairs.row)
    start = lexical.name_start[pairs.row]
    n_words = lexical.name_start[pairs.row + 1] - start
    pair, place = expand(start, n_words)
    word = lexical.name_word[place].astype(np.int64)
    weight = lexical.word_weight[word].astype(np.float64)
    hit_keys = terms.hit_reading * lexical.n_words + terms.hit_word
    hit, is_hit = look_up(hit_keys, pairs.reading[pair] * lexical.n_words + word)
    strength = np.where(is_hit, terms.hit_strength[hit] if len(hit_keys) else 0.0, 0.0)
    term = np.where(is_hit, terms.hit_term[hit] if len(hit_keys) else NO_TERM, NO_TERM)
    total = add_up(pair, weight, n)
    total[total == 0] = 1.0
    mass = add_up(pair, weight * strength, n)
    columns = {
        "exact_cover": add_up(pair, weight * (strength == 1.0), n) / total,
        "fuzzy_cover": mass / total,
        "mass": mass,
        "n_words": n_words.astype(np.float64),
        "extra_words": add_up(pair, ~is_hit, n),
    }
    # each (pair, term) once, with the mass of the name's words found as that term
    met = np.flatnonzero(is_hit)
    n_terms = max(1, len(terms.reading))
    key, position = number_distinct(pair[met] * n_terms + term[met])
    met_mass = add_up(position, (weight * strength)[met], len(key))
    met_pair, met_term = key // n_terms, key % n_terms
    segment, fit = _fit_segments(terms, pairs, met_pair, met_term, met_mass, total)
    columns |= fit
    if label == "Institution":
        columns |= _look_around(terms, pairs, met_pair, met_term, segment)
    first_term = np.searchsorted(terms.reading, pairs.reading[met_pair])
    bit = np.left_shift(np.uint64(1), np.minimum(met_term - first_term, MASK_BITS - 1).astype(np.uint64))
    mask = np.zeros(n, np.uint64)
    np.bitwise_or.at(mask, met_pair, bit)
    if n:
        begins = np.flatnonzero(np.diff(pair, prepend=-1) > 0)
        first = np.full(n, NO_TERM, np.int64)
        first[pair[begins]] = term[begins]
        columns["first_word"] = (first == terms.segment_first[segment]).astype(np.float64)
    columns["adjacent"] = _count_steps(terms, pair, term, n)
    if label == "Institution":
        columns["inserted"] = np.where(columns["adjacent"] < 1, columns["inserted"], 0.0)
    columns |= _compare_strings(table, label, readings, pairs, segment - terms.segment_start[pairs.reading])
    if label != "Institution":
        lacking = (pair, word, weight, ~is_hit)
        contexts = [reading.context_words for reading in readings]
        columns["context_cover"] = _cover_by_context(table, label, contexts, pairs, *lacking)
        if any(reading.sibling_words for reading in readings):
            siblings = [reading.sibling_words for reading in readings]
            columns["sibling_cover"] = _cover_by_context(table, label, siblings, pairs, *lacking)
            keys = [
                np.uint64(hash_phrase(label, key.split())) ^ np.uint64(i)
                for i, reading in enumerate(readings)
                for key in reading.sibling_keys
            ]
            asked = lexical.row_key[pairs.row] ^ pairs.reading.astype(np.uint64)
            columns["sibling"] = np.isin(asked, np.array(keys, np.uint64)).astype(np.float64)
    closeness = columns["inside_segment"] * (1 + columns["segment_cover"]) + pairs.phrase + columns["ratio"]
    return Matches(columns, segment, mask, np.round(closeness, 6))


def _look_around(
    terms: Terms, pairs: Pairs, met_pair: Indices, met_term: Indices, segment: Indices
) -> dict[str, Column]:
    """What stands beside the name in its segment, and how much of the string it explains."""
    n, n_terms = len(pairs.row), len(terms.reading)
    if not n_terms:
        return dict.fromkeys(("goes_on", "word_before", "explained", "unexplained", "inserted", "begins"), np.zeros(n))
    members = np.sort(terms.segment_of * n_terms + terms.segment_term)
    inside = look_up(members, segment[met_pair] * n_terms + met_term)[1]
    pair, term = met_pair[inside], met_term[inside]
    first, last = np.full(n, n_terms), np.full(n, -1)
    np.minimum.at(first, pair, term)
    np.maximum.at(last, pair, term)

    def beside(term: Indices) -> Column:
        """1 if the segment has this term and it is no place, 2 if it is tied to the word before; else 0."""
        there = look_up(members, segment * n_terms + term)[1] & (last >= 0) & (term >= 0) & (term < n_terms)
        place = np.where(there, term, 0)
        return np.where(there & ~terms.is_place[place], 1.0 + terms.is_linked[place], 0.0)

    weight = np.where(terms.is_place, 0.0, terms.weight)
    total = add_up(terms.reading, weight, int(pairs.reading.max(initial=0)) + 1)[pairs.reading]
    there_before = beside(first - 1)
    explained = add_up(met_pair, weight[met_term], n)
    own = np.where(terms.is_kind, 0.0, weight)
    of_segment = add_up(terms.segment_of, own[terms.segment_term], len(terms.segment_weight))
    return {
        "goes_on": beside(last + 1),
        "word_before": np.where(there_before > 0, 1.0 + terms.is_linked[np.minimum(first, n_terms - 1)], 0.0),
        "unexplained": np.round(of_segment[segment] - add_up(pair, own[term], n), 6),
        "inserted": np.clip((last - first + 1 - np.bincount(pair, minlength=n)).astype(np.float64), 0.0, 3.0),
        "begins": first.astype(np.float64),
        "explained": explained / np.where(total > 0, total, 1.0),
    }


def _count_steps(terms: Terms, pair: Indices, term: Indices, n: int) -> Column:
    """Share of the steps from a name's word to its next that lead to the string's next word too; 1 of a single word."""
    same_name = pair[1:] == pair[:-1]
    steps = add_up(pair[1:], same_name, n)
    is_step = look_up(terms.steps, term[:-1] * len(terms.reading) + term[1:])[1]
    right = add_up(pair[1:], same_name & (term[1:] != NO_TERM) & is_step, n)
    return np.where(steps > 0, right / np.maximum(steps, 1.0), 1.0)


def _fit_segments(
    terms: Terms, pairs: Pairs, met_pair: Indices, met_term: Indices, met_mass: Column, total: Column
) -> tuple[Indices, dict[str, Column]]:
    """The segment of the string that fits each name best: most of the name within it, most of it explained."""
    n = len(pairs.row)
    order = np.argsort(terms.segment_term, kind="stable")
    start = np.searchsorted(terms.segment_term[order], np.arange(len(terms.reading) + 1))
    owner, place = expand(start[met_term], np.diff(start)[met_term])
    segment = terms.segment_of[order[place]]
    pair, term = met_pair[owner], met_term[owner]
    local = segment - terms.segment_start[pairs.reading[pair]]
    cell = pair * MAX_SEGMENTS + local
    shape = (n, MAX_SEGMENTS)
    explained = add_up(cell, terms.weight[term], n * MAX_SEGMENTS).reshape(shape)
    within = add_up(cell, met_mass[owner], n * MAX_SEGMENTS).reshape(shape)
    n_met = np.bincount(cell, minlength=n * MAX_SEGMENTS).reshape(shape)
    index = terms.segment_start[pairs.reading][:, None] + np.arange(MAX_SEGMENTS)
    there = index < terms.segment_start[pairs.reading + 1][:, None]
    index = np.where(there, index, 0)
    weights = terms.segment_weight[index] if len(terms.segment_weight) else np.ones(shape)
    cover = np.where(there, explained / np.where(weights > 0, weights, 1.0), 0.0)
    within /= total[:, None]
    best = np.round(within + 0.5 * cover, 6).argmax(axis=1) if n else np.zeros(0, np.int64)
    line = np.arange(n)
    n_terms = np.bincount(terms.segment_of, minlength=max(1, len(terms.segment_weight)))
    n_asked = np.diff(terms.segment_start)[pairs.reading]
    return terms.segment_start[pairs.reading] + best, {
        "segment_cover": cover[line, best],
        "inside_segment": within[line, best],
        "missing_words": (n_terms[index[line, best]] - n_met[line, best]).astype(np.float64),
        "position": best / np.maximum(1, n_asked - 1),
    }


def _compare_strings(
    table: EntryTable, label: str, readings: Sequence[Reading], pairs: Pairs, segment: Indices
) -> dict[str, Column]:
    lexical = table.kb.lexical
    names = lexical.name_keys_of(pairs.row)
    of = pairs.reading.tolist()
    texts = [
        readings[i].segments[s].key if readings[i].segments else " ".join(readings[i].words)
        for i, s in zip(of, segment.tolist(), strict=True)
    ]
    columns = {
        "ratio": process.cpdist(names, texts, scorer=fuzz.ratio, dtype=np.float64) / 100,
        "sorted_ratio": process.cpdist(names, texts, scorer=fuzz.token_sort_ratio, dtype=np.float64) / 100,
        "initials": _compare_initials(names, texts),
    }
    if label == "Institution":
        columns["same"] = np.array([a == b for a, b in zip(names, texts, strict=True)], np.float64)
        columns["n_segments"] = np.array([r.n_asked for r in readings], np.float64)[pairs.reading]
        return columns
    keys = [hash_phrase(label, match_key(reading.query.text, label).split()) for reading in readings]
    columns["same"] = (lexical.row_key[pairs.row] == np.array(keys, np.uint64)[pairs.reading]).astype(np.float64)
    numbers = {text: _words_with_digits(text) for text in {*names, *texts}}
    columns["digits"] = np.array(
        [_compare_digits(numbers[a], numbers[b]) for a, b in zip(names, texts, strict=True)], np.float64
    )
    columns["n_segments"] = np.ones(len(names))
    return columns


def _cover_by_context(
    table: EntryTable,
    label: str,
    contexts: Sequence[Set[str]],
    pairs: Pairs,
    pair: Indices,
    word: Indices,
    weight: Column,
    missing: NDArray[np.bool_],
) -> Column:
    """Share of the weight of a name's words that its string lacks which the context has."""
    lexical = table.kb.lexical
    keys = context_keys(table, label, contexts)
    _, there = look_up(keys, pairs.reading[pair] * lexical.n_words + word)
    lacking = add_up(pair, weight * missing, len(pairs.row))
    found = add_up(pair, weight * (missing & there), len(pairs.row))
    return found / np.where(lacking > 0, lacking, 1.0)


def context_keys(table: EntryTable, label: str, contexts: Sequence[Set[str]]) -> Indices:
    """Sorted keys ``reading * n_words + word`` of the words of the contexts that names have."""
    lexical = table.kb.lexical
    numbers = {word: lexical.find_word(label, word) for word in set().union(*contexts)}
    keys = {
        i * lexical.n_words + numbers[word] for i, words in enumerate(contexts) for word in words if numbers[word] >= 0
    }
    return np.array(sorted(keys), np.int64)


def _words_with_digits(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split() if any(map(str.isdigit, word)))


def _compare_digits(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return 0.0 if not mine and not theirs else 1.0 if mine == theirs else -1.0


def _compare_initials(names: Sequence[str], texts: Sequence[str]) -> Column:
    """1 where one of name and text, which then is one word, is made of the other's first letters."""
    found = np.zeros(len(names))
    for i, (name, text) in enumerate(zip(names, texts, strict=True)):
        if name[:1] == text[:1] and (" " in name) != (" " in text):
            found[i] = _are_initials(name, text)
    return found


def _are_initials(name: str, text: str) -> bool:
    short, long = sorted((name, text), key=lambda key: " " in key)
    words = long.split()
    return short[:1] == words[0][:1] and short in {initials(words), "".join(word[0] for word in words)}
