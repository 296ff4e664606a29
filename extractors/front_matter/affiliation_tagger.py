"""A small linear-chain tagger: which words of an affiliation are organisations, which departments.

Weights of features are in ``affiliations.json``; ``extractors.training.affiliations`` fits them as a conditional random
field (Lafferty et al. 2001, doi:10.5555/645530.655813).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.front_matter.affiliation_tokens import Token, features_of

WEIGHTS_PATH = Path(__file__).parent / "affiliations.json"
LABELS = "OBIDE"  # outside, organisation begins and goes on, department begins and goes on
FORBIDDEN = frozenset({"OI", "OE", "BE", "IE", "DI", "EI", " I", " E"})  # a name goes on only where it has begun
_NEVER = -1e6
SCALE = 100  # weights are kept as whole hundredths


@dataclass(frozen=True, slots=True)
class TaggerWeights:
    """Log-odds weights, in the order of ``LABELS``."""

    features: dict[str, tuple[float, ...]]
    steps: tuple[tuple[float, ...], ...]  # from label (row) to label (column)
    starts: tuple[float, ...]


@cache
def load_weights(path: Path = WEIGHTS_PATH) -> TaggerWeights:
    """Read the weights once per process."""
    parts = json.loads(path.read_text(encoding="utf-8"))
    features = {
        name: tuple([number / SCALE for number in numbers]) for line in parts["features"] for name, numbers in [line]
    }
    steps = [[number / SCALE for number in row] for row in parts["steps"]]
    return TaggerWeights(
        features,
        tuple(
            tuple(_NEVER if before + after in FORBIDDEN else weight for after, weight in zip(LABELS, row, strict=True))
            for before, row in zip(LABELS, steps, strict=True)
        ),
        tuple(
            _NEVER if " " + after in FORBIDDEN else n / SCALE for after, n in zip(LABELS, parts["starts"], strict=True)
        ),
    )


def tag(tokens: Sequence[Token], bonus: Sequence[float] | None = None) -> str:
    """The best labels of the tokens, one letter of ``LABELS`` each (Viterbi 1967).

    Args:
        tokens: Tokens of one affiliation.
        bonus: What is added for each token being in an organisation.
    """
    if not tokens:
        return ""
    weights = load_weights()
    known = weights.features
    best: list[float] = []
    ways: list[list[int]] = []
    for position, row in enumerate(features_of(tokens)):
        found = [known[name] for name in row if name in known]
        here: list[float] = [sum(column) for column in zip(*found, strict=True)] or [0.0] * len(LABELS)
        if bonus:
            here[1] += bonus[position]
            here[2] += bonus[position]
        if not position:
            best = [start + score for start, score in zip(weights.starts, here, strict=True)]
            continue
        way: list[int] = []
        fresh: list[float] = []
        for label, score in enumerate(here):
            reached = [value + weights.steps[before][label] for before, value in enumerate(best)]
            top = max(reached)
            way.append(reached.index(top))
            fresh.append(top + score)
        best = fresh
        ways.append(way)
    at = best.index(max(best))
    labels = [at]
    for way in reversed(ways):
        at = way[at]
        labels.append(at)
    return "".join(LABELS[label] for label in reversed(labels))
