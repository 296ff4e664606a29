"""Training windows of a tagger: cut at a random phase, in random order, words hidden at random."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from extractors.ner.networks import TrainingBatch
from extractors.ner.readers import Reader, make_batch
from extractors.ner.targets import Example
from extractors.windows import N_SPECIAL_TOKENS, batch_by_length


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How training windows are made.

    Attributes:
        max_tokens: Length of a window, special tokens included.
        batch_tokens: Tokens in a batch, padding included.
        mask_words: Probability that a word is hidden from the encoder; ``mask_mentions`` for words of mentions, so that
            a mention is told from its surroundings too.
        seed: Of all that is drawn.
    """

    max_tokens: int = 256
    batch_tokens: int = 1024
    mask_words: float = 0.05
    mask_mentions: float = 0.15
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A training window: tokens ``start`` to ``end`` of an example."""

    example: Example
    start: int
    end: int


class TrainingBatches(Sequence[TrainingBatch]):
    """Batches of one epoch."""

    def __init__(self, examples: Sequence[Example], reader: Reader, settings: BatchSettings, epoch: int) -> None:
        self.reader = reader
        self.settings = settings
        self.seed = (settings.seed, epoch)
        draw = random.Random(f"{settings.seed}-{epoch}")  # noqa: S311
        size = settings.max_tokens - N_SPECIAL_TOKENS
        self.pieces = [piece for example in examples for piece in _cut_pieces(example, size, draw)]
        # Windows of like length go together; a little noise on the lengths makes other batches each epoch.
        lengths = [piece.end - piece.start + N_SPECIAL_TOKENS for piece in self.pieces]
        noisy = [int(length * draw.uniform(0.9, 1.0)) for length in lengths]
        self.batches = batch_by_length(noisy, settings.batch_tokens)
        draw.shuffle(self.batches)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> TrainingBatch:  # pyright: ignore[reportIncompatibleMethodOverride]
        pieces = [self.pieces[i] for i in self.batches[index]]
        draw = np.random.default_rng((*self.seed, index))
        windows = make_batch(
            self.reader,
            [self._hide_words(piece, draw) for piece in pieces],
            [piece.example.stream.is_word[piece.start : piece.end] for piece in pieces],
        )
        shape = windows.mask.shape
        allowed = np.ones((*shape, pieces[0].example.allowed.shape[1]), bool)
        unknown = np.ones((*shape, pieces[0].example.unknown.shape[1]), bool)
        spans = []
        for row, piece in enumerate(pieces):
            columns = slice(self.reader.offset, self.reader.offset + piece.end - piece.start)
            allowed[row, columns] = piece.example.allowed[piece.start : piece.end]
            unknown[row, columns] = piece.example.unknown[piece.start : piece.end]
            inside, cut = _spans_in(piece)
            for first, last, _ in cut.tolist():
                unknown[row, columns][first : last + 1] = True
            spans.append(inside + np.array([self.reader.offset, self.reader.offset, 0]))
        return TrainingBatch(windows, torch.from_numpy(allowed), spans, torch.from_numpy(unknown))

    def _hide_words(self, piece: _Piece, draw: np.random.Generator) -> NDArray[np.int64]:
        """Ids of a window with whole words hidden."""
        stream = piece.example.stream
        in_mention = piece.example.is_mention[piece.start : piece.end]
        is_word = stream.is_word[piece.start : piece.end]
        word = np.maximum(np.cumsum(is_word) - 1, 0)  # (T,) index of each token's word
        rates = np.where(in_mention, self.settings.mask_mentions, self.settings.mask_words)
        hidden = draw.random(word.max(initial=0) + 1)[word] < rates
        return self.reader.hide(stream.ids[piece.start : piece.end], hidden)


def _spans_in(piece: _Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Mentions that lie whole in a window, and the parts in it of those that do not; both in tokens of the window."""
    moved = piece.example.spans - np.array([piece.start, piece.start, 0])  # (M, 3)
    n_tokens = piece.end - piece.start
    moved = moved[(moved[:, 1] >= 0) & (moved[:, 0] < n_tokens)]
    whole = (moved[:, 0] >= 0) & (moved[:, 1] < n_tokens)
    return moved[whole], np.clip(moved[~whole], 0, [n_tokens - 1, n_tokens - 1, moved[:, 2].max(initial=0)])


def _cut_pieces(example: Example, size: int, draw: random.Random) -> list[_Piece]:
    """Windows of one example without overlap, the first of random length, each kept with the example's share."""
    n_tokens = len(example.stream)
    first = draw.randint(size // 4, size) if n_tokens > size else size
    bounds = [0, *range(first, n_tokens, size), n_tokens]
    return [
        _Piece(example, start, end)
        for start, end in pairwise(bounds)
        # Examples of a type that is not annotated in full are few and are all used.
        if end > start and (draw.random() < example.share or example.is_rare[start:end].any())
    ]
