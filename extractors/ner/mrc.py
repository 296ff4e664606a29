"""Entities as answers: the encoder reads a question about a type and a window, and marks where answers are."""

import re
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from extractors.ner.crf import gather_words, word_columns
from extractors.ner.losses import known_binary_loss
from extractors.ner.networks import LossSettings, SpanNetwork, TrainingBatch
from extractors.ner.readers import WindowBatch
from extractors.ner.span import SpanScorer, gold_places, pick_spans, span_mask, unknown_spans
from extractors.ner.spans import ScoredSpans, join_spans

QUERIES: Final = {
    "Author": "Find the persons who wrote this paper.",
    "Institution": "Find the universities, companies and other organisations where the authors work.",
    "Method": "Find methods: models, systems, algorithms, architectures and techniques that are used or proposed.",
    "Dataset": "Find data: datasets, corpora, benchmarks, languages and other material that methods are run on.",
    "Task": "Find tasks: problems to be solved, applications and things to be done.",
    "Metric": "Find metrics: measures that say how good, fast or large something is.",
    "Result": "Find results: reported values of a metric, with their unit.",
    "OtherScientificTerm": "Find other scientific terms: phenomena, features, properties and concepts.",
    "Generic": "Find generic words that stand for a method, task or dataset, such as this approach or the model.",
}
_PRIOR: Final = -4.0  # log odds that a word begins or ends an answer, before anything is learned


def query_for(label: str) -> str:
    """The question about a type; one that is not known is asked for by its name."""
    return QUERIES.get(label, f"Find every {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', label).lower()} in the text.")


class MachineReader(SpanNetwork):
    """BERT-MRC (Li et al. 2020, arXiv:1910.11476): a query per type; heads for starts, ends and their match.

    Types do not compete, so mentions can nest and share words. Each window is encoded once for every type, so a text
    costs as many times as much as one encoding as there are types, and the queries' tokens on top. Unlike the paper,
    spans are at most ``max_width`` words long, which keeps the match of starts and ends linear in the text.

    Args:
        encoder: A BERT-like model.
        width: Size of a token's vector.
        queries: Token ids of the question about each type, special tokens included.
        max_width: Words of the longest mention that can be found.
        hidden: Size of the layer that matches starts and ends.
        dropout: On the vectors and in that layer.
    """

    word_loss = False

    def __init__(
        self,
        encoder: nn.Module,
        width: int,
        queries: Sequence[Sequence[int]],
        *,
        max_width: int = 12,
        hidden: int = 192,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.queries = [list(query) for query in queries]
        self.n_extra_tokens = max(map(len, self.queries)) - 1  # the window's own first token is left out
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, 2)
        self.match = SpanScorer(width, 1, max_width=max_width, hidden=hidden, dropout=dropout)
        with torch.no_grad():
            self.head.bias.add_(_PRIOR)
            self.match.output.bias.add_(_PRIOR)

    def forward(self, windows: WindowBatch, type_index: int) -> tuple[Tensor, Tensor]:
        """Logits of starts and ends, shape (B, W, 2), and of spans, shape (B, W, S), for one type."""
        query = torch.tensor(self.queries[type_index], device=windows.ids.device).expand(len(windows.ids), -1)
        n_query = query.shape[1]
        text = windows.ids[:, 1:]  # the query begins with the token that opens a window
        vectors = self.encoder(
            input_ids=torch.cat([query, text], dim=1),
            attention_mask=torch.cat([torch.ones_like(query), windows.mask[:, 1:]], dim=1),
            **self._segments(query, text),
        ).last_hidden_state
        columns, _ = word_columns(windows.is_word)
        words = self.dropout(gather_words(vectors, (columns + n_query - 1).clamp(max=vectors.shape[1] - 1)))
        return self.head(words), self.match(words).squeeze(-1)

    def _segments(self, query: Tensor, text: Tensor) -> dict[str, Tensor]:
        """Token types 0 and 1, where the encoder knows two."""
        config = getattr(self.encoder, "config", None)
        if getattr(config, "type_vocab_size", 0) < 2:
            return {}
        return {"token_type_ids": torch.cat([torch.zeros_like(query), torch.ones_like(text)], dim=1)}

    def loss(self, batch: TrainingBatch, settings: LossSettings) -> Tensor:
        """Binary cross entropies of starts, ends and spans, over the types that are annotated."""
        windows = batch.windows
        columns, mask = word_columns(windows.is_word)
        valid = span_mask(mask, self.match.max_width)
        unknown = gather_words(batch.unknown, columns)  # (B, W, n_types)
        places, types = gold_places(batch.spans, windows.is_word, self.match.max_width)
        losses = []
        for index in range(len(self.queries)):
            rows, firsts, extra = torch.from_numpy(places[types == index]).to(mask.device).unbind(dim=1)
            known = mask & ~unknown[:, :, index]
            if not len(rows) and not known.any():
                continue
            edges, spans = self(windows, index)
            gold_edges = torch.zeros_like(edges, dtype=torch.bool)
            gold_edges[rows, firsts, 0] = True
            gold_edges[rows, firsts + extra, 1] = True
            gold_spans = torch.zeros_like(valid)
            gold_spans[rows, firsts, extra] = True
            not_known = unknown_spans(unknown[:, :, [index]], self.match.max_width).squeeze(-1)
            losses += [
                known_binary_loss(edges, gold_edges, known[:, :, None] | gold_edges),
                known_binary_loss(spans, gold_spans, valid & ~not_known | gold_spans),
            ]
        return torch.stack(losses).sum() / len(self.queries) if losses else self.head.weight.sum() * 0

    def spans(self, windows: WindowBatch, temperature: float) -> list[ScoredSpans]:
        """Spans of every type; the score is the least of start, end and match, which all have to agree."""
        columns, mask = word_columns(windows.is_word)
        valid = span_mask(mask, self.match.max_width)
        found = []
        for index in range(len(self.queries)):
            edges, spans = self(windows, index)
            firsts, lasts = torch.sigmoid(edges.float() / temperature).unbind(dim=-1)  # (B, W) each
            scores = torch.sigmoid(spans.float() / temperature)  # (B, W, S)
            ends = [nn.functional.pad(lasts[:, extra:], (0, extra)) for extra in range(scores.shape[2])]
            scores = torch.minimum(scores, torch.minimum(firsts[:, :, None], torch.stack(ends, dim=2)))
            found.append(pick_spans(scores, torch.full_like(valid, index, dtype=torch.int64), valid, columns))
        return [join_spans(parts) for parts in zip(*found, strict=True)]


def tokenize_queries(types: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> list[list[int]]:
    """Token ids of the question about each type, special tokens included."""
    return [list(map(int, tokenizer(query_for(label))["input_ids"])) for label in types]
