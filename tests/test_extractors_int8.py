"""Encoders in eight-bit integers: nearly the same states and tags, whatever stands beside a text; and clear errors."""

import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from threading import Lock

import numpy as np
import pytest
import torch
from marked_sentences import MARKED, write_corpus
from tiny_encoder import write_tiny_encoder
from tiny_models import write_tiny_models
from torch import nn
from transformers import BertConfig, BertModel

from extractors import int8
from extractors.encoder import load_encoder
from extractors.int8 import RANGES_FILE, _recording, load_ranges, record_ranges, save_ranges, use_int8
from extractors.int8_onednn import OneDnnEncoder
from extractors.int8_openvino import OpenVinoEncoder
from extractors.ner.tagger import SHIPPED_MODEL, Tagger, predict_tags
from flows.training import quantize_model
from schemas.errors import ConfigError, ModelError

CPU = torch.device("cpu")
TEXT = (
    "Ada Example and Bo Sample, University of Nowhere. We fine-tune BERT on SQuAD v1.1 and MNLI for question answering "
    "and natural language inference. A graph network with 12 layers reaches 84.2% accuracy, 3.1 points above the LSTM."
)
SEGMENTS = (torch.arange(20) > 10).long().expand(6, 20)


class Model(nn.Module):
    """Something with an encoder."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder


NEEDS = {
    "openvino": pytest.mark.skipif(
        find_spec("openvino") is None, reason="OpenVINO is not installed (it is part of papergraph[cpu])"
    ),
    "onednn": pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="PyTorch has no oneDNN here"),
}
KINDS = {"openvino": OpenVinoEncoder, "onednn": OneDnnEncoder}


@pytest.fixture(scope="module", params=[pytest.param(name, marks=mark) for name, mark in NEEDS.items()])
def library(request):
    return request.param


@pytest.fixture
def anywhere(monkeypatch, library):
    """Use int8 on CPUs that are slower with it, too."""
    monkeypatch.setattr(int8, "int8_library", lambda: library)


def make_encoder(library, bert, ranges):
    return OpenVinoEncoder(bert, ranges, 1) if library == "openvino" else OneDnnEncoder(bert, ranges)


@pytest.fixture(scope="module")
def bert():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=40, initializer_range=0.1,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False).eval()


@pytest.fixture(scope="module")
def batch():
    ids = torch.randint(0, 50, (6, 20), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    mask[1, 15:] = 0
    mask[4, 3:] = 0
    return ids, mask


@pytest.fixture(scope="module")
def ranges(bert, batch):
    ids, mask = batch

    def run():
        for segments in (torch.zeros_like(ids), SEGMENTS):
            bert(input_ids=ids, attention_mask=mask, token_type_ids=segments)

    return record_ranges(Model(bert), run)


@pytest.fixture(scope="module")
def encoder(library, bert, ranges):
    return make_encoder(library, bert, ranges)


@torch.inference_mode()
def test_states_are_nearly_those_of_the_encoder(bert, batch, encoder):
    ids, mask = batch
    for extra in ({}, {"token_type_ids": SEGMENTS}):
        expected = bert(input_ids=ids, attention_mask=mask, **extra).last_hidden_state
        found = encoder(input_ids=ids, attention_mask=mask, **extra).last_hidden_state
        alike = torch.cosine_similarity(expected, found, dim=-1)[mask.bool()]
        assert found.dtype == torch.float32
        assert alike.min() > 0.99


@torch.inference_mode()
def test_word_vectors_instead_of_ids(batch, encoder):
    ids, mask = batch
    expected = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    vectors = encoder.get_input_embeddings()(ids)
    assert torch.equal(encoder(inputs_embeds=vectors, attention_mask=mask).last_hidden_state, expected)


@torch.inference_mode()
def test_a_window_does_not_see_its_batch_or_padding(batch, encoder):
    ids, mask = batch
    together = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    alone = encoder(input_ids=ids[1:2, :15], attention_mask=mask[1:2, :15]).last_hidden_state
    assert torch.cosine_similarity(together[1, :15], alone[0], dim=-1).min() > 0.99  # up to rounding


def test_ranges_are_the_same_however_many_threads_widen_them():
    layer, ranges, lock = torch.nn.Linear(64, 2), {}, Lock()
    batches = torch.randn(200, 3, 64, generator=torch.Generator().manual_seed(0))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with _recording(layer, "place", ranges, lock), ThreadPoolExecutor(4) as pool:
            list(pool.map(layer, batches))
    finally:
        sys.setswitchinterval(before)
    flat = batches.flatten(0, 1)
    assert torch.equal(ranges["place"], torch.stack([flat.amin(dim=0), flat.amax(dim=0)]))


def test_ranges_come_back_from_disk(tmp_path, ranges):
    save_ranges(tmp_path / RANGES_FILE, ranges)
    loaded = load_ranges(tmp_path / RANGES_FILE)
    assert loaded.keys() == ranges.keys()
    assert all(torch.equal(loaded[name], ranges[name]) for name in ranges)
    assert [path.name for path in tmp_path.iterdir()] == [RANGES_FILE]


def test_what_does_not_go_together_is_told(tmp_path, anywhere, bert, ranges):
    (tmp_path / RANGES_FILE).write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot read the ranges"):
        use_int8(Model(bert), tmp_path, CPU)
    save_ranges(tmp_path / RANGES_FILE, {name: each[:, :7] for name, each in ranges.items()})
    with pytest.raises(ModelError, match="those of another model"):
        use_int8(Model(bert), tmp_path, CPU)
    with pytest.raises(ModelError, match="nothing was encoded"):
        record_ranges(Model(bert), lambda: None)
    with pytest.raises(ModelError, match="BERT encoder"):
        record_ranges(Model(nn.LSTM(4, 4)), lambda: None)


def test_other_devices_and_models_without_ranges_stay_as_they_are(tmp_path, anywhere, library, bert, ranges):
    model = Model(bert)
    use_int8(model, tmp_path, CPU)
    assert model.encoder is bert
    save_ranges(tmp_path / RANGES_FILE, ranges)
    use_int8(model, tmp_path, torch.device("cuda"))
    assert model.encoder is bert
    use_int8(model, tmp_path, CPU)
    assert isinstance(model.encoder, KINDS[library])


@NEEDS["onednn"]
def test_the_library_goes_by_the_cpu(monkeypatch):
    monkeypatch.setattr(int8, "find_spec", lambda name: name)
    for able, bf16, expected in (
        ({"avx2": True, "avx512_vnni": True}, True, "openvino"),
        ({"avx2": True, "avx_vnni": True}, False, "openvino"),
        ({"avx2": True}, False, "onednn"),
        ({"avx2": True}, True, None),
        ({}, False, None),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        monkeypatch.setattr(int8, "has_bf16_cpu", lambda bf16=bf16: bf16)
        assert int8.int8_library() == expected


def test_the_shipped_tagger_finds_the_same(anywhere, library):
    whole, rounded = Tagger.load(device=CPU, int8=False), Tagger.load(device=CPU)
    assert isinstance(rounded.model.encoder, KINDS[library])
    streams = whole.reader.tokenize([TEXT, TEXT[60:]])
    tags = [np.concatenate([probs.argmax(axis=1) for probs in predict_tags(t, streams)]) for t in (whole, rounded)]
    words = np.concatenate([stream.is_word for stream in streams])
    assert (tags[0] == tags[1])[words].mean() > 0.95


@pytest.mark.parametrize("target", ["ner", "relations"])
def test_a_model_is_made_ready(tmp_path, anywhere, target):
    folder = dict(zip(("ner", "relations"), write_tiny_models(tmp_path), strict=True))[target]
    corpus = tmp_path / "corpus.jsonl"
    entities = [
        {"id": "a", "start": 0, "end": 4, "type": "Method"},
        {"id": "b", "start": 13, "end": 18, "type": "Dataset"},
    ]
    record = {"doc_id": "d", "text": "BERT runs on SQuAD today.", "entities": entities, "relations": []}
    corpus.write_text(json.dumps(record) + "\n", encoding="utf-8")
    quantize_model(target, folder, corpus)
    assert (folder / RANGES_FILE).is_file()
    if target == "ner":
        before = Tagger.load(folder, CPU).revision
        (folder / RANGES_FILE).unlink()
        assert Tagger.load(folder, CPU).revision != before
    with pytest.raises(ConfigError):
        quantize_model(target, folder, tmp_path / "nowhere.jsonl")


def test_an_architecture_without_bert_is_refused(tmp_path):
    from flows.training import train_model

    corpus = write_corpus(tmp_path / "corpus.jsonl", MARKED)
    train_model(
        "ner", train=[corpus], dev=[corpus], out=tmp_path / "out", arch="bilstm", device="cpu", epochs=1, max_tokens=64
    )
    with pytest.raises(ModelError, match="BERT encoder"):
        quantize_model("ner", tmp_path / "out", tmp_path / "corpus.jsonl")


def test_an_encoder_of_any_size(tmp_path, library):
    tiny = load_encoder(str(write_tiny_encoder(tmp_path / "encoder"))).model
    ids = torch.arange(2, 12)[None]
    mask = torch.ones_like(ids)
    found = record_ranges(Model(tiny), lambda: tiny(input_ids=ids, attention_mask=mask))
    states = make_encoder(library, tiny, found)(input_ids=ids, attention_mask=mask).last_hidden_state
    assert states.shape == (1, 10, tiny.config.hidden_size)


def test_the_shipped_models_can_run_in_int8():
    assert load_ranges(SHIPPED_MODEL / RANGES_FILE)
    assert load_ranges(SHIPPED_MODEL.parent / "relations" / RANGES_FILE)


def test_a_copy_without_ranges_runs_in_floats(tmp_path, anywhere):
    shutil.copytree(SHIPPED_MODEL, tmp_path / "ner")
    (tmp_path / "ner" / RANGES_FILE).unlink()
    assert not isinstance(Tagger.load(tmp_path / "ner", CPU).model.encoder, tuple(KINDS.values()))
