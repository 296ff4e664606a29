"""The vectors of a knowledge base's names: one for each text of a type, computed once, indexed, kept when it grows."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linking.embeddings import NameEncoder
from linking.index import VectorIndex, build_index, choose_index, extend_index, read_vectors
from linking.tables import NameTable, has_vector


@dataclass(frozen=True, slots=True)
class VectorFiles:
    """The files of one entity type."""

    folder: Path
    label: str
    kind: str = ""  # of the index, where it is there: a FAISS factory string

    @property
    def index(self) -> Path:
        """The FAISS index, one vector a text."""
        return self.folder / f"vectors-{self.label.lower()}.faiss"

    @property
    def rows(self) -> Path:
        """Rows of the names table, by text."""
        return self.folder / f"vectors-{self.label.lower()}-rows.npy"

    @property
    def starts(self) -> Path:
        """Where each text's rows start."""
        return self.folder / f"vectors-{self.label.lower()}-starts.npy"

    def open(self) -> VectorIndex:
        """The index, memory-mapped."""
        return VectorIndex(self.index, np.load(self.starts, mmap_mode="r"), np.load(self.rows, mmap_mode="r"))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for a type."""

    kind: str  # a FAISS factory string
    n_vectors: int
    n_encoded: int  # the others were known


def write_vectors(
    folder: Path,
    label: str,
    names: NameTable,
    encoder: NameEncoder,
    *,
    previous: VectorFiles | None = None,
    previous_names: pa.Array | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Written | None:
    """Embed and index the names of one type.

    Args:
        folder: The knowledge base.
        label: The type.
        names: Its names table.
        encoder: The encoder of names.
        previous: An older index of the type, made with the same encoder: its vectors are not computed again, and as
            long as all its texts are still there it is added to, not built anew.
        previous_names: The names column that the older index points into.
        progress: Called with (done, total) texts.

    Returns:
        None if the type has no names with vectors.
    """
    files = VectorFiles(folder, label)
    rows_of = _rows_by_text(label, names)
    if not rows_of:
        return None
    known = _texts_of(previous, previous_names) if previous and previous_names is not None else []
    kept = [text for text in known if text in rows_of]
    old = set(kept)
    fresh = [text for text in rows_of if text not in old]
    texts = [*kept, *fresh]
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".vectors-") as spool:
        extends = bool(
            previous and kept and len(kept) == len(known) and grows_to(previous.kind, len(texts), encoder.width)
        )
        first = 0 if extends else len(kept)
        vectors = _spool(Path(spool.name), first + len(fresh), encoder.width)
        if fresh:
            encoder.encode(fresh, out=vectors[first:], progress=progress)
        if extends and previous:
            kind = previous.kind
            extend_index(previous.index, vectors, files.index)
        else:
            if previous and kept:
                place = {text: i for i, text in enumerate(known)}
                vectors[:first] = read_vectors(previous.index)[[place[text] for text in kept]]
            kind = build_index(vectors, files.index)
    counts = [len(rows_of[text]) for text in texts]
    np.save(files.starts, np.cumsum([0, *counts], dtype=np.int64))
    np.save(files.rows, np.fromiter((row for text in texts for row in rows_of[text]), np.int32, sum(counts)))
    return Written(kind, len(texts), len(fresh))


def _rows_by_text(label: str, names: NameTable) -> dict[str, list[int]]:
    rows_of: dict[str, list[int]] = {}
    for row, (name, kind, own) in enumerate(zip(names.names, names.kind.tolist(), names.labels, strict=True)):
        if own == label and has_vector(name, kind, label):
            rows_of.setdefault(name, []).append(row)
    return rows_of


def _texts_of(previous: VectorFiles, names: pa.Array) -> list[str]:
    """The texts of an index, in its order."""
    starts, rows = np.load(previous.starts), np.load(previous.rows)
    return names.take(pa.array(rows[starts[:-1]])).to_pylist()


def grows_to(kind: str, n_vectors: int, width: int) -> bool:
    """True if an index of this kind may hold so many: it is built anew when twice its cells were not enough."""
    wanted = choose_index(n_vectors, width)
    if "Flat" in (kind, wanted):
        return kind == wanted
    return _count_cells(wanted) <= 2 * _count_cells(kind)


def _count_cells(kind: str) -> int:
    found = re.match(r"IVF(\d+)", kind)
    return int(found[1]) if found else 0


def _spool(path: Path, n: int, width: int) -> NDArray[np.float32]:
    """Vectors that lie in a file while they are computed: memory does not grow with the knowledge base."""
    return np.memmap(path, np.float32, "w+", shape=(n, width)) if n else np.zeros((0, width), np.float32)
