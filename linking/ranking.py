"""The ranking model: boosted trees over the features, kept as plain numbers in a JSON file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from linking.features import FEATURES
from schemas.errors import ModelError

LEAF: Final = -1  # in place of a feature number
MAX_LEAVES: Final = 16  # of a tree: they fit into the bits of a 16-bit number
ALL_LEAVES: Final = np.uint16(0xFFFF)
LOWEST_BIT: Final = np.array([0] + [(i & -i).bit_length() - 1 for i in range(1, 1 << MAX_LEAVES)], np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree, laid out for many candidates at once.

    Attributes:
        nodes: Inner nodes: column asked, limit (left if the value is at most this), and the leaves that stay possible
            when it is more, one bit a leaf from left to right.
        value: Shape (n_leaves,), float64: log-odds that a leaf adds.
    """

    nodes: tuple[tuple[int, float, np.uint16], ...]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RankingModel:
    """Gradient-boosted regression trees (Friedman 2001, doi:10.1214/aos/1013203451) with a logistic link.

    Attributes:
        base: Log-odds before any tree.
        trees: The trees.
        threshold: Probability from which the first candidate is linked; below it the answer is NIL.
        set_threshold: Probability from which a further candidate belongs to the answer too.
        revision: Name of the fit.
    """

    base: float
    trees: tuple[Tree, ...]
    threshold: float
    set_threshold: float
    revision: str

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely each candidate is meant: shape (n,), float64, from features of shape (n, n_features).

        Every node is asked of all candidates; the leaf that is reached is the leftmost one that no node rules out
        (Lucchese et al. 2015, doi:10.1145/2766462.2767733).
        """
        columns = np.ascontiguousarray(features.T)
        odds = np.full(len(features), self.base)
        for tree in self.trees:
            possible = np.full(len(features), ALL_LEAVES)
            for column, limit, after in tree.nodes:
                possible &= np.where(columns[column] > limit, after, ALL_LEAVES)
            odds += tree.value[LOWEST_BIT[possible]]
        return 1.0 / (1.0 + np.exp(-odds))


@cache
def load_ranking(name: str) -> RankingModel:
    """The shipped model of a family of types: ``institution`` or ``concept``.

    Raises:
        ModelError: The file is missing or was fitted for other features.
    """
    return read_ranking(Path(__file__).parent / f"ranking-{name}.json")


def read_ranking(path: Path) -> RankingModel:
    """Read a model file.

    Raises:
        ModelError: The file is missing or was fitted for other features.
    """
    if not path.is_file():
        raise ModelError(f"no ranking model at {path}: install papergraph again, or fit one with linking.fitting")
    content = json.loads(path.read_text(encoding="utf-8"))
    place = {name: i for i, name in enumerate(FEATURES)}
    if not set(content["features"]) <= set(place):
        raise ModelError(f"{path} was fitted for other features than this version has: fit it again")
    columns = [place[name] for name in content["features"]]
    return RankingModel(
        content["base"],
        tuple(lay_out(tree, columns) for tree in content["trees"]),
        content["threshold"],
        content["set_threshold"],
        content["revision"],
    )


def lay_out(tree: Mapping[str, Any], columns: Sequence[int]) -> Tree:
    """A tree as its file has it (columns of the model's own features) for the columns of all features."""
    nodes: list[tuple[int, float, np.uint16]] = []
    values: list[float] = []

    def walk(node: int) -> int:
        """Number the leaves from left to right; returns the bits of those below the node."""
        if tree["feature"][node] == LEAF:
            values.append(tree["value"][node])
            return 1 << (len(values) - 1)
        left = walk(tree["left"][node])
        nodes.append((columns[tree["feature"][node]], tree["limit"][node], np.uint16(int(ALL_LEAVES) & ~left)))
        return left | walk(tree["right"][node])

    walk(0)
    if len(values) > MAX_LEAVES:
        raise ModelError(f"a tree has {len(values)} leaves, at most {MAX_LEAVES} are read: fit the model again")
    return Tree(tuple(nodes), np.asarray(values, np.float64))
