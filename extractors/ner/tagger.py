"""The tagger: texts in, mentions out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from extractors.encoder import Encoder, default_device, inference_dtype, load_encoder
from extractors.ner.clean import clean_mentions
from extractors.ner.consistency import (
    ConsistencyModel,
    judge_mentions,
    read_consistency,
    replace_judged,
    write_consistency,
)
from extractors.ner.decode import decode_mentions
from extractors.ner.model import TokenClassifier
from extractors.ner.results import find_results
from extractors.ner.tags import begin_tag, n_tags
from extractors.weights import checksum_file, load_weights, save_weights
from extractors.windows import TokenStream, batch_by_length, pad_windows, slide_windows, tokenize_texts
from schemas.errors import ModelError
from schemas.records import ENTITY_TYPES, Mention, Span

SHIPPED_MODEL = Path(__file__).parent.parent / "models" / "ner"
CONSISTENCY_FILE = "consistency.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class TaggerConfig:
    """What has to be known of a tagger besides its weights; ``config.json`` of a model folder.

    Attributes:
        types: Entity types, in the order of the tags.
        encoder: Name or path of the encoder that the weights belong to.
        encoder_checksum: Of its word embeddings, see ``Encoder.checksum``.
        freeze_words: The word embeddings are the encoder's and not among the weights.
        max_tokens, overlap: Windows at inference.
        temperature: Divides the logits, so that scores are as likely to be right as they say (Guo et al. 2017,
            arXiv:1706.04599); fitted on dev.
        min_scores: Lowest score of a mention, per type; 0 for a type that is not in it.
    """

    types: tuple[str, ...] = ENTITY_TYPES
    encoder: str = ""
    encoder_checksum: str = ""
    freeze_words: bool = True
    max_tokens: int = 256
    overlap: int = 30
    temperature: float = 1.0
    min_scores: Mapping[str, float] = field(default_factory=dict)


class Tagger:
    """A trained token classifier with its encoder's tokenizer, ready to tag texts."""

    def __init__(
        self,
        model: TokenClassifier,
        encoder: Encoder,
        config: TaggerConfig,
        device: torch.device,
        revision: str = "",
        consistency: ConsistencyModel | None = None,
    ) -> None:
        self.model = model
        self.encoder = encoder
        self.config = config
        self.device = device
        self.revision = revision  # of the weights; written into every mention
        self.consistency = consistency

    @classmethod
    def load(
        cls, folder: Path = SHIPPED_MODEL, device: torch.device | None = None, *, local_files_only: bool = True
    ) -> "Tagger":
        """Load a tagger for inference, in the fastest number format that the device has.

        Raises:
            ModelError: The folder is no model of this version, or its encoder is not the one it was trained with.
        """
        device = device or default_device()
        config = read_config(folder / "config.json")
        encoder = load_encoder(config.encoder, local_files_only=local_files_only)
        if config.freeze_words and config.encoder_checksum != encoder.checksum:
            raise ModelError(
                f"{folder} was trained on another encoder: its word embeddings have checksum "
                f"{config.encoder_checksum}, those of {encoder.name} have {encoder.checksum}"
            )
        model = TokenClassifier(encoder, n_tags(len(config.types)), freeze_words=config.freeze_words)
        load_weights(folder / "model.safetensors", model)
        model = model.to(device=device, dtype=inference_dtype(device)).eval()
        files = [folder / name for name in ("config.json", "model.safetensors", CONSISTENCY_FILE)]
        return cls(
            model,
            encoder,
            config,
            device,
            revision=f"ner-{checksum_file(*(file for file in files if file.exists()))}",
            consistency=read_consistency(folder / CONSISTENCY_FILE),
        )

    def save(self, folder: Path) -> None:
        """Write config and weights; ``load`` reads them."""
        folder.mkdir(parents=True, exist_ok=True)
        save_weights(folder / "model.safetensors", self.model)
        record = {"format": _FORMAT, "architecture": "bert", **asdict(self.config)}
        (folder / "config.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        if self.consistency is not None:
            write_consistency(folder / CONSISTENCY_FILE, self.consistency)


def read_config(path: Path) -> TaggerConfig:
    """Read ``config.json`` of a model folder.

    Raises:
        ModelError: It is missing, broken, or of another version.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if (record.pop("format"), record.pop("architecture")) != (_FORMAT, "bert"):
            raise ModelError(f"{path} is of another version of papergraph")
        return TaggerConfig(**{**record, "types": tuple(record["types"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not the configuration of a tagger: {error!r}") from error


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
    config = tagger.config
    streams = tokenize_texts(texts, tagger.encoder, regions)
    mentions = []
    tag_probs = predict_tags(tagger, streams, max_batch_tokens, phase)
    for text, stream, probs in zip(texts, streams, tag_probs, strict=True):
        words = stream.is_word
        known = (probs[words], stream.starts[words], stream.word_ends(), stream.is_break[words])
        found = decode_mentions(*known, config.types, model=tagger.revision)
        if tagger.consistency is not None:
            judged = judge_mentions(
                tagger.consistency, *known, text, config.types, temperature=config.temperature, revision=tagger.revision
            )
            found = replace_judged(found, judged, list(tagger.consistency.min_scores))
        cleaned = clean_mentions(text, found, config.min_scores)
        if "Result" in config.types:
            first = begin_tag(config.types.index("Result"))
            results = find_results(
                text,
                stream.starts[words],
                probs[words, first] + probs[words, first + 1],
                cleaned,
                min_score=config.min_scores.get("Result", 0.5),
                model=tagger.revision,
            )
            others = [mention for mention in cleaned if mention.label != "Result"]
            cleaned = sorted(others + results, key=lambda mention: mention.start_char)
        mentions.append(tuple(cleaned))
    return mentions


@torch.inference_mode()
def predict_tags(
    tagger: Tagger, streams: Sequence[TokenStream], max_batch_tokens: int = 4096, phase: int = 0
) -> list[NDArray[np.float32]]:
    """Shape (T, K), float32, for each stream: tag probabilities of its tokens, each from its best window."""
    config = tagger.config
    lengths = [len(stream) for stream in streams]
    windows = slide_windows(lengths, max_tokens=config.max_tokens, overlap=config.overlap, phase=phase)
    probs = [np.empty((n, n_tags(len(config.types))), np.float32) for n in lengths]
    for batch in batch_by_length([len(window) for window in windows], max_batch_tokens):
        chosen = [windows[index] for index in batch]
        ids, mask = pad_windows([streams[w.text_index].ids[w.start : w.end] for w in chosen], tagger.encoder)
        logits = tagger.model(ids.to(tagger.device), mask.to(tagger.device))
        batch_probs = torch.softmax(logits.float() / config.temperature, dim=-1).cpu().numpy()  # (B, T, K)
        for window, row in zip(chosen, batch_probs, strict=True):
            kept = row[1 + window.keep_start - window.start : 1 + window.keep_end - window.start]
            probs[window.text_index][window.keep_start : window.keep_end] = kept
    return probs
