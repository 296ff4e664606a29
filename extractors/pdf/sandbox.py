"""Reading papers in worker processes under limits of time and memory: a bad file costs that file only."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from extractors.pdf.read import OcrNeededError, parse_pdf
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError, TransientError
from schemas.records import Failure, ParsedPaper, Source

_IN_FLIGHT_PER_WORKER: Final = 3
_PAPERS_PER_WORKER: Final = 500  # then the worker is replaced, in case MuPDF leaks
_MAX_BROKEN: Final = 5
_SLACK_S: Final = 60.0  # for starting workers on a busy machine
_OUT_OF_MEMORY_EXIT: Final = 75  # how our workers say so
# with SIGABRT and 127 the C library gives up, as it has no memory left to raise an exception
_NO_MEMORY_EXITS: Final = (_OUT_OF_MEMORY_EXIT, -signal.SIGABRT, 127)
_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)

_Future: TypeAlias = "ProcessFuture[ParsedPaper | Failure | None]"


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

    Raises:
        TransientError: Worker processes die as soon as they start.
    """
    settings = settings or ParseSettings()
    waiting = iter(sources)
    pending: deque[tuple[Source, _Future]] = deque()
    pool = _start_pool(settings, workers)
    n_broken = 0  # in a row
    try:
        while True:
            for source in islice(waiting, _IN_FLIGHT_PER_WORKER * max(1, workers) - len(pending)):
                pending.append((source, _schedule(pool, source, settings)))
            if not pending:
                return
            source, future = pending[0]
            try:
                outcome = _outcome(source, future, settings)
            except BrokenProcessPool as error:  # a worker died before it had a paper
                n_broken += 1
                if n_broken == _MAX_BROKEN:
                    raise TransientError(f"no worker process could be started, {n_broken} times over") from error
                _stop_pool(pool)
                pool = _start_pool(settings, workers)
                pending = deque((source, _schedule(pool, source, settings)) for source, _ in pending)
                continue
            n_broken = 0
            pending.popleft()
            if outcome is None:
                pending.appendleft((source, _schedule(pool, source, settings, ocr=True)))
            else:
                yield outcome
    finally:
        _stop_pool(pool)


def _start_pool(settings: ParseSettings, workers: int) -> ProcessPool:
    return ProcessPool(
        max_workers=max(1, workers),
        max_tasks=_PAPERS_PER_WORKER,
        initializer=_set_up_worker,
        initargs=(settings.memory_mb,),
        context=multiprocessing.get_context("spawn"),
    )


def _stop_pool(pool: ProcessPool) -> None:
    """End the workers now, whatever they are at."""
    pool.stop()
    pool.join()


def _schedule(pool: ProcessPool, source: Source, settings: ParseSettings, *, ocr: bool = False) -> _Future:
    """Start reading a paper. Recognition of scanned pages is a second try with a longer time limit."""
    timeout = settings.timeout_s + (settings.ocr_timeout_s if ocr else 0)
    return pool.schedule(_parse, args=(source, settings, ocr), timeout=timeout)


def _outcome(source: Source, future: _Future, settings: ParseSettings) -> ParsedPaper | Failure | None:
    """What became of one paper, None if it needs recognition; a worker that is gone is a failure of its paper.

    Raises:
        BrokenProcessPool: Workers cannot be started, or nothing comes from them long after every time limit has
            passed: one that was killed from outside as it wrote to their common pipe leaves it locked.
    """
    longest = settings.timeout_s + settings.ocr_timeout_s
    wait([future], timeout=(_IN_FLIGHT_PER_WORKER + 1) * (longest + _SLACK_S))
    if not future.done():
        raise BrokenProcessPool("the worker processes do not answer")
    try:
        return future.result()
    except TimeoutError:
        return _failure(
            source, "timeout", f"not read within {settings.timeout_s:g} s: raise the setting timeout_s, or leave it out"
        )
    except ProcessExpired as expired:
        return _expired(source, expired.exitcode, settings)


def _expired(source: Source, exit_code: int | None, settings: ParseSettings) -> Failure:
    if exit_code == -signal.SIGKILL:
        return _failure(
            source,
            "out_of_memory",
            "the worker was killed, most likely because the machine ran out of memory: use fewer workers",
        )
    if exit_code in _NO_MEMORY_EXITS:
        return _out_of_memory(source, settings)
    return _failure(
        source,
        "parser_crash",
        f"the PDF parser crashed on this file (exit code {exit_code}): repair it with a PDF tool, for example qpdf",
    )


def _failure(source: Source, error: str, message: str) -> Failure:
    return Failure(source.paper_id, _file_name(source), source.uri, "parse", error, message)


def _file_name(source: Source) -> str:
    return PurePosixPath(source.uri).name or source.uri


def _parse(source: Source, settings: ParseSettings, ocr: bool) -> ParsedPaper | Failure | None:
    """Runs in a worker. This is the boundary at which anything that goes wrong becomes a row."""
    try:
        return parse_pdf(
            source.path,
            paper_id=source.paper_id,
            file_name=_file_name(source),
            source=source.uri,
            settings=settings,
            defer_ocr=not ocr,
        )
    except OcrNeededError:
        return None
    except PaperError as error:
        return _failure(source, error.code, error.message)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY_EXIT)  # what this paper filled the memory with must not be the next one's trouble
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return _failure(source, "parser_crash", f"reading failed ({reason[:300]}): please report it with the file")


def _out_of_memory(source: Source, settings: ParseSettings) -> Failure:
    message = f"needs more than {settings.memory_mb} MiB of memory: raise the setting memory_mb to read it"
    return _failure(source, "out_of_memory", message)


def _set_up_worker(memory_mb: int) -> None:
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
