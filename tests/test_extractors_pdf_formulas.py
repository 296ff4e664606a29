"""Formulas set off from the text: each is one block, read in the order of the formula, and no letter is lost."""

from pathlib import Path

import pymupdf
import pytest

from extractors.pdf.formulas import is_formula
from extractors.pdf.fragments import Run
from extractors.pdf.read import parse_pdf
from schemas.records import ParsedPaper

BODY = "The body of the paper goes on with words that fill a whole line of its only column, as here"
Piece = tuple[float, float, str, float]


def draw(path: Path, pieces: list[Piece], gap: tuple[int, int] = (200, 300)) -> ParsedPaper:
    """A title page, and a page of text with pieces (x, baseline, text, size) in its gap."""
    document = pymupdf.open()
    document.new_page().insert_text((72, 80), "A Study of Formulas", fontsize=16, fontname="tibo")
    page = document.new_page()
    for y in range(80, 420, 12):
        if not gap[0] <= y < gap[1]:
            page.insert_text((72, y), BODY, fontsize=10, fontname="tiro")
    for x, y, text, size in pieces:
        page.insert_text((x, y), text, fontsize=size, fontname="tiro")
    document.save(path)
    return parse_pdf(path)


def printed(paper: ParsedPaper) -> list[tuple[str, str]]:
    """Kinds and texts of the second page's blocks."""
    blocks = [block for block in paper.blocks if block.page == 1]
    return [(block.kind, " ".join(paper.text[block.start_char : block.end_char].split())) for block in blocks]


FRACTION = [
    (200, 250, "F =", 10),
    (222, 243, "precision + recall", 10),
    (232, 257, "2 recall", 10),
    (310, 250, "+ x", 10),
    (500, 250, "(4)", 10),
]
WIDE_OVER_NARROW = [(200, 250, "y =", 10), (220, 243, "a + b + c + d", 10), (244, 257, "2", 10), (290, 250, "> 0.", 10)]
TWO_FRACTIONS = [
    (200, 250, "z =", 10),
    (222, 243, "a", 10),
    (221, 257, "bb", 10),
    (240, 243, "c", 10),
    (239, 257, "dd", 10),
]
CASES = [
    (200, 250, "f (x) = {", 10),
    (250, 244, "1", 10),
    (270, 244, "if x is good", 10),
    (250, 256, "0", 10),
    (270, 256, "if it is not", 10),
]
SEVERAL_LINES = [(200, 240, "a = b + c", 10), (211, 255, "= d + e", 10), (211, 270, "< f.", 10)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (FRACTION, "F = precision + recall 2 recall + x (4)"),
        (WIDE_OVER_NARROW, "y = a + b + c + d 2 > 0."),
        (TWO_FRACTIONS, "z = a bb c dd"),
        (CASES, "f (x) = { 1 if x is good 0 if it is not"),
        (SEVERAL_LINES, "a = b + c = d + e < f."),
    ],
    ids=["fraction", "wide over narrow", "two fractions", "cases", "several lines"],
)
def test_a_formula_is_one_block_in_its_own_order(pieces, expected, tmp_path):
    blocks = printed(draw(tmp_path / "paper.pdf", pieces))
    assert [kind for kind, _ in blocks] == ["paragraph", "formula", "paragraph"]
    assert blocks[1][1] == expected


def test_a_fraction_within_a_line_stays_in_its_paragraph(tmp_path):
    pieces = [
        (72, 200, "The body of the paper goes on with a share of", 10),
        (262, 196, "a+b", 7),
        (264, 203.5, "cc", 7),
        (278, 200, "and with words that fill a line of it", 10),
    ]
    blocks = printed(draw(tmp_path / "paper.pdf", pieces, gap=(200, 212)))
    assert [kind for kind, _ in blocks] == ["paragraph"]
    assert "a share of a+b cc and with words" in blocks[0][1]


ROWS = {  # pieces of a line far from one another: is it a formula
    "k = 10|2855|2545|2670|29.10": False,
    "k = 10|2855|2545|2670": True,
    "x = a|y = b|z = c|u = d": True,
    "= 10|20|30|40 +": True,
}


def test_heads_with_signs_are_no_formula(tmp_path):
    pieces = [(x, 200, text, 9) for x, text in ((150, "Larks n=5"), (260, "Gulls n=5"), (370, "Terns n=5"))]
    pieces += [(x, 212 + 12 * i, f"{i}{x % 7}.5", 9) for i in range(1, 5) for x in (160, 270, 380)]
    kinds = [kind for kind, text in printed(draw(tmp_path / "paper.pdf", pieces, gap=(190, 265))) if "Gulls" in text]
    assert kinds == ["table"]


@pytest.mark.parametrize(("pieces", "expected"), ROWS.items(), ids=ROWS.keys())
def test_a_row_of_a_table_whose_label_has_a_sign_is_no_formula(pieces, expected):
    runs = [
        Run(text, 9, 100, 120 + 50 * i, 140 + 50 * i, bold=False, italic=False, font="Times")
        for i, text in enumerate(pieces.split("|"))
    ]
    assert is_formula(runs, 9, (72, 520), runs[0].x0, runs[-1].x1) == expected
