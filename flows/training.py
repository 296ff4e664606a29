"""``papergraph train``: from the options of the command line to the settings of a training run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console

from extractors.encoder import pick_device
from extractors.training.corpora import read_corpus
from extractors.training.leaks import without_leaks
from extractors.training.loop import LoopSettings
from extractors.training.ner import NerSettings, train_ner
from extractors.training.relation_corpora import read_relation_corpora
from extractors.training.relations import RelationTrainingSettings, train_relations
from schemas.errors import ConfigError

ARCHITECTURES: Final = {"ner": ("bert",), "relations": ("bert",)}


def train_model(
    target: str,
    *,
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    arch: str | None,
    encoder: str | None,
    start_from: str | None,
    epochs: int | None,
    seed: int,
    device: str,
    resume: bool,
) -> None:
    """Train a tagger or a relation classifier; the best epoch is left in ``out``.

    Raises:
        ConfigError: The architecture is unknown, or a corpus cannot be read or has nothing to learn from.
    """
    if arch and arch not in ARCHITECTURES[target]:
        raise ConfigError(f"unknown architecture {arch!r} for {target}; known: {', '.join(ARCHITECTURES[target])}")
    console = Console(stderr=True)
    if target == "ner":
        settings = NerSettings(encoder=encoder or "", start_from=start_from or "")
        settings = replace(settings, loop=_loop(settings.loop, epochs, seed))
        train_ner(train, dev, out, settings, device=pick_device(device), resume=resume, console=console)
    else:
        relation_settings = RelationTrainingSettings(encoder=encoder, initial_weights=start_from)
        relation_settings = replace(relation_settings, loop=_loop(relation_settings.loop, epochs, seed))
        held_out = [text for path in dev for text in read_corpus(Path(path))]
        texts = read_relation_corpora([Path(path) for path in train], seed=seed)
        if not set(train) & set(dev):  # a file that is named for both is meant to be learnt by heart
            texts = without_leaks(texts, held_out)
        train_relations(texts, held_out, out, relation_settings, device=device, resume=resume, console=console)


def _loop(settings: LoopSettings, epochs: int | None, seed: int) -> LoopSettings:
    return replace(settings, epochs=epochs or settings.epochs, seed=seed)
