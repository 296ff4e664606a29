"""Values, results and affiliations, by hand."""

import pytest

from extractors.relations.affiliations import relate_people
from extractors.relations.results import keep_best_of_results
from extractors.relations.values import parse_value
from schemas.records import Mention, Relation

VALUES = {
    "84.2%": (84.2, "%"),
    "12 %": (12.0, "%"),
    "89.3 percent": (89.3, "%"),
    "28.4 BLEU": (28.4, "BLEU"),
    "p < 0.01": (0.01, ""),
    "1.2 ± 0.3 ms": (1.2, "ms"),
    "94.9 ± 0.9%": (94.9, "%"),
    "−0.5": (-0.5, ""),
    "top-5 error 4.9%": (4.9, "%"),
    "ResNet-50: 76.1": (76.1, ""),
    "1,234,567": (1234567.0, ""),
    "340M": (340e6, ""),
    "60k": (60e3, ""),
    "1.3 × 10^-5": (1.3e-5, ""),
    "3e-4": (3e-4, ""),
    ".912": (0.912, ""),
    "0.13dB": (0.13, "dB"),
    "2.3 points": (2.3, "points"),
    "none": (None, ""),
    "": (None, ""),
}


@pytest.mark.parametrize(("text", "expected"), VALUES.items(), ids=VALUES.keys())
def test_parse_value(text, expected):
    assert parse_value(text) == expected


def mention(text, name, label):
    start = text.index(name)
    return Mention(start, start + len(name), label, 0.9)


SENTENCE = "BERT reaches 93.2 F1 on SQuAD and 86.7% on MNLI, above ELMo."
BERT, ELMO = mention(SENTENCE, "BERT", "Method"), mention(SENTENCE, "ELMo", "Method")
SQUAD, MNLI = mention(SENTENCE, "SQuAD", "Dataset"), mention(SENTENCE, "MNLI", "Dataset")
F1 = mention(SENTENCE, "F1", "Metric")
FIRST, SECOND = mention(SENTENCE, "93.2", "Result"), mention(SENTENCE, "86.7%", "Result")
RELATIONS = [
    Relation(BERT.mention_id, FIRST.mention_id, "achieves", 0.9, "m", 0, 61),
    Relation(ELMO.mention_id, FIRST.mention_id, "achieves", 0.6, "m", 0, 61),
    Relation(FIRST.mention_id, F1.mention_id, "measured_by", 0.8, "m", 0, 61),
    Relation(FIRST.mention_id, SQUAD.mention_id, "measured_on", 0.7, "m", 0, 61),
    Relation(SECOND.mention_id, MNLI.mention_id, "measured_on", 0.5, "m", 0, 61),
    Relation(BERT.mention_id, SQUAD.mention_id, "evaluated_on", 0.4, "m", 0, 61),
]


def test_a_value_keeps_its_likeliest_method():
    assert keep_best_of_results(RELATIONS) == [RELATIONS[0], *RELATIONS[2:]]


FRONT = {  # name: (text, authors, institutions, pairs)
    "marks": (
        "Ann Lee 1,2, Bo Kim 2 and Cy Ode 1\n1 Alder University, Oslo\n2 Birch Institute, Rome",
        ["Ann Lee", "Bo Kim", "Cy Ode"],
        ["Alder University", "Birch Institute"],
        {("Ann Lee", "Alder University"), ("Ann Lee", "Birch Institute"), ("Bo Kim", "Birch Institute")}
        | {("Cy Ode", "Alder University")},
    ),
    "symbols and degrees": (
        "Ann Lee, M.D., Ph.D.,* Bo Kim, MSc †\n*Alder University, and †Birch Institute",
        ["Ann Lee", "Bo Kim"],
        ["Alder University", "Birch Institute"],
        {("Ann Lee", "Alder University"), ("Bo Kim", "Birch Institute")},
    ),
    "two institutions behind one mark": (
        "Ann Lee 1, Bo Kim 2\n1 Alder University and Birch Institute, Oslo\n2 Cedar College",
        ["Ann Lee", "Bo Kim"],
        ["Alder University", "Birch Institute", "Cedar College"],
        {("Ann Lee", "Alder University"), ("Ann Lee", "Birch Institute"), ("Bo Kim", "Cedar College")},
    ),
    "one for all": (
        "Ann Lee and Bo Kim\nAlder University",
        ["Ann Lee", "Bo Kim"],
        ["Alder University"],
        {("Ann Lee", "Alder University"), ("Bo Kim", "Alder University")},
    ),
    "in turn": (
        "Ann Lee\nAlder University\nBo Kim\nBirch Institute",
        ["Ann Lee", "Bo Kim"],
        ["Alder University", "Birch Institute"],
        {("Ann Lee", "Alder University"), ("Bo Kim", "Birch Institute")},
    ),
    "no institution": ("Ann Lee 1", ["Ann Lee"], [], set()),
}


@pytest.mark.parametrize(("text", "authors", "institutions", "expected"), FRONT.values(), ids=FRONT.keys())
def test_relate_people(text, authors, institutions, expected):
    mentions = [mention(text, name, "Author") for name in authors]
    mentions += [mention(text, name, "Institution") for name in institutions]
    names = {m.mention_id: text[m.start_char : m.end_char] for m in mentions}
    found = relate_people(text, mentions)
    assert {(names[r.head_id], names[r.tail_id]) for r in found} == expected
    assert all(r.label == "affiliated_with" for r in found)


def test_the_same_author_named_again_below_is_not_related_again():
    text = "Ann Lee\nAlder University\nCorrespondence: Ann Lee"
    again = Mention(text.rindex("Ann"), len(text), "Author", 1.0)
    found = relate_people(
        text, [mention(text, "Ann Lee", "Author"), mention(text, "Alder University", "Institution"), again]
    )
    assert [r.head_id for r in found] == ["0-7-Author"]
