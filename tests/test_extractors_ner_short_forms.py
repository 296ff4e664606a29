"""Short forms that a paper defines: of the type of their long forms."""

from extractors.abbreviations import find_abbreviations
from extractors.ner.short_forms import with_short_forms
from schemas.records import Mention


def named(text, names):
    mentions = [
        Mention(start, start + len(name), label, 0.8)
        for name, label in names.items()
        for start in range(len(text))
        if text.startswith(name, start)
    ]
    found = with_short_forms(text, mentions, find_abbreviations(text))
    return [(text[m.start_char : m.end_char], m.label) for m in found]


def test_a_short_form_that_was_missed_is_found_where_it_is_defined():
    text = "We use the Lark Song Corpus (LSC). LSC is small."
    assert named(text, {"Lark Song Corpus": "Dataset"}) == [("Lark Song Corpus", "Dataset"), ("LSC", "Dataset")]


def test_short_forms_of_measures_are_measures_everywhere():
    text = "We report joint error rate (JER). Fenwick has a JER of 5."
    found = named(text, {"joint error rate": "Metric", "JER": "Method", "Fenwick": "Method"})
    assert [label for name, label in found if name == "JER"] == ["Metric", "Metric"]
    assert ("Fenwick", "Method") in found


def test_a_well_known_measure_needs_no_mention():
    text = "We report word error rate (WERX). WERX is low."
    assert named("We report mean average precision (MAPE). MAPE is high.", {"MAPE": "Method"}) == [
        ("MAPE", "Metric"),
        ("MAPE", "Metric"),
    ]
    assert named(text, {"WERX": "Method"}) == [("WERX", "Method"), ("WERX", "Method")]  # no short form of these words


def test_other_short_forms_keep_the_type_that_the_tagger_gives_them():
    text = "The long song net (LSN) parses."
    assert named(text, {"LSN": "Dataset"}) == [("LSN", "Dataset")]
