"""``parse_pdf``: one PDF in, one text with its blocks and lines out."""

import datetime
import gc
import hashlib
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from extractors.front_matter.kinds import mark_front_blocks
from extractors.pdf import imprint
from extractors.pdf.assemble import Assembled, assemble, set_separators
from extractors.pdf.blocks import group_lines, measure_looks
from extractors.pdf.bounds import within_bounds
from extractors.pdf.columns import Segment, find_gutter, order_fragments
from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.floats import mark_floats
from extractors.pdf.flow import close_gaps
from extractors.pdf.fragments import Page, compose_page_accents, read_page
from extractors.pdf.front_columns import give_back
from extractors.pdf.front_grid import front_zone, split_grid
from extractors.pdf.kinds import classify_blocks
from extractors.pdf.lines import PrintedLine, make_lines
from extractors.pdf.margins import remove_margins
from extractors.pdf.mupdf import pymupdf
from extractors.pdf.ocr import INSTALL_HELP, find_scanned_pages, find_tessdata, recognise_pages
from extractors.pdf.references import body_before_list, mark_references
from extractors.pdf.sections import mark_sections
from extractors.pdf.settings import ParseSettings
from extractors.pdf.table_words import place_table_words
from extractors.pdf.wrapped import part_wrapped
from schemas.errors import PaperError, PapergraphError
from schemas.records import Block, ParsedPaper

pymupdf.TOOLS.mupdf_display_errors(False)  # what MuPDF has to say goes into our own messages
pymupdf.TOOLS.mupdf_display_warnings(False)

_DAMAGED_HELP: Final = "fetch the file again, or repair it with a PDF tool (for example `qpdf in.pdf out.pdf`)"
_FRONT_PAGES: Final = 2
_HASH: Final = re.compile("[0-9a-f]{16}")  # of a Source


class OcrNeededError(PapergraphError):
    """Some pages are scanned, and recognising them takes longer than reading may."""

    def __init__(self, numbers: Sequence[int], n_pages: int) -> None:
        super().__init__(f"{len(numbers)} of {n_pages} pages are scanned")
        self.numbers = tuple(numbers)


def parse_pdf(
    path: str | Path,
    *,
    paper_id: str = "",
    file_name: str = "",
    source: str = "",
    settings: ParseSettings | None = None,
    recognised: Mapping[int, Page | str] | None = None,
    defer_ocr: bool = False,
) -> ParsedPaper:
    """Read one PDF into one text in reading order, with blocks, lines and superscripts as offsets into it.

    Args:
        path: A local PDF file.
        paper_id: Key of the paper; passed through. If it is of a ``Source``, the file must still be what it was then.
        file_name: Name to report; the path's own name if empty.
        source: Where the file came from; passed through.
        settings: Limits on pages and bytes are kept here; those on time and memory by the sandbox.
        recognised: Scanned pages that were recognised before, by number, or why they could not be.
        defer_ocr: Raise ``OcrNeededError`` instead of recognising scanned pages now, as that takes long.

    Raises:
        OcrNeededError: Only with ``defer_ocr``, and without ``recognised``.
        PaperError: ``not_a_pdf``, ``encrypted``, ``damaged``, ``too_large``, ``no_text``, or ``timeout`` if nothing
            but the recognition of its pages took too long.
    """
    settings = settings or ParseSettings()
    path = Path(path)
    with _paused_collector():
        with open_pdf(path, settings, paper_id) as document:
            pages, unreadable = _read_pages(document, settings)
            notes = _recognise(document, pages, settings, recognised, defer_ocr=defer_ocr)
            is_repaired = bool(document.is_repaired)
            n_scanned = len(notes)
            paper = _assemble(pages, [note for note in notes if note], n_scanned, is_repaired=is_repaired)
            words = place_table_words(document, paper.text, paper.blocks, paper.lines)
        return replace(
            paper,
            paper_id=paper_id,
            file_name=file_name or path.name,
            source=source,
            notes=(*unreadable, *paper.notes),
            table_words=words,
        )


@contextmanager
def _paused_collector() -> Generator[None]:
    """Reading makes millions of objects and no cycles: the cyclic collector would go over them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _assemble(pages: list[Page], notes: list[str], n_scanned: int, *, is_repaired: bool) -> ParsedPaper:
    n_pages = len(pages)
    compose_page_accents(pages)
    remove_margins(pages)
    lines = _ordered_lines(pages)
    if not lines and is_repaired and not n_scanned:
        raise PaperError("damaged", f"the PDF is cut off or broken; what is left has no text: {_DAMAGED_HELP}")
    if not lines:
        raise _no_text(notes)
    mark_references(lines)
    lines = body_before_list(lines)
    looks = measure_looks(lines)
    groups = group_lines(lines, looks)
    kinds = classify_blocks(groups, looks, [page.frame_height for page in pages])
    groups, kinds = close_gaps(*mark_floats(groups, kinds, looks))
    assembled = assemble(groups, kinds, [(page.width, page.height) for page in pages])
    blocks = _front_blocks(assembled)
    text = set_separators(assembled.text, blocks, tuple(assembled.lines))
    blocks = mark_sections(blocks, assembled.lines, text)
    front = next((block.page for block in blocks if block.kind == "title"), 0)
    stamps = [stamp for page in pages if page.number <= front + 1 for stamp in page.stamps]
    notices = imprint.find_notices(text, blocks, front)
    arxiv_id = imprint.find_arxiv_id("\n".join([*stamps, *notices]))
    return ParsedPaper(
        paper_id="",
        file_name="",
        source="",
        text=text,
        n_pages=n_pages,
        blocks=blocks,
        lines=tuple(assembled.lines),
        superscripts=tuple(assembled.superscripts),
        doi=imprint.find_doi("\n".join([*stamps, *notices])),
        arxiv_id=arxiv_id,
        year=_year(stamps, notices, arxiv_id),
        language=imprint.guess_language(text),
        scanned=n_scanned > 0.5 * n_pages,
        notes=tuple(notes),
    )


def _front_blocks(assembled: Assembled) -> tuple[Block, ...]:
    return mark_front_blocks(
        tuple(assembled.blocks), tuple(assembled.lines), assembled.text, tuple(assembled.superscripts)
    )


def open_pdf(path: Path, settings: ParseSettings, paper_id: str = "") -> pymupdf.Document:
    """The PDF at ``path``, read into memory.

    Args:
        path: The file.
        settings: Its most bytes.
        paper_id: The first 16 hexadecimal digits of the SHA-256 that its bytes had when it was listed; any other key
            is not checked.

    Raises:
        PaperError: ``unreadable``, ``not_a_pdf``, ``encrypted``, ``damaged`` or ``too_large``.
    """
    try:
        n_bytes = path.stat().st_size
        if not path.is_file():
            raise PaperError("not_a_pdf", f"{path.name} is not a regular file")
        with path.open("rb") as file:
            data = file.read(settings.max_bytes + 1) if n_bytes <= settings.max_bytes else b""
    except OSError as error:
        raise PaperError("unreadable", f"cannot read {path.name}: {error.strerror or error}") from error
    n_bytes = max(n_bytes, len(data))  # it may grow while it is read
    if n_bytes > settings.max_bytes:
        raise PaperError(
            "too_large",
            f"{n_bytes:,} bytes, the limit is {settings.max_bytes:,}: raise the setting max_bytes to read it",
        )
    if _HASH.fullmatch(paper_id) and not hashlib.sha256(data).hexdigest().startswith(paper_id):
        raise PaperError("unreadable", "the file has changed since it was listed: the next run reads it")
    if b"%PDF-" not in data[:1024]:
        what = "the file is empty" if not data else "the file does not start with a PDF header"
        raise PaperError("not_a_pdf", f"{what}: give a PDF")
    try:
        # from memory: MuPDF mends more files so than when it goes back and forth in a file, which may also change
        document = pymupdf.open(stream=data, filetype="pdf")
        locked = document.needs_pass and not document.authenticate("")
    except MUPDF_ERRORS as error:
        reason = describe_fault(error)
        raise PaperError("damaged", f"the PDF cannot be opened ({reason}): {_DAMAGED_HELP}") from error
    if locked:
        document.close()
        raise PaperError("encrypted", "the PDF asks for a password: decrypt it first (for example `qpdf --decrypt`)")
    return document


def _read_pages(document: pymupdf.Document, settings: ParseSettings) -> tuple[list[Page], list[str]]:
    """All pages, empty where they are broken, and why those are."""
    try:
        n_pages = document.page_count
    except MUPDF_ERRORS as error:
        reason = describe_fault(error)
        raise PaperError("damaged", f"the page tree is broken ({reason}): {_DAMAGED_HELP}") from error
    if n_pages == 0:
        raise PaperError("damaged", f"the PDF has no pages: {_DAMAGED_HELP}")
    if n_pages > settings.max_pages:
        raise PaperError(
            "too_large", f"{n_pages} pages, the limit is {settings.max_pages}: raise the setting max_pages to read it"
        )
    pages: list[Page] = []
    notes: list[str] = []
    for number in range(n_pages):
        try:
            pages.append(within_bounds(read_page(document.load_page(number))))
        except MUPDF_ERRORS as error:
            reason = describe_fault(error)
            notes.append(f"page {number + 1} is unreadable: {reason}")
            if len(notes) > 0.5 * n_pages:
                raise PaperError("damaged", f"most pages are unreadable ({reason}): {_DAMAGED_HELP}") from error
            pages.append(Page(number, 612.0, 792.0))
    return pages, notes


def _recognise(
    document: pymupdf.Document,
    pages: list[Page],
    settings: ParseSettings,
    recognised: Mapping[int, Page | str] | None,
    *,
    defer_ocr: bool,
) -> list[str]:
    """Put what was recognised into the place of scanned pages, in ``pages``.

    Returns:
        For each scanned page why it could not be recognised; empty if it could.
    """
    scanned = find_scanned_pages(document, pages)
    reason = "" if settings.ocr else "the setting ocr is off"
    reason = reason or ("" if find_tessdata() else f"no Tesseract: {INSTALL_HELP}")
    if scanned and not reason and recognised is None:
        if defer_ocr:
            raise OcrNeededError(scanned, len(pages))
        recognised = recognise_pages(document, scanned, settings)
    notes: list[str] = []
    for number in scanned:
        found = reason or (recognised or {}).get(number, "it was not tried")
        if isinstance(found, Page):
            pages[number] = within_bounds(found)
            notes.append("")
        else:  # a text layer that is garbage helps nobody
            pages[number].fragments, pages[number].others = [], {}
            notes.append(f"page {number + 1} has no text layer and was not recognised: {found}")
    return notes


def _no_text(notes: list[str]) -> PaperError:
    if not notes:
        return PaperError(
            "no_text",
            "no page holds any text: the paper may be drawn as curves, or Tesseract recognised nothing on its pages; "
            "print it to an image-only PDF to have it read",
        )
    code = "timeout" if all("took longer" in note for note in notes) else "no_text"
    return PaperError(code, f"the paper is image-only: {notes[0]}")


def _ordered_lines(pages: list[Page]) -> list[PrintedLine]:
    """Printed lines of all pages in reading order."""
    own = [find_gutter(page.fragments) if page.fragments else None for page in pages]
    gutters = sorted(gutter for gutter in own if gutter is not None)
    usual = gutters[len(gutters) // 2] if len(gutters) > 0.4 * len(pages) else None
    lines: list[PrintedLine] = []
    in_front = True  # until a page's text begins under its title and authors; a cover page has none
    for page in pages:
        limit = front_zone(page.fragments, page.frame_height) if in_front and page.number < _FRONT_PAGES else 0.0
        in_front = in_front and limit == 0.0
        segments = [part for whole in _segments(page, usual, own[page.number], limit) for part in part_wrapped(whole)]
        for number, segment in enumerate(segments):
            lines.extend(make_lines(segment, page.number, number, page.turn))
        for turn, fragments in sorted(page.others.items()):  # axis labels, tables on their side
            for segment in order_fragments(fragments):
                aside = make_lines(segment, page.number, len(segments) + turn, turn)
                for line in aside:
                    line.aside = True
                lines.extend(aside)
    return lines


def _segments(page: Page, gutter: float | None, own: float | None, limit: float) -> list[Segment]:
    """The columns of a page in reading order; what stands above ``limit`` (title, authors) is read apart."""
    front = [f for f in page.fragments if f.baseline < limit]
    if not front:
        return order_fragments(page.fragments, gutter=gutter, own=own)
    body = [f for f in page.fragments if f.baseline >= limit]
    between = (find_gutter(body) or gutter) if body else None
    if between is not None:
        front, body = give_back(front, body, between)
    if not front:
        return order_fragments(body, gutter=gutter)
    top = Segment(front, min(f.x0 for f in front), max(f.x1 for f in front))
    return [*split_grid(top), *order_fragments(body, gutter=gutter)]


def _year(stamps: list[str], notices: list[str], arxiv_id: str) -> int | None:
    latest = datetime.datetime.now(tz=datetime.UTC).year + 1
    printed = imprint.find_year_of(stamps, notices, latest=latest)
    if printed is not None:
        return printed
    return imprint.year_of_arxiv_id(arxiv_id) if arxiv_id else None
