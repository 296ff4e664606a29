"""Building, opening and refusing knowledge bases."""

import importlib.metadata
import json
import shutil
import sys
from dataclasses import asdict

import numpy as np
import pytest
import torch
from linking_examples import (
    CONCEPTS,
    ENCODER,
    ORGANISATIONS,
    build_example,
    example_base,
    organisation,
    write_concepts,
    write_ror,
)

from linking import index
from linking.build import add_to_knowledge_base, build_knowledge_base
from linking.embeddings import MIN_SHARED_BATCHES, NameEncoder
from linking.knowledge_base import describe_knowledge_base, open_knowledge_base
from linking.manifest import MANIFEST
from linking.sources import ColumnMapping, KBSourceFile
from schemas.errors import ConfigError, KnowledgeBaseError


@pytest.fixture(scope="module")
def built():
    kb = example_base()
    return kb.info, kb.folder


@pytest.fixture
def copy(built, tmp_path):
    shutil.copytree(built[1], tmp_path / "kb")
    return tmp_path / "kb"


def test_info_tells_sources_versions_and_counts(built):
    info, folder = built
    ror, concepts, starter = info.sources
    assert (ror.kb, ror.version, ror.n_entries, len(ror.checksum)) == ("ror", "v9.1", 8, 64)
    assert (concepts.kb, concepts.n_entries, starter.kb) == ("concepts", 3, "starter")
    assert info.n_merged == 2, "MIT of the ROR file and BERT of the concepts are in the starter base too"
    assert sum(info.n_entries.values()) == 8 + 3 + starter.n_entries - 2
    assert asdict(describe_knowledge_base(folder, thorough=True)) == asdict(info)


def test_registry_id_stays_when_the_starter_base_has_it_too(built):
    kb = open_knowledge_base(built[1], encoder=ENCODER)
    entry = kb.entry(kb.row_of_id["ror:0zz0006"])
    assert (entry.name, entry.kb) == ("Massachusetts Institute of Technology", "ror")
    assert "MIT" in entry.acronyms
    assert "pg:institution/massachusetts-institute-of-technology" not in kb.row_of_id
    assert kb.entry(kb.row_of_id["x:method/bert"]).aliases[0].startswith("Bidirectional")


def test_same_sources_same_revision_and_another_when_they_change(built, tmp_path):
    assert build_example(tmp_path).revision == built[0].revision
    assert build_example(tmp_path, starter=False).revision != built[0].revision, (
        "the older one in the folder is replaced"
    )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [], "nothing half-made is left"


def test_tables_are_sources(tmp_path):
    (tmp_path / "labs.csv").write_text("id,name,city\nL1,Lighthouse Lab,Ostby\n")
    table = (tmp_path / "labs.csv", ColumnMapping(fixed_label="Institution"))
    info = build_knowledge_base(tmp_path / "kb", csv=[table], starter=False, encoder=ENCODER)
    assert info.sources[0].kb == "labs"
    assert open_knowledge_base(tmp_path / "kb", encoder=ENCODER).row_of_id == {"L1": 0}


def test_vectors_are_those_of_sentence_transformers():
    from sentence_transformers import SentenceTransformer

    names = ["Massachusetts Institute of Technology", "BERT", "", "Institut für Beispiele, Ostby, Nirgendland"]
    expected = SentenceTransformer(str(ENCODER.path), device="cpu", local_files_only=True).encode(names)
    close = 2e-2 if torch.backends.cpu.get_cpu_capability().startswith("AVX512") else 1e-6  # bf16 and floats
    np.testing.assert_allclose(NameEncoder(ENCODER.path, device="cpu").encode(names), expected, atol=close)


def test_an_encoder_of_another_build_is_left_to_sentence_transformers(tmp_path):
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "modules.json"):
        shutil.copy(ENCODER.path / name, tmp_path)
    shutil.copytree(ENCODER.path / "1_Pooling", tmp_path / "1_Pooling")
    (tmp_path / "2_Normalize").mkdir()
    pooling = json.loads((tmp_path / "1_Pooling" / "config.json").read_text())
    pooling |= {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    names = ["Lighthouse Laboratory", "BERT"]
    [first, _] = NameEncoder(tmp_path, device="cpu").encode(names)
    [mean, _] = NameEncoder(ENCODER.path, device="cpu").encode(names)
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-3)
    assert first @ mean < 0.99


@pytest.mark.parametrize("n_threads", [1, 2])
def test_names_of_many_lengths_get_the_vectors_that_they_get_alone(n_threads):
    names = ["laboratory " * n + "of reeds" for n in range(MIN_SHARED_BATCHES, -1, -1)]
    alone = np.concatenate([ENCODER.encode([name]) for name in names])
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        together = ENCODER.encode(names)
        assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(together, alone, atol=2e-3)


def test_adding_embeds_only_what_is_new_and_a_newer_registry_replaces_the_older(copy, tmp_path, monkeypatch):
    encoded = []
    encode = NameEncoder.encode

    def count(self, texts, **kwargs):
        encoded.extend(texts)
        return encode(self, texts, **kwargs)

    monkeypatch.setattr(NameEncoder, "encode", count)
    (tmp_path / "labs.csv").write_text("id,name,type\nL1,Lighthouse Lab,Institution\n")
    before = describe_knowledge_base(copy)
    info = add_to_knowledge_base(copy, [KBSourceFile("table", tmp_path / "labs.csv")], encoder=ENCODER)
    assert encoded == ["Lighthouse Lab"]
    assert [source.kb for source in info.sources] == ["ror", "concepts", "labs", "starter"]
    assert info.n_entries["Institution"] == before.n_entries["Institution"] + 1
    assert (info.revision != before.revision, info.n_merged) == (True, before.n_merged)
    kb = open_knowledge_base(copy, encoder=ENCODER)
    (line,) = kb.nearest("Institution", ENCODER.encode(["the Lighthouse Lab"]), 1)
    assert kb.entry(int(kb.entity_of[line[0][0]])).entity_id == "L1"
    assert kb.entry(kb.row_of_id["ror:0zz0001"]).name == "University of Quellbach"

    encoded.clear()
    newer = [organisation(1, "University of New Quellbach", city="Quellbach", country="Germany"), *ORGANISATIONS[1:3]]
    path = write_ror(tmp_path / "v9.2-2026-06-01-ror-data.zip", newer)
    info = add_to_knowledge_base(copy, [KBSourceFile("ror", path)], encoder=ENCODER)
    assert encoded == ["University of New Quellbach"]
    assert {source.kb: source.version for source in info.sources}["ror"] == "v9.2"
    kb = open_knowledge_base(copy, encoder=ENCODER)
    assert kb.entry(kb.row_of_id["ror:0zz0001"]).name == "University of New Quellbach"
    assert "ror:0zz0004" not in kb.row_of_id, "what the newer registry has not is gone"
    assert "L1" in kb.row_of_id


def test_adding_to_what_is_not_whole_changes_nothing(copy, tmp_path):
    (tmp_path / "labs.csv").write_text("id,name\nL1,Lighthouse Lab\n")
    before = describe_knowledge_base(copy)
    with pytest.raises(KnowledgeBaseError, match="row 1"):
        add_to_knowledge_base(copy, [KBSourceFile("table", tmp_path / "labs.csv")], encoder=ENCODER)
    assert describe_knowledge_base(copy) == before
    cut_file(copy)
    with pytest.raises(KnowledgeBaseError, match="the manifest says"):
        add_to_knowledge_base(copy, [KBSourceFile("table", tmp_path / "labs.csv")], encoder=ENCODER)


def test_a_failed_build_leaves_the_old_one_alone(copy, tmp_path):
    bad = write_concepts(tmp_path / "bad.jsonl", [*CONCEPTS, {"id": "x"}])
    before = describe_knowledge_base(copy)
    with pytest.raises(KnowledgeBaseError, match="line 4"):
        build_knowledge_base(copy, concepts=[bad], encoder=ENCODER)
    assert describe_knowledge_base(copy) == before


def test_build_does_not_overwrite_other_folders(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(KnowledgeBaseError, match="name another folder"):
        build_knowledge_base(tmp_path, encoder=ENCODER)
    with pytest.raises(KnowledgeBaseError, match="hold no entries"):
        build_knowledge_base(tmp_path / "kb", starter=False, encoder=ENCODER)
    (tmp_path / MANIFEST).write_text('{"name": "a web page", "files": []}')
    with pytest.raises(KnowledgeBaseError, match="name another folder"):
        build_knowledge_base(tmp_path, encoder=ENCODER)


def test_build_does_not_overwrite_what_lies_beside_a_knowledge_base(copy, tmp_path):
    (copy / "thesis.txt").write_text("precious")
    with pytest.raises(KnowledgeBaseError, match="holds other files too"):
        build_knowledge_base(copy, encoder=ENCODER)
    assert (copy / "thesis.txt").is_file()


def test_one_id_for_two_types_is_refused(tmp_path):
    for name, label in (("labs", "Institution"), ("methods", "Method")):
        (tmp_path / f"{name}.csv").write_text(f"id,name,type\n1,Quellbach {name},{label}\n")
    sources = [KBSourceFile("table", tmp_path / f"{name}.csv") for name in ("labs", "methods")]
    with pytest.raises(KnowledgeBaseError, match="'1' is the Institution 'Quellbach labs' in labs, and in methods"):
        build_knowledge_base(tmp_path / "kb", sources=sources, starter=False, encoder=ENCODER)


def test_a_table_called_like_a_registry_takes_nobodys_place(tmp_path):
    (tmp_path / "ror.csv").write_text("id,name,type\n")
    assert not KBSourceFile("table", tmp_path / "ror.csv").is_registry
    assert KBSourceFile("ror", tmp_path / "ror.zip").is_registry


def spoil_manifest(folder):
    (folder / MANIFEST).write_text("{")


def spoil_version(folder):
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"format_version": 99}))


def spoil_encoder(folder):
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"encoder_revision": "0123456789abcdef"}))


def flip_byte(folder):
    content = bytearray((folder / "vectors-method.faiss").read_bytes())
    content[-1] ^= 255
    (folder / "vectors-method.faiss").write_bytes(content)


def cut_file(folder):
    content = (folder / "names.arrow").read_bytes()
    (folder / "names.arrow").write_bytes(content[: len(content) // 2])


SPOILT = {
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "no manifest.json"),
    "broken manifest": (spoil_manifest, "damaged"),
    "newer format": (spoil_version, "has format 99"),
    "missing file": (lambda folder: (folder / "lexical" / "key_row.npy").unlink(), "lexical/key_row.npy is missing"),
    "changed byte": (flip_byte, "not the file that the manifest names"),
    "cut off": (cut_file, "the manifest says"),
    "other encoder": (spoil_encoder, "give the same encoder or build"),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_knowledge_base_is_refused_with_advice(copy, spoil, message):
    spoil(copy)
    with pytest.raises(KnowledgeBaseError, match=message) as caught:
        open_knowledge_base(copy, encoder=ENCODER)
    assert "build" in str(caught.value)


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(KnowledgeBaseError, match="is no knowledge base"):
        open_knowledge_base(tmp_path / "absent")


def test_both_builds_of_faiss_are_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.15")
    with pytest.raises(ConfigError, match="faiss-cpu and faiss-gpu are both installed"):
        index.load_faiss()


def test_without_faiss_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ConfigError, match=r'pip install "papergraph\[cpu\]" or "papergraph\[gpu\]"'):
        index.load_faiss()
