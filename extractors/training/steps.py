"""One step of training: autocast, gradients of all processes, clipping, two learning rates, averaged weights."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from extractors.encoder import has_bf16_cpu

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How to train.

    Attributes:
        epochs: Passes over the batches.
        encoder_lr, head_lr: Highest learning rates.
        weight_decay: Not on biases and norms.
        warmup: Share of all steps in which the rates rise; then they fall to zero.
        clip_norm: Longest gradient; 0 leaves it as it is.
        ema_decay: Of the averaged weights; 0 switches averaging off.
        patience: Epochs without a better dev score after which training ends; 0 never ends it early.
        bf16: Autocast, where the device multiplies bf16.
        seed: Of all randomness.
        accumulate: Batches whose gradients are averaged into one step.
    """

    epochs: int = 6
    encoder_lr: float = 2e-4
    head_lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    clip_norm: float = 1.0
    ema_decay: float = 0.995
    patience: int = 0
    bf16: bool = True
    seed: int = 0
    accumulate: int = 1


def start_processes(device: torch.device) -> Accelerator:
    """The processes that train together: one, or those of ``accelerate launch``, each with a device of its own."""
    return Accelerator(cpu=device.type == "cpu")


class Steps:
    """A model's optimizer and averaged weights.

    Args:
        model: Parameters whose names begin with ``encoder.`` get ``encoder_lr``, the others ``head_lr``.
        settings: See there.
    """

    def __init__(self, model: nn.Module, settings: LoopSettings) -> None:
        self.settings = settings
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        self.parameters = [p for _, p in named]
        self.device = self.parameters[0].device
        self.processes = start_processes(self.device)
        self.optimizer = torch.optim.AdamW(_parameter_groups(named, settings), fused=True)
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average = [p.detach().clone() for p in self.parameters]
        self.n_steps = 0

    def share(self, n_batches: int) -> list[list[int]]:
        """Indices of this process' batches, in groups of one step; all processes take equally many steps."""
        n_processes, n_together = self.processes.num_processes, self.settings.accumulate
        mine = list(range(n_batches))[self.processes.process_index :: n_processes][: max(1, n_batches // n_processes)]
        return [mine[start : start + n_together] for start in range(0, len(mine), n_together)]

    def step(self, batches: Sequence[Batch], loss: Callable[[Batch], Tensor]) -> Tensor:
        """Take one step by the mean gradient of some batches; the mean loss, detached."""
        total = torch.zeros((), device=self.device)
        for batch in batches:
            with self.autocast():
                value = loss(batch) / len(batches)
            value.backward()
            total += value.detach()
        self._share_gradients()
        if self.settings.clip_norm:
            nn.utils.clip_grad_norm_(self.parameters, self.settings.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.n_steps += 1
        self._average()
        return total

    def _share_gradients(self) -> None:
        """Every process takes the mean of all gradients, so that the weights stay the same everywhere."""
        if self.processes.num_processes == 1:
            return
        for parameter in self.parameters:  # the loss is any function of the model, so no wrapper can do this
            own = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad = self.processes.reduce(own, reduction="mean")  # pyright: ignore[reportAttributeAccessIssue]

    @torch.no_grad()
    def _average(self) -> None:
        if self.settings.ema_decay:
            # A short memory at first, or the average would be full of the untrained weights.
            decay = min(self.settings.ema_decay, (1 + self.n_steps) / (10 + self.n_steps))
            for average, parameter in zip(self.average, self.parameters, strict=True):
                average.lerp_(parameter, 1 - decay)

    def autocast(self) -> torch.autocast:
        """bf16 for matrix products, where the device multiplies it."""
        able = torch.cuda.is_bf16_supported() if self.device.type == "cuda" else has_bf16_cpu()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bf16 and able)

    def set_rates(self, factor: float) -> None:
        """Learning rates as a share of the highest ones."""
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * factor

    @property
    def learning_rate(self) -> float:
        """Of the first group of parameters: the encoder's if there is one."""
        return float(self.optimizer.param_groups[0]["lr"])

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """The averaged weights in the model for the length of a ``with``, the trained ones back afterwards."""
        if not self.settings.ema_decay:
            yield
            return
        trained = [p.detach().clone() for p in self.parameters]
        self.put(self.average)
        try:
            yield
        finally:
            self.put(trained)

    @torch.no_grad()
    def put(self, values: Sequence[Tensor]) -> None:
        """Set the trained parameters."""
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.copy_(value)

    def state(self) -> dict[str, Any]:
        """All that a later process needs to go on."""
        return {
            "parameters": [p.detach() for p in self.parameters],
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "n_steps": self.n_steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.put(state["parameters"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.n_steps = state["n_steps"]


def _parameter_groups(named: Sequence[tuple[str, nn.Parameter]], settings: LoopSettings) -> list[dict[str, Any]]:
    """Two learning rates (encoder, head), and no weight decay on biases and norms."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in named:
        groups.setdefault((name.startswith("encoder."), parameter.ndim >= 2), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.encoder_lr if in_encoder else settings.head_lr,
            "weight_decay": settings.weight_decay if decays else 0.0,
        }
        for (in_encoder, decays), parameters in groups.items()
    ]
