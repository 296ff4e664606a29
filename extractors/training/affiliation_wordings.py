"""Pieces of made-up affiliations: filled patterns, acronyms, names of people, addresses of many countries."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from extractors.training.affiliation_words import FIELDS, SHORT, STREETS

LETTERS: Final = "ABCDEFGHIJKLMNOPRSTUVW"
TOWN_ENDS: Final = ("ville", "burg", "ton", "stadt", "", "", "ia", "i", "o", " sur Seine", "-sur-Mer", " del Monte")
COUNTRIES: Final = {
    "US": ("USA", "USA", "U.S.A.", "US", "United States"),
    "GB": ("UK", "UK", "United Kingdom", "U.K.", "England", "Scotland"),
    "CN": ("China", "P.R. China", "People's Republic of China", "PR China", "P. R. China"),
}
CEDEX: Final = (" Cedex", " cedex", " Cedex 05", " Cedex 9")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an organisation sits."""

    town: str
    region: str
    country: str
    code: str  # of the country, two letters
    state: str  # two letters; of the United States and Canada


def read_place(record: dict[str, Any]) -> Place:
    """The first place of a ROR record."""
    details = record["locations"][0]["geonames_details"]
    code = details["country_code"]
    state = details.get("country_subdivision_code") or ""
    region = details.get("country_subdivision_name") or ""
    return Place(details["name"], region, details["country_name"], code, state if code in ("US", "CA") else "")


class Wordings:
    """Chooses words and fills patterns.

    Args:
        dice: Of all choices.
        places: Where towns come from.
        surnames: Words that name people, streets, halls and founders.
        topics: What teams are called after.
    """

    def __init__(
        self, dice: random.Random, places: Sequence[Place], surnames: Sequence[str], topics: Sequence[str]
    ) -> None:
        self._dice = dice
        self._places = places
        self._surnames = surnames
        self._topics = topics

    def fill(self, pattern: str, language: str = "en", place: Place | None = None) -> str:
        """A pattern with its blanks filled: ``{}`` a field, ``{s}`` a surname, ``{t}`` a town, ``{n}`` a number."""
        dice = self._dice
        field = dice.choice(FIELDS[language])
        if language == "en" and dice.random() < 0.1 and " and " not in field:
            field += dice.choice([" and ", " & ", ", "]) + dice.choice(FIELDS["en"])
        text = pattern.replace("{}", field, 1)
        while "{}" in text:
            text = text.replace("{}", dice.choice(FIELDS[language]), 1)
        text = text.replace("{o}", dice.choice(self._topics) if self._topics else field)
        while "{s}" in text:
            text = text.replace("{s}", dice.choice(self._surnames), 1)
        while "{n}" in text:
            text = text.replace("{n}", str(dice.randint(1, 10 ** dice.randint(1, 5))), 1)
        while "{t}" in text:
            town = place.town if place and dice.random() < 0.6 else dice.choice(self._places).town
            text = text.replace("{t}", town, 1)
        return text

    def acronym(self) -> str:
        """A short name: well known, or any letters."""
        dice = self._dice
        if dice.random() < 0.5:
            return dice.choice(SHORT)
        letters = "".join(dice.choices(LETTERS, k=dice.randint(3, 6)))
        return dice.choice([letters, letters, letters, letters.capitalize(), f"{letters[:3]}-{letters[3:]}LAB"])

    def people(self, n: int) -> str:
        """Names of people in a row."""
        dice = self._dice
        names: list[str] = []
        for _ in range(n):
            given = dice.choice(self._surnames) if dice.random() < 0.6 else f"{dice.choice(LETTERS)}."
            middle = dice.choice(["", "", f" {dice.choice(LETTERS)}."])
            names.append(f"{given}{middle} {dice.choice(self._surnames)}")
        return dice.choice([", ", " and ", "; "]).join(names)

    def address(self, place: Place) -> list[str]:
        """Street, town, region, country; some of them left out."""
        dice = self._dice
        parts: list[str] = []
        if dice.random() < 0.35:
            parts.append(self.fill(dice.choice(STREETS), "en", place))
        parts.append(self._town(place))
        if place.region and dice.random() < 0.3:
            parts.append(place.state if place.state and dice.random() < 0.5 else place.region)
        if dice.random() < 0.75:
            parts.append(dice.choice(COUNTRIES.get(place.code, (place.country,))))
        return parts[-1:] if dice.random() < 0.15 else parts

    def _town(self, place: Place) -> str:
        """A town, now and then with its code; some towns are in no list."""
        dice = self._dice
        code = dice.randint(1000, 99999)
        town = place.town
        if dice.random() < 0.15:
            town = dice.choice(self._surnames) + dice.choice(TOWN_ENDS)
        number, letters = dice.randint(1, 20), "".join(dice.choices(LETTERS, k=2))
        forms = [f"{code} {town}", f"{code} {town}", f"{town} {code}", f"{place.code}-{code} {town}"]
        forms += [f"{town} {place.code[0]}{number} {number % 9 + 1}{letters}", f"{code % 9000 + 1000} {letters} {town}"]
        if place.state:
            forms = [f"{town}, {place.state} {code:05}", f"{town}, {place.region} {code:05}", f"{town} {code:05}"]
        elif place.code == "FR":
            forms.append(f"{code} {town}{dice.choice(CEDEX)}")
        return dice.choice(forms) if dice.random() < 0.55 else town
