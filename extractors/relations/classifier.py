"""The relation classifier as it is used: loaded from a folder, run over many texts at once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import torch
from torch import Tensor

from extractors.encoder import Encoder, inference_dtype, load_encoder, pick_device, word_embeddings
from extractors.int8 import RANGES_FILE, use_int8
from extractors.memory import run_in_halves
from extractors.parallel import limit_batch_tokens, run_batches
from extractors.relations.affiliations import relate_people
from extractors.relations.labels import NO_RELATION, RelationLabels
from extractors.relations.markers import MarkerNetwork
from extractors.relations.model import RelationNetwork, collate_windows
from extractors.relations.pairs import PairSettings, find_pairs
from extractors.relations.results import keep_best_of_results
from extractors.relations.windows import PairWindow, batch_windows, build_windows
from extractors.relations.wording import settle_by_wording
from extractors.weights import load_weights, save_weights
from schemas.errors import ModelError
from schemas.meter import Meter
from schemas.records import Mention, Relation, Span

SHIPPED_RELATIONS = Path(__file__).parent.parent / "models" / "relations"
ARCHITECTURES = ("bert", "bert-markers")
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class RelationConfig:
    """What a trained classifier is, besides its weights: ``config.json``.

    Attributes:
        encoder: Name or path of the encoder.
        checksum: Checksum of the encoder's word embeddings, which the weights leave out.
        entity_types: Types of mentions that the classifier knows.
        triples: (relation, head type, tail type) that it can predict.
        symmetric: Relations without direction.
        architecture: ``bert`` encodes a window once for all of its pairs, ``bert-markers`` a sentence for each pair.
        width: Width of the head.
        n_heads: Heads of the pairs' attention over the window; 0 for none.
        max_tokens: Longest window.
        context: Neighbouring sentences on each side that are encoded with a sentence.
        temperature: Logits are divided by it, so that scores are probabilities (Guo et al. 2017, arXiv:1706.04599).
        threshold: A relation is kept if its score is at least this.
    """

    encoder: str
    checksum: str
    entity_types: tuple[str, ...]
    triples: tuple[tuple[str, str, str], ...]
    symmetric: tuple[str, ...]
    architecture: str = "bert"
    width: int = 256
    n_heads: int = 0
    max_tokens: int = 256
    context: int = 0
    temperature: float = 1.0
    threshold: float = 0.5
    format: int = _FORMAT

    @property
    def labels(self) -> RelationLabels:
        """The classes."""
        return RelationLabels(self.entity_types, self.triples, self.symmetric)


class RelationClassifier:
    """A trained network with its tokenizer and settings.

    Attributes:
        config: What it is.
        labels: Its classes.
        network: In eval mode, on ``device``.
        encoder: The encoder (its tokenizer gives the offsets).
        device: Where it runs.
        revision: ``relations-`` and a hash of weights and config; stands in every relation.
        meter: Counts windows, batches, tokens and pairs.
    """

    def __init__(
        self,
        config: RelationConfig,
        encoder: Encoder,
        network: RelationNetwork | MarkerNetwork,
        device: torch.device,
        revision: str,
    ) -> None:
        self.config = config
        self.labels = config.labels
        self.encoder = encoder
        self.network = network
        self.device = device
        self.revision = revision
        self.meter = Meter()

    @classmethod
    def create(cls, config: RelationConfig, encoder: Encoder) -> "RelationClassifier":
        """An untrained classifier on the CPU; the encoder's word embeddings are frozen."""
        network: RelationNetwork | MarkerNetwork
        if config.architecture == "bert-markers":
            network = MarkerNetwork(encoder.model, config.labels, width=config.width)
        else:
            network = RelationNetwork(encoder.model, config.labels, width=config.width, n_heads=config.n_heads)
        word_embeddings(encoder.model).requires_grad_(False)
        return cls(config, encoder, network.eval(), torch.device("cpu"), "untrained")

    @classmethod
    def load(
        cls, folder: Path | None = None, device: str = "auto", encoder: Encoder | None = None, *, int8: bool = True
    ) -> "RelationClassifier":
        """Load a classifier; None is the one that is shipped.

        Args:
            folder: A folder with ``config.json`` and ``model.safetensors``.
            device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
            encoder: The encoder, where it is not the one that the config names. It becomes part of the classifier.
            int8: Have the encoder run in eight-bit integers where that is faster and the folder has its ranges.

        Raises:
            ModelError: The folder is incomplete, or made for another encoder or version.
        """
        folder = folder or SHIPPED_RELATIONS
        config = read_config(folder / "config.json")
        encoder = encoder or load_encoder(config.encoder)
        if encoder.checksum != config.checksum:
            raise ModelError(f"{folder} was trained on another encoder than {encoder.name}")
        classifier = cls.create(config, encoder)
        load_weights(folder / "model.safetensors", classifier.network)
        classifier.revision = f"relations-{_checksum(folder)}"
        classifier.device = pick_device(device)
        if int8:
            use_int8(classifier.network, folder, classifier.device)
        classifier.network.to(classifier.device, inference_dtype(classifier.device)).eval()
        return classifier

    def save(self, folder: Path) -> None:
        """Write ``config.json`` and ``model.safetensors`` (fp16, without the frozen word embeddings)."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RANGES_FILE).unlink(missing_ok=True)  # of other weights
        save_weights(folder / "model.safetensors", self.network)
        write_config(folder / "config.json", self.config)

    def special_id(self, name: str) -> int:
        """Id of a special token of the tokenizer, such as ``pad_token``; 0 if it has none."""
        found = getattr(self.encoder.tokenizer, f"{name}_id")
        return found if isinstance(found, int) else 0

    def windows_of(
        self,
        texts: Sequence[str],
        mentions: Sequence[Sequence[Mention]],
        sentences: Sequence[Sequence[Span]],
        settings: PairSettings | None = None,
    ) -> list[PairWindow]:
        """The windows with candidate pairs of many texts, in text order."""
        windows = []
        for index, (text, of_text, spans) in enumerate(zip(texts, mentions, sentences, strict=True)):
            candidates = find_pairs(of_text, spans, self.labels, settings)
            windows += build_windows(
                index,
                text,
                of_text,
                sorted(spans, key=lambda span: span.start_char),
                candidates,
                self.labels,
                self.encoder.tokenizer,
                max_tokens=min(self.config.max_tokens, self.encoder.max_tokens - self.network.n_extra_tokens),
                context=self.config.context,
            )
        return windows

    def logits_of(self, windows: Sequence[PairWindow], max_batch_tokens: int = 8192) -> list[Tensor]:
        """Logits of the pairs of each window, in the order given: shape (P, n_classes), float32, on the CPU."""
        batches = batch_windows(windows, limit_batch_tokens(max_batch_tokens, self.device))
        self.meter.add(
            windows=len(windows),
            batches=len(batches),
            tokens=sum(len(window.token_ids) for window in windows),
            pairs=sum(len(window.pairs) for window in windows),
        )

        def run(batch: Sequence[int]) -> list[Tensor]:
            return run_in_halves(self._logits, [windows[i] for i in batch])

        found: list[Tensor] = [torch.empty(0)] * len(windows)
        for batch, logits in zip(batches, run_batches(run, batches, self.device, self.network), strict=True):
            for i, part in zip(batch, logits, strict=True):
                found[i] = part
        return found

    def _logits(self, windows: Sequence[PairWindow]) -> list[Tensor]:
        batch = collate_windows(windows, self.special_id("pad_token"))
        return list(self.network(batch.to(self.device)).cpu().split([len(window.pairs) for window in windows]))


def relate_texts(
    classifier: RelationClassifier,
    texts: Sequence[str],
    mentions: Sequence[Sequence[Mention]],
    sentences: Sequence[Sequence[Span]],
    *,
    settings: PairSettings | None = None,
    max_batch_tokens: int = 8192,
) -> list[tuple[Relation, ...]]:
    """Find the relations between the mentions of many texts.

    Only sentences with a candidate pair are encoded. The windows of all texts are batched together by length; what
    is found does not depend on what else is in the call (up to rounding). Authors and institutions, if there are any
    among the mentions, are related by rule (``relate_people``).

    Args:
        classifier: A loaded classifier.
        texts: The texts.
        mentions: The mentions of each text.
        sentences: The sentences of each text: those in which relations are sought.
        settings: Limits on candidate pairs.
        max_batch_tokens: Tokens of a batch when padded; memory grows with it.

    Returns:
        The relations of each text, affiliations first, then by place. The score is the probability that relation and
        mentions are right.
    """
    # A relation is at most as likely as its mentions: pairs below the threshold need not be read.
    settings = replace(settings or PairSettings(), min_certainty=classifier.config.threshold)
    windows = classifier.windows_of(texts, mentions, sentences, settings)
    found: list[list[Relation]] = [[] for _ in texts]
    for window, logits in zip(windows, classifier.logits_of(windows, max_batch_tokens), strict=True):
        found[window.text_index] += decode_window(
            window, logits, mentions[window.text_index], classifier.config, classifier.revision
        )
    return [
        (*relate_people(text, of_text), *keep_best_of_results(settle_by_wording(text, of_text, relations)))
        for text, of_text, relations in zip(texts, mentions, found, strict=True)
    ]


def decode_window(
    window: PairWindow, logits: Tensor, mentions: Sequence[Mention], config: RelationConfig, revision: str
) -> list[Relation]:
    """The relations of one window from its logits of shape (P, n_classes).

    The score of a relation is the probability that it holds between the two mentions times the probabilities (scores)
    of the mentions: a relation with an end that is none is wrong too.
    """
    probabilities = torch.softmax(logits.float() / config.temperature, dim=1)
    certainty = torch.tensor([mentions[i].score for i in window.mention_ids.tolist()])  # (M,)
    best, classes = probabilities[:, NO_RELATION + 1 :].max(dim=1)
    scores = best * certainty[torch.from_numpy(window.pairs)].prod(dim=1)  # (P,)
    relations = []
    for i in (scores >= config.threshold).nonzero().flatten().tolist():
        label, forward = config.labels.classes[int(classes[i]) + 1]
        first, second = (int(window.mention_ids[j]) for j in window.pairs[i])
        head, tail = (first, second) if forward else (second, first)
        start, end = window.sentences[window.pairs[i, 0]].tolist()
        relations.append(
            Relation(
                mentions[head].mention_id,
                mentions[tail].mention_id,
                label,
                round(float(scores[i]), 4),
                revision,
                start,
                end,
            )
        )
    return relations


def write_config(path: Path, config: RelationConfig) -> None:
    """Write a config so that ``read_config`` reads it; an interrupted call leaves the old file as it was."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(asdict(config), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def read_config(path: Path) -> RelationConfig:
    """Read the ``config.json`` of a classifier's folder.

    Raises:
        ModelError: It is not there, not complete, or of another version.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read the relation classifier's {path}: {error}") from error
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        raise ModelError(f"{path} is not of format {_FORMAT}, which this version reads")
    try:
        return RelationConfig(
            **{
                **{field.name: values[field.name] for field in fields(RelationConfig) if field.name in values},
                "entity_types": tuple(values["entity_types"]),
                "triples": tuple((relation, head, tail) for relation, head, tail in values["triples"]),
                "symmetric": tuple(values["symmetric"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not complete: {error!r}") from error


def _checksum(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in ("config.json", "model.safetensors", RANGES_FILE):
        if name != RANGES_FILE or (folder / name).exists():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]
