"""A relation classifier that encodes each pair by itself, with markers around its two mentions.

The way of Zhong and Chen (2021, arXiv:2010.12812, section 3.2): the encoder sees which two mentions are asked about,
and a sentence with n pairs is encoded n times. ``model.py`` encodes it once; the README has both side by side.
"""

import torch
from torch import Tensor, nn

from extractors.relations.labels import RelationLabels
from extractors.relations.model import PairBatch

N_MARKERS = 4  # before and behind the first and the second mention
_CHUNK_TOKENS = 8192  # encoded at once, padding included


class MarkerNetwork(nn.Module):
    """Classifies each pair by its sentence with typed markers around the two mentions.

    Args:
        encoder: A BERT-like model that takes ``inputs_embeds`` and ``attention_mask``.
        labels: The classes and what types allow.
        width: Width of the head's hidden layer.
        dropout: Dropout in the head.
    """

    allowed: Tensor
    n_extra_tokens = N_MARKERS

    def __init__(self, encoder: nn.Module, labels: RelationLabels, *, width: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        size = int(encoder.config.hidden_size)  # type: ignore[union-attr]
        self.encoder = encoder
        self.markers = nn.Embedding(len(labels.entity_types) * N_MARKERS, size)
        nn.init.normal_(self.markers.weight, std=0.02)
        self.pair = nn.Linear(2 * size, width)
        self.norm = nn.LayerNorm(width)
        self.classes = nn.Linear(width, len(labels.classes))
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("allowed", torch.from_numpy(labels.allowed), persistent=False)

    def forward(self, batch: PairBatch) -> Tensor:
        """Logits of shape (P, n_classes), float32; classes that the types do not allow are minus infinity."""
        hidden = self.pair(self.dropout(self.encode(batch)))
        logits = self.classes(self.dropout(nn.functional.gelu(self.norm(hidden)))).float()
        types = batch.mention_types[batch.pairs]
        return logits.masked_fill(~self.allowed[types[:, 0], types[:, 1]], float("-inf"))

    def encode(self, batch: PairBatch) -> Tensor:
        """States at the markers before both mentions of each pair, side by side: shape (P, 2 D)."""
        if not len(batch.pairs):
            return self.markers.weight.new_zeros(0, self.pair.in_features)
        lengths = _sentence_lengths(batch) + N_MARKERS + 2
        order = torch.argsort(lengths)
        states = torch.cat([self._encode(batch, chunk) for chunk in _chunks(order, lengths[order])])
        return states[torch.argsort(order)]

    def _encode(self, batch: PairBatch, chosen: Tensor) -> Tensor:
        """The same of some pairs of like length: shape (n, 2 D)."""
        pairs = batch.pairs[chosen]
        rows, low = batch.mention_rows[pairs[:, 0]], batch.sentence_tokens[pairs[:, 0], 0]
        lengths = _sentence_lengths(batch)[chosen]
        bounds = batch.mention_tokens[pairs] - low[:, None, None]  # (n, 2, 2)
        before = torch.stack([bounds[:, :, 0], bounds[:, :, 1] + 1], dim=2).flatten(1)  # (n, 4) words before a marker
        # Where two markers meet, one that closes a mention comes first.
        rank = torch.argsort(torch.argsort(2 * before + torch.tensor([1, 0, 1, 0], device=before.device), stable=True))
        marker_places = 1 + before + rank
        steps = torch.arange(int(lengths.max()), device=rows.device)
        word_places = 1 + steps + (before[:, None, :] <= steps[:, None]).sum(dim=2)  # (n, longest sentence)
        n_tokens = lengths + N_MARKERS + 2
        width = int(n_tokens.max())
        is_word = steps < lengths[:, None]
        ids = batch.token_ids.new_zeros(len(pairs), width + 1)  # what is padding goes to the last column
        words = batch.token_ids[rows[:, None], (low[:, None] + steps).clamp(max=batch.token_ids.shape[1] - 1)]
        ids.scatter_(1, torch.where(is_word, word_places, width), words)
        last = batch.attention_mask.sum(dim=1)[rows] - 1
        ids[:, 0] = batch.token_ids[rows, 0]
        ids.scatter_(1, n_tokens[:, None] - 1, batch.token_ids[rows, last][:, None])
        kinds = batch.mention_types[pairs].repeat_interleave(2, dim=1) * N_MARKERS
        kinds = kinds + torch.arange(N_MARKERS, device=kinds.device)
        embeds = self.encoder.get_input_embeddings()(ids[:, :width])  # type: ignore[operator]
        index = marker_places[:, :, None].expand(-1, -1, embeds.shape[2])
        embeds = embeds.scatter(1, index, self.markers(kinds).to(embeds.dtype))
        mask = (torch.arange(width, device=rows.device) < n_tokens[:, None]).long()
        states = self.encoder(inputs_embeds=embeds, attention_mask=mask).last_hidden_state
        return states[torch.arange(len(pairs), device=rows.device)[:, None], marker_places[:, ::2]].flatten(1)


def _sentence_lengths(batch: PairBatch) -> Tensor:
    """Tokens of each pair's sentence, shape (P,)."""
    bounds = batch.sentence_tokens[batch.pairs[:, 0]]
    return bounds[:, 1] - bounds[:, 0] + 1


def _chunks(order: Tensor, lengths: Tensor) -> list[Tensor]:
    """Pairs in groups of like length; ``lengths`` are those of ``order``, the shortest first."""
    bounds = [0]
    for i, length in enumerate(lengths.tolist()):
        if length * (i + 1 - bounds[-1]) > _CHUNK_TOKENS:
            bounds.append(i)
    return list(order.tensor_split(bounds[1:]))
