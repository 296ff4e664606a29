"""What was measured: as Markdown for people, as JSON for programs, as a plot."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from flows.bench.latency import percentile
from flows.bench.pipeline import OWN, RAW, RELATE, TAG, TAG_FLOATS, PipelineRun
from flows.bench.plot import draw
from flows.bench.results import Results
from flows.bench.timing import Comparison

_ABOUT_PIPELINE: Final = """\
`papergraph ingest` in a process of its own, against its bare parts on the same cores. These are measured once a round,
on the papers that the copies are made from, and counted as often as there are copies. The names of a second copy are
linked already, which costs less than in as many different papers; orchestration is all time that went to no stage."""

_SUMS: Final[Mapping[str, Sequence[str]]] = {
    "times PyMuPDF + tag encoder in floats": (RAW, TAG_FLOATS),
    "times PyMuPDF + tag encoder": (RAW, TAG),
    "+ relate encoder": (RAW, TAG, RELATE),
    "times own parsing + both encoders": (OWN, TAG, RELATE),
}


def write_results(results: Results, out: Path) -> None:
    """Write ``results.json`` with every single figure, ``results.md`` and ``results.png``."""
    raw = json.dumps(asdict(results), indent=1, ensure_ascii=False, default=str)
    (out / "results.json").write_text(raw + "\n", encoding="utf-8")
    (out / "results.md").write_text(to_markdown(results), encoding="utf-8")
    draw(results, out / "results.png")


def to_markdown(results: Results) -> str:
    """The tables."""
    parts = ["# papergraph bench", "\n".join(f"- {what}: {found}" for what, found in results.machine.items())]
    if results.comparisons:
        parts.append(_compare(results.comparisons))
    if results.latency:
        parts.append(_latencies(results.latency))
    if results.runs:
        parts.append(_pipeline(results.runs))
    return "\n\n".join(parts) + "\n"


def _compare(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for comparison in comparisons:
        rows.append((comparison.stage, f"*{comparison.about}*", "", "", ""))
        for timing in comparison.timings:
            speed = f"{_number(timing.per_second)} {comparison.unit}" if timing.seconds else timing.note
            rows.append(("", timing.name, _number(timing.median_s), speed, _number(comparison.ratio(timing))))
    columns = ("stage", "way", "seconds", "a second", "times papergraph's time")
    return "Medians over the rounds, in each of which all ways ran in turn.\n\n" + _table(columns, rows)


def _latencies(latency: Mapping[str, list[float]]) -> str:
    rows = [
        (stage, _number(1000 * percentile(seconds, 50)), _number(1000 * percentile(seconds, 95)), str(len(seconds)))
        for stage, seconds in latency.items()
    ]
    return "One full paper at a time.\n\n" + _table(("stage", "p50, ms", "p95, ms", "measured"), rows)


def _pipeline(runs: Sequence[PipelineRun]) -> str:
    rows = [
        (
            str(run.n_papers),
            _number(run.wall_s),
            _number(run.run_s),
            f"{run.paper_s:.3f}",
            f"{run.peak_bytes / 1e6:,.0f}",
            f"{run.orchestration:.1%}",
            f"{run.orchestration_of_run:.1%}",
            *(f"{run.times_bare(*parts):.2f}" for parts in _SUMS.values()),
            str(run.n_failed),
        )
        for run in runs
    ]
    columns = (
        *("papers", "seconds", "without start and end", "of these a paper", "peak memory, MB"),
        *("orchestration", "without start and end"),
        *_SUMS,
        "failed",
    )
    return "\n\n".join([_ABOUT_PIPELINE, _table(columns, rows), *_growth(runs)])


def _growth(runs: Sequence[PipelineRun]) -> list[str]:
    """How memory and time change from the fewest papers to the most."""
    few, many = min(run.n_papers for run in runs), max(run.n_papers for run in runs)
    if few == many:
        return []

    def times(figure: Callable[[PipelineRun], float]) -> str:
        ends = [statistics.median(figure(run) for run in runs if run.n_papers == n) for n in (few, many)]
        return f"{ends[1] / ends[0]:.2f} times"

    memory, paper = times(lambda run: run.peak_bytes), times(lambda run: run.paper_s)
    return [f"From {few:,} to {many:,} papers: {memory} the memory, {paper} the seconds a paper."]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown that can be read as it is too."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (columns, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in cells
    )


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
