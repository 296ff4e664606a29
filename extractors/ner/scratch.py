"""Encoders that are trained from scratch: a BiLSTM over words and letters, and Reformer."""

import torch
from torch import Tensor, nn
from transformers import ReformerConfig, ReformerModel
from transformers.modeling_outputs import BaseModelOutput

_CHUNK = 64  # tokens that attend to each other in a Reformer; its input is a multiple of it
_HASH_SEED = 17


class BiLstm(nn.Module):
    """Words and their letters through a bidirectional LSTM (Ma and Hovy 2016, arXiv:1603.01354).

    Args:
        n_words, n_letters: Sizes of the vocabulary, padding and unknown included.
        word_width, letter_width: Sizes of the vectors.
        n_filters: Filters of the convolution over a word's letters.
        hidden: Size of the LSTM in each direction.
        n_layers: Layers of the LSTM.
        dropout: On the input and the output of the LSTM.
    """

    keeps_fp32 = True

    def __init__(
        self,
        n_words: int,
        n_letters: int,
        *,
        word_width: int = 100,
        letter_width: int = 30,
        n_filters: int = 60,
        hidden: int = 200,
        n_layers: int = 1,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(n_words, word_width, padding_idx=0)
        self.letters = nn.Embedding(n_letters, letter_width, padding_idx=0)
        self.convolution = nn.Conv1d(letter_width, n_filters, kernel_size=3, padding=1)
        self.lstm = nn.LSTM(
            word_width + n_filters,
            hidden,
            n_layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout * (n_layers > 1),
        )
        self.dropout = nn.Dropout(dropout)
        nn.init.uniform_(self.words.weight, -((3 / word_width) ** 0.5), (3 / word_width) ** 0.5)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> BaseModelOutput:
        """Vectors, shape (B, T, 2 hidden), from ids (B, T, 1 + N_LETTERS) and mask (B, T)."""
        with torch.autocast(input_ids.device.type, enabled=False):
            vectors = self.dropout(torch.cat([self.words(input_ids[..., 0]), self._spell(input_ids[..., 1:])], dim=-1))
            packed = nn.utils.rnn.pack_padded_sequence(
                vectors, attention_mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False
            )
            found, _ = nn.utils.rnn.pad_packed_sequence(
                self.lstm(packed)[0], batch_first=True, total_length=input_ids.shape[1]
            )
            return BaseModelOutput(last_hidden_state=self.dropout(found))

    def _spell(self, letters: Tensor) -> Tensor:
        """Shape (B, T, n_filters): the strongest answer of each filter along a word."""
        vectors = self.dropout(self.letters(letters.flatten(0, 1))).transpose(1, 2)  # (B * T, letter_width, N_LETTERS)
        return self.convolution(vectors).amax(dim=-1).unflatten(0, letters.shape[:2])


class Reformer(nn.Module):
    """Reformer (Kitaev et al. 2020, arXiv:2001.04451): attention within hashed buckets, so that sections fit whole.

    Args:
        n_tokens: Size of the vocabulary.
        width: Size of a token's vector inside; outside it is twice that (two reversible streams).
        layers: Kinds of attention, bottom up.
        max_tokens: Longest input.
        n_hashes: Rounds of hashing.
        dropout: Throughout.
    """

    keeps_fp32 = True

    def __init__(
        self,
        n_tokens: int,
        *,
        width: int = 192,
        layers: tuple[str, ...] = ("local", "lsh", "local", "lsh"),
        max_tokens: int = 4096,
        n_hashes: int = 2,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.config = ReformerConfig(
            vocab_size=n_tokens,
            hidden_size=width,
            attention_head_size=32,
            num_attention_heads=width // 32,
            feed_forward_size=2 * width,
            attn_layers=list(layers),
            num_hashes=n_hashes,
            local_attn_chunk_length=_CHUNK,
            lsh_attn_chunk_length=_CHUNK,
            local_num_chunks_after=1,
            lsh_num_chunks_after=1,
            max_position_embeddings=-(-max_tokens // _CHUNK) * _CHUNK,
            axial_pos_embds=False,
            hidden_dropout_prob=dropout,
            local_attention_probs_dropout_prob=0.0,
            is_decoder=False,
            pad_token_id=0,
        )
        self.model = ReformerModel(self.config)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> BaseModelOutput:
        """Vectors, shape (B, T, 2 width), from ids and mask (B, T). The hashes vary in training only."""
        n_missing = -input_ids.shape[1] % _CHUNK
        ids = nn.functional.pad(input_ids, (0, n_missing))
        mask = nn.functional.pad(attention_mask, (0, n_missing))
        devices = [ids.device] if ids.device.type == "cuda" else []
        with torch.autocast(ids.device.type, enabled=False), torch.random.fork_rng(devices, enabled=not self.training):
            if not self.training:
                torch.manual_seed(_HASH_SEED)
            vectors = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return BaseModelOutput(last_hidden_state=vectors[:, : input_ids.shape[1]])
