"""Architectures side by side: each trained and scored in the same way, one row of a table each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import torch
from rich.console import Console

from extractors.encoder import load_encoder
from extractors.evaluation.spread import Spread
from extractors.ner.architectures import ARCHITECTURES
from extractors.ner.tagger import Tagger, tag_texts
from extractors.training.corpora import read_corpora
from extractors.training.ner import NerSettings
from extractors.training.seeds import spread_of, train_seeds
from extractors.weights import frozen_names
from extractors.windows import tokenize_texts

_N_TIMED: Final = 3  # runs over the texts, of which the fastest counts


@dataclass(frozen=True, slots=True)
class Row:
    """What one architecture reached.

    Attributes:
        architecture: Its name.
        f1: Exact micro F1 on dev of the best epoch, over the seeds.
        n_parameters, n_trained: Of the network; frozen word vectors are not trained.
        train_s: Seconds of training with the evaluation of each epoch, mean of the seeds.
        tokens_per_s: Sub-words of the default encoder that are tagged a second, so that all count alike.
    """

    architecture: str
    f1: Spread
    n_parameters: int
    n_trained: int
    train_s: float
    tokens_per_s: float


def compare_architectures(
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    settings: Mapping[str, NerSettings],
    seeds: Sequence[int] = (0,),
    *,
    device: torch.device | None = None,
    console: Console | None = None,
) -> Iterator[Row]:
    """Train architectures one after the other, each in a folder of its own; what is there already is not done again.

    Args:
        train: Corpora to learn from, see ``train_ner``.
        dev: Corpora to choose the epoch by.
        out: Folder of the runs.
        settings: For each architecture.
        seeds: Runs of each.
        device: Default: CUDA where there is one.
        console: Where progress is shown.
    """
    for name, chosen in settings.items():
        folder = out / name
        runs = train_seeds(train, dev, folder, chosen, seeds, device=device, resume=True, console=console)
        seconds = [sum(report.seconds for report in reports) for reports in runs.values()]
        tagger = Tagger.load(folder / f"seed-{seeds[0]}", device)
        texts = [text.text for text in read_corpora(dev, tagger.config.types, for_training=False)]
        frozen = frozen_names(tagger.model)
        sizes = {name: parameter.numel() for name, parameter in tagger.model.named_parameters()}
        yield Row(
            name,
            spread_of(list(runs.values()))["f1"],
            n_parameters=sum(sizes.values()),
            n_trained=sum(size for name, size in sizes.items() if name not in frozen),
            train_s=sum(seconds) / len(seconds),
            tokens_per_s=_speed(tagger, texts),
        )


def _speed(tagger: Tagger, texts: Sequence[str]) -> float:
    n_tokens = sum(map(len, tokenize_texts(texts, load_encoder())))
    times = []
    for _ in range(_N_TIMED):
        began = perf_counter()
        tag_texts(tagger, texts)
        times.append(perf_counter() - began)
    return n_tokens / min(times)


def as_markdown(rows: Sequence[Row]) -> str:
    """The table of all rows."""
    lines = [
        "| architecture | what it is | dev F1 | parameters (trained) | training | tokens/s |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        deviation = "" if row.f1.deviation is None else f" ± {100 * row.f1.deviation:.1f}"
        lines.append(
            f"| `{row.architecture}` | {ARCHITECTURES[row.architecture].about} | {100 * row.f1.mean:.1f}{deviation} | "
            f"{row.n_parameters / 1e6:.1f} M ({row.n_trained / 1e6:.1f} M) | {row.train_s:.0f} s | "
            f"{row.tokens_per_s:,.0f} |"
        )
    return "\n".join(lines) + "\n"
