"""Tables and plots of training runs."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows with the same columns as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def draw_metrics(path: Path, losses: Sequence[float], metrics: Mapping[str, Sequence[float]]) -> None:
    """Draw the loss and the dev metrics over the epochs.

    Args:
        path: The image to write.
        losses: Mean training loss of each epoch.
        metrics: Values of each metric, per epoch.
    """
    from matplotlib.figure import Figure  # only training draws

    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(losses) + 1)
    left.plot(epochs, losses, marker="o", color="tab:red")
    left.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
    for name, values in metrics.items():
        right.plot(epochs, values, marker=".", label=name)
    right.set(xlabel="epoch", ylabel="dev")
    right.legend(fontsize="small")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def draw_rates(path: Path, rates: Sequence[float], losses: Sequence[float], chosen: float) -> None:
    """Draw the loss over the learning rate, with the rate that is proposed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(rates, losses, color="tab:red")
    axes.axvline(chosen, color="tab:blue", linestyle="--", label=f"proposed {chosen:.1e}")
    axes.set(xscale="log", xlabel="learning rate of the encoder", ylabel="training loss, smoothed")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
