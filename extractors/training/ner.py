"""Train a tagger of any architecture on several corpora, each counting only for the types that it annotates."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path

import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file

from extractors.encoder import default_device, load_encoder, prepare_training
from extractors.evaluation.ner import evaluate_ner
from extractors.ner.architectures import Plan, build_network, find_architecture
from extractors.ner.calibrate import fit_temperature
from extractors.ner.networks import LossSettings, Network, TrainingBatch
from extractors.ner.readers import Reader, SubwordReader, WordReader
from extractors.ner.tagger import Tagger, TaggerConfig, read_config
from extractors.ner.tags import TagScheme
from extractors.ner.targets import class_weights, make_examples
from extractors.ner.thresholds import fit_min_scores
from extractors.training.batches import BatchSettings, TrainingBatches
from extractors.training.corpora import CorpusArgument, GoldText, read_corpora
from extractors.training.leaks import without_leaks
from extractors.training.loop import EpochReport, fit, sign_run
from extractors.training.rates import find_rate
from extractors.training.steps import LoopSettings, start_processes
from extractors.weights import load_weights
from schemas.errors import ConfigError, ModelError
from schemas.records import ENTITY_TYPES


@dataclass(frozen=True, slots=True)
class NerSettings:
    """How to train a tagger.

    Attributes:
        architecture: See ``architectures``.
        encoder: Name or path; empty is the default encoder.
        start_from: Folder of a tagger to go on from; empty starts from the bare encoder.
        types: Entity types to learn; empty are the product's that occur, or those of the tagger to go on from.
        scheme: Of the tags.
        label_all: Every sub-word gets its word's tag; default only the first one.
        class_weight_power: 0 weighs all words alike, 1 all classes; see ``class_weights``.
        focal_gamma: Of the focal loss; 0 is plain cross entropy.
        rdrop: How much it counts that two passes over each batch, which take twice the time, agree; 0 for one pass.
        max_width: Words of the longest mention, for span models.
        nested: Find mentions in others, for span models.
        overlap: Tokens that windows share when texts are tagged, at most a quarter of a window.
        dropout: Before the output layer.
        encoder_dropout: On the embeddings and layers of a pre-trained encoder.
        freeze_words: Leave its word embeddings as they are.
        half: 0 or 1 leaves out every other text of the first corpus, from the first or the second on, so that a
            consistency model can be fitted to these (``read_half``); -1 leaves out none.
        local_files_only: Never ask the hub for the encoder.
        batches: Windows and batches.
        loop: Epochs and learning rates; its seed counts for all.
    """

    architecture: str = "bert"
    encoder: str = ""
    start_from: str = ""
    types: tuple[str, ...] = ()
    scheme: str = "bio"
    label_all: bool = False
    class_weight_power: float = 0.0
    focal_gamma: float = 0.0
    rdrop: float = 0.0
    max_width: int = 12
    nested: bool = False
    overlap: int = TaggerConfig().overlap
    dropout: float = 0.2
    encoder_dropout: float = 0.1
    freeze_words: bool = True
    half: int = -1
    local_files_only: bool = True
    batches: BatchSettings = field(default_factory=BatchSettings)
    loop: LoopSettings = field(default_factory=lambda: LoopSettings(epochs=5, head_lr=5e-4, warmup=0.08))


@dataclass(frozen=True, slots=True)
class _Data:
    """Texts to train on, and dev sets by the names of their files."""

    texts: list[GoldText]
    dev_sets: dict[str, list[GoldText]]
    types: tuple[str, ...]


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
        out: Folder for the model, ``training.json`` (the call), ``metrics.csv``, ``metrics.png`` and the checkpoint.
        settings: See there.
        device: Default: CUDA where there is one.
        resume: Go on with a run that was cut short.
        console: Where progress is shown.

    Returns:
        One report an epoch.

    Raises:
        ConfigError: A setting does not fit, or a corpus cannot be read, is empty, or has none of the types.
        ModelError: The encoder or the model to start from cannot be loaded, or the training diverged.
    """
    training = _Training(train, dev, settings, device)
    tagger = training.tagger
    record = asdict(settings) | {"encoder_checksum": tagger.config.encoder_checksum}
    texts = [*training.data.texts, *chain(*training.data.dev_sets.values())]

    def save(folder: Path) -> None:
        tagger.save(folder)
        call = {"train": list(train), "dev": list(dev), **record}
        (folder / "training.json").write_text(json.dumps(call, indent=1) + "\n", encoding="utf-8")

    reports = fit(
        tagger.model,
        batches=training.batches,
        loss=training.loss,
        evaluate=training.evaluate,
        save=save,
        out=out,
        settings=settings.loop,
        signature=sign_run(record | {"start_from": bool(settings.start_from)}, texts),
        resume=resume,
        console=console,
    )
    if training.is_main:
        load_weights(out / "model.safetensors", tagger.model)  # the best epoch
        tagger.model.eval()
        dev_sets = list(training.data.dev_sets.values())
        tagger.config = replace(tagger.config, temperature=fit_temperature(tagger, dev_sets))
        tagger.config = replace(tagger.config, min_scores=fit_min_scores(tagger, dev_sets))
        tagger.save(out)
    return reports


def find_ner_rate(
    train: Sequence[str], dev: Sequence[str], out: Path, settings: NerSettings, *, device: torch.device | None = None
) -> float:
    """The learning rate of the encoder at which the loss falls fastest; its curve is left in a folder.

    Args and errors are those of ``train_ner``; dev corpora are only looked at to leave their texts out.
    """
    training = _Training(train, dev, settings, device)
    return find_rate(
        training.tagger.model, batches=training.batches(0), loss=training.loss, settings=settings.loop, out=out
    )


class _Training:
    """Everything that a run needs, made from its settings."""

    def __init__(
        self, train: Sequence[str], dev: Sequence[str], settings: NerSettings, device: torch.device | None
    ) -> None:
        self.settings = settings
        processes = start_processes(device or default_device())
        self.is_main = processes.is_main_process
        self.device = processes.device if processes.num_processes > 1 else device or default_device()
        self.data = _read_data(train, dev, settings)
        self.tagger = _new_tagger(self.data, settings, self.device)
        self.reader = self.tagger.reader
        self.examples = make_examples(
            self.data.texts, self.reader, self.data.types, scheme=settings.scheme, label_all=settings.label_all
        )
        weights: tuple[float, ...] = ()
        if settings.class_weight_power:
            found = class_weights(self.examples, len(self.data.types), settings.class_weight_power)
            weights = tuple(found.tolist())
        self.loss_settings = LossSettings(weights, settings.focal_gamma, settings.rdrop)
        if not self.tagger.model.word_loss and not self.loss_settings.is_plain:
            raise ConfigError(f"class weights, focal loss and R-Drop do not apply to {settings.architecture}")
        if settings.label_all and settings.architecture.endswith("-crf"):
            raise ConfigError("a CRF chains words: only first sub-words are labelled")

    def batches(self, epoch: int) -> TrainingBatches:
        """Batches of an epoch."""
        made = replace(
            self.settings.batches,
            seed=self.settings.loop.seed,
            max_tokens=self.settings.batches.max_tokens - self.tagger.model.n_extra_tokens,
        )
        return TrainingBatches(self.examples, self.reader, made, epoch)

    def loss(self, batch: TrainingBatch) -> torch.Tensor:
        """Loss of one of them."""
        return self.tagger.model.loss(batch.to(self.device), self.loss_settings)

    def evaluate(self) -> dict[str, float]:
        """F1 on dev: the mean, then precision, recall and F1 of each set."""
        scores = {name: evaluate_ner(self.tagger, texts).exact.micro for name, texts in self.data.dev_sets.items()}
        metrics = {"f1": sum(counts.f1 for counts in scores.values()) / len(scores)}
        for name, counts in scores.items():
            metrics |= {f"{name} p": counts.precision, f"{name} r": counts.recall, f"{name} f1": counts.f1}
        return metrics


def _read_data(train: Sequence[str], dev: Sequence[str], settings: NerSettings) -> _Data:
    wanted = settings.types
    if not wanted and settings.start_from:
        wanted = read_config(Path(settings.start_from) / "config.json").types
    known = wanted or ENTITY_TYPES
    stems = [CorpusArgument.parse(name).path.stem for name in dev]
    names = stems if len(set(stems)) == len(stems) else dev
    dev_sets = {
        name: read_corpora([corpus], known, for_training=False) for name, corpus in zip(names, dev, strict=True)
    }
    texts = without_leaks(read_corpora(train, known), _held_out(train, dev, known))
    if settings.half >= 0:
        left_out = {text.text for text in read_half(train[0], settings.half, known)}
        texts = [text for text in texts if text.text not in left_out]
    occurring = {entity.label for text in texts for entity in text.entities}
    if not occurring or not all(dev_sets.values()):
        raise ConfigError("training needs a training corpus with mentions and dev corpora that are not empty")
    if settings.types and (missing := set(settings.types) - occurring):
        raise ConfigError(f"no mention of type {min(missing)!r} in the training corpora")
    # A type that never occurs would be free to be found anywhere.
    types = wanted or tuple(label for label in ENTITY_TYPES if label in occurring)
    return _Data(texts, dev_sets, types)


def _held_out(train: Sequence[str], dev: Sequence[str], types: Sequence[str]) -> list[GoldText]:
    """The dev texts that training must not see. A file that is named for both is meant to be learnt by heart."""
    learnt = {CorpusArgument.parse(name).path for name in train}
    names = [name for name in dev if CorpusArgument.parse(name).path not in learnt]
    return read_corpora(names, types, for_training=False)


def read_half(corpus: str, half: int, types: Sequence[str] = ENTITY_TYPES) -> list[GoldText]:
    """Every other text of a corpus, from the first (0) or the second (1) on."""
    return read_corpora([corpus], types)[half::2]


def _new_tagger(data: _Data, settings: NerSettings, device: torch.device) -> Tagger:
    architecture = find_architecture(settings.architecture)
    if settings.start_from and architecture.reads_words:
        raise ConfigError(f"{settings.architecture} has a vocabulary of its own and starts from nothing")
    frozen = settings.freeze_words and _starts_frozen(settings)
    max_tokens = settings.batches.max_tokens
    config = TaggerConfig(
        architecture=settings.architecture,
        types=data.types,
        scheme=settings.scheme,
        freeze_words=frozen,
        max_tokens=max_tokens,
        overlap=min(settings.overlap, max_tokens // 4),
        max_width=settings.max_width,
        nested=settings.nested,
    )
    reader: Reader
    if architecture.reads_words:
        reader = WordReader.count(text.text for text in data.texts)
    else:
        encoder = load_encoder(settings.encoder or None, local_files_only=settings.local_files_only)
        if architecture.pretrained and max_tokens > encoder.max_tokens:
            raise ConfigError(f"windows of {max_tokens} tokens; {encoder.name} takes {encoder.max_tokens} at most")
        prepare_training(encoder.model, settings.encoder_dropout, device)
        config = replace(config, encoder=encoder.name, encoder_checksum=encoder.checksum)
        reader = SubwordReader(encoder)
    torch.manual_seed(settings.loop.seed)
    plan = Plan(data.types, settings.scheme, reader, max_tokens, settings.max_width, settings.dropout)
    network = build_network(settings.architecture, plan, freeze_words=frozen)
    if settings.start_from:
        start_weights(network, config, Path(settings.start_from))
    if config.max_tokens - network.n_extra_tokens <= 2 * config.overlap + 2:
        raise ConfigError(f"windows of {max_tokens} tokens are too short for {settings.architecture}")
    return Tagger(network.to(device), reader, config, device)


def _starts_frozen(settings: NerSettings) -> bool:
    """False if the tagger to go on from has trained word embeddings: they have to be stored again."""
    return not settings.start_from or read_config(Path(settings.start_from) / "config.json").freeze_words


def start_weights(network: Network, config: TaggerConfig, folder: Path) -> None:
    """Take over what fits of another tagger: its encoder, and its output layer for the tags that both know.

    Args:
        network: With fresh weights; an encoder of the same kind as that of the other tagger.
        config: Of the network.
        folder: Of the other tagger.

    Raises:
        ModelError: The folder is no tagger, or its encoder is another one.
    """
    earlier = read_config(folder / "config.json")
    if earlier.encoder_checksum != config.encoder_checksum:
        raise ModelError(f"{folder} was trained on another encoder; its weights are of no use here")
    try:
        tensors = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"cannot read the weights of {folder}: {error}") from error
    same = (earlier.architecture, earlier.types, earlier.scheme) == (config.architecture, config.types, config.scheme)
    own = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in tensors.items()
        if name in own and own[name].shape == tensor.shape and (same or name.startswith("encoder."))
    }
    if not same and earlier.scheme == config.scheme and "head.weight" in tensors and "head.bias" in own:
        fitting |= _shared_rows(tensors, own, earlier, config)
    network.load_state_dict(fitting, strict=False)


def _shared_rows(
    tensors: dict[str, torch.Tensor], own: dict[str, torch.Tensor], earlier: TaggerConfig, config: TaggerConfig
) -> dict[str, torch.Tensor]:
    """The output layer of a tag model with the rows of those tags that another one has too."""
    there, here = (TagScheme.named(c.scheme, len(c.types)).names(c.types) for c in (earlier, config))
    rows = [(here.index(name), there.index(name)) for name in here if name in there]
    layer = {}
    for name in ("head.weight", "head.bias"):
        if own[name].shape[0] != len(here) or tensors[name].shape[0] != len(there):
            return {}
        layer[name] = own[name].clone()
        layer[name][[a for a, _ in rows]] = tensors[name][[b for _, b in rows]].to(layer[name])
    return layer
