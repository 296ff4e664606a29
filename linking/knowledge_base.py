"""An opened knowledge base: entries, names, and the indexes over them, memory-mapped."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linking.build import check_encoder
from linking.embeddings import NameEncoder
from linking.ids import EntityRows
from linking.index import VectorIndex
from linking.lexical import open_lexical
from linking.manifest import KnowledgeBaseInfo, check_files, read_manifest
from linking.places import Gazetteer
from linking.tables import ENTRIES, NAMES, map_columns, read_entry
from linking.vectors import VectorFiles
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry


class KnowledgeBase:
    """Entries by row, names by row, and the look-ups. Rows are stable within one revision only; ids are for ever."""

    def __init__(self, folder: Path, info: KnowledgeBaseInfo, encoder: NameEncoder) -> None:
        self.folder = folder
        self.info = info
        self.encoder = encoder
        self.lexical = open_lexical(folder / "lexical")
        self._columns = map_columns(folder / ENTRIES)
        names = map_columns(folder / NAMES)
        self.entity_of: NDArray[np.int32] = names["entity"].to_numpy()  # (n_names,) row of the entry
        self.kind_of: NDArray[np.int8] = names["kind"].to_numpy()  # (n_names,) 0 name, 1 alias, 2 acronym
        self._names = names["name"]
        self._vectors: dict[str, VectorIndex] = {}
        self.entry = lru_cache(maxsize=200_000)(self._entry)
        self.name = lru_cache(maxsize=500_000)(self._name)

    @property
    def revision(self) -> str:
        """Changes when anything in the knowledge base does."""
        return self.info.revision

    @property
    def labels(self) -> tuple[str, ...]:
        """Entity types that the knowledge base has entries of."""
        return tuple(self.info.n_entries)

    def _entry(self, i: int) -> KBEntry:
        return read_entry(self._columns, i)

    def column(self, name: str) -> pa.Array:
        """One field of all entries, by row."""
        return self._columns[name]

    def main_row(self, i: int) -> int:
        """Names-table row of an entry's main name: the first of its names."""
        return int(np.searchsorted(self.entity_of, i))

    def _name(self, row: int) -> str:
        return self._names[row].as_py()

    def nearest(self, label: str, vectors: NDArray[np.float32], n: int) -> list[list[tuple[int, float]]]:
        """For each vector the n nearest names of a type as (name row, cosine), best first."""
        if label not in self.info.indexes:
            return [[] for _ in vectors]
        if label not in self._vectors:
            self._vectors[label] = VectorFiles(self.folder, label).open()
        return self._vectors[label].search(vectors, n)

    @cached_property
    def row_of_id(self) -> EntityRows:
        """Entry row by entity id."""
        return EntityRows(self.folder, self._columns["entity_id"])

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places that the organisations are in."""
        unique = (self._columns[column].unique().to_pylist() for column in ("country", "region", "city"))
        return Gazetteer.from_names(*unique)

    def entries(self) -> Sequence[KBEntry]:
        """All entries, by row."""
        return [self._entry(i) for i in range(len(self._columns["entity_id"]))]


def open_knowledge_base(
    path: Path | str, *, encoder: NameEncoder | None = None, thorough: bool = False
) -> KnowledgeBase:
    """Open a knowledge base after checking it against its manifest.

    Args:
        path: Its folder.
        encoder: The encoder it was built with; the installed default if None.
        thorough: Check every byte of every file rather than sizes and samples.

    Raises:
        KnowledgeBaseError: It is missing, incomplete, changed, of another format, or made with another encoder; the
            message says what to do.
    """
    folder = Path(path)
    info = read_manifest(folder)
    check_files(folder, info, thorough=thorough)
    encoder = encoder or NameEncoder()
    check_encoder(folder, info, encoder)
    try:
        return KnowledgeBase(folder, info, encoder)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise KnowledgeBaseError(
            f"{folder} cannot be opened ({error}): build it again with `papergraph kb build`"
        ) from error


def describe_knowledge_base(path: Path | str, *, thorough: bool = False) -> KnowledgeBaseInfo:
    """The manifest of a knowledge base whose files fit it: what ``papergraph kb info`` prints.

    Raises:
        KnowledgeBaseError: As ``open_knowledge_base``.
    """
    info = read_manifest(Path(path))
    check_files(Path(path), info, thorough=thorough)
    return info
