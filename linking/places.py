"""Countries, regions and cities named in an affiliation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from linking.normal import simplify

COUNTRY_NAMES: Final = {
    "united states": "usa|u s a|us|u s|united states of america|estados unidos|etats unis|eeuu",
    "united kingdom": "uk|u k|england|scotland|wales|northern ireland|great britain|gb|britain|reino unido", "china":
    "pr china|p r china|peoples republic of china|prc|p r c|chine|p r of china|mainland china|peoples r china",
    "south korea": "korea|republic of korea|rok|r o k|korea republic of|republic korea|s korea|korea south",
    "north korea": "dpr korea|democratic peoples republic of korea|dprk",
    "germany": "deutschland|frg|federal republic of germany|allemagne|alemania|fed rep germany|brd|gdr|west germany",
    "netherlands": "the netherlands|holland|nederland|pays bas|the nederlands",
    "taiwan": "taiwan roc|taiwan r o c|roc|r o c|chinese taipei|republic of china",
    "russia": "russian federation|ussr|u s s r|rossiya",
    "iran": "islamic republic of iran|i r iran|ir iran|iran islamic republic of", "spain": "espana|espagne",
    "brazil": "brasil|bresil", "italy": "italia|italie", "switzerland": "schweiz|suisse|svizzera",
    "austria": "osterreich|autriche", "belgium": "belgique|belgie|belgien", "sweden": "sverige", "norway": "norge",
    "denmark": "danmark", "finland": "suomi", "poland": "polska|pologne", "turkiye": "turkey|turquie",
    "greece": "hellas", "czechia": "czech republic|ceska republika|czechoslovakia", "vietnam": "viet nam",
    "mexico": "mexique", "japan": "nippon|japon", "united arab emirates": "uae|u a e",
    "saudi arabia": "ksa|kingdom of saudi arabia",
    "hong kong": "hong kong sar|hongkong|hong kong sar china|hksar|hong kong s a r",
    "macao": "macau", "ireland": "republic of ireland|eire", "france": "francia", "hungary": "magyarorszag",
    "portugal": "portogallo", "india": "bharat", "egypt": "arab republic of egypt", "slovakia": "slovak republic",
    "serbia": "republic of serbia", "venezuela": "venezuela bolivarian republic of",
}  # fmt: skip
"""Country as registries write it, simplified: other ways to write it."""

US_STATES: Final = {
    "al": "alabama", "ak": "alaska", "az": "arizona", "ar": "arkansas", "ca": "california", "co": "colorado",
    "ct": "connecticut", "de": "delaware", "fl": "florida", "ga": "georgia", "hi": "hawaii", "id": "idaho",
    "il": "illinois", "in": "indiana", "ia": "iowa", "ks": "kansas", "ky": "kentucky", "la": "louisiana",
    "me": "maine", "md": "maryland", "ma": "massachusetts", "mi": "michigan", "mn": "minnesota", "ms": "mississippi",
    "mo": "missouri", "mt": "montana", "ne": "nebraska", "nv": "nevada", "nh": "new hampshire", "nj": "new jersey",
    "nm": "new mexico", "ny": "new york", "nc": "north carolina", "nd": "north dakota", "oh": "ohio",
    "ok": "oklahoma", "or": "oregon", "pa": "pennsylvania", "ri": "rhode island", "sc": "south carolina",
    "sd": "south dakota", "tn": "tennessee", "tx": "texas", "ut": "utah", "vt": "vermont", "va": "virginia",
    "wa": "washington", "wv": "west virginia", "wi": "wisconsin", "wy": "wyoming", "dc": "district of columbia",
}  # fmt: skip

MAX_PLACE_WORDS: Final = 4


@lru_cache(maxsize=4096)
def country_key(country: str) -> str:
    """One simplified name for all ways to write a country."""
    name = simplify(country).removeprefix("the ")
    return _synonyms().get(name, name)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    return {other: name for name, others in COUNTRY_NAMES.items() for other in others.split("|")}


def first_words(names: Iterable[str]) -> frozenset[str]:
    """The words with which simplified names begin: most words of a string begin none of them."""
    return frozenset(name.partition(" ")[0] for name in names)


@dataclass(frozen=True, slots=True)
class Places:
    """What a string says about where."""

    countries: frozenset[str]
    cities: frozenset[str]  # cities and regions, simplified
    padded: str  # the simplified string between spaces, to look a place up that is in no list
    words: frozenset[str] = frozenset()  # the words of all places named

    def names(self, place: str) -> bool:
        """True if the simplified place is printed in the string."""
        return bool(place) and f" {place} " in self.padded


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The countries, regions and cities that a knowledge base knows."""

    countries: frozenset[str]
    cities: frozenset[str]
    words: frozenset[str] = field(default=frozenset())  # all of them, as simplified strings
    beginnings: frozenset[str] = field(default=frozenset())  # the first word of each

    @classmethod
    def from_names(cls, countries: Iterable[str], regions: Iterable[str], cities: Iterable[str]) -> "Gazetteer":
        """Gazetteer of the places that entries carry, with the ways to write a country and the states' short forms."""
        known = {country_key(country) for country in countries if country}
        spelt = known | {other for other, name in _synonyms().items() if name in known or not known}
        towns = {simplify(place) for place in (*regions, *cities) if place}
        states = set(US_STATES) | set(US_STATES.values())
        names = frozenset(spelt | towns | states)
        return cls(frozenset(spelt), frozenset(towns), names, first_words(names))

    def find(self, text: str) -> Places:
        """Places named in a string; a state's two letters count only in capitals (``Cambridge, MA``)."""
        words = simplify(text).split()
        countries, cities, printed = set[str](), set[str](), set[str]()
        i = 0
        while i < len(words):
            for n in range(self._most_words(words, i), 0, -1):
                phrase = " ".join(words[i : i + n])
                if phrase in self.countries:
                    countries.add(country_key(phrase))
                elif phrase in self.cities:
                    cities.add(phrase)
                else:
                    continue
                printed.update(words[i : i + n])
                i += n - 1
                break
            i += 1
        for word in text.replace(",", " ").replace(".", " ").split():
            if len(word) == 2 and word.isupper() and word.lower() in US_STATES:
                cities.add(US_STATES[word.lower()])
                printed.add(word.lower())
        return Places(frozenset(countries), frozenset(cities), f" {' '.join(words)} ", frozenset(printed))

    def _most_words(self, words: Sequence[str], i: int) -> int:
        """How many words a place that begins here may have."""
        return min(MAX_PLACE_WORDS, len(words) - i) if words[i] in self.beginnings else 0

    def is_place(self, text: str) -> bool:
        """True if the string is nothing but places, numbers and codes (``Cambridge, MA 02139``, ``USA``)."""
        words = [word for word in simplify(text).split() if not any(c.isdigit() for c in word)]
        i = 0
        while i < len(words):
            for n in range(self._most_words(words, i), 0, -1):
                if " ".join(words[i : i + n]) in self.words:
                    i += n
                    break
            else:
                return False
        return True
