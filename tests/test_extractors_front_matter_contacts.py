"""Departments, e-mail addresses and ORCID iDs on drawn first pages."""

import pytest
from front_pages import draw, read_descriptions

from extractors.front_matter.contacts import read_addresses
from extractors.front_matter.front_matter import extract_front_matter, front_matter_names
from extractors.pdf.encodings import lost_mark
from extractors.pdf.read import parse_pdf

PAGES = {description.name: description for description in read_descriptions()}
EASTMERE = "University of Eastmere"


@pytest.fixture
def names_of(tmp_path):
    def read(name):
        draw(PAGES[name]).save(tmp_path / "paper.pdf")
        paper = parse_pdf(tmp_path / "paper.pdf")
        return front_matter_names(paper, extract_front_matter(paper))

    return read


def test_addresses_in_braces_are_taken_apart():
    found = [address for address, _ in read_addresses("{ada,t.quill}@cs.x.edu, wei @ zembla.com; see www.x.edu")]
    assert found == ["ada@cs.x.edu", "t.quill@cs.x.edu", "wei@zembla.com"]


def test_departments_are_kept_apart_from_organisations(names_of):
    names = names_of("lncs")
    assert names.departments == (
        ("Tomislav Perković", EASTMERE, "Department of Computer Science"),
        ("Anneke de Vreugd", EASTMERE, "Department of Computer Science"),
    )


def test_addresses_go_to_the_authors_whom_they_name(names_of):
    assert names_of("ijcai").emails == (
        ("Xiaoming Duan", "xduan@qinghe.edu.cn"),
        ("Keiko Hanamori", "keiko@qinghe.edu.cn"),
        ("Lin Qiwei", "linqiwei@baidu.com"),
        ("Pablo Etxaniz", "petxaniz@baidu.com"),
    )


def test_identifiers_behind_names(names_of):
    assert names_of("lncs_with_orcid").orcids == (
        ("Tomislav Perković", "0000-0002-1825-0097"),
        ("Anneke de Vreugd", "0000-0001-5109-3700"),
    )


def test_equal_glyphs_without_a_meaning_give_equal_marks():
    assert lost_mark("\x8e") == lost_mark("\x8e") != lost_mark("\x8f")
    assert lost_mark("a") == lost_mark("\t") == lost_mark("") == ""
