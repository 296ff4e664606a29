"""Sections on scores that entities and relations share: calibration, thresholds, spread over runs."""

from collections.abc import Mapping, Sequence
from typing import Final

from extractors.evaluation.calibration import (
    Judged,
    best_threshold,
    brier_score,
    calibration_bins,
    calibration_error,
    threshold_curve,
)
from extractors.evaluation.report import Cell, Line, Plot, Section, Table
from extractors.evaluation.scores import Counts
from extractors.evaluation.spread import Spread

THRESHOLDS: Final = tuple(step / 50 for step in range(50))


def calibration_section(judged: Mapping[str, Judged]) -> Section:
    """Calibration curve and expected calibration error, for all and per type.

    Args:
        judged: Scores and truth, ``all`` first.
    """
    judged = {name: one for name, one in judged.items() if len(one.scores)}
    errors = Table(
        "calibration",
        ("", "expected calibration error", "Brier score", "mean score", "share right", "found"),
        tuple(
            (name, calibration_error(one), brier_score(one), *_means(one), len(one.scores))
            for name, one in judged.items()
        ),
    )
    bins = Table(
        "calibration bins",
        ("", "from", "to", "mean score", "share right", "found"),
        tuple(
            (name, b.lower, b.upper, b.mean_score, b.share_right, b.n_found)
            for name, one in judged.items()
            for b in calibration_bins(one)
        ),
    )
    lines = tuple(
        Line(name, tuple((b.mean_score, b.share_right) for b in calibration_bins(one))) for name, one in judged.items()
    )
    plot = Plot("calibration curve", "mean score", "share right", lines, diagonal=True)
    note = "Of scores round 0.8 four in five should be right. Ten equally wide bins; the error is weighted by size."
    return Section("Calibration", note, (errors, bins), (plot,))


def _means(judged: Judged) -> tuple[float, float]:
    return float(judged.scores.mean()), float(judged.right.mean())


def threshold_section(judged: Mapping[str, Judged]) -> Section:
    """What least scores would give, and the best one per type."""
    curves = {name: threshold_curve(one, THRESHOLDS) for name, one in judged.items()}
    rows: list[tuple[Cell, ...]] = []
    for name, one in judged.items():
        threshold = best_threshold(one, THRESHOLDS)
        counts = curves[name][THRESHOLDS.index(threshold)]
        rows.append((name, threshold, counts.precision, counts.recall, counts.f1))
    best = Table("best thresholds", ("", "threshold", "precision", "recall", "f1"), tuple(rows))
    points = Table(
        "threshold curve",
        ("", "threshold", "precision", "recall", "f1"),
        tuple(
            (name, threshold, counts.precision, counts.recall, counts.f1)
            for name, curve in curves.items()
            for threshold, counts in list(zip(THRESHOLDS, curve, strict=True))[::5]
        ),
    )
    overall = next(iter(curves.values()))
    views = ("precision", "recall", "f1")
    lines = tuple(Line(view, _points(overall, view)) for view in views)
    by_type = tuple(Line(name, _points(curve, "f1")) for name, curve in curves.items())
    plots = (
        Plot("precision, recall and F1 by threshold", "least score", "", lines),
        Plot("F1 by threshold and type", "least score", "F1", by_type),
    )
    note = "Only answers with at least that score are kept. What is best here is a little too good for other texts."
    return Section("Thresholds", note, (best, points), plots)


def _points(curve: Sequence[Counts], view: str) -> tuple[tuple[float, float], ...]:
    return tuple((t, getattr(counts, view)) for t, counts in zip(THRESHOLDS, curve, strict=True) if counts.n_found)


def spread_table(
    measures: Mapping[str, Sequence[Counts] | Sequence[tuple[float, float, float]]], names: Sequence[str]
) -> Table:
    """Mean and standard deviation of precision, recall and F1 over runs, and the F1 of each run.

    Args:
        measures: For each measure, the counts (or precision, recall and F1) of each run.
        names: The runs.
    """
    rows: list[tuple[Cell, ...]] = []
    for measure, values in measures.items():
        triples = [value if isinstance(value, tuple) else (value.precision, value.recall, value.f1) for value in values]
        spreads = [Spread.of(column) for column in zip(*triples, strict=True)]
        rows.append((measure, *spreads, *(triple[2] for triple in triples)))
    columns = ("", "precision", "recall", "f1", *(f"f1 of {name}" for name in names))
    return Table("over runs", columns, tuple(rows), "Mean ± sample standard deviation.")
