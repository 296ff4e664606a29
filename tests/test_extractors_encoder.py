"""Loading encoders: the default one, one by path, and those that cannot be loaded."""

import pytest
import torch
from tiny_encoder import write_tiny_encoder

from extractors.encoder import default_device, has_bf16_cpu, inference_dtype, load_encoder, pick_device
from schemas.errors import ModelError


def test_default_encoder_is_installed_with_the_package():
    encoder = load_encoder()
    assert (encoder.name, encoder.width, encoder.max_tokens) == ("all-MiniLM-L6-v2", 384, 512)
    assert encoder.checksum == load_encoder("all-MiniLM-L6-v2").checksum
    assert encoder.newline_id == encoder.tokenizer.get_vocab()["[unused1]"]
    assert not encoder.model.training


def test_encoder_by_path(tmp_path):
    encoder = load_encoder(str(write_tiny_encoder(tmp_path)))
    assert (encoder.name, encoder.width, encoder.max_tokens) == (str(tmp_path), 16, 128)
    assert encoder.special_ids == (3, 4, 0)


def test_checksum_tells_encoders_apart(tmp_path):
    first = load_encoder(str(write_tiny_encoder(tmp_path / "a", seed=0)))
    second = load_encoder(str(write_tiny_encoder(tmp_path / "b", seed=1)))
    assert first.checksum != second.checksum


def test_missing_encoder_is_a_clear_error(tmp_path):
    with pytest.raises(ModelError, match="cannot load the encoder"):
        load_encoder(str(tmp_path / "nothing"))


def test_only_safetensors_are_loaded(tmp_path):
    write_tiny_encoder(tmp_path)
    weights = tmp_path / "model.safetensors"
    torch.save({}, tmp_path / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelError):
        load_encoder(str(tmp_path))


def test_inference_dtype_follows_the_hardware():
    assert inference_dtype(torch.device("cpu")) == (torch.bfloat16 if has_bf16_cpu() else torch.float32)
    assert inference_dtype(torch.device("meta")) == torch.float32


def test_devices():
    assert pick_device("auto") == default_device()
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_a_clear_error():
    with pytest.raises(ModelError, match="sees no CUDA device"):
        pick_device("cuda")
