"""A span classifier: every span of a few words is a mention of a type or none, all scored from one encoding."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from extractors.ner.crf import gather_words, word_columns
from extractors.ner.losses import loss_of_passes
from extractors.ner.networks import LossSettings, SpanNetwork, TrainingBatch
from extractors.ner.readers import WindowBatch
from extractors.ner.spans import KEPT_SCORE, ScoredSpans

_LOG_ODDS_OF_NONE = 4.0  # about one span in fifty is a mention; starting there saves the first epoch


class SpanScorer(nn.Module):
    """Scores of all spans of up to ``max_width`` words, from the vectors of their words.

    A span is its first word, its last word (added, and multiplied as in biaffine scoring, Yu et al. 2020,
    arXiv:2005.07150), its length (as in PURE, Zhong and Chen 2021, arXiv:2010.12812) and the mean of its words. All
    these are projections of single words, so that the cost of a span is that of one small layer.

    Args:
        width: Size of a word's vector.
        n_outputs: Scores per span.
        max_width: Words of the longest span.
        hidden: Size of the layer.
        dropout: On the layer.
    """

    def __init__(self, width: int, n_outputs: int, *, max_width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.max_width = max_width
        self.first = nn.Linear(width, 2 * hidden)
        self.last = nn.Linear(width, 2 * hidden, bias=False)
        self.mean = nn.Linear(width, hidden, bias=False)
        self.length = nn.Embedding(max_width, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * hidden, n_outputs)
        nn.init.normal_(self.length.weight, std=0.02)

    def forward(self, vectors: Tensor) -> Tensor:
        """Scores, shape (B, W, S, n_outputs) from word vectors (B, W, D); [b, i, s] is the span from i to i + s.

        S is ``max_width`` or W if that is less. Spans that reach over the end of a row hold no sense.
        """
        n_words = vectors.shape[1]
        firsts, first_factors = self.first(vectors).chunk(2, dim=-1)  # (B, W, H) each
        lasts, last_factors = self.last(vectors).chunk(2, dim=-1)
        sums = nn.functional.pad(self.mean(vectors).float().cumsum(dim=1), (0, 0, 1, 0))  # (B, W + 1, H)
        scores = []
        for extra in range(min(self.max_width, n_words)):
            kept = n_words - extra
            mean = ((sums[:, 1 + extra :] - sums[:, :kept]) / (extra + 1)).to(firsts.dtype)
            added = firsts[:, :kept] + lasts[:, extra:] + mean + self.length.weight[extra].to(firsts.dtype)
            multiplied = first_factors[:, :kept] * last_factors[:, extra:]
            features = torch.cat([nn.functional.gelu(added), multiplied], dim=-1)
            scored = self.output(self.dropout(features))  # (B, W - extra, n_outputs)
            scores.append(nn.functional.pad(scored, (0, 0, 0, extra)))
        return torch.stack(scores, dim=2)


def span_mask(mask: Tensor, max_width: int) -> Tensor:
    """Shape (B, W, S), bool: spans whose words are all there, from the mask of words (B, W)."""
    n_words = mask.shape[1]
    rows = [
        nn.functional.pad(mask[:, extra:] & mask[:, : n_words - extra], (0, extra))
        for extra in range(min(max_width, n_words))
    ]
    return torch.stack(rows, dim=2)


def unknown_spans(unknown: Tensor, max_width: int) -> Tensor:
    """Shape (B, W, S, n_types), bool: spans of words that may all be unlabelled, from the words' (B, W, n_types)."""
    n_words = unknown.shape[1]
    running = unknown
    rows = []
    for extra in range(min(max_width, n_words)):
        if extra:
            running = running[:, :-1] & unknown[:, extra:]
        rows.append(nn.functional.pad(running, (0, 0, 0, extra)))
    return torch.stack(rows, dim=2)


def gold_places(
    spans: Sequence[NDArray[np.int64]], is_word: Tensor, max_width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the gold mentions are in a table of spans.

    Args:
        spans: Per window, shape (M, 3): columns of first and last word, and type.
        is_word: Shape (B, T), bool.
        max_width: Words of the longest span; longer mentions are left out.

    Returns:
        Shape (N, 3), row, first word and words besides the first of each mention; and shape (N,), its type.
    """
    order = np.cumsum(is_word.cpu().numpy(), axis=1) - 1  # (B, T): which word a column is
    places, types = [], []
    for row, found in enumerate(spans):
        for first, last, index in found.tolist():
            extra = order[row, last] - order[row, first]
            if extra < max_width:
                places.append((row, order[row, first], extra))
                types.append(index)
    return np.array(places, np.int64).reshape(-1, 3), np.array(types, np.int64)


def pick_spans(scores: Tensor, types: Tensor, valid: Tensor, columns: Tensor) -> list[ScoredSpans]:
    """The spans of each row that are likely enough to be kept, in columns of the batch.

    Args:
        scores: Shape (B, W, S), probability of the likeliest type of each span.
        types: Shape (B, W, S), that type.
        valid: Shape (B, W, S), bool.
        columns: Shape (B, W), the words' columns.
    """
    kept = (valid & (scores > KEPT_SCORE)).nonzero()  # (N, 3)
    rows, firsts, extra = kept.unbind(dim=1)
    found = torch.stack([columns[rows, firsts], columns[rows, firsts + extra], types[rows, firsts, extra]])
    first_columns, last_columns, found_types = found.cpu().numpy()
    found_scores = scores[rows, firsts, extra].float().cpu().numpy()
    bounds = np.searchsorted(rows.cpu().numpy(), np.arange(len(columns) + 1))
    everything = ScoredSpans(first_columns, last_columns, found_types, found_scores)
    return [everything[np.arange(start, end)] for start, end in pairwise(bounds)]


class SpanClassifier(SpanNetwork):
    """An encoder and a ``SpanScorer`` with one class per type and one for none.

    Args:
        encoder: Takes ``input_ids`` and ``attention_mask`` and returns ``last_hidden_state``.
        width: Size of a token's vector.
        n_types: Entity types.
        max_width: Words of the longest mention that can be found.
        hidden: Size of the scorer's layer.
        dropout: On the vectors and in the scorer.
    """

    def __init__(
        self,
        encoder: nn.Module,
        width: int,
        n_types: int,
        *,
        max_width: int = 12,
        hidden: int = 192,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = SpanScorer(width, 1 + n_types, max_width=max_width, hidden=hidden, dropout=dropout)
        with torch.no_grad():
            self.head.output.bias[0] += _LOG_ODDS_OF_NONE

    def forward(self, windows: WindowBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of all spans, shape (B, W, S, 1 + n_types), which of them exist, and the words' columns (B, W)."""
        vectors = self.encoder(input_ids=windows.ids, attention_mask=windows.mask).last_hidden_state
        columns, mask = word_columns(windows.is_word)
        logits = self.head(self.dropout(gather_words(vectors, columns)))
        return logits, span_mask(mask, self.head.max_width), columns

    def loss(self, batch: TrainingBatch, settings: LossSettings) -> Tensor:
        """Marginal likelihood of the classes that each span may have."""
        passes = [self(batch.windows) for _ in range(settings.n_passes)]
        logits, valid, columns = passes[0]
        allowed = unknown_spans(gather_words(batch.unknown, columns), self.head.max_width)
        allowed = nn.functional.pad(allowed, (1, 0), value=True)  # (B, W, S, 1 + n_types): none comes first
        places, types = gold_places(batch.spans, batch.windows.is_word, self.head.max_width)
        rows, firsts, extra = torch.from_numpy(places).to(logits.device).unbind(dim=1)
        allowed[rows, firsts, extra] = False
        allowed[rows, firsts, extra, 1 + torch.from_numpy(types).to(logits.device)] = True
        weights = torch.tensor(settings.class_weights, device=logits.device) if settings.class_weights else None
        return loss_of_passes(
            [logits[valid] for logits, _, _ in passes],
            allowed[valid],
            class_weights=weights,
            focal_gamma=settings.focal_gamma,
            rdrop=settings.rdrop,
        )

    def spans(self, windows: WindowBatch, temperature: float) -> list[ScoredSpans]:
        """Each span with its likeliest type."""
        logits, valid, columns = self(windows)
        scores, types = torch.softmax(logits.float() / temperature, dim=-1)[..., 1:].max(dim=-1)
        return pick_spans(scores, types, valid, columns)
