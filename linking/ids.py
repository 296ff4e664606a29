"""Which row an entity id is in, without holding a million ids in memory."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

IDS: Final = ("id-hash.npy", "id-row.npy")


def write_ids(ids: Sequence[str], folder: Path) -> None:
    """Write sorted 64-bit hashes of the ids, and their rows."""
    hashes = np.fromiter(map(_hash, ids), np.uint64, len(ids))
    order = np.argsort(hashes, kind="stable")
    for name, array in zip(IDS, (hashes[order], order.astype(np.int32)), strict=True):
        np.save(folder / name, array)


class EntityRows(Mapping[str, int]):
    """Entry row by entity id, looked up in mapped arrays."""

    def __init__(self, folder: Path, ids: pa.Array) -> None:
        """``ids`` is the column of ids: it tells apart what has the same hash."""
        self._hashes: NDArray[np.uint64]
        self._hashes, self._rows = (np.load(folder / name, mmap_mode="r") for name in IDS)
        self._ids = ids

    def __getitem__(self, identity: str) -> int:
        wanted = np.uint64(_hash(identity))
        place = int(np.searchsorted(self._hashes, wanted))
        while place < len(self._hashes) and self._hashes[place] == wanted:
            row = int(self._rows[place])
            if self._ids[row].as_py() == identity:
                return row
            place += 1
        raise KeyError(identity)

    def __iter__(self) -> Iterator[str]:
        return (identity.as_py() for identity in self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def _hash(identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "little")
