"""An opened knowledge base: entries, names, and the indexes over them, memory-mapped."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from linking.embeddings import NameEncoder
from linking.index import VectorIndex
from linking.lexical import open_lexical
from linking.manifest import KnowledgeBaseInfo, check_files, read_manifest
from linking.places import Gazetteer
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry


class KnowledgeBase:
    """Entries by row, names by row, and the look-ups. Rows are stable within one revision only; ids are for ever."""

    def __init__(self, folder: Path, info: KnowledgeBaseInfo, encoder: NameEncoder) -> None:
        self.folder = folder
        self.info = info
        self.encoder = encoder
        self.lexical = open_lexical(folder / "lexical")
        self._entries = pq.read_table(folder / "entries.parquet", memory_map=True).combine_chunks()
        self._columns = {name: self._entries[name].combine_chunks() for name in self._entries.column_names}
        names = pq.read_table(folder / "names.parquet", memory_map=True).combine_chunks()
        self.entity_of: NDArray[np.int32] = names["entity"].to_numpy()  # (n_names,) row of the entry
        self.kind_of: NDArray[np.int8] = names["kind"].to_numpy()  # (n_names,) 0 name, 1 alias, 2 acronym
        self._names = names["name"].combine_chunks()
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
        values: dict[str, Any] = {name: column[i].as_py() for name, column in self._columns.items()}
        for name in ("aliases", "acronyms", "kinds", "parents"):
            values[name] = tuple(values[name])
        return KBEntry(**values)

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
            path = self.folder / f"vectors-{label.lower()}.faiss"
            self._vectors[label] = VectorIndex(path, np.load(path.with_suffix(".npy"), mmap_mode="r"))
        return self._vectors[label].search(vectors, n)

    @cached_property
    def row_of_id(self) -> dict[str, int]:
        """Entry row by entity id."""
        return {identity: i for i, identity in enumerate(self._entries["entity_id"].to_pylist())}

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places that the organisations are in."""
        unique = (self._entries[column].unique().to_pylist() for column in ("country", "region", "city"))
        return Gazetteer.from_names(*unique)

    def entries(self) -> Sequence[KBEntry]:
        """All entries, by row."""
        return [self._entry(i) for i in range(self._entries.num_rows)]


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
    if encoder.revision != info.encoder_revision:
        raise KnowledgeBaseError(
            f"{folder} was built with encoder {info.encoder} ({info.encoder_revision}), but {encoder.path.name} "
            f"({encoder.revision}) is in use: give the same encoder or build the knowledge base again with this one"
        )
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
