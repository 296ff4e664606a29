"""Fine-tuned weights on disk: fp16 safetensors without the parameters that stayed frozen."""

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from schemas.errors import ModelError


def save_weights(path: Path, model: nn.Module, *, dtype: torch.dtype = torch.float16) -> None:
    """Write the trainable parameters and the buffers in use; an interrupted call leaves the old file as it was."""
    frozen = frozen_names(model)
    tensors = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in model.state_dict().items()
        if name not in frozen
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(save(tensors))
    partial.replace(path)


def load_weights(path: Path, model: nn.Module) -> None:
    """Read weights into a model whose frozen parameters are in place already.

    Raises:
        ModelError: The file is missing or broken, or does not fit the model.
    """
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot read the weights {path}: {error}") from error
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise ModelError(f"the weights {path} do not fit the model: {error}") from error
    absent = set(missing) - frozen_names(model)
    if absent or unexpected:
        raise ModelError(f"the weights {path} do not fit the model: missing {sorted(absent)}, extra {unexpected}")


def checksum_file(*paths: Path) -> str:
    """First 8 hex digits of the SHA-256 of the files of a model: its revision."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def frozen_names(model: nn.Module) -> set[str]:
    """Names of the parameters that are not trained."""
    return {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
