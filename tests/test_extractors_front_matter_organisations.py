"""Affiliations read as organisations: plain strings, no PDF."""

import pytest

from extractors.front_matter.organisations import SURE, find_organisations
from extractors.front_matter.strip import make_strip

CASES = {  # name: (affiliation, organisations)
    "department left out": (
        "Department of Physics, University of Nowhere, 412 96 Nowhere, Sweden",
        ["University of Nowhere"],
    ),
    "only a department": ("Department of Small Things\n1 Main Street", ["Department of Small Things"]),
    "fused school": ("Nowhere University School of Medicine, Boston, MA", ["Nowhere University School of Medicine"]),
    "school of its own": ("Harbour Medical School, Boston, MA 02115, USA", ["Harbour Medical School"]),
    "institute and parent": (
        "Institute for Odd Studies, Zembla Academy of Sciences, Zembla",
        ["Institute for Odd Studies", "Zembla Academy of Sciences"],
    ),
    "two in one line": (
        "University of Nowhere, Paris, France and\nZembla Institutes, Brussels, Belgium",
        ["University of Nowhere", "Zembla Institutes"],
    ),
    "joined by and": (
        "Università di Nessundove, and INFN Sezione di Padova, Italy",
        ["Università di Nessundove", "INFN Sezione di Padova"],
    ),
    "and inside a name": ("Center for Odd and Even Numbers, Nowhere", ["Center for Odd and Even Numbers"]),
    "list inside a name": (
        "Institute for Brain, Cognition and Behaviour, Zembla",
        ["Institute for Brain, Cognition and Behaviour"],
    ),
    "department of the university": (
        "Department of Physics of the University of Nowhere, Italy",
        ["University of Nowhere"],
    ),
    "without comma": ("Department of Computer Science Quillfeather University", ["Quillfeather University"]),
    "campus": ("University of California, Berkeley, CA 94720 USA", ["University of California, Berkeley"]),
    "town on a line of its own": ("University of Maryland\nCollege Park, Maryland 20742", ["University of Maryland"]),
    "acronym in brackets": ("Zembla Institute of Technology (ZIT), Zembla", ["Zembla Institute of Technology"]),
    "company": (
        "Quillfeather Inc.\n701 First Avenue\nSunnyvale, CA 94089\nada@quillfeather.com",
        ["Quillfeather Inc."],
    ),
    "company without a key word": ("Quillfeather, Berlin, Germany", ["Quillfeather"]),
    "acronym": ("ZQ-IMAG\n51 avenue Jean Brambleworth\n38330 Montbonnot, France", ["ZQ-IMAG"]),
    "unit codes": (
        "CNRS, UMR n.7503 and Université de Nullepart, F-54500, France",
        ["CNRS", "Université de Nullepart"],
    ),
    "e-mail behind": ("University of Nowhere, Hong Kong. ada@nowhere.edu", ["University of Nowhere"]),
    "affiliated hospital": (
        "Quillfeather Hospital affiliated to Zembla University, Shanghai",
        ["Quillfeather Hospital", "Zembla University"],
    ),
    "prose": ("is currently with the Zembla Equipment Corporation, Cambridge, MA", ["Zembla Equipment Corporation"]),
    "ampersand": ("AT&T Bell Laboratories, Holmdel, NJ.", ["AT&T Bell Laboratories"]),
    "legal form behind a comma": ("Quillfeather R&D Labs., Inc., Nowhere 480-1192", ["Quillfeather R&D Labs., Inc."]),
    "firm named like a town": ("Nowhere Department, Hitachi, Ltd., Tokyo, Japan", ["Hitachi, Ltd."]),
    "state between town and country": ("Zembla Milho e Sorgo, Sete Lagoas, MG, Brazil", ["Zembla Milho e Sorgo"]),
    "particle first": ("von Quill Institute for Fluids, 1640 Nowhere, Belgium", ["von Quill Institute for Fluids"]),
    "job before it": ("Professor & Head, Dept. of Boxes, Zembla University, India", ["Zembla University"]),
    "town behind a known name": ("INRIA, Rocquencourt, 78153 Le Chesnay, France", ["INRIA"]),
    "country with and": ("University of Sarajevo, Sarajevo, 71000, Bosnia and Herzegovina", ["University of Sarajevo"]),
    "town below a university": ("Quill University\nProvidence, RI 02912", ["Quill University"]),
    "number of a unit": ("Institut de Zembla (IZ) U1234, Lyon, France", ["Institut de Zembla"]),
    "only an address": ("1947 Center Street, Berkeley 94704, California", []),
}


def found(text, hints=()):
    return find_organisations(make_strip(text, [(0, len(text), "\n")], frozenset()), hints)


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_organisations(text, expected):
    assert [organisation.name for organisation in found(text)] == expected


def test_offsets_point_at_the_name():
    text = "Department of Physics, University of Nowhere, Utopia"
    (organisation,) = found(text)
    assert text[organisation.start_char : organisation.end_char] == "University of Nowhere"


def test_a_department_that_stands_in_is_less_sure():
    assert found("University of Nowhere")[0].score > SURE > found("Department of Small Things")[0].score


def test_a_hint_makes_an_organisation_of_a_bare_name():
    text = "University of Nowhere, Quillfeather"
    assert [organisation.name for organisation in found(text, [(23, 35)])] == ["University of Nowhere", "Quillfeather"]
