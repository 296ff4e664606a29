"""What is going on in a run: the figures of its stages are gathered, and passed on to whoever looks."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, TypeVar

from flows import metrics
from flows.figures import RunFigures, StageFigures, StageResult
from flows.log import LOG, set_up_log
from flows.memory import Memory, watch_memory
from flows.plan import Tally
from flows.progress import RunProgress
from flows.timeline import Moment

Shard = TypeVar("Shard")

N_FAILURES_KEPT: Final = 200  # in the report; all of them are in the table failures


class RunWatch:
    """Sees every shard through its stages, for the report, the progress bar, the log and metrics. A context manager.

    Args:
        run_id: Of the run, for log lines.
        tally: Of the run; it is read whenever a shard is done.
        n_files: Papers that the sources hold; None if unknown.
    """

    def __init__(self, run_id: str, tally: Tally, n_files: int | None) -> None:
        self.figures = RunFigures()
        self._run_id = run_id
        self._tally = tally
        self._told = replace(tally)
        self._progress = RunProgress(n_files, hidden=set_up_log())
        self._memory = Memory()
        self._n_listed = self._n_done = 0  # shards
        self._started = time.perf_counter()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._progress)
        self._memory = self._stack.enter_context(watch_memory())
        self._log("run began")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        self.figures.peak_resident_bytes = self._memory.peak_bytes
        tally = self._tally
        self._tell_papers()
        metrics.count_run("failed" if error else "done_with_failures" if tally.failed else "done")
        if error:
            self._log(f"run broke off: {error}", logging.ERROR, error=type(error).__name__, seconds=self.seconds)
        else:
            counts = {"found": tally.found, "loaded": tally.loaded, "skipped": tally.skipped, "failed": tally.failed}
            said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
            self._log(f"run done in {self.seconds:.1f} s: {said}", seconds=self.seconds, counts=counts)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.perf_counter() - self._started

    def listing(self, shards: Iterable[Shard]) -> Iterator[Shard]:
        """The shards; how long it takes to find them is noted."""
        waiting = iter(shards)
        while True:
            started = time.perf_counter()
            shard = next(waiting, None)
            self.figures.listing_seconds += time.perf_counter() - started
            if shard is None:
                return
            self._n_listed += 1
            yield shard

    def loading(self, call: Callable[[], None]) -> None:
        """Have the models loaded, and note how long it takes."""
        started = time.perf_counter()
        call()
        self.figures.model_seconds += time.perf_counter() - started

    def stage(self, name: str, n_papers: int, call: Callable[[], StageResult]) -> None:
        """Call a stage, or wait for the one that parses, and note what it did."""
        self._progress.say(f"{name} {n_papers} papers")
        metrics.note_queue(self._n_listed - self._n_done, self._memory.now_bytes)
        started = time.perf_counter()
        result = call()
        figures = self.figures
        # Parsing went on beside the other stages: what is left of it is waited for.
        waited = time.perf_counter() - started if name == "parse" else 0.0
        if self._n_done:
            figures.wait_seconds += waited
        else:
            figures.first_wait_seconds += waited
        figures.stages.setdefault(name, StageFigures()).add(result)
        figures.failures += result.failures[: N_FAILURES_KEPT - len(figures.failures)]
        metrics.count_stage(name, result, waited)
        self._log_stage(name, result)

    def shard_done(self) -> None:
        """A shard is in the graph, and in the tally."""
        tally = self._tally
        self._n_done += 1
        self._progress.shard_done(tally)
        self._tell_papers()
        self.figures.timeline.add(
            Moment(self.seconds, tally.n_done, tally.loaded + tally.failed, self._memory.now_bytes)
        )

    def _tell_papers(self) -> None:
        metrics.count_papers(self._told, self._tally)
        self._told = replace(self._tally)

    def _log_stage(self, name: str, result: StageResult) -> None:
        for failure in result.failures:
            said = f"{failure.stage} failed for {failure.source}: {failure.error}: {failure.message}"
            about = {"paper_id": failure.paper_id, "source": failure.source, "error": failure.error}
            self._log(said, logging.WARNING, stage=failure.stage, shard=self._n_done + 1, **about)
        counts = {"papers": result.n_papers, "failed": len(result.failures), **result.counts}
        said = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items())
        self._log(
            f"{name} of shard {self._n_done + 1} in {result.seconds:.1f} s: {said}",
            stage=name,
            shard=self._n_done + 1,
            seconds=result.seconds,
            reused=result.reused,
            counts=counts,
        )

    def _log(self, said: str, level: int = logging.INFO, **about: object) -> None:
        LOG.log(level, "%s", said, extra={"run_id": self._run_id, **about})
