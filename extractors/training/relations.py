"""Training of the relation classifier, and its calibration on dev."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from extractors.encoder import load_encoder, pick_device
from extractors.relations.classifier import RelationClassifier, RelationConfig
from extractors.relations.labels import NO_RELATION, RelationLabels
from extractors.relations.model import PairBatch, collate_windows
from extractors.relations.windows import PairWindow
from extractors.training.corpora import GoldText
from extractors.training.loop import EpochReport, LoopSettings, fit
from schemas.errors import ConfigError, ModelError
from schemas.records import RELATION_TYPES, SYMMETRIC_RELATIONS, Mention, Span

UNKNOWN = -100  # target of a pair of which the corpus says nothing; cross_entropy passes over it
NOT_RELATED = "none"  # label of a gold relation that says that there is none


@dataclass(frozen=True, slots=True)
class RelationTrainingSettings:
    """How a relation classifier is trained.

    Attributes:
        encoder: Name or path; None is the default encoder.
        initial_weights: A tagger's folder or ``model.safetensors``, from whose encoder to start.
        symmetric: Relations without direction.
        min_examples: A (relation, head type, tail type) seen less often in training is taken for a fault.
        width: Width of the head.
        dropout: Dropout in the head.
        encoder_dropout: Dropout in the encoder, attention left out (that would double the time on a CPU).
        masked: Share of the words that are masked in training.
        jittered: Share of the windows in which the limits of some mentions are moved by a token.
        max_tokens: Longest window.
        context: Neighbouring sentences on each side.
        batch_tokens: Tokens of a batch when padded.
        loop: Epochs, learning rates, averaging, seed.
    """

    encoder: str | None = None
    initial_weights: str | None = None
    symmetric: tuple[str, ...] = (*SYMMETRIC_RELATIONS, "COMPARE", "CONJUNCTION")
    min_examples: int = 5
    width: int = 256
    dropout: float = 0.1
    encoder_dropout: float = 0.1
    masked: float = 0.05
    jittered: float = 0.0
    max_tokens: int = 256
    context: int = 0
    batch_tokens: int = 1024
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(epochs=5, warmup=0.06, ema_decay=0.998))


@dataclass(frozen=True, slots=True)
class PairExamples:
    """Windows with the class of each pair (``UNKNOWN`` where nothing is known).

    Attributes:
        windows: The windows.
        targets: For each window, shape (P,), int64.
        n_gold: Gold relations of the texts, those that no pair can express included.
    """

    windows: list[PairWindow]
    targets: list[NDArray[np.int64]]
    n_gold: int


def train_relations(
    train: Sequence[GoldText],
    dev: Sequence[GoldText],
    out: Path,
    settings: RelationTrainingSettings | None = None,
    *,
    device: str = "auto",
    resume: bool = False,
    console: Console | None = None,
) -> list[EpochReport]:
    """Train a relation classifier on gold entities and leave the best epoch, calibrated on dev, in ``out``.

    Args:
        train: Texts with relations; those without any are passed over.
        dev: Texts on which the best epoch, the temperature and the threshold are chosen.
        out: Folder for ``config.json``, ``model.safetensors``, ``metrics.csv`` and ``scores.json``.
        settings: See there.
        device: ``auto``, ``cpu`` or ``cuda``.
        resume: Go on with an interrupted run.
        console: Where progress is shown.

    Returns:
        One report an epoch; ``f1`` is Rel+ with gold entities on dev at the best threshold.

    Raises:
        ConfigError: There are no relations to learn from, or none on dev.
    """
    settings = settings or RelationTrainingSettings()
    triples = observed_triples(train, settings.min_examples)
    if not triples or not any(text.relations for text in dev):
        raise ConfigError("the training or the dev texts have no relations")
    torch.manual_seed(settings.loop.seed)
    classifier = _new_classifier(triples, settings)
    classifier.device = pick_device(device)
    classifier.network.to(classifier.device)
    examples, held_out = build_examples(classifier, train), build_examples(classifier, dev)

    def evaluate() -> dict[str, float]:
        return calibrate(classifier, held_out)[1]

    def save(folder: Path) -> None:
        temperature_and_threshold, scores = calibrate(classifier, held_out)
        classifier.config = replace(classifier.config, **temperature_and_threshold)
        classifier.save(folder)
        report = {"dev": scores, "settings": {**asdict(settings), "initial_weights": bool(settings.initial_weights)}}
        (folder / "scores.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")

    return fit(
        classifier.network,
        batches=lambda epoch: make_batches(classifier, examples, settings, epoch),
        loss=lambda batch: _loss(classifier, batch),
        evaluate=evaluate,
        save=save,
        out=out,
        settings=settings.loop,
        resume=resume,
        console=console,
    )


def _new_classifier(triples: Sequence[tuple[str, str, str]], settings: RelationTrainingSettings) -> RelationClassifier:
    encoder = load_encoder(settings.encoder)
    config = RelationConfig(
        encoder=encoder.name,
        checksum=encoder.checksum,
        entity_types=tuple(dict.fromkeys(t for _, head, tail in triples for t in (head, tail))),
        triples=tuple(triples),
        symmetric=tuple(s for s in settings.symmetric if any(s == triple[0] for triple in triples)),
        width=settings.width,
        max_tokens=settings.max_tokens,
        context=settings.context,
    )
    classifier = RelationClassifier.create(config, encoder)
    classifier.network.dropout.p = settings.dropout
    for name, module in encoder.model.named_modules():
        if isinstance(module, nn.Dropout) and "self" not in name.split("."):
            module.p = settings.encoder_dropout
    if settings.initial_weights:
        load_encoder_weights(Path(settings.initial_weights), classifier.network)
    return classifier


def load_encoder_weights(path: Path, network: nn.Module) -> None:
    """Start the encoder from the fine-tuned one of another model, whose other parts are left aside.

    Raises:
        ModelError: The file cannot be read or holds another encoder.
    """
    path = path / "model.safetensors" if path.is_dir() else path
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot read the weights {path}: {error}") from error
    own = network.state_dict()
    found = {name: tensor.float() for name, tensor in tensors.items() if name.startswith("encoder.")}
    if not found or any(name not in own or own[name].shape != tensor.shape for name, tensor in found.items()):
        raise ModelError(f"the weights {path} are not of this encoder")
    network.load_state_dict(found, strict=False)


def observed_triples(texts: Iterable[GoldText], min_examples: int) -> tuple[tuple[str, str, str], ...]:
    """The (relation, head type, tail type) that occur often enough and that ``RELATION_TYPES`` does not forbid."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for text in texts:
        types = {entity.entity_id: entity.label for entity in text.entities}
        counts.update((r.label, types[r.head_id], types[r.tail_id]) for r in text.relations if r.label != NOT_RELATED)
    order = {relation: i for i, relation in enumerate(RELATION_TYPES)}
    found = [triple for triple, n in counts.items() if n >= min_examples and _is_allowed(*triple)]
    return tuple(sorted(found, key=lambda triple: (order.get(triple[0], len(order)), triple)))


def _is_allowed(relation: str, head: str, tail: str) -> bool:
    heads, tails = RELATION_TYPES.get(relation, ((head,), (tail,)))
    return head in heads and tail in tails


def build_examples(classifier: RelationClassifier, texts: Sequence[GoldText]) -> PairExamples:
    """Windows and targets of annotated texts, with gold entities; texts without a relation are passed over."""
    texts = [text for text in texts if text.relations]
    mentions = [[Mention(e.start_char, e.end_char, e.label, 1.0) for e in text.entities] for text in texts]
    sentences = [text.sentences or (Span(0, len(text.text)),) for text in texts]
    windows = classifier.windows_of([text.text for text in texts], mentions, sentences)
    relations = [_relations_of(text) for text in texts]
    targets = [
        _targets(window, texts[window.text_index], relations[window.text_index], classifier.labels)
        for window in windows
    ]
    n_gold = sum(relation.label != NOT_RELATED for text in texts for relation in text.relations)
    return PairExamples(windows, targets, n_gold)


def _relations_of(text: GoldText) -> dict[tuple[int, int], list[str]]:
    """Labels by positions of head and tail among the text's entities."""
    position = {entity.entity_id: i for i, entity in enumerate(text.entities)}
    found: dict[tuple[int, int], list[str]] = {}
    for relation in text.relations:
        found.setdefault((position[relation.head_id], position[relation.tail_id]), []).append(relation.label)
    return found


def _targets(
    window: PairWindow, text: GoldText, relations: dict[tuple[int, int], list[str]], labels: RelationLabels
) -> NDArray[np.int64]:
    """The class of each pair of a window: shape (P,), int64."""
    targets = np.full(len(window.pairs), UNKNOWN, dtype=np.int64)
    for row, (a, b) in enumerate(window.pairs.tolist()):
        first, second = int(window.mention_ids[a]), int(window.mention_ids[b])
        entities = (text.entities[first], text.entities[second])
        if text.relation_scope is None:
            known = all(entity.label in text.annotated for entity in entities)
        else:
            known = all(entity.entity_id in text.relation_scope for entity in entities)
        stated = [(label, True) for label in relations.get((first, second), ())]
        stated += [(label, False) for label in relations.get((second, first), ())]
        if known or any(label == NOT_RELATED for label, _ in stated):
            targets[row] = NO_RELATION
        allowed = labels.allowed[window.mention_types[a], window.mention_types[b]]
        for label, forward in stated:
            if label != NOT_RELATED and any(label == triple[0] for triple in labels.triples):
                found = labels.class_of(label, forward=forward)
                targets[row] = found if allowed[found] else targets[row]
    return targets


def make_batches(
    classifier: RelationClassifier, examples: PairExamples, settings: RelationTrainingSettings, epoch: int
) -> list[tuple[PairBatch, Tensor]]:
    """Batches of one epoch: windows of like length together, in random order, with words masked at random."""
    draw = random.Random(f"{settings.loop.seed} {epoch}")  # noqa: S311  (not for secrets)
    windows = examples.windows
    order = [i for i, target in enumerate(examples.targets) if (target != UNKNOWN).any()]
    draw.shuffle(order)
    groups: list[list[int]] = []
    for low in range(0, len(order), 256):  # sorting within a part of the epoch keeps batches tight and still random
        widest = 0
        groups.append([])
        for i in sorted(order[low : low + 256], key=lambda i: len(windows[i].token_ids)):
            widest = max(widest, len(windows[i].token_ids))
            if groups[-1] and widest * (len(groups[-1]) + 1) > settings.batch_tokens:
                groups.append([])
                widest = len(windows[i].token_ids)
            groups[-1].append(i)
    draw.shuffle(groups)
    mask_id, pad_id = classifier.special_id("mask_token"), classifier.special_id("pad_token")
    generator = np.random.default_rng(draw.getrandbits(32))
    batches = []
    for group in groups:
        chosen = [_disturb(windows[i], settings, generator, mask_id) for i in group]
        batch = collate_windows(chosen, pad_id)
        batches.append((batch, torch.from_numpy(np.concatenate([examples.targets[i] for i in group]))))
    return batches


def _disturb(
    window: PairWindow, settings: RelationTrainingSettings, generator: np.random.Generator, mask_token_id: int
) -> PairWindow:
    """A copy with some words masked and, in some windows, some mentions a token longer or shorter."""
    token_ids = window.token_ids.copy()
    hidden = generator.random(len(token_ids)) < settings.masked
    hidden[[0, -1]] = False
    token_ids[hidden] = mask_token_id
    tokens = window.mention_tokens
    if generator.random() < settings.jittered:
        moves = generator.integers(-1, 2, size=tokens.shape) * (generator.random(tokens.shape) < 0.3)
        moved = np.clip(tokens + moves, window.sentence_tokens[:, :1], window.sentence_tokens[:, 1:])
        tokens = np.where((moved[:, 0] <= moved[:, 1])[:, None], moved, tokens)
    return replace(window, token_ids=token_ids, mention_tokens=tokens)


def _loss(classifier: RelationClassifier, batch: tuple[PairBatch, Tensor]) -> Tensor:
    windows, targets = batch
    logits = classifier.network(windows.to(classifier.device))
    return nn.functional.cross_entropy(logits, targets.to(classifier.device), ignore_index=UNKNOWN)


def calibrate(classifier: RelationClassifier, examples: PairExamples) -> tuple[dict[str, float], dict[str, float]]:
    """Choose temperature (least log loss) and threshold (best F1) on dev.

    Returns:
        ``temperature`` and ``threshold``; and the scores there: ``f1``, ``precision``, ``recall``, ``log_loss``.
    """
    logits = torch.cat(classifier.logits_of(examples.windows))
    targets = torch.from_numpy(np.concatenate(examples.targets))
    logits, targets = logits[targets != UNKNOWN], targets[targets != UNKNOWN]
    losses = {step / 20: float(nn.functional.cross_entropy(logits / (step / 20), targets)) for step in range(10, 61)}
    temperature = min(losses, key=lambda key: losses[key])
    probabilities = torch.softmax(logits / temperature, dim=1)
    scores, classes = probabilities[:, NO_RELATION + 1 :].max(dim=1)
    right = classes + NO_RELATION + 1 == targets
    best: dict[str, float] = {"f1": -1.0}
    threshold = 0.5
    for candidate in (step / 50 for step in range(5, 41)):
        chosen = scores >= candidate
        n_right, n_chosen = int((right & chosen).sum()), int(chosen.sum())
        f1 = 2 * n_right / max(1, n_chosen + examples.n_gold)
        if f1 > best["f1"]:
            threshold = candidate
            best = {"f1": f1, "precision": n_right / max(1, n_chosen), "recall": n_right / max(1, examples.n_gold)}
    return {"temperature": temperature, "threshold": threshold}, {**best, "log_loss": losses[temperature]}
