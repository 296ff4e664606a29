"""Vector search against brute force, and the word index."""

import numpy as np
import pytest

from linking import index
from linking.index import VectorIndex, build_index, choose_index, extend_index, read_vectors
from linking.lexical import build_lexical, hash_phrase, hash_phrases, hash_word
from linking.words import WordMatcher
from schemas.errors import KnowledgeBaseError


@pytest.fixture(scope="module")
def vectors():
    points = np.random.default_rng(5).normal(size=(3000, 24)).astype(np.float32)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def open_index(path, n):
    return VectorIndex(path, np.arange(n + 1), np.arange(n, dtype=np.int32) * 2)


def recall(found, queries, vectors):
    exact = np.argsort(-queries @ vectors.T, axis=1)[:, :10] * 2
    hits = [len({row for row, _ in line} & set(best)) for line, best in zip(found, exact.tolist(), strict=True)]
    return sum(hits) / (10 * len(queries))


def test_kind_follows_size():
    assert choose_index(10, 384) == "Flat"
    assert choose_index(index.FLAT_LIMIT + 1, 384) == "IVF2048,SQfp16"
    assert choose_index(1_000_000, 384) == "IVF4096,PQ96x4fs,Refine(SQfp16)"


KINDS = {"exact": (10_000, 10_000, 1.0), "inverted lists": (1_000, 10_000, 0.9), "product codes": (1_000, 1_000, 0.9)}


@pytest.mark.parametrize(("flat", "half", "least_recall"), KINDS.values(), ids=KINDS.keys())
def test_search_finds_what_brute_force_finds(tmp_path, monkeypatch, vectors, flat, half, least_recall):
    monkeypatch.setattr(index, "FLAT_LIMIT", flat)
    monkeypatch.setattr(index, "HALF_LIMIT", half)
    monkeypatch.setattr(index, "CELLS_PROBED", 4)
    build_index(vectors, tmp_path / "v.faiss")
    queries = vectors[:50] + 0.05
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found = open_index(tmp_path / "v.faiss", len(vectors)).search(queries, 10)
    assert recall(found, queries, vectors) >= least_recall
    assert all(line == sorted(line, key=lambda hit: (-hit[1], hit[0])) for line in found)
    assert np.abs(read_vectors(tmp_path / "v.faiss") - vectors).max() < 0.001


@pytest.mark.parametrize(("flat", "half"), [(10_000, 10_000), (1_000, 1_000)], ids=["exact", "product codes"])
def test_an_index_is_added_to(tmp_path, monkeypatch, vectors, flat, half):
    monkeypatch.setattr(index, "FLAT_LIMIT", flat)
    monkeypatch.setattr(index, "HALF_LIMIT", half)
    build_index(vectors[:2500], tmp_path / "old.faiss")
    extend_index(tmp_path / "old.faiss", vectors[2500:], tmp_path / "v.faiss")
    grown = open_index(tmp_path / "v.faiss", len(vectors))
    assert [line[0][0] for line in grown.search(vectors[2600:2620], 3)] == [2 * i for i in range(2600, 2620)]
    assert len(open_index(tmp_path / "old.faiss", 2500).search(vectors[:1], 5)[0]) == 5, "the old one is as it was"


def test_a_text_that_several_names_share_has_one_vector(tmp_path, vectors):
    build_index(vectors[:3], tmp_path / "v.faiss")
    shared = VectorIndex(tmp_path / "v.faiss", np.array([0, 3, 4, 5]), np.array([7, 8, 9, 1, 2], np.int32))
    assert [row for row, _ in shared.search(vectors[:1], 3)[0]] == [7, 8, 9]
    assert len(shared.search(vectors[:1], 2)[0]) == 2


def test_an_index_that_does_not_fit_its_rows_is_refused(tmp_path, vectors):
    build_index(vectors, tmp_path / "v.faiss")
    with pytest.raises(KnowledgeBaseError, match="3000 vectors for 3 names"):
        open_index(tmp_path / "v.faiss", 3)


def test_names_are_found_by_key_initials_and_shared_words():
    names = ["Lantern Graph Network", "Lantern Network", "Harbour Transformer", "Graph Transformer"]
    lexical = build_lexical(("Method", name) for name in names)
    assert lexical.exact("Method", "lantern network") == [1]
    assert lexical.exact("Method", "=lgn") == [0]
    assert lexical.exact("Task", "lantern network") == [], "types are kept apart"
    words = np.array([lexical.find_word("Method", word) for word in ("graph", "harbour", "lantern")])
    weights = lexical.word_weight[words]
    assert weights[1] > weights[2]
    groups, rows = lexical.similar(np.array([0, 0, 4]), words, np.ones(3), 2)
    assert groups.tolist() == [0, 0, 4, 4]
    assert rows.tolist()[:3] == [2, 3, 1], "the rarer word weighs more; a shorter name is the closer one"
    assert lexical.find_word("Method", "nothing") == -1


def test_runs_of_words_are_found_in_many_texts_at_once():
    lexical = build_lexical(("Institution", name) for name in ("Quellbach University", "Marlow College"))
    texts = [("physics", "quellbach", "university"), ("marlow",), ("marlow", "college", "quellbach")]
    hashes = [hash_word("Institution", word) for text in texts for word in text]
    starts, sizes, found = hash_phrases(hashes, np.cumsum([len(text) for text in texts]), 3)
    runs, rows = lexical.find_keys(found)
    assert sorted(zip(starts[runs].tolist(), sizes[runs].tolist(), rows.tolist(), strict=True)) == [
        (1, 2, 0),
        (4, 2, 1),
    ]


def test_a_phrase_of_one_word_has_the_hash_of_the_word():
    assert hash_phrase("Task", ["parsing"]) == hash_word("Task", "parsing")
    assert hash_phrase("Task", ["a", "b"]) != hash_phrase("Task", ["b", "a"])


SPELLINGS = {  # asked word: (names, words of names that it may stand for)
    "the same": ("gaussian", ["Gaussian Lantern"], {"gaussian": 1.0}),
    "cut, with a full stop": ("labor.", ["Labor Laboratory"], {"labor": 1.0, "laboratory": 0.95}),
    "another ending": ("genomic", ["Genomics Genome"], {"genomics": 0.85, "genome": 0.9}),
    "a slip": ("quelbach", ["Quellbach College"], {"quellbach": 0.85}),
    "two words in one": ("postgraduate", ["Post Graduate School"], {"post": 0.9, "graduate": 0.9}),
    "no slip in numbers": ("2019", ["Prize 2018"], {}),
}


@pytest.mark.parametrize(("asked", "names", "expected"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_words_match_other_spellings(asked, names, expected):
    lexical = build_lexical(("Institution", name) for name in names)
    numbers, strengths, _ = WordMatcher(lexical, "Institution").match(asked.strip("."), shortened=asked.endswith("."))
    found = {lexical.word(i).split("\t")[1]: strength for i, strength in zip(numbers, strengths, strict=True)}
    assert found == expected
