"""The network of the relation classifier: one encoding of a window, a small head for all of its pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from extractors.relations.labels import RelationLabels
from extractors.relations.windows import PairWindow

N_DISTANCES = 16  # buckets of token distance, see _bucket


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Windows padded into tensors. B windows, T tokens, M mentions and P pairs of all windows together.

    Attributes:
        token_ids: Shape (B, T), int64.
        attention_mask: Shape (B, T), int64, 1 for a token and 0 for padding.
        token_types: Shape (B, T), int64, 0 outside mentions, else 1 + 2 * type (first token) or 2 + 2 * type.
        mention_rows: Shape (M,), int64, the window of each mention.
        mention_types: Shape (M,), int64.
        mention_tokens: Shape (M, 2), int64, first and last token.
        sentence_tokens: Shape (M, 2), int64, first and last token of the mention's sentence.
        pairs: Shape (P, 2), int64, indices of mentions.
    """

    token_ids: Tensor
    attention_mask: Tensor
    token_types: Tensor
    mention_rows: Tensor
    mention_types: Tensor
    mention_tokens: Tensor
    sentence_tokens: Tensor
    pairs: Tensor

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on another device."""
        return PairBatch(*(getattr(self, name).to(device, non_blocking=True) for name in self.__slots__))


def collate_windows(windows: Sequence[PairWindow], pad_token_id: int) -> PairBatch:
    """Pad windows into one batch; pairs stay in the order of the windows."""
    width = max(len(window.token_ids) for window in windows)
    token_ids = np.full((len(windows), width), pad_token_id, dtype=np.int64)
    mask = np.zeros((len(windows), width), dtype=np.int64)
    token_types = np.zeros((len(windows), width), dtype=np.int64)
    pairs = []
    n_mentions = 0
    for row, window in enumerate(windows):
        token_ids[row, : len(window.token_ids)] = window.token_ids
        mask[row, : len(window.token_ids)] = 1
        _mark_types(token_types[row], window)
        pairs.append(window.pairs + n_mentions)
        n_mentions += len(window.mention_ids)
    rows = np.repeat(np.arange(len(windows)), [len(window.mention_ids) for window in windows])
    arrays = (
        token_ids,
        mask,
        token_types,
        rows,
        np.concatenate([window.mention_types for window in windows]),
        np.concatenate([window.mention_tokens for window in windows]),
        np.concatenate([window.sentence_tokens for window in windows]),
        np.concatenate(pairs),
    )
    return PairBatch(*(torch.from_numpy(array) for array in arrays))


def _mark_types(token_types: NDArray[np.int64], window: PairWindow) -> None:
    """Write the types of the mentions over their tokens; a mention inside another wins over it."""
    lengths = window.mention_tokens[:, 1] - window.mention_tokens[:, 0]
    for i in np.argsort(-lengths, kind="stable").tolist():
        first, last = window.mention_tokens[i].tolist()
        token_types[first : last + 1] = 2 + 2 * window.mention_types[i]
        token_types[first] = 1 + 2 * window.mention_types[i]


class RelationNetwork(nn.Module):
    """Classifies all candidate pairs of a batch of windows.

    The types of the mentions are added to the token embeddings, so that the encoder sees them (as with the typed
    markers of Zhong and Chen 2021, arXiv:2010.12812, but without a copy of the sentence for each pair). A pair is
    described by the first and last token of both mentions, the mean of its sentence, the maximum over the tokens
    between the mentions, both types and the distance. The first layer over this concatenation is computed as a sum of
    projections of its parts, once for each mention, sentence or token, so that a pair costs a few additions. With
    ``n_heads``, each pair then looks through its window for the words that relate it: attention whose query is this
    sum and whose keys and values are computed once for each token.

    Args:
        encoder: A BERT-like model that takes ``inputs_embeds`` and ``attention_mask``.
        labels: The classes and what types allow.
        width: Width of the head's hidden layers.
        dropout: Dropout in the head.
        n_heads: Heads of the pairs' attention, a divisor of ``width``; 0 for none.
    """

    allowed: Tensor
    n_extra_tokens = 0  # that it adds to a window

    def __init__(
        self, encoder: nn.Module, labels: RelationLabels, *, width: int = 256, dropout: float = 0.1, n_heads: int = 0
    ) -> None:
        super().__init__()
        size = int(encoder.config.hidden_size)  # type: ignore[union-attr]
        n_types = len(labels.entity_types)
        self.encoder = encoder
        self.type_embeddings = nn.Embedding(1 + 2 * n_types, size)
        nn.init.normal_(self.type_embeddings.weight, std=0.02)
        nn.init.zeros_(self.type_embeddings.weight[0])
        self.first = nn.Linear(2 * size, width)
        self.second = nn.Linear(2 * size, width, bias=False)
        self.sentence = nn.Linear(size, width, bias=False)
        self.between = nn.Linear(size, width, bias=False)
        self.type_pair = nn.Embedding(n_types * n_types, width)
        self.distance = nn.Embedding(N_DISTANCES, width)
        self.attention = PairAttention(size, width, n_heads) if n_heads else None
        self.norm = nn.LayerNorm(width)
        self.hidden = nn.Linear(width, width)
        self.classes = nn.Linear(width, len(labels.classes))
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("allowed", torch.from_numpy(labels.allowed), persistent=False)

    def forward(self, batch: PairBatch) -> Tensor:
        """Logits of shape (P, n_classes), float32; classes that the types do not allow are minus infinity."""
        states = self.encode(batch)
        return self.classify(states, batch)

    def encode(self, batch: PairBatch) -> Tensor:
        """States of the encoder, shape (B, T, D)."""
        words = self.encoder.get_input_embeddings()(batch.token_ids)  # type: ignore[operator]
        embeds = words + self.type_embeddings(batch.token_types)
        return self.encoder(inputs_embeds=embeds, attention_mask=batch.attention_mask).last_hidden_state

    def classify(self, states: Tensor, batch: PairBatch) -> Tensor:
        """Logits of all pairs from the states (B, T, D): shape (P, n_classes), float32."""
        rows, (first, second) = batch.mention_rows, batch.pairs.unbind(1)
        states = self.dropout(states)
        ends = states[rows[:, None], batch.mention_tokens].flatten(1)  # (M, 2 D)
        tokens = batch.mention_tokens
        types = batch.mention_types
        gap = tokens[second, 0] - tokens[first, 1]
        hidden = (
            self.first(ends)[first]
            + self.second(ends)[second]
            + self.sentence(_sentence_means(states, batch))[first]
            + self._between(states, batch)
            + self.type_pair(types[first] * self.allowed.shape[0] + types[second])
            + self.distance(_bucket(gap))
        )
        if self.attention is not None:
            hidden = hidden + self.attention(hidden, states, rows[first], batch.attention_mask)
        hidden = self.dropout(nn.functional.gelu(self.norm(hidden)))
        hidden = self.dropout(nn.functional.gelu(self.hidden(hidden)))
        logits = self.classes(hidden).float()
        return logits.masked_fill(~self.allowed[types[first], types[second]], float("-inf"))

    def _between(self, states: Tensor, batch: PairBatch) -> Tensor:
        """Maximum over the tokens between the mentions of each pair, projected: shape (P, width); 0 if none.

        A table of maxima over runs of 1, 2, 4, ... tokens answers each pair with two look-ups, so that the cost hardly
        grows with the number of pairs or their distance.
        """
        level = self.between(states)  # (B, T, width)
        levels = [level]
        while 2 ** len(levels) <= level.shape[1]:
            step = 2 ** (len(levels) - 1)
            shifted = torch.cat([levels[-1][:, step:], levels[-1][:, -step:]], dim=1)
            levels.append(torch.maximum(levels[-1], shifted))
        table = torch.stack(levels)  # (n_levels, B, T, width)
        first, second = batch.pairs.unbind(1)
        rows = batch.mention_rows[first]
        low = batch.mention_tokens[first, 1] + 1
        length = batch.mention_tokens[second, 0] - low
        depth = torch.floor(torch.log2(length.clamp(min=1).float())).long()
        high = (low + length - 2**depth).clamp(min=0)
        low = low.clamp(max=level.shape[1] - 1)
        pooled = torch.maximum(table[depth, rows, low], table[depth, rows, high])
        return torch.where((length > 0)[:, None], pooled, 0.0)


class PairAttention(nn.Module):
    """Attention of pairs over the tokens of their window (Vaswani et al. 2017, arXiv:1706.03762).

    Args:
        size: Width of the tokens' states.
        width: Width of the pairs' descriptions.
        n_heads: Heads, a divisor of ``width``.
    """

    def __init__(self, size: int, width: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(size, 2 * width)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)  # it begins as if it were not there
        nn.init.zeros_(self.out.bias)

    def forward(self, pairs: Tensor, states: Tensor, rows: Tensor, attention_mask: Tensor) -> Tensor:
        """What each pair reads: shape (P, width).

        Args:
            pairs: Shape (P, width), the pairs in the order of their windows.
            states: Shape (B, T, size).
            rows: Shape (P,), int64, the window of each pair.
            attention_mask: Shape (B, T), 0 for padding.
        """
        n_windows, n_tokens, _ = states.shape
        counts = torch.bincount(rows, minlength=n_windows)
        places = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
        query = self.query(self.norm(pairs))
        padded = query.new_zeros(n_windows, int(counts.max()), query.shape[1])
        padded[rows, places] = query
        key, value = self.key_value(states).view(n_windows, n_tokens, 2, self.n_heads, -1).unbind(2)
        read = nn.functional.scaled_dot_product_attention(
            padded.view(n_windows, -1, self.n_heads, key.shape[-1]).transpose(1, 2),
            key.transpose(1, 2),
            value.transpose(1, 2),
            attn_mask=attention_mask[:, None, None, :].bool(),
        )  # (B, n_heads, most pairs of a window, width / n_heads)
        return self.out(read.transpose(1, 2).flatten(2)[rows, places])


def _sentence_means(states: Tensor, batch: PairBatch) -> Tensor:
    """Mean state of each mention's sentence, shape (M, D)."""
    sums = nn.functional.pad(states.float().cumsum(dim=1), (0, 0, 1, 0))  # (B, T + 1, D), float32 lest the sum drifts
    low, high = batch.sentence_tokens[:, 0], batch.sentence_tokens[:, 1] + 1
    total = sums[batch.mention_rows, high] - sums[batch.mention_rows, low]
    return (total / (high - low)[:, None]).to(states.dtype)


def _bucket(gap: Tensor) -> Tensor:
    """Bucket of a distance in tokens: 0 for overlap, 1 to 8 exactly, then doubling ranges."""
    wide = 8 + torch.floor(2 * torch.log2(gap.clamp(min=8).float() / 8)).long()
    return torch.where(gap <= 8, gap.clamp(min=0), wide.clamp(max=N_DISTANCES - 1))
