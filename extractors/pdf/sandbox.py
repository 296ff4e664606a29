"""Reading papers in worker processes under limits of time and memory: a bad file costs that file only."""

import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Final, Self, TypeAlias

from pebble import ProcessExpired

from extractors.pdf.fragments import Page
from extractors.pdf.pool import Call, WorkerPool
from extractors.pdf.settings import ParseSettings
from extractors.pdf.worker import NO_MEMORY_EXITS, ScannedPages, failure_of, read_paper, recognise
from schemas.errors import TransientError
from schemas.records import Failure, ParsedPaper, Source

_IN_FLIGHT_PER_WORKER: Final = 3
_PAPERS_PER_WORKER: Final = 500  # then the worker is replaced, in case MuPDF leaks
_MAX_BROKEN: Final = 5
_SLACK_S: Final = 60.0  # for starting workers on a busy machine

_Outcome: TypeAlias = ParsedPaper | Failure | ScannedPages


@dataclass(slots=True)
class _Job:
    """A paper under way.

    Attributes:
        source: The paper.
        reading: Its parse, as long as no pages are being recognised.
        waiting: Scanned pages that are still to be recognised.
        pages: Those being recognised now.
        recognised: What they turned out to be, or why they could not be recognised.
        ends: When the time for recognition is over.
    """

    source: Source
    reading: "Call[_Outcome]"
    waiting: deque[int] = field(default_factory=deque)
    pages: "dict[int, Call[Page | str]]" = field(default_factory=dict)
    recognised: dict[int, Page | str] | None = None
    ends: float = 0.0


class Sandbox:
    """Worker processes that read papers. They live until the sandbox is closed, over any number of calls.

    A worker that hangs, crashes or takes too much memory is replaced. The first are started with the first paper.

    Args:
        settings: Limits per paper.
        workers: Number of processes.
    """

    def __init__(self, settings: ParseSettings | None = None, *, workers: int = 1) -> None:
        self._settings = settings or ParseSettings()
        self._workers = max(1, workers)
        self._pool = WorkerPool(self._settings.memory_mb, workers=self._workers, max_calls=_PAPERS_PER_WORKER)
        longest = self._settings.timeout_s + self._settings.ocr_timeout_s
        self._patience_s = (_IN_FLIGHT_PER_WORKER + 1) * (longest + _SLACK_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers now, whatever they are at."""
        self._pool.close()

    def parse(self, sources: Iterable[Source]) -> Iterator[ParsedPaper | Failure]:
        """Read papers; exactly one result per source, in the order of the sources.

        Results come as soon as they and those before them are there; only a few papers per worker are under way at a
        time, so that the list of sources may be endless. What is under way is given up if the iterator is closed early.

        Raises:
            TransientError: Worker processes die as soon as they start.
        """
        waiting = iter(sources)
        pending: deque[_Job] = deque()
        n_broken = 0  # in a row
        try:
            while True:
                for source in islice(waiting, _IN_FLIGHT_PER_WORKER * self._workers - len(pending)):
                    pending.append(_Job(source, self._read(source)))
                if not pending:
                    return
                try:
                    outcome = self._advance(pending[0])
                except BrokenProcessPool as error:  # a worker died before it had a paper
                    n_broken += 1
                    if n_broken == _MAX_BROKEN:
                        raise TransientError(f"no worker process could be started, {n_broken} times over") from error
                    self.close()
                    pending = deque(_Job(job.source, self._read(job.source)) for job in pending)
                    continue
                n_broken = 0
                if outcome is not None:
                    pending.popleft()
                    yield outcome
        finally:
            for job in pending:
                for call in (job.reading, *job.pages.values()):
                    call.cancel()

    def _read(self, source: Source, recognised: dict[int, Page | str] | None = None) -> "Call[_Outcome]":
        arguments = (source, self._settings, recognised)
        return self._pool.schedule(read_paper, arguments, timeout_s=self._settings.timeout_s)

    def _advance(self, job: _Job) -> ParsedPaper | Failure | None:
        """Wait for the next step of a paper; what became of it, or None if there is one more step.

        Raises:
            BrokenProcessPool: See ``Call.result``.
        """
        if job.pages:
            self._collect(job)
        else:
            outcome = self._outcome(job)
            if not isinstance(outcome, ScannedPages):
                return outcome
            job.waiting.extend(outcome.numbers)
            job.recognised = {}
            job.ends = time.monotonic() + self._settings.ocr_timeout_s
        self._recognise_more(job)
        return None

    def _recognise_more(self, job: _Job) -> None:
        """Start recognising as many pages as there are workers, each under its own time limit; then read the paper."""
        recognised = job.recognised if job.recognised is not None else {}
        if time.monotonic() > job.ends:
            late = f"all pages together took longer than {self._settings.ocr_timeout_s:g} s (setting ocr_timeout_s)"
            recognised.update(dict.fromkeys(job.waiting, late))
            job.waiting.clear()
        for _ in range(min(self._workers, len(job.waiting))):
            number = job.waiting.popleft()
            arguments = (job.source.path, number, self._settings)
            limit = min(self._settings.ocr_page_timeout_s, self._settings.ocr_timeout_s)
            job.pages[number] = self._pool.schedule(recognise, arguments, timeout_s=limit)
        if not job.pages:
            job.reading = self._read(job.source, recognised)

    def _collect(self, job: _Job) -> None:
        """Take what was recognised. A page on which Tesseract hangs or crashes costs that page only."""
        recognised = job.recognised if job.recognised is not None else {}
        for number, call in job.pages.items():
            try:
                recognised[number] = call.result(self._patience_s)
            except TimeoutError:
                page, whole = self._settings.ocr_page_timeout_s, self._settings.ocr_timeout_s
                setting = "ocr_page_timeout_s" if page <= whole else "ocr_timeout_s"
                recognised[number] = f"Tesseract took longer than {min(page, whole):g} s (setting {setting})"
            except ProcessExpired as expired:
                recognised[number] = f"Tesseract crashed or ran out of memory (exit code {expired.exitcode})"
        job.pages.clear()

    def _outcome(self, job: _Job) -> _Outcome:
        """What became of one reading; a worker that is gone is a failure of its paper."""
        try:
            return job.reading.result(self._patience_s)
        except TimeoutError:
            limit = self._settings.timeout_s
            message = f"not read within {limit:g} s: raise the setting timeout_s, or leave it out"
            return failure_of(job.source, "timeout", message)
        except ProcessExpired as expired:
            return self._expired(job.source, expired.exitcode)

    def _expired(self, source: Source, exit_code: int | None) -> Failure:
        if exit_code == -signal.SIGKILL:
            return failure_of(
                source,
                "out_of_memory",
                "the worker was killed, most likely because the machine ran out of memory: use fewer workers",
            )
        if exit_code in NO_MEMORY_EXITS:
            limit = self._settings.memory_mb
            message = f"needs more than {limit} MiB of memory: raise the setting memory_mb to read it"
            return failure_of(source, "out_of_memory", message)
        return failure_of(
            source,
            "parser_crash",
            f"the PDF parser crashed on this file (exit code {exit_code}): repair it with a PDF tool, for example qpdf",
        )


def parse_papers(
    sources: Iterable[Source], settings: ParseSettings | None = None, *, workers: int = 1
) -> Iterator[ParsedPaper | Failure]:
    """Read papers in a sandbox of their own, see ``Sandbox.parse``. Workers end with the iterator."""
    if isinstance(sources, Sized):
        workers = min(workers, len(sources))
    with Sandbox(settings, workers=workers) as sandbox:
        yield from sandbox.parse(sources)
