"""The tagger: texts in, mentions out."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from extractors.encoder import Encoder, default_device, inference_dtype, load_encoder
from extractors.int8 import RANGES_FILE, use_int8
from extractors.memory import run_in_halves
from extractors.ner.architectures import ARCHITECTURES, Plan, build_network, find_architecture
from extractors.ner.clean import clean_mentions, with_sized_methods
from extractors.ner.consistency import (
    ConsistencyModel,
    judge_mentions,
    read_consistency,
    replace_judged,
    write_consistency,
)
from extractors.ner.decode import decode_mentions
from extractors.ner.merging import merge_spans, merge_tags
from extractors.ner.name_types import settle_name_types
from extractors.ner.named_datasets import add_named_datasets
from extractors.ner.networks import SpanNetwork, TagNetwork
from extractors.ner.readers import Reader, SubwordReader, WordReader, make_batch
from extractors.ner.results import find_results
from extractors.ner.spans import ScoredSpans, decode_spans, word_scores
from extractors.ner.tags import TagScheme
from extractors.parallel import batch_pool, limit_batch_tokens, submit_batches
from extractors.weights import checksum_file, load_weights, save_weights
from extractors.windows import TokenStream, Window, batch_by_length, slide_windows
from schemas.errors import ModelError
from schemas.meter import Meter
from schemas.records import ENTITY_TYPES, Mention, Span

SHIPPED_MODEL = Path(__file__).parent.parent / "models" / "ner"
Found = TypeVar("Found", NDArray[np.float32], ScoredSpans)
CONSISTENCY_FILE = "consistency.json"
PART_CHARS = 30_000  # of texts whose mentions are put together while the model reads the next
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class TaggerConfig:
    """What has to be known of a tagger besides its weights; ``config.json`` of a model folder.

    Attributes:
        architecture: See ``architectures``.
        types: Entity types, in the order of the tags.
        scheme: Of the tags, for architectures that have some.
        encoder: Name or path of the encoder that the weights belong to, or whose tokenizer is used.
        encoder_checksum: Of its word embeddings, see ``Encoder.checksum``.
        freeze_words: The word embeddings are the encoder's and not among the weights.
        max_tokens, overlap: Windows at inference.
        max_width: Words of the longest mention, for span models.
        nested: Mentions may lie in others, for span models.
        temperature: Divides the logits, so that scores are as likely to be right as they say (Guo et al. 2017,
            arXiv:1706.04599); fitted on dev.
        min_scores: Lowest score of a mention, per type. For a type that is not in it 0 with tags, 0.5 with spans.
    """

    architecture: str = "bert"
    types: tuple[str, ...] = ENTITY_TYPES
    scheme: str = "bio"
    encoder: str = ""
    encoder_checksum: str = ""
    freeze_words: bool = True
    max_tokens: int = 256
    overlap: int = 16
    max_width: int = 12
    nested: bool = False
    temperature: float = 1.0
    min_scores: Mapping[str, float] = field(default_factory=dict)


class Tagger:
    """A trained network with its reader, ready to tag texts."""

    def __init__(
        self,
        model: TagNetwork | SpanNetwork,
        reader: Reader | Encoder,
        config: TaggerConfig,
        device: torch.device,
        revision: str = "",
        consistency: ConsistencyModel | None = None,
    ) -> None:
        self.model = model
        self.reader: Reader = SubwordReader(reader) if isinstance(reader, Encoder) else reader
        self.config = config
        self.device = device
        self.revision = revision  # of the weights; written into every mention
        self.consistency = consistency
        self.meter = Meter()  # windows, batches, tokens

    @property
    def encoder(self) -> Encoder:
        """The encoder whose sub-words are read.

        Raises:
            ModelError: The architecture reads words.
        """
        if not isinstance(self.reader, SubwordReader):
            raise ModelError(f"{self.config.architecture} has no encoder: it reads words")
        return self.reader.encoder

    @classmethod
    def load(
        cls,
        folder: Path = SHIPPED_MODEL,
        device: torch.device | None = None,
        *,
        local_files_only: bool = True,
        int8: bool = True,
    ) -> "Tagger":
        """Load a tagger for inference, in the fastest number format that the device has.

        Args:
            folder: Written by ``save``.
            device: Default: CUDA where there is one.
            local_files_only: Do not ask the hub for the encoder.
            int8: Have the encoder run in eight-bit integers where that is faster and the folder has its ranges.

        Raises:
            ModelError: The folder is no model of this version, or its encoder is not the one it was trained with.
        """
        device = device or default_device()
        config = read_config(folder / "config.json")
        architecture = find_architecture(config.architecture)
        if architecture.reads_words:
            reader = WordReader.load(folder)
        else:
            reader = SubwordReader(load_encoder(config.encoder, local_files_only=local_files_only))
            _check_encoder(folder, config, reader.encoder, pretrained=architecture.pretrained)
        plan = Plan(config.types, config.scheme, reader, config.max_tokens, config.max_width, dropout=0.0)
        model = build_network(config.architecture, plan, freeze_words=config.freeze_words)
        load_weights(folder / "model.safetensors", model)
        if int8:
            use_int8(model, folder, device)
        dtype = torch.float32 if model.keeps_fp32 else inference_dtype(device)
        model = model.to(device=device, dtype=dtype).eval()
        files = [folder / name for name in ("config.json", "model.safetensors", CONSISTENCY_FILE, RANGES_FILE)]
        revision = f"ner-{checksum_file(*(file for file in files if file.exists()))}"
        return cls(model, reader, config, device, revision, read_consistency(folder / CONSISTENCY_FILE))

    def save(self, folder: Path) -> None:
        """Write config and weights; ``load`` reads them. What belonged to other weights there goes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (CONSISTENCY_FILE, RANGES_FILE):
            (folder / name).unlink(missing_ok=True)
        save_weights(folder / "model.safetensors", self.model)
        if isinstance(self.reader, WordReader):
            self.reader.save(folder)
        write_config(folder / "config.json", self.config)
        if self.consistency is not None:
            write_consistency(folder / CONSISTENCY_FILE, self.consistency)


def write_config(path: Path, config: TaggerConfig) -> None:
    """Write ``config.json`` of a model folder."""
    path.write_text(json.dumps({"format": _FORMAT, **asdict(config)}, indent=1) + "\n", encoding="utf-8")


def read_config(path: Path) -> TaggerConfig:
    """Read ``config.json`` of a model folder.

    Raises:
        ModelError: It is missing, broken, or of another version.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("format") != _FORMAT or record["architecture"] not in ARCHITECTURES:
            raise ModelError(f"{path} is of another version of papergraph")
        return TaggerConfig(**{**record, "types": tuple(record["types"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not the configuration of a tagger: {error!r}") from error


def _check_encoder(folder: Path, config: TaggerConfig, encoder: Encoder, *, pretrained: bool) -> None:
    if (config.freeze_words or not pretrained) and config.encoder_checksum != encoder.checksum:
        raise ModelError(
            f"{folder} was trained on another encoder: its word embeddings have checksum "
            f"{config.encoder_checksum}, those of {encoder.name} have {encoder.checksum}"
        )


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a network says of one text, its windows put together.

    Attributes:
        stream: The text's tokens.
        found: Tag probabilities, shape (T, K), float32, or scored spans of tokens.
    """

    stream: TokenStream
    found: NDArray[np.float32] | ScoredSpans

    def mentions(self, config: TaggerConfig, model: str = "") -> list[Mention]:
        """The likeliest mentions that go together, in text order."""
        if isinstance(self.found, ScoredSpans):
            return decode_spans(
                *self.words(self._word_spans(self.found)),
                config.types,
                min_scores=config.min_scores,
                nested=config.nested,
                model=model,
            )
        return decode_mentions(*self.words(self.found), config.types, scheme=config.scheme, model=model)

    def words(self, found: Found) -> tuple[Found, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """What was found, with starts, ends and breaks of the words, each of shape (W,); of tags those of words."""
        stream, is_word = self.stream, self.stream.is_word
        of_words = found if isinstance(found, ScoredSpans) else found[is_word]
        return of_words, stream.starts[is_word], stream.word_ends(), stream.is_break[is_word]

    def word_scores(self, config: TaggerConfig, label: str) -> NDArray[np.float32]:
        """Shape (W,), float32: probability of each word to be part of a mention of a type."""
        words, index = self.stream.is_word, config.types.index(label)
        if isinstance(self.found, ScoredSpans):
            return word_scores(self._word_spans(self.found), index, int(words.sum()))
        tags = TagScheme.named(config.scheme, len(config.types)).tags_of(index)
        return self.found[words, tags].sum(axis=1)

    def _word_spans(self, spans: ScoredSpans) -> ScoredSpans:
        word = np.cumsum(self.stream.is_word) - 1  # (T,): the word of each token
        return ScoredSpans(word[spans.firsts], word[spans.lasts], spans.types, spans.scores)


def tag_texts(
    tagger: Tagger,
    texts: Sequence[str],
    regions: Sequence[Sequence[Span]] | None = None,
    *,
    max_batch_tokens: int = 4096,
    phase: int = 0,
) -> list[tuple[Mention, ...]]:
    """Mentions of each text, in text order.

    Args:
        tagger: A trained tagger.
        texts: Any number of texts of any length.
        regions: Per text, the parts to tag; None tags all of it. No mention reaches out of a region.
        max_batch_tokens: Tokens that go through the model at a time, padding included.
        phase: Tokens by which the first window of each text is shorter; away from windows' borders it changes nothing.
    """
    mentions: list[tuple[Mention, ...]] = []
    under_way: deque[tuple[Sequence[str], Callable[[], list[Prediction]]]] = deque()
    with batch_pool(tagger.device, tagger.model) as pool:
        for part in [*_parts(texts), None]:
            if part is not None:
                streams = tagger.reader.tokenize(texts[part], None if regions is None else regions[part])
                under_way.append((texts[part], _start(tagger, streams, max_batch_tokens, phase, pool)))
            # the model reads this part while the mentions of the one before are put together
            if under_way and (part is None or len(under_way) > 1):
                done, finish = under_way.popleft()
                mentions += map(partial(_mentions_of, tagger), done, finish())
    return mentions


def _parts(texts: Sequence[str]) -> list[slice]:
    """Runs of texts with some ten thousand tokens each, or one longer text."""
    parts, first, n_chars = [], 0, 0
    for index, text in enumerate(texts):
        n_chars += len(text)
        if n_chars >= PART_CHARS or index + 1 == len(texts):
            parts.append(slice(first, index + 1))
            first, n_chars = index + 1, 0
    return parts


def _mentions_of(tagger: Tagger, text: str, prediction: Prediction) -> tuple[Mention, ...]:
    """The mentions of a text, from what the network says of it."""
    config = tagger.config
    cleaned = clean_mentions(text, _find_mentions(tagger, text, prediction), config.min_scores)
    word_starts = prediction.stream.starts[prediction.stream.is_word]
    if "Dataset" in config.types:
        cleaned = add_named_datasets(text, cleaned, word_starts, model=tagger.revision)
    if {"Dataset", "Method"} <= set(config.types):
        cleaned = with_sized_methods(text, settle_name_types(text, cleaned))
    if "Result" in config.types:
        results = find_results(
            text,
            word_starts,
            prediction.word_scores(config, "Result"),
            cleaned,
            min_score=config.min_scores.get("Result", 0.5),
            model=tagger.revision,
        )
        others = [mention for mention in cleaned if mention.label != "Result"]
        cleaned = sorted(others + results, key=lambda mention: mention.start_char)
    return tuple(cleaned)


def _find_mentions(tagger: Tagger, text: str, prediction: Prediction) -> list[Mention]:
    """The decoded mentions, some types judged anew by the whole text where the tagger has a model for that."""
    config, consistency = tagger.config, tagger.consistency
    found = prediction.mentions(config, tagger.revision)
    if consistency is None or isinstance(prediction.found, ScoredSpans) or config.scheme != "bio":
        return found
    judged = judge_mentions(
        consistency,
        *prediction.words(prediction.found),
        text,
        config.types,
        temperature=config.temperature,
        revision=tagger.revision,
    )
    return replace_judged(found, judged, list(consistency.min_scores))


def predict_tags(
    tagger: Tagger, streams: Sequence[TokenStream], max_batch_tokens: int = 4096, phase: int = 0
) -> list[NDArray[np.float32]]:
    """Shape (T, K), float32, for each stream: tag probabilities of its tokens, each from its best window.

    Raises:
        ModelError: The architecture has no tags.
    """
    found = [prediction.found for prediction in predict(tagger, streams, max_batch_tokens, phase)]
    probs = [one for one in found if not isinstance(one, ScoredSpans)]
    if len(probs) < len(found):
        raise ModelError(f"{tagger.config.architecture} scores spans, not tags")
    return probs


def predict(
    tagger: Tagger, streams: Sequence[TokenStream], max_batch_tokens: int = 4096, phase: int = 0
) -> list[Prediction]:
    """What the network says of each stream; every token is decided by the window that sees most around it."""
    with batch_pool(tagger.device, tagger.model) as pool:
        return _start(tagger, streams, max_batch_tokens, phase, pool)()


def _start(
    tagger: Tagger, streams: Sequence[TokenStream], max_batch_tokens: int, phase: int, pool: Executor
) -> Callable[[], list[Prediction]]:
    """Have streams read by the network; the function that comes back waits for what it says."""
    config, model = tagger.config, tagger.model
    lengths = [len(stream) for stream in streams]
    max_tokens = config.max_tokens - model.n_extra_tokens
    windows = slide_windows(lengths, max_tokens=max_tokens, overlap=config.overlap, phase=phase)
    lengths_of_windows = [len(window) for window in windows]
    batches = [
        [windows[index] for index in batch]
        for batch in batch_by_length(lengths_of_windows, limit_batch_tokens(max_batch_tokens, tagger.device))
    ]

    tagger.meter.add(windows=len(windows), batches=len(batches), tokens=sum(lengths_of_windows))

    def run(chosen: Sequence[Window]) -> list[Any]:
        return run_in_halves(lambda some: _run_windows(tagger, streams, some), chosen)

    results = submit_batches(pool, run, batches)

    def finish() -> list[Prediction]:
        found = [one for batch in results for one in batch]
        ordered = [window for batch in batches for window in batch]
        if isinstance(model, SpanNetwork):
            merged = merge_spans(ordered, found, len(streams))
        else:
            merged = merge_tags(ordered, found, lengths, TagScheme.named(config.scheme, len(config.types)).n_tags)
        return [Prediction(stream, one) for stream, one in zip(streams, merged, strict=True)]

    return finish


def _run_windows(
    tagger: Tagger, streams: Sequence[TokenStream], windows: Sequence[Window]
) -> list[NDArray[np.float32]] | list[ScoredSpans]:
    """Tag probabilities, shape (T, K) each, or scored spans of a few windows, in tokens of the window."""
    temperature, offset = tagger.config.temperature, tagger.reader.offset
    pieces = [streams[w.text_index].ids[w.start : w.end] for w in windows]
    is_word = [streams[w.text_index].is_word[w.start : w.end] for w in windows]
    inputs = make_batch(tagger.reader, pieces, is_word).to(tagger.device)
    if isinstance(tagger.model, SpanNetwork):
        return [spans.shifted(-offset) for spans in tagger.model.spans(inputs, temperature)]
    probs = tagger.model.probabilities(inputs, temperature).cpu().numpy()  # (B, T, K)
    return [row[offset : offset + len(window)] for window, row in zip(windows, probs, strict=True)]
