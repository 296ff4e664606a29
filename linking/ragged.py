"""Ragged arrays: lists of different lengths laid end to end in one array, so that numpy walks them all at once."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
SCORE_STEPS: Final = 1 << 20
LEVEL_BITS: Final = 12  # score steps of a level: 256 levels


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
        score: Shape (m,), not negative; compared to five places, and from 10 on all alike.
        n: How many of each group.
    """
    falling = SCORE_STEPS - np.round(np.minimum(score, 10) * 1e5).astype(np.int64)
    kept = np.flatnonzero(_may_be_best(group, falling >> LEVEL_BITS, n))
    group, falling = group[kept], falling[kept]
    order = stable_order(group * SCORE_STEPS + falling)
    starts = np.flatnonzero(np.diff(group, prepend=-1))  # sorting moves nothing from group to group
    place = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return kept[order[place < n]]


def _may_be_best(group: Indices, level: Indices, n: int) -> NDArray[np.bool_]:
    """False for what n of its group are better than, by levels of the score: it need not be sorted."""
    number = np.cumsum(np.diff(group, prepend=-1) > 0) - 1
    n_levels = (SCORE_STEPS >> LEVEL_BITS) + 1
    cell = number * n_levels + level
    counts = np.bincount(cell, minlength=(int(number[-1]) + 1) * n_levels if len(number) else 0)
    better = counts.reshape(-1, n_levels).cumsum(axis=1).ravel() - counts
    return better[cell] < n


def stable_order(keys: Indices) -> Indices:
    """Positions that sort keys of 0 or more, equal ones as given.

    Key and position are sorted as one number where they fit into 63 bits: several times as fast as numpy's ``argsort``.
    """
    n_bits = len(keys).bit_length()
    if not len(keys) or int(keys.max()) >> (62 - n_bits):
        return np.argsort(keys, kind="stable")
    packed = np.sort((keys << n_bits) | np.arange(len(keys)))
    return packed & ((1 << n_bits) - 1)


def number_distinct(keys: Indices) -> tuple[Indices, Indices]:
    """The distinct keys (0 or more), ascending, and which of them each key is: ``numpy.unique`` with its inverse."""
    order = stable_order(keys)
    ordered = keys[order]
    is_new = np.ones(len(keys), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    number = np.empty(len(keys), np.int64)
    number[order] = np.cumsum(is_new) - 1
    return ordered[is_new], number


def add_up(place: Indices, values: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Sums of the values by place, shape (n,), float64, also where there is nothing to add."""
    return np.bincount(place, weights=values, minlength=n).astype(np.float64)
