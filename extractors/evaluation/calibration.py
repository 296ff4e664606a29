"""Do scores mean what they say: calibration curve and error, and what each threshold would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.evaluation.scores import Counts


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of what was found and whether each was right.

    Attributes:
        scores: Shape (N,), float64, in [0, 1].
        right: Shape (N,), bool.
        n_gold: How many there were to find.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    n_gold: int

    @classmethod
    def collect(cls, pairs: Sequence[tuple[float, bool]], n_gold: int) -> "Judged":
        """From (score, right) pairs."""
        return cls(np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs], bool), n_gold)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose score lies between two bounds."""

    lower: float
    upper: float
    n_found: int
    mean_score: float
    share_right: float


def calibration_bins(judged: Judged, n_bins: int = 10) -> list[Bin]:
    """Equally wide bins over [0, 1] that hold any answer; a score on a bound belongs to the lower bin."""
    places = np.clip(np.ceil(judged.scores * n_bins).astype(int) - 1, 0, n_bins - 1)
    bins = []
    for index in range(n_bins):
        inside = places == index
        if inside.any():
            scores, right = judged.scores[inside], judged.right[inside]
            bins.append(
                Bin(index / n_bins, (index + 1) / n_bins, int(inside.sum()), float(scores.mean()), float(right.mean()))
            )
    return bins


def calibration_error(judged: Judged, n_bins: int = 10) -> float:
    """Expected calibration error: mean distance of score and share of right ones over the bins, by their size.

    Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning" (AAAI), section 4.
    """
    n_found = len(judged.scores)
    return sum(b.n_found * abs(b.mean_score - b.share_right) for b in calibration_bins(judged, n_bins)) / max(
        1, n_found
    )


def brier_score(judged: Judged) -> float:
    """Mean squared distance of score and truth (Brier 1950); 0 is perfect, 0 where nothing was found."""
    return float(np.mean((judged.scores - judged.right) ** 2)) if len(judged.scores) else 0.0


def threshold_curve(judged: Judged, thresholds: Sequence[float]) -> list[Counts]:
    """Counts when only answers with at least such a score are kept, one for each threshold."""
    order = np.argsort(judged.scores)
    scores, right = judged.scores[order], judged.right[order]
    n_right_from = np.append(np.cumsum(right[::-1])[::-1], 0)  # among the answers from an index on
    firsts = np.searchsorted(scores, np.asarray(thresholds) - 1e-9)
    return [Counts(int(n_right_from[i]), len(scores) - int(i), judged.n_gold) for i in firsts]


def best_threshold(judged: Judged, thresholds: Sequence[float]) -> float:
    """The threshold with the highest F1; of equal ones the lowest."""
    f1 = [counts.f1 for counts in threshold_curve(judged, thresholds)]
    return float(thresholds[int(np.argmax(f1))])
