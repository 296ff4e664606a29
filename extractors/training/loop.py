"""The training loop of every model: warm-up, linear decay, early stop, best epoch, resume, metrics of each epoch."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import isnan
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import torch
from accelerate.utils import broadcast_object_list
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from extractors.training.corpora import GoldText
from extractors.training.curves import draw_metrics, write_table
from extractors.training.steps import LoopSettings, Steps
from schemas.errors import ModelError

__all__ = ["EpochReport", "LoopSettings", "fit"]

Batch = TypeVar("Batch")


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
    signature: str = "",
    resume: bool = False,
    console: Console | None = None,
) -> list[EpochReport]:
    """Train a model and leave its best epoch in a folder.

    After each epoch the averaged weights (exponential moving average of the trained ones) are put into the model,
    ``evaluate`` is called, and where the first metric is better than before ``save(out)`` writes the model. The state
    of the run is kept in ``out/checkpoint.pt`` and the epochs in ``out/metrics.csv``, so a killed run leaves its best
    epoch so far and can be resumed with the same result as an undisturbed one. ``out/metrics.png`` is drawn at the end.

    Under ``accelerate launch`` the processes share the batches of an epoch; the first one evaluates and writes.

    Args:
        model: Parameters whose names begin with ``encoder.`` get ``encoder_lr``, the others ``head_lr``.
        batches: Batches of an epoch (0, 1, ...); anything drawn at random in it must depend on the epoch's number
            and the settings' seed alone.
        loss: Mean loss of one batch, by the model in its present state.
        evaluate: Metrics on dev; the first one decides which epoch is best.
        save: Writes the model to a folder.
        out: Folder of the run.
        settings: See there.
        signature: What else the run depends on (``sign_run``): a checkpoint of another one is refused.
        resume: Go on from ``out/checkpoint.pt`` if it is there.
        console: Where progress is shown; default standard error.

    Returns:
        One report an epoch.

    Raises:
        ModelError: The checkpoint is from a run with other settings or texts, or the loss is no longer finite.
    """
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(Steps(model, settings), settings, out, signature)
    run.begin(resume=resume)
    shown = console or Console(stderr=True)
    for epoch in range(len(run.reports), settings.epochs):
        if run.is_stuck():
            break
        torch.manual_seed(settings.seed * 10_007 + epoch)
        began = perf_counter()
        model.train()
        mean_loss = run.train_epoch(epoch, batches(epoch), loss, shown)
        model.eval()
        with run.steps.averaged_weights():
            metrics = run.evaluate(evaluate)
            report = EpochReport(epoch, mean_loss, run.steps.learning_rate, perf_counter() - began, metrics)
            if run.is_best(report) and run.is_main:
                save(out)
        run.finish_epoch(report)
        if run.is_main:
            shown.print(_line(report))
    run.draw()
    return run.reports


def sign_run(settings: Mapping[str, object], texts: Iterable[GoldText]) -> str:
    """A hash of settings and texts, by which a run knows its checkpoint in any later process."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for text in texts:
        digest.update(json.dumps(asdict(text), sort_keys=True, default=sorted).encode())  # of sets: in one order
    return digest.hexdigest()


def _line(report: EpochReport) -> str:
    metrics = "  ".join(f"{name} {value:.4f}" for name, value in report.metrics.items())
    return f"epoch {report.epoch + 1}  loss {report.loss:.4f}  {metrics}  ({report.seconds:.0f} s)"


def _main_metric(report: EpochReport) -> float:
    return next(iter(report.metrics.values()))


class _Run:
    """State of one training run: its steps and the reports so far."""

    def __init__(self, steps: Steps, settings: LoopSettings, out: Path, signature: str) -> None:
        self.steps = steps
        self.signature = signature
        self.settings = settings
        self.out = out
        self.reports: list[EpochReport] = []
        self.is_main = steps.processes.is_main_process

    def begin(self, *, resume: bool) -> None:
        if resume and self._checkpoint.exists():
            self._load()
        elif self.is_main:
            (self.out / "metrics.csv").unlink(missing_ok=True)

    @property
    def _checkpoint(self) -> Path:
        return self.out / "checkpoint.pt"

    def train_epoch(
        self, epoch: int, batches: Sequence[Batch], loss: Callable[[Batch], Tensor], console: Console
    ) -> float:
        total = torch.zeros((), device=self.steps.device)
        groups = self.steps.share(len(batches))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not self.is_main) as progress:
            task = progress.add_task(f"epoch {epoch + 1}", total=len(groups))
            for index, group in enumerate(groups):
                self.steps.set_rates(self._rate_factor((epoch + index / len(groups)) / self.settings.epochs))
                total += self.steps.step([batches[i] for i in group], loss)
                progress.advance(task)
                if index % 50 == 49:
                    progress.update(task, description=f"epoch {epoch + 1}  loss {float(total) / (index + 1):.4f}")
                if self._logs(console) and index % max(1, len(groups) // 10) == 0:
                    console.print(f"epoch {epoch + 1}  step {index + 1} of {len(groups)}")
        mean = float(total) / max(1, len(groups))
        if isnan(mean):  # an overflow somewhere; clipping hides it from the parameters' norm only
            raise ModelError("the loss is not a number; try a lower learning rate or bf16 off")
        return mean

    def _logs(self, console: Console) -> bool:
        """True if steps are printed: a log file sees no bar."""
        return self.is_main and not console.is_terminal

    def _rate_factor(self, progress: float) -> float:
        """Linear warm-up, then linear decay to zero at the end of the last epoch."""
        warmup = self.settings.warmup
        return max(progress / warmup if progress < warmup else (1 - progress) / (1 - warmup), 1e-3)

    def evaluate(self, evaluate: Callable[[], dict[str, float]]) -> dict[str, float]:
        """Metrics on dev, from the first process to all."""
        metrics: list[dict[str, float]] = [{}]
        if self.is_main:
            with self.steps.autocast():
                metrics = [evaluate()]
        return broadcast_object_list(metrics)[0]

    def is_best(self, report: EpochReport) -> bool:
        return all(_main_metric(report) > _main_metric(earlier) for earlier in self.reports)

    def is_stuck(self) -> bool:
        scores = [_main_metric(report) for report in self.reports]
        return bool(scores) and 0 < self.settings.patience <= len(scores) - 1 - scores.index(max(scores))

    def finish_epoch(self, report: EpochReport) -> None:
        self.reports.append(report)
        if not self.is_main:
            return
        self._save()
        rows = [
            {"epoch": r.epoch + 1, "loss": r.loss, "learning_rate": r.learning_rate, "seconds": r.seconds, **r.metrics}
            for r in self.reports
        ]
        write_table(self.out / "metrics.csv", rows)

    def draw(self) -> None:
        if self.is_main and self.reports:
            draw_metrics(
                self.out / "metrics.png",
                [r.loss for r in self.reports],
                {name: [r.metrics[name] for r in self.reports] for name in self.reports[0].metrics},
            )

    def _save(self) -> None:
        state = {
            "settings": asdict(self.settings),
            "signature": self.signature,
            "reports": [asdict(report) for report in self.reports],
            **self.steps.state(),
        }
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def _load(self) -> None:
        state = torch.load(self._checkpoint, map_location=self.steps.device, weights_only=True)
        known = {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}
        if (state["settings"], state.get("signature")) != (known, self.signature):
            raise ModelError(f"{self._checkpoint} is of other settings or texts; train into another folder")
        self.steps.restore(state)
        self.reports = [EpochReport(**report) for report in state["reports"]]
