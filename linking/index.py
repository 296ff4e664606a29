"""FAISS indexes over the vectors of names: one a type, its kind chosen by size, memory-mapped when opened."""

import importlib.metadata
import math
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from schemas.errors import ConfigError, KnowledgeBaseError

FLAT_LIMIT = 200_000  # exact search up to here: 300 MB of vectors, about 2 ms a query on one core
TRAIN_PER_CELL = 64  # vectors a cell of an IVF index is trained on; FAISS asks for 39 at least


def load_faiss() -> ModuleType:
    """The faiss module, or an error that says how to get it.

    Raises:
        ConfigError: No build of FAISS is installed, or both are.
    """
    builds = [name for name in ("faiss-cpu", "faiss-gpu") if _is_installed(name)]
    if len(builds) > 1:
        raise ConfigError(
            "faiss-cpu and faiss-gpu are both installed and overwrite each other: "
            "pip uninstall faiss-cpu faiss-gpu, then install one of them"
        )
    try:
        import faiss
    except ImportError as error:
        raise ConfigError(
            'linking needs FAISS: pip install "papergraph[cpu]" or "papergraph[gpu]" (one of them, not both)'
        ) from error
    return faiss


def choose_index(n_vectors: int) -> str:
    """FAISS factory string for so many vectors: exact while that is quick, then inverted lists in half precision."""
    if n_vectors <= FLAT_LIMIT:
        return "Flat"
    cells = 2 ** round(math.log2(4 * math.sqrt(n_vectors)))
    return f"IVF{cells},SQfp16"


def save_index(vectors: NDArray[np.float32], path: Path) -> str:
    """Index unit vectors for cosine and write the file.

    Args:
        vectors: Shape (n, width), float32, unit length.
        path: File to write.

    Returns:
        The kind of index, a FAISS factory string.
    """
    faiss = load_faiss()
    kind = choose_index(len(vectors))
    index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if kind != "Flat":
        cells = faiss.extract_index_ivf(index)
        n_train = min(len(vectors), cells.nlist * TRAIN_PER_CELL)
        chosen = np.sort(np.random.default_rng(0).choice(len(vectors), n_train, replace=False))
        index.train(vectors[chosen])
        cells.nprobe = max(32, cells.nlist // 32)
    index.add(vectors)
    faiss.write_index(index, str(path))
    return kind


class VectorIndex:
    """Nearest names by cosine."""

    def __init__(self, path: Path, rows: NDArray[np.int32]) -> None:
        """Open the index memory-mapped; ``rows[i]`` is the names-table row of vector i."""
        faiss = load_faiss()
        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise KnowledgeBaseError(f"{path} is no FAISS index; build the knowledge base again") from error
        if self._index.ntotal != len(rows):
            raise KnowledgeBaseError(
                f"{path} holds {self._index.ntotal} vectors for {len(rows)} names; build the knowledge base again"
            )
        self._rows = rows

    def search(self, vectors: NDArray[np.float32], n: int) -> list[list[tuple[int, float]]]:
        """For each query vector the n nearest names as (row, cosine), best first, ties by row."""
        if not len(vectors) or not len(self._rows):
            return [[] for _ in vectors]
        distances, found = self._index.search(np.ascontiguousarray(vectors), min(n, len(self._rows)))
        nearest = []
        for line_d, line_i in zip(distances.tolist(), found.tolist(), strict=True):
            hits = [(int(self._rows[i]), round(d, 4)) for d, i in zip(line_d, line_i, strict=True) if i >= 0]
            nearest.append(sorted(hits, key=lambda hit: (-hit[1], hit[0])))
        return nearest


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
