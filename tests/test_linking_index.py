"""Vector search against brute force, and the word index."""

import numpy as np
import pytest

from linking import index
from linking.index import VectorIndex, choose_index, save_index
from linking.lexical import build_lexical, hash_phrase, hash_phrases, hash_word
from linking.words import WordMatcher
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
