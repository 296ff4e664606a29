"""What a big run will take, foretold from a small one: hours, disk, memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Final

from rich.console import Console
from rich.table import Table

from flows.pace import describe_seconds

LEAST_SHARDS: Final = 3  # of which a spread can be told
_SURE: Final = 2.0  # standard errors on both sides: about 19 times in 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """What something came to in each shard of the sample: amounts, and papers they are of."""

    amounts: tuple[float, ...]
    papers: tuple[int, ...]

    @property
    def relative_error(self) -> float | None:
        """Half the width of the interval in which the mean of all papers most likely lies, as a share of it."""
        rates = [amount / n for amount, n in zip(self.amounts, self.papers, strict=True) if n]
        if len(rates) < LEAST_SHARDS or mean(rates) <= 0:
            return None
        return _SURE * stdev(rates) / sqrt(len(rates)) / mean(rates)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What papers take, from a sample of them.

    Attributes:
        n_sample: Papers of the sample.
        n_failed: Of these: could not be read.
        n_papers: Papers that the run would have; None if unknown.
        is_counted: They were counted, not estimated from the size of an archive.
        is_random: The sample was drawn at random, else it is the first papers.
        seconds, graph_bytes, work_bytes: That a paper takes, once models are loaded and the graph is begun.
        graph_fixed_bytes: That a graph takes with hardly anything in it.
        resident_bytes: Memory of all processes, at most.
        time, disk: By shard, for the spread.
    """

    n_sample: int
    n_failed: int
    n_papers: int | None
    is_counted: bool
    is_random: bool
    seconds: float
    graph_bytes: float
    work_bytes: float
    graph_fixed_bytes: int
    resident_bytes: int
    time: Sizes
    disk: Sizes

    @property
    def n_scaled(self) -> int:
        """The papers that figures are told for: all, or a thousand where nobody knows how many there are."""
        return 1000 if self.n_papers is None else self.n_papers

    @property
    def all_graph_bytes(self) -> float:
        """Of the graph with all papers."""
        return self.graph_fixed_bytes + self.n_scaled * self.graph_bytes

    @property
    def all_work_bytes(self) -> float:
        """Of the work folder with all papers."""
        return self.n_scaled * self.work_bytes


def print_forecast(forecast: Forecast, free_bytes: int, console: Console) -> None:
    """Print the forecast; a disk that is too small is told."""
    n = f"{forecast.n_scaled:,} papers"
    how = "" if forecast.is_counted else ", guessed by the size of the archive"
    about = "1,000 papers (how many there are is not known)" if forecast.n_papers is None else f"{n}{how}"
    table = Table("", "expected", "most likely between", title=f"For {about}", title_justify="left", show_edge=False)
    time, disk = forecast.time.relative_error, forecast.disk.relative_error
    table.add_row("time", *_row(forecast.n_scaled * forecast.seconds, time, describe_seconds))
    table.add_row("disk for the graph", *_row(forecast.all_graph_bytes, disk, describe_bytes))
    table.add_row("disk for the work folder", *_row(forecast.all_work_bytes, disk, describe_bytes))
    table.add_row("memory of all processes", describe_bytes(forecast.resident_bytes), "the same for any number")
    console.print(table)
    for note in forecast_notes(forecast, free_bytes):
        console.print(note, highlight=False, soft_wrap=True)


def forecast_notes(forecast: Forecast, free_bytes: int) -> list[str]:
    """What has to be known to make use of the figures."""
    drawn = "drawn at random" if forecast.is_random else "the first, as only reading through would reach the others"
    notes = [f"From {forecast.n_sample} papers, {drawn}. Papers that are in the graph already are not taken off."]
    if forecast.n_failed:
        notes.append(f"{forecast.n_failed} of {forecast.n_sample} could not be read.")
    if forecast.time.relative_error is None:
        notes.append("The sample is too small to tell how sure that is: take more papers.")
    if forecast.all_graph_bytes + forecast.all_work_bytes > free_bytes:
        notes.append(f"The disk of the graph has only {describe_bytes(free_bytes)} left.")
    return notes


def _row(expected: float, error: float | None, describe: Callable[[float], str]) -> Sequence[str]:
    if error is None:
        return describe(expected), ""
    low, high = expected * max(0.0, 1 - error), expected * (1 + error)
    return describe(expected), f"{describe(low)} and {describe(high)}"


def describe_bytes(n_bytes: float) -> str:
    """A size for people, in powers of 1,000: ``12 MB``, ``3.4 GB``."""
    for unit, size in (("TB", 1e12), ("GB", 1e9)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{max(1, round(n_bytes / 1e6))} MB"
