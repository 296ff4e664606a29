"""Made-up affiliations, real ones with their labels, and a small fit of the tagger."""

import itertools
import json
import random

from extractors.training.affiliation_corpora import read_front_pages, read_strings
from extractors.training.affiliation_strings import Labelled, Maker
from extractors.training.affiliations import average, fit, make_example

RECORD = {
    "id": "https://ror.org/1",
    "types": ["education"],
    "names": [
        {"value": "University of Northbridge", "types": ["label", "ror_display"]},
        {"value": "Northbridge (Utopia)", "types": ["alias"]},
        {"value": "UNB", "types": ["acronym"]},
    ],
    "locations": [{"geonames_details": {"name": "Northbridge", "country_name": "Utopia", "country_code": "UT"}}],
    "relationships": [],
}


def maker(seed):
    return Maker([RECORD], ["Quill", "Marlow", "Brambleworth"], seed)


def test_made_up_affiliations_repeat_with_their_seed():
    first, second = maker(3), maker(3)
    assert [first.make() for _ in range(50)] == [second.make() for _ in range(50)]


def test_spans_of_made_up_affiliations_hold_whole_names():
    own = maker(5)
    made = [own.make() for _ in range(300)]
    names = {item.text[start:end].replace("\n", " ") for item in made for start, end, _ in item.spans}
    assert {"University of Northbridge", "UNB", "Northbridge"} & names
    assert all(name == name.strip() and name for name in names)
    assert not any(a < d and c < b for item in made for (a, b, _), (c, d, _) in itertools.pairwise(item.spans))


def test_front_pages_turn_institutes_into_organisations(tmp_path):
    text = "Institute of Boxes, Department of Things, University of Northbridge\nUtopia"
    page = {
        "text": text,
        "entities": [{"start": 42, "end": 67, "type": "Institution"}],
        "meta": {"blocks": [[0, 67, "affiliation"], [68, 74, "address"]], "departments": [[0, 18], [20, 40]]},
    }
    (tmp_path / "pages.jsonl").write_text(json.dumps(page), encoding="utf-8")
    assert list(read_front_pages(tmp_path / "pages.jsonl")) == [
        Labelled(text, ((0, 18, "B"), (20, 40, "D"), (42, 67, "B")))
    ]


def test_strings_take_the_longest_registered_name(tmp_path):
    row = {"text": "Dept. X, UNIVERSITY of Northbridge, Northbridge", "ror_ids": ["https://ror.org/1"]}
    (tmp_path / "strings.jsonl").write_text(json.dumps(row), encoding="utf-8")
    names = {"https://ror.org/1": ["Northbridge", "University of Northbridge"]}
    assert list(read_strings(tmp_path / "strings.jsonl", names)) == [Labelled(row["text"], ((9, 34, "B"),))]


def test_a_small_fit_prefers_what_it_has_seen():
    dice = random.Random(1)  # noqa: S311
    item = Labelled("University of Northbridge, Utopia", ((0, 25, "B"),))
    weights = fit([make_example(item, dice) for _ in range(40)], 1)
    assert weights["features"]["w=university"][1] > weights["features"]["w=university"][0]
    assert weights["features"]["w=utopia"][0] > weights["features"]["w=utopia"][2]


def test_averages_leave_out_what_is_next_to_nothing():
    one = {"steps": [[1.0] * 5] * 5, "starts": [0.5] * 5, "features": {"a": [1.0, 0, 0, 0, 0], "b": [0.1] * 5}}
    two = {"steps": [[2.0] * 5] * 5, "starts": [0.5] * 5, "features": {"a": [0.5, 0, 0, 0, 0]}}
    mean = average([one, two])
    assert mean["features"] == {"a": [75, 0, 0, 0, 0]}
    assert mean["steps"][0] == [150] * 5
