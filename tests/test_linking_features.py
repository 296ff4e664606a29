"""What the ranking is told of candidates: how words stand in the string, what is left over, where the places lie."""

import pytest
from linking_examples import ENCODER, example_base, organisation, write_ror

from linking.build import build_knowledge_base
from linking.features import FEATURES
from linking.knowledge_base import open_knowledge_base
from linking.linker import Linker
from linking.queries import Query, Reading


def features(linker, text, entity_id):
    """The features of one candidate of a string, by name."""
    judged = linker.judge("Institution", [Reading(Query(text, "Institution"), "Institution", linker.kb.gazetteer)])
    line = judged.features[judged.entity == linker.kb.row_of_id[entity_id]][0]
    return dict(zip(FEATURES, line.tolist(), strict=True))


@pytest.fixture(scope="module")
def linker():
    return Linker(example_base())


CASES = {  # name: (string, entity, features)
    "a word that stands before the name too": (
        "Institute of Optics, Marlow Institute of Technology, Canada",
        "ror:0zz0002",
        {"adjacent": 1.0, "inserted": 0.0},
    ),
    "a word within the name": (
        "Marlow Zorblax Institute of Technology, Canada",
        "ror:0zz0002",
        {"adjacent": 0.5, "inserted": 1.0},
    ),
    "the country of a city": ("SOU, Ostby", "ror:0zz0004", {"country": 0.0, "country_of_places": 1.0}),
    "a city of another country": ("Southern Ostland University, Quellbach", "ror:0zz0004", {"country_of_places": -1.0}),
    "no city": ("Southern Ostland University", "ror:0zz0004", {"country_of_places": 0.0}),
    "named first": ("University of Quellbach and Marlow Institute of Technology", "ror:0zz0001", {"n_before": 0.0}),
    "named second": ("University of Quellbach and Marlow Institute of Technology", "ror:0zz0002", {"n_before": 1.0}),
    "tied by a hyphen": ("University of Quellbach-Zorblax", "ror:0zz0001", {"goes_on": 2.0}),
}


@pytest.mark.parametrize(("text", "entity_id", "expected"), CASES.values(), ids=CASES.keys())
def test_features(linker, text, entity_id, expected):
    found = features(linker, text, entity_id)
    assert {name: found[name] for name in expected} == expected


def test_a_string_that_ends_with_the_word_it_begins_with_is_read_like_any_other(linker):
    found = features(linker, "Sainte-Orane University, Sainte-Orane", "ror:0zz0003")
    assert (found["goes_on"], found["word_before"], found["country_of_places"]) == (0.0, 0.0, 1.0)


def test_words_that_the_name_leaves_over_weigh_unless_they_are_places_or_say_the_kind(linker):
    left = [
        features(linker, f"{word} University of Quellbach", "ror:0zz0001")["unexplained"]
        for word in ("Norway", "Medical", "Zorblax")
    ]
    assert left == [0.0, 0.0, 1.0]


def test_of_two_with_one_name_that_of_the_country_named_outdoes_the_other(tmp_path):
    records = [
        organisation(i, "Northwood University", city="Northwood", country=country)
        for i, country in enumerate(("Norway", "Canada"), 1)
    ]
    base = tmp_path / "kb"
    build_knowledge_base(base, ror=write_ror(tmp_path / "ror.zip", records), starter=False, encoder=ENCODER)
    linker = Linker(open_knowledge_base(base, encoder=ENCODER))
    outdone = [
        features(linker, f"Northwood University, {country}", "ror:0zz0001")["outdone"]
        for country in ("Norway", "Canada")
    ]
    assert outdone == [0.0, 1.0]
