"""Pages of a PDF for a viewer: their pictures, and where on them pieces of text are. Read in processes of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self, TypeVar

import pymupdf
from pebble import ProcessExpired, ProcessPool

from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.locate import Box, PlacedText, locate_spans, page_glyphs
from extractors.pdf.read import open_pdf
from extractors.pdf.settings import ParseSettings
from extractors.pdf.worker import set_up_worker
from schemas.errors import PaperError

T = TypeVar("T")

_DPI: Final = 144  # of pictures; pages are shown at about half of that
_MAX_PIXELS: Final = 2200.0  # of the longer side: a poster is drawn smaller
_QUALITY: Final = 82  # of the JPEG pictures
_TIMEOUT_S: Final = 30.0
_PAGES_PER_WORKER: Final = 1000  # then the worker is replaced, in case MuPDF leaks


@dataclass(frozen=True, slots=True)
class PageMarks:
    """The size of a page in points, and the boxes of the spans that were asked for (see ``locate_spans``)."""

    width: float
    height: float
    boxes: tuple[tuple[Box, ...], ...]


class PageReader:
    """Worker processes that draw pages and locate text on them, under limits of time and memory.

    A file that hangs or crashes MuPDF costs its own call only. The workers are started with the first page.

    Args:
        settings: Limits per paper.
        workers: Number of processes.
    """

    def __init__(self, settings: ParseSettings | None = None, *, workers: int = 1) -> None:
        self._settings = settings or ParseSettings()
        self._workers = workers
        self._pool: ProcessPool | None = None
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers now."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()
            pool.join()

    def draw(self, path: Path, number: int) -> bytes:
        """The picture of a page, as JPEG, without what readers have drawn on it.

        Raises:
            PaperError: The file or the page cannot be read.
        """
        return self._call(draw_page, path, number, self._settings)

    def mark(
        self, path: Path, number: int, blocks: Sequence[PlacedText], spans: Sequence[tuple[int, int]]
    ) -> PageMarks:
        """The size of a page and where pieces of text are on it.

        Raises:
            PaperError: The file or the page cannot be read.
        """
        return self._call(mark_page, path, number, tuple(blocks), tuple(spans), self._settings)

    def _call(self, work: Callable[..., T], *arguments: object) -> T:
        try:
            return self._started().schedule(work, args=arguments, timeout=_TIMEOUT_S).result()
        except TimeoutError as error:
            raise PaperError("timeout", f"the page was not drawn within {_TIMEOUT_S:g} s") from error
        except ProcessExpired as error:
            raise PaperError("parser_crash", "the PDF parser crashed on this page, or ran out of memory") from error
        except MemoryError as error:
            raise PaperError("out_of_memory", "the page needs too much memory to be drawn") from error

    def _started(self) -> ProcessPool:
        with self._lock:
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(
                    max_workers=self._workers,
                    max_tasks=_PAGES_PER_WORKER,
                    initializer=set_up_worker,
                    initargs=(self._settings.memory_mb,),
                    context=get_context("spawn"),
                )
            return self._pool


def draw_page(path: Path, number: int, settings: ParseSettings) -> bytes:
    """The picture of a page, as JPEG (in this process: files of any kind are for ``PageReader``).

    Raises:
        PaperError: The file or the page cannot be read.
    """
    with open_pdf(path, settings) as document:
        try:
            page = document.load_page(number)
            longer = max(page.rect.width, page.rect.height, 1.0)
            scale = min(_DPI / 72, _MAX_PIXELS / longer)
            pixels = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False, annots=False)
            return bytes(pixels.tobytes("jpeg", jpg_quality=_QUALITY))
        except MUPDF_ERRORS as error:
            raise PaperError("damaged", f"the page cannot be drawn ({describe_fault(error)})") from error


def mark_page(
    path: Path,
    number: int,
    blocks: Sequence[PlacedText],
    spans: Sequence[tuple[int, int]],
    settings: ParseSettings,
) -> PageMarks:
    """The size of a page and where pieces of text are on it (in this process, as ``draw_page``).

    Raises:
        PaperError: The file or the page cannot be read.
    """
    with open_pdf(path, settings) as document:
        try:
            page = document.load_page(number)
            boxes = locate_spans(page_glyphs(page), blocks, spans)
            return PageMarks(page.rect.width, page.rect.height, tuple(boxes))
        except MUPDF_ERRORS as error:
            raise PaperError("damaged", f"the page cannot be read ({describe_fault(error)})") from error
