"""Train a tagger on several corpora, each counting only for the types that it annotates."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor

from extractors.encoder import Encoder, default_device, load_encoder
from extractors.evaluation.ner import evaluate_ner
from extractors.ner.calibrate import fit_temperature
from extractors.ner.model import TokenClassifier, partial_label_loss
from extractors.ner.tagger import Tagger, TaggerConfig, read_config
from extractors.ner.tags import n_tags
from extractors.ner.targets import Example, make_examples
from extractors.training.corpora import CorpusArgument, GoldText, read_corpora
from extractors.training.leaks import without_leaks
from extractors.training.loop import EpochReport, LoopSettings, fit
from extractors.weights import load_weights
from extractors.windows import N_SPECIAL_TOKENS, batch_by_length, pad_windows
from schemas.errors import ConfigError
from schemas.records import ENTITY_TYPES


@dataclass(frozen=True, slots=True)
class NerSettings:
    """How to train a tagger.

    Attributes:
        encoder: Name or path; empty is the default encoder.
        start_from: Folder of a tagger to go on from; empty starts from the bare encoder.
        types: Entity types to learn, of those that occur in the corpora.
        max_tokens: Length of a window, special tokens included.
        batch_tokens: Tokens in a batch, padding included.
        dropout: Before the output layer.
        mask_words: Probability that a word is hidden from the encoder; ``mask_mentions`` for words of mentions, so that
            a mention is told from its surroundings too.
        freeze_words: Leave the word embeddings as they are.
        half: 0 or 1 leaves out every other text of the first corpus, from the first or the second on, so that a
            consistency model can be fitted to these (``read_half``); -1 leaves out none.
        local_files_only: Never ask the hub for the encoder.
    """

    encoder: str = ""
    start_from: str = ""
    types: tuple[str, ...] = ENTITY_TYPES
    max_tokens: int = 256
    batch_tokens: int = 1024
    dropout: float = 0.2
    mask_words: float = 0.05
    mask_mentions: float = 0.15
    freeze_words: bool = True
    half: int = -1
    local_files_only: bool = True
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(epochs=5, head_lr=5e-4, warmup=0.08))


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Token ids and attention mask, both (B, T), and the tags each token may have, (B, T, K) bool."""

    ids: Tensor
    mask: Tensor
    allowed: Tensor


def train_ner(
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    settings: NerSettings,
    *,
    device: torch.device | None = None,
    resume: bool = False,
    console: Console | None = None,
) -> list[EpochReport]:
    """Train a tagger and leave the epoch that is best on dev in a folder, ready for ``Tagger.load``.

    Args:
        train: Corpora, as ``FILE``, ``FILE:TYPE,TYPE`` or ``FILE:TYPE,TYPE@SHARE``; see ``CorpusArgument``.
        dev: Corpora to choose the epoch by, by the mean of their exact micro F1.
        out: Folder for the model, ``training.json`` (the call), ``metrics.csv`` and the checkpoint.
        settings: See there.
        device: Default: CUDA where there is one.
        resume: Go on with a run that was cut short.
        console: Where progress is shown.

    Returns:
        One report an epoch.

    Raises:
        ConfigError: A corpus cannot be read, is empty, or has none of the types.
        ModelError: The encoder or the model to start from cannot be loaded, or the training diverged.
    """
    device = device or default_device()
    encoder = load_encoder(settings.encoder or None, local_files_only=settings.local_files_only)
    if settings.max_tokens > encoder.max_tokens:
        raise ConfigError(f"windows of {settings.max_tokens} tokens; {encoder.name} takes {encoder.max_tokens} at most")
    dev_sets = {
        CorpusArgument.parse(name).path.stem: read_corpora([name], settings.types, for_training=False) for name in dev
    }
    texts = without_leaks(read_corpora(train, settings.types), _held_out(train, dev, settings.types))
    if not any(text.entities for text in texts) or not all(dev_sets.values()):
        raise ConfigError("training needs a training corpus with mentions and dev corpora that are not empty")
    if settings.half >= 0:
        left_out = {text.text for text in read_half(train[0], settings.half)}
        texts = [text for text in texts if text.text not in left_out]
    types = _learnable_types(texts, settings)
    torch.manual_seed(settings.loop.seed)
    model = TokenClassifier(
        encoder, n_tags(len(types)), dropout=settings.dropout, freeze_words=settings.freeze_words
    ).to(device)
    if settings.start_from:
        load_weights(Path(settings.start_from) / "model.safetensors", model)
    config = TaggerConfig(
        types=types,
        encoder=encoder.name,
        encoder_checksum=encoder.checksum,
        freeze_words=settings.freeze_words,
        max_tokens=settings.max_tokens,
        overlap=min(TaggerConfig().overlap, settings.max_tokens // 4),
    )
    tagger = Tagger(model, encoder, config, device)
    examples = make_examples(texts, encoder, types)
    out.mkdir(parents=True, exist_ok=True)
    record = {"train": list(train), "dev": list(dev), "encoder_checksum": encoder.checksum, **asdict(settings)}
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    reports = fit(
        model,
        batches=lambda epoch: TrainingBatches(examples, encoder, settings, epoch),
        loss=lambda batch: _loss(model, batch, device),
        evaluate=lambda: _dev_metrics(tagger, dev_sets),
        save=tagger.save,
        out=out,
        settings=settings.loop,
        resume=resume,
        console=console,
    )
    load_weights(out / "model.safetensors", model)  # the best epoch
    tagger.config = replace(config, temperature=fit_temperature(tagger, list(dev_sets.values())))
    tagger.save(out)
    return reports


def _held_out(train: Sequence[str], dev: Sequence[str], types: Sequence[str]) -> list[GoldText]:
    """The dev texts that training must not see. A file that is named for both is meant to be learnt by heart."""
    learnt = {CorpusArgument.parse(name).path for name in train}
    names = [name for name in dev if CorpusArgument.parse(name).path not in learnt]
    return read_corpora(names, types, for_training=False)


def read_half(corpus: str, half: int, types: Sequence[str] = ENTITY_TYPES) -> list[GoldText]:
    """Every other text of a corpus, from the first (0) or the second (1) on."""
    return read_corpora([corpus], types)[half::2]


def _learnable_types(texts: Sequence[GoldText], settings: NerSettings) -> tuple[str, ...]:
    """The types that occur; one that never does would be free to be found anywhere. Or those of the start."""
    if settings.start_from:
        return read_config(Path(settings.start_from) / "config.json").types
    occurring = {entity.label for text in texts for entity in text.entities}
    return tuple(label for label in settings.types if label in occurring)


def _loss(model: TokenClassifier, batch: TrainingBatch, device: torch.device) -> Tensor:
    logits = model(batch.ids.to(device), batch.mask.to(device))
    return partial_label_loss(logits.flatten(0, 1), batch.allowed.to(device).flatten(0, 1))


def _dev_metrics(tagger: Tagger, dev_sets: dict[str, list[GoldText]]) -> dict[str, float]:
    scores = {name: evaluate_ner(tagger, texts).exact.micro for name, texts in dev_sets.items()}
    metrics = {"f1": sum(counts.f1 for counts in scores.values()) / len(scores)}
    for name, counts in scores.items():
        metrics |= {f"{name} p": counts.precision, f"{name} r": counts.recall, f"{name} f1": counts.f1}
    return metrics


@dataclass(frozen=True, slots=True)
class _Piece:
    """A training window: tokens ``start`` to ``end`` of an example."""

    example: Example
    start: int
    end: int


class TrainingBatches(Sequence[TrainingBatch]):
    """Batches of one epoch: windows cut at a random phase, in random order, words hidden at random."""

    def __init__(self, examples: Sequence[Example], encoder: Encoder, settings: NerSettings, epoch: int) -> None:
        self.encoder = encoder
        self.settings = settings
        self.seed = (settings.loop.seed, epoch)
        draw = random.Random(f"{settings.loop.seed}-{epoch}")  # noqa: S311
        size = settings.max_tokens - N_SPECIAL_TOKENS
        self.pieces = [piece for example in examples for piece in _cut_pieces(example, size, draw)]
        # Windows of like length go together; a little noise on the lengths makes other batches each epoch.
        lengths = [piece.end - piece.start + N_SPECIAL_TOKENS for piece in self.pieces]
        noisy = [int(length * draw.uniform(0.9, 1.0)) for length in lengths]
        self.batches = batch_by_length(noisy, settings.batch_tokens)
        draw.shuffle(self.batches)

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> TrainingBatch:  # pyright: ignore[reportIncompatibleMethodOverride]
        pieces = [self.pieces[i] for i in self.batches[index]]
        draw = np.random.default_rng((*self.seed, index))
        ids, mask = pad_windows([self._hide_words(piece, draw) for piece in pieces], self.encoder)
        allowed = np.ones((*ids.shape, pieces[0].example.allowed.shape[1]), bool)
        for row, piece in enumerate(pieces):
            allowed[row, 1 : 1 + piece.end - piece.start] = piece.example.allowed[piece.start : piece.end]
        return TrainingBatch(ids, mask, torch.from_numpy(allowed))

    def _hide_words(self, piece: _Piece, draw: np.random.Generator) -> NDArray[np.int64]:
        """Ids of a window with whole words replaced by the mask token."""
        stream = piece.example.stream
        ids = stream.ids[piece.start : piece.end]
        mask_id = self.encoder.tokenizer.mask_token_id
        if mask_id is None:
            return ids
        in_mention = piece.example.is_mention[piece.start : piece.end]
        is_word = stream.is_word[piece.start : piece.end]
        word = np.maximum(np.cumsum(is_word) - 1, 0)  # (T,) index of each token's word
        rates = np.where(in_mention, self.settings.mask_mentions, self.settings.mask_words)
        hidden = draw.random(word.max(initial=0) + 1)[word] < rates
        return np.where(hidden & (ids != self.encoder.newline_id), mask_id, ids)


def _cut_pieces(example: Example, size: int, draw: random.Random) -> list[_Piece]:
    """Windows of one example without overlap, the first of random length, each kept with the example's share."""
    n_tokens = len(example.stream)
    first = draw.randint(size // 4, size) if n_tokens > size else size
    bounds = [0, *range(first, n_tokens, size), n_tokens]
    return [
        _Piece(example, start, end)
        for start, end in pairwise(bounds)
        # Examples of a type that is not annotated in full are few and are all used.
        if end > start and (draw.random() < example.share or example.is_rare[start:end].any())
    ]
