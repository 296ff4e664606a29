"""The training loop on a linear model: learning, resuming, averaging, stopping, failing."""

import csv
import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from rich.console import Console
from torch import nn

from extractors.training.corpora import GoldText
from extractors.training.loop import fit, sign_run
from extractors.training.rates import find_rate, steepest
from extractors.training.steps import LoopSettings, Steps
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
    assert (tmp_path / "metrics.png").read_bytes().startswith(b"\x89PNG")


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


def test_runs_are_told_apart_by_settings_and_texts():
    texts = [GoldText("1", "", "A text.", (), (), (), frozenset())]
    others = [replace(texts[0], text="Another.")]
    settings = {"types": ("Method",), "dropout": 0.1}
    assert sign_run(settings, texts) == sign_run(dict(reversed(settings.items())), iter(texts))
    types, scope = frozenset("abcdefgh"), frozenset("ijklm")
    code = (
        "from extractors.training.corpora import GoldText; from extractors.training.loop import sign_run\n"
        f"print(sign_run({{}}, [GoldText('1', '', 'x', (), (), (), {types!r}, {scope!r})]))"
    )
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    later = subprocess.check_output([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, text=True)
    own = sign_run({}, [GoldText("1", "", "x", (), (), (), types, scope)])
    assert later.strip() == str(own), "a set has another order in each process"
    assert (
        len({sign_run(settings, texts), sign_run(settings, others), sign_run(settings | {"dropout": 0.2}, texts)}) == 3
    )


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


def test_accumulated_batches_step_like_one_large_batch(tmp_path):
    apart, together = Task(), Task()
    apart.fit(tmp_path / "a", accumulate=2, ema_decay=0.0, bf16=False)
    whole = together.batches
    together.batches = lambda epoch: [torch.cat(pair) for pair in zip(*[iter(whole(epoch))] * 2, strict=True)]
    together.fit(tmp_path / "b", ema_decay=0.0, bf16=False)
    assert torch.allclose(apart.model.weight, together.model.weight, atol=1e-5)


def test_processes_share_the_batches_in_equal_steps():
    steps = Steps(nn.Linear(2, 2), LoopSettings(accumulate=2))
    assert steps.share(5) == [[0, 1], [2, 3], [4]]
    shares = []
    for index in range(2):
        steps.processes = type("Two", (), {"num_processes": 2, "process_index": index})
        shares.append(steps.share(5))
    assert shares == [[[0, 2]], [[1, 3]]]


def test_rate_finder_proposes_a_rate_and_leaves_the_model_alone(tmp_path):
    task = Task()
    before = task.model.weight.detach().clone()
    rate = find_rate(
        task.model,
        batches=task.batches(0),
        loss=lambda rows: nn.functional.cross_entropy(task.model(task.inputs[rows]), task.labels[rows]),
        settings=LoopSettings(head_lr=0.05, bf16=False),
        out=tmp_path,
        n_steps=60,
    )
    assert 1e-4 < rate < 2
    assert torch.equal(task.model.weight, before)
    with (tmp_path / "rates.csv").open() as file:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(file)]
    assert rates == sorted(rates)
    assert (tmp_path / "rates.png").exists()


def test_steepest_point_of_a_curve():
    assert steepest([1e-4, 1e-3, 1e-2, 1e-1], [2.0, 1.9, 1.0, 0.9]) in (1e-3, 1e-2)
