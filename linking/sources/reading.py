"""Which reader reads which kind of source, and how its version is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from linking.sources.concepts import read_concepts
from linking.sources.cso import cso_version, read_cso
from linking.sources.openalex import openalex_version, read_openalex
from linking.sources.paperswithcode import read_paperswithcode
from linking.sources.people import people_kb, people_version, read_people
from linking.sources.ror import read_ror, ror_version
from linking.sources.starter import STARTER_PATH, read_starter
from linking.sources.streams import date_in_name
from linking.sources.table import ColumnMapping, read_table
from linking.sources.wikidata import read_wikidata
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

READERS: Final[dict[str, Callable[[Path], Iterator[KBEntry]]]] = {
    "ror": read_ror,
    "openalex": read_openalex,
    "wikidata": read_wikidata,
    "cso": read_cso,
    "pwc": read_paperswithcode,
    "people": read_people,
    "concepts": read_concepts,
    "table": read_table,
    "starter": read_starter,
}
DATED: Final[dict[str, Callable[[Path, date | None], Iterator[KBEntry]]]] = {"ror": read_ror, "openalex": read_openalex}
"""Readers of registries that tell when a record was made."""
VERSIONS: Final[dict[str, Callable[[Path], str]]] = {
    "ror": ror_version,
    "openalex": openalex_version,
    "cso": cso_version,
    "people": people_version,
}
REGISTRIES: Final = frozenset({"ror", "openalex", "wikidata", "cso", "orcid", "dblp", "starter"})


@dataclass(frozen=True, slots=True)
class KBSourceFile:
    """A source of a knowledge base: the kind of its format, and where it is."""

    kind: str  # a key of READERS
    path: Path
    mapping: ColumnMapping | None = None  # of a table
    as_of: date | None = None  # organisations made after that day are left out

    def __post_init__(self) -> None:
        if self.kind not in READERS:
            raise KnowledgeBaseError(f"unknown kind of source {self.kind!r}; known: {', '.join(READERS)}")
        if self.as_of and self.kind not in DATED:
            raise KnowledgeBaseError(f"{self.kind} does not tell when a record was made; these do: {', '.join(DATED)}")

    @property
    def is_registry(self) -> bool:
        """True if there is one such source, so that a newer one takes its place; concepts and tables add up."""
        return self.kind not in ("concepts", "table") and self.kb in REGISTRIES

    @property
    def kb(self) -> str:
        """Name of the source in the knowledge base: its kind, or what a table is called."""
        if self.kind == "people":
            return people_kb(self.path)
        if self.kind == "pwc":
            return "paperswithcode"
        if self.kind != "table":
            return self.kind
        return (self.mapping and self.mapping.kb) or self.path.name.split(".")[0]


STARTER: Final = KBSourceFile("starter", STARTER_PATH)


def read_source(source: KBSourceFile) -> Iterator[KBEntry]:
    """Entries of a source.

    Raises:
        KnowledgeBaseError: It cannot be read.
    """
    if source.kind == "table":
        return read_table(source.path, source.mapping)
    if source.as_of:
        return DATED[source.kind](source.path, source.as_of)
    return READERS[source.kind](source.path)


def source_version(source: KBSourceFile) -> str:
    """The version that a source, or the date in its name, says it has, or ""."""
    return VERSIONS.get(source.kind, date_in_name)(source.path)
