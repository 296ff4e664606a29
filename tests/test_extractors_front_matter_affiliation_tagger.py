"""Words of affiliations tagged as organisations and departments: wordings that rules over commas get wrong."""

import pytest

from extractors.front_matter.affiliation_tagger import LABELS, tag
from extractors.front_matter.affiliation_tokens import features_of, tokenise

CASES = {  # name: (affiliation, organisations, departments)
    "wrapped in a name": (
        "Department of Physics, University of\nNorthbridge, Utopia",
        ["University of\nNorthbridge"],
        ["Department of Physics"],
    ),
    "college of a university": (
        "College of Information and Computer Sciences, University of Northbridge",
        ["University of Northbridge"],
        ["College of Information and Computer Sciences"],
    ),
    "two joined by and": (
        "Bank of Northbridge and University of Quill",
        ["Bank of Northbridge", "University of Quill"],
        [],
    ),
    "German": (
        "Lehrstuhl für Theoretische Physik, Universität Nordbrück, 12345 Nordbrück",
        ["Universität Nordbrück"],
        ["Lehrstuhl für Theoretische Physik"],
    ),
    "Spanish": (
        "Departamento de Ecología, Universidad de Puente Norte, Puente Norte, España",
        ["Universidad de Puente Norte"],
        ["Departamento de Ecología"],
    ),
    "a line of names": ("Ada Brambleworth, Tom Quill and Ines Marlow", [], []),
}


def tagged(text):
    tokens = tokenise(text, [False] * len(text))
    labels = tag(tokens)
    found = {"B": [], "D": []}
    position = 0
    while position < len(labels):
        if labels[position] in found:
            end = position + 1
            while end < len(labels) and labels[end] in "IE":
                end += 1
            found[labels[position]].append(text[tokens[position].start : tokens[end - 1].end])
        position += 1
    return found["B"], found["D"]


@pytest.mark.parametrize(("text", "organisations", "departments"), CASES.values(), ids=CASES.keys())
def test_tags(text, organisations, departments):
    assert tagged(text) == (organisations, departments)


def test_addresses_of_mail_and_superscripts_are_one_token():
    text = "1University, ada@quill.edu"
    tokens = tokenise(text, [True] + [False] * (len(text) - 1))
    assert [token.text for token in tokens] == ["¤", "University", ",", "@"]


def test_labels_follow_one_another_as_names_do():
    tokens = tokenise("of of University of of", [False] * 22)
    labels = tag(tokens, [0.0, 50.0, 50.0, 0.0, 0.0])
    assert set(labels) <= set(LABELS)
    assert labels[1:3] == "BI"


def test_hidden_words_are_not_looked_up():
    tokens = tokenise("Boston", [False] * 6)
    assert "pl=-P-" in features_of(tokens)[0]
    assert "pl=---" in features_of(tokens, frozenset({"boston"}))[0]
