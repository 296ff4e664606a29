"""The results as one picture: times as multiples of papergraph's, latencies, and the growth of the whole pipeline."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flows.bench.latency import percentile
from flows.bench.results import Results

OWN, OTHER = "tab:orange", "tab:blue"
_WIDTH: Final = 11.0  # inches
_BAR: Final = 0.28
_FRAME: Final = 1.2  # of axis and labels
_CURVES: Final = 2.5


def draw(results: Results, path: Path) -> None:
    """Write a PNG of what there is; nothing if there is nothing."""
    n_bars = sum(len(comparison.timings) for comparison in results.comparisons)
    parts: list[tuple[float, Callable[[Axes, Results], None]]] = []
    if n_bars:
        parts.append((_FRAME + _BAR * n_bars, _draw_ways))
    if results.latency:
        parts.append((_FRAME + _BAR * len(results.latency), _draw_latency))
    if results.runs:
        parts += [(_CURVES, _draw_memory), (_CURVES, _draw_pace)]
    if not parts:
        return
    heights = [height for height, _ in parts]
    figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
    rows = figure.subplots(len(parts), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (_, part) in zip(rows, parts, strict=True):
        part(axes, results)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def _draw_ways(axes: Axes, results: Results) -> None:
    names, ratios, colours = [], [], []
    for comparison in results.comparisons:
        for timing in comparison.timings:
            names.append(f"{comparison.stage}: {timing.name}")
            ratios.append(comparison.ratio(timing) or 1.0)
            colours.append(OWN if timing is comparison.timings[0] else OTHER if timing.seconds else "none")
    axes.barh(names, ratios, color=colours)
    axes.set(xscale="log", xlabel="time, as a multiple of papergraph's (longer bars are slower ways)")
    axes.axvline(1, color="0.4", linewidth=1)
    axes.margins(y=0.01)
    axes.invert_yaxis()


def _draw_latency(axes: Axes, results: Results) -> None:
    for share, colour in ((95, OTHER), (50, OWN)):
        values = [1000 * percentile(seconds, share) for seconds in results.latency.values()]
        axes.barh(list(results.latency), values, color=colour, label=f"p{share}")
    axes.set(xlabel="latency of one paper, ms")
    axes.legend()
    axes.invert_yaxis()


def _draw_memory(axes: Axes, results: Results) -> None:
    axes.plot([run.n_papers for run in results.runs], [run.peak_bytes / 1e6 for run in results.runs], "o", color=OWN)
    axes.set(xlabel="papers", ylabel="peak memory, MB", ylim=(0, None))


def _draw_pace(axes: Axes, results: Results) -> None:
    axes.plot([run.n_papers for run in results.runs], [run.paper_s for run in results.runs], "o", color=OWN)
    axes.set(xlabel="papers", ylabel="seconds a paper", ylim=(0, None))
