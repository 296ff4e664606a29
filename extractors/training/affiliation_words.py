"""Words from which affiliations are made up for training, by language, from ``affiliation_words.json``.

In a pattern ``{}`` stands for a field of study, ``{s}`` for a surname, ``{t}`` for a town, ``{n}`` for a number,
``{o}`` for what a team is called after.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ALL: Final = json.loads((Path(__file__).parent / "affiliation_words.json").read_text(encoding="utf-8"))


def _parts(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple("|".join(lines).split("|"))


FIELDS: Final = {language: _parts(lines) for language, lines in _ALL["fields"].items()}
PARTS: Final = {language: _parts(lines) for language, lines in _ALL["parts"].items()}
"""Departments: never an organisation where there is a larger one."""
INSTITUTES: Final = {language: _parts(lines) for language, lines in _ALL["institutes"].items()}
"""Organisations beside their parent."""
PLAIN: Final = _parts(_ALL["plain"])
"""Organisations that stand anywhere."""
SHORT: Final = _parts(_ALL["short"])
STREETS: Final = _parts(_ALL["streets"])
JOBS: Final = _parts(_ALL["jobs"])
LEADS: Final = _parts(_ALL["leads"])
TAILS: Final = _parts(_ALL["tails"])
