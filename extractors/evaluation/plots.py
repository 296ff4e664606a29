"""Plots of a report as SVG."""

from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from extractors.evaluation.report import Heatmap, Plot

_INCHES = (6.0, 4.2)
_PLAIN: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay letters
    "svg.hashsalt": "papergraph",  # equal plots are equal files
    "text.parse_math": False,  # a $ in a name is a $
}


def draw_svg(plot: Plot | Heatmap) -> str:
    """The plot as one SVG document. It names no other file, and no date, so that equal plots are equal texts."""
    with mpl.rc_context(_PLAIN):
        figure = Figure(figsize=_INCHES, layout="constrained")
        if isinstance(plot, Heatmap):
            _draw_heatmap(figure, plot)
        else:
            _draw_lines(figure, plot)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]  # without the address of the format's definition


def _draw_lines(figure: Figure, plot: Plot) -> None:
    axes = figure.add_subplot()
    if plot.diagonal:
        axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1)
    for line in plot.lines:
        axes.plot([x for x, _ in line.points], [y for _, y in line.points], marker=".", label=line.label)
    if plot.unit_axes:
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
    else:
        axes.set_ylim(bottom=0)
    axes.set(xlabel=plot.x_label, ylabel=plot.y_label, title=plot.name)
    axes.grid(alpha=0.3)
    if plot.lines:
        axes.legend(fontsize="small")


def _draw_heatmap(figure: Figure, plot: Heatmap) -> None:
    axes = figure.add_subplot()
    shares = [[count / max(1, sum(row)) for count in row] for row in plot.counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(plot.columns)), plot.columns, rotation=30, ha="right")
    axes.set_yticks(range(len(plot.rows)), plot.rows)
    for y, row in enumerate(plot.counts):
        for x, count in enumerate(row):
            axes.text(x, y, f"{count:,}", ha="center", va="center", color="white" if shares[y][x] > 0.5 else "black")
    axes.set(xlabel="found", ylabel="gold", title=plot.name)
