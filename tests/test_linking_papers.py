"""The link stage on papers written here, against the example base."""

import pytest
from linking_examples import example_base

from linking.linker import Linker, Resolution
from linking.papers import author_entity_id, collect_names, link_paper, link_papers, says_nothing, tell_apart
from schemas.records import Abbreviation, Mention, Relation, TaggedPaper

TEXT = """A Study of Lamps

Ada Quill, Bo Fern, Ada Quill
University of Quellbach, Quellbach, Germany
SOU, Ostby, Norway

We use a convolutional neural network (CNN). The CNN model beats Wobble Field Network (WFN) and WFN
on the SQuAD dataset and on SQuAD. Our QuokkaFormer wins; QuokkaFormers and the Quokkaformer model too.
It reaches 91.3 F1. The model is new."""


def mention(text, label, *, nth=0, inside=TEXT):
    start = -1
    for _ in range(nth + 1):
        start = inside.index(text, start + 1)
    return Mention(start, start + len(text), label, 0.9)


def abbreviation(short, long):
    short_start, long_start = TEXT.index(f"({short})") + 1, TEXT.index(long)
    return Abbreviation(short_start, short_start + len(short), long_start, long_start + len(long))


ADA, BO, ADA_AGAIN = mention("Ada Quill", "Author"), mention("Bo Fern", "Author"), mention("Ada Quill", "Author", nth=1)
QUELLBACH, SOU = mention("University of Quellbach", "Institution"), mention("SOU", "Institution")
MENTIONS = (
    ADA,
    BO,
    ADA_AGAIN,
    QUELLBACH,
    SOU,
    mention("convolutional neural network", "Method"),
    mention("CNN", "Method"),
    mention("CNN model", "Method"),
    mention("Wobble Field Network (WFN)", "Method"),
    mention("WFN", "Method", nth=1),
    mention("the SQuAD dataset", "Dataset"),
    mention("SQuAD", "Dataset", nth=1),
    mention("QuokkaFormer", "Method"),
    mention("QuokkaFormers", "Method"),
    mention("the Quokkaformer model", "Method"),
    mention("91.3", "Result"),
    mention("F1", "Metric"),
    mention("The model", "Method"),
)
PAPER = TaggedPaper(
    "00112233aabbccdd",
    MENTIONS,
    (abbreviation("CNN", "convolutional neural network"), abbreviation("WFN", "Wobble Field Network")),
    (Relation(ADA.mention_id, QUELLBACH.mention_id, "affiliated_with", 0.9),),
)


@pytest.fixture(scope="module")
def kb():
    return example_base()


@pytest.fixture(scope="module")
def linked(kb):
    return link_paper(kb, TEXT, PAPER)


@pytest.fixture(scope="module")
def links(linked):
    return {link.mention_id: link for link in linked.links}


def test_exactly_one_link_a_mention_but_none_for_results(linked):
    expected = [m.mention_id for m in MENTIONS if m.label != "Result"]
    assert [link.mention_id for link in linked.links] == expected
    assert all(0 <= link.score <= 1 and link.name and link.model for link in linked.links)


def ids(links, *mentions):
    return {links[m.mention_id].entity_id for m in mentions}


def test_short_and_long_form_are_one_entity_of_the_base(links):
    assert ids(links, MENTIONS[5], MENTIONS[6], MENTIONS[7]) == {"pg:method/convolutional-neural-network"}


def test_short_and_long_form_are_one_entity_of_our_own(links):
    assert ids(links, MENTIONS[8], MENTIONS[9]) == {"pg:method/wobble-field-network"}
    assert links[MENTIONS[9].mention_id].name == "Wobble Field Network"


def test_determiner_and_head_word_do_not_divide(links):
    assert ids(links, MENTIONS[10], MENTIONS[11]) == {"pg:dataset/squad"}
    assert links[MENTIONS[10].mention_id].name == "SQuAD"


def test_what_no_registry_has_keeps_its_printed_form(links):
    assert ids(links, MENTIONS[12], MENTIONS[13], MENTIONS[14]) == {"pg:method/quokkaformer"}
    link = links[MENTIONS[12].mention_id]
    assert (link.name, link.kb) == ("QuokkaFormer", "")


def test_registry_links_name_their_registry(links):
    link = links[QUELLBACH.mention_id]
    assert (link.entity_id, link.name, link.kb) == ("ror:0zz0001", "University of Quellbach", "ror")


def test_the_printed_line_tells_which_organisation(links):
    assert ids(links, SOU) == {"ror:0zz0004"}


def test_an_author_is_name_and_first_affiliation(links):
    assert ids(links, ADA, ADA_AGAIN) == {"pg:author/ada-quill/ror-0zz0001"}
    assert ids(links, BO) == {"pg:author/bo-fern/00112233aabbccdd"}, "without affiliation the paper is the key"


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("Ada Quill", "pg:institution/北丘大学", "pg:author/ada-quill/pg-institution-北丘大学"),
        ("A. Quill", "ror:0zz0001", "pg:author/a-quill/ffff"),
        ("Quill A", "ror:0zz0001", "pg:author/quill-a/ffff"),
        ("Ada B. Quill", "ror:0zz0001", "pg:author/ada-b-quill/ror-0zz0001"),
    ],
)
def test_ids_of_authors_tell_places_apart_and_initials_are_no_name(name, place, expected):
    assert author_entity_id(name, place, "ffff") == expected


def test_a_well_known_organisation_must_be_likely(kb):
    entries = kb.entries()
    row = next(i for i, entry in enumerate(entries) if entry.label == "Institution" and entry.kb == "starter")
    text = "Institute of Lanterns"
    names = collect_names(text, TaggedPaper("ffff", (mention(text, "Institution", inside=text),), (), ()))
    for score, is_linked in ((0.5, False), (0.7, True)):
        (told,) = tell_apart(kb, names, dict.fromkeys(names, Resolution(((row, score),), (row,)))).values()
        assert bool(told.answer) == is_linked


def test_an_institution_is_not_spelt_out_as_a_method():
    text = "MIT. We use Masked Image Tuning (MIT)."
    mentions = (mention("MIT", "Institution", inside=text), mention("MIT", "Method", nth=1, inside=text))
    short = Abbreviation(text.rindex("MIT"), text.rindex("MIT") + 3, text.index("Masked"), text.index(" (MIT"))
    assert list(collect_names(text, TaggedPaper("ffff", mentions, (short,), ()))) == [
        ("Institution", "mit"),
        ("Method", "masked image tuning"),
    ]


def test_the_same_name_elsewhere_is_another_person(kb):
    text = "Ada Quill"
    paper = TaggedPaper("ffff", (mention("Ada Quill", "Author", inside=text),), (), ())
    assert link_paper(kb, text, paper).links[0].entity_id == "pg:author/ada-quill/ffff"


def test_papers_do_not_change_each_other(kb, linked):
    other = "BERT and CNN on SQuAD."
    mentions = (
        mention("BERT", "Method", inside=other),
        mention("CNN", "Method", inside=other),
        mention("SQuAD", "Dataset", inside=other),
    )
    paper = TaggedPaper("ffff", mentions, (), ())
    both = link_papers(kb, [(other, paper), (TEXT, PAPER)])
    assert both[1] == linked
    assert both[0] == link_papers(kb, [(other, paper)], linker=Linker(kb))[0]
    assert [link.entity_id for link in both[0].links] == [
        "x:method/bert",
        "pg:method/convolutional-neural-network",
        "pg:dataset/squad",
    ]


@pytest.mark.parametrize(
    ("score", "by_likeness", "by_name"), [(0.4, False, False), (0.6, False, True), (0.9, True, True)]
)
def test_a_name_that_is_only_alike_must_be_likelier(kb, score, by_likeness, by_name):
    entries = kb.entries()
    row = next(i for i, entry in enumerate(entries) if entry.entity_id == "pg:method/convolutional-neural-network")
    for printed, linked in (("convolved networks", by_likeness), ("CNN", by_name)):
        text = f"We use {printed}."
        names = collect_names(text, TaggedPaper("ffff", (mention(printed, "Method", inside=text),), (), ()))
        found = Resolution(((row, score),), (row,))
        (told,) = tell_apart(kb, names, dict.fromkeys(names, found)).values()
        assert bool(told.answer) == linked
        assert told.score == score


def test_a_paper_without_mentions(kb):
    assert link_papers(kb, [("nothing", TaggedPaper("e", (), (), ()))])[0].links == ()
    assert link_papers(kb, []) == []


@pytest.mark.parametrize(
    ("printed", "expected"), [("The model", True), ("these datasets", True), ("BERT model", False)]
)
def test_words_that_name_nothing(printed, expected):
    assert says_nothing(printed) is expected


def test_what_names_nothing_is_not_looked_up(links):
    assert links[MENTIONS[17].mention_id].entity_id == "pg:method/model"
