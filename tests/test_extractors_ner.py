"""The tagger: training on a handful of sentences, partial labels, reloading, windows, and the shipped weights."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from logits_only import LogitsOnly
from marked_sentences import MARKED, parse, write_corpus
from rich.console import Console
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.evaluation.ner import evaluate_ner
from extractors.ner.architectures import Plan, build_network
from extractors.ner.losses import divergence, partial_label_loss
from extractors.ner.readers import SubwordReader
from extractors.ner.tagger import SHIPPED_MODEL, Tagger, TaggerConfig, tag_texts
from extractors.ner.targets import make_examples
from extractors.training.batches import BatchSettings, TrainingBatches
from extractors.training.consistency import fit_consistency
from extractors.training.corpora import Entity, GoldText, read_corpora
from extractors.training.ner import NerSettings, read_half, train_ner
from extractors.training.steps import LoopSettings
from schemas.errors import ConfigError, ModelError
from schemas.records import ENTITY_TYPES, Span

QUIET = Console(quiet=True)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory):
    words = [word for sentence in MARKED for word in parse(sentence)[0].split()]
    return str(write_tiny_encoder(tmp_path_factory.mktemp("encoder"), words))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, encoder_path):
    """A tagger that has learned the eight sentences by heart; folder and corpus."""
    folder = tmp_path_factory.mktemp("trained")
    corpus = write_corpus(folder / "corpus.jsonl", MARKED)
    settings = NerSettings(
        encoder=encoder_path,
        dropout=0.0,
        encoder_dropout=0.0,
        freeze_words=False,
        batches=BatchSettings(max_tokens=64, batch_tokens=64, mask_words=0.0, mask_mentions=0.0),
        loop=LoopSettings(epochs=40, encoder_lr=1e-2, head_lr=1e-2, ema_decay=0.0, bf16=False, patience=6),
    )
    reports = train_ner([corpus], [corpus], folder / "model", settings, device=CPU, console=QUIET)
    return folder / "model", corpus, reports


def test_marked_sentences_are_parsed():
    text, entities = parse(MARKED[0])
    assert text == "We train BERT on SQuAD ."
    assert [(text[e["start"] : e["end"]], e["type"]) for e in entities] == [("BERT", "Method"), ("SQuAD", "Dataset")]


def test_training_learns_eight_sentences_by_heart(trained):
    folder, corpus, reports = trained
    assert max(report.metrics["f1"] for report in reports) > 0.95
    assert (folder / "metrics.csv").exists()
    scores = evaluate_ner(Tagger.load(folder, CPU), read_corpora([corpus]))
    assert scores.exact.micro.f1 > 0.95
    assert set(scores.exact.per_type) == {"Method", "Dataset", "Task"}


def test_reloaded_tagger_tags_the_same(trained):
    folder, corpus, _ = trained
    texts = [text.text for text in read_corpora([corpus])]
    first, second = Tagger.load(folder, CPU), Tagger.load(folder, CPU)
    assert tag_texts(first, texts) == tag_texts(second, texts)
    assert first.revision == second.revision


def test_texts_do_not_influence_each_other(trained):
    folder, corpus, _ = trained
    tagger = Tagger.load(folder, CPU)
    texts = [text.text for text in read_corpora([corpus])]
    spans = [[(m.start_char, m.end_char, m.label) for m in mentions] for mentions in tag_texts(tagger, texts)]
    alone = [[(m.start_char, m.end_char, m.label) for m in tag_texts(tagger, [text])[0]] for text in texts]
    assert spans == alone


def test_only_regions_are_tagged(trained):
    tagger = Tagger.load(trained[0], CPU)
    text = "\n".join(parse(sentence)[0] for sentence in MARKED[:3])
    second = Span(text.index("\n") + 1, text.rindex("\n"))
    (mentions,) = tag_texts(tagger, [text], [[second]])
    assert mentions
    assert all(second.start_char <= m.start_char and m.end_char <= second.end_char for m in mentions)
    assert tag_texts(tagger, [text], [[]]) == [()]


def test_a_consistency_model_is_fitted_saved_and_used(trained, tmp_path):
    folder, corpus, _ = trained
    tagger, texts = Tagger.load(folder, CPU), read_corpora([corpus])
    types = ("Method", "Dataset", "Task")
    tagger.consistency = fit_consistency(tagger, texts, tagger, texts, types)
    assert evaluate_ner(tagger, texts).exact.micro.f1 > 0.95
    tagger.save(tmp_path)
    loaded = Tagger.load(tmp_path, CPU)
    assert loaded.consistency == tagger.consistency
    assert loaded.revision != Tagger.load(folder, CPU).revision
    with pytest.raises(ConfigError, match="no mentions of Method"):
        fit_consistency(tagger, [replace(text, entities=()) for text in texts], tagger, texts, types)


def test_a_twin_is_trained_on_the_other_half(tmp_path, encoder_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl", MARKED)
    texts = read_corpora([corpus])
    assert read_half(corpus, 0) == texts[::2]
    assert read_half(corpus, 1) == texts[1::2]
    settings = NerSettings(
        encoder=encoder_path,
        half=1,
        batches=BatchSettings(max_tokens=64),
        loop=LoopSettings(epochs=1, bf16=False),
    )
    train_ner([corpus], [corpus], tmp_path / "twin", settings, device=CPU, console=QUIET)
    assert json.loads((tmp_path / "twin" / "training.json").read_text())["half"] == 1


def test_no_texts_no_mentions(trained):
    tagger = Tagger.load(trained[0], CPU)
    assert tag_texts(tagger, []) == []
    assert tag_texts(tagger, ["", " \n "]) == [(), ()]


def test_weights_of_another_encoder_are_refused(tmp_path, encoder_path):
    reader = SubwordReader(load_encoder(encoder_path))
    config = TaggerConfig(encoder=encoder_path, encoder_checksum="0" * 16)
    network = build_network("bert", Plan(config.types, "bio", reader, 64, 12, dropout=0.0), freeze_words=True)
    Tagger(network, reader, config, CPU).save(tmp_path)
    with pytest.raises(ModelError, match="another encoder"):
        Tagger.load(tmp_path, CPU)


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": 0, "architecture": "bert"}'])
def test_broken_model_folders_are_clear_errors(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(ModelError):
        Tagger.load(tmp_path, CPU)


def test_training_without_mentions_is_refused(tmp_path, encoder_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl", ["Nothing here ."])
    with pytest.raises(ConfigError, match="training needs"):
        train_ner([corpus], [corpus], tmp_path, NerSettings(encoder=encoder_path), console=QUIET)


def test_windows_longer_than_the_encoder_are_refused(tmp_path, encoder_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl", MARKED)
    with pytest.raises(ConfigError, match="takes 128 at most"):
        train_ner([corpus], [corpus], tmp_path, NerSettings(encoder=encoder_path), console=QUIET)


def test_types_that_a_corpus_does_not_annotate_get_no_gradient():
    logits = torch.randn(4, 15, requires_grad=True)
    allowed = torch.zeros(4, 15, dtype=torch.bool)
    metric = [1 + 2 * ENTITY_TYPES.index("Metric"), 2 + 2 * ENTITY_TYPES.index("Metric")]
    allowed[:, [0, *metric]] = True  # outside words of a corpus without Metric
    partial_label_loss(logits, allowed).backward()
    gradient = logits.grad / logits.detach().softmax(dim=-1)  # the same factor for all allowed tags: none is preferred
    assert torch.allclose(gradient[:, metric], gradient[:, [0]].expand(-1, 2), atol=1e-6)
    assert (logits.grad[:, ~allowed[0]] > 0).all()


def test_loss_of_one_allowed_tag_is_cross_entropy():
    logits, labels = torch.randn(6, 15), torch.randint(0, 15, (6,))
    allowed = torch.nn.functional.one_hot(labels, 15).bool()
    expected = torch.nn.functional.cross_entropy(logits, labels)
    assert torch.allclose(partial_label_loss(logits, allowed), expected)


def test_padding_and_unknown_words_are_not_in_the_loss():
    logits = torch.randn(2, 15, requires_grad=True)
    allowed = torch.ones(2, 15, dtype=torch.bool)
    allowed[0, 1:] = False
    partial_label_loss(logits, allowed).backward()
    assert (logits.grad[1] == 0).all()
    assert partial_label_loss(logits, torch.ones_like(allowed)) == 0


def test_divergence_of_two_passes():
    first = torch.tensor([[0.0, 1.0, -torch.inf], [2.0, 0.0, 0.0]], requires_grad=True)
    second = torch.tensor([[0.0, 0.0, -torch.inf], [0.0, 1.0, 3.0]])
    a, b = torch.softmax(first[:, :2], dim=1)[0], torch.softmax(second[:, :2], dim=1)[0]
    c, d = torch.softmax(first, dim=1)[1], torch.softmax(second, dim=1)[1]
    both = [torch.nn.functional.kl_div(q.log(), p, reduction="sum") for p, q in ((a, b), (b, a), (c, d), (d, c))]
    assert torch.allclose(divergence(first, second), sum(both) / 4)
    assert divergence(second, second) == 0
    divergence(first, second).backward()
    assert first.grad.isfinite().all()


def reader_of(encoder_path):
    return SubwordReader(load_encoder(encoder_path))


def gold(text, entities, annotated):
    spans = tuple(Entity(f"T{i}", s, e, label) for i, (s, e, label) in enumerate(entities))
    return GoldText("a", "", text, (Span(0, len(text)),), spans, (), frozenset(annotated))


def test_uncertain_mentions_are_left_open(encoder_path):
    text = replace(
        gold("BERT beats Oracle here", [(0, 4, "Method")], ENTITY_TYPES), uncertain=(Entity("T9", 11, 17, "Method"),)
    )
    (example,) = make_examples([text], reader_of(encoder_path), ENTITY_TYPES)
    n_allowed = dict(zip(example.stream.starts.tolist(), example.allowed.sum(axis=1).tolist(), strict=True))
    assert (n_allowed[0], n_allowed[5], n_allowed[11]) == (1, 1, 1 + 2 * len(ENTITY_TYPES))
    assert example.unknown.any(axis=1).sum() == ((example.stream.starts >= 11) & (example.stream.starts < 17)).sum()


def test_targets_of_partly_annotated_text(encoder_path):
    text = "BERT gets 93.2 in 2017"
    body = {"Method", "Dataset", "Task", "Author", "Institution"}
    (example,) = make_examples([gold(text, [(0, 4, "Method")], body)], reader_of(encoder_path), ENTITY_TYPES)
    words = example.stream.is_word
    method, metric, result = (1 + 2 * ENTITY_TYPES.index(name) for name in ("Method", "Metric", "Result"))
    by_word = {
        text[start:end]: set(np.flatnonzero(row).tolist())
        for start, end, row in zip(
            example.stream.starts[words], example.stream.word_ends(), example.allowed[words], strict=True
        )
    }
    assert by_word["BERT"] == {method}
    assert by_word["gets"] == {0, metric, metric + 1}
    assert by_word["93"] == {0, metric, metric + 1, result, result + 1}
    assert by_word["2017"] == {0, metric, metric + 1}
    assert example.allowed[~words].all()


def test_number_without_a_metric_in_its_sentence_is_no_result(encoder_path):
    body = {"Method", "Dataset", "Task", "Metric", "Author", "Institution"}
    (example,) = make_examples([gold("We get 93.2 here", [], body)], reader_of(encoder_path), ENTITY_TYPES)
    assert (example.allowed[example.stream.is_word].sum(axis=1) == 1).all()


def test_hidden_words_are_whole_words(encoder_path):
    reader = reader_of(encoder_path)
    text = "unknownword " * 10
    examples = make_examples([gold(text, [(0, 11, "Method")], {"Method"})], reader, ENTITY_TYPES)
    settings = BatchSettings(max_tokens=128, batch_tokens=256, mask_words=0.5, mask_mentions=1.0)
    (batch,) = TrainingBatches(examples, reader, settings, epoch=0)
    mask_id = reader.encoder.tokenizer.mask_token_id
    hidden = batch.windows.ids[0, 1:111] == mask_id
    assert hidden[:11].all()
    assert {int(row.sum()) for row in hidden.reshape(10, 11)} == {0, 11}


def test_share_and_rare_examples(encoder_path):
    reader = reader_of(encoder_path)
    text = "x " * 2000
    plain = gold(text, [], ENTITY_TYPES)
    rare = gold(text, [(1000, 1001, "Result")], ())
    examples = [
        make_examples([GoldText(**{**_fields(one), "share": 0.01})], reader, ENTITY_TYPES)[0] for one in (plain, rare)
    ]
    settings = BatchSettings(max_tokens=64, batch_tokens=64)
    assert len(TrainingBatches(examples[:1], reader, settings, epoch=0)) < 5
    batches = [len(TrainingBatches(examples[1:], reader, settings, epoch)) for epoch in range(5)]
    assert min(batches) >= 1


def _fields(text):
    return {name: getattr(text, name) for name in GoldText.__slots__}


class LocalModel(torch.nn.Module):
    """A model whose tags depend on a token and its two neighbours alone, for exact tests of windows."""

    def __init__(self, vocabulary_size):
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.tables = [torch.randn(vocabulary_size, 15, generator=generator) for _ in range(3)]

    def forward(self, ids, _mask):
        """Logits from three tables."""
        around = [ids.roll(shift, dims=1) for shift in (1, 0, -1)]
        return 2 * sum(table[column] for table, column in zip(self.tables, around, strict=True))


@pytest.fixture(scope="module")
def local_tagger(encoder_path):
    encoder = load_encoder(encoder_path)
    return Tagger(LogitsOnly(LocalModel(len(encoder.tokenizer))), encoder, TaggerConfig(max_tokens=64, overlap=10), CPU)


@given(phase=st.integers(1, 40), n_words=st.integers(1, 400), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_phase_of_the_windows_does_not_matter(local_tagger, phase, n_words, seed):
    vocabulary = [word for sentence in MARKED for word in parse(sentence)[0].split()]
    text = " ".join(np.random.default_rng(seed).choice(vocabulary, n_words))
    assert tag_texts(local_tagger, [text]) == tag_texts(local_tagger, [text], phase=phase)


needs_weights = pytest.mark.skipif(not (SHIPPED_MODEL / "model.safetensors").exists(), reason="no weights are shipped")
ABSTRACT = (
    "We introduce GraphBERT, a graph neural network for relation extraction. "
    "On the SciERC dataset it reaches an F1 score of 52.7%, and 71.3 F1 on ACE05."
)


@pytest.fixture(scope="module")
def shipped():
    return Tagger.load(device=CPU)


@needs_weights
def test_shipped_weights_are_small():
    assert sum(file.stat().st_size for file in SHIPPED_MODEL.iterdir()) < 25e6
    assert {"config.json", "model.safetensors", "README.md"} <= {file.name for file in SHIPPED_MODEL.iterdir()}


@needs_weights
def test_shipped_tagger_reads_an_abstract(shipped):
    (mentions,) = tag_texts(shipped, [ABSTRACT])
    found = {(ABSTRACT[m.start_char : m.end_char], m.label) for m in mentions}
    assert {
        ("GraphBERT", "Method"),
        ("relation extraction", "Task"),
        ("F1 score", "Metric"),
        ("52.7%", "Result"),
    } <= found
    assert any(label == "Dataset" and "SciERC" in text for text, label in found)
    assert all(0 < m.score <= 1 for m in mentions)


@needs_weights
def test_shipped_tagger_reads_front_matter(shipped):
    text = "Reading Graphs\nAnna Svensson, Bo Li\nUniversity of Northfield, Department of Physics\nanna@northfield.edu"
    (mentions,) = tag_texts(shipped, [text])
    found = {(text[m.start_char : m.end_char], m.label) for m in mentions}
    assert {("Anna Svensson", "Author"), ("Bo Li", "Author"), ("University of Northfield", "Institution")} <= found


@needs_weights
@pytest.mark.parametrize("phase", [37, 111])
def test_shipped_tagger_hardly_notices_the_windows(shipped, phase):
    corpus = Path(__file__).parents[2] / "shared" / "data" / "ie" / "scier-dev.jsonl"
    if not corpus.exists():
        pytest.skip("the shared corpora are not here")
    text = read_corpora([str(corpus)], for_training=False)[0].text[:20_000]
    spans = [{(m.start_char, m.end_char, m.label) for m in tag_texts(shipped, [text], phase=p)[0]} for p in (0, phase)]
    assert len(spans[0] & spans[1]) >= 0.8 * len(spans[0] | spans[1])
