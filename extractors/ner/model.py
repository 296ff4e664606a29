"""Token classification: any encoder, one linear layer, and either softmax or a conditional random field."""

import torch
from torch import Tensor, nn

from extractors.ner.crf import LinearChainCrf, gather_words, word_columns
from extractors.ner.losses import loss_of_passes
from extractors.ner.networks import LossSettings, TagNetwork, TrainingBatch
from extractors.ner.readers import WindowBatch
from extractors.ner.tags import TagScheme


class TokenClassifier(TagNetwork):
    """Scores of the tags of every token (Devlin et al. 2019, arXiv:1810.04805, section 5.3).

    With a CRF (over words, so first sub-words only) the probabilities are marginals of whole sequences.

    Args:
        encoder: Takes ``input_ids`` and ``attention_mask`` and returns ``last_hidden_state``.
        width: Size of a token's vector.
        scheme: The tags.
        crf: Whether tags depend on their neighbours.
        dropout: Before the linear layer.
    """

    def __init__(
        self, encoder: nn.Module, width: int, scheme: TagScheme, *, crf: bool = False, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.scheme = scheme
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, scheme.n_tags)
        self.crf = LinearChainCrf(scheme) if crf else None
        self.keeps_fp32 = getattr(encoder, "keeps_fp32", False)
        self.word_loss = not crf

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits, shape (B, T, K), from token ids and attention mask."""
        vectors = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(vectors))

    def loss(self, batch: TrainingBatch, settings: LossSettings) -> Tensor:
        """Marginal likelihood of the tags that are allowed, of words or of sequences."""
        windows = batch.windows
        if self.crf is None:
            passes = [self(windows.ids, windows.mask).flatten(0, 1) for _ in range(settings.n_passes)]
            weights = None
            if settings.class_weights:
                per_type = torch.tensor(settings.class_weights, device=passes[0].device)
                weights = per_type[torch.from_numpy(self.scheme.types() + 1).to(passes[0].device)]  # (K,)
            return loss_of_passes(
                passes,
                batch.allowed.flatten(0, 1),
                class_weights=weights,
                focal_gamma=settings.focal_gamma,
                rdrop=settings.rdrop,
            )
        columns, mask = word_columns(windows.is_word)
        logits = self(windows.ids, windows.mask)
        return self.crf.loss(gather_words(logits, columns), gather_words(batch.allowed, columns), mask)

    def probabilities(self, windows: WindowBatch, temperature: float) -> Tensor:
        """Softmax of the logits, or marginals of the CRF at the places of words; both sharpened by the temperature."""
        logits = self(windows.ids, windows.mask).float()
        if self.crf is not None:
            columns, mask = word_columns(windows.is_word)
            marginals = self.crf.log_marginals(gather_words(logits, columns), mask)
            index = columns[:, :, None].expand(-1, -1, logits.shape[-1])
            logits = torch.zeros_like(logits).scatter(1, index, torch.where(mask[:, :, None], marginals, 0.0))
        return torch.softmax(logits / temperature, dim=-1)
