"""Training of the relation classifier, and its calibration on dev."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from extractors.encoder import load_encoder, pick_device, prepare_training
from extractors.ner.losses import divergence
from extractors.relations.classifier import RelationClassifier, RelationConfig, read_config
from extractors.relations.labels import NO_RELATION, RelationLabels
from extractors.relations.model import PairBatch, collate_windows
from extractors.relations.windows import PairWindow
from extractors.training.corpora import GoldText
from extractors.training.loop import EpochReport, LoopSettings, fit, sign_run
from extractors.training.relation_examples import UNKNOWN, PairExamples, build_examples, observed_triples, only_related
from extractors.training.steps import start_processes
from schemas.errors import ConfigError, ModelError
from schemas.records import SYMMETRIC_RELATIONS

SCORES_FILE = "scores.json"
_SHARED = frozenset({"first", "second", "sentence", "between", "distance", "attention", "norm", "hidden"})


@dataclass(frozen=True, slots=True)
class RelationTrainingSettings:
    """How a relation classifier is trained.

    Attributes:
        architecture: See ``RelationConfig``.
        encoder: Name or path; None is the default encoder.
        initial_weights: Folder or ``model.safetensors`` of a tagger or a relation classifier from which to start, see
            ``load_initial_weights``.
        symmetric: Relations without direction.
        min_examples: A (relation, head type, tail type) seen less often in training is taken for a fault; 0 takes
            every pair of types for possible that ``RELATION_TYPES`` does not forbid.
        width: Width of the head.
        n_heads: Heads of the pairs' attention over the window; 0 for none.
        dropout: Dropout in the head.
        encoder_dropout: Dropout in the encoder, see ``prepare_training``.
        masked: Share of the words that are masked in training.
        jittered: Share of the windows in which the limits of some mentions are moved by a token.
        rdrop: Weight of the ``divergence`` between two passes over each batch, which take twice the time; 0 for one.
        max_tokens: Longest window.
        context: Neighbouring sentences on each side.
        given_pairs: Learn to name the relation of pairs that are known to be related, head and tail given, instead of
            finding them too.
        batch_tokens: Tokens of a batch when padded.
        loop: Epochs, learning rates, averaging, seed.
    """

    architecture: str = "bert"
    encoder: str | None = None
    initial_weights: str | None = None
    symmetric: tuple[str, ...] = (*SYMMETRIC_RELATIONS, "COMPARE", "CONJUNCTION")
    min_examples: int = 5
    width: int = 256
    n_heads: int = 0
    dropout: float = 0.1
    encoder_dropout: float = 0.1
    masked: float = 0.05
    jittered: float = 0.0
    rdrop: float = 0.0
    max_tokens: int = 256
    context: int = 0
    given_pairs: bool = False
    batch_tokens: int = 1024
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(epochs=5, warmup=0.06, ema_decay=0.998))


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
        One report an epoch; ``f1`` is Rel+ with gold entities on dev at the best threshold, or that of the names of
        given pairs.

    Raises:
        ConfigError: There are no relations to learn from, or none on dev; of given pairs, none within a sentence.
    """
    settings = settings or RelationTrainingSettings()
    triples = observed_triples(train, settings.min_examples)
    if not triples or not any(text.relations for text in dev):
        raise ConfigError("the training or the dev texts have no relations")
    torch.manual_seed(settings.loop.seed)
    classifier = _new_classifier(triples, settings)
    processes = start_processes(pick_device(device))
    classifier.device = processes.device if processes.num_processes > 1 else pick_device(device)
    prepare_training(classifier.encoder.model, settings.encoder_dropout, classifier.device)
    classifier.network.to(classifier.device)
    examples, held_out = build_examples(classifier, train), build_examples(classifier, dev)
    if settings.given_pairs:
        examples, held_out = only_related(examples), only_related(held_out)
        if not examples.windows or not held_out.windows:
            raise ConfigError("the training or the dev texts have no relation whose ends are in one sentence")
    if not all(any((target != UNKNOWN).any() for target in some.targets) for some in (examples, held_out)):
        raise ConfigError("the training or the dev texts have no pair of entities that may be related")

    def measure() -> tuple[dict[str, float], dict[str, float]]:
        if settings.given_pairs:
            return {}, score_given_pairs(classifier, held_out)
        return calibrate(classifier, held_out)

    def evaluate() -> dict[str, float]:
        return measure()[1]

    def save(folder: Path) -> None:
        temperature_and_threshold, scores = measure()
        classifier.config = replace(classifier.config, **temperature_and_threshold)
        classifier.save(folder)
        report = {"dev": scores, "settings": {**asdict(settings), "initial_weights": bool(settings.initial_weights)}}
        (folder / SCORES_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")

    return fit(
        classifier.network,
        batches=lambda epoch: make_batches(classifier, examples, settings, epoch),
        loss=lambda batch: _loss(classifier, batch, settings),
        evaluate=evaluate,
        save=save,
        out=out,
        settings=settings.loop,
        signature=sign_run(asdict(settings) | {"initial_weights": bool(settings.initial_weights)}, [*train, *dev]),
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
        architecture=settings.architecture,
        width=settings.width,
        n_heads=settings.n_heads,
        max_tokens=settings.max_tokens,
        context=settings.context,
    )
    classifier = RelationClassifier.create(config, encoder)
    classifier.network.dropout.p = settings.dropout
    if settings.initial_weights:
        load_initial_weights(Path(settings.initial_weights), classifier)
    return classifier


def load_initial_weights(path: Path, classifier: RelationClassifier) -> None:
    """Start from the encoder of another model and, if that is a relation classifier, from its head.

    Of what depends on entity types and relations, that of types and relations which both know is taken.

    Args:
        path: Folder or ``model.safetensors`` of a tagger or a relation classifier.
        classifier: The one that is to be trained; its weights are changed.

    Raises:
        ModelError: The file cannot be read or holds another encoder.
    """
    path = path / "model.safetensors" if path.is_dir() else path
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot read the weights {path}: {error}") from error
    own = classifier.network.state_dict()
    encoder = [name for name in tensors if name.startswith("encoder.")]
    if not encoder or any(name not in own or own[name].shape != tensors[name].shape for name in encoder):
        raise ModelError(f"the weights {path} are not of this encoder")
    is_classifier = {"first.weight", "second.weight", "between.weight"} <= tensors.keys()
    shared = [name for name in tensors if name in own and name.split(".")[0] in _SHARED] if is_classifier else []
    fitting = {name: tensors[name] for name in [*encoder, *shared] if own[name].shape == tensors[name].shape}
    classifier.network.load_state_dict(fitting, strict=False)
    if is_classifier and path.with_name("config.json").exists():
        _take_over_rows(own, tensors, classifier.labels, read_config(path.with_name("config.json")).labels)


def _take_over_rows(
    own: Mapping[str, Tensor], others: Mapping[str, Tensor], labels: RelationLabels, known: RelationLabels
) -> None:
    """Copy the rows of the types and relations that another classifier, with the labels ``known``, has learnt."""
    types = [(labels.type_ids[name], i) for name, i in known.type_ids.items() if name in labels.type_ids]
    classes = [(labels.classes.index(one), i) for i, one in enumerate(known.classes) if one in labels.classes]
    size, other_size = len(labels.entity_types), len(known.entity_types)
    pairs = [(a * size + b, i * other_size + j) for a, i in types for b, j in types]
    marks = [(0, 0), *((1 + 2 * a + k, 1 + 2 * i + k) for a, i in types for k in range(2))]
    rows = {
        "classes.weight": classes,
        "classes.bias": classes,
        "type_pair.weight": pairs,
        "type_embeddings.weight": marks,
    }
    for name, some in rows.items():
        if name in own and name in others and own[name].shape[1:] == others[name].shape[1:]:
            to, source = zip(*some, strict=True)
            own[name][list(to)] = others[name][list(source)]


def make_batches(
    classifier: RelationClassifier, examples: PairExamples, settings: RelationTrainingSettings, epoch: int
) -> list[tuple[PairBatch, Tensor, Tensor]]:
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
        targets = torch.from_numpy(np.concatenate([examples.targets[i] for i in group]))
        forward = torch.from_numpy(np.concatenate([examples.forward[i] for i in group]))
        batches.append((batch, targets, forward))
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


def _loss(
    classifier: RelationClassifier, batch: tuple[PairBatch, Tensor, Tensor], settings: RelationTrainingSettings
) -> Tensor:
    windows = batch[0].to(classifier.device)
    targets, forward = (part.to(classifier.device) for part in batch[1:])

    def logits_of_pass() -> Tensor:
        logits = classifier.network(windows)
        return _of_direction(logits, forward, classifier.labels) if settings.given_pairs else logits

    if not settings.rdrop:
        return nn.functional.cross_entropy(logits_of_pass(), targets, ignore_index=UNKNOWN)
    known = targets != UNKNOWN
    first, second = (logits_of_pass()[known] for _ in range(2))
    both = nn.functional.cross_entropy(torch.cat([first, second]), targets[known].repeat(2))
    return both + settings.rdrop * divergence(first, second)


def _of_direction(logits: Tensor, forward: Tensor, labels: RelationLabels) -> Tensor:
    """Logits (P, n_classes) that leave only relations whose head comes first, or last, as it is known to."""
    possible = torch.from_numpy(labels.of_direction).to(logits.device)[forward.long()]
    return logits.masked_fill(~possible, -1e4)  # finite: the target of a pair without a relation is masked too


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


def score_given_pairs(classifier: RelationClassifier, examples: PairExamples) -> dict[str, float]:
    """F1 of the names of related pairs (``only_related``), whose heads and tails are given."""
    logits = torch.cat(classifier.logits_of(examples.windows))
    targets = torch.from_numpy(np.concatenate(examples.targets))
    forward = torch.from_numpy(np.concatenate(examples.forward))
    named = _of_direction(logits, forward, classifier.labels).argmax(dim=1)
    return {"f1": 2 * int((named == targets).sum()) / max(1, len(targets) + examples.n_gold)}
