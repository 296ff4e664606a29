"""Fit a ranking model: ``python -m linking.fitting institution --kb DIR --gold FILE.jsonl [--half even] [--out FILE]``.

Pointwise: each candidate of each string is an example, right or not, so that the model's output is a probability and
strings without an answer teach it to say no. Similarities may only help (monotone constraints), as a thousand strings
cannot teach it that.  The two thresholds are chosen on predictions made for strings that the fold's model has not seen.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from linking.features import FEATURES
from linking.gold import GoldRow, read_gold
from linking.knowledge_base import open_knowledge_base
from linking.linker import BATCH, Linker, Resolution, decide
from linking.queries import Reading

N_FOLDS: Final = 5
SETTINGS: Final = {
    "max_iter": 300,
    "learning_rate": 0.04,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.5,
    "early_stopping": False,
}

Judged = Sequence[tuple[list[int], NDArray[np.float64]]]  # entry rows and features of the candidates of each string


def paper_half(group: str) -> str:
    """``even`` or ``odd``: the last hexadecimal digit of the SHA-1, by which a file is divided into two halves."""
    return "odd" if int(hashlib.sha1(group.encode(), usedforsecurity=False).hexdigest()[-1], 16) % 2 else "even"


def fit_ranking(linker: Linker, gold: Sequence[GoldRow], *, seed: int = 0) -> dict[str, Any]:
    """Fit the model and choose its thresholds.

    Returns:
        The content of a model file, see ``RankingModel``.
    """
    judged = judge_gold(linker, gold)
    answers = [{linker.kb.row_of_id[i] for i in row.answers if i in linker.kb.row_of_id} for row in gold]
    held_out: list[NDArray[np.float64]] = [np.empty(0)] * len(gold)
    for fold in range(N_FOLDS):
        mine = [_fold(row.group) == fold for row in gold]
        model = _fit([i for i, held in enumerate(mine) if not held], judged, answers, seed)
        for i in (i for i, held in enumerate(mine) if held and judged[i][0]):
            held_out[i] = model.predict_proba(judged[i][1])[:, 1]
    threshold, set_threshold = choose_thresholds(judged, held_out, answers)
    model = _fit(range(len(gold)), judged, answers, seed)
    content = {
        "features": list(FEATURES),
        "threshold": threshold,
        "set_threshold": set_threshold,
        "settings": SETTINGS | {"seed": seed, "n_strings": len(gold), "n_folds": N_FOLDS},
        "base": round(float(model._baseline_prediction.ravel()[0]), 6),
        "trees": [_tree(predictors[0].nodes) for predictors in model._predictors],
    }
    content["revision"] = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
    return content


def judge_gold(linker: Linker, gold: Sequence[GoldRow]) -> Judged:
    """Candidates and features of all gold strings."""
    readings = [Reading(row.query, row.query.label, linker.kb.gazetteer) for row in gold]
    return [line for start in range(0, len(readings), BATCH) for line in linker.judge(readings[start : start + BATCH])]


def choose_thresholds(
    judged: Judged, probabilities: Sequence[NDArray[np.float64]], answers: Sequence[set[int]]
) -> tuple[float, float]:
    """The NIL threshold with most right decisions, then the set threshold with the best F1 over ids."""

    def resolve(threshold: float, set_threshold: float) -> list[Resolution]:
        return [
            decide(entities, p, features, threshold, set_threshold)
            for (entities, features), p in zip(judged, probabilities, strict=True)
        ]

    def n_right(threshold: float) -> int:
        made = resolve(threshold, 2.0)
        return sum((r.answer[0] in a) if r.answer else not a for r, a in zip(made, answers, strict=True))

    def set_f1(set_threshold: float) -> float:
        made = resolve(threshold, set_threshold)
        n_hit = sum(len(set(r.answer) & a) for r, a in zip(made, answers, strict=True))
        return 2 * n_hit / max(1, sum(len(r.answer) + len(a) for r, a in zip(made, answers, strict=True)))

    grid = [round(value, 3) for value in np.arange(0.05, 0.96, 0.01).tolist()]
    threshold = max(grid, key=n_right)
    return threshold, max((value for value in grid if value >= threshold), key=set_f1)


def _fold(group: str) -> int:
    return int(hashlib.sha1(group.encode(), usedforsecurity=False).hexdigest()[:8], 16) % N_FOLDS


def _fit(chosen: Sequence[int], judged: Judged, answers: Sequence[set[int]], seed: int) -> Any:  # noqa: ANN401
    from sklearn.ensemble import HistGradientBoostingClassifier

    chosen = [i for i in chosen if judged[i][0]]
    features = np.vstack([judged[i][1] for i in chosen])
    right = np.array([entity in answers[i] for i in chosen for entity in judged[i][0]])
    constraints = [direction for direction, _ in FEATURES.values()]
    return HistGradientBoostingClassifier(**SETTINGS, monotonic_cst=constraints, random_state=seed).fit(features, right)


def _tree(nodes: Any) -> dict[str, list[float]]:  # noqa: ANN401 (a numpy record array of scikit-learn's)
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).tolist(),
        "limit": [round(float(x), 6) if not end else 0.0 for x, end in zip(nodes["num_threshold"], leaf, strict=True)],
        "left": np.where(leaf, 0, nodes["left"]).tolist(),
        "right": np.where(leaf, 0, nodes["right"]).tolist(),
        "value": [round(float(x), 6) if end else 0.0 for x, end in zip(nodes["value"], leaf, strict=True)],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit one of the two models and write its file."""
    parser = argparse.ArgumentParser(
        prog="python -m linking.fitting", description="Fit a ranking model for the linker."
    )
    parser.add_argument("family", choices=("institution", "concept"))
    parser.add_argument("--kb", required=True, type=Path, help="folder of a knowledge base")
    parser.add_argument("--gold", required=True, type=Path, help="gold file, see linking/gold.py")
    parser.add_argument("--half", choices=("even", "odd"), help="fit on this half of the papers only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="model file to write (default: the shipped one)")
    options = parser.parse_args(arguments)
    gold = [row for row in read_gold(options.gold) if options.half in (None, paper_half(row.group))]
    content = fit_ranking(Linker(open_knowledge_base(options.kb)), gold, seed=options.seed)
    out = options.out or Path(__file__).parent / f"ranking-{options.family}.json"
    out.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {len(gold)} strings, threshold {content['threshold']}, {content['set_threshold']}\n")


if __name__ == "__main__":
    main()
