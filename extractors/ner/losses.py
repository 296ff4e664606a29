"""Losses over partial labels, and between two passes. Padding and what nothing is known of have no part in them."""

from collections.abc import Sequence

import torch
from torch import Tensor


def partial_label_loss(
    logits: Tensor, allowed: Tensor, *, class_weights: Tensor | None = None, focal_gamma: float = 0.0
) -> Tensor:
    """Marginal likelihood of partial labels: mean -log of the probability that a word has one of its allowed tags.

    A word with one allowed tag gives the usual cross entropy. An outside word of a corpus that does not annotate
    Metric allows O, B-Metric and I-Metric: no gradient moves probability between these three.

    Args:
        logits: Shape (N, K).
        allowed: Shape (N, K), bool, at least one True in each row. A row of True alone is not counted.
        class_weights: Shape (K,), outside first; a row that may be outside weighs as that, any other as its heaviest
            allowed class. Default: all alike.
        focal_gamma: Rows that are right already count less, by (1 - p) ** gamma (Lin et al. 2017, arXiv:1708.02002).
    """
    log_probs = torch.log_softmax(logits.float(), dim=-1)
    weights = (~allowed.all(dim=-1)).float()
    if class_weights is not None:
        heaviest = torch.where(allowed, class_weights, 0.0).amax(dim=-1)
        weights = weights * torch.where(allowed[:, 0], class_weights[0], heaviest)
    likelihood = torch.logsumexp(log_probs.masked_fill(~allowed, -torch.inf), dim=-1)  # (N,)
    loss = -likelihood
    if focal_gamma:
        loss = loss * (1 - likelihood.exp()).clamp(min=0) ** focal_gamma
    return (loss * weights).sum() / weights.sum().clamp(min=1e-6)


def loss_of_passes(
    passes: Sequence[Tensor], allowed: Tensor, *, class_weights: Tensor | None, focal_gamma: float, rdrop: float
) -> Tensor:
    """``partial_label_loss`` of one pass over a batch, or of two and how far they differ, counted ``rdrop`` times.

    Args:
        passes: One or two tensors of logits, shape (N, K).
        allowed: See ``partial_label_loss``.
        class_weights: See there.
        focal_gamma: See there.
        rdrop: Weight of the ``divergence`` of two passes.
    """
    loss = partial_label_loss(
        torch.cat(list(passes)),
        allowed.repeat(len(passes), 1),
        class_weights=class_weights,
        focal_gamma=focal_gamma,
    )
    if len(passes) == 1:
        return loss
    known = ~allowed.all(dim=-1)
    first, second = (logits[known] for logits in passes)
    return loss + rdrop * divergence(first, second)


def known_binary_loss(logits: Tensor, targets: Tensor, known: Tensor, *, positive_weight: float = 1.0) -> Tensor:
    """Mean binary cross entropy over what is known.

    Args:
        logits: Any shape.
        targets: The same shape, bool.
        known: The same shape, bool: False for padding and where a corpus says nothing.
        positive_weight: How much more a True counts.
    """
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets.float(), reduction="none")
    weights = known.float() * torch.where(targets, positive_weight, 1.0)
    return (loss * weights).sum() / weights.sum().clamp(min=1)


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """How far two passes over a batch, each with dropout of its own, differ: the second term of R-Drop.

    Liang et al. 2021, arXiv:2106.14448, section 2.

    Args:
        first: Logits of one pass, shape (N, K); minus infinity is a class that cannot be.
        second: Of the other.

    Returns:
        Mean over rows of the mean of both Kullback-Leibler divergences, in nats; 0 without rows.
    """
    a, b = (logits.float().clamp(min=-1e4).log_softmax(dim=-1) for logits in (first, second))
    return ((a.exp() - b.exp()) * (a - b)).sum() / (2 * max(1, len(a)))
