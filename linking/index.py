"""FAISS indexes over the vectors of names: one a type, its kind chosen by size, memory-mapped when opened."""

import importlib.metadata
import math
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.errors import ConfigError, KnowledgeBaseError

FLAT_LIMIT: Final = 200_000  # exact search up to here: 300 MB of vectors, about 2 ms a query on one core
HALF_LIMIT: Final = 400_000  # inverted lists of half-precision vectors up to here, product codes above
TRAIN_PER_CELL: Final = 64  # vectors a cell of an IVF index is trained on; FAISS asks for 39 at least
CELLS_PROBED: Final = 32  # one cell in so many is looked through
REFINED: Final = 40  # times the wanted neighbours that product codes propose and full vectors put in order
ADD_ROWS: Final = 65_536


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


def choose_index(n_vectors: int, width: int) -> str:
    """FAISS factory string for so many vectors.

    Exact while that is quick; then inverted lists in half precision; then inverted lists of 4-bit product codes, whose
    best are put in order by half-precision vectors: only the pages of those are read into memory.
    """
    if n_vectors <= FLAT_LIMIT:
        return "Flat"
    cells = 2 ** round(math.log2(4 * math.sqrt(n_vectors)))
    if n_vectors <= HALF_LIMIT or width % 4:
        return f"IVF{cells},SQfp16"
    return f"IVF{cells},PQ{width // 4}x4fs,Refine(SQfp16)"


def build_index(vectors: NDArray[np.float32], path: Path) -> str:
    """Index unit vectors for cosine and write the file.

    Args:
        vectors: Shape (n, width), float32, unit length; may be mapped to a file.
        path: File to write.

    Returns:
        The kind of index, a FAISS factory string.
    """
    faiss = load_faiss()
    kind = choose_index(*vectors.shape)
    index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    if kind != "Flat":
        n_cells = faiss.extract_index_ivf(index).nlist
        n_train = min(len(vectors), n_cells * TRAIN_PER_CELL)
        chosen = np.sort(np.random.default_rng(0).choice(len(vectors), n_train, replace=False))
        index.train(vectors[chosen])
    _write(faiss, index, vectors, path)
    return kind


def extend_index(old: Path, vectors: NDArray[np.float32], path: Path) -> None:
    """Write a copy of an index with more vectors behind those it has; nothing is trained again."""
    faiss = load_faiss()
    _write(faiss, faiss.read_index(str(old)), vectors, path)


def read_vectors(path: Path) -> NDArray[np.float32]:
    """The vectors of an index, shape (n, width), as exactly as it holds them."""
    faiss = load_faiss()
    index = faiss.read_index(str(path))
    exact = faiss.downcast_index(index)
    if hasattr(exact, "refine_index"):
        exact = faiss.downcast_index(exact.refine_index)
    elif hasattr(exact, "make_direct_map"):
        exact.make_direct_map()
    return exact.reconstruct_n(0, exact.ntotal)


class VectorIndex:
    """Nearest names by cosine."""

    def __init__(self, path: Path, starts: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        """Open the index memory-mapped; on a GPU where FAISS has one.

        Args:
            path: The FAISS file.
            starts: Shape (n_vectors + 1,): vector i belongs to ``rows[starts[i]:starts[i + 1]]``.
            rows: Shape (n_names,): rows of the names table that bear a text, by text.
        """
        faiss = load_faiss()
        try:
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise KnowledgeBaseError(f"{path} is no FAISS index; build the knowledge base again") from error
        if self._index.ntotal != len(starts) - 1:
            raise KnowledgeBaseError(
                f"{path} holds {self._index.ntotal} vectors for {len(starts) - 1} names; build the knowledge base again"
            )
        self._starts = starts
        self._rows = rows
        self._search = _searcher(faiss, self._index)

    def search(self, vectors: NDArray[np.float32], n: int) -> list[list[tuple[int, float]]]:
        """For each query vector the n nearest names as (row, cosine), best first, ties by row."""
        if not len(vectors) or not len(self._rows):
            return [[] for _ in vectors]
        distances, found = self._search(np.ascontiguousarray(vectors), min(n, len(self._starts) - 1))
        nearest = []
        for line_d, line_i in zip(distances.tolist(), found.tolist(), strict=True):
            hits = [
                (row, round(d, 4))
                for d, i in zip(line_d, line_i, strict=True)
                if i >= 0
                for row in self._rows[self._starts[i] : self._starts[i + 1]].tolist()
            ]
            nearest.append(sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:n])
        return nearest


def _searcher(faiss: ModuleType, index: Any) -> Any:  # noqa: ANN401  (FAISS has no types)
    """The search function of an index, with its settings for precision; on the GPU where it can be there."""
    refines = hasattr(faiss.downcast_index(index), "refine_index")
    if not refines and hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus():
        index = faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)
    ivf = faiss.try_extract_index_ivf(index)
    if ivf is None:
        return index.search
    n_probed = max(32, ivf.nlist // CELLS_PROBED)
    if not refines:
        ivf.nprobe = n_probed
        return index.search
    settings = faiss.IndexRefineSearchParameters(
        k_factor=REFINED, base_index_params=faiss.SearchParametersIVF(nprobe=n_probed)
    )
    return lambda vectors, n: index.search(vectors, n, params=settings)


def _write(faiss: ModuleType, index: Any, vectors: NDArray[np.float32], path: Path) -> None:  # noqa: ANN401
    for part in _parts(vectors):
        index.add(part)
    faiss.write_index(index, str(path))


def _parts(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(vectors), ADD_ROWS):
        yield np.ascontiguousarray(vectors[start : start + ADD_ROWS])


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
