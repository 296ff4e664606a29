"""The training loop on a linear model: learning, resuming, averaging, stopping, failing."""

import csv

import pytest
import torch
from rich.console import Console
from torch import nn

from extractors.training.loop import LoopSettings, fit
from schemas.errors import ModelError

QUIET = Console(quiet=True)


class Task:
    """Tell the sign of a number; stops like a killed run when ``n_epochs`` are over."""

    def __init__(self, n_epochs=99, scores=None):
        torch.manual_seed(7)
        self.model = nn.Linear(3, 2)
        self.inputs = torch.randn(64, 3)
        self.labels = (self.inputs[:, 0] > 0).long()
        self.n_epochs, self.scores, self.saved = n_epochs, scores, []

    def batches(self, epoch):
        """Rows of the inputs in an order of their own each epoch."""
        order = torch.randperm(64, generator=torch.Generator().manual_seed(epoch))
        return [order[i : i + 8] for i in range(0, 64, 8)]

    def evaluate(self):
        """Accuracy, or the next of the given scores."""
        self.n_epochs -= 1
        if self.n_epochs < 0:
            raise KeyboardInterrupt
        if self.scores:
            return {"f1": self.scores.pop(0)}
        return {"f1": float((self.model(self.inputs).argmax(1) == self.labels).float().mean())}

    def fit(self, out, resume=False, **settings):
        """Train the model in this folder."""
        return fit(
            self.model,
            batches=self.batches,
            loss=lambda rows: nn.functional.cross_entropy(self.model(self.inputs[rows]).float(), self.labels[rows]),
            evaluate=self.evaluate,
            save=lambda folder: self.saved.append(self.model.weight.detach().clone()),
            out=out,
            settings=LoopSettings(**{"epochs": 4, "head_lr": 0.1, **settings}),
            resume=resume,
            console=QUIET,
        )


def test_learns_and_reports(tmp_path):
    task = Task()
    reports = task.fit(tmp_path, epochs=8)
    assert reports[-1].metrics["f1"] > 0.9
    assert reports[-1].loss < reports[0].loss
    with (tmp_path / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == [str(n) for n in range(1, 9)]
    assert float(rows[-1]["f1"]) == reports[-1].metrics["f1"]


def test_same_seed_same_weights(tmp_path):
    first, second = Task(), Task()
    first.fit(tmp_path / "a")
    second.fit(tmp_path / "b")
    assert torch.equal(first.model.weight, second.model.weight)


def test_resumed_run_equals_an_undisturbed_one(tmp_path):
    whole, rest = Task(), Task()
    expected = whole.fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        Task(n_epochs=2).fit(tmp_path / "cut")
    reports = rest.fit(tmp_path / "cut", resume=True)
    assert [report.loss for report in reports] == [report.loss for report in expected]
    assert torch.equal(rest.model.weight, whole.model.weight)


def test_finished_run_has_nothing_to_resume(tmp_path):
    task = Task()
    expected = task.fit(tmp_path)
    again = Task(n_epochs=0)
    assert again.fit(tmp_path, resume=True) == expected


def test_resume_with_other_settings_is_refused(tmp_path):
    Task().fit(tmp_path)
    with pytest.raises(ModelError, match="other settings"):
        Task().fit(tmp_path, resume=True, head_lr=0.2)


def test_best_epoch_is_saved_with_averaged_weights(tmp_path):
    task = Task(scores=[0.3, 0.5, 0.4, 0.5])
    task.fit(tmp_path, ema_decay=0.9)
    assert len(task.saved) == 2
    assert not torch.equal(task.saved[-1], task.model.weight)


def test_no_better_epoch_for_a_while_ends_the_run(tmp_path):
    task = Task(scores=[0.3, 0.5, 0.4, 0.4, 0.9, 0.9])
    assert len(task.fit(tmp_path, epochs=6, patience=2)) == 4


def test_loss_that_is_no_number_is_an_error(tmp_path):
    task = Task()
    task.inputs[0] = torch.nan
    with pytest.raises(ModelError, match="not a number"):
        task.fit(tmp_path)
