"""What a person sees of a run at work: a bar on a terminal, a line per shard elsewhere. All on the error stream."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from flows.plan import Tally


class RunProgress:
    """Papers done and failed, and the stage under way. Use as a context manager."""

    def __init__(self, n_files: int | None) -> None:
        self._console = Console(stderr=True)
        self._n_files = n_files
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.completed:.0f}[/] of {task.fields[found]}"),
            BarColumn(),
            TextColumn("{task.fields[failed]} failed"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=n_files, found=self._found, failed=0)

    @property
    def _found(self) -> str:
        return "?" if self._n_files is None else str(self._n_files)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, what: str) -> None:
        """Name what is being done."""
        self._bar.update(self._task, description=what)

    def shard_done(self, tally: Tally) -> None:
        """Count a shard that is in the graph."""
        done = tally.loaded + tally.skipped + tally.failed
        self._bar.update(self._task, completed=done, failed=tally.failed)
        if not self._console.is_terminal:
            counts = f"{tally.loaded} loaded, {tally.skipped} skipped, {tally.failed} failed"
            self._console.print(f"{done} of {self._found} papers: {counts}", highlight=False)
