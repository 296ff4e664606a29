"""The numbers by which candidates are judged, for many strings at once; one documented list for every entity type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.build import ACRONYM, ALIAS
from linking.candidates import Pairs
from linking.entries import KINDS, NOWHERE, EntryTable
from linking.queries import KIND_WORDS, Reading
from linking.ragged import Indices, add_up, expand, look_up, top_n
from linking.similarity import Column, match_names
from linking.words import Terms, WordMatcher

FEATURES: Final = {
    # name: (monotone: +1 more is better, -1 less is, 0 open), what it is
    "exact_cover": (1, "share of the name's word weight that stands in the string as it is"),
    "fuzzy_cover": (1, "the same, other endings and slips counted in part"),
    "segment_cover": (1, "share of the best segment's word weight that the name explains"),
    "inside_segment": (1, "share of the name's word weight found within the best segment"),
    "phrase": (1, "1 if the name stands in the string word for word"),
    "adjacent": (1, "share of the steps between the name's words that are steps to the next word in the string too"),
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
    "acronym_there": (1, "1 if an acronym of the entity stands in the string"),
    "n_same_name": (-1, "log of the number of entities that bear the name"),
    "country": (1, "1 its country is named, -1 another is, 0 none is"),
    "city": (1, "1 its city is named, -1 others are, 0 none is"),
    "region": (1, "1 its state or province is named"),
    "country_of_places": (1, "1 if a city or region named is in its country, -1 if others are, 0 if none is named"),
    "city_in_name": (0, "1 if the name holds its city"),
    "prior": (0, "log of the entry's prior"),
    "education": (0, "1 for a university or school"),
    "healthcare": (0, "1 for a hospital"),
    "company": (0, "1 for a company"),
    "facility": (0, "1 for a research institute or laboratory"),
    "government": (0, "1 for an authority"),
    "well_known": (1, "1 for an entry of the starter base"),
    "unlisted": (0, "1 for an organisation of which the registry has the name alone"),
    "kind_named": (1, "1 if the segment says what kind it is (hospital, university), -1 if it says another, 0 neither"),
    "position": (0, "place of the best segment in the string, 0 first, 1 last"),
    "n_segments": (0, "segments that are no places"),
    "goes_on": (
        0,
        "1 if the segment goes on behind the name with a word that is no place, 2 if it is tied to the name",
    ),
    "word_before": (0, "1 if a word that is no place stands before the name in its segment"),
    "explained": (0, "share of the word weight of the string, places apart, that the name explains"),
    "unexplained": (-1, "word weight of the segment, places and words for kinds apart, that the name does not explain"),
    "inserted": (-1, "words of the segment that stand within the name and are not of it, at most 3"),
    "lead": (1, "that less the largest share of another candidate"),
    "city_rank": (0, "log of 1 + the number of those of its kind in its city that have a higher prior"),
    "parent_there": (0, "1 if what it is a part of is a full match too"),
    "child_there": (0, "1 if a part of it is a full match too"),
    "inside_longer": (-1, "1 if a longer full match holds all its words"),
    "inside_unlisted": (-1, "1 if one of these is unlisted"),
    "n_before": (0, "full matches of other words that begin before it, at most 3"),
    "outdone": (
        -1,
        "1 if another explains the same words as closely, in places that fit better or with a higher prior",
    ),
    "initials": (1, "1 if one of string and name is made of the other's first letters"),
    "digits": (1, "1 the same numbers are in both, -1 they differ, 0 there are none"),
    "first_word": (1, "1 if both begin with the same word"),
    "extra_words": (0, "words of the name that the string lacks"),
    "missing_words": (0, "words of the segment that the name lacks"),
    "context_cover": (1, "share of the name's missing word weight that the context has"),
    "sibling": (1, "1 if a name of the entry is another name in the paper"),
    "sibling_cover": (1, "share of the name's missing word weight that other names in the paper have"),
    "description_cover": (1, "share of the string's and context's weight found in the entry's description"),
}
N_FEATURES: Final = len(FEATURES)
FAMILY_FEATURES: Final = {
    "institution": tuple(
        name
        for name in FEATURES
        if name
        not in {
            *("cosine", "cosine_gap", "digits", "context_cover", "description_cover"),
            *("sibling", "sibling_cover"),
        }
    ),
    "concept": tuple(
        name
        for name in FEATURES
        if name
        not in {"country", "city", "region", "city_in_name", "position", "n_segments", "acronym_there", "kind_named"}
        and name not in {*KINDS, "well_known"}
        and name not in {"parent_there", "child_there", "inside_unlisted", "unlisted"}
        and name not in {"country_of_places", "n_before", "outdone", "unexplained", "inserted"}
        and name not in {"goes_on", "word_before", "explained", "lead", "city_rank"}
    ),
}
"""What each model looks at. Cosines add nothing to the string features of institutions."""
N_RANKED: Final = 20  # candidates of a string of an institution that are ranked
FULL_COVER: Final = 0.95  # of a name's word weight: from here on the name counts as found


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Candidates of many readings: by reading, then by entry, each entry once, by its best name.

    Attributes:
        reading, entity, row: Shape (n,), int64: number of the reading, row of the entry, row of its best name.
        features: Shape (n, n_features), float64.
    """

    reading: Indices
    entity: Indices
    row: Indices
    features: NDArray[np.float64]

    def only(self, kept: NDArray[np.bool_] | Indices) -> "Judged":
        """These of the candidates, by a mask of shape (n,) or by their positions."""
        return Judged(self.reading[kept], self.entity[kept], self.row[kept], self.features[kept])

    def with_more(self, other: "Judged", readings: Indices) -> "Judged":
        """These and other candidates, by reading; ``readings`` are the numbers here of the other's readings."""
        reading = np.concatenate([self.reading, readings[other.reading]])
        order = np.argsort(reading, kind="stable")
        return Judged(
            reading[order],
            np.concatenate([self.entity, other.entity])[order],
            np.concatenate([self.row, other.row])[order],
            np.vstack([self.features, other.features])[order],
        )


def judge(table: EntryTable, matcher: WordMatcher, readings: Sequence[Reading], terms: Terms, pairs: Pairs) -> Judged:
    """Features of every candidate of every reading."""
    kb, label = table.kb, matcher.label
    matches = match_names(table, label, readings, terms, pairs)
    entity = kb.entity_of[pairs.row].astype(np.int64)
    order = np.lexsort((pairs.row, kb.kind_of[pairs.row], -matches.closeness, entity, pairs.reading))
    first = np.ones(len(order), np.bool_)
    first[1:] = (entity[order][1:] != entity[order][:-1]) | (pairs.reading[order][1:] != pairs.reading[order][:-1])
    best = order[first]
    group = np.cumsum(first) - 1
    cosine = np.zeros(len(best))
    np.maximum.at(cosine, group, pairs.cosine[order])
    reading, row, entity = pairs.reading[best], pairs.row[best], entity[best]
    columns = {name: values[best] for name, values in matches.columns.items()}
    has_acronym = np.zeros(len(best))
    np.maximum.at(has_acronym, group, (pairs.phrase & (kb.kind_of[pairs.row] == ACRONYM))[order])
    columns["acronym_there"] = has_acronym
    if "sibling" in columns:
        columns["sibling"] = np.zeros(len(best))
        np.maximum.at(columns["sibling"], group, matches.columns["sibling"][order])
    columns["cosine"] = _fill_cosines(reading, cosine, len(readings))
    columns["phrase"] = pairs.phrase[best].astype(np.float64)
    columns["prior"] = table.prior[entity]
    columns["city_rank"] = table.city_rank[entity]
    columns["n_same_name"] = np.log(table.n_same_name[row])
    columns["is_alias"] = (kb.kind_of[row] == ALIAS).astype(np.float64)
    columns["is_acronym"] = (kb.kind_of[row] == ACRONYM).astype(np.float64)
    if label == "Institution":
        columns |= _judge_places(table, readings, reading, entity, row)
        columns |= _judge_kinds(table, readings, matches.segment[best], entity)
    else:
        columns["description_cover"] = _cover_descriptions(table, matcher, readings, reading, entity)
    columns |= _compare_candidates(table, reading, entity, columns, matches.mask[best])
    features = np.zeros((len(best), N_FEATURES))
    for i, name in enumerate(FEATURES):
        if name in columns:
            features[:, i] = columns[name]
    judged = Judged(reading, entity, row, np.round(features, 5))
    return judged.only(_is_promising(reading, columns)) if label == "Institution" else judged


def _is_promising(reading: Indices, columns: dict[str, Column]) -> NDArray[np.bool_]:
    """The candidates of each string that the ranking model gets to see: those that fit best at first sight."""
    fit = 2 * columns["fuzzy_cover"] + columns["mass_share"] + 0.5 * (columns["adjacent"] + columns["ratio"])
    fit += columns["phrase"] + 0.3 * (columns["city"] + columns["country"]) + 0.7 * columns["child_there"]
    kept = np.zeros(len(reading), np.bool_)
    kept[top_n(reading, fit + 1, N_RANKED)] = True
    return kept


def _cover_descriptions(
    table: EntryTable, matcher: WordMatcher, readings: Sequence[Reading], reading: Indices, entity: Indices
) -> Column:
    """Share of the weight of string and context that the entry's description has."""
    weights = [{word: matcher.weigh(word) for word in r.context_words | r.word_set} for r in readings]
    totals = [sum(sorted(w.values())) or 1.0 for w in weights]
    covers = []
    for i, e in zip(reading.tolist(), entity.tolist(), strict=True):
        words = table.description_words(e)
        covers.append(sum(sorted(w for word, w in weights[i].items() if word in words)) / totals[i] if words else 0.0)
    return np.array(covers, np.float64)


def _judge_places(
    table: EntryTable, readings: Sequence[Reading], reading: Indices, entity: Indices, row: Indices
) -> dict[str, Column]:
    n_places = table.n_places
    countries, printed, cities = [], [], []
    for i, r in enumerate(readings):
        named, all_named = table.places_in(r)
        countries.extend(i * n_places + place for place in named)
        printed.extend(i * n_places + place for place in all_named)
        cities.extend((i, place) for place in table.cities_in(r))
    country_keys, printed_keys = np.array(sorted(countries), np.int64), np.array(sorted(printed), np.int64)
    any_country = np.array([bool(r.places.countries) for r in readings], np.bool_)[reading]
    any_city = np.array([bool(r.places.cities) for r in readings], np.bool_)[reading]
    country, region, city = table.country[entity], table.region[entity], table.city[entity]
    in_country = look_up(country_keys, reading * n_places + country)[1] & (country != NOWHERE)
    in_city = look_up(printed_keys, reading * n_places + city)[1] & (city != NOWHERE)
    of_cities, is_placed = _countries_of_cities(table, cities, len(readings))
    in_their_country = look_up(of_cities, reading * n_places + country)[1] & (country != NOWHERE)
    in_region = look_up(printed_keys, reading * n_places + region)[1] & (region != NOWHERE)
    lexical = table.kb.lexical
    owner, place = expand(lexical.name_start[row], lexical.name_start[row + 1] - lexical.name_start[row])
    city_word = table.city_words(entity)
    has_city = add_up(owner, lexical.name_word[place] == city_word[owner], len(row)) > 0
    columns = {
        "country": np.where(in_country, 1.0, np.where(any_country & (country != NOWHERE), -1.0, 0.0)),
        "city": np.where(in_city, 1.0, np.where(any_city & (city != NOWHERE), -1.0, 0.0)),
        "region": in_region.astype(np.float64),
        "country_of_places": np.where(
            in_their_country, 1.0, np.where(is_placed[reading] & (country != NOWHERE), -1.0, 0.0)
        ),
        "city_in_name": has_city.astype(np.float64),
    }
    return columns


def _countries_of_cities(
    table: EntryTable, cities: Sequence[tuple[int, int]], n_readings: int
) -> tuple[Indices, NDArray[np.bool_]]:
    """Countries in which the cities named lie.

    Args:
        table: The entries.
        cities: Reading and place of each city named.
        n_readings: How many readings there are.

    Returns:
        Sorted keys ``reading * n_places + country``, and which readings name a city whose country is known.
    """
    n_places = table.n_places
    reading = np.fromiter((i for i, _ in cities), np.int64, len(cities))
    place = np.fromiter((place for _, place in cities), np.int64, len(cities))
    start = np.searchsorted(table.place_country, place * n_places)
    stop = np.searchsorted(table.place_country, (place + 1) * n_places)
    owner, key = expand(start, stop - start)
    is_placed = np.zeros(n_readings, np.bool_)
    is_placed[reading[owner]] = True
    return np.unique(reading[owner] * n_places + table.place_country[key] % n_places), is_placed


def _judge_kinds(
    table: EntryTable, readings: Sequence[Reading], segment: Indices, entity: Indices
) -> dict[str, Column]:
    said = np.array([s.kinds for reading in readings for s in reading.segments] or [(False,) * len(KIND_WORDS)])
    kinds = table.kinds[entity]
    agrees = (said[segment] & kinds[:, : len(KIND_WORDS)]).any(axis=1)
    columns = {kind.replace("-", "_"): kinds[:, i].astype(np.float64) for i, kind in enumerate(KINDS)}
    columns["kind_named"] = np.where(agrees, 1.0, np.where(said[segment].any(axis=1), -1.0, 0.0))
    return columns


def _compare_candidates(
    table: EntryTable, reading: Indices, entity: Indices, columns: dict[str, Column], mask: NDArray[np.uint64]
) -> dict[str, Column]:
    """Features of a candidate among the others of its string."""
    n = len(reading)
    starts = np.searchsorted(reading, reading, side="left")
    is_first = starts == np.arange(n)

    def best(values: Column) -> Column:
        return np.maximum.reduceat(values, np.flatnonzero(is_first))[np.cumsum(is_first) - 1] if n else values

    n_entries = len(table.prior)
    full = np.flatnonzero(columns["fuzzy_cover"] > FULL_COVER)
    full_keys = reading[full] * n_entries + entity[full]
    owner, place = expand(table.parent_start[entity], table.parent_start[entity + 1] - table.parent_start[entity])
    parent_keys = reading[owner] * n_entries + table.parent[place]
    parent_there = add_up(owner, look_up(full_keys, parent_keys)[1], n) > 0
    is_full = np.zeros(n, np.bool_)
    is_full[full] = True
    parents_of_full = np.unique(parent_keys[is_full[owner]])
    child_there = look_up(parents_of_full, reading * n_entries + entity)[1]
    # a longer full match that holds all words of this one
    low = np.searchsorted(reading[full], reading, side="left")
    high = np.searchsorted(reading[full], reading, side="right")
    line, other = expand(low, high - low)
    longer = mask[full[other]]
    unlisted = table.is_unlisted[entity]
    zero = np.zeros(n)
    inside = (mask[line] & longer == mask[line]) & (mask[line] != longer)
    inside &= columns["adjacent"][full[other]] >= columns["adjacent"][line]  # what is put together from afar is no name
    top_mass = best(columns["mass"])
    return {
        "lead": columns["explained"] - _best_other(reading, columns["explained"]) if "explained" in columns else zero,
        "cosine_gap": columns["cosine"] - best(columns["cosine"]),
        "mass_share": columns["mass"] / np.where(top_mass > 0, top_mass, 1.0),
        "parent_there": parent_there.astype(np.float64),
        "child_there": child_there.astype(np.float64),
        "inside_longer": (add_up(line, inside, n) > 0).astype(np.float64),
        **(_compare_full(columns, mask, line, full[other]) if "begins" in columns else {}),
        "inside_unlisted": (add_up(line, inside & unlisted[full[other]], n) > 0).astype(np.float64),
    }


def _compare_full(
    columns: dict[str, Column], mask: NDArray[np.uint64], line: Indices, other: Indices
) -> dict[str, Column]:
    """Features of each candidate ``line`` of an institution against each full match ``other`` of its string."""
    n, begins = len(mask), columns["begins"]
    both = mask[line] & mask[other]
    is_before = (both != mask[line]) & (both != mask[other]) & (begins[other] < begins[line])
    fit = columns["country"] + columns["city"] + columns["region"] + columns["country_of_places"]
    is_better = (fit[other] > fit[line]) | (
        (fit[other] == fit[line]) & (columns["prior"][other] > columns["prior"][line])
    )
    for name in ("adjacent", "exact_cover"):
        is_better &= columns[name][other] >= columns[name][line]
    is_better &= mask[line] == mask[other]
    return {
        "n_before": np.minimum(add_up(line, is_before, n), 3.0),
        "outdone": (add_up(line, is_better, n) > 0).astype(np.float64),
    }


def _best_other(reading: Indices, values: Column) -> Column:
    """The largest value of another candidate of the same string, 0 if there is none."""
    order = np.lexsort((-values, reading))
    ordered = reading[order]
    place = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    first, second = np.zeros(int(reading.max(initial=-1)) + 1), np.zeros(int(reading.max(initial=-1)) + 1)
    first[ordered[place == 0]] = values[order][place == 0]
    second[ordered[place == 1]] = values[order][place == 1]
    is_first = np.zeros(len(order), np.bool_)
    is_first[order[place == 0]] = True
    return np.where(is_first, second[reading], first[reading])


def _fill_cosines(reading: Indices, cosine: Column, n_readings: int) -> Column:
    """The least cosine of the string's candidates where the vectors did not bring one."""
    floor = np.full(n_readings, np.inf)
    np.minimum.at(floor, reading[cosine > 0], cosine[cosine > 0])
    floor[np.isinf(floor)] = 0.3
    return np.where(cosine > 0, cosine, floor[reading])
