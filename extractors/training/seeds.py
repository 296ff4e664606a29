"""The same training with several seeds: mean and spread of what they reach."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from rich.console import Console

from extractors.evaluation.spread import Spread
from extractors.training.loop import EpochReport
from extractors.training.ner import NerSettings, train_ner


def train_seeds(
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    settings: NerSettings,
    seeds: Sequence[int],
    *,
    device: torch.device | None = None,
    resume: bool = False,
    console: Console | None = None,
) -> dict[int, list[EpochReport]]:
    """Train one tagger a seed in ``out/seed-N``; ``out/seeds.json`` gets the spread of their best epochs' metrics.

    Args and errors are those of ``train_ner``.

    Returns:
        The reports of each seed's epochs.
    """
    runs = {}
    for seed in seeds:
        seeded = replace(settings, loop=replace(settings.loop, seed=seed))
        folder = out / f"seed-{seed}"
        runs[seed] = train_ner(train, dev, folder, seeded, device=device, resume=resume, console=console)
    spreads = spread_of(list(runs.values()))
    record = {"seeds": list(seeds), **{name: asdict(spread) for name, spread in spreads.items()}}
    (out / "seeds.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return runs


def spread_of(runs: Sequence[Sequence[EpochReport]]) -> dict[str, Spread]:
    """Mean and spread of each dev metric over the best epochs of several runs; the deciding one is ``f1``."""
    best = [max(reports, key=lambda report: (report.metrics["f1"], -report.epoch)).metrics for reports in runs]
    return {name: Spread.of([metrics[name] for metrics in best]) for name in best[0]}
