"""Entities of our own that are one thing, over all papers: by abbreviation, by spelling, and people by co-authors.

The normal form is in the id already: what agrees in it was never two. Every merge says why, and can be overruled by a
correction. Vectors only confirm here: names that look alike must also be close, or they stay apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from rapidfuzz import fuzz

from linking.embeddings import NameEncoder
from linking.normal import letters_of, match_key, own_entity_id
from schemas.graph.own_entities import Namesakes, ShortForm
from schemas.graph.resolve import Merge

LEAST_RATIO: Final = 85.0  # rapidfuzz ratio of two words that are spellings of one
LEAST_COSINE: Final = 0.9
LEAST_COAUTHORS: Final = 2  # that two people of one name must share to be one
MIN_SHORT: Final = 3  # letters of a short form: two letters stand for too much
MIN_WORD: Final = 5  # shorter words must be equal
SAME_BEGINNING: Final = 3
MAX_GROUP: Final = 100  # names compared with each other: a larger group is ordinary words
OPPOSITES: Final = (("inter", "intra"), ("hyper", "hypo"))  # beginnings of words that are spelt nearly alike
CONCEPTS: Final = ("method", "dataset", "task", "metric")


def find_merges(
    own_ids: Iterable[str], short_forms: Iterable[ShortForm], namesakes: Iterable[Namesakes], encoder: NameEncoder
) -> list[Merge]:
    """Merges of entities of our own with each other, and of short forms with what papers say that they stand for.

    Args:
        own_ids: Ids of our own that papers were linked to.
        short_forms: Short forms defined in papers, with the entity that they name there.
        namesakes: Authors of one name, with ``LEAST_COAUTHORS`` in common.
        encoder: Encodes the names that look alike.
    """
    ids = sorted(set(own_ids))
    return [*merge_short_forms(set(ids), short_forms), *merge_spellings(ids, encoder), *merge_people(namesakes)]


def merge_short_forms(own_ids: set[str], short_forms: Iterable[ShortForm]) -> Iterator[Merge]:
    """A short form on its own is what it is short for, if all papers that define it agree on that."""
    meanings: defaultdict[str, dict[str, ShortForm]] = defaultdict(dict)
    for form in short_forms:
        meanings[own_entity_id(form.short, form.label)].setdefault(form.entity_id, form)
    for identity, found in sorted(meanings.items()):
        (target, form), *others = found.items()
        if others or target == identity or identity not in own_ids or len(form.short) < MIN_SHORT:
            continue
        evidence = f"“{form.short}” is short for “{form.long}” in paper {form.paper_id}"
        yield Merge(identity, target, "abbreviation", evidence, 0.9)


def merge_spellings(own_ids: Sequence[str], encoder: NameEncoder) -> list[Merge]:
    """Names that differ in hyphens, spaces, endings or slips; organisations in what they shorten only."""
    merges: list[Merge] = []
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    same: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for identity in own_ids:
        label, name = _parts(identity)
        if label in CONCEPTS and name:
            same[label, letters_of(name)].append(identity)
            alike[label, *map(_beginning, name.split())].append(identity)
        elif label == "institution":
            same[label, match_key(name, "Institution")].append(identity)
    for (label, key), group in sorted(same.items()):
        target = _shortest(group)
        what = "the same words, shortened ones spelt out" if label == "institution" else "the same letters"
        merges += [Merge(other, target, "spelling", what, 0.95) for other in group if other != target and len(key) > 2]
    pairs = [
        pair
        for _, group in sorted(alike.items())
        if len(group) <= MAX_GROUP
        for pair in combinations(group, 2)
        if _is_spelling(*(_parts(identity)[1].split() for identity in pair))
    ]
    return [*merges, *_confirm(pairs, encoder)]


def merge_people(namesakes: Iterable[Namesakes]) -> Iterator[Merge]:
    """People of one name with at least ``LEAST_COAUTHORS`` in common, by name, are one."""
    for pair in namesakes:
        target = _shortest([pair.one, pair.other])
        names = ", ".join(name.replace("-", " ").title() for name in pair.coauthors[:5])
        yield Merge(
            pair.one if target == pair.other else pair.other, target, "person", f"co-authors in both: {names}", 0.9
        )


def _confirm(pairs: Sequence[tuple[str, str]], encoder: NameEncoder) -> Iterator[Merge]:
    """Merges of the pairs whose names are close as vectors."""
    if not pairs:
        return
    ids = sorted({identity for pair in pairs for identity in pair})
    vectors = dict(zip(ids, encoder.encode([_parts(identity)[1] for identity in ids]), strict=True))
    for one, other in pairs:
        cosine = float(np.dot(vectors[one], vectors[other]))
        if cosine >= LEAST_COSINE:
            target = _shortest([one, other])
            evidence = f"spelt alike, and close as vectors (cosine {cosine:.2f})"
            yield Merge(one if target == other else other, target, "spelling", evidence, round(0.9 * cosine, 4))


def _is_spelling(one: Sequence[str], other: Sequence[str]) -> bool:
    """True if every two of several words are equal, or long and nearly so: single ones are names (PANDA, pandas)."""
    return len(one) > 1 and all(
        a == b or (_may_vary(a) and _may_vary(b) and fuzz.ratio(a, b) >= LEAST_RATIO and not _are_opposites(a, b))
        for a, b in zip(one, other, strict=True)
    )


def _are_opposites(one: str, other: str) -> bool:
    return any(
        (one.startswith(a) and other.startswith(b)) or (one.startswith(b) and other.startswith(a)) for a, b in OPPOSITES
    )


def _may_vary(word: str) -> bool:
    return len(word) >= MIN_WORD and word.isalpha()


def _beginning(word: str) -> str:
    return word[:SAME_BEGINNING] + "…" if _may_vary(word) else word


def _parts(identity: str) -> tuple[str, str]:
    """Type and normal form of an id of our own (``pg:method/wave-net``); others have none."""
    head, _, rest = identity.partition("/")
    return head.removeprefix("pg:") if head.startswith("pg:") else "", rest.partition("/")[0].replace("-", " ")


def _shortest(group: Sequence[str]) -> str:
    return min(group, key=lambda identity: (len(identity), identity))
