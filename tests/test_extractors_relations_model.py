"""The relation network and classifier with a tiny random encoder."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.evaluation.predictions import gold_relations
from extractors.evaluation.relations import name_given_pairs
from extractors.relations.classifier import ARCHITECTURES, RelationClassifier, RelationConfig, read_config, relate_texts
from extractors.relations.model import PairAttention, collate_windows
from extractors.training.average_relations import keep_best_classifier
from extractors.training.corpora import Entity, GoldRelation, GoldText
from extractors.training.loop import LoopSettings
from extractors.training.relation_examples import build_examples
from extractors.training.relations import RelationTrainingSettings, calibrate, load_initial_weights, train_relations
from schemas.errors import ConfigError, ModelError
from schemas.records import Mention, Span

WORDS = "bert elmo beats uses squad glue on is a part of the for and".split()  # noqa: SIM905
TRIPLES = (
    ("evaluated_on", "Method", "Dataset"),
    ("part_of", "Method", "Method"),
    ("compared_with", "Method", "Method"),
)


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory):
    return write_tiny_encoder(tmp_path_factory.mktemp("tiny"), WORDS)


def make_classifier(encoder_folder, types=("Method", "Dataset"), triples=TRIPLES, seed=0, **changes):
    torch.manual_seed(seed)
    encoder = load_encoder(str(encoder_folder))
    config = RelationConfig(encoder.name, encoder.checksum, types, triples, ("compared_with",), width=16, **changes)
    return RelationClassifier.create(config, encoder)


def gold(number, text, relation):
    """A text with two methods (first and third word) or a method and a dataset, and one relation."""
    words = text.split()
    places = [(text.index(word), text.index(word) + len(word)) for word in (words[0], words[-1])]
    labels = ["Dataset" if word in ("squad", "glue") else "Method" for word in (words[0], words[-1])]
    entities = tuple(
        Entity(f"T{i}", *place, label) for i, (place, label) in enumerate(zip(places, labels, strict=True))
    )
    return GoldText(
        text_id=str(number),
        source="test",
        text=text,
        sentences=(Span(0, len(text)),),
        entities=entities,
        relations=(GoldRelation(*relation),) if relation else (),
        annotated=frozenset({"Method", "Dataset"}),
    )


GOLD = [
    gold(0, "bert beats elmo", ("T0", "T1", "compared_with")),
    gold(1, "elmo beats bert", ("T1", "T0", "compared_with")),
    gold(2, "bert is a part of elmo", ("T0", "T1", "part_of")),
    gold(3, "elmo uses bert", ("T1", "T0", "part_of")),
    gold(4, "bert on squad", ("T0", "T1", "evaluated_on")),
    gold(5, "glue for elmo", ("T1", "T0", "evaluated_on")),
]


def inputs(texts):
    mentions = [[Mention(e.start_char, e.end_char, e.label, 1.0) for e in text.entities] for text in texts]
    return [text.text for text in texts], mentions, [text.sentences for text in texts]


def test_logits_of_forbidden_classes_are_minus_infinity(encoder_folder):
    classifier = make_classifier(encoder_folder)
    examples = build_examples(classifier, GOLD)
    logits = classifier.network(collate_windows(examples.windows, 0))
    types = [window.mention_types[window.pairs[0]].tolist() for window in examples.windows]
    expected = torch.stack([torch.from_numpy(classifier.labels.allowed[first, second]) for first, second in types])
    assert torch.equal(logits.isfinite(), expected)


def test_the_maximum_between_two_mentions_is_that_of_the_tokens_between(encoder_folder):
    classifier = make_classifier(encoder_folder)
    text = "bert " + "on is a part of the for and " * 3 + "elmo squad"
    mentions = [Mention(text.index(w), text.index(w) + len(w), "Method", 1.0) for w in ("bert", "elmo")]
    mentions.append(Mention(text.index("squad"), len(text), "Dataset", 1.0))
    windows = classifier.windows_of([text], [mentions], [[Span(0, len(text))]])
    batch = collate_windows(windows, 0)
    states = torch.randn(1, batch.token_ids.shape[1], 16)
    network = classifier.network
    pooled = network._between(states, batch)
    projected = network.between(states)[0]
    for row, (first, second) in enumerate(batch.pairs.tolist()):
        low, high = int(batch.mention_tokens[first, 1]) + 1, int(batch.mention_tokens[second, 0])
        expected = projected[low:high].max(dim=0).values if high > low else torch.zeros(16)
        assert torch.allclose(pooled[row], expected)


def test_markers_stand_around_the_two_mentions_of_a_pair(encoder_folder):
    classifier = make_classifier(encoder_folder, architecture="bert-markers")
    text = "elmo is bert of the elmo"
    mentions = [
        Mention(0, 4, "Method", 1.0),
        Mention(8, 15, "Method", 1.0),  # bert of, whose first word is a mention too
        Mention(8, 12, "Dataset", 1.0),
    ]
    batch = collate_windows(classifier.windows_of([text], [mentions], [[Span(0, len(text))]]), 0)
    network, seen = classifier.network, []
    network.encoder.register_forward_pre_hook(lambda _, args, kwargs: seen.append(kwargs), with_kwargs=True)
    network(batch)
    tokenizer = classifier.encoder.tokenizer
    ids = [tokenizer.cls_token_id, *tokenizer(text)["input_ids"], tokenizer.sep_token_id]
    words = network.encoder.get_input_embeddings()(torch.tensor(ids))
    method, dataset = network.markers.weight.unflatten(0, (2, 4))
    inputs = torch.cat([call["inputs_embeds"] for call in seen])
    masks = torch.cat([call["attention_mask"] for call in seen])
    assert masks.sum(dim=1).tolist() == [len(ids) + 4] * 3
    expected = {
        (0, 1): [words[0], method[0], words[1], method[1], words[2], method[2], *words[3:5], method[3], *words[5:]],
        (0, 2): [words[0], method[0], words[1], method[1], words[2], dataset[2], words[3], dataset[3], *words[4:]],
    }
    places = batch.mention_tokens.tolist()
    spans = {(1, 1): 0, (3, 4): 1, (3, 3): 2}
    for pair, found in zip(batch.pairs.tolist(), inputs, strict=True):
        key = tuple(spans[tuple(places[i])] for i in pair)
        if key in expected:
            assert torch.equal(found, torch.stack(expected.pop(key)))
    assert not expected


def test_each_pair_attends_to_its_own_window_only(encoder_folder):
    torch.manual_seed(0)
    attention = PairAttention(16, 8, 2)
    torch.nn.init.normal_(attention.out.weight)
    states, mask = torch.randn(3, 5, 16), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0]])
    rows = torch.tensor([0, 0, 0, 2])  # the window between has no pair
    pairs = torch.randn(4, 8)
    together = attention(pairs, states, rows, mask)
    for i, (row, n_tokens) in enumerate([(0, 5), (0, 5), (0, 5), (2, 4)]):
        alone = attention(
            pairs[i : i + 1], states[row : row + 1, :n_tokens], torch.tensor([0]), torch.ones(1, n_tokens)
        )
        assert torch.allclose(together[i], alone[0], atol=1e-6)


@pytest.mark.parametrize(
    "changes", [{}, {"n_heads": 4}, {"architecture": "bert-markers"}], ids=["plain", "heads", "markers"]
)
def test_relations_do_not_depend_on_order_or_batches(encoder_folder, changes):
    classifier = make_classifier(encoder_folder, threshold=0.1, **changes)
    texts, mentions, sentences = inputs(GOLD * 3)
    alone = [relate_texts(classifier, [t], [m], [s])[0] for t, m, s in zip(texts, mentions, sentences, strict=True)]
    together = relate_texts(classifier, texts[::-1], mentions[::-1], sentences[::-1], max_batch_tokens=20)[::-1]
    assert [[(r.head_id, r.tail_id, r.label) for r in one] for one in alone] == [
        [(r.head_id, r.tail_id, r.label) for r in one] for one in together
    ]
    scores = [
        (r.score, s.score) for one, other in zip(alone, together, strict=True) for r, s in zip(one, other, strict=True)
    ]
    assert scores
    assert all(abs(first - second) < 2e-3 for first, second in scores)


def test_pairs_whose_mentions_are_too_unlikely_are_not_read(encoder_folder):
    classifier = make_classifier(encoder_folder, threshold=0.3)
    texts, mentions, sentences = inputs(GOLD * 3)
    sure = relate_texts(classifier, texts, mentions, sentences)
    doubted = [[replace(m, score=0.5) for m in some] for some in mentions]
    n_read = classifier.meter.read()["pairs"]
    assert any(sure)
    assert not any(relate_texts(classifier, texts, doubted, sentences))
    assert classifier.meter.read()["pairs"] == n_read


def test_texts_without_pairs_give_nothing(encoder_folder):
    classifier = make_classifier(encoder_folder)
    one = [Mention(0, 4, "Method", 1.0)]
    assert relate_texts(classifier, ["bert is", ""], [one, []], [[Span(0, 7)], []]) == [(), ()]


def test_training_starts_from_the_head_of_another_classifier(encoder_folder, tmp_path):
    make_classifier(encoder_folder, n_heads=4).save(tmp_path)
    saved = {name: tensor.float() for name, tensor in load_file(tmp_path / "model.safetensors").items()}
    known = read_config(tmp_path / "config.json").labels
    triples = (("is_like", "Thing", "Method"), ("evaluated_on", "Method", "Dataset"))
    types = ("Thing", "Dataset", "Method")
    classifier = make_classifier(encoder_folder, types=types, triples=triples, seed=1, n_heads=4)
    load_initial_weights(tmp_path, classifier)
    own = classifier.network.state_dict()
    for name in ("first.weight", "attention.query.weight", "hidden.bias", "encoder.embeddings.LayerNorm.weight"):
        assert torch.equal(own[name], saved[name]), name
    for forward in (True, False):
        row, source = (one.classes.index(("evaluated_on", forward)) for one in (classifier.labels, known))
        assert torch.equal(own["classes.weight"][row], saved["classes.weight"][source])
    method, dataset = known.type_ids["Method"], known.type_ids["Dataset"]
    pair = method * len(known.entity_types) + dataset
    assert torch.equal(own["type_pair.weight"][2 * 3 + 1], saved["type_pair.weight"][pair])
    assert torch.equal(own["type_embeddings.weight"][3:5], saved["type_embeddings.weight"][1 + 2 * dataset :][:2])
    assert not torch.equal(own["type_embeddings.weight"][1:3], saved["type_embeddings.weight"][1:3])
    with pytest.raises(ModelError, match="cannot read"):
        load_initial_weights(tmp_path / "nothing", classifier)


def test_given_pairs_are_named_with_their_direction(encoder_folder, tmp_path):
    settings = RelationTrainingSettings(
        encoder=str(encoder_folder),
        min_examples=0,
        width=32,
        dropout=0.0,
        encoder_dropout=0.0,
        masked=0.0,
        given_pairs=True,
        loop=LoopSettings(epochs=30, encoder_lr=3e-3, head_lr=3e-3, ema_decay=0.0, bf16=False),
    )
    reports = train_relations(GOLD, GOLD, tmp_path, settings, device="cpu")
    assert reports[-1].metrics["f1"] == 1.0
    named = name_given_pairs(RelationClassifier.load(tmp_path, "cpu"), GOLD)
    assert [found.typed_relations for found in named] == [gold_relations(text) for text in GOLD]


def test_two_passes_learn_to_agree(encoder_folder, tmp_path):
    settings = RelationTrainingSettings(
        encoder=str(encoder_folder),
        min_examples=1,
        width=32,
        rdrop=1.0,
        masked=0.0,
        loop=LoopSettings(epochs=40, encoder_lr=3e-3, head_lr=3e-3, ema_decay=0.0, bf16=False),
    )
    reports = train_relations(GOLD, GOLD, tmp_path / "agreeing", settings, device="cpu")
    assert max(report.metrics["f1"] for report in reports) > 0.8
    alone = replace(settings, loop=replace(settings.loop, epochs=5), rdrop=0.0, dropout=0.0, encoder_dropout=0.0)
    together = replace(alone, rdrop=1.0)  # without dropout the passes are alike, and cost nothing
    losses = [
        [report.loss for report in train_relations(GOLD, GOLD, tmp_path / name, chosen, device="cpu")]
        for name, chosen in (("alone", alone), ("together", together))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("given_pairs", [False, True])
def test_runs_from_one_start_leave_the_best_of_them_and_their_mean(encoder_folder, tmp_path, given_pairs):
    make_classifier(encoder_folder).save(tmp_path / "start")
    settings = RelationTrainingSettings(
        encoder=str(encoder_folder),
        initial_weights=str(tmp_path / "start"),
        min_examples=1,
        width=16,
        given_pairs=given_pairs,
        loop=LoopSettings(epochs=2, encoder_lr=3e-3, head_lr=3e-3, ema_decay=0.0, bf16=False),
    )
    folders = [tmp_path / f"seed-{seed}" for seed in (0, 1)]
    for seed, folder in enumerate(folders):
        train_relations(GOLD, GOLD, folder, replace(settings, loop=replace(settings.loop, seed=seed)), device="cpu")
    best = keep_best_classifier(folders, tmp_path, GOLD, device="cpu", given_pairs=given_pairs)
    mean, *weights = [load_file(folder / "model.safetensors") for folder in (tmp_path / "mean", *folders)]
    assert all(
        torch.allclose(mean[name].float(), (weights[0][name].float() + weights[1][name].float()) / 2, atol=2e-3)
        for name in mean
    )
    names = (*(folder.name for folder in folders), "mean")
    scores = {name: json.loads((tmp_path / name / "scores.json").read_text())["dev"] for name in names}
    assert best == min(scores, key=lambda name: scores[name].get("log_loss", -scores[name]["f1"]))
    assert (tmp_path / "model.safetensors").read_bytes() == (tmp_path / best / "model.safetensors").read_bytes()
    make_classifier(encoder_folder, max_tokens=128).save(tmp_path / "other")
    with pytest.raises(ConfigError, match="the same types"):
        keep_best_classifier([folders[0], tmp_path / "other"], tmp_path, GOLD, device="cpu")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_training_overfits_a_few_sentences_and_reloads_the_same(encoder_folder, tmp_path, architecture):
    settings = RelationTrainingSettings(
        architecture=architecture,
        encoder=str(encoder_folder),
        min_examples=1,
        width=32,
        dropout=0.0,
        encoder_dropout=0.0,
        masked=0.0,
        loop=LoopSettings(epochs=60, encoder_lr=3e-3, head_lr=3e-3, ema_decay=0.0, bf16=False),
    )
    reports = train_relations(GOLD, GOLD, tmp_path, settings, device="cpu")
    assert reports[-1].loss < 0.2 < reports[0].loss
    assert max(report.metrics["f1"] for report in reports) == 1.0
    classifier = RelationClassifier.load(tmp_path, "cpu")
    found = relate_texts(classifier, *inputs(GOLD))
    expected = [
        (
            {text.entities[0].entity_id: 0, text.entities[1].entity_id: 1}[text.relations[0].head_id],
            text.relations[0].label,
        )
        for text in GOLD
    ]
    ids = [[f"{e.start_char}-{e.end_char}-{e.label}" for e in text.entities] for text in GOLD]
    assert [len(one) for one in found] == [1] * 6
    for one, (head, label), names in zip(found, expected, ids, strict=True):
        assert one[0].label == label
        assert one[0].head_id == names[head] or label == "compared_with"
        assert one[0].model.startswith("relations-")
    again = calibrate(classifier, build_examples(classifier, GOLD))[1]
    assert again["f1"] == 1.0
    assert json.loads((tmp_path / "scores.json").read_text())["dev"]["f1"] == 1.0


def test_a_classifier_of_another_encoder_is_refused(encoder_folder, tmp_path):
    classifier = make_classifier(encoder_folder)
    classifier.save(tmp_path / "model")
    other = load_encoder(str(write_tiny_encoder(tmp_path / "other", WORDS, seed=1)))
    with pytest.raises(ModelError, match="another encoder"):
        RelationClassifier.load(tmp_path / "model", "cpu", other)
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="format"):
        RelationClassifier.load(tmp_path / "model", "cpu")
    with pytest.raises(ModelError, match="cannot read"):
        RelationClassifier.load(tmp_path / "nothing", "cpu")


def test_given_pairs_over_sentences_alone_are_refused(encoder_folder, tmp_path):
    apart = replace(GOLD[0], sentences=(Span(0, 5), Span(5, 15)))
    settings = RelationTrainingSettings(encoder=str(encoder_folder), min_examples=0, given_pairs=True)
    with pytest.raises(ConfigError, match="in one sentence"):
        train_relations(GOLD, [apart], tmp_path, settings, device="cpu")


def test_dev_texts_whose_entities_cannot_be_related_are_refused(encoder_folder, tmp_path):
    apart = replace(GOLD[0], sentences=(Span(0, 5), Span(5, 15)))
    settings = RelationTrainingSettings(encoder=str(encoder_folder), min_examples=0)
    with pytest.raises(ConfigError, match="no pair of entities"):
        train_relations(GOLD, [apart], tmp_path, settings, device="cpu")


def test_training_without_relations_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no relations"):
        train_relations([gold(0, "bert on squad", None)], GOLD, tmp_path)
