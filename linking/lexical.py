"""Look-ups of names by their letters: exact keys, initials, and shared words weighted by how rare they are.

All arrays are sorted by 64-bit hashes and memory-mapped: a million names open at once, and processes share them.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.normal import initials, match_key, name_words, simplify, stem

ARRAYS: Final = ("key_hash", "key_row", "word_hash", "word_start", "word_row", "row_weight")
MAX_POSTINGS: Final = 30_000  # names looked at for one query; rare words come first


@lru_cache(maxsize=500_000)
def hash_key(label: str, key: str) -> int:
    """64-bit hash of a look-up key of one entity type."""
    return int.from_bytes(hashlib.blake2b(f"{label}\t{key}".encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True, eq=False)
class LexicalIndex:
    """Hash tables over the rows of the names table.

    Attributes:
        key_hash: Shape (n_keys,), uint64, sorted: exact keys and initials.
        key_row: Shape (n_keys,), int32: row of the names table.
        word_hash: Shape (n_words,), uint64, sorted: stems of words.
        word_start: Shape (n_words + 1,), int64: where a stem's rows start in ``word_row``.
        word_row: Shape (n_postings,), int32.
        row_weight: Shape (n_rows,), float32: sum of the name's word weights.
    """

    key_hash: NDArray[np.uint64]
    key_row: NDArray[np.int32]
    word_hash: NDArray[np.uint64]
    word_start: NDArray[np.int64]
    word_row: NDArray[np.int32]
    row_weight: NDArray[np.float32]

    def exact(self, label: str, key: str) -> list[int]:
        """Rows whose key is this one, ascending."""
        wanted = np.uint64(hash_key(label, key))
        start = int(np.searchsorted(self.key_hash, wanted))
        stop = start
        while stop < len(self.key_hash) and self.key_hash[stop] == wanted:
            stop += 1
        return self.key_row[start:stop].tolist()

    def word_count(self, label: str, word: str) -> int:
        """In how many names of the type the word's stem occurs."""
        place = self._place(label, word)
        return 0 if place is None else int(self.word_start[place + 1] - self.word_start[place])

    def word_weight(self, label: str, word: str) -> float:
        """Weight of a word, at most 1: its inverse name frequency; words in no name weigh as the rarest."""
        return weigh(self.word_count(label, word), len(self.row_weight))

    def similar(self, label: str, words: Sequence[str], n: int) -> list[int]:
        """The n names that share most weight with the words: shared weight by the root of the name's own weight."""
        places = {place for word in words if (place := self._place(label, word)) is not None}
        sizes = sorted((int(self.word_start[place + 1] - self.word_start[place]), place) for place in places)
        rows: list[NDArray[np.int32]] = []
        weights: list[NDArray[np.float32]] = []
        taken = 0
        for size, place in sizes:
            if taken and taken + size > MAX_POSTINGS:
                break
            taken += size
            rows.append(self.word_row[self.word_start[place] : self.word_start[place + 1]])
            weights.append(np.full(size, weigh(size, len(self.row_weight)), np.float32))
        if not rows:
            return []
        found, position = np.unique(np.concatenate(rows), return_inverse=True)
        shared = np.bincount(position, weights=np.concatenate(weights))
        score = np.round(shared / np.sqrt(self.row_weight[found] + 0.1), 5)
        best = np.lexsort((found, -score))[:n]
        return found[best].tolist()

    def _place(self, label: str, word: str) -> int | None:
        wanted = np.uint64(hash_key(label, "~" + stem(word)))
        place = int(np.searchsorted(self.word_hash, wanted))
        return place if place < len(self.word_hash) and self.word_hash[place] == wanted else None


def weigh(count: int, n_rows: int) -> float:
    """Inverse name frequency as a share of the largest: it means the same in a small base and in a large one."""
    return max(0.02, math.log((n_rows + 1) / (count + 1)) / math.log(n_rows + 1))


def build_lexical(names: Iterable[tuple[str, str]]) -> LexicalIndex:
    """Index the names.

    Args:
        names: (label, name) in the order of the rows of the names table.
    """
    keys: list[tuple[int, int]] = []
    postings: defaultdict[int, list[int]] = defaultdict(list)
    stems: list[list[int]] = []
    for row, (label, name) in enumerate(names):
        words = name_words(name, label)
        keys.extend((hash_key(label, key), row) for key in name_keys(name, label, words))
        hashes = list(dict.fromkeys(hash_key(label, "~" + stem(word)) for word in words))
        stems.append(hashes)
        for value in hashes:
            postings[value].append(row)
    keys.sort()
    order = sorted(postings)
    n_rows = len(stems)
    weight = {value: weigh(len(rows), n_rows) for value, rows in postings.items()}
    return LexicalIndex(
        np.fromiter((value for value, _ in keys), np.uint64, len(keys)),
        np.fromiter((row for _, row in keys), np.int32, len(keys)),
        np.fromiter(order, np.uint64, len(order)),
        np.cumsum([0, *(len(postings[value]) for value in order)], dtype=np.int64),
        np.fromiter((row for value in order for row in postings[value]), np.int32),
        np.fromiter((sum(weight[value] for value in hashes) for hashes in stems), np.float32, n_rows),
    )


def name_keys(name: str, label: str, words: Sequence[str]) -> set[str]:
    """Every key under which a name can be looked up exactly."""
    keys = {match_key(name, label), simplify(name)}
    if label not in {"Institution", "Author"} and len(words) > 1:
        keys.add("=" + initials(words))
        keys.add("^" + "".join(words))
    elif words and label != "Institution":
        keys.add("^" + words[0])
    keys.discard("")
    return keys


def save_lexical(index: LexicalIndex, folder: Path) -> None:
    """Write the arrays as ``.npy`` files."""
    folder.mkdir(parents=True)
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(index, name))


def open_lexical(folder: Path) -> LexicalIndex:
    """Memory-map the arrays."""
    return LexicalIndex(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS))
