"""Look-ups of names by their letters: exact keys, initials, and shared words weighted by how rare they are.

All arrays are memory-mapped: a million names open at once, and processes share them. Every look-up takes many queries
in one call.
"""

import hashlib
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linking.normal import HEAD_WORDS, initials, match_key, name_words, simplify, stem
from linking.ragged import Indices, add_up, expand, look_up, number_distinct, top_n

ARRAYS: Final = (
    "key_hash", "key_row", "row_key", "word_text", "word_offset", "word_hash", "hash_word", "word_weight",
    "word_start", "word_row", "name_start", "name_word", "name_text", "name_offset", "row_weight",
)  # fmt: skip
MASK: Final = (1 << 64) - 1
PHRASE_BASE: Final = 0x9E3779B97F4A7C15  # odd: the hash of a phrase is a polynomial in it of the hashes of its words
MAX_POSTINGS: Final = 1_500  # names looked at for one group of words; rare and sure ones come first
HEAD_WEIGHT: Final = 0.03  # of the data set of "CIFAR-10 data set"
LOOKED_AT: Final = 4  # times the names wanted are compared by all words


@lru_cache(maxsize=500_000)
def hash_word(label: str, word: str) -> int:
    """64-bit hash of a word of one entity type."""
    return int.from_bytes(hashlib.blake2b(f"{label}\t{word}".encode(), digest_size=8).digest(), "little")


def hash_phrase(label: str, words: Sequence[str]) -> int:
    """64-bit hash of words in a row; that of one word is the word's own."""
    value = 0
    for word in words:
        value = (value * PHRASE_BASE + hash_word(label, word)) & MASK
    return value


def hash_phrases(hashes: Sequence[int], ends: Indices, longest: int) -> tuple[Indices, Indices, NDArray[np.uint64]]:
    """Hashes of all runs of words.

    Args:
        hashes: Word hashes of many texts, one after the other.
        ends: Shape (n_texts,): where each text ends.
        longest: Most words in a run.

    Returns:
        First word of each run, number of words, hash; each of shape (n_runs,).
    """
    prefix = np.zeros(len(hashes) + 1, np.uint64)
    value = 0
    for i, word in enumerate(hashes):
        value = (value * PHRASE_BASE + word) & MASK
        prefix[i + 1] = value
    room = np.repeat(ends, np.diff(ends, prepend=0)) - np.arange(len(hashes))  # words from here to the text's end
    starts, sizes, found = [], [], []
    for n in range(1, longest + 1):
        start = np.flatnonzero(room >= n)
        starts.append(start)
        sizes.append(np.full(len(start), n, np.int64))
        found.append(prefix[start + n] - prefix[start] * np.uint64(pow(PHRASE_BASE, n, 1 << 64)))
    return np.concatenate(starts), np.concatenate(sizes), np.concatenate(found)


@dataclass(frozen=True, slots=True, eq=False)
class LexicalIndex:
    """Arrays over the rows of the names table and over the words of names (each type has its own words).

    Attributes:
        key_hash: Shape (n_keys,), uint64, sorted: exact keys and initials.
        key_row: Shape (n_keys,), int32: row of the names table.
        row_key: Shape (n_rows,), uint64: hash of the name's main key.
        word_text: UTF-8 of all words, sorted by type and word; word i is ``word_offset[i:i + 2]`` of it.
        word_offset: Shape (n_words + 1,), int64.
        word_hash: Shape (n_words,), uint64, sorted; ``hash_word`` has the words' numbers in this order.
        hash_word: Shape (n_words,), int32.
        word_weight: Shape (n_words,), float32: inverse name frequency of the word's stem, at most 1.
        word_start: Shape (n_words + 1,), int64: where a word's rows start in ``word_row``.
        word_row: Shape (n_postings,), int32.
        name_start: Shape (n_rows + 1,), int64: where a name's words start in ``name_word``, each once.
        name_word: Shape (n_postings,), int32: numbers of words, in the name's order.
        name_text: UTF-8 of the names' words with spaces between; name i is ``name_offset[i:i + 2]`` of it.
        name_offset: Shape (n_rows + 1,), int64.
        row_weight: Shape (n_rows,), float32: sum of the name's word weights.
    """

    key_hash: NDArray[np.uint64]
    key_row: NDArray[np.int32]
    row_key: NDArray[np.uint64]
    word_text: NDArray[np.uint8]
    word_offset: NDArray[np.int64]
    word_hash: NDArray[np.uint64]
    hash_word: NDArray[np.int32]
    word_weight: NDArray[np.float32]
    word_start: NDArray[np.int64]
    word_row: NDArray[np.int32]
    name_start: NDArray[np.int64]
    name_word: NDArray[np.int32]
    name_text: NDArray[np.uint8]
    name_offset: NDArray[np.int64]
    row_weight: NDArray[np.float32]
    _views: dict[str, memoryview] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Views of the arrays that are asked one value at a time, which numpy does slowly."""
        names = ("word_text", "word_offset", "word_hash", "name_text", "name_offset")
        self._views.update((name, memoryview(getattr(self, name))) for name in names)

    @property
    def n_words(self) -> int:
        """Number of distinct words."""
        return len(self.word_weight)

    def exact(self, label: str, key: str) -> list[int]:
        """Rows whose key is this one, ascending."""
        return self.find_keys(np.array([hash_phrase(label, key.split())], np.uint64))[1].tolist()

    def find_keys(self, hashes: NDArray[np.uint64], most: int = MASK >> 1) -> tuple[Indices, Indices]:
        """Rows of many keys, at most so many of each: (which hash, row), by hash and then by row."""
        low = np.searchsorted(self.key_hash, hashes, side="left")
        high = np.searchsorted(self.key_hash, hashes, side="right")
        owner, place = expand(low, np.minimum(high - low, most))
        return owner, self.key_row[place].astype(np.int64)

    def word(self, i: int) -> str:
        """The word of this number, after its type and a tab."""
        offset = self._views["word_offset"]
        return str(self._views["word_text"][offset[i] : offset[i + 1]], "utf-8")

    def words(self, numbers: range) -> list[str]:
        """The words of these numbers, without their type."""
        offset, text = self._views["word_offset"], self._views["word_text"]
        return [str(text[offset[i] : offset[i + 1]], "utf-8").partition("\t")[2] for i in numbers]

    def name_key(self, row: int) -> str:
        """The name's words with spaces between."""
        offset = self._views["name_offset"]
        return str(self._views["name_text"][offset[row] : offset[row + 1]], "utf-8")

    def name_keys_of(self, rows: Indices) -> list[str]:
        """The words of many names."""
        text = self._views["name_text"]
        ends = zip(self.name_offset[rows].tolist(), self.name_offset[rows + 1].tolist(), strict=True)
        return [str(text[start:end], "utf-8") for start, end in ends]

    def find_word(self, label: str, word: str) -> int:
        """Number of a word, -1 if no name has it."""
        wanted, hashes = hash_word(label, word), self._views["word_hash"]
        place = bisect_left(hashes, wanted)
        found = place < len(hashes) and hashes[place] == wanted
        return int(self.hash_word[place]) if found else -1

    def words_with(self, label: str, beginning: str) -> range:
        """Numbers of the words that begin so."""
        first = f"{label}\t{beginning}"
        everything = range(self.n_words)
        low = bisect_left(everything, first, key=self.word)
        return range(low, bisect_left(everything, first + "\U0010ffff", lo=low, key=self.word))

    def similar(
        self, group: Indices, words: Indices, strengths: NDArray[np.float64], n: int
    ) -> tuple[Indices, Indices]:
        """The n names of each group of words that share most weight: shared weight by the root of the name's own.

        Names are gathered by the group's rarer and surer words, and the best of them are compared by all words.

        Args:
            group: Shape (n_given,), ascending: which group a word is of.
            words: Shape (n_given,): numbers of words, each once a group.
            strengths: Shape (n_given,), 0..1: how surely the word is meant.
            n: Names wanted of each group.

        Returns:
            Group and row of each name, by group, best first.
        """
        if not len(group):
            return group, words
        asked = group * self.n_words + words
        order = np.argsort(asked, kind="stable")
        asked, given = asked[order], strengths[order]
        counts = self.word_start[words + 1] - self.word_start[words]
        order = np.lexsort((words, -np.round(self.word_weight[words] * strengths**2, 5), group))
        group, words, strengths, counts = group[order], words[order], strengths[order], counts[order]
        taken = np.cumsum(counts)
        before = np.concatenate([[0], taken])[np.searchsorted(group, group, side="left")]
        kept = (taken - before <= MAX_POSTINGS) | (np.arange(len(group)) == np.searchsorted(group, group, side="left"))
        group, words, strengths, counts = group[kept], words[kept], strengths[kept], counts[kept]
        owner, place = expand(self.word_start[words], counts)
        key, position = number_distinct(group[owner] * len(self.row_weight) + self.word_row[place])
        shared = add_up(position, (strengths * self.word_weight[words])[owner], len(key))
        group_of, row = np.divmod(key, len(self.row_weight))
        best = top_n(group_of, shared / np.sqrt(self.row_weight[row] + 0.1), LOOKED_AT * n)
        group_of, row = group_of[best], row[best]
        owner, place = expand(self.name_start[row], self.name_start[row + 1] - self.name_start[row])
        word = self.name_word[place].astype(np.int64)
        hit, found = look_up(asked, group_of[owner] * self.n_words + word)
        shared = add_up(owner, self.word_weight[word] * given[hit] * found, len(row))
        best = top_n(group_of, shared / np.sqrt(self.row_weight[row] + 0.1), n)
        return group_of[best], row[best]


def weigh(count: int, n_rows: int) -> float:
    """Inverse name frequency as a share of the largest: it means the same in a small base and in a large one."""
    return max(0.02, math.log((n_rows + 1) / (count + 1)) / math.log(n_rows + 1))


def is_head(label: str, word: str) -> bool:
    """True for a word that says what a thing is without naming it: what shares it with a name shares nothing."""
    return word in HEAD_WORDS.get(label, ())


def build_lexical(names: Iterable[tuple[str, str]]) -> LexicalIndex:
    """Index the names.

    Args:
        names: (label, name) in the order of the rows of the names table.
    """
    keys: list[tuple[int, int]] = []
    row_key: list[int] = []
    postings: defaultdict[str, list[int]] = defaultdict(list)
    name_terms: list[list[str]] = []
    name_keys_text: list[str] = []
    for row, (label, name) in enumerate(names):
        words = name_words(name, label)
        keys.extend((hash_phrase(label, key.split()), row) for key in name_keys(name, label, words))
        row_key.append(hash_phrase(label, match_key(name, label).split()))
        terms = [f"{label}\t{word}" for word in dict.fromkeys(words)]
        name_terms.append(terms)
        name_keys_text.append(" ".join(words))
        for term in terms:
            postings[term].append(row)
    keys.sort()
    terms = sorted(postings)
    number = {term: i for i, term in enumerate(terms)}
    weights = _weigh_stems(terms, postings, len(name_terms))
    hashes = [(hash_word(*term.split("\t", 1)), i) for i, term in enumerate(terms)]
    hashes.sort()
    word_text, word_offset = _pack(terms)
    name_text, name_offset = _pack(name_keys_text)
    name_word = [[number[term] for term in mine] for mine in name_terms]
    return LexicalIndex(
        key_hash=np.fromiter((value for value, _ in keys), np.uint64, len(keys)),
        key_row=np.fromiter((row for _, row in keys), np.int32, len(keys)),
        row_key=np.fromiter(row_key, np.uint64, len(row_key)),
        word_text=word_text,
        word_offset=word_offset,
        word_hash=np.fromiter((value for value, _ in hashes), np.uint64, len(hashes)),
        hash_word=np.fromiter((i for _, i in hashes), np.int32, len(hashes)),
        word_weight=np.asarray(weights, np.float32),
        word_start=np.cumsum([0, *(len(postings[term]) for term in terms)], dtype=np.int64),
        word_row=np.fromiter((row for term in terms for row in postings[term]), np.int32),
        name_start=np.cumsum([0, *(len(mine) for mine in name_word)], dtype=np.int64),
        name_word=np.fromiter((i for mine in name_word for i in mine), np.int32),
        name_text=name_text,
        name_offset=name_offset,
        row_weight=np.fromiter((sum(weights[i] for i in mine) for mine in name_word), np.float32, len(name_word)),
    )


def _weigh_stems(terms: Sequence[str], postings: dict[str, list[int]], n_rows: int) -> list[float]:
    """Weight of each word by how many names have a word of its stem."""
    rows_of: defaultdict[str, set[int]] = defaultdict(set)
    for term in terms:
        rows_of[_stem_of(term)].update(postings[term])
    counts = {key: len(rows) for key, rows in rows_of.items()}
    return [HEAD_WEIGHT if is_head(*term.split("\t", 1)) else weigh(counts[_stem_of(term)], n_rows) for term in terms]


def _stem_of(term: str) -> str:
    label, word = term.split("\t", 1)
    return f"{label}\t{stem(word)}"


def _pack(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    encoded = [text.encode() for text in texts]
    return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([0, *map(len, encoded)], dtype=np.int64)


def name_keys(name: str, label: str, words: Sequence[str]) -> set[str]:
    """Every key under which a name can be looked up exactly."""
    keys = {match_key(name, label), simplify(name)}
    if label not in {"Institution", "Author"}:
        keys |= {" ".join(words), "^" + "".join(words)}
        if len(words) > 1:
            keys.add("=" + initials(words))
    keys.discard("")
    return keys


def save_lexical(index: LexicalIndex, folder: Path) -> None:
    """Write the arrays as ``.npy`` files."""
    folder.mkdir(parents=True)
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(index, name))


def open_lexical(folder: Path) -> LexicalIndex:
    """Memory-map the arrays."""
    return LexicalIndex(*(np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in ARRAYS))
