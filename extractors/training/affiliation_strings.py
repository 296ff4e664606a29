"""Made-up affiliations with labels: names of the Research Organization Registry in the wordings of many papers."""

import itertools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extractors.front_matter.lexicon import fold
from extractors.front_matter.words import ORGANISATION as KEY_WORD
from extractors.training.affiliation_wordings import Place, Wordings, read_place
from extractors.training.affiliation_words import (
    INSTITUTES,
    JOBS,
    LEADS,
    PARTS,
    PLAIN,
    TAILS,
)

LANGUAGES = {
    "FR": "fr", "BE": "fr", "DE": "de", "AT": "de", "CH": "de", "ES": "es", "MX": "es", "AR": "es", "CL": "es",
    "CO": "es", "BR": "pt", "PT": "pt", "IT": "it", "NL": "nl", "PL": "pl", "SE": "sv", "TR": "tr",
}  # fmt: skip
WEIGHTS = {"education": 10, "facility": 5, "healthcare": 6, "company": 4, "government": 3, "archive": 1}
SHORTENED = (
    ("University", "Univ."), ("Institute", "Inst."), ("Department", "Dept."), ("National", "Natl."),
    ("Laboratory", "Lab."),
    ("Technology", "Technol."), ("Science", "Sci."), ("Engineering", "Eng."), ("Medical", "Med."), ("Academy", "Acad."),
    ("Research", "Res."), ("College", "Coll."), ("Hospital", "Hosp."), ("Physics", "Phys."), ("International", "Int."),
)  # fmt: skip
ORGANISATION, DEPARTMENT, OTHER = "B", "D", "O"
COMMAS, COMMA_WEIGHTS = (", ", "\n", "; ", " ", ". ", " - ", " · ", " / "), (62, 26, 2, 2, 2, 2, 2, 2)
BETWEEN = (
    " and ",
    " and ",
    ", and ",
    " & ",
    " & ",
    "; ",
    ", ",
    "\n",
    " / ",
    "/",
    " - ",
    " – ",
    " and the ",
)  # two organisations
UNIT_CODES = (", UMR {}", " UMR {}", " (UMR {})", ", UPR {}", " UMR-{}", ", UMR CNRS {}")
LISTING = re.compile(r", [^,]+,? (and|&|et|und|y|e) [^,]+$")
Part = tuple[str, str]  # text, label


@dataclass(frozen=True, slots=True)
class Labelled:
    """An affiliation; spans are (start, end, label ``B`` for organisation or ``D`` for department)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


class Maker:
    """Makes affiliations up, one after the other, from a seed.

    Args:
        records: ROR records, schema 2.
        surnames: Words that name streets, halls and founders.
        seed: Of the random choices.
    """

    def __init__(self, records: Sequence[dict[str, Any]], surnames: Sequence[str], seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311  (not for secrets)
        self._records = [record for record in records if _names(record)]
        weights = [max(WEIGHTS.get(kind, 1) for kind in record["types"]) for record in self._records]
        self._weights = list(itertools.accumulate(weights))
        self._names_by_id = {record["id"]: _names(record) for record in self._records}
        topics = sorted({name for record in records for name in _printed(record) if _is_topic(record, name)})
        self._words = Wordings(self._dice, [read_place(record) for record in self._records], surnames, topics)

    def make(self) -> Labelled:
        """One affiliation: one organisation or several with their parts, an address, words before and behind."""
        dice = self._dice
        comma = dice.choices(COMMAS, COMMA_WEIGHTS)[0]
        parts = self._opening()
        place = None
        for number in range(dice.choices([1, 2, 3], [87, 11, 2])[0]):
            if number:
                if place and dice.random() < 0.4:
                    parts.append((", ", OTHER))
                    self._join(parts, self._address(place), ", ")
                parts.append((dice.choice(BETWEEN), OTHER))
            record = dice.choices(self._records, cum_weights=self._weights)[0]
            place = read_place(record)
            self._join(parts, self._group(record, place), comma)
        if place and dice.random() < 0.85:
            border = comma if dice.random() < 0.7 else dice.choice([", ", "\n", ". ", " ", " ", " ", "; ", " - ", " ("])
            parts.append((border, OTHER))
            self._join(parts, self._address(place), comma if comma in (", ", "\n") and dice.random() < 0.7 else ", ")
            parts.append((")" if border == " (" else "", OTHER))
        if dice.random() < 0.1:
            parts.append((self._words.fill(dice.choice(TAILS)), OTHER))
        elif dice.random() < 0.3:
            parts.append((dice.choice([".", ",", ";", " and", ", and"]), OTHER))
        return self._dress(parts)

    def make_people(self) -> Labelled:
        """A line of names, which holds no organisation."""
        return Labelled(self._words.people(self._dice.randint(1, 5)) + self._dice.choice(["", ",", " and", "."]), ())

    def _address(self, place: Place) -> list[Part]:
        return [(text, OTHER) for text in self._words.address(place)]

    def _opening(self) -> list[Part]:
        """Words before an affiliation, mostly none."""
        dice, words = self._dice, self._words
        roll = dice.random()
        if roll < 0.1:
            return [(words.fill(dice.choice(LEADS)), OTHER)]
        if roll < 0.2:
            who = [words.people(dice.randint(1, 3)), dice.choice(JOBS), f"{words.people(1)}, {dice.choice(JOBS)}"]
            return [(dice.choice(who) + dice.choice([", ", ", ", "\n", "; ", " ("]), OTHER)]
        return []

    def _group(self, record: dict[str, Any], place: Place) -> list[Part]:
        """Departments, institutes and their organisation, smallest first (seldom largest first)."""
        dice = self._dice
        language = LANGUAGES.get(place.code, "en")
        tongue = "en" if dice.random() < 0.6 else language
        name = self._name(record, place)
        inner: list[Part] = []
        for _ in range(dice.choices([0, 1, 2, 3], [38, 44, 15, 3])[0]):
            inner.append((self._words.fill(dice.choice(PARTS[tongue]), tongue, place), DEPARTMENT))
        if dice.random() < 0.22:
            inner.insert(
                dice.randint(0, len(inner)),
                (self._words.fill(dice.choice(INSTITUTES[tongue]), tongue, place), ORGANISATION),
            )
        group = [*inner, (name, ORGANISATION)]
        parents = [r["id"] for r in record["relationships"] if r["type"] == "parent" and r["id"] in self._names_by_id]
        if parents and dice.random() < 0.35:
            group.append((dice.choice(self._names_by_id[dice.choice(parents)]), ORGANISATION))
        if dice.random() < 0.1:
            group.insert(dice.randint(0, len(group)), (self._words.acronym(), ORGANISATION))
        if dice.random() < 0.07:
            group.reverse()
        return group

    def _name(self, record: dict[str, Any], place: Place) -> str:
        dice = self._dice
        roll = dice.random()
        if roll < 0.30:
            return self._words.fill(dice.choice(PLAIN), place=place)
        if roll < 0.36:
            return self._words.acronym()
        if roll < 0.40:
            acronyms = [n["value"] for n in record["names"] if "acronym" in n["types"] and n["value"].isupper()]
            if acronyms:
                return dice.choice(acronyms)
        name = dice.choice(_names(record))
        short = [n["value"] for n in record["names"] if "acronym" in n["types"] and n["value"].isupper()]
        if short and dice.random() < 0.05:
            return dice.choice([f"{name} – {short[0]}", f"{short[0]} {name}", f"{name} - {short[0]}"])
        if dice.random() < 0.08 and not name.startswith("The ") and "education" in record["types"]:
            return "The " + name
        return name

    def _join(self, parts: list[Part], group: Sequence[Part], comma: str) -> None:
        """Add pieces with borders between them; some borders are words (``of the``) or brackets."""
        dice = self._dice
        for number, (text, label) in enumerate(group):
            if number:
                before = group[number - 1][1]
                border = comma if dice.random() < 0.93 else dice.choice([", ", "\n", ". ", "; "])
                if before == DEPARTMENT and label == ORGANISATION and dice.random() < 0.08:
                    border = dice.choice([" of ", " of the ", " at ", " at the ", ", ", " der ", " de l'"])
                elif before == label == DEPARTMENT and dice.random() < 0.1:
                    border = dice.choice([" and ", " & ", " and "])
                elif before == label == ORGANISATION and dice.random() < 0.15:
                    border = dice.choice([" and ", " & ", " of the ", " / ", "/", " - ", " et ", ", and "])
                parts.append((border, OTHER))
            parts.append((text, label))
            if label == ORGANISATION and dice.random() < 0.06:
                letters = "".join(word[0] for word in text.split() if word[0].isupper()) or "XY"
                parts.append((f" ({letters})", OTHER))
            if label == ORGANISATION and dice.random() < 0.02:
                parts.append((dice.choice(UNIT_CODES).format(dice.randint(1, 9999)), OTHER))

    def _dress(self, parts: Sequence[Part]) -> Labelled:
        """Put the parts together; sometimes in capitals, shortened, without accents, in wrapped lines."""
        dice = self._dice
        roll = dice.random()
        if roll < 0.04:
            parts = [(text.upper(), label) for text, label in parts]
        elif roll < 0.07:
            parts = [(fold(text).title() if label != OTHER else text, label) for text, label in parts]
        elif roll < 0.13:
            chosen = dice.sample(SHORTENED, 8)
            parts = [(_shorten(text, chosen), label) for text, label in parts]
        text = ""
        spans: list[tuple[int, int, str]] = []
        for part, label in parts:
            if label != OTHER:
                spans.append((len(text), len(text) + len(part), label))
            text += part
        if dice.random() < 0.15:
            text = _wrap(text, dice.randint(18, 90))
        return Labelled(text, tuple(spans))


def _shorten(text: str, chosen: Sequence[tuple[str, str]]) -> str:
    for long, short in chosen:
        text = re.sub(rf"\b{long}s?\b", short, text)
    return text


def _wrap(text: str, width: int) -> str:
    """Lines of at most so many characters; offsets stay."""
    chars = list(text)
    start = 0
    for position, char in enumerate(chars):
        if char == "\n":
            start = position
        elif position - start >= width:
            at = text.rfind(" ", start + 1, position)
            if at > 0:
                chars[at] = "\n"
                start = at
    return "".join(chars)


def _printed(record: dict[str, Any]) -> list[str]:
    """Names in Latin letters, without a bracketed country."""
    names = [re.sub(r"\s*\([^()]*\)$", "", name["value"]) for name in record["names"] if "acronym" not in name["types"]]
    return [name for name in names if 2 < len(name) < 90 and re.fullmatch(r"[ -ɏ’–]+", name) and name[0].isupper()]


def _is_topic(record: dict[str, Any], name: str) -> bool:
    """``Pathobiology of Small Boxes``: French teams are called after what they study, and read like departments."""
    code = record["locations"][0]["geonames_details"]["country_code"]
    return (
        code == "FR" and record["types"] == ["facility"] and len(name.split()) > 2 and not KEY_WORD.search(fold(name))
    )


def _names(record: dict[str, Any]) -> list[str]:
    """Names that read like an organisation's. With a comma, unless it lists, they hold a town or a parent too."""
    names = [name for name in _printed(record) if "," not in name or LISTING.search(name)]
    return [name for name in names if not _is_topic(record, name)]
