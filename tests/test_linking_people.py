"""People are linked by name and affiliation, never by name alone."""

import json

import pytest
from linking_examples import ENCODER

from linking.build import build_knowledge_base
from linking.knowledge_base import open_knowledge_base
from linking.people import find_person
from linking.sources import KBSourceFile

PEOPLE = [
    {"id": "p:1", "name": "Ada Quill", "aliases": ["Ada B. Quill"], "affiliations": ["ror:0zz0001"]},
    {"id": "p:2", "name": "Ada Quill", "affiliations": ["Univ. of Ostby"]},
    {"id": "p:3", "name": "Bo Fern"},
    {"id": "p:4", "name": "Cy Lane", "affiliations": ["Ostby Lab"], "topics": ["speech recognition"]},
    {"id": "p:5", "name": "Cy Lane", "affiliations": ["Ostby Lab"], "topics": ["marine biology"]},
]
QUELLBACH, OSTBY, LAB = (
    ("ror:0zz0001", "University of Quellbach"),
    ("pg:i/o", "University of Ostby"),
    ("x", "Ostby Lab"),
)
CASES = {  # name, affiliations, topics -> id
    "the id agrees": ("Ada Quill", [QUELLBACH], (), "p:1"),
    "the name of the place agrees": ("Ada Quill", [OSTBY], (), "p:2"),
    "another spelling of the name": ("Ada B. Quill", [QUELLBACH], (), "p:1"),
    "both namesakes agree": ("Ada Quill", [QUELLBACH, OSTBY], (), None),
    "another place": ("Ada Quill", [LAB], (), None),
    "a name alone": ("Bo Fern", [LAB], (), None),
    "no affiliation": ("Ada Quill", [], (), None),
    "initials": ("A. Quill", [QUELLBACH], (), None),
    "topics tell apart": ("Cy Lane", [LAB], ["end-to-end speech recognition"], "p:4"),
    "topics that do not": ("Cy Lane", [LAB], ["graph networks"], None),
}


@pytest.fixture(scope="module")
def kb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    (folder / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PEOPLE))
    source = KBSourceFile("people", folder / "people.jsonl")
    info = build_knowledge_base(folder / "kb", sources=[source], starter=False, encoder=ENCODER)
    assert info.indexes == {}, "people are not looked up by vector"
    return open_knowledge_base(folder / "kb", encoder=ENCODER)


def test_too_many_namesakes_are_not_told_apart(kb, monkeypatch):
    monkeypatch.setattr("linking.people.MAX_NAMESAKES", 1)
    assert find_person(kb, "Ada Quill", [QUELLBACH]) is None


@pytest.mark.parametrize(("name", "places", "topics", "expected"), CASES.values(), ids=CASES.keys())
def test_find_person(kb, name, places, topics, expected):
    found = find_person(kb, name, places, topics)
    assert (found[0].entity_id if found else None) == expected
    assert found is None or 0.7 < found[1] < 1
