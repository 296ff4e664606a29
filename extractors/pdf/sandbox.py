"""Reading papers in worker processes under limits of time and memory: a bad file costs that file only."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from extractors.pdf.read import parse_pdf
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError
from schemas.records import Failure, ParsedPaper, Source

_IN_FLIGHT_PER_WORKER: Final = 3
_PAPERS_PER_WORKER: Final = 500  # then the worker is replaced, in case MuPDF leaks
_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)


def parse_papers(
    sources: Iterable[Source], settings: ParseSettings | None = None, *, workers: int = 1
) -> Iterator[ParsedPaper | Failure]:
    """Read papers in worker processes; exactly one result per source, in the order of the sources.

    Results come as soon as they and those before them are there; only a few papers per worker are under way at a time,
    so that the list of sources may be endless. A worker that hangs, crashes or takes too much memory is replaced and
    its paper becomes a ``Failure``. Workers end with the iterator, also when it is closed early.

    Args:
        sources: The papers; ``path`` must be a local file.
        settings: Limits per paper.
        workers: Number of processes.
    """
    settings = settings or ParseSettings()
    pool = ProcessPool(
        max_workers=max(1, workers),
        max_tasks=_PAPERS_PER_WORKER,
        initializer=_set_up_worker,
        initargs=(settings.memory_mb,),
        context=multiprocessing.get_context("spawn"),
    )
    pending: deque[tuple[Source, ProcessFuture[ParsedPaper | Failure]]] = deque()
    try:
        for source in sources:
            pending.append((source, pool.schedule(_parse, args=(source, settings), timeout=settings.timeout_s)))
            if len(pending) >= _IN_FLIGHT_PER_WORKER * max(1, workers):
                yield _outcome(*pending.popleft(), settings)
        while pending:
            yield _outcome(*pending.popleft(), settings)
        pool.close()
    finally:
        pool.stop()
        pool.join()


def _outcome(
    source: Source, future: "ProcessFuture[ParsedPaper | Failure]", settings: ParseSettings
) -> ParsedPaper | Failure:
    """What became of one paper; a worker that is gone is a failure of its paper."""
    try:
        return future.result()
    except TimeoutError:
        return _failure(
            source, "timeout", f"not read within {settings.timeout_s:g} s: raise the setting timeout_s, or leave it out"
        )
    except ProcessExpired as expired:
        return _expired(source, expired.exitcode)


def _expired(source: Source, exit_code: int | None) -> Failure:
    if exit_code == -signal.SIGKILL:
        return _failure(
            source,
            "out_of_memory",
            "the worker was killed, most likely because the machine ran out of memory: use fewer workers",
        )
    return _failure(
        source,
        "parser_crash",
        f"the PDF parser crashed on this file (exit code {exit_code}): repair it with a PDF tool, for example qpdf",
    )


def _failure(source: Source, error: str, message: str) -> Failure:
    return Failure(source.paper_id, _file_name(source), source.uri, "parse", error, message)


def _file_name(source: Source) -> str:
    return PurePosixPath(source.uri.replace("\\", "/")).name or source.uri


def _parse(source: Source, settings: ParseSettings) -> ParsedPaper | Failure:
    """Runs in a worker. This is the boundary at which anything that goes wrong becomes a row."""
    try:
        return parse_pdf(
            source.path,
            paper_id=source.paper_id,
            file_name=_file_name(source),
            source=source.uri,
            settings=settings,
        )
    except PaperError as error:
        return _failure(source, error.code, error.message)
    except MemoryError:
        return _out_of_memory(source, settings)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if "alloc" in reason:  # MuPDF says: malloc (N bytes) failed
            return _out_of_memory(source, settings)
        return _failure(source, "parser_crash", f"reading failed ({reason[:300]}): please report it with the file")


def _out_of_memory(source: Source, settings: ParseSettings) -> Failure:
    message = f"needs more than {settings.memory_mb} MiB of memory: raise the setting memory_mb to read it"
    return _failure(source, "out_of_memory", message)


def _set_up_worker(memory_mb: int) -> None:
    """Limits of a worker: memory, one thread, no Ctrl-C of its own, and no life after its parent."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["OMP_THREAD_LIMIT"] = "1"  # Tesseract's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        _limit_memory(memory_mb)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _limit_memory(memory_mb: int) -> None:
    """Let the process grow by so many MiB from here: what was imported before does not count against the paper."""
    import resource

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
