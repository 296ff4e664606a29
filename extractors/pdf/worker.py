"""What runs inside a worker process: the limits that it sets itself, reading a paper, recognising a page."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from extractors.pdf.faults import MUPDF_ERRORS, describe_fault
from extractors.pdf.fragments import Page
from extractors.pdf.ocr import recognise_page
from extractors.pdf.read import OcrNeededError, open_pdf, parse_pdf
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError
from schemas.records import Failure, ParsedPaper, Source

OUT_OF_MEMORY_EXIT: Final = 75  # how a worker says so
# with SIGABRT and 127 the C library gives up, as it has no memory left to raise an exception
NO_MEMORY_EXITS: Final = (OUT_OF_MEMORY_EXIT, -signal.SIGABRT, 127)
_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(frozen=True, slots=True)
class ScannedPages:
    """Pages of a paper that have to be recognised before it can be read."""

    numbers: tuple[int, ...]


def failure_of(source: Source, error: str, message: str) -> Failure:
    """The row of a paper that could not be read."""
    return Failure(source.paper_id, file_name_of(source), source.uri, "parse", error, message)


def file_name_of(source: Source) -> str:
    """The last part of where a paper came from."""
    return PurePosixPath(source.uri).name or source.uri


def read_paper(
    source: Source, settings: ParseSettings, recognised: Mapping[int, Page | str] | None
) -> ParsedPaper | Failure | ScannedPages:
    """Read a paper. This is the boundary at which anything that goes wrong becomes a row."""
    try:
        return parse_pdf(
            source.path,
            paper_id=source.paper_id,
            file_name=file_name_of(source),
            source=source.uri,
            settings=settings,
            recognised=recognised,
            defer_ocr=True,
        )
    except OcrNeededError as needed:
        return ScannedPages(needed.numbers)
    except PaperError as error:
        return failure_of(source, error.code, error.message)
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)  # what this paper filled the memory with must not be the next one's trouble
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return failure_of(source, "parser_crash", f"reading failed ({reason[:300]}): please report it with the file")


def recognise(path: str, number: int, settings: ParseSettings) -> Page | str:
    """Recognise one page of a file that was read before; the reason if that fails."""
    try:
        with open_pdf(Path(path), settings) as document:
            return recognise_page(document, number, settings)
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except PaperError as error:
        return error.message
    except MUPDF_ERRORS as error:
        return describe_fault(error)


def set_up_worker(memory_mb: int) -> None:
    """Limits of a worker: memory, one thread, no Ctrl-C of its own, and no life after its parent."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["OMP_THREAD_LIMIT"] = "1"  # Tesseract's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler in Python would wait until MuPDF returns
    if sys.platform != "win32":
        _limit_memory(memory_mb)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _limit_memory(memory_mb: int) -> None:
    """Let the process grow by so many MiB from here: what was imported before does not count against the paper.

    A crash leaves no image of the memory behind, which would fill the disk.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb <= 0:
        return
    limit = _address_space() + memory_mb * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _address_space() -> int:
    """Bytes of address space that this process has now; 0 where the system does not tell."""
    try:
        with Path("/proc/self/statm").open(encoding="ascii") as statm:
            return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
