"""One relation classifier from several runs: the mean of their weights or the best of them, by their scores on dev."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from safetensors.torch import save_file

from extractors.int8 import RANGES_FILE
from extractors.relations.classifier import RelationClassifier, read_config, write_config
from extractors.training.average import MEAN, mean_of_weights
from extractors.training.corpora import GoldText
from extractors.training.relation_examples import build_examples, only_related
from extractors.training.relations import SCORES_FILE, calibrate, score_given_pairs
from schemas.errors import ConfigError


def keep_best_classifier(
    folders: Sequence[Path], out: Path, dev: Sequence[GoldText], *, device: str, given_pairs: bool = False
) -> str:
    """Leave the best of several classifiers and of the mean of their weights in a folder.

    The best is that with the least log loss on dev, which chance moves less than F1; of those that name given pairs,
    that with the best F1. The mean is of use where the runs went on from one classifier with the same types and
    relations (model soups, Wortsman et al. 2022, arXiv:2203.05482).

    Args:
        folders: Classifiers as ``train_relations`` leaves them.
        out: Folder for the best; the mean is left in ``out/mean``.
        dev: Texts to choose by, and to calibrate the mean on.
        device: ``auto``, ``cpu`` or ``cuda``.
        given_pairs: Whether they only name the relation of pairs that are related.

    Returns:
        Name of the folder that was best.

    Raises:
        ConfigError: The classifiers do not fit together.
    """
    configs = [read_config(folder / "config.json") for folder in folders]
    if len({replace(config, temperature=1.0, threshold=0.0) for config in configs}) > 1:
        raise ConfigError("only classifiers with the same types, relations and settings have a mean")
    mean = out / MEAN
    mean.mkdir(parents=True, exist_ok=True)
    save_file(mean_of_weights(folders), mean / "model.safetensors")
    write_config(mean / "config.json", configs[0])
    scores = {folder: json.loads((folder / SCORES_FILE).read_text(encoding="utf-8"))["dev"] for folder in folders}
    scores[mean] = _measure(mean, dev, device, given_pairs=given_pairs)
    (mean / SCORES_FILE).write_text(json.dumps({"dev": scores[mean]}, indent=1) + "\n", encoding="utf-8")
    best = min(scores, key=lambda folder: scores[folder].get("log_loss", -scores[folder]["f1"]))
    (out / RANGES_FILE).unlink(missing_ok=True)  # of other weights
    for name in ("config.json", "model.safetensors", SCORES_FILE):
        shutil.copyfile(best / name, out / name)
    return best.name


def _measure(folder: Path, dev: Sequence[GoldText], device: str, *, given_pairs: bool) -> Mapping[str, float]:
    """Calibrate a classifier on dev; its scores there."""
    classifier = RelationClassifier.load(folder, device)
    examples = build_examples(classifier, dev)
    if given_pairs:
        return score_given_pairs(classifier, only_related(examples))
    fitted, scores = calibrate(classifier, examples)
    write_config(folder / "config.json", replace(classifier.config, **fitted))
    return scores
