"""Counts the word lists that front-matter reading leans on and writes them to one JSON file.

Run: ``python -m extractors.training.front_matter --people P.jsonl.gz --organisations ror.zip --text T.jsonl.gz``.
"""

import argparse
import gzip
import json
import math
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from extractors.front_matter.lexicon import LEXICON_PATH, fold

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
ACRONYM = re.compile(r"[A-Z][A-Za-z]{0,2}[A-Z][A-Za-z&-]{0,6}")
GENERIC = re.compile(
    r"univ|instit|college|school|hospital|cent(er|re)|laborat|academ|foundation|fund|museum|library|ministry|society|"
    r"association|council|department|church|festival|depot|\d",
    re.IGNORECASE,
)
MIN_PEOPLE = 3  # a word must be in the names of so many people
MIN_PLACES = 1  # a town must be the seat of so many organisations
MIN_WORD_COUNT = 150  # a common word is printed so often in lower case


def read_people(path: Path) -> Counter[str]:
    """How many people carry a word in one of their names; ``{"name", "aliases"}`` a line."""
    counts: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            person = json.loads(line)
            names = [person["name"], *person["aliases"]]
            counts.update({fold(word) for name in names for word in WORD.findall(name) if len(word) > 1})
    return counts


def read_positions(path: Path) -> tuple[Counter[str], Counter[str]]:
    """How often a word is the first and how often the last of a person's name."""
    first: Counter[str] = Counter()
    last: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            words = [fold(word) for word in WORD.findall(json.loads(line)["name"]) if len(word) > 1]
            if len(words) > 1:
                first[words[0]] += 1
                last[words[-1]] += 1
    return first, last


def read_text(path: Path) -> Counter[str]:
    """How often a word is printed in lower case in running text; ``{"text"}`` a line."""
    counts: Counter[str] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            counts.update(fold(word) for word in WORD.findall(json.loads(line)["text"]) if word.islower())
    return counts


def read_organisations(path: Path) -> list[dict[str, Any]]:
    """The records of a ROR data dump (schema 2, a zip with one JSON array)."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".json"))
        return json.loads(archive.read(name))


def person_scores(people: Counter[str], words: Counter[str], organisation_words: Counter[str]) -> dict[str, int]:
    """Log2 odds, -3 to 6, that a capitalised word belongs to a person rather than to other text."""
    scores: dict[str, int] = {}
    for word, count in people.items():
        if count >= MIN_PEOPLE:
            others = words[word] / 4 + organisation_words[word] / 2 + 0.5
            scores[word] = max(-3, min(6, round(math.log2(count / others))))
    return scores


def _latin_names(record: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for name in record["names"]:
        if name["value"].isascii():
            yield name["value"], "acronym" in name["types"]


def organisation_names(records: Iterable[dict[str, Any]]) -> set[str]:
    """Acronyms, and short names that no key word gives away (Bloomberg, Fraunhofer)."""
    names: set[str] = set()
    for record in records:
        if not {"education", "company", "facility", "healthcare"} & set(record["types"]):
            continue
        for name, is_acronym in _latin_names(record):
            if is_acronym and ACRONYM.fullmatch(name):
                names.add(name)
            bare = re.sub(r"\s*\(.*\)|,? (Inc|Ltd|LLC|GmbH|Corp)\.?$", "", name)
            if not is_acronym and len(bare.split()) <= 2 and len(bare) > 2 and not GENERIC.search(bare):
                names.add(bare)
    return names


def place_names(records: Iterable[dict[str, Any]]) -> set[str]:
    """Towns, states and countries where organisations sit, folded."""
    towns: Counter[str] = Counter()
    regions: set[str] = set()
    for record in records:
        for location in record["locations"]:
            details = location["geonames_details"]
            towns[fold(details["name"])] += 1
            regions.add(fold(details["country_name"]))
            regions.add(fold(details.get("country_subdivision_name") or ""))
    return {town for town, count in towns.items() if count >= MIN_PLACES} | regions - {""}


def build_lexicon(people: Path, organisations: Path, text: Path) -> dict[str, Any]:
    """The lexicon as it is written to JSON; see ``extractors.front_matter.lexicon.Lexicon`` for what each part is."""
    records = read_organisations(organisations)
    organisation_words: Counter[str] = Counter()
    for record in records:
        for name, _ in _latin_names(record):
            organisation_words.update(fold(word) for word in WORD.findall(name))
    counts = read_people(people)
    first, last = read_positions(people)
    words = read_text(text)
    by_score: dict[str, list[str]] = defaultdict(list)
    for word, score in sorted(person_scores(counts, words, organisation_words).items()):
        by_score[str(score)].append(word)
    common = sorted(word for word, count in words.items() if count >= MIN_WORD_COUNT and counts[word] < count / 20)
    given = sorted(word for word, count in first.items() if count >= MIN_PEOPLE and count > 4 * last[word])
    return {
        "given": " ".join(given),
        "persons": {score: " ".join(group) for score, group in sorted(by_score.items())},
        "common": " ".join(common),
        "places": "|".join(sorted(place_names(records))),
        "organisations": "|".join(sorted(organisation_names(records))),
    }


def main() -> None:
    """Write the lexicon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, required=True)
    parser.add_argument("--organisations", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=LEXICON_PATH)
    arguments = parser.parse_args()
    lexicon = build_lexicon(arguments.people, arguments.organisations, arguments.text)
    arguments.out.write_text(json.dumps(lexicon, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
