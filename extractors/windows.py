"""Sliding windows in the encoder's own tokens over many texts at once, with exact character offsets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from extractors.encoder import Encoder
from schemas.records import Span

N_SPECIAL_TOKENS = 2  # one before and one after each window


@dataclass(frozen=True, slots=True)
class TokenStream:
    """The tokens of one text that lie in its regions, without special tokens.

    Attributes:
        ids: Shape (T,), int64.
        starts, ends: Shape (T,), int64, characters of the text. A line end has the empty span behind its word.
        is_word: Shape (T,), bool: the first token of a word. Line ends are tokens, but no words.
        is_break: Shape (T,), bool: the first token of a region, before which nothing is continued.
    """

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    is_word: NDArray[np.bool_]
    is_break: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def word_ends(self) -> NDArray[np.int64]:
        """Shape (W,), int64: where each word ends, in characters."""
        firsts = np.flatnonzero(self.is_word)
        return np.maximum.reduceat(self.ends, firsts) if len(firsts) else self.ends[:0]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens ``start`` to ``end`` of a stream; it decides on those from ``keep_start`` to ``keep_end``."""

    text_index: int
    start: int
    end: int
    keep_start: int
    keep_end: int

    def __len__(self) -> int:
        return self.end - self.start


def tokenize_texts(
    texts: Sequence[str], encoder: Encoder, regions: Sequence[Sequence[Span]] | None = None
) -> list[TokenStream]:
    """Tokens of each text, each text tokenised once.

    Args:
        texts: Any strings.
        encoder: Whose tokens to use.
        regions: Per text, the parts to keep, in any order; None keeps all. Tokens outside are dropped, so a window
            can reach from one region into the next.
    """
    if not texts:
        return []
    encoded = encoder.tokenizer(
        list(texts), add_special_tokens=False, return_offsets_mapping=True, return_attention_mask=False, verbose=False
    )
    streams = []
    for index, text in enumerate(texts):
        ids = np.asarray(encoded["input_ids"][index], np.int64)
        offsets = np.asarray(encoded["offset_mapping"][index], np.int64).reshape(-1, 2)
        words = np.asarray([-1 if word is None else word for word in encoded.word_ids(index)], np.int64)
        is_word = np.diff(words, prepend=-1) != 0
        spans = _sorted_bounds(text, None if regions is None else regions[index])
        region = np.searchsorted(spans[:, 0], offsets[:, 0], side="right") - 1  # the region that begins before it
        kept = (offsets[:, 0] < offsets[:, 1]) & (region >= 0) & (offsets[:, 1] <= spans[region, 1])
        ids, offsets, is_word, region = ids[kept], offsets[kept], is_word[kept], region[kept]
        is_break = np.diff(region, prepend=-1) != 0
        stream = TokenStream(ids, offsets[:, 0], offsets[:, 1], is_word | is_break, is_break)
        streams.append(_insert_line_ends(stream, text, encoder.newline_id))
    return streams


def _sorted_bounds(text: str, regions: Sequence[Span] | None) -> NDArray[np.int64]:
    """Shape (R, 2): bounds of the regions in text order; overlapping ones are cut at the next one's start."""
    if regions is None:
        return np.array([[0, len(text)]], np.int64)
    bounds = np.array(sorted((r.start_char, r.end_char) for r in regions) or [(0, 0)], np.int64)
    bounds[:-1, 1] = np.minimum(bounds[:-1, 1], bounds[1:, 0])
    return bounds


def _insert_line_ends(stream: TokenStream, text: str, newline_id: int | None) -> TokenStream:
    """One token for each gap between two tokens that holds a line end. It tells front matter's lines apart."""
    if newline_id is None or "\n" not in text or not len(stream):
        return stream
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    before = np.concatenate([[0], np.cumsum(codes == ord("\n"))])  # line ends before each character
    gaps = 1 + np.flatnonzero(before[stream.starts[1:]] > before[stream.ends[:-1]])  # tokens that follow a line end
    return TokenStream(
        ids=np.insert(stream.ids, gaps, newline_id),
        starts=np.insert(stream.starts, gaps, stream.ends[gaps - 1]),
        ends=np.insert(stream.ends, gaps, stream.ends[gaps - 1]),
        is_word=np.insert(stream.is_word, gaps, False),
        is_break=np.insert(stream.is_break, gaps, False),
    )


def slide_windows(lengths: Sequence[int], *, max_tokens: int = 256, overlap: int = 16, phase: int = 0) -> list[Window]:
    """Windows over token streams of the given lengths.

    The windows of a text are equally long, so that none is a small rest. A token that two windows see belongs to the
    one in which it is farther from a border.

    Args:
        lengths: Number of tokens of each text; a text without tokens gets no window.
        max_tokens: Length of a window, special tokens included.
        overlap: Tokens that neighbouring windows share; costs ``overlap / (max_tokens - 2 - overlap)`` more tokens.
        phase: Tokens by which the first window is shorter, at most ``max_tokens - 3 - overlap``.
    """
    size = max_tokens - N_SPECIAL_TOKENS
    if not 0 <= overlap < size - phase:
        raise ValueError(f"windows of {size} tokens cannot overlap by {overlap} with phase {phase}")
    windows: list[Window] = []
    for index, n_tokens in enumerate(lengths):
        starts, ends = _cut(n_tokens, size, overlap, phase)
        middles = (starts[1:] + ends[:-1]) // 2
        keeps = np.concatenate([[0], middles, [n_tokens]]).tolist()
        windows += [
            Window(index, start, end, keeps[i], keeps[i + 1])
            for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
        ]
    return windows


def _cut(n_tokens: int, size: int, overlap: int, phase: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if n_tokens == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    whole = n_tokens + phase
    n_windows = max(1, -(-(whole - overlap) // (size - overlap)))
    if phase == 0:
        size = -(-(whole + (n_windows - 1) * overlap) // n_windows)
    starts = np.arange(n_windows) * (size - overlap) - phase
    return np.maximum(starts, 0), np.minimum(starts + size, n_tokens)


def batch_by_length(lengths: Sequence[int], max_batch_tokens: int) -> list[list[int]]:
    """Indices in batches of like length, longest first; a batch holds at most that many tokens, padding included."""
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if not batches or (len(batches[-1]) + 1) * longest > max_batch_tokens:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return batches


def pad_windows(pieces: Sequence[NDArray[np.int64]], encoder: Encoder) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids with special tokens and padding, and the attention mask.

    Args:
        pieces: Token ids of each window, without special tokens.
        encoder: Whose special tokens to use.

    Returns:
        Two int64 tensors of shape (B, T), T two more than the longest piece. Token t of a piece is in column t + 1.
    """
    first_id, last_id, padding_id = encoder.special_ids
    width = max(map(len, pieces)) + N_SPECIAL_TOKENS
    ids = np.full((len(pieces), width), padding_id, np.int64)
    mask = np.zeros((len(pieces), width), np.int64)
    for row, piece in enumerate(pieces):
        ids[row, 0] = first_id
        ids[row, 1 : len(piece) + 1] = piece
        ids[row, len(piece) + 1] = last_id
        mask[row, : len(piece) + N_SPECIAL_TOKENS] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)
