"""The learning-rate finder: a short run with rising rates, its curve as a table and a plot (Smith 2017, 1506.01186)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from extractors.training.curves import draw_rates, write_table
from extractors.training.steps import LoopSettings, Steps

Batch = TypeVar("Batch")
_LOWEST, _HIGHEST = 1e-3, 30.0  # shares of the rates in the settings
_SMOOTHING = 0.9
_DIVERGED = 2.0  # times the best loss, at which the run ends


def find_rate(
    model: nn.Module,
    *,
    batches: Sequence[Batch],
    loss: Callable[[Batch], Tensor],
    settings: LoopSettings,
    out: Path,
    n_steps: int = 100,
) -> float:
    """The learning rate at which the loss falls fastest; the model is left as it was.

    The rates of encoder and head rise together, in the proportion that the settings give them.

    Args:
        model: As for ``fit``.
        batches: Of one epoch; used again from the start if there are fewer than steps.
        loss: Mean loss of one batch.
        settings: See there; averaging is not used.
        out: Folder for ``rates.csv`` and ``rates.png``.
        n_steps: Steps of the run, each with a higher rate.

    Returns:
        The rate for ``encoder_lr`` (the first group of parameters).
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    steps = Steps(model, replace(settings, ema_decay=0.0, accumulate=1))
    before = [parameter.detach().clone() for parameter in steps.parameters]
    model.train()
    rates, losses = [], []
    running = 0.0
    for index, factor in enumerate(np.geomspace(_LOWEST, _HIGHEST, n_steps).tolist()):
        steps.set_rates(factor)
        value = float(steps.step([batches[index % len(batches)]], loss))
        running = _SMOOTHING * running + (1 - _SMOOTHING) * value
        smooth = running / (1 - _SMOOTHING ** (index + 1))
        if not np.isfinite(smooth) or (losses and smooth > _DIVERGED * min(losses)):
            break
        rates.append(steps.learning_rate)
        losses.append(smooth)
    steps.put(before)
    model.eval()
    chosen = steepest(rates, losses)
    write_table(out / "rates.csv", [{"learning_rate": r, "loss": v} for r, v in zip(rates, losses, strict=True)])
    draw_rates(out / "rates.png", rates, losses, chosen)
    return chosen


def steepest(rates: Sequence[float], losses: Sequence[float]) -> float:
    """The rate at which the loss falls fastest, over the logarithm of the rate."""
    skipped = len(rates) // 5  # the first losses are few in the mean, so their slope is chance
    slopes = np.gradient(np.asarray(losses), np.log(np.asarray(rates))) if len(rates) > 1 else np.zeros(1)
    return float(rates[skipped + int(slopes[skipped:].argmin())])
