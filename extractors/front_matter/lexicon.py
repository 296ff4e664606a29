"""Word lists counted from public data: words of person names, places, organisations without a key word.

Made by ``python -m extractors.training.front_matter``; sources and licences are in this folder's README.
"""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LEXICON_PATH = Path(__file__).parent / "lexicon.json"


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join([char for char in decomposed if char.isascii() or not unicodedata.combining(char)]).lower()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What words say about where they stand. All words are folded, save ``organisations``."""

    persons: dict[str, int]  # word -> log2 odds that it belongs to a person, -3 to 6
    given: frozenset[str]  # words that open names rather than close them
    common: frozenset[str]  # words of running text
    places: frozenset[str]  # towns, states, countries
    organisations: frozenset[str]  # acronyms and names without a key word, as printed


@cache
def load_lexicon(path: Path = LEXICON_PATH) -> Lexicon:
    """Read the lexicon once per process."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    persons = {word: int(score) for score, words in parts["persons"].items() for word in words.split()}
    return Lexicon(
        persons,
        frozenset(parts["given"].split()),
        frozenset(parts["common"].split()),
        frozenset(parts["places"].split("|")),
        frozenset(parts["organisations"].split("|")),
    )
