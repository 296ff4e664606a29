"""Encoders in eight-bit integers on a CPU, where that is faster than floats.

Weights are rounded to integers for each output, the inputs of linear layers for each layer, by the ranges that they
took on some texts (``record_ranges``). A few channels reach far further than the others; a part of their range is
moved into the weights (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438, section 4). Attention, norms and sums stay
floats. Two libraries compute with them: OpenVINO on CPUs that multiply such integers (VNNI), oneDNN, which is part of
PyTorch, on those with AVX2 alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput

from extractors.encoder import has_bf16_cpu
from schemas.errors import ModelError

Ranges = dict[str, Tensor]
"""Lowest and highest value of each channel at the input of linear layers, shape (2, C), by the layers' place."""

RANGES_FILE = "int8.safetensors"
PLACES: Final[Mapping[str, Sequence[str]]] = {  # of a layer of BERT: the linear layers that share an input
    "attention": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "context": ("attention.output.dense",),
    "feed": ("intermediate.dense",),
    "hidden": ("output.dense",),
}
_SMOOTHING = (
    0.85  # share of a range that the weights take over: nearest to fp32 on papers that the ranges have not seen
)


class Int8Encoder(nn.Module, ABC):
    """Stands in for a BERT encoder at inference: the same inputs, and states in the number format of its word vectors.

    A library's own subclass computes the layers.

    Args:
        encoder: A BERT model, with its weights in fp32.
    """

    has_own_threads: ClassVar[bool] = False  # the one that calls ``encode`` only waits

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.config: Any = encoder.config
        self.words: nn.Embedding = encoder.get_input_embeddings()  # type: ignore[operator]
        self.segments: nn.Embedding = encoder.embeddings.token_type_embeddings  # type: ignore[union-attr]

    def get_input_embeddings(self) -> nn.Embedding:
        """The table of word vectors."""
        return self.words

    def forward(
        self,
        input_ids: Tensor | None = None,
        *,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> BaseModelOutput:
        """States, shape (B, T, D), of token ids (B, T) or of word vectors (B, T, D), on the CPU."""
        vectors = (self.words(input_ids) if inputs_embeds is None else inputs_embeds).float()
        if token_type_ids is not None:  # those of type 0 are part of ``fixed_vectors``
            vectors = vectors + (self.segments(token_type_ids) - self.segments.weight[0]).float()
        states = self.encode(vectors, attention_mask)
        return BaseModelOutput(last_hidden_state=states.to(self.words.weight.dtype))

    @abstractmethod
    def encode(self, vectors: Tensor, attention_mask: Tensor) -> Tensor:
        """States, shape (B, T, D), from vectors of words (B, T, D), fp32, without places, and a mask (B, T)."""


def fixed_vectors(weights: Mapping[str, Tensor]) -> Tensor:
    """What a BERT adds to the word vector at each place in a text of segment 0: shape (max T, D)."""
    return weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][:1]


def float_weights(encoder: nn.Module) -> dict[str, Tensor]:
    """All weights of an encoder by name, in fp32."""
    return {name: each.detach().float() for name, each in encoder.state_dict().items()}


def use_int8(model: nn.Module, folder: Path, device: torch.device) -> None:
    """Put an encoder in eight-bit integers in the place of a model's, if that is faster here and its ranges are known.

    Args:
        model: In eval mode, with its weights in fp32.
        folder: Of the model; with ``int8.safetensors`` if it was made for it.
        device: Where the model will run.

    Raises:
        ModelError: The file of ranges is broken or belongs to another model.
    """
    path = folder / RANGES_FILE
    library = int8_library()
    if device.type != "cpu" or library is None or not path.exists():
        return
    if library == "openvino":
        from extractors.int8_openvino import OpenVinoEncoder

        model.encoder = OpenVinoEncoder(model.encoder, load_ranges(path), torch.get_num_threads())  # type: ignore[arg-type]
    else:
        from extractors.int8_onednn import OneDnnEncoder

        model.encoder = OneDnnEncoder(model.encoder, load_ranges(path))  # type: ignore[arg-type]


def int8_library() -> Literal["openvino", "onednn"] | None:
    """What computes with eight-bit integers on this CPU faster than the best floats do."""
    able = torch.cpu.get_capabilities()
    if (able.get("avx512_vnni") or able.get("avx_vnni")) and find_spec("openvino") is not None:
        return "openvino"
    if able.get("avx2") and not has_bf16_cpu() and torch.backends.mkldnn.is_available():
        return "onednn"
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Int8Layer:
    """Linear layers on one input, side by side, in integers.

    Attributes:
        divisor: Shape (in,): inputs are divided by it.
        low: Lowest value of an input after that, at most 0.
        high: Highest value, at least 0.
        weight: Shape (out, in), int8: symmetric around 0.
        scale: Shape (out,): what 1 in the weights stands for.
        bias: Shape (out,).
    """

    divisor: Tensor
    low: float
    high: float
    weight: Tensor
    scale: Tensor
    bias: Tensor


def round_layer(weights: Mapping[str, Tensor], ranges: Ranges, index: int, place: str, highest: int = 127) -> Int8Layer:
    """The linear layers at a place of a layer of BERT, with the ranges of their input evened out and rounded.

    Args:
        weights: Of the encoder, by name, fp32.
        ranges: Of the inputs.
        index: Of the layer.
        place: See ``PLACES``.
        highest: Of the weights as integers.

    Raises:
        ModelError: The ranges are those of another model.
    """
    names = [f"encoder.layer.{index}.{name}" for name in PLACES[place]]
    weight = torch.cat([weights[f"{name}.weight"] for name in names])
    bias = torch.cat([weights[f"{name}.bias"] for name in names])
    found = ranges.get(f"{index}.{place}")
    if found is None or found.shape != (2, weight.shape[1]):
        raise ModelError(f"the ranges of int8 are those of another model ({index}.{place}); run papergraph quantize")
    low, high = found
    reach, heaviest = torch.maximum(-low, high), weight.abs().amax(dim=0)
    divisor = reach.clamp(min=1e-5) ** _SMOOTHING / heaviest.clamp(min=1e-5) ** (1 - _SMOOTHING)
    weight = weight * divisor
    scale = weight.abs().amax(dim=1) / highest
    return Int8Layer(
        divisor,
        min(0.0, float((low / divisor).min())),
        max(0.0, float((high / divisor).max())),
        torch.round(weight / scale[:, None]).to(torch.int8),
        scale,
        bias,
    )


def record_ranges(model: nn.Module, run: Callable[[], object]) -> Ranges:
    """The ranges that the inputs of linear layers of a model's ``encoder`` take while something runs.

    Args:
        model: With a BERT model as its encoder.
        run: Has it encode texts like those that it will meet.

    Raises:
        ModelError: It has no encoder, or one of another kind; or nothing was encoded.
    """
    encoder = getattr(model, "encoder", None)
    config = getattr(encoder, "config", None)
    if getattr(config, "model_type", "") != "bert" or getattr(config, "hidden_act", "") != "gelu":
        raise ModelError("only models with a BERT encoder run in int8, and this one has another")
    assert isinstance(encoder, nn.Module)  # noqa: S101  (for the type checker)
    ranges: Ranges = {}
    lock = Lock()  # batches run side by side
    with ExitStack() as hooks:
        for name, layer in _inputs(encoder):
            hooks.enter_context(_recording(layer, name, ranges, lock))
        run()
    if len(ranges) < len(list(_inputs(encoder))):
        raise ModelError("nothing was encoded: there are no texts to take the ranges from")
    return ranges


def save_ranges(path: Path, ranges: Ranges) -> None:
    """Write ranges; an interrupted call leaves the old file as it was."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(save({name: each.contiguous() for name, each in ranges.items()}))
    partial.replace(path)


def load_ranges(path: Path) -> Ranges:
    """Read ranges.

    Raises:
        ModelError: The file is broken.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot read the ranges {path}: {error}; delete it or run papergraph quantize") from error


def _inputs(encoder: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Each input of linear layers by name, with one of the layers that read it."""
    for index in range(encoder.config.num_hidden_layers):  # type: ignore[union-attr]
        for place, layers in PLACES.items():
            yield f"{index}.{place}", encoder.get_submodule(f"encoder.layer.{index}.{layers[0]}")


@contextmanager
def _recording(layer: nn.Module, name: str, ranges: Ranges, lock: Lock) -> Iterator[None]:
    def widen(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0].detach().float().flatten(0, -2)
        found = torch.stack([values.amin(dim=0), values.amax(dim=0)]).cpu()
        with lock:
            known = ranges.get(name, found)
            ranges[name] = torch.stack([torch.minimum(known[0], found[0]), torch.maximum(known[1], found[1])])

    handle = layer.register_forward_pre_hook(widen)
    try:
        yield
    finally:
        handle.remove()
