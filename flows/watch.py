"""What is going on in a run: the figures of its stages are gathered, and passed on to whoever looks."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self, TypeVar

from flows.figures import RunFigures, StageFigures, StageResult
from flows.memory import Memory, watch_memory
from flows.plan import Tally
from flows.progress import RunProgress
from flows.timeline import Moment

Shard = TypeVar("Shard")

N_FAILURES_KEPT: Final = 200  # in the report; all of them are in the table failures


class RunWatch:
    """Sees every shard through its stages. Use as a context manager.

    Args:
        tally: Of the run; it is read whenever a shard is done.
        n_files: Papers that the sources hold; None if unknown.
    """

    def __init__(self, tally: Tally, n_files: int | None) -> None:
        self.figures = RunFigures()
        self._tally = tally
        self._progress = RunProgress(n_files)
        self._memory = Memory()
        self._started = time.perf_counter()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self._progress)
        self._memory = self._stack.enter_context(watch_memory())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        self.figures.peak_resident_bytes = self._memory.peak_bytes

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
            yield shard

    def stage(self, name: str, n_papers: int, call: Callable[[], StageResult]) -> None:
        """Call a stage, or wait for the one that parses, and note what it did."""
        self._progress.say(f"{name} {n_papers} papers")
        started = time.perf_counter()
        result = call()
        figures = self.figures
        if name == "parse":  # it went on beside the others: what is left of it is waited for
            waited = time.perf_counter() - started
            if "parse" in figures.stages:
                figures.wait_seconds += waited
            else:
                figures.first_wait_seconds = waited
        figures.stages.setdefault(name, StageFigures()).add(result)
        figures.failures += result.failures[: N_FAILURES_KEPT - len(figures.failures)]

    def shard_done(self) -> None:
        """A shard is in the graph, and in the tally."""
        tally = self._tally
        self._progress.shard_done(tally)
        self.figures.timeline.add(
            Moment(self.seconds, tally.n_done, tally.loaded + tally.failed, self._memory.now_bytes)
        )
