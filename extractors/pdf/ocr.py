"""Recognising scanned pages with Tesseract through PyMuPDF: only pages that need it."""

import time
from collections.abc import Sequence
from functools import cache
from typing import Final

from extractors.pdf.blocks import CAPTION
from extractors.pdf.characters import is_garbled
from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.fragments import Page, page_text, read_page
from extractors.pdf.mupdf import pymupdf
from extractors.pdf.settings import ParseSettings

INSTALL_HELP: Final = (
    "install Tesseract to have it recognised (`apt-get install tesseract-ocr`; for other languages than English "
    "also their data, for example `tesseract-ocr-fra`, and the setting ocr_language)"
)
_MIN_CHARACTERS: Final = 10  # a page with fewer has no text layer to speak of
_STAMP_CHARACTERS, _STAMPED_SHARE = 250, 0.5  # a picture of so much of a page with less text is a scan with a stamp
_DPI: Final = 200
_LEAST_DPI: Final = 70  # Tesseract takes no less
_MAX_PIXELS: Final = 64_000_000  # a square metre at 200 dpi; larger pages are recognised at a coarser grain


@cache
def find_tessdata() -> str:
    """Folder with Tesseract's language data, or empty if Tesseract is not installed."""
    try:
        return str(pymupdf.get_tessdata() or "")
    except RuntimeError:
        return ""


def find_scanned_pages(document: pymupdf.Document, pages: list[Page]) -> list[int]:
    """Numbers of the pages that show an image but have no text layer (or a stamp only), or one that is garbage."""
    scanned: list[int] = []
    for page in pages:
        text = page_text(page)
        bare = len(text) < _MIN_CHARACTERS and _shows_image(document, page.number)
        if bare or is_garbled(text) or _is_stamped(document, page, text):
            scanned.append(page.number)
    return scanned


def _is_stamped(document: pymupdf.Document, page: Page, text: str) -> bool:
    """True for the picture of a page with a printed notice on it; a picture with a caption is a figure."""
    if not _MIN_CHARACTERS <= len(text) < _STAMP_CHARACTERS:
        return False
    if any(CAPTION.match(f.text) for fragments in (page.fragments, *page.others.values()) for f in fragments):
        return False
    try:
        shown = document[page.number]
        area = abs(shown.rect)
        images = [pymupdf.Rect(image["bbox"]) & shown.rect for image in shown.get_image_info()]
    except MUPDF_ERRORS as error:
        describe_fault(error)
        return False
    return any(abs(image) > _STAMPED_SHARE * area for image in images)


def _shows_image(document: pymupdf.Document, number: int) -> bool:
    try:
        return bool(document[number].get_images())
    except MUPDF_ERRORS as error:
        describe_fault(error)
        return False


def recognise_page(document: pymupdf.Document, number: int, settings: ParseSettings) -> Page:
    """What Tesseract reads on one page.

    Raises:
        RuntimeError: Or another of ``MUPDF_ERRORS``: the page cannot be drawn or recognised.
    """
    page = document[number]
    resolution = _resolution(page)
    if resolution < _LEAST_DPI:
        raise RuntimeError(f"a page of {page.rect.width:g} x {page.rect.height:g} points is too large")
    text_page = page.get_textpage_ocr(
        language=settings.ocr_language, dpi=resolution, full=True, tessdata=find_tessdata()
    )
    return read_page(page, text_page)


def recognise_pages(
    document: pymupdf.Document, numbers: Sequence[int], settings: ParseSettings
) -> dict[int, Page | str]:
    """What Tesseract reads on some pages, or why it could not.

    Args:
        document: The open PDF.
        numbers: Which pages are scanned.
        settings: Language, and the seconds for all pages together. Nothing can stop Tesseract inside a page here; the
            sandbox gives each page to a worker under a time limit.
    """
    found: dict[int, Page | str] = {}
    ends = time.monotonic() + settings.ocr_timeout_s
    for number in numbers:
        if time.monotonic() > ends:
            found[number] = f"all pages together took longer than {settings.ocr_timeout_s:g} s (setting ocr_timeout_s)"
            continue
        try:
            found[number] = recognise_page(document, number, settings)
        except MUPDF_ERRORS as error:
            found[number] = describe_fault(error)
    return found


def _resolution(page: pymupdf.Page) -> int:
    """Dots per inch that keep the picture of a page within bounds, however large the page says it is."""
    square_inches = max(page.rect.width * page.rect.height / 72**2, 1.0)
    return min(_DPI, int((_MAX_PIXELS / square_inches) ** 0.5))
