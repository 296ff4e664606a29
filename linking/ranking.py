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
ROWS_AT_ONCE: Final = 128  # of candidates: what is worked on stays in the cache of a core
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
class Question:
    """What all trees ask of one column.

    Attributes:
        column: The column.
        limits: Shape (n_limits,), float64, ascending, each once.
        possible: Shape (n_limits + 1, n_trees), uint16: the leaves of each tree that stay possible when the value is
            more than so many of the limits.
    """

    column: int
    limits: NDArray[np.float64]
    possible: NDArray[np.uint16]


class RankingModel:
    """Gradient-boosted regression trees (Friedman 2001, doi:10.1214/aos/1013203451) with a logistic link.

    Attributes:
        threshold: Probability from which the first candidate is linked; below it the answer is NIL.
        set_threshold: Probability from which a further candidate belongs to the answer too.
        revision: Name of the fit.
    """

    def __init__(
        self, base: float, trees: Sequence[Tree], threshold: float, set_threshold: float, revision: str
    ) -> None:
        """Lay out the trees; ``base`` are the log-odds before any tree."""
        self.threshold = threshold
        self.set_threshold = set_threshold
        self.revision = revision
        self._base = base
        self._questions = lay_out_questions(trees)
        self._first_value = np.arange(len(trees)) * MAX_LEAVES
        self._values = np.zeros((len(trees), MAX_LEAVES))
        for i, tree in enumerate(trees):
            self._values[i, : len(tree.value)] = tree.value

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely each candidate is meant: shape (n,), float64, from features of shape (n, n_features).

        All trees are asked about a column at once; the leaf that is reached is the leftmost one that no node rules out
        (Lucchese et al. 2015, doi:10.1145/2766462.2767733).
        """
        answers = [
            (question.possible, np.searchsorted(question.limits, features[:, question.column], side="left"))
            for question in self._questions
        ]
        odds = np.full(len(features), self._base)
        for start in range(0, len(features), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            possible = np.full((len(odds[rows]), len(self._values)), ALL_LEAVES)
            for table, answer in answers:
                possible &= table[answer[rows]]
            odds[rows] += self._values.ravel()[LOWEST_BIT[possible] + self._first_value].sum(axis=1)
        return 1.0 / (1.0 + np.exp(-odds))


def lay_out_questions(trees: Sequence[Tree]) -> tuple[Question, ...]:
    """The nodes of all trees by the column that they ask."""
    nodes: dict[int, list[tuple[float, int, np.uint16]]] = {}
    for i, tree in enumerate(trees):
        for column, limit, after in tree.nodes:
            nodes.setdefault(column, []).append((limit, i, after))
    questions: list[Question] = []
    for column, mine in sorted(nodes.items()):
        limits = np.unique([limit for limit, _, _ in mine])
        possible = np.full((len(limits) + 1, len(trees)), ALL_LEAVES)
        for limit, i, after in mine:
            possible[np.searchsorted(limits, limit) + 1 :, i] &= after
        questions.append(Question(column, limits, possible))
    return tuple(questions)


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
