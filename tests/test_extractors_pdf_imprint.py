"""Year, DOI and arXiv id come from what a paper prints about itself, not from what it cites."""

from pathlib import Path

from extractors.pdf.imprint import find_notices, find_year_of
from extractors.pdf.read import parse_pdf
from schemas.records import Block

SAMPLES = Path(__file__).parent / "data" / "samples"


def blocks_of(parts: list[tuple[str, str]]) -> tuple[str, list[Block]]:
    text, blocks = "", []
    for kind, part in parts:
        blocks.append(Block(len(text), len(text) + len(part), kind, 0, 0.0, 0.0, 100.0, 10.0))
        text += part + "\n\n"
    return text, blocks


def test_the_year_of_a_reference_is_not_the_paper_s():
    assert parse_pdf(SAMPLES / "footnote.pdf").year is None


def test_notices_are_lines_about_the_paper_itself():
    text, blocks = blocks_of(
        [
            ("title", "Trees of 1984"),
            ("affiliations", "Sydney, NSW 2007\nJ. Boxes 54, 272-273 (1999)"),
            ("other", "Received 3 May 1998"),
            ("paragraph", "as Smith (2001) says\nCopyright 1999 by the Society\ndoi:10.1000/box.7"),
            ("reference", "[1] Smith, doi:10.1000/other, 2001."),
        ]
    )
    assert find_notices(text, blocks, 0) == [
        "J. Boxes 54, 272-273 (1999)",
        "Received 3 May 1998",
        "Copyright 1999 by the Society",
        "doi:10.1000/box.7",
    ]


def test_running_heads_come_first_and_page_numbers_downloads_and_grants_do_not_count():
    latest = 2030
    assert find_year_of(["2001", "Downloaded on 5 April 2025"], ["Received 3 May 1998"], latest=latest) == 1998
    assert find_year_of(["J. Boxes 7 (1997) 1-9"], ["Published 1998"], latest=latest) == 1997
    assert find_year_of([], ["supported by grant 2001"], latest=latest) is None
