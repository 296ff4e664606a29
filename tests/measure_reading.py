"""How faithful and how fast reading is: ``python tests/measure_reading.py ../shared/data/papers``.

Kept: the share of letters and digits of PyMuPDF's raw text, running heads and stamps aside, that are in the paper's
text. Extra: letters and digits that are there more often than in the raw text. Time: CPU seconds of ``parse_pdf``
without OCR over those of PyMuPDF's ``get_text("dict")`` on the same pages, in turn, the median of three.
"""

import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf

from extractors.pdf.characters import clean_characters
from extractors.pdf.encodings import is_sign_font
from extractors.pdf.extract import EXTRACTION_FLAGS
from extractors.pdf.fragments import read_page
from extractors.pdf.margins import remove_margins
from extractors.pdf.read import parse_pdf
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError

SETTINGS = ParseSettings(ocr=False)


def count_letters(text: str) -> Counter[str]:
    """Letters and digits, accents and ligatures taken apart."""
    return Counter(c for c in unicodedata.normalize("NFKD", clean_characters(text)) if c.isalnum())


def compare_letters(path: Path) -> tuple[int, int, int]:
    """Letters that the paper should have, those missing, and those that are there too often."""
    with pymupdf.open(path) as document:
        raw = "".join(page.get_text("text", flags=EXTRACTION_FLAGS) for page in document)
        pages = [read_page(page) for page in document]
        signs = "".join(_large_signs(page) for page in document)
    remove_margins(pages)
    stamps = " ".join(stamp for page in pages for stamp in page.stamps)
    expected = count_letters(raw) - count_letters(stamps) - count_letters(signs)
    found = count_letters(parse_pdf(path, settings=SETTINGS).text)
    return expected.total(), (expected - found).total(), (found - expected).total()


def _large_signs(page: pymupdf.Page) -> str:
    """Characters of fonts that have no letters, only sums, integrals and tall brackets: "X" is what a sum gives out."""
    content: Any = page.get_text("dict", flags=EXTRACTION_FLAGS)
    spans = [span for block in content["blocks"] for line in block.get("lines", ()) for span in line["spans"]]
    return "".join(span["text"] for span in spans if is_sign_font(span["font"]))


def time_reading(path: Path) -> tuple[float, float]:
    """CPU seconds of reading the paper, and of PyMuPDF's own dictionaries of its pages."""

    def extract() -> None:
        with pymupdf.open(path) as document:
            for page in document:
                page.get_text("dict")

    seconds = [(_cpu(lambda: parse_pdf(path, settings=SETTINGS)), _cpu(extract)) for _ in range(3)]
    return statistics.median(own for own, _ in seconds), statistics.median(raw for _, raw in seconds)


def _cpu(call: Callable[[], object]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


def main(folder: Path) -> None:
    expected = missing = extra = 0
    own = raw = 0.0
    for path in sorted(folder.glob("*.pdf")):
        try:
            letters = compare_letters(path)
            seconds = time_reading(path)
        except PaperError as error:
            print(f"{path.name}: {error.code}")  # noqa: T201
            continue
        expected, missing, extra = expected + letters[0], missing + letters[1], extra + letters[2]
        own, raw = own + seconds[0], raw + seconds[1]
        kept = 1 - letters[1] / max(1, letters[0])
        print(f"{path.name}: kept {kept:.4f}, time {seconds[0] / seconds[1]:.2f}")  # noqa: T201
    print(  # noqa: T201
        f"all: kept {1 - missing / expected:.5f}, extra {extra / expected:.5f}, "
        f"time {own:.2f} s, {own / raw:.2f} times get_text('dict')"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
