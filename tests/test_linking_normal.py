"""Which spellings of a name meet, and which must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.normal import letters_of, match_key, name_words, normal_form, own_entity_id
from linking.places import Gazetteer

SAME = [
    ("Dataset", "the SQuAD dataset", "SQuAD"),
    ("Dataset", "SQuAD datasets", "squad"),
    ("Dataset", "Penn  Treebank corpus", "Penn Treebank"),
    ("Method", "BERT model", "BERT"),
    ("Method", "our BERT-base", "BERT base"),
    ("Method", "CNNs", "CNN"),
    ("Method", "convolutional neural networks", "Convolutional Neural Network"),
    ("Method", "the Adam optimizer", "Adam"),
    ("Metric", "BLEU scores", "BLEU"),
    ("Task", "the NER task", "NER"),
    ("Institution", "Universität Zürich", "Universitat Zurich"),
    ("Author", "Zoë Brontë", "Zoe Bronte"),
    ("Method", "a CNN + LSTM model", "CNN-LSTM"),
    ("Dataset", "A-OKVQA", "AOKVQA"),
]
DIFFERENT = [
    ("Method", "BERT-base", "BERT"),
    ("Method", "language model", "language"),
    ("Method", "ResNet-50", "ResNet-101"),
    ("Dataset", "CIFAR-10", "CIFAR-100"),
    ("Metric", "mean error", "mean"),
    ("Method", "UNet++", "UNet"),
    ("Method", "DeepLabv3+", "DeepLabv3"),
    ("Method", "C++", "C"),
    ("Method", "C#", "C++"),
    ("Dataset", "A-OKVQA", "OKVQA"),
]


@pytest.mark.parametrize(("label", "one", "other"), SAME)
def test_spellings_that_meet(label, one, other):
    assert own_entity_id(one, label) == own_entity_id(other, label)


@pytest.mark.parametrize(("label", "one", "other"), DIFFERENT)
def test_names_that_stay_apart(label, one, other):
    assert normal_form(one, label) != normal_form(other, label)


def test_letters_of_a_name():
    assert letters_of("gpt 2") == letters_of("gpt2")
    assert letters_of("lantern 1 5") != letters_of("lantern 15")


def test_own_ids_are_readable():
    assert own_entity_id("the SQuAD dataset", "Dataset") == "pg:dataset/squad"


@pytest.mark.parametrize(
    "printed",
    [
        "Massachusetts Inst. of Technology",
        "Massachusetts Institute of Technology",
        "MASSACHUSETTS INSTITUTE OF TECHNOL.",
    ],
)
def test_shortened_words_of_affiliations_are_spelt_out(printed):
    assert match_key(printed, "Institution") == "massachusetts institute technology"


@pytest.mark.parametrize("printed", ["dell'Università di Bari", "l’Università degli Studi di Bari"])
def test_small_words_that_lean_on_the_next_are_left_out(printed):
    assert name_words(printed, "Institution") == ("universita", "bari")


def test_initials_with_dots_are_one_word():
    assert name_words("M.I.T.", "Institution") == ("mit",)


def test_initials_before_the_rest_of_a_name_are_spelt_out():
    munich = match_key("Technical University of Munich", "Institution")
    assert match_key("TU Munich", "Institution") == munich
    assert name_words("MPI for Informatics", "Institution") == ("max", "planck", "institute", "informatics")
    assert match_key("TU", "Institution") == "tu"


@given(st.text(min_size=1, max_size=30), st.sampled_from(["Method", "Dataset", "Institution"]))
def test_normal_form_is_settled(text, label):
    form = normal_form(text, label)
    assert normal_form(form, label) == normal_form(normal_form(form, label), label)
    assert form or not text.strip()


PLACES = Gazetteer.from_names(["United States", "South Korea", "Germany"], ["Massachusetts"], ["Cambridge", "Seoul"])


@pytest.mark.parametrize(
    ("text", "countries", "cities"),
    [
        ("MIT, Cambridge, MA 02139, U.S.A.", {"united states"}, {"cambridge", "massachusetts"}),
        ("Univ. X, Seoul, Republic of Korea", {"south korea"}, {"seoul"}),
        ("Universität Y, Deutschland", {"germany"}, set()),
        ("in or out of the ma", set(), set()),
    ],
)
def test_places_in_affiliations(text, countries, cities):
    found = PLACES.find(text)
    assert (found.countries, found.cities) == (countries, cities)


def test_a_mere_place():
    assert PLACES.is_place("Cambridge, MA 02139")
    assert PLACES.is_place("USA")
    assert not PLACES.is_place("University of Cambridge")
