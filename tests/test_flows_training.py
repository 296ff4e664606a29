"""``papergraph train ner`` and ``compare ner`` on eight sentences: options reach the run, tables and plots are left."""

import json
from pathlib import Path

import pytest
import torch
from marked_sentences import MARKED, parse, write_corpus
from safetensors.torch import load_file
from tiny_encoder import write_tiny_encoder

from extractors.int8 import RANGES_FILE
from extractors.ner.architectures import ARCHITECTURES
from extractors.ner.tagger import CONSISTENCY_FILE, Tagger, read_config
from extractors.training.presets import PRESETS
from flows.training import add_consistency, compare_taggers, ner_settings, train_model
from schemas.errors import ConfigError, ModelError


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory):
    words = [word for sentence in MARKED for word in parse(sentence)[0].split()]
    return str(write_tiny_encoder(tmp_path_factory.mktemp("encoder"), words))


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus.jsonl", MARKED)


def test_every_architecture_has_a_preset():
    assert set(PRESETS) == set(ARCHITECTURES)
    assert all(settings.architecture == name for name, settings in PRESETS.items())


def test_options_replace_the_preset():
    settings = ner_settings("span", {"types": ("Method",), "epochs": 2, "batch_tokens": 64, "encoder_lr": 1e-5})
    assert (settings.architecture, settings.types) == ("span", ("Method",))
    assert (settings.loop.epochs, settings.loop.encoder_lr, settings.batches.batch_tokens) == (2, 1e-5, 64)
    assert settings.loop.head_lr == PRESETS["span"].loop.head_lr
    with pytest.raises(ConfigError, match="unknown architecture"):
        ner_settings("lstm", {})


def test_seeds_are_trained_apart_and_put_together(tmp_path, corpus, encoder_path):
    train_model(
        "ner",
        train=[corpus],
        dev=[corpus],
        out=tmp_path / "runs",
        arch="bert",
        device="cpu",
        seeds=(3, 4),
        encoder=encoder_path,
        types=("Dataset", "Method"),
        scheme="bioes",
        max_tokens=64,
        overlap=8,
        epochs=1,
    )
    record = json.loads((tmp_path / "runs" / "seeds.json").read_text())
    assert record["seeds"] == [3, 4]
    assert record["f1"]["deviation"] is not None
    config = read_config(tmp_path / "runs" / "seed-4" / "config.json")
    kept = (tmp_path / "runs" / "model.safetensors").read_bytes()
    assert kept in [
        (tmp_path / "runs" / run / "model.safetensors").read_bytes() for run in ("seed-3", "seed-4", "mean")
    ]
    assert (config.types, config.scheme) == (("Dataset", "Method"), "bioes")
    assert (config.max_tokens, config.overlap) == (64, 8)
    assert (tmp_path / "runs" / "seed-3" / "metrics.png").exists()


def test_seeds_of_a_tagger_that_reads_words_keep_its_vocabulary(tmp_path, corpus):
    options = {"arch": "bilstm", "device": "cpu", "epochs": 1, "max_tokens": 64}
    train_model("ner", train=[corpus], dev=[corpus], out=tmp_path / "runs", seeds=(0, 1), **options)
    assert Tagger.load(tmp_path / "runs").config.architecture == "bilstm"


def test_seeds_from_one_start_are_averaged_and_judge_whole_papers(tmp_path, corpus, encoder_path):
    options = {"encoder": encoder_path, "device": "cpu", "max_tokens": 64, "freeze_words": False}
    start, twin, runs = tmp_path / "start", tmp_path / "twin", tmp_path / "runs"
    fast = {"epochs": 12, "encoder_lr": 1e-2, "head_lr": 1e-2, "bf16": False}
    train_model("ner", train=[corpus], dev=[corpus], out=start, **options, **fast)
    train_model("ner", train=[corpus], dev=[corpus], out=twin, half=0, start_from=str(start), epochs=1, **options)
    train_model("ner", train=[corpus], dev=[corpus], out=runs, seeds=(0, 1), start_from=str(start), epochs=1, **options)
    averaged, *weights = [
        load_file(folder / "model.safetensors") for folder in (runs / "mean", runs / "seed-0", runs / "seed-1")
    ]
    for key, mean in averaged.items():
        if mean.is_floating_point():
            assert torch.allclose(mean.float(), (weights[0][key].float() + weights[1][key].float()) / 2, atol=2e-3)
    add_consistency(runs, twin, corpus, corpus, (), device="cpu")
    tagger = Tagger.load(runs)
    assert tagger.consistency is not None
    assert {"Method", "Dataset", "Task"} <= set(tagger.config.min_scores)
    with pytest.raises(ConfigError, match="--half 0"):
        add_consistency(runs, start, corpus, corpus, (), device="cpu")


def test_rate_is_only_looked_for(tmp_path, corpus, encoder_path):
    out = tmp_path / "rates"
    call = {"device": "cpu", "encoder": encoder_path, "max_tokens": 64}
    train_model("ner", train=[corpus], dev=[corpus], out=out, find_lr=True, **call)
    assert sorted(file.name for file in out.iterdir()) == ["rates.csv", "rates.png"]


def test_architectures_are_compared_and_not_trained_twice(tmp_path, corpus, encoder_path, capsys):
    def call():
        compare_taggers(
            train=[corpus],
            dev=[corpus],
            out=tmp_path / "runs",
            archs=("bert", "bilstm"),
            device="cpu",
            encoder=encoder_path,
            max_tokens=64,
            epochs=1,
        )
        return (tmp_path / "runs" / "bilstm" / "seed-0" / "checkpoint.pt").stat().st_mtime_ns

    assert call() == call()
    table = (tmp_path / "runs" / "table.md").read_text()
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == ["`bert`", "`bilstm`"]
    assert "`bilstm`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arch", "option"),
    [
        ("bilstm", {"dropout": 0.1}),
        ("bert", {"nested": True}),
        ("span", {"scheme": "bioes"}),
        ("reformer", {"encoder_dropout": 0.1}),
    ],
)
def test_options_that_an_architecture_does_not_use_are_refused(tmp_path, corpus, arch, option):
    with pytest.raises(ConfigError, match=f"--arch {arch} does not use {min(option)}"):
        train_model("ner", train=[corpus], dev=[corpus], out=tmp_path, arch=arch, **option)


def test_a_rate_is_looked_for_alone(tmp_path, corpus):
    with pytest.raises(ConfigError, match="leave out --seeds"):
        train_model("ner", train=[corpus], dev=[corpus], out=tmp_path, seeds=(0, 1), find_lr=True)


def test_another_corpus_is_another_run(tmp_path, corpus, encoder_path):
    call = {"device": "cpu", "encoder": encoder_path, "max_tokens": 64, "epochs": 1}
    train_model("ner", train=[corpus], dev=[corpus], out=tmp_path / "run", **call)
    other = tmp_path / "other.jsonl"
    other.write_text("".join(Path(corpus).read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ModelError, match="other settings or texts"):
        train_model("ner", train=[str(other)], dev=[str(other)], out=tmp_path / "run", resume=True, **call)


def test_new_weights_are_not_judged_by_what_was_fitted_to_old_ones(tmp_path, corpus, encoder_path):
    call = {"device": "cpu", "encoder": encoder_path, "max_tokens": 64, "epochs": 1}
    for name in (CONSISTENCY_FILE, RANGES_FILE):
        (tmp_path / name).write_text("of other weights")
    train_model("ner", train=[corpus], dev=[corpus], out=tmp_path, **call)
    assert not {CONSISTENCY_FILE, RANGES_FILE} & {path.name for path in tmp_path.iterdir()}


def test_dev_sets_of_one_name_are_two(tmp_path, corpus, encoder_path):
    (tmp_path / "more").mkdir()
    second = tmp_path / "more" / Path(corpus).name
    second.write_bytes(Path(corpus).read_bytes())
    train_model(
        "ner",
        train=[corpus, str(second)],  # by heart
        dev=[corpus, str(second)],
        out=tmp_path / "run",
        device="cpu",
        encoder=encoder_path,
        max_tokens=64,
        epochs=1,
    )
    assert f"{second} f1" in (tmp_path / "run" / "metrics.csv").read_text()


def test_a_twin_must_have_left_out_half_of_what_is_fitted_to(tmp_path, corpus):
    (tmp_path / "training.json").write_text(json.dumps({"half": 0, "train": [corpus]}))
    with pytest.raises(ConfigError, match="whose other half is new"):
        add_consistency(tmp_path, tmp_path, str(tmp_path / "else.jsonl"), corpus, (), device="cpu")
    with pytest.raises(ConfigError, match="does not say how it was trained"):
        add_consistency(tmp_path, tmp_path / "none", corpus, corpus, (), device="cpu")


def test_relations_take_two_passes(tmp_path, corpus):
    with pytest.raises(ConfigError, match="no relations"):  # and not: no option
        train_model("relations", train=[corpus], dev=[corpus], out=tmp_path, rdrop=1.0)


def test_relations_refuse_options_of_taggers(tmp_path, corpus):
    with pytest.raises(ConfigError, match="no option of relations: scheme"):
        train_model("relations", train=[corpus], dev=[corpus], out=tmp_path, scheme="bio")
