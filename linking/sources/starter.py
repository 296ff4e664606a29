"""The starter base: well-known institutions, methods, datasets, metrics and tasks, written for this project.

Its ids are those that the same names get when no registry knows them (``pg:method/bert``), so they never change.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from linking.normal import own_entity_id
from schemas.records import KBEntry

WELL_KNOWN = "well-known"  # kind of every starter entry, and of the registry entries they are folded into
STARTER_PRIOR = 20.0
STARTER_PATH = Path(__file__).parent.parent / "starter.jsonl"


def read_starter(path: Path = STARTER_PATH) -> Iterator[KBEntry]:
    """Entries of the starter base, one a line: ``{"type", "name", "aliases", "acronyms", "city", "country", ...}``."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield KBEntry(
                entity_id=own_entity_id(row["name"], row["type"]),
                label=row["type"],
                name=row["name"],
                aliases=tuple(row.get("aliases", ())),
                acronyms=tuple(row.get("acronyms", ())),
                city=row.get("city", ""),
                country=row.get("country", ""),
                region=row.get("region", ""),
                kb="starter",
                prior=STARTER_PRIOR,
                kinds=(WELL_KNOWN,),
            )
