"""One tagger from several runs: the mean of their weights or the best of them, whichever is better on dev."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from extractors.evaluation.ner import evaluate_ner
from extractors.int8 import RANGES_FILE
from extractors.ner.calibrate import fit_temperature
from extractors.ner.readers import VOCABULARY_FILE
from extractors.ner.tagger import CONSISTENCY_FILE, Tagger, read_config, write_config
from extractors.ner.thresholds import fit_min_scores
from extractors.training.corpora import GoldText
from schemas.errors import ConfigError

MEAN = "mean"


def keep_best(
    folders: Sequence[Path], out: Path, dev_sets: Sequence[Sequence[GoldText]], *, device: torch.device | None = None
) -> str:
    """Leave the best of several taggers and of the mean of their weights in a folder, by the mean F1 on dev.

    The mean wins where the runs have one start and lie close together. Where their output layers began at random, it
    is of no use.

    Args:
        folders: Taggers of one architecture with the same types.
        out: Folder for the best; the mean is left in ``out/mean``.
        dev_sets: Texts to choose by, and to fit temperature and least scores of the mean to.
        device: Default: CUDA where there is one.

    Returns:
        Name of the folder that was best.

    Raises:
        ConfigError: The taggers do not fit together.
        ModelError: A folder is no tagger.
    """
    average_taggers(folders, out / MEAN, dev_sets, device=device)
    scores = {}
    for folder in (*folders, out / MEAN):
        tagger = Tagger.load(folder, device)
        scores[folder] = sum(evaluate_ner(tagger, texts).exact.micro.f1 for texts in dev_sets)
    best = max(scores, key=scores.__getitem__)
    for name in (CONSISTENCY_FILE, RANGES_FILE):  # of other weights
        (out / name).unlink(missing_ok=True)
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(best / name, out / name)
    _copy_vocabulary(best, out)
    return best.name


def _copy_vocabulary(folder: Path, out: Path) -> None:
    """That of an architecture that reads words."""
    if (folder / VOCABULARY_FILE).exists():
        shutil.copyfile(folder / VOCABULARY_FILE, out / VOCABULARY_FILE)


def average_taggers(
    folders: Sequence[Path], out: Path, dev_sets: Sequence[Sequence[GoldText]], *, device: torch.device | None = None
) -> None:
    """Write the mean of taggers that were trained from one start, such as runs with several seeds.

    It is about as good as all of them voting, at the cost of one (model soups, Wortsman et al. 2022, arXiv:2203.05482).
    Taggers from different starts have no mean of use.

    Args:
        folders: Taggers of one architecture with the same types.
        out: Folder of the mean.
        dev_sets: Its temperature and least scores are fitted on these.
        device: Default: CUDA where there is one.

    Raises:
        ConfigError: The taggers do not fit together.
        ModelError: A folder is no tagger.
    """
    configs = [read_config(folder / "config.json") for folder in folders]
    if len({(config.architecture, config.types, config.encoder_checksum) for config in configs}) > 1:
        raise ConfigError("only taggers of one architecture, encoder and set of types have a mean")
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean_of_weights(folders), out / "model.safetensors")
    _copy_vocabulary(folders[0], out)
    write_config(out / "config.json", replace(configs[0], temperature=1.0, min_scores={}))
    tagger = Tagger.load(out, device)
    tagger.config = replace(tagger.config, temperature=fit_temperature(tagger, dev_sets))
    tagger.config = replace(tagger.config, min_scores=fit_min_scores(tagger, dev_sets))
    write_config(out / "config.json", tagger.config)


def mean_of_weights(folders: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the weights of models with the same tensors.

    The files are averaged, not loaded models: those have the number format of inference, which is coarser.
    """
    states = [load_file(folder / "model.safetensors") for folder in folders]
    return {
        name: torch.stack([state[name].float() for state in states]).mean(dim=0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }
