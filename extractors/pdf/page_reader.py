"""Pages of a PDF for a viewer: their pictures, and where on them pieces of text are. Read in processes of their own."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from pebble import ProcessExpired

from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.locate import Box, PlacedText, locate_spans, page_glyphs
from extractors.pdf.mupdf import pymupdf
from extractors.pdf.pool import WorkerPool
from extractors.pdf.read import open_pdf
from extractors.pdf.settings import ParseSettings
from extractors.pdf.worker import NO_MEMORY_EXITS, OUT_OF_MEMORY_EXIT
from schemas.errors import PaperError, TransientError

T = TypeVar("T")

_DPI: Final = 144  # of pictures; pages are shown at about half of that
_MAX_PIXELS: Final = 2200.0  # of the longer side: a poster is drawn smaller
_QUALITY: Final = 82  # of the JPEG pictures
_TIMEOUT_S: Final = 30.0
_PATIENCE_S: Final = 180.0  # for a page behind those of others
_PAGES_PER_WORKER: Final = 1000  # then the worker is replaced, in case MuPDF leaks
_MAX_BROKEN: Final = 5


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
        self._pool = WorkerPool(self._settings.memory_mb, workers=workers, max_calls=_PAGES_PER_WORKER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers now."""
        self._pool.close()

    def draw(self, path: Path, number: int) -> bytes:
        """The picture of a page, as JPEG, without what readers have drawn on it.

        Raises:
            PaperError: The file or the page cannot be read.
            TransientError: No worker process could be started.
        """
        return self._call(draw_page, path, number, self._settings)

    def mark(
        self, path: Path, number: int, blocks: Sequence[PlacedText], spans: Sequence[tuple[int, int]]
    ) -> PageMarks:
        """The size of a page and where pieces of text are on it.

        Raises:
            PaperError: The file or the page cannot be read.
            TransientError: No worker process could be started.
        """
        return self._call(mark_page, path, number, tuple(blocks), tuple(spans), self._settings)

    def _call(self, work: Callable[..., T], *arguments: object) -> T:
        """Have a page read by a worker; again if the workers ended before one of them had it."""
        for _ in range(_MAX_BROKEN):
            call = self._pool.schedule(_at_boundary, (work, *arguments), timeout_s=_TIMEOUT_S)
            try:
                return call.result(_PATIENCE_S)
            except BrokenProcessPool:
                continue
            except TimeoutError as error:
                raise PaperError("timeout", f"the page was not drawn within {_TIMEOUT_S:g} s") from error
            except ProcessExpired as expired:
                raise _fault_of(expired.exitcode) from expired
        raise TransientError("the processes that draw pages end as soon as they start: try again later")


def _fault_of(exit_code: int | None) -> PaperError:
    if exit_code in NO_MEMORY_EXITS:
        return PaperError("out_of_memory", "the page needs too much memory to be drawn")
    if exit_code == -signal.SIGKILL:
        reason = "the process that drew the page was killed, most likely because the machine ran out of memory"
        return PaperError("out_of_memory", f"{reason}: try again")
    return PaperError("parser_crash", f"the PDF parser crashed on this page (exit code {exit_code})")


def _at_boundary(work: Callable[..., T], *arguments: object) -> T:
    """Read a page in a worker. This is the boundary at which anything that goes wrong becomes an error of ours."""
    try:
        return work(*arguments)
    except PaperError:
        raise
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)  # what this page filled the memory with must not be the next one's trouble
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PaperError("parser_crash", f"drawing failed ({reason[:300]}): please report it with the file") from None


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
