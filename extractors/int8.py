"""Encoders in eight-bit integers on a CPU, by OpenVINO: about twice as fast as in bf16, where the CPU has VNNI.

Weights are rounded to integers for each output, the inputs of linear layers for each layer, by the ranges that they
took on some texts (``record_ranges``). A few channels reach far further than the others; a part of their range is
moved into the weights (SmoothQuant, Xiao et al. 2023, arXiv:2211.10438, section 4). Attention, norms and sums stay
in bf16 or fp32.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput

from extractors.encoder import has_bf16_cpu
from schemas.errors import ModelError

if TYPE_CHECKING:
    from openvino import CompiledModel, Model, Node

Ranges = dict[str, Tensor]
"""Lowest and highest value of each channel at the input of linear layers, shape (2, C), by the layers' place."""

RANGES_FILE = "int8.safetensors"
_SMOOTHING = (
    0.85  # share of a range that the weights take over: nearest to fp32 on papers that the ranges have not seen
)
_MASKED = -1e9
_MULTIPLE = 16  # windows of other lengths take up to a tenth longer for each token
_PLACES = {  # of a layer of BERT: the linear layers that share an input
    "attention": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "context": ("attention.output.dense",),
    "feed": ("intermediate.dense",),
    "hidden": ("output.dense",),
}


class Int8Encoder(nn.Module):
    """Stands in for a BERT encoder at inference: the same inputs, and states in the number format of its word vectors.

    Args:
        encoder: A BERT model.
        ranges: Of its layers' inputs.
        n_threads: How many batches can be computed side by side.
    """

    def __init__(self, encoder: nn.Module, ranges: Ranges, n_threads: int) -> None:
        super().__init__()
        self.config = encoder.config
        self.words: nn.Embedding = encoder.get_input_embeddings()  # type: ignore[operator]
        self.segments: nn.Embedding = encoder.embeddings.token_type_embeddings  # type: ignore[union-attr]
        self._compiled = _compile(_build(encoder, ranges), n_threads)

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
        if token_type_ids is not None:  # those of type 0 are part of the graph
            vectors = vectors + (self.segments(token_type_ids) - self.segments.weight[0]).float()
        length = vectors.shape[1]
        more = -length % _MULTIPLE
        vectors = nn.functional.pad(vectors, (0, 0, 0, more))
        mask = (1.0 - nn.functional.pad(attention_mask, (0, more))[:, None, None].float()) * _MASKED  # (B, 1, 1, T)
        request = self._compiled.create_infer_request()  # of its own, for threads that share the encoder
        request.infer([vectors.detach().contiguous().numpy(), mask.numpy()], share_inputs=True)
        states = torch.from_numpy(request.get_output_tensor().data)[:, :length]  # memory of the request
        return BaseModelOutput(last_hidden_state=states.to(self.words.weight.dtype, copy=True))


def use_int8(model: nn.Module, folder: Path, device: torch.device) -> None:
    """Put an ``Int8Encoder`` in the place of a model's ``encoder``, if that is faster here and its ranges are known.

    Args:
        model: In eval mode, with its weights in fp32.
        folder: Of the model; with ``int8.safetensors`` if it was made for it.
        device: Where the model will run.

    Raises:
        ModelError: The file of ranges is broken or belongs to another model.
    """
    path = folder / RANGES_FILE
    if device.type == "cpu" and path.exists() and has_int8_cpu():
        model.encoder = Int8Encoder(model.encoder, load_ranges(path), torch.get_num_threads())  # type: ignore[arg-type]


def has_int8_cpu() -> bool:
    """True if this CPU multiplies eight-bit integers in hardware (VNNI) and OpenVINO is installed."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_vnni") or able.get("avx_vnni")) and find_spec("openvino") is not None


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
    with ExitStack() as hooks:
        for name, layer in _inputs(encoder):
            hooks.enter_context(_recording(layer, name, ranges))
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
        for place, layers in _PLACES.items():
            yield f"{index}.{place}", encoder.get_submodule(f"encoder.layer.{index}.{layers[0]}")


@contextmanager
def _recording(layer: nn.Module, name: str, ranges: Ranges) -> Iterator[None]:
    def widen(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0].detach().float().flatten(0, -2)
        found = torch.stack([values.amin(dim=0), values.amax(dim=0)]).cpu()
        if name in ranges:
            known = ranges[name]
            found = torch.stack([torch.minimum(known[0], found[0]), torch.maximum(known[1], found[1])])
        ranges[name] = found

    handle = layer.register_forward_pre_hook(widen)
    try:
        yield
    finally:
        handle.remove()


def _compile(model: "Model", n_threads: int) -> "CompiledModel":
    from openvino import Core

    settings = {
        "NUM_STREAMS": n_threads,  # batches side by side, each on one thread
        "INFERENCE_NUM_THREADS": n_threads,
        "INFERENCE_PRECISION_HINT": "bf16" if has_bf16_cpu() else "f32",
        "ENABLE_CPU_PINNING": False,  # else the workers of one machine sit on the same cores
    }
    return Core().compile_model(model, "CPU", settings)


def _build(encoder: nn.Module, ranges: Ranges) -> "Model":
    """BERT as a graph of OpenVINO (Devlin et al. 2019, arXiv:1810.04805): word vectors and mask in, states out."""
    from openvino import Model
    from openvino import opset15 as ops

    config: Any = encoder.config
    weights = {name: each.detach().float().cpu().numpy() for name, each in encoder.state_dict().items()}
    vectors = ops.parameter([-1, -1, config.hidden_size], np.float32, name="vectors")
    mask = ops.parameter([-1, 1, 1, -1], np.float32, name="mask")
    length = ops.gather(ops.shape_of(vectors), np.array([1]), np.array(0))
    fixed = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][:1]
    positions = ops.slice(ops.constant(fixed), np.array([0]), length, np.array([1]), np.array([0]))
    layers = _Layers(weights, ranges, config.layer_norm_eps)
    states = layers.norm(ops.add(vectors, positions), "embeddings.LayerNorm")
    heads = np.array([0, 0, config.num_attention_heads, -1])
    for index in range(config.num_hidden_layers):
        prefix = f"encoder.layer.{index}."
        asked = layers.linear(states, prefix, f"{index}.attention", _PLACES["attention"])
        query, key, value = (
            ops.transpose(ops.reshape(each, heads, special_zero=True), np.array([0, 2, 1, 3]))
            for each in ops.split(asked, np.array(2), 3).outputs()
        )
        seen = ops.scaled_dot_product_attention(query, key, value, mask)  # (B, heads, T, D / heads)
        seen = ops.reshape(ops.transpose(seen, np.array([0, 2, 1, 3])), np.array([0, 0, -1]), special_zero=True)
        seen = layers.linear(seen, prefix, f"{index}.context", _PLACES["context"])
        states = layers.norm(ops.add(states, seen), f"{prefix}attention.output.LayerNorm")
        hidden = ops.gelu(layers.linear(states, prefix, f"{index}.feed", _PLACES["feed"]), "erf")
        hidden = layers.linear(hidden, prefix, f"{index}.hidden", _PLACES["hidden"])
        states = layers.norm(ops.add(states, hidden), f"{prefix}output.LayerNorm")
    return Model([ops.result(states)], [vectors, mask], "encoder")  # pyright: ignore[reportGeneralTypeIssues]


class _Layers:
    """Norms and linear layers with their weights."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], ranges: Ranges, epsilon: float) -> None:
        self.weights = weights
        self.ranges = ranges
        self.epsilon = epsilon

    def norm(self, states: "Node", name: str) -> "Node":
        from openvino import opset15 as ops

        even = ops.mvn(states, np.array([2]), normalize_variance=True, eps=self.epsilon, eps_mode="INSIDE_SQRT")
        return ops.add(ops.multiply(even, self.weights[f"{name}.weight"]), self.weights[f"{name}.bias"])

    def linear(self, states: "Node", prefix: str, place: str, names: tuple[str, ...]) -> "Node":
        """Linear layers on one input, side by side."""
        from openvino import opset15 as ops

        weight = np.concatenate([self.weights[f"{prefix}{name}.weight"] for name in names])  # (out, in)
        bias = np.concatenate([self.weights[f"{prefix}{name}.bias"] for name in names])
        if place not in self.ranges or self.ranges[place].shape != (2, weight.shape[1]):
            raise ModelError(f"the ranges of int8 are those of another model ({place}); run papergraph quantize")
        low, high = self.ranges[place].numpy()
        reach, heaviest = np.maximum(-low, high), np.abs(weight).max(axis=0)
        smooth = np.maximum(reach, 1e-5) ** _SMOOTHING / np.maximum(heaviest, 1e-5) ** (1 - _SMOOTHING)  # (in,)
        low, high = np.minimum(low / smooth, 0).min(), np.maximum(high / smooth, 0).max()
        states = ops.multiply(states, (1 / smooth).astype(np.float32))
        states = ops.fake_quantize(states, low, high, low, high, 256)
        weight = weight * smooth
        scale = np.abs(weight).max(axis=1, keepdims=True) / 127  # (out, 1)
        whole = ops.convert(ops.constant(np.round(weight / scale).astype(np.int8)), np.float32)
        product = ops.matmul(states, ops.multiply(whole, scale.astype(np.float32)), False, True)
        return ops.add(product, bias)
