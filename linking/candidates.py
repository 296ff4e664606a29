"""Candidates for a query: exact names and phrases, initials, names with shared words, and nearest vectors, together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from linking.build import ACRONYM
from linking.knowledge_base import KnowledgeBase
from linking.normal import initials, match_key, simplify
from linking.queries import Reading, asked_segments

MAX_PHRASE_WORDS: Final = 12
N_SIMILAR: Final = 20  # names by shared words, for the whole string and for each segment
N_NEAREST: Final = 20  # names by vector, for each segment
MAX_SAME_NAME: Final = 40  # rows taken of one exact name


@dataclass(slots=True)
class Candidate:
    """A name of an entity that may be meant."""

    row: int  # of the names table
    cosine: float = 0.0  # with the nearest segment; 0 where the vectors did not bring it


def find_candidates(kb: KnowledgeBase, readings: Sequence[Reading]) -> list[list[Candidate]]:
    """Candidates of each reading, ordered by row. All vectors of the call are computed in one go."""
    found: list[dict[int, Candidate]] = []
    for reading in readings:
        rows = dict.fromkeys([*_exact_rows(kb, reading), *_similar_rows(kb, reading)])
        if reading.label == "Institution":
            rows |= dict.fromkeys(_parent_rows(kb, list(rows), reading))
        found.append({row: Candidate(row) for row in rows})
    _add_nearest(kb, readings, found)
    return [[candidates[row] for row in sorted(candidates)] for candidates in found]


def _exact_rows(kb: KnowledgeBase, reading: Reading) -> list[int]:
    text, label = reading.query.text, reading.label
    if label == "Institution":
        return _phrase_rows(kb, reading)
    keys = {match_key(text, label), simplify(text), "^" + "".join(reading.words)}
    joined = "".join(reading.words)
    if len(reading.words) == 1 and 2 <= len(joined) <= 8:
        keys.add("=" + joined)
    if len(reading.words) > 1:
        keys.add(initials(reading.words))
    rows: list[int] = []
    for key in sorted(keys):
        rows.extend(kb.lexical.exact(label, key)[:MAX_SAME_NAME])
    for start in range(len(reading.words)):
        for stop in range(start + 1, min(len(reading.words), start + 6) + 1):
            rows.extend(kb.lexical.exact(label, " ".join(reading.words[start:stop]))[:5])
    return rows


def _phrase_rows(kb: KnowledgeBase, reading: Reading) -> list[int]:
    """Names of which every word stands in the string, in a row; acronyms only where they are printed in capitals."""
    rows: list[int] = []
    words = reading.words
    for start in range(len(words)):
        for stop in range(min(len(words), start + MAX_PHRASE_WORDS), start, -1):
            key = " ".join(words[start:stop])
            if stop - start == 1 and key in kb.gazetteer.words and key not in reading.capitals:
                continue
            for row in kb.lexical.exact(reading.label, key)[:MAX_SAME_NAME]:
                if kb.kind_of[row] != ACRONYM or is_printed_acronym(kb, reading, row):
                    rows.append(row)
    return rows


def _parent_rows(kb: KnowledgeBase, rows: list[int], reading: Reading) -> list[int]:
    """Main names of what the organisations that stand in the string are parts of: the answer may hold both."""
    entities = {int(kb.entity_of[row]) for row in rows if _stands_in(kb.name(row), reading)}
    parents = {parent for entity in entities for parent in kb.entry(entity).parents}
    return sorted(kb.main_row(kb.row_of_id[parent]) for parent in parents if parent in kb.row_of_id)


def _stands_in(name: str, reading: Reading) -> bool:
    key = match_key(name, reading.label)
    return " " in key and f" {key} " in reading.padded


def is_printed_acronym(kb: KnowledgeBase, reading: Reading, row: int) -> bool:
    """True if an acronym stands in the string in capitals and is no place there (``USA``, ``MA``)."""
    key = simplify(kb.name(row)).replace(" ", "")
    return key in reading.capitals and key not in kb.gazetteer.words


def _similar_rows(kb: KnowledgeBase, reading: Reading) -> list[int]:
    groups = [reading.words]
    if len(reading.segments) > 1:
        groups += [segment.words for segment in reading.segments if not segment.is_place]
    rows: list[int] = []
    for group in groups:
        rows.extend(row for row in kb.lexical.similar(reading.label, group, N_SIMILAR))
    if reading.label != "Institution":
        return rows
    return [row for row in rows if kb.kind_of[row] != ACRONYM or is_printed_acronym(kb, reading, row)]


def _add_nearest(kb: KnowledgeBase, readings: Sequence[Reading], found: list[dict[int, Candidate]]) -> None:
    asked = [asked_segments(reading) for reading in readings]
    texts = sorted({text for group in asked for text in group})
    vectors = kb.encoder.encode(texts)
    place = {text: i for i, text in enumerate(texts)}
    for label in sorted({reading.label for reading in readings}):
        mine = [i for i, reading in enumerate(readings) if reading.label == label]
        used = sorted({place[text] for i in mine for text in asked[i]})
        hits = dict(zip(used, kb.nearest(label, vectors[np.asarray(used, np.int64)], N_NEAREST), strict=True))
        for i in mine:
            for text in asked[i]:
                for row, cosine in hits[place[text]]:
                    candidate = found[i].setdefault(row, Candidate(row))
                    candidate.cosine = max(candidate.cosine, cosine)
