"""A tagger's network made of any module that gives logits: models for tests that are written by hand, not trained."""

import torch
from torch import Tensor, nn

from extractors.ner.networks import LossSettings, TagNetwork, TrainingBatch
from extractors.ner.readers import WindowBatch


class LogitsOnly(TagNetwork):
    """Takes a module from ids and mask, both (B, T), to logits (B, T, K)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def loss(self, batch: TrainingBatch, settings: LossSettings) -> Tensor:
        """None: it cannot be trained."""
        raise AssertionError("a model written by hand is not trained")

    def probabilities(self, windows: WindowBatch, temperature: float) -> Tensor:
        """Softmax of the logits, shape (B, T, K)."""
        return torch.softmax(self.module(windows.ids, windows.mask).float() / temperature, dim=-1)
