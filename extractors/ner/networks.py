"""What all architectures have in common: a training batch gives a loss, a batch of windows gives tags or spans."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from extractors.ner.readers import WindowBatch
from extractors.ner.spans import ScoredSpans


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Windows with what is known of them.

    Attributes:
        windows: The input.
        allowed: Shape (B, T, K), bool: the tags each token may have.
        spans: Per window, shape (M, 3): columns of the first and the last word of each mention, and its type.
        unknown: Shape (B, T, n_types), bool: where a word may be an unlabelled mention.
    """

    windows: WindowBatch
    allowed: Tensor
    spans: Sequence[NDArray[np.int64]]
    unknown: Tensor

    def to(self, device: torch.device) -> "TrainingBatch":
        """The same on a device."""
        return TrainingBatch(self.windows.to(device), self.allowed.to(device), self.spans, self.unknown.to(device))


@dataclass(frozen=True, slots=True)
class LossSettings:
    """What counts in a loss, and how much.

    Attributes:
        class_weights: Of words outside and of each type; empty weighs all alike.
        focal_gamma: See ``partial_label_loss``.
        rdrop: See ``loss_of_passes``; 0 for one pass.
    """

    class_weights: tuple[float, ...] = ()
    focal_gamma: float = 0.0
    rdrop: float = 0.0

    @property
    def n_passes(self) -> int:
        """Passes over each batch."""
        return 2 if self.rdrop else 1

    @property
    def is_plain(self) -> bool:
        """True if all words count alike, in one pass."""
        return not self.class_weights and not self.focal_gamma and not self.rdrop


class Network(nn.Module, ABC):
    """An architecture. Parameters whose names begin with ``encoder.`` are the part that was trained before."""

    n_extra_tokens = 0
    """Tokens that the network itself puts beside a window."""
    keeps_fp32 = False
    """True if half precision does not suit it."""
    word_loss = True
    """False if the loss is of whole sequences, so that words cannot be weighted."""

    @abstractmethod
    def loss(self, batch: TrainingBatch, settings: LossSettings) -> Tensor:
        """Mean loss of a batch."""


class TagNetwork(Network):
    """An architecture that gives each token a distribution over tags."""

    @abstractmethod
    def probabilities(self, windows: WindowBatch, temperature: float) -> Tensor:
        """Shape (B, T, K), float32; rows of tokens that are not words may hold anything."""


class SpanNetwork(Network):
    """An architecture that scores spans of words."""

    @abstractmethod
    def spans(self, windows: WindowBatch, temperature: float) -> list[ScoredSpans]:
        """Per window, the likely spans in columns of the batch (those of the first tokens of words)."""
