"""Ragged arrays: lists of different lengths laid end to end in one array, so that numpy walks them all at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
SCORE_STEPS: Final = 1 << 20


def expand(starts: Indices, counts: Indices) -> tuple[Indices, Indices]:
    """Positions of many ranges, one after the other.

    Args:
        starts: Shape (n,): first position of each range.
        counts: Shape (n,): length of each range, 0 or more.

    Returns:
        Two arrays of shape (sum of counts,): which range a position is of, and the position itself.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    offsets = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - offsets[owner] + np.asarray(starts, np.int64)[owner]


def look_up(keys: Indices, wanted: Indices) -> tuple[Indices, NDArray[np.bool_]]:
    """Where wanted values stand in sorted distinct keys.

    Returns:
        Position of each wanted value (0 where it is absent), and whether it is there; both of shape (n,).
    """
    if not len(keys):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[place] == wanted
    return np.where(found, place, 0), found


def top_n(group: Indices, score: NDArray[np.float64], n: int) -> Indices:
    """Positions of the n best of each group, by group, best first; equal scores in the order given.

    Args:
        group: Shape (m,), ascending.
        score: Shape (m,), 0 to 10; compared to five places.
        n: How many of each group.
    """
    falling = SCORE_STEPS - np.round(score * 1e5).astype(np.int64)
    order = np.argsort(group * SCORE_STEPS + falling, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    return order[np.arange(len(order)) - first < n]


def add_up(place: Indices, values: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Sums of the values by place, shape (n,), float64, also where there is nothing to add."""
    return np.bincount(place, weights=values, minlength=n).astype(np.float64)
