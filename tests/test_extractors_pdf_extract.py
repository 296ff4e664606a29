"""Pages that are shown turned, or set on their side: text, places and tables as on the page that one sees."""

import re

import pymupdf
import pytest

from extractors.pdf.locate import page_glyphs
from extractors.pdf.ocr import find_tessdata
from extractors.pdf.read import parse_pdf
from extractors.tables.results import find_table_results
from schemas.records import Mention
from tests.drawn_tables import NAMES, draw_table, grid

ROWS = grid(["Method", "F1", "EM"], ["Ostrel", "71.2", "60.1"], ["Marlin", "72.9", "61.4"], ["Fenwick", "80.4", "70.2"])


@pytest.fixture
def upright(tmp_path):
    return draw_table(tmp_path / "upright.pdf", ROWS, "Table 1: Results on Larkset.")


def turned(path, degrees, *, as_picture=False, shown=True):
    """The same pages to look at, set on their side or head and shown turned; or only set so."""
    document, new = pymupdf.open(path), pymupdf.open()
    for page in document:
        size = page.rect.width, page.rect.height
        sheet = new.new_page(width=size[degrees % 180 > 0], height=size[degrees % 180 == 0])
        if as_picture:
            sheet.insert_image(sheet.rect, pixmap=page.get_pixmap(dpi=150), rotate=degrees)
        else:
            sheet.show_pdf_page(sheet.rect, document, page.number, rotate=degrees)
        sheet.set_rotation(degrees if shown else 0)
    new.save(path.with_name("turned.pdf"))
    return path.with_name("turned.pdf")


def values(paper):
    """{value as printed: what its heads say besides} of the tables."""
    named = [Mention(m.start(), m.end(), NAMES[m[0]], 0.9) for m in re.finditer("|".join(NAMES), paper.text)]
    found = find_table_results(paper, named).mentions
    return {paper.text[m.start_char : m.end_char]: m.condition for m in found if m.label == "Result"}


def boxes(paper):
    return [(b.kind, *(pytest.approx(value, abs=1) for value in (b.x0, b.y0, b.x1, b.y1))) for b in paper.blocks]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_seen(upright, degrees):
    expected, found = parse_pdf(upright), parse_pdf(turned(upright, degrees))
    assert found.text == expected.text
    assert [(b.kind, b.x0, b.y0, b.x1, b.y1) for b in found.blocks] == boxes(expected)
    assert len(values(found)) == 6
    with pymupdf.open(upright) as one, pymupdf.open(upright.with_name("turned.pdf")) as other:
        places = [[pytest.approx(g.box, abs=1.5) for line in page_glyphs(one[0]) for g in line]]
        assert [[g.box for line in page_glyphs(other[0]) for g in line]] == places


@pytest.mark.skipif(not find_tessdata(), reason="Tesseract is not installed")
def test_what_is_recognised_on_a_turned_page_is_placed_as_it_is_seen(upright):
    paper = parse_pdf(turned(upright, 90, as_picture=True))
    assert paper.scanned
    (title,) = [b for b in paper.blocks if paper.text[b.start_char : b.end_char].startswith("Fenwick: a parser")]
    assert (title.x0, title.y1) == (pytest.approx(72, abs=8), pytest.approx(60, abs=8))


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_table_on_a_page_set_on_its_side_is_read(upright, degrees):
    expected, found = parse_pdf(upright), parse_pdf(turned(upright, degrees, shown=False))
    assert found.text.split() == expected.text.split()
    assert found.blocks[0].y1 - found.blocks[0].y0 > found.blocks[0].x1 - found.blocks[0].x0
    assert values(found) == values(expected)
    assert len(values(found)) == 6
