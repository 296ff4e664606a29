"""Author lines read as names and marks: plain strings, no PDF."""

import pytest

from extractors.front_matter.name_tokens import split_marks
from extractors.front_matter.people import name_likeness, read_people
from extractors.front_matter.strip import make_strip

CASES = {  # name: (author lines, [(name, marks)])
    "commas and numbers": (
        "Ada Brambleworth,1,2 Tomas Quillfeather,1 and Wei Sunderling2,∗",
        [("Ada Brambleworth", ("1", "2")), ("Tomas Quillfeather", ("1",)), ("Wei Sunderling", ("2", "*"))],
    ),
    "symbols": (
        "Ada Brambleworth†, Tomas Quillfeather†‡",
        [("Ada Brambleworth", ("†",)), ("Tomas Quillfeather", ("†", "‡"))],
    ),
    "letters that were superscripts": (
        "ADA BRAMBLEWORTH,a TOMAS QUILLFEATHER,b WEI SUNDERLING a",
        [("ADA BRAMBLEWORTH", ("a",)), ("TOMAS QUILLFEATHER", ("b",)), ("WEI SUNDERLING", ("a",))],
    ),
    "numbers in brackets": (
        "Ada Brambleworth(1), Tomas Quillfeather(1,2)",
        [("Ada Brambleworth", ("1",)), ("Tomas Quillfeather", ("1", "2"))],
    ),
    "marks before names": (
        "1 Ada Brambleworth, 2 Tomas Quillfeather",
        [("Ada Brambleworth", ("1",)), ("Tomas Quillfeather", ("2",))],
    ),
    "degrees and memberships": (
        "Ada Brambleworth, MD, PhD; Tomas Quillfeather, M.Sc., and Wei Sunderling, Senior Member, IEEE",
        [("Ada Brambleworth", ()), ("Tomas Quillfeather", ()), ("Wei Sunderling", ())],
    ),
    "surname first": (
        "Brambleworth, A., Quillfeather, T. B., Sunderling, W.",
        [("Brambleworth, A.", ()), ("Quillfeather, T. B.", ()), ("Sunderling, W.", ())],
    ),
    "particles and accents": (
        "Zoë van der Brambleworth, José Ñandú de la Quillfeather and Łukasz Sünderling",
        [("Zoë van der Brambleworth", ()), ("José Ñandú de la Quillfeather", ()), ("Łukasz Sünderling", ())],
    ),
    "nickname and junior": (
        "Ada (Addie) Brambleworth and Tomas Quillfeather, Jr.",
        [("Ada (Addie) Brambleworth", ()), ("Tomas Quillfeather, Jr.", ())],
    ),
    "a name over two lines": (
        "Ada Brambleworth1, Tomas\nQuillfeather2 and Wei Sunderling1",
        [("Ada Brambleworth", ("1",)), ("Tomas\nQuillfeather", ("2",)), ("Wei Sunderling", ("1",))],
    ),
    "one name a line": ("Ada Brambleworth\nTomas Quillfeather", [("Ada Brambleworth", ()), ("Tomas Quillfeather", ())]),
    "a degree ends a line": (
        "Ada Brambleworth, M.D.\nTomas Quillfeather, Ph.D.",
        [("Ada Brambleworth", ()), ("Tomas Quillfeather", ())],
    ),
    "side by side": (
        "Jacob Brambleworth Maria Quillfeather Peter Sunderling",
        [("Jacob Brambleworth", ()), ("Maria Quillfeather", ()), ("Peter Sunderling", ())],
    ),
    "on behalf of": ("A. Brambleworth on behalf of the BOX collaboration", [("A. Brambleworth", ())]),
    "bullets": (
        "Ada Brambleworth · Tomas Quillfeather | Wei Sunderling",
        [
            ("Ada Brambleworth", ()),
            ("Tomas Quillfeather", ()),
            ("Wei Sunderling", ()),
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_names_and_marks(text, expected):
    people = read_people(make_strip(text, [(0, len(text), "\n")], frozenset()))
    assert [(text[person.start : person.end], person.marks) for person in people if person.likeness > -2] == expected


def test_superscript_letters_are_marks_and_not_part_of_the_name():
    text = "Ada Brambleworthab, Tomas Quillfeatherb"
    raised = frozenset([16, 17, 38])
    people = read_people(make_strip(text, [(0, len(text), "\n")], raised))
    assert [(text[person.start : person.end], person.marks) for person in people] == [
        ("Ada Brambleworth", ("ab",)),
        ("Tomas Quillfeather", ("b",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "University of Nowhere",
        "Google Research",
        "Deep Learning Methods",
        "Main Street",
        "Stockholm Sweden",
        "Principal Lecturer",
    ],
)
def test_what_is_no_name(text):
    assert name_likeness(text) < 0


def test_split_marks_keeps_numbers_of_two_digits():
    assert split_marks("12,3∗†") == ("12", "3", "*", "†")


def test_a_hint_makes_an_unusual_name_likelier():
    text = "Rain Cloud"
    strip = make_strip(text, [(0, len(text), "\n")], frozenset())
    assert read_people(strip, [(0, len(text))])[0].likeness > read_people(strip)[0].likeness
