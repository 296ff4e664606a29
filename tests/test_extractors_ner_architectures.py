"""Every architecture learns five sentences by heart through the one training loop, is saved, and tags the same."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_sentences import MARKED, parse, write_corpus
from rich.console import Console
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.evaluation.ner import evaluate_ner
from extractors.ner.architectures import ARCHITECTURES, Plan, build_network
from extractors.ner.mrc import QUERIES
from extractors.ner.networks import LossSettings, SpanNetwork
from extractors.ner.readers import SubwordReader, WordReader
from extractors.ner.scratch import BiLstm, Reformer
from extractors.ner.tagger import Tagger, TaggerConfig, predict, tag_texts
from extractors.ner.targets import make_examples
from extractors.training.batches import BatchSettings, TrainingBatches
from extractors.training.corpora import read_corpora
from extractors.training.ner import NerSettings, start_weights, train_ner
from extractors.training.steps import LoopSettings
from schemas.errors import ConfigError, ModelError
from schemas.records import Span

QUIET = Console(quiet=True)
CPU = torch.device("cpu")
TYPES = ("Method", "Dataset", "Task")
FIVE = MARKED[:5]


@pytest.fixture(scope="module")
def encoder_path(tmp_path_factory):
    words = [word for text in [*QUERIES.values(), *(parse(marked)[0] for marked in MARKED)] for word in text.split()]
    return str(write_tiny_encoder(tmp_path_factory.mktemp("encoder"), words))


def by_heart(encoder_path, **changed):
    return NerSettings(
        **{
            "encoder": encoder_path,
            "dropout": 0.0,
            "encoder_dropout": 0.0,
            "freeze_words": False,
            "batches": BatchSettings(max_tokens=120, batch_tokens=64, mask_words=0.0, mask_mentions=0.0),
            "loop": LoopSettings(epochs=80, encoder_lr=1e-2, head_lr=1e-2, ema_decay=0.0, bf16=False, patience=12),
            **changed,
        }
    )


SLOWER = {"reformer": {"encoder_lr": 3e-3, "head_lr": 3e-3}, "mrc": {"patience": 35}}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_learns_is_saved_and_tags_the_same(tmp_path, encoder_path, name):
    corpus = write_corpus(tmp_path / "corpus.jsonl", FIVE)
    wanted = by_heart(encoder_path, architecture=name)
    wanted = replace(wanted, loop=replace(wanted.loop, **SLOWER.get(name, {})))
    reports = train_ner([corpus], [corpus], tmp_path / "model", wanted, device=CPU, console=QUIET)
    assert max(report.metrics["f1"] for report in reports) > 0.95
    texts = read_corpora([corpus])
    first, second = Tagger.load(tmp_path / "model", CPU), Tagger.load(tmp_path / "model", CPU)
    assert first.config.architecture == name
    assert evaluate_ner(first, texts).exact.micro.f1 > 0.95
    plain = [text.text for text in texts]
    assert tag_texts(first, plain) == tag_texts(second, plain)
    assert all(0 < mention.score <= 1 for mentions in tag_texts(first, plain) for mention in mentions)


@pytest.mark.parametrize("changed", [{"scheme": "bioes"}, {"scheme": "bilou", "label_all": True}, {"focal_gamma": 1.0}])
def test_settings_of_tags_and_loss(tmp_path, encoder_path, changed):
    corpus = write_corpus(tmp_path / "corpus.jsonl", FIVE)
    found = by_heart(encoder_path, class_weight_power=0.5, **changed)
    reports = train_ner([corpus], [corpus], tmp_path / "model", found, device=CPU, console=QUIET)
    assert max(report.metrics["f1"] for report in reports) > 0.95
    assert evaluate_ner(Tagger.load(tmp_path / "model", CPU), read_corpora([corpus])).exact.micro.f1 > 0.95


WRONG = {  # name: (settings, message)
    "unknown architecture": ({"architecture": "hmm"}, "unknown architecture 'hmm'"),
    "unknown scheme": ({"scheme": "iob2"}, "unknown tag scheme 'iob2'"),
    "focal loss of sequences": ({"architecture": "bert-crf", "focal_gamma": 2.0}, "do not apply to bert-crf"),
    "two passes of sequences": ({"architecture": "bert-crf", "rdrop": 1.0}, "do not apply to bert-crf"),
    "sub-words in a chain": ({"architecture": "bert-crf", "label_all": True}, "a CRF chains words"),
    "words of another vocabulary": (
        {"architecture": "bilstm", "start_from": "x", "types": ("Method",)},
        "starts from nothing",
    ),
    "no such type": ({"types": ("Method", "Colour")}, "no mention of type 'Colour'"),
    "no room beside the query": ({"architecture": "mrc", "batches": BatchSettings(max_tokens=64)}, "too short for mrc"),
}


@pytest.mark.parametrize(("changed", "message"), WRONG.values(), ids=WRONG.keys())
def test_settings_that_do_not_fit_are_refused(tmp_path, encoder_path, changed, message):
    corpus = write_corpus(tmp_path / "corpus.jsonl", FIVE)
    with pytest.raises(ConfigError, match=message):
        train_ner([corpus], [corpus], tmp_path, by_heart(encoder_path, **changed), device=CPU, console=QUIET)


def build(name, encoder_path, types=TYPES):
    reader = SubwordReader(load_encoder(encoder_path))
    if ARCHITECTURES[name].reads_words:
        reader = WordReader.count([parse(sentence)[0] for sentence in MARKED], min_count=1)
    torch.manual_seed(1)
    plan = Plan(types, "bio", reader, max_tokens=120, max_width=6, dropout=0.0)
    return build_network(name, plan, freeze_words=True).eval(), reader


def batches_of(reader, texts, types=TYPES, size=120):
    examples = make_examples(texts, reader, types)
    plain = BatchSettings(max_tokens=size, batch_tokens=10_000, mask_words=0.0, mask_mentions=0.0)
    return list(TrainingBatches(examples, reader, plain, epoch=0))


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "reformer"])
def test_padding_has_no_part_in_the_loss(tmp_path, encoder_path, name):
    network, reader = build(name, encoder_path)
    texts = read_corpora([write_corpus(tmp_path / "corpus.jsonl", FIVE[:1])])
    (batch,) = batches_of(reader, texts)
    windows = batch.windows
    wide = torch.nn.functional.pad(windows.ids.transpose(1, -1), (0, 7)).transpose(1, -1)
    padded = replace(
        batch,
        windows=replace(
            windows,
            ids=wide,
            mask=torch.nn.functional.pad(windows.mask, (0, 7)),
            is_word=torch.nn.functional.pad(windows.is_word, (0, 7)),
        ),
        allowed=torch.nn.functional.pad(batch.allowed, (0, 0, 0, 7), value=True),
        unknown=torch.nn.functional.pad(batch.unknown, (0, 0, 0, 7), value=True),
    )
    with torch.no_grad():
        assert torch.allclose(network.loss(batch, LossSettings()), network.loss(padded, LossSettings()), atol=1e-5)


@pytest.mark.parametrize("name", ["bert", "span", "bilstm"])
def test_two_passes_that_differ_cost_more(tmp_path, encoder_path, name):
    network, reader = build(name, encoder_path)
    (batch,) = batches_of(reader, read_corpora([write_corpus(tmp_path / "corpus.jsonl", FIVE)]))
    one, two = LossSettings(), LossSettings(rdrop=1e3)
    with torch.no_grad():
        assert torch.allclose(
            network.loss(batch, one), network.loss(batch, two), atol=1e-4
        )  # no dropout, no difference
        for module in network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.5
        assert network.train().loss(batch, two) > network.loss(batch, one) + 1


@pytest.mark.parametrize(
    ("name", "settings"),
    [(name, LossSettings()) for name in ARCHITECTURES] + [(name, LossSettings(rdrop=1.0)) for name in ("bert", "span")],
)
def test_types_that_nothing_is_known_of_leave_no_loss(tmp_path, encoder_path, name, settings):
    network, reader = build(name, encoder_path)
    corpus = write_corpus(tmp_path / "corpus.jsonl", ["There is nothing to see in this sentence ."], annotated=[])
    (batch,) = batches_of(reader, read_corpora([corpus]))
    network.train()
    loss = network.loss(batch, settings)
    assert float(loss.detach()) == pytest.approx(0, abs=1e-5)
    loss.backward()  # nothing is learned from it either
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(float(gradient.abs().max()) < 1e-5 for gradient in gradients)


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "reformer"])
def test_windows_beside_each_other_do_not_touch(encoder_path, name):
    network, reader = build(name, encoder_path)
    config = TaggerConfig(architecture=name, types=TYPES, max_tokens=120, overlap=8)
    if isinstance(network, SpanNetwork):
        config = replace(config, min_scores=dict.fromkeys(TYPES, 0.05))
    tagger = Tagger(network, reader, config, CPU)
    texts = [parse(sentence)[0] for sentence in MARKED]
    together, alone = tag_texts(tagger, texts), [tag_texts(tagger, [text])[0] for text in texts]
    for mentions, others in zip(together, alone, strict=True):
        assert [(m.start_char, m.end_char, m.label) for m in mentions] == [
            (m.start_char, m.end_char, m.label) for m in others
        ]
        assert np.allclose([m.score for m in mentions], [m.score for m in others], atol=1e-4)


def test_sections_go_through_the_reformer_whole():
    torch.manual_seed(0)
    body = Reformer(50, width=32, layers=("local", "lsh"), max_tokens=700).eval()
    ids = torch.randint(1, 50, (1, 700))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        first, second = (body(ids, mask).last_hidden_state for _ in range(2))
    assert first.shape == (1, 700, 64)
    assert torch.equal(first, second)  # the hashes are the same each time


def test_letters_tell_unknown_words_apart():
    body = BiLstm(5, 30).eval()
    ids = torch.ones(1, 2, 21, dtype=torch.int64)
    ids[0, 1, 1:] = 0
    ids[0, 1, 1:4] = torch.tensor([7, 8, 9])
    with torch.no_grad():
        spelled = body._spell(ids[..., 1:])
    assert not torch.allclose(spelled[0, 0], spelled[0, 1])


def test_word_reader_reads_words_and_regions():
    reader = WordReader.count(["BERT-large, 2018", "bert 2019"], min_count=2)
    assert list(reader.words) == ["0000", "bert"]
    text = "BERT beats ELMo by 3.2"
    (stream,) = reader.tokenize([text])
    assert [text[s:e] for s, e in zip(stream.starts, stream.ends, strict=True)] == [
        "BERT",
        "beats",
        "ELMo",
        "by",
        "3",
        ".",
        "2",
    ]
    assert stream.ids.shape == (7, 21)
    (part,) = reader.tokenize([text], [[Span(5, 15), Span(0, 4)]])
    assert [text[s:e] for s, e in zip(part.starts, part.ends, strict=True)] == ["BERT", "beats", "ELMo"]
    assert part.is_break.tolist() == [True, True, False]
    assert len(reader.tokenize([""])[0]) == 0


def test_starting_from_another_tagger_takes_its_encoder_and_the_tags_that_both_know(tmp_path, encoder_path):
    network, reader = build("bert", encoder_path, ("Method", "Dataset"))
    there = TaggerConfig(types=("Method", "Dataset"), encoder=encoder_path, encoder_checksum=reader.encoder.checksum)
    Tagger(network, reader, there, CPU).save(tmp_path)
    for name in ("bert", "span"):
        other, _ = build(name, encoder_path, ("Task", "Dataset"))
        with torch.no_grad():
            other.encoder.embeddings.position_embeddings.weight.zero_()
            if name == "bert":
                other.head.weight.zero_()
        start_weights(other, replace(there, architecture=name, types=("Task", "Dataset")), tmp_path)
        ours, theirs = other.encoder.state_dict(), network.encoder.state_dict()
        assert all(torch.allclose(ours[key], theirs[key], atol=1e-3) for key in ours)
        if name == "bert":
            assert torch.allclose(other.head.weight[3:], network.head.weight[3:], atol=1e-3)
            assert not other.head.weight[1:3].any()
    with pytest.raises(ModelError, match="another encoder"):
        start_weights(network, replace(there, encoder_checksum="x"), tmp_path)


@given(n_words=st.integers(30, 300), phase=st.integers(1, 40), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_spans_do_not_depend_on_the_windows(span_tagger, n_words, phase, seed):
    """With vectors that see no neighbours, a span scores the same in every window that holds it."""
    vocabulary = [word for sentence in MARKED for word in parse(sentence)[0].split()]
    text = " ".join(np.random.default_rng(seed).choice(vocabulary, n_words))
    streams = span_tagger.reader.tokenize([text])
    scores = []
    for shift in (0, phase):  # the spans, not the mentions: of two that are as likely either may be taken
        spans = predict(span_tagger, streams, phase=shift)[0].found
        keys = zip(spans.firsts.tolist(), spans.lasts.tolist(), spans.types.tolist(), strict=True)
        scores.append(dict(zip(keys, spans.scores.tolist(), strict=True)))
    for here, there in (scores, scores[::-1]):
        assert all(there[key] == pytest.approx(score, abs=1e-4) for key, score in here.items() if score > 0.06)


@pytest.fixture(scope="module")
def span_tagger(encoder_path):
    network, reader = build("span", encoder_path)
    network.encoder = _LocalEncoder(len(reader.encoder.tokenizer), 16)
    with torch.no_grad():
        network.head.output.weight.mul_(20)
        network.head.output.bias.zero_()
    config = TaggerConfig(architecture="span", types=TYPES, max_tokens=120, overlap=24, max_width=6)
    return Tagger(network.eval(), reader, config, CPU)


class _LocalEncoder(torch.nn.Module):
    """Vectors of tokens alone."""

    def __init__(self, n_tokens, width):
        super().__init__()
        self.table = torch.nn.Embedding(n_tokens, width)

    def forward(self, input_ids, attention_mask):
        """The tokens' vectors."""
        assert attention_mask.shape == input_ids.shape
        return type("Output", (), {"last_hidden_state": self.table(input_ids)})


def test_trained_word_vectors_of_the_start_are_stored_again(tmp_path, encoder_path):
    corpus = write_corpus(tmp_path / "corpus.jsonl", FIVE)
    wanted = by_heart(encoder_path)
    wanted = replace(wanted, loop=replace(wanted.loop, epochs=1))
    train_ner([corpus], [corpus], tmp_path / "first", wanted, device=CPU, console=QUIET)
    later = replace(wanted, start_from=str(tmp_path / "first"), freeze_words=True)
    train_ner([corpus], [corpus], tmp_path / "second", later, device=CPU, console=QUIET)
    assert not Tagger.load(tmp_path / "second", CPU).config.freeze_words


def test_configuration_knows_its_architecture(tmp_path, encoder_path):
    network, reader = build("mrc", encoder_path)
    config = TaggerConfig(
        architecture="mrc", types=TYPES, encoder=encoder_path, encoder_checksum=reader.encoder.checksum, max_tokens=120
    )
    config = replace(config, max_width=6)
    Tagger(network, reader, config, CPU).save(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["architecture"] == "mrc"
    assert type(Tagger.load(tmp_path, CPU).model) is type(network)
