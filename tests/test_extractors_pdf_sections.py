"""Sections told from headings, and lists of references however they begin."""

from pathlib import Path

import pymupdf
import pytest

from extractors.pdf.lines import PrintedLine
from extractors.pdf.read import parse_pdf
from extractors.pdf.references import body_before_list, is_references_heading, mark_references
from extractors.pdf.sections import mark_sections, section_of
from schemas.records import Block, Line, ParsedPaper

TEXT = "The body of the paper goes on with words that fill a whole line of its only column here"
ENTRIES = [f"A. Author, B. Writer, A first title, Journal 12, 34 (200{i})." for i in range(1, 7)]


def sections_of(*printed: str) -> list[str]:
    """Sections of blocks given as ``#heading`` (``##`` in smaller type), ``kind: text``, or text of a paragraph."""
    blocks, lines, text = [], [], ""
    for part in printed:
        kind, small = "paragraph", part.startswith("##")
        if part.startswith("#"):
            kind, part = "heading", part.lstrip("#")
        elif ": " in part:
            kind, part = part.split(": ")
        start = len(text) + 2 if text else 0
        text = f"{text}\n\n{part}" if text else part
        blocks.append(Block(start, len(text), kind, 0, 0, 0, 1, 1))
        lines.append(Line(start, len(text), 0, 0, 0, 1, 1, 10 if small else 12, kind == "heading", False))
    return [block.section for block in mark_sections(blocks, lines, text)]


PAPERS = {
    "numbered, nested headings inherit": (
        (
            "title: T",
            "#1 Introduction",
            "a",
            "#2 Experiments",
            "#2.1 Our Method",
            "b",
            "#3 Transport",
            "#3.1 Data sets",
        ),
        ["", "introduction", "introduction", "experiments", "experiments", "experiments", "", "experiments"],
    ),
    "roman numbers with letters below": (
        ("#I. INTRODUCTION", "#II. METHODS", "#A. Results of others", "#V. CONCLUSION", "#REFERENCES", "reference: r"),
        ["introduction", "method", "method", "conclusion", "references", "references"],
    ),
    "no numbers, type tells": (
        ("#Background", "#Materials and Methods", "##Data analysis", "#Results and Discussion", "##Limitations"),
        ["introduction", "method", "method", "results", "results"],
    ),
    "spaced capitals": (("#1 I NTRODUCTION", "#2 R ELATED W ORK"), ["introduction", "related"]),
    "the abstract ends where its blocks end": (
        ("#Abstract", "abstract: a", "Keywords of the paper", "#Introduction", "b"),
        ["abstract", "abstract", "", "introduction", "introduction"],
    ),
    "appendix after the references": (
        ("#6 Conclusions", "#References", "reference: r", "#A Proofs", "p", "#B More Results", "#Acknowledgements"),
        ["conclusion", "references", "references", "appendix", "appendix", "appendix", "acknowledgements"],
    ),
    "thanks within a line": (("#5 Conclusion", "Acknowledgements. We thank all."), ["conclusion", "acknowledgements"]),
    "back matter": (("#Discussion", "#Author contributions", "x"), ["discussion", "", ""]),
    "before any heading": (("a", "b"), ["", ""]),
}


@pytest.mark.parametrize(("printed", "expected"), PAPERS.values(), ids=PAPERS.keys())
def test_mark_sections(printed, expected):
    assert sections_of(*printed) == expected


def test_the_first_word_that_names_a_section_decides():
    assert section_of("Discussion and conclusions") == "discussion"
    assert section_of("Concluding remarks") == "conclusion"
    assert section_of("Related Work and Background") == "related"
    assert section_of("Canonical Correlation Analysis") == ""


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "References",
            "REFERENCES AND NOTES",
            "7. References",
            "R EFERENCES",
            "R E F E R E N C E S",
            "Literature Cited",
        ),
        *("Bibliography:", "VI. REFERENCES", "Notes and references", "References and further reading", "Works cited"),
    ],
)
def test_headings_of_references(heading):
    assert is_references_heading(heading)


@pytest.mark.parametrize(
    "text", ["references", "the references", "Reference", "References are given below in the text"]
)
def test_no_headings_of_references(text):
    assert not is_references_heading(text)


def printed_lines(*texts: str) -> list[PrintedLine]:
    return [
        PrintedLine(
            text, 0, 0, i * 12, 100, i * 12 + 10, 10, i * 12 + 8, bold=False, italic=False, column_x0=0, column_x1=9
        )
        for i, text in enumerate(texts)
    ]


def marked(*texts: str) -> list[str]:
    lines = printed_lines(*["text"] * 10, *texts)
    mark_references(lines)
    return [f"{line.reference_list}: {line.text}" for line in lines if line.reference_list]


def test_a_list_without_heading_begins_at_its_first_entry():
    assert marked("[1] A. B., J. 1 (2001)", "[2] C. D., J. 2 (2002)", "[3] E. F., J. 3 (2003)", "[4] G. (2004)") == [
        "entry: [1] A. B., J. 1 (2001)"
    ]
    assert marked("1. One thing", "2. Another", "3. A third", "4. A fourth thing") == []


def test_a_heading_wins_over_numbers_and_weak_headings_count_without_a_strong_one():
    entries = [f"[{i}] A. B., J. {i} (200{i})" for i in range(1, 6)]
    assert marked("References", *entries) == ["heading: References"]
    assert marked("Reference", *entries) == ["heading: Reference"]


def test_a_cell_in_the_head_of_a_table_is_no_heading():
    lines = printed_lines(*["text"] * 10, "Method", "References", "Quux [1]", "Zorb [2]")
    for line in lines[11:]:
        line.y0, line.y1 = line.y0 - 6, line.y1 - 6
    mark_references(lines)
    assert not any(line.reference_list for line in lines)


def test_the_body_above_a_list_that_begins_in_both_columns_comes_before_it():
    rows = ["text"] * 10 + [f"[{i}] A. B., J. {i} (200{i})" for i in range(1, 5)]
    left, right = printed_lines(*rows), printed_lines(*["more text"] * 10, "[5] C. D. (2005)", "[6] E. F. (2006)")
    for line in right:
        line.segment = 1
    lines = [*left, *right]
    mark_references(lines)
    assert [line.text for line in body_before_list(lines)] == [
        *["text"] * 10,
        *["more text"] * 10,
        *rows[10:],
        *["[5] C. D. (2005)", "[6] E. F. (2006)"],
    ]
    right[0].text = "[5] B. C. (2004)"  # the list goes on at the top of the second column
    assert body_before_list(lines) == lines


def read(path: Path, rows: list[str]) -> ParsedPaper:
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    for i, row in enumerate(rows):
        page.insert_text((72, 80 + 12 * i), row, fontsize=10, fontname="tiro")
    document.save(path)
    return parse_pdf(path)


def test_entries_without_a_heading_are_blocks_of_their_own(tmp_path):
    paper = read(tmp_path / "a.pdf", [TEXT] * 20 + [f"[{i + 1}] {entry}" for i, entry in enumerate(ENTRIES)])
    references = [paper.text[b.start_char : b.end_char] for b in paper.blocks if b.kind == "reference"]
    assert references == [f"[{i + 1}] {entry}" for i, entry in enumerate(ENTRIES)]
    assert {b.section for b in paper.blocks if b.kind == "reference"} == {"references"}


def test_a_table_that_floats_into_the_list_of_references_is_a_table(tmp_path):
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    page.insert_text((150, 60), "A Study of Invented Words", fontsize=16, fontname="tibo")
    for i in range(20):
        page.insert_text((72, 100 + 12 * i), TEXT, fontsize=10, fontname="tiro")
    page.insert_text((72, 370), "References", fontsize=10, fontname="tibo")
    for i, entry in enumerate(ENTRIES):
        page.insert_text((72, 390 + 12 * i), f"[{i + 1}] {entry}", fontsize=10, fontname="tiro")
    page = document.new_page(width=612, height=792)
    page.insert_text((72, 80), "Table 3: Results on songs of larks.", fontsize=9, fontname="tiro")
    for i in range(5):
        for x, cell in ((90, f"Ostrel{i}"), (200, f"7{i}.2"), (270, f"6{i}.1")):
            page.insert_text((x, 100 + 11 * i), cell, fontsize=9, fontname="tiro")
    for i, entry in enumerate(ENTRIES, len(ENTRIES) + 1):
        page.insert_text((72, 180 + 12 * i), f"[{i}] {entry}", fontsize=10, fontname="tiro")
    document.save(tmp_path / "a.pdf")
    paper = parse_pdf(tmp_path / "a.pdf")
    kinds = [b.kind for b in paper.blocks if b.page == 1]
    assert kinds[:2] == ["caption", "table"]
    assert set(kinds[2:]) == {"reference"}


def test_any_heading_ends_the_list_of_references(tmp_path):
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    page.insert_text((150, 60), "A Study of Invented Words", fontsize=16, fontname="tibo")
    rows = [("Introduction", "tibo"), *[(TEXT, "tiro")] * 20, ("References", "tibo")]
    rows += [(f"[{i + 1}] {entry}", "tiro") for i, entry in enumerate(ENTRIES)]
    rows += [("Proof of the second claim", "tibo"), *[(TEXT, "tiro")] * 6]
    y = 80.0
    for row, font in rows:
        y += 20 if font == "tibo" else 12
        page.insert_text((72, y), row, fontsize=10, fontname=font)
        y += 8 if font == "tibo" else 0
    document.save(tmp_path / "a.pdf")
    paper = parse_pdf(tmp_path / "a.pdf")
    kinds = [b.kind for b in paper.blocks]
    assert kinds.count("reference") == len(ENTRIES)
    assert kinds[-2:] == ["heading", "paragraph"]
