"""Scanned pages: recognised with Tesseract where it is installed, else a failure that says how to install it."""

from pathlib import Path

import pymupdf
import pytest

from extractors.pdf.characters import is_garbled
from extractors.pdf.ocr import find_tessdata
from extractors.pdf.read import OcrNeededError, parse_pdf
from extractors.pdf.sandbox import parse_papers
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError
from schemas.records import Failure, ParsedPaper, Source

needs_tesseract = pytest.mark.skipif(not find_tessdata(), reason="Tesseract is not installed")
TEXT = "The paper was printed and scanned"


def scan(path: Path, n_native: int = 0) -> Path:
    """A PDF whose first page is a picture of text, with native pages after it."""
    drawn = pymupdf.open()
    page = drawn.new_page()
    for i in range(6):
        page.insert_text((72, 100 + 30 * i), TEXT, fontsize=18)
    picture = page.get_pixmap(dpi=150)
    document = pymupdf.open()
    document.new_page().insert_image(page.rect, pixmap=picture)
    for number in range(n_native):
        native = document.new_page()
        for i in range(30):
            native.insert_text(
                (72, 72 + 12 * i), "A native page with a text layer" + " x" * (number + 3 * i), fontsize=10
            )
    document.save(path)
    return path


@needs_tesseract
def test_a_scan_is_recognised(tmp_path):
    paper = parse_pdf(scan(tmp_path / "scan.pdf"))
    assert paper.scanned
    assert paper.text.count("printed and scanned") >= 5


@needs_tesseract
def test_only_scanned_pages_are_recognised(tmp_path):
    paper = parse_pdf(scan(tmp_path / "scan.pdf", n_native=2))
    assert not paper.scanned
    assert "printed and scanned" in paper.text
    assert paper.text.count("A native page") == 60


@needs_tesseract
def test_recognition_can_be_put_off_and_the_sandbox_does_it_in_a_second_try(tmp_path):
    path = scan(tmp_path / "scan.pdf")
    with pytest.raises(OcrNeededError):
        parse_pdf(path, defer_ocr=True)
    results = list(parse_papers([Source("0", str(path), str(path), 1)]))
    assert isinstance(results[0], ParsedPaper)
    assert "printed and scanned" in results[0].text


@needs_tesseract
def test_a_page_that_takes_too_long_costs_its_recognition_only(tmp_path):
    path = scan(tmp_path / "scan.pdf", n_native=2)
    settings = ParseSettings(ocr_page_timeout_s=0.001)
    results = list(parse_papers([Source("0", str(path), str(path), 1)], settings))
    assert isinstance(results[0], ParsedPaper)
    assert results[0].text.count("A native page") == 60
    assert results[0].notes == (
        "page 1 has no text layer and was not recognised: Tesseract took longer than 0.001 s "
        "(setting ocr_page_timeout_s)",
    )


@needs_tesseract
def test_a_scan_whose_recognition_takes_too_long_is_a_timeout(tmp_path):
    path = scan(tmp_path / "scan.pdf")
    settings = ParseSettings(ocr_page_timeout_s=0.001)
    results = list(parse_papers([Source("0", str(path), str(path), 1)], settings))
    assert isinstance(results[0], Failure)
    assert results[0].error == "timeout"
    assert "ocr_page_timeout_s" in results[0].message


def test_without_tesseract_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr("extractors.pdf.read.find_tessdata", lambda: "")
    with pytest.raises(PaperError, match=r"no_text: the paper is image-only.*apt-get install tesseract-ocr"):
        parse_pdf(scan(tmp_path / "scan.pdf"))
    paper = parse_pdf(scan(tmp_path / "mixed.pdf", n_native=1))
    assert "apt-get install tesseract-ocr" in paper.notes[0]


def test_without_recognition_a_scan_is_a_failure_that_says_so(tmp_path):
    with pytest.raises(PaperError, match=r"no_text: the paper is image-only"):
        parse_pdf(scan(tmp_path / "scan.pdf"), settings=ParseSettings(ocr=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("An ordinary sentence of a paper. " * 30, False),
        ("\ufffd\ufffd\ue001 x " * 30, True),
        ("Wkh sdshu zdv sulqwhg dqg vfdqqhg " * 30, True),  # every letter moved by three
        ("这是一篇论文的文字。" * 30, False),
        ("", False),
    ],
)
def test_is_garbled(text, expected):
    assert is_garbled(text) == expected


def stamped(path: Path, notice: str) -> Path:
    """A scan with a notice in real letters on it, and native pages."""
    document = pymupdf.open(scan(path, n_native=2))
    document[0].insert_text((72, 820), notice, fontsize=8)
    document.saveIncr()
    return path


def test_a_stamp_makes_no_text_layer(tmp_path):
    path = stamped(tmp_path / "a.pdf", "Downloaded from the Library of Nowhere for Ada Example on 1 May")
    with pytest.raises(OcrNeededError, match="1 of 3 pages"):
        parse_pdf(path, defer_ocr=True)


def test_a_picture_with_a_caption_is_a_figure(tmp_path):
    paper = parse_pdf(stamped(tmp_path / "a.pdf", "Figure 1: A picture of an invented page"), defer_ocr=True)
    assert "A picture of an invented page" in paper.text
