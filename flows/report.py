"""The account of a run: how its papers ended, how long each stage took, what failed and why."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from schemas.records import Failure

N_FAILURES_KEPT = 200  # in the report; all of them are in the table failures


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run ended: found = loaded + skipped + failed.

    Attributes:
        duplicates: Of the skipped: the same bytes under a second name. The others were in the graph already.
        stage_seconds: Seconds spent in each stage. Parsing runs beside the others, so the sum may exceed ``seconds``.
        failures: The first failures of the run.
    """

    run_id: str
    graph: Path
    found: int
    loaded: int
    skipped: int
    duplicates: int
    failed: int
    n_reused: int
    seconds: float
    stage_seconds: dict[str, float]
    failures: tuple[Failure, ...]

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
        if self.n_reused:
            notes.append(f"{self.n_reused} stage files of an earlier run were used again.")
        if self.loaded:
            notes.append(f"{self.loaded / self.seconds:.2f} papers a second.")
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


def report_markdown(report: RunReport) -> str:
    """The report as Markdown, for Prefect's artifact."""
    lines = ["# papergraph ingest", "", report.headline, "", *(f"- {note}" for note in report.details), ""]
    lines += ["| stage | seconds |", "| --- | ---: |"]
    lines += [f"| {stage} | {seconds:.1f} |" for stage, seconds in report.stage_seconds.items()]
    lines += [f"| **all** | {report.seconds:.1f} |", "", f"Run `{report.run_id}` into `{report.graph}`."]
    if report.failures:
        lines += ["", "| paper | stage | error | reason |", "| --- | --- | --- | --- |"]
        lines += [f"| {_cell(f.file_name)} | {f.stage} | {f.error} | {_cell(f.message)} |" for f in report.failures]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
