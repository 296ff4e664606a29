"""Vector search against brute force, and the word index."""

import numpy as np
import pytest

from linking import index
from linking.index import VectorIndex, choose_index, save_index
from linking.lexical import build_lexical
from schemas.errors import KnowledgeBaseError


@pytest.fixture(scope="module")
def vectors():
    points = np.random.default_rng(5).normal(size=(3000, 24)).astype(np.float32)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_kind_follows_size():
    assert choose_index(10) == "Flat"
    assert choose_index(index.FLAT_LIMIT + 1).startswith("IVF2048,")
    assert choose_index(1_000_000) == "IVF4096,SQfp16"


@pytest.mark.parametrize(("limit", "least_recall"), [(10_000, 1.0), (1_000, 0.85)], ids=["exact", "inverted lists"])
def test_search_finds_what_brute_force_finds(tmp_path, monkeypatch, vectors, limit, least_recall):
    monkeypatch.setattr(index, "FLAT_LIMIT", limit)
    save_index(vectors, tmp_path / "v.faiss")
    rows = np.arange(len(vectors), dtype=np.int32) * 2
    queries = vectors[:50] + 0.05
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found = VectorIndex(tmp_path / "v.faiss", rows).search(queries, 10)
    exact = np.argsort(-queries @ vectors.T, axis=1)[:, :10] * 2
    hits = [len({row for row, _ in line} & set(best)) for line, best in zip(found, exact.tolist(), strict=True)]
    assert sum(hits) / (10 * len(queries)) >= least_recall
    assert all(line == sorted(line, key=lambda hit: (-hit[1], hit[0])) for line in found)


def test_an_index_that_does_not_fit_its_rows_is_refused(tmp_path, vectors):
    save_index(vectors, tmp_path / "v.faiss")
    with pytest.raises(KnowledgeBaseError, match="3000 vectors for 3 names"):
        VectorIndex(tmp_path / "v.faiss", np.arange(3, dtype=np.int32))


def test_names_are_found_by_key_initials_and_shared_words():
    names = ["Lantern Graph Network", "Lantern Network", "Harbour Transformer", "Graph Transformer"]
    lexical = build_lexical(("Method", name) for name in names)
    assert lexical.exact("Method", "lantern network") == [1]
    assert lexical.exact("Method", "=lgn") == [0]
    assert lexical.exact("Task", "lantern network") == [], "types are kept apart"
    assert lexical.similar("Method", ("harbours", "graph"), 2)[0] == 2, "the rarer word weighs more"
    assert lexical.similar("Method", ("nothing",), 2) == []
    assert lexical.word_weight("Method", "harbour") > lexical.word_weight("Method", "lantern")
