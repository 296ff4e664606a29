"""Limits under which one paper is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseSettings:
    """Limits per paper. A paper that passes one of them becomes a failure row, the run goes on.

    Attributes:
        timeout_s: Wall-clock seconds for one paper, OCR not counted.
        memory_mb: Address space that one worker process may take, in MiB; 0 sets no limit.
        max_pages: A PDF with more pages is refused (``too_large``).
        max_bytes: A larger file is refused unread (``too_large``).
        ocr: Recognise the text of pages without a usable text layer, if Tesseract is installed.
        ocr_timeout_s: Wall-clock seconds that all OCR of one paper may take; later pages stay empty.
        ocr_page_timeout_s: Wall-clock seconds for the OCR of one page; a page that takes longer stays empty.
        ocr_language: Tesseract's language code.
    """

    timeout_s: float = 60.0
    memory_mb: int = 2048
    max_pages: int = 500
    max_bytes: int = 200 * 1024 * 1024
    ocr: bool = True
    ocr_timeout_s: float = 120.0
    ocr_page_timeout_s: float = 60.0
    ocr_language: str = "eng"
