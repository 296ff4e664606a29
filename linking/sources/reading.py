"""Which reader reads which kind of source, and how its version is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linking.sources.concepts import read_concepts
from linking.sources.ror import read_ror, ror_version
from linking.sources.starter import STARTER_PATH, read_starter
from linking.sources.table import ColumnMapping, read_table
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

READERS: Final[dict[str, Callable[[Path], Iterator[KBEntry]]]] = {
    "ror": read_ror,
    "concepts": read_concepts,
    "starter": read_starter,
    "table": read_table,
}
VERSIONS: Final[dict[str, Callable[[Path], str]]] = {"ror": ror_version}


@dataclass(frozen=True, slots=True)
class KBSourceFile:
    """A source of a knowledge base: the kind of its format, and where it is."""

    kind: str  # a key of READERS
    path: Path
    mapping: ColumnMapping | None = None  # of a table

    def __post_init__(self) -> None:
        if self.kind not in READERS:
            raise KnowledgeBaseError(f"unknown kind of source {self.kind!r}; known: {', '.join(READERS)}")

    @property
    def is_registry(self) -> bool:
        """True if there is one such source, so that a newer one takes its place; concepts and tables add up."""
        return self.kind not in ("concepts", "table")

    @property
    def kb(self) -> str:
        """Name of the source in the knowledge base: its kind, or what a table is called."""
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
    return READERS[source.kind](source.path)


def source_version(source: KBSourceFile) -> str:
    """The version that a source says it has, or ""."""
    return VERSIONS[source.kind](source.path) if source.kind in VERSIONS else ""
