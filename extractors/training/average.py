"""One tagger from several: the mean of their weights (model soups, Wortsman et al. 2022, arXiv:2203.05482)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from extractors.ner.calibrate import fit_temperature
from extractors.ner.tagger import Tagger, read_config, write_config
from extractors.training.corpora import GoldText
from schemas.errors import ConfigError


def average_taggers(
    folders: Sequence[Path], out: Path, dev_sets: Sequence[Sequence[GoldText]], *, device: torch.device | None = None
) -> None:
    """Write the mean of taggers that were trained from one start, such as runs with several seeds.

    It is about as good as all of them voting, at the cost of one. Taggers from different starts have no mean of use.

    Args:
        folders: Taggers of one architecture with the same types.
        out: Folder of the mean.
        dev_sets: Its temperature is fitted on these.
        device: Default: CUDA where there is one.

    Raises:
        ConfigError: The taggers do not fit together.
        ModelError: A folder is no tagger.
    """
    configs = [read_config(folder / "config.json") for folder in folders]
    if len({(config.architecture, config.types, config.encoder_checksum) for config in configs}) > 1:
        raise ConfigError("only taggers of one architecture, encoder and set of types have a mean")
    # The files are averaged, not loaded taggers: those have the number format of inference, which is coarser.
    states = [load_file(folder / "model.safetensors") for folder in folders]
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(dim=0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / "model.safetensors")
    write_config(out / "config.json", replace(configs[0], temperature=1.0))
    temperature = fit_temperature(Tagger.load(out, device), dev_sets)
    write_config(out / "config.json", replace(configs[0], temperature=temperature))
