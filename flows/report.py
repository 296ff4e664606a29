"""The account of a run: how its papers ended, what each stage did in what time, what failed and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.figures import RunFigures
from schemas.records import Failure

_STARVED: Final = 0.2  # share of the time for which the models may wait for parsed papers unmentioned
_LEAST_SHARDS: Final = 4  # that say something about it


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended: found = loaded + skipped + failed.

    Attributes:
        duplicates: Of the skipped: the same bytes under a second name. The others were in the graph already.
        workers: Processes that read PDFs.
        figures: What was done, and in what time.
        runner: Where the stages ran: local, or ray for a cluster, where their seconds add up over many processes.
        n_metadata: Papers in the graph already of which a manifest says something new.
    """

    run_id: str
    graph: Path
    found: int
    loaded: int
    skipped: int
    duplicates: int
    failed: int
    seconds: float
    workers: int
    figures: RunFigures
    n_metadata: int = 0
    runner: str = "local"

    @property
    def stage_seconds(self) -> dict[str, float]:
        """Seconds spent in each stage. Parsing runs beside the others, so the sum may exceed ``seconds``."""
        return {name: stage.seconds for name, stage in self.figures.stages.items()}

    @property
    def n_reused(self) -> int:
        """Stage files of an earlier run that were used again."""
        return sum(stage.n_reused for stage in self.figures.stages.values())

    @property
    def failures(self) -> list[Failure]:
        """The first failures of the run."""
        return self.figures.failures

    @property
    def waiting_share(self) -> float:
        """Share of the time, from the first parsed shard on, that the models waited for parsed papers."""
        passed = self.seconds - self.figures.first_wait_seconds
        return self.figures.wait_seconds / passed if passed > 0 else 0.0

    @property
    def headline(self) -> str:
        """One sentence."""
        if not self.loaded and not self.failed:
            return f"Nothing new: all {self.found} papers are in the graph already."
        parts = [f"{self.found} papers found", f"{self.loaded} loaded", f"{self.skipped} skipped"]
        text = ", ".join([*parts, f"{self.failed} failed"])
        return f"{text}." if self.loaded else f"{text}. Nothing new was loaded."

    @property
    def details(self) -> list[str]:
        """Notes below the headline."""
        notes = []
        if self.skipped:
            already = self.skipped - self.duplicates
            notes.append(
                f"Skipped: {already} in the graph already, {self.duplicates} the same file under another name."
            )
        if self.n_metadata:
            notes.append(f"Metadata of {self.n_metadata} papers in the graph was brought up to date.")
        if self.n_reused:
            notes.append(f"{self.n_reused} stage files of an earlier run were used again.")
        if self.loaded:
            notes.append(f"{self.loaded / self.seconds:.2f} papers a second.")
        parse = self.figures.stages.get("parse")
        if self.runner == "local" and parse and parse.n_shards >= _LEAST_SHARDS and self.waiting_share > _STARVED:
            notes.append(
                f"The models waited for parsed papers {self.waiting_share:.0%} of the time: with more --workers (there "
                f"were {self.workers}) the run is faster, if there are cores for them."
            )
        return notes


def print_report(report: RunReport, console: Console) -> None:
    """Print the report on a terminal."""
    console.print(f"[bold]{report.headline}[/]", highlight=False)
    for note in report.details:
        console.print(note, highlight=False)
    if report.failures:
        table = Table("paper", "stage", "error", "reason", title="Failed", title_justify="left", show_edge=False)
        for failure in report.failures:
            table.add_row(*map(escape, (failure.file_name, failure.stage, failure.error, failure.message)))
        console.print(table)
        if report.failed > len(report.failures):
            console.print(f"... and {report.failed - len(report.failures)} more: see the table failures")
    times = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report.stage_seconds.items())
    console.print(f"Time: {report.seconds:.1f} s in all; {times}", highlight=False)
