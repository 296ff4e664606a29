"""The training loop of every model: warm-up, linear decay, clipping, averaged weights, best epoch, resume."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from extractors.encoder import has_bf16_cpu
from schemas.errors import ModelError

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How to train. ``ema_decay`` 0 switches averaging off; ``patience`` 0 never stops early."""

    epochs: int = 6
    encoder_lr: float = 2e-4
    head_lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1  # share of all steps
    clip_norm: float = 1.0
    ema_decay: float = 0.995
    patience: int = 0  # epochs without a better dev score
    bf16: bool = True  # autocast, where the device multiplies bf16
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What an epoch gave: mean loss, learning rate at its end, seconds, and metrics on dev, the deciding one first."""

    epoch: int
    loss: float
    learning_rate: float
    seconds: float
    metrics: dict[str, float]


def fit(
    model: nn.Module,
    *,
    batches: Callable[[int], Sequence[Batch]],
    loss: Callable[[Batch], Tensor],
    evaluate: Callable[[], dict[str, float]],
    save: Callable[[Path], None],
    out: Path,
    settings: LoopSettings,
    resume: bool = False,
    console: Console | None = None,
) -> list[EpochReport]:
    """Train a model and leave its best epoch in a folder.

    After each epoch the averaged weights (exponential moving average of the trained ones) are put into the model,
    ``evaluate`` is called, and where the first metric is better than before ``save(out)`` writes the model. The state
    of the run is kept in ``out/checkpoint.pt`` and the epochs in ``out/metrics.csv``, so a killed run leaves its best
    epoch so far and can be resumed with the same result as an undisturbed one.

    Args:
        model: Parameters whose names begin with ``encoder.`` get ``encoder_lr``, the others ``head_lr``.
        batches: Batches of an epoch (0, 1, ...); anything drawn at random in it must depend on the epoch's number
            and the settings' seed alone.
        loss: Mean loss of one batch, by the model in its present state.
        evaluate: Metrics on dev; the first one decides which epoch is best.
        save: Writes the model to a folder.
        out: Folder of the run.
        settings: See there.
        resume: Go on from ``out/checkpoint.pt`` if it is there.
        console: Where progress is shown; default standard error.

    Returns:
        One report an epoch.

    Raises:
        ModelError: The checkpoint is from a run with other settings, or the loss is no longer finite.
    """
    out.mkdir(parents=True, exist_ok=True)
    run = _Run.start(model, settings, out, resume=resume)
    shown = console or Console(stderr=True)
    for epoch in range(len(run.reports), settings.epochs):
        torch.manual_seed(settings.seed * 10_007 + epoch)
        began = perf_counter()
        model.train()
        mean_loss = run.train_epoch(epoch, batches(epoch), loss, shown)
        model.eval()
        with run.averaged_weights():
            with run.autocast():
                metrics = evaluate()
            report = EpochReport(epoch, mean_loss, run.learning_rate(), perf_counter() - began, metrics)
            if run.is_best(report):
                save(out)
        run.finish_epoch(report)
        shown.print(_line(report))
        if run.is_stuck():
            break
    return run.reports


def _line(report: EpochReport) -> str:
    metrics = "  ".join(f"{name} {value:.4f}" for name, value in report.metrics.items())
    return f"epoch {report.epoch + 1}  loss {report.loss:.4f}  {metrics}  ({report.seconds:.0f} s)"


def _main_metric(report: EpochReport) -> float:
    return next(iter(report.metrics.values()))


class _Run:
    """State of one training run: optimizer, averaged weights, reports so far."""

    def __init__(self, model: nn.Module, settings: LoopSettings, out: Path) -> None:
        self.settings = settings
        self.out = out
        named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
        self.parameters = [p for _, p in named]
        self.device = self.parameters[0].device
        self.optimizer = torch.optim.AdamW(_parameter_groups(named, settings), fused=True)
        self.peak_rates = [group["lr"] for group in self.optimizer.param_groups]
        self.average = [p.detach().clone() for p in self.parameters]
        self.n_steps = 0
        self.reports: list[EpochReport] = []

    @classmethod
    def start(cls, model: nn.Module, settings: LoopSettings, out: Path, *, resume: bool) -> "_Run":
        run = cls(model, settings, out)
        if resume and run._checkpoint.exists():
            run._load()
        else:
            run._metrics.unlink(missing_ok=True)
        return run

    @property
    def _checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    @property
    def _metrics(self) -> Path:
        return self.out / "metrics.csv"

    def train_epoch(
        self, epoch: int, batches: Sequence[Batch], loss: Callable[[Batch], Tensor], console: Console
    ) -> float:
        total = torch.zeros((), device=self.device)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(f"epoch {epoch + 1}", total=len(batches))
            for index, batch in enumerate(batches):
                self._set_rates((epoch + index / len(batches)) / self.settings.epochs)
                value = self._step(batch, loss)
                total += value
                progress.advance(task)
                if index % 50 == 49:
                    progress.update(task, description=f"epoch {epoch + 1}  loss {float(total) / (index + 1):.4f}")
                if not console.is_terminal and index % max(1, len(batches) // 10) == 0:  # a log file sees no bar
                    console.print(f"epoch {epoch + 1}  batch {index + 1} of {len(batches)}")
        mean = float(total) / max(1, len(batches))
        if mean != mean:  # NaN: an overflow somewhere; clipping hides it from the parameters' norm only
            raise ModelError("the loss is not a number; try a lower learning rate or bf16 off")
        return mean

    def _step(self, batch: Batch, loss: Callable[[Batch], Tensor]) -> Tensor:
        with self.autocast():
            value = loss(batch)
        value.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.settings.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.n_steps += 1
        if self.settings.ema_decay:
            # A short memory at first, or the average would be full of the untrained weights.
            decay = min(self.settings.ema_decay, (1 + self.n_steps) / (10 + self.n_steps))
            with torch.no_grad():
                for average, parameter in zip(self.average, self.parameters, strict=True):
                    average.lerp_(parameter, 1 - decay)
        return value.detach()

    def autocast(self) -> torch.autocast:
        """bf16 for matrix products, where the device multiplies it."""
        able = torch.cuda.is_bf16_supported() if self.device.type == "cuda" else has_bf16_cpu()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.bf16 and able)

    def _set_rates(self, progress: float) -> None:
        """Linear warm-up, then linear decay to zero at the end of the last epoch."""
        warmup = self.settings.warmup
        factor = progress / warmup if progress < warmup else (1 - progress) / (1 - warmup)
        for group, peak in zip(self.optimizer.param_groups, self.peak_rates, strict=True):
            group["lr"] = peak * max(factor, 1e-3)

    def learning_rate(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """The averaged weights in the model for the length of a ``with``, the trained ones back afterwards."""
        if not self.settings.ema_decay:
            yield
            return
        trained = [p.detach().clone() for p in self.parameters]
        self._put(self.average)
        try:
            yield
        finally:
            self._put(trained)

    @torch.no_grad()
    def _put(self, values: Sequence[Tensor]) -> None:
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.copy_(value)

    def is_best(self, report: EpochReport) -> bool:
        return all(_main_metric(report) > _main_metric(earlier) for earlier in self.reports)

    def is_stuck(self) -> bool:
        scores = [_main_metric(report) for report in self.reports]
        return 0 < self.settings.patience <= len(scores) - 1 - scores.index(max(scores))

    def finish_epoch(self, report: EpochReport) -> None:
        self.reports.append(report)
        self._save()
        rows = [
            {"epoch": r.epoch + 1, "loss": r.loss, "learning_rate": r.learning_rate, "seconds": r.seconds, **r.metrics}
            for r in self.reports
        ]
        with self._metrics.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def _save(self) -> None:
        state = {
            "settings": asdict(self.settings),
            "parameters": [p.detach() for p in self.parameters],
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "n_steps": self.n_steps,
            "reports": [asdict(report) for report in self.reports],
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _load(self) -> None:
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        known = {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}
        if state["settings"] != known or len(state["parameters"]) != len(self.parameters):
            raise ModelError(f"{self._checkpoint} is from a run with other settings; train into another folder")
        self._put(state["parameters"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.n_steps = state["n_steps"]
        self.reports = [EpochReport(**report) for report in state["reports"]]


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
