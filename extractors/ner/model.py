"""BERT as a token classifier: one linear layer over the encoder's vectors."""

import torch
from torch import Tensor, nn

from extractors.encoder import Encoder, word_embeddings


class TokenClassifier(nn.Module):
    """Logits of the BIO tags of every token (Devlin et al. 2019, arXiv:1810.04805, section 5.3)."""

    def __init__(self, encoder: Encoder, n_tags: int, *, dropout: float = 0.2, freeze_words: bool = True) -> None:
        super().__init__()
        self.encoder = encoder.model
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.width, n_tags)
        # Word vectors stay as they are: words that are rare in training keep their place among the others, and
        # the shipped weights are half as large.
        word_embeddings(self.encoder).weight.requires_grad_(not freeze_words)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits, shape (B, T, K), from token ids and attention mask, both (B, T)."""
        vectors = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(vectors))


def partial_label_loss(logits: Tensor, allowed: Tensor) -> Tensor:
    """Marginal likelihood of partial labels: mean -log of the probability that a word has one of its allowed tags.

    A word with one allowed tag gives the usual cross entropy. An outside word of a corpus that does not annotate
    Metric allows O, B-Metric and I-Metric: no gradient moves probability between these three.

    Args:
        logits: Shape (N, K).
        allowed: Shape (N, K), bool, at least one True in each row.
    """
    log_probs = torch.log_softmax(logits.float(), dim=-1)
    counted = ~allowed.all(dim=-1)
    likelihood = torch.logsumexp(log_probs.masked_fill(~allowed, -torch.inf), dim=-1)  # (N,)
    return -(likelihood * counted).sum() / counted.sum().clamp(min=1)
