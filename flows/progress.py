"""What a person sees of a run at work: a bar on a terminal, a line per shard elsewhere. All on the error stream."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from flows.pace import Pace, describe_seconds
from flows.plan import Tally


class _TimeToGo(ProgressColumn):
    """Counts down to the moment at which the run is expected to end."""

    def render(self, task: Task) -> Text:
        ends = task.fields["ends"]
        return Text("" if ends is None else f"{describe_seconds(max(0.0, ends - time.monotonic()))} to go")


class RunProgress:
    """Papers done and failed, papers a second, time to go, and the stage under way. Use as a context manager.

    The time to go takes all papers that are left for new ones: it is too long where some of them will be skipped.
    """

    def __init__(self, n_files: int | None, *, hidden: bool = False) -> None:
        self._console = Console(stderr=True, quiet=hidden)
        self._n_files = n_files
        self._pace = Pace()
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.completed:.0f}[/] of {task.fields[found]}"),
            BarColumn(),
            TextColumn("{task.fields[failed]} failed{task.fields[pace]}"),
            TimeElapsedColumn(),
            _TimeToGo(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=hidden or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=n_files, found=self._found, failed=0, pace="", ends=None)

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
        if not self._pace.has_begun:  # all papers before this moment were only looked up
            self._pace.mark(time.monotonic(), 0)
        self._bar.update(self._task, description=what)

    def shard_done(self, tally: Tally) -> None:
        """Count a shard that is in the graph."""
        now = time.monotonic()
        self._pace.mark(now, tally.loaded + tally.failed)
        done = tally.n_done
        left = self._pace.seconds_left(self._n_files - done) if self._n_files is not None else None
        pace = "" if self._pace.papers_per_second is None else f", {self._pace.papers_per_second:.2f} papers a second"
        ends = None if left is None else now + left
        self._bar.update(self._task, completed=done, failed=tally.failed, pace=pace, ends=ends)
        if not self._console.is_terminal:
            counts = f"{tally.loaded} loaded, {tally.skipped} skipped, {tally.failed} failed{pace}"
            to_go = f", {describe_seconds(left)} to go" if left else ""
            self._console.print(f"{done} of {self._found} papers: {counts}{to_go}", highlight=False, soft_wrap=True)
