"""Mentions judged by every occurrence of their words in the text, not by their own context alone.

A name is a mention, of one type and with the same bounds, nearly wherever it stands in a paper, but a tagger decides
within one window. A logistic regression over what the whole text says of a candidate (``candidates.py``) gives it a new
probability; it is fitted on papers that the tagger has not seen in training. Then the likeliest candidates that do not
overlap are the mentions.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.ner.candidates import FEATURES, Candidates, find_candidates
from schemas.errors import ModelError
from schemas.records import Mention


@dataclass(frozen=True, slots=True)
class ConsistencyModel:
    """``consistency.json`` of a model folder.

    One set of weights serves all types: what repetition says of a name does not depend on what it names.

    Attributes:
        weights: Log-odds that one unit of each feature adds, in the order of ``FEATURES``.
        bias: Log-odds where all features are 0.
        min_scores: Per type that is judged, the probability from which a candidate is a mention.
    """

    weights: Sequence[float]
    bias: float
    min_scores: Mapping[str, float]

    def probabilities(self, candidates: Candidates) -> NDArray[np.float64]:
        """How likely each candidate is a mention: shape (N,)."""
        odds = candidates.features.astype(np.float64) @ np.asarray(self.weights) + self.bias
        return 1.0 / (1.0 + np.exp(-odds))


def read_consistency(path: Path) -> ConsistencyModel | None:
    """Read the model of a folder; None if the tagger has none.

    Raises:
        ModelError: The file is broken or was fitted for other features.
    """
    if not path.exists():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record.pop("features") != list(FEATURES):
            raise ModelError(f"{path} was fitted for other features than this version has: fit it again")
        return ConsistencyModel(**record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not a consistency model: {error!r}") from error


def write_consistency(path: Path, model: ConsistencyModel) -> None:
    """Write the model so that ``read_consistency`` reads it."""
    record = {"features": list(FEATURES), **asdict(model)}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def judge_mentions(
    model: ConsistencyModel,
    probs: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    is_break: NDArray[np.bool_],
    text: str,
    types: Sequence[str],
    *,
    temperature: float = 1.0,
    revision: str = "",
) -> list[Mention]:
    """Mentions of the types that the model judges, in text order, none overlapping another.

    Args:
        model: See there.
        probs: Shape (W, K), float32, probabilities of the BIO tags of each word.
        starts: Shape (W,), first character of each word.
        ends: Shape (W,), end of each word in characters.
        is_break: Shape (W,), True where a word cannot continue what was before it.
        text: What the words are of.
        types: Entity types, in the order of the tags.
        temperature: That the probabilities were made with; the candidates are weighed as without it.
        revision: Written into the mentions.
    """
    probs = sharpen(probs, temperature)
    words = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    candidates = find_candidates(probs, is_break, words, [types.index(label) for label in model.min_scores])
    scores = model.probabilities(candidates)
    chosen = choose(candidates, scores, np.array([model.min_scores.get(label, 1.0) for label in types]))
    return [
        Mention(
            int(starts[candidates.first[index]]),
            int(ends[candidates.last[index]]),
            types[int(candidates.type_index[index])],
            float(scores[index]),
            revision,
        )
        for index in chosen
    ]


def sharpen(probs: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities as they were before their logits were divided by a temperature."""
    if temperature == 1.0:
        return probs
    powers = np.power(probs, temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def choose(candidates: Candidates, scores: NDArray[np.float64], min_scores: NDArray[np.float64]) -> list[int]:
    """Numbers of the likeliest candidates that do not overlap, in text order. ``min_scores`` has one score a type."""
    likely = np.flatnonzero(scores >= min_scores[candidates.type_index])
    taken = np.zeros(int(candidates.last.max(initial=-1)) + 1, bool)
    chosen = []
    for index in likely[np.argsort(-scores[likely], kind="stable")]:
        covered = slice(candidates.first[index], candidates.last[index] + 1)
        if not taken[covered].any():
            taken[covered] = True
            chosen.append(int(index))
    return sorted(chosen, key=lambda index: int(candidates.first[index]))


def replace_judged(decoded: Sequence[Mention], judged: Sequence[Mention], types: Sequence[str]) -> list[Mention]:
    """The judged mentions instead of the decoded ones of those types, in text order.

    Of a judged mention and a decoded one of another type that overlap, the likelier stays.
    """
    others = [mention for mention in decoded if mention.label not in types]
    kept: list[Mention] = []
    for mention in sorted([*others, *judged], key=lambda mention: (mention.start_char, -mention.end_char)):
        if kept and mention.start_char < kept[-1].end_char:
            if mention.score > kept[-1].score:
                kept[-1] = mention
        else:
            kept.append(mention)
    return kept
