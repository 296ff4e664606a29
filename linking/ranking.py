"""The ranking model: boosted trees over the features, kept as plain numbers in a JSON file."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linking.features import FEATURES
from schemas.errors import ModelError

LEAF = -1  # in place of a feature number


@dataclass(frozen=True, slots=True, eq=False)
class RankingModel:
    """Gradient-boosted regression trees (Friedman 2001, doi:10.1214/aos/1013203451) with a logistic link.

    Attributes:
        base: Log-odds before any tree.
        feature: Shape (n_trees, n_nodes), int16: the feature a node asks for, -1 at a leaf.
        limit: Shape (n_trees, n_nodes), float64: left if the feature is at most this.
        left: Shape (n_trees, n_nodes), int16: node to the left; the one to the right is in ``right``.
        right: Shape (n_trees, n_nodes), int16.
        value: Shape (n_trees, n_nodes), float64: log-odds that a leaf adds.
        threshold: Probability from which the first candidate is linked; below it the answer is NIL.
        set_threshold: Probability from which a further candidate belongs to the answer too.
        revision: Name of the fit.
    """

    base: float
    feature: NDArray[np.int16]
    limit: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float64]
    threshold: float
    set_threshold: float
    revision: str

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely each candidate is meant: shape (n,), float64, from features of shape (n, n_features)."""
        odds = np.full(len(features), self.base)
        lines = np.arange(len(features))
        for feature, limit, left, right, value in zip(
            self.feature, self.limit, self.left, self.right, self.value, strict=True
        ):
            node = np.zeros(len(features), np.int16)
            while True:
                asked = feature[node]
                inner = asked != LEAF
                if not inner.any():
                    break
                goes_left = features[lines, np.where(inner, asked, 0)] <= limit[node]
                node = np.where(inner, np.where(goes_left, left[node], right[node]), node)
            odds += value[node]
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
    if content["features"] != list(FEATURES):
        raise ModelError(f"{path} was fitted for other features than this version has: fit it again")
    trees = content["trees"]
    n_nodes = max(len(tree["feature"]) for tree in trees)

    def table(column: str, dtype: type, fill: float) -> NDArray[Any]:
        return np.array([tree[column] + [fill] * (n_nodes - len(tree[column])) for tree in trees], dtype)

    return RankingModel(
        content["base"],
        table("feature", np.int16, LEAF),
        table("limit", np.float64, 0.0),
        table("left", np.int16, 0),
        table("right", np.int16, 0),
        table("value", np.float64, 0.0),
        content["threshold"],
        content["set_threshold"],
        content["revision"],
    )
