"""From texts to the tokens of an architecture and from windows to its input: sub-words, or words with their letters."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from extractors.encoder import Encoder
from extractors.windows import TokenStream, pad_windows, tokenize_texts
from schemas.errors import ModelError
from schemas.records import Span

VOCABULARY_FILE: Final = "vocabulary.json"
N_LETTERS: Final = 20  # of a word; longer ones are cut
_WORD: Final = re.compile(r"\w+|[^\w\s]")
_PADDING, _UNKNOWN = 0, 1


@dataclass(frozen=True, slots=True)
class WindowBatch:
    """Windows side by side.

    Attributes:
        ids: Shape (B, T) or (B, T, F), int64.
        mask: Shape (B, T), int64: 1 for tokens, 0 for padding.
        is_word: Shape (B, T), bool: first tokens of words, which alone are tagged.
    """

    ids: Tensor
    mask: Tensor
    is_word: Tensor

    def to(self, device: torch.device) -> "WindowBatch":
        """The same on a device."""
        return WindowBatch(self.ids.to(device), self.mask.to(device), self.is_word.to(device))


class Reader(Protocol):
    """How an architecture reads texts."""

    @property
    def offset(self) -> int:
        """Tokens that ``pad`` puts before each window."""
        ...

    def tokenize(self, texts: Sequence[str], regions: Sequence[Sequence[Span]] | None = None) -> list[TokenStream]:
        """Tokens of each text, or of its regions."""
        ...

    def pad(self, pieces: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
        """Ids and attention mask of pieces of streams; token t of a piece is in column ``offset + t``."""
        ...

    def hide(self, ids: NDArray[np.int64], hidden: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Ids of a piece with the hidden tokens made unknown."""
        ...


def make_batch(
    reader: Reader, pieces: Sequence[NDArray[np.int64]], is_word: Sequence[NDArray[np.bool_]]
) -> WindowBatch:
    """Pad pieces of streams to one batch."""
    ids, mask = reader.pad(pieces)
    words = np.zeros(mask.shape, bool)
    for row, piece in enumerate(is_word):
        words[row, reader.offset : reader.offset + len(piece)] = piece
    return WindowBatch(ids, mask, torch.from_numpy(words))


@dataclass(frozen=True, slots=True)
class SubwordReader:
    """Reads the sub-words of an encoder."""

    encoder: Encoder
    offset: int = 1

    def tokenize(self, texts: Sequence[str], regions: Sequence[Sequence[Span]] | None = None) -> list[TokenStream]:
        """Sub-words of each text."""
        return tokenize_texts(texts, self.encoder, regions)

    def pad(self, pieces: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
        """Shapes (B, T)."""
        return pad_windows(pieces, self.encoder)

    def hide(self, ids: NDArray[np.int64], hidden: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The mask token for each hidden one; line ends stay."""
        mask_id = self.encoder.tokenizer.mask_token_id
        if mask_id is None:
            return ids
        return np.where(hidden & (ids != self.encoder.newline_id), mask_id, ids)


@dataclass(frozen=True, slots=True)
class WordReader:
    """Reads words and their letters by its own vocabulary, for architectures that start from scratch.

    A token is a row of ids: the word without case and with digits made alike, then its first ``N_LETTERS`` letters.
    """

    words: dict[str, int]
    letters: dict[str, int]
    offset: int = 0

    @classmethod
    def count(cls, texts: Iterable[str], min_count: int = 2) -> "WordReader":
        """A vocabulary of the words that occur often enough."""
        counts = Counter(match.group() for text in texts for match in _WORD.finditer(text))
        words = Counter[str]()
        for word, count in counts.items():
            words[_fold(word)] += count
        kept = sorted(word for word, count in words.items() if count >= min_count)
        letters = sorted({letter for word in counts for letter in word})
        return cls({word: i for i, word in enumerate(kept, 2)}, {letter: i for i, letter in enumerate(letters, 2)})

    @classmethod
    def load(cls, folder: Path) -> "WordReader":
        """Read the vocabulary of a model.

        Raises:
            ModelError: It is missing or broken.
        """
        try:
            record = json.loads((folder / VOCABULARY_FILE).read_text(encoding="utf-8"))
            return cls(
                {word: i for i, word in enumerate(record["words"], 2)},
                {letter: i for i, letter in enumerate(record["letters"], 2)},
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{folder / VOCABULARY_FILE} is not the vocabulary of a tagger: {error!r}") from error

    def save(self, folder: Path) -> None:
        """Write the vocabulary; ``load`` reads it."""
        record = {"words": list(self.words), "letters": list(self.letters)}
        (folder / VOCABULARY_FILE).write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")

    def tokenize(self, texts: Sequence[str], regions: Sequence[Sequence[Span]] | None = None) -> list[TokenStream]:
        """Words of each text; ``ids`` of a stream has shape (T, 1 + N_LETTERS)."""
        if regions is None:
            return [self._tokenize(text, [(0, len(text))]) for text in texts]
        bounds = [sorted((region.start_char, region.end_char) for region in inside) for inside in regions]
        return [self._tokenize(text, inside) for text, inside in zip(texts, bounds, strict=True)]

    def _tokenize(self, text: str, regions: Sequence[tuple[int, int]]) -> TokenStream:
        rows: list[tuple[int, int]] = []
        breaks: list[bool] = []
        for start_char, end_char in regions:
            begin = max(start_char, rows[-1][1] if rows else 0)
            found = [match.span() for match in _WORD.finditer(text, begin, end_char)]
            rows += found
            breaks += [index == 0 for index in range(len(found))]
        ids = np.zeros((len(rows), 1 + N_LETTERS), np.int64)
        for row, (start, end) in zip(ids, rows, strict=True):
            row[0] = self.words.get(_fold(text[start:end]), _UNKNOWN)
            cut = text[start : min(end, start + N_LETTERS)]
            row[1 : 1 + len(cut)] = [self.letters.get(letter, _UNKNOWN) for letter in cut]
        bounds = np.array(rows, np.int64).reshape(-1, 2)
        return TokenStream(ids, bounds[:, 0], bounds[:, 1], np.ones(len(rows), bool), np.array(breaks, bool))

    def pad(self, pieces: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
        """Shapes (B, T, 1 + N_LETTERS) and (B, T)."""
        width = max(map(len, pieces))
        ids = np.full((len(pieces), width, 1 + N_LETTERS), _PADDING, np.int64)
        mask = np.zeros((len(pieces), width), np.int64)
        for row, piece in enumerate(pieces):
            ids[row, : len(piece)] = piece
            mask[row, : len(piece)] = 1
        return torch.from_numpy(ids), torch.from_numpy(mask)

    def hide(self, ids: NDArray[np.int64], hidden: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Hidden words are unknown; their letters stay, so that the model learns to read them."""
        covered = ids.copy()
        covered[hidden, 0] = _UNKNOWN
        return covered


def _fold(word: str) -> str:
    return re.sub(r"\d", "0", word.casefold())
