"""``papergraph train`` and ``compare``: from the options of the command line to the settings of training runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from extractors.encoder import pick_device
from extractors.evaluation.relations import choose_threshold, evaluate_relations
from extractors.int8 import RANGES_FILE, record_ranges, save_ranges
from extractors.ner.architectures import ARCHITECTURES as NER_ARCHITECTURES
from extractors.ner.architectures import find_architecture
from extractors.ner.consistency import write_consistency
from extractors.ner.tagger import CONSISTENCY_FILE, Tagger, read_config, tag_texts, write_config
from extractors.relations.classifier import ARCHITECTURES as RELATION_ARCHITECTURES
from extractors.relations.classifier import RelationClassifier
from extractors.relations.classifier import write_config as write_config_of_relations
from extractors.training.average import keep_best
from extractors.training.average_relations import keep_best_classifier
from extractors.training.batches import BatchSettings
from extractors.training.compare import as_markdown, compare_architectures
from extractors.training.consistency import fit_consistency
from extractors.training.corpora import CorpusArgument, read_corpora, read_corpus
from extractors.training.leaks import without_leaks
from extractors.training.ner import NerSettings, find_ner_rate, read_half, train_ner
from extractors.training.presets import PRESETS
from extractors.training.relation_corpora import read_relation_corpora
from extractors.training.relations import RelationTrainingSettings, train_relations
from extractors.training.seeds import spread_of, train_seeds
from extractors.training.steps import LoopSettings, start_processes
from schemas.errors import ConfigError

_RELATIONS: Final = frozenset({"symmetric", "min_examples", "n_heads", "given_pairs"})
_LOOP: Final = frozenset(field.name for field in fields(LoopSettings))
_BATCHES: Final = frozenset(field.name for field in fields(BatchSettings)) - {"seed"}


def train_model(
    target: str,
    *,
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    arch: str | None = None,
    device: str = "auto",
    resume: bool = False,
    seeds: Sequence[int] = (),
    find_lr: bool = False,
    **options: object,
) -> None:
    """Train a tagger or a relation classifier; the best epoch is left in ``out``.

    Args:
        target: ``ner`` or ``relations``.
        train: Corpora to learn from.
        dev: Corpora to choose the epoch by.
        out: Folder to write.
        arch: Name of the architecture.
        device: ``auto``, ``cpu``, ``cuda``.
        resume: Go on with a run that was cut short.
        seeds: Several runs, each in a folder of its own below ``out``, which gets the best of them or of their mean.
        find_lr: Only look for a learning rate.
        options: Fields of ``NerSettings``, ``BatchSettings`` and ``LoopSettings``; None takes the default.

    Raises:
        ConfigError: The architecture is unknown, a setting does not apply, or a corpus cannot be read or has nothing
            to learn from.
    """
    console = Console(stderr=True)
    given = {name: value for name, value in options.items() if value is not None}
    if target == "relations":
        if find_lr:
            raise ConfigError("--find-lr is for ner")
        _train_relations(train, dev, out, arch, given, device=device, resume=resume, seeds=seeds, console=console)
        return
    if alien := _RELATIONS & set(given):
        raise ConfigError(f"no option of ner: {', '.join(sorted(alien))}")
    if unused := sorted(option for option in given if not _is_used_by(arch or "bert", option)):
        raise ConfigError(f"--arch {arch or 'bert'} does not use {', '.join(unused)}")
    if find_lr and (seeds or resume):
        raise ConfigError("--find-lr only looks for a rate: leave out --seeds and --resume")
    settings = ner_settings(arch or "bert", given)
    where = pick_device(device)
    if find_lr:
        rate = find_ner_rate(train, dev, out, settings, device=where)
        console.print(f"proposed --lr {rate:.1e}; the curve is in {out / 'rates.csv'} and {out / 'rates.png'}")
    elif seeds:
        runs = train_seeds(train, dev, out, settings, seeds, device=where, resume=resume, console=console)
        for name, spread in spread_of(list(runs.values())).items():
            console.print(f"{name}  {spread}")
        types = read_config(out / f"seed-{seeds[0]}" / "config.json").types
        dev_sets = [read_corpora([name], types, for_training=False) for name in dev]
        processes = start_processes(where)
        processes.wait_for_everyone()
        if not processes.is_main_process:
            return
        best = keep_best([out / f"seed-{seed}" for seed in seeds], out, dev_sets, device=where)
        console.print(f"the best on dev, {best}, is in {out}")
    else:
        train_ner(train, dev, out, settings, device=where, resume=resume, console=console)


def add_consistency(model: Path, twin: Path, train: str, dev: str, types: Sequence[str], *, device: str) -> None:
    """Fit a consistency model to the half of a corpus that a twin was not trained on, and add it to a tagger.

    Raises:
        ConfigError: The twin was trained on all texts, or there is nothing to fit to.
        ModelError: A folder is no model.
    """
    try:
        call = json.loads((twin / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{twin} does not say how it was trained ({error}): name one that --half 0 has left"
        ) from error
    half = call.get("half", -1)
    if half < 0:
        raise ConfigError(f"{twin} was trained on whole corpora; train it with --half 0")
    halved = call["train"][0]
    if CorpusArgument.parse(halved).path.resolve() != CorpusArgument.parse(train).path.resolve():
        raise ConfigError(
            f"{twin} was trained on the half of {halved}: give --train {halved}, whose other half is new to it"
        )
    where = pick_device(device)
    tagger = Tagger.load(model, where)
    chosen = tuple(types) or tuple(label for label in ("Method", "Dataset", "Task") if label in tagger.config.types)
    for config in (tagger.config, read_config(twin / "config.json")):
        if config.scheme != "bio" or config.architecture in ("span", "mrc"):
            raise ConfigError("a consistency model is for taggers that write tags in the scheme bio")
        if strange := set(chosen) - set(config.types):
            raise ConfigError(f"the taggers do not both know the type {min(strange)}")
    held_out, dev_texts = read_half(train, half, chosen), read_corpora([dev], chosen, for_training=False)
    consistency = fit_consistency(Tagger.load(twin, where), held_out, tagger, dev_texts, chosen)
    write_consistency(model / CONSISTENCY_FILE, consistency)
    # The scores of these types are the consistency model's now, and so is their threshold.
    config = replace(tagger.config, min_scores={**tagger.config.min_scores, **consistency.min_scores})
    write_config(model / "config.json", config)


def fit_relation_threshold(model: Path, ner_model: Path, dev: Path, *, device: str) -> None:
    """Choose a relation classifier's threshold for the mentions of a tagger, and write it into its config.

    The mentions' scores count in those of relations, so each tagger asks for its own threshold.

    Raises:
        ConfigError: The dev corpus cannot be read or has no relations.
        ModelError: A folder is no model.
    """
    where = pick_device(device)
    texts = [text for text in read_corpus(dev) if text.relations]
    if not texts:
        raise ConfigError(f"{dev} has no relations to choose a threshold by")
    classifier = RelationClassifier.load(model, device)
    mentions = tag_texts(Tagger.load(ner_model, where), [text.text for text in texts])
    threshold, f1 = choose_threshold(classifier, texts, mentions)
    write_config_of_relations(model / "config.json", replace(classifier.config, threshold=threshold))
    Console(stderr=True).print(f"threshold {threshold:.2f} instead of {classifier.config.threshold:.2f}: rel+ {f1:.4f}")


def quantize_model(target: str, model: Path, corpus: Path) -> None:
    """Make a model ready to run in eight-bit integers on CPUs: the ranges of its encoder go into its folder.

    Args:
        target: ``ner`` or ``relations``.
        model: Its folder.
        corpus: Texts like those that it will meet; for relations with mentions. Some ten papers are enough.

    Raises:
        ConfigError: The corpus cannot be read, is empty, or its texts have nothing to relate.
        ModelError: The folder is no model, or its encoder is not of BERT's kind.
    """
    gold = read_corpus(corpus)
    texts = [text.text for text in gold]
    if target == "ner":
        tagger = Tagger.load(model, pick_device("cpu"), int8=False)
        ranges = record_ranges(tagger.model, lambda: tag_texts(tagger, texts))
    else:
        classifier = RelationClassifier.load(model, "cpu", int8=False)
        ranges = record_ranges(classifier.network, lambda: evaluate_relations(classifier, gold))
    save_ranges(model / RANGES_FILE, ranges)


def compare_taggers(
    *,
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    archs: Sequence[str] = (),
    device: str = "auto",
    seeds: Sequence[int] = (0,),
    **options: object,
) -> None:
    """Train several architectures and print their table, which is also left in ``out/table.md``.

    Options that are given count for all of them, ``start_from`` for those with an encoder.

    Raises:
        ConfigError: As for ``train_model``.
    """
    console = Console(stderr=True)
    given = {name: value for name, value in options.items() if value is not None}
    settings = {name: ner_settings(name, _fitting(name, given)) for name in archs or NER_ARCHITECTURES}
    rows = []
    for row in compare_architectures(train, dev, out, settings, seeds, device=pick_device(device), console=console):
        rows.append(row)
        (out / "table.md").write_text(as_markdown(rows), encoding="utf-8")
    Console().print(as_markdown(rows), soft_wrap=True, highlight=False, markup=False)


def _fitting(name: str, given: Mapping[str, object]) -> dict[str, object]:
    pretrained = find_architecture(name).pretrained
    return {
        key: value for key, value in given.items() if _is_used_by(name, key) and (pretrained or key != "start_from")
    }


def _is_used_by(architecture: str, option: str) -> bool:
    """Does an architecture have a use for a setting."""
    finds_spans = architecture in ("span", "mrc")
    if option in ("nested", "max_width"):
        return finds_spans
    if option in ("scheme", "label_all"):
        return not finds_spans
    if option in ("dropout", "encoder", "encoder_dropout") and architecture.startswith("bilstm"):
        return False
    return not (option == "encoder_dropout" and architecture == "reformer")


def ner_settings(architecture: str, given: Mapping[str, Any]) -> NerSettings:
    """The settings that suit an architecture, with what was given instead.

    Raises:
        ConfigError: The architecture is unknown.
    """
    find_architecture(architecture)
    settings = PRESETS[architecture]
    return replace(
        settings,
        **{name: value for name, value in given.items() if name not in _LOOP | _BATCHES},
        batches=replace(settings.batches, **{name: value for name, value in given.items() if name in _BATCHES}),
        loop=replace(settings.loop, **{name: value for name, value in given.items() if name in _LOOP}),
    )


def _train_relations(
    train: Sequence[str],
    dev: Sequence[str],
    out: Path,
    arch: str | None,
    given: Mapping[str, Any],
    *,
    device: str,
    resume: bool,
    seeds: Sequence[int],
    console: Console,
) -> None:
    if arch and arch not in RELATION_ARCHITECTURES:
        raise ConfigError(f"unknown architecture {arch!r} for relations; known: {', '.join(RELATION_ARCHITECTURES)}")
    own = {"encoder_dropout", "dropout", "batch_tokens", "max_tokens", "rdrop"} | _RELATIONS
    known = {"encoder", "start_from"} | own | _LOOP
    if alien := set(given) - known:
        raise ConfigError(f"no option of relations: {', '.join(sorted(alien))}")
    if arch == "bert-markers" and given.get("n_heads"):
        raise ConfigError("--heads does not apply to bert-markers")
    settings = RelationTrainingSettings(
        architecture=arch or "bert",
        encoder=given.get("encoder"),
        initial_weights=given.get("start_from"),
        **{name: value for name, value in given.items() if name in own},
    )
    loop = replace(settings.loop, **{name: value for name, value in given.items() if name in _LOOP})
    dev_sets = [(Path(path).resolve(), read_corpus(Path(path))) for path in dev]
    held_out = [text for _, some in dev_sets for text in some]
    learnt = {Path(path).resolve() for path in train}  # a file that is named for both is meant to be learnt by heart
    hidden = [text for path, some in dev_sets if path not in learnt for text in some]
    runs = {out / f"seed-{seed}": seed for seed in seeds} or {out: loop.seed}
    for folder, seed in runs.items():
        texts = without_leaks(read_relation_corpora([Path(path) for path in train], seed=seed), hidden)
        chosen = replace(settings, loop=replace(loop, seed=seed))
        train_relations(texts, held_out, folder, chosen, device=device, resume=resume, console=console)
    if not seeds:
        return
    processes = start_processes(pick_device(device))
    processes.wait_for_everyone()
    if processes.is_main_process:
        best = keep_best_classifier([*runs], out, held_out, device=device, given_pairs=settings.given_pairs)
        console.print(f"the best on dev, {best}, is in {out}")
