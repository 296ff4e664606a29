"""``papergraph train`` and ``papergraph compare``: their options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import DeviceOption
from schemas.errors import ConfigError


class TrainTarget(StrEnum):
    """What can be trained."""

    ner = "ner"
    relations = "relations"


class CompareTarget(StrEnum):
    """Whose architectures can be compared."""

    ner = "ner"


class Scheme(StrEnum):
    """How tags write mentions."""

    bio = "bio"
    bioes = "bioes"
    bilou = "bilou"


Corpora = Annotated[
    list[str], typer.Option(metavar="FILE...", help="Corpora: FILE, FILE:TYPE,TYPE or FILE:TYPE,TYPE@SHARE.")
]
DevCorpora = Annotated[list[str], typer.Option(metavar="FILE...", help="Corpora that choose the best epoch.")]
Types = Annotated[
    str | None,
    typer.Option(metavar="TYPE,...", help="Entity types to learn, any names; the product's that occur if not given."),
]
EncoderOption = Annotated[str | None, typer.Option(help="BERT-like model by folder or name.")]
StartFrom = Annotated[str | None, typer.Option(help="Fine-tuned weights to go on from.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Passes over the corpora.")]
Seeds = Annotated[
    str | None,
    typer.Option(metavar="N,N...", help="Several runs; the best of them and of the mean of their weights is kept."),
]
BatchTokens = Annotated[int | None, typer.Option(min=16, help="Tokens in a batch, padding included.")]

_TAGGER, _RELATIONS, _LOOP = "Taggers", "Relation classifiers", "Training"  # panels of the help


def train(
    target: Annotated[TrainTarget, typer.Argument(help="What to train.")],
    train: Corpora,
    dev: DevCorpora,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")],
    arch: Annotated[
        str | None,
        typer.Option(
            help="ner: bert (the default), bert-crf, span, mrc, bilstm, bilstm-crf or reformer; "
            "relations: bert or bert-markers."
        ),
    ] = None,
    encoder: EncoderOption = None,
    start_from: StartFrom = None,
    types: Types = None,
    scheme: Annotated[Scheme | None, typer.Option(help="How tags write mentions.", rich_help_panel=_TAGGER)] = None,
    label_all: Annotated[
        bool | None,
        typer.Option("--label-all/--label-first", help="Label all sub-words of a word.", rich_help_panel=_TAGGER),
    ] = None,
    class_weights: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="0: words count alike; 1: classes do.", rich_help_panel=_TAGGER),
    ] = None,
    focal: Annotated[
        float | None, typer.Option(min=0, help="Gamma of the focal loss.", rich_help_panel=_TAGGER)
    ] = None,
    nested: Annotated[
        bool | None, typer.Option("--nested/--flat", help="Mentions in mentions (span, mrc).", rich_help_panel=_TAGGER)
    ] = None,
    max_width: Annotated[
        int | None, typer.Option(min=1, help="Words of the longest mention (span, mrc).", rich_help_panel=_TAGGER)
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=16, help="Tokens of a window: the context.", rich_help_panel=_TAGGER)
    ] = None,
    overlap: Annotated[
        int | None, typer.Option(min=0, help="Tokens that windows share when tagging.", rich_help_panel=_TAGGER)
    ] = None,
    symmetric: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE,...",
            help="Relations without direction; synonym_of, compared_with, COMPARE and CONJUNCTION if not given.",
            rich_help_panel=_RELATIONS,
        ),
    ] = None,
    min_examples: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="A relation between two types is learnt if seen this often; 0: between all types that have relations.",
            rich_help_panel=_RELATIONS,
        ),
    ] = None,
    heads: Annotated[
        int | None,
        typer.Option(min=0, help="Heads of the attention of pairs over the sentence.", rich_help_panel=_RELATIONS),
    ] = None,
    given_pairs: Annotated[
        bool | None,
        typer.Option(
            "--given-pairs/--all-pairs", help="Only name the relation of related pairs.", rich_help_panel=_RELATIONS
        ),
    ] = None,
    epochs: Epochs = None,
    seed: Annotated[int, typer.Option(help="Seed of all randomness.")] = 0,
    seeds: Seeds = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate of the encoder.", rich_help_panel=_LOOP)] = None,
    head_lr: Annotated[float | None, typer.Option(help="Learning rate of the rest.", rich_help_panel=_LOOP)] = None,
    find_lr: Annotated[
        bool, typer.Option(help="Only look for a learning rate: table, plot, proposal.", rich_help_panel=_LOOP)
    ] = False,
    warmup: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of the steps.", rich_help_panel=_LOOP)
    ] = None,
    batch_tokens: BatchTokens = None,
    accumulate: Annotated[
        int | None, typer.Option(min=1, help="Batches that make one step.", rich_help_panel=_LOOP)
    ] = None,
    dropout: Annotated[
        float | None, typer.Option(min=0, max=0.9, help="Before the output layer.", rich_help_panel=_LOOP)
    ] = None,
    encoder_dropout: Annotated[
        float | None, typer.Option(min=0, max=0.9, help="In the encoder.", rich_help_panel=_LOOP)
    ] = None,
    rdrop: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="R-Drop: how much it counts that two passes with different dropout agree; takes twice the time.",
            rich_help_panel=_LOOP,
        ),
    ] = None,
    ema: Annotated[
        float | None, typer.Option(min=0, max=0.9999, help="Decay of the averaged weights.", rich_help_panel=_LOOP)
    ] = None,
    clip: Annotated[float | None, typer.Option(min=0, help="Longest gradient; 0: any.", rich_help_panel=_LOOP)] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Epochs without a better one before the end.", rich_help_panel=_LOOP)
    ] = None,
    bf16: Annotated[bool | None, typer.Option(help="Where the device can.", rich_help_panel=_LOOP)] = None,
    half: Annotated[
        int | None,
        typer.Option(min=0, max=1, help="Leave out every other text of the first corpus.", rich_help_panel=_TAGGER),
    ] = None,
    device: DeviceOption = "auto",
    resume: Annotated[bool, typer.Option(help="Go on with a run that was cut short.")] = False,
) -> None:
    """Train a tagger or a relation classifier. Several devices: accelerate launch -m flows train ..."""
    from flows.training import train_model

    train_model(
        target.value,
        train=train,
        dev=dev,
        out=out,
        arch=arch,
        device=device,
        resume=resume,
        seeds=_numbers(seeds),
        find_lr=find_lr,
        encoder=encoder,
        start_from=start_from,
        types=_names(types) or None,
        scheme=scheme and scheme.value,
        label_all=label_all,
        class_weight_power=class_weights,
        focal_gamma=focal,
        nested=nested,
        half=half,
        max_width=max_width,
        max_tokens=max_tokens,
        overlap=overlap,
        symmetric=None if symmetric is None else tuple(_names(symmetric)),
        min_examples=min_examples,
        n_heads=heads,
        given_pairs=given_pairs,
        rdrop=rdrop,
        epochs=epochs,
        seed=seed,
        encoder_lr=lr,
        head_lr=head_lr,
        warmup=warmup,
        batch_tokens=batch_tokens,
        accumulate=accumulate,
        dropout=dropout,
        encoder_dropout=encoder_dropout,
        ema_decay=ema,
        clip_norm=clip,
        patience=patience,
        bf16=bf16,
    )


def fit_consistency(
    model: Annotated[Path, typer.Option(help="Tagger that gets the consistency model.")],
    twin: Annotated[Path, typer.Option(help="Tagger trained in the same way, with --half.")],
    train: Annotated[str, typer.Option(metavar="FILE", help="First training corpus of both.")],
    dev: Annotated[str, typer.Option(metavar="FILE", help="Corpus that chooses the least score.")],
    types: Types = None,
    device: DeviceOption = "auto",
) -> None:
    """Teach a tagger to judge a name by all its occurrences in a paper."""
    from flows.training import add_consistency

    add_consistency(model, twin, train, dev, _names(types), device=device)


def fit_threshold(
    model: Annotated[Path, typer.Option(help="Relation classifier whose threshold is set.")],
    ner_model: Annotated[Path, typer.Option(help="Tagger between whose mentions it will relate.")],
    dev: Annotated[Path, typer.Option(metavar="FILE", help="Corpus with relations that neither has learnt from.")],
    device: DeviceOption = "auto",
) -> None:
    """Choose from which score on relations are kept, for the mentions of a tagger: the best Rel+ F1 on dev."""
    from flows.training import fit_relation_threshold

    fit_relation_threshold(model, ner_model, dev, device=device)


def quantize(
    target: Annotated[TrainTarget, typer.Argument(help="What kind of model it is.")],
    model: Annotated[Path, typer.Option(help="Its folder.")],
    texts: Annotated[Path, typer.Option(metavar="FILE", help="Corpus like the texts to come; ten papers will do.")],
) -> None:
    """Make a model ready for eight-bit integers, in which CPUs run it one and a half to two times as fast."""
    from flows.training import quantize_model

    quantize_model(target.value, model, texts)


def compare(
    target: Annotated[CompareTarget, typer.Argument(help="Whose architectures to compare.")],
    train: Corpora,
    dev: DevCorpora,
    out: Annotated[Path, typer.Option(help="Folder for the runs and table.md. What is there is not done again.")],
    arch: Annotated[str | None, typer.Option(metavar="NAME,...", help="Architectures; all if not given.")] = None,
    encoder: EncoderOption = None,
    start_from: StartFrom = None,
    types: Types = None,
    epochs: Epochs = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="N,N...", help="Several runs of each; the table has mean and spread.")
    ] = None,
    batch_tokens: BatchTokens = None,
    device: DeviceOption = "auto",
) -> None:
    """Train every architecture in the same way and print them side by side."""
    from flows.training import compare_taggers

    compare_taggers(
        train=train,
        dev=dev,
        out=out,
        archs=_names(arch),
        device=device,
        seeds=_numbers(seeds) or (0,),
        encoder=encoder,
        start_from=start_from,
        types=_names(types) or None,
        epochs=epochs,
        batch_tokens=batch_tokens,
    )


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (listed or "").split(",") if name.strip())


def _numbers(listed: str | None) -> tuple[int, ...]:
    try:
        return tuple(map(int, _names(listed)))
    except ValueError as error:
        raise ConfigError(f"{listed!r} is not a list of numbers such as 0,1,2") from error
