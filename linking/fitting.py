"""Fit a ranking model.

    python -m linking.fitting institution --kb DIR --gold FILE.jsonl [--out FILE]
    python -m linking.fitting concept --kb DIR --practice N [--salient FILE.jsonl --leave-out FILE.jsonl] [--out FILE]

Pointwise: each candidate of each string is an example, right or not, so that the model's output is a probability and
strings without an answer teach it to say no. Similarities may only help (monotone constraints), as a thousand strings
cannot teach it that.  The two thresholds are chosen on predictions made for strings that the fold's model has not seen.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from linking.features import FAMILY_FEATURES, FEATURES, Judged
from linking.gold import GoldRow, read_gold
from linking.knowledge_base import open_knowledge_base
from linking.linker import BATCH, Linker
from linking.practice import practise
from linking.queries import Reading
from linking.salient import read_salient

N_FOLDS: Final = 5
N_MODELS: Final = 3  # of different seeds, whose log-odds are averaged: a thousand strings leave much to chance
SETTINGS: Final = {
    "max_iter": 150,
    "learning_rate": 0.12,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.5,
    "early_stopping": False,
}


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Candidates of the strings of a gold file.

    Attributes:
        judged: The candidates with their features; ``judged.reading`` is the number of the gold string.
        right: Shape (n,), bool: the candidate is an answer.
        is_known: Shape (n,), bool: the annotators knew the candidate, or the example is made.
        can_answer: Shape (n,), bool: the registry of the gold holds the candidate, so that it may be said.
        answers: Right entry rows of each string.
        groups: Group of each string: those of one group stay together when strings are divided.
        is_practice: Shape (n_strings,), bool.
    """

    judged: Judged
    right: NDArray[np.bool_]
    is_known: NDArray[np.bool_]
    can_answer: NDArray[np.bool_]
    answers: list[set[int]]
    groups: list[str]
    is_practice: NDArray[np.bool_]


def fit_ranking(
    linker: Linker, gold: Sequence[GoldRow], family: str, *, seed: int = 0, least_nil_precision: float = 0.0
) -> dict[str, Any]:
    """Fit the model and choose its thresholds.

    Returns:
        The content of a model file, see ``RankingModel``.
    """
    examples = judge_gold(linker, gold)
    held_out = predict_held_out(examples, family, seed)
    threshold, set_threshold = choose_thresholds(examples, held_out, least_nil_precision)
    models = _fit(examples, np.ones(len(examples.right), np.bool_), family, seed)
    content = {
        "features": list(FAMILY_FEATURES[family]),
        "threshold": threshold,
        "set_threshold": set_threshold,
        "settings": SETTINGS | {"seed": seed, "n_strings": len(gold), "n_folds": N_FOLDS, "n_models": N_MODELS},
        "base": round(float(np.mean([model._baseline_prediction.ravel()[0] for model in models])), 6),
        "trees": [_tree(predictors[0].nodes) for model in models for predictors in model._predictors],
    }
    content["revision"] = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
    return content


def judge_gold(linker: Linker, gold: Sequence[GoldRow]) -> Examples:
    """Candidates and features of all gold strings."""
    parts: list[Judged] = []
    rows = linker.kb.row_of_id
    of_label: dict[str, list[int]] = {}
    for i, row in enumerate(gold):
        of_label.setdefault(row.query.label, []).append(i)
    for label, mine in of_label.items():
        for start in range(0, len(mine), BATCH):
            batch = mine[start : start + BATCH]
            hidden = [frozenset(rows[e] for e in gold[i].without if e in rows) for i in batch]
            readings = [
                Reading(gold[i].query, label, linker.kb.gazetteer, without)
                for i, without in zip(batch, hidden, strict=True)
            ]
            judged = linker.judge(label, readings)
            parts.append(replace(judged, reading=np.asarray(batch, np.int64)[judged.reading]))
    judged = Judged(
        np.concatenate([part.reading for part in parts]),
        np.concatenate([part.entity for part in parts]),
        np.concatenate([part.row for part in parts]),
        np.vstack([part.features for part in parts]),
    )
    order = np.argsort(judged.reading, kind="stable")
    judged = judged.only(order)
    answers = [{rows[i] for i in row.answers if i in rows} for row in gold]
    meant = [{rows[i] for i in row.answers | row.unlisted if i in rows} for row in gold]
    right = [e in meant[i] for i, e in zip(judged.reading.tolist(), judged.entity.tolist(), strict=True)]
    is_practice = np.array([row.is_practice for row in gold], np.bool_)
    is_known = linker.table.is_registered[judged.entity] | is_practice[judged.reading]
    return Examples(
        judged,
        np.asarray(right, np.bool_),
        is_known,
        is_known & ~linker.table.is_unlisted[judged.entity],
        answers,
        [row.group for row in gold],
        is_practice,
    )


def predict_held_out(examples: Examples, family: str, seed: int) -> NDArray[np.float64]:
    """Probability of each candidate by a model that has not seen its group."""
    fold = np.array([_fold(group) for group in examples.groups])[examples.judged.reading]
    columns = _columns(family)
    held_out = np.zeros(len(fold))
    for k in range(N_FOLDS):
        models = _fit(examples, fold != k, family, seed)
        if (fold == k).any():
            features = examples.judged.features[fold == k][:, columns]
            odds = np.mean([model.decision_function(features) for model in models], axis=0)
            held_out[fold == k] = 1.0 / (1.0 + np.exp(-odds))
    return held_out


def choose_thresholds(
    examples: Examples, probabilities: NDArray[np.float64], least_nil_precision: float = 0.0
) -> tuple[float, float]:
    """The two thresholds with the best F1 over ids, of those whose NIL answers are right often enough.

    Args:
        examples: The candidates.
        probabilities: Shape (n,): of each candidate.
        least_nil_precision: Share of the strings answered with NIL that must have no answer.
    """
    judged = examples.judged
    ends = np.searchsorted(judged.reading, np.arange(len(examples.answers) + 1))
    ranked: list[list[tuple[float, int, bool]]] = []
    for i in range(len(examples.answers)):
        mine = slice(ends[i], ends[i + 1])
        triples = zip(
            probabilities[mine].tolist(), judged.entity[mine].tolist(), examples.can_answer[mine].tolist(), strict=True
        )
        ranked.append(sorted(triples, key=lambda triple: (-triple[0], triple[1])))

    def f1(threshold: float, set_threshold: float) -> float:
        n_hit = n_said = 0
        for triples, answers in zip(ranked, examples.answers, strict=True):
            if triples and triples[0][0] >= threshold:
                lowest = (threshold, *(set_threshold for _ in triples[1:]))
                said = {e for (p, e, may), least in zip(triples, lowest, strict=True) if may and p >= least}
                n_hit += len(said & answers)
                n_said += len(said)
        return 2 * n_hit / max(1, n_said + sum(map(len, examples.answers)))

    best = np.array([triples[0][0] if triples else 0.0 for triples in ranked])
    weights = _weigh_nil(examples)

    def is_sure_of_nil(threshold: float) -> bool:
        right = weights[(best < threshold) & ~has_answer].sum()
        wrong = weights[(best < threshold) & has_answer].sum()
        return right >= least_nil_precision * (right + wrong)

    has_answer = np.array([bool(answers) for answers in examples.answers])
    grid = [round(value, 3) for value in np.arange(0.01, 0.96, 0.01).tolist()]
    allowed = [value for value in grid if is_sure_of_nil(value)] or grid[:1]
    threshold = max(allowed, key=lambda value: f1(value, 2.0))
    set_threshold = max((value for value in grid if value >= threshold), key=lambda value: f1(threshold, value))
    return threshold, set_threshold


def _weigh_nil(examples: Examples) -> NDArray[np.float64]:
    """What each string counts for when the precision of NIL answers is judged, shape (n_strings,).

    Where there are annotated strings with an answer and practice strings without, the two are weighed against each
    other as the shares of both in practice: names that practice has changed lose their entry more often than real ones.
    """
    has_answer = np.array([bool(answers) for answers in examples.answers])
    annotated, hidden = has_answer & ~examples.is_practice, ~has_answer & examples.is_practice
    if not annotated.any() or not hidden.any():
        return np.ones(len(has_answer))
    share = hidden.sum() / examples.is_practice.sum()
    return np.where(hidden, share / hidden.sum(), np.where(annotated, (1 - share) / annotated.sum(), 0.0))


def _fold(group: str) -> int:
    return int(hashlib.sha1(group.encode(), usedforsecurity=False).hexdigest()[:8], 16) % N_FOLDS


def _columns(family: str) -> list[int]:
    return [list(FEATURES).index(name) for name in FAMILY_FEATURES[family]]


def _fit(examples: Examples, chosen: NDArray[np.bool_], family: str, seed: int) -> list[Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    constraints = [FEATURES[name][0] for name in FAMILY_FEATURES[family]]
    chosen = chosen & examples.is_known
    features, right = examples.judged.features[chosen][:, _columns(family)], examples.right[chosen]
    return [
        HistGradientBoostingClassifier(**SETTINGS, monotonic_cst=constraints, random_state=seed + i).fit(
            features, right
        )
        for i in range(N_MODELS)
    ]


def _tree(nodes: Any) -> dict[str, list[float]]:  # noqa: ANN401 (a numpy record array of scikit-learn's)
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).tolist(),
        "limit": [round(float(x), 6) if not end else 0.0 for x, end in zip(nodes["num_threshold"], leaf, strict=True)],
        "left": np.where(leaf, 0, nodes["left"]).tolist(),
        "right": np.where(leaf, 0, nodes["right"]).tolist(),
        "value": [round(float(x) / N_MODELS, 6) if end else 0.0 for x, end in zip(nodes["value"], leaf, strict=True)],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit one of the two models and write its file."""
    parser = argparse.ArgumentParser(
        prog="python -m linking.fitting", description="Fit a ranking model for the linker."
    )
    parser.add_argument("family", choices=("institution", "concept"))
    parser.add_argument("--kb", required=True, type=Path, help="folder of a knowledge base")
    parser.add_argument("--gold", type=Path, help="gold file, see linking/gold.py")
    parser.add_argument("--practice", type=int, default=0, metavar="N", help="examples made from the knowledge base")
    parser.add_argument("--salient", type=Path, help="papers with named clusters of mentions, see linking/salient.py")
    parser.add_argument("--leave-out", type=Path, help="gold file whose papers are not read from --salient")
    parser.add_argument("--nil-precision", type=float, default=0.0, help="least precision of NIL answers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="model file to write (default: the shipped one)")
    options = parser.parse_args(arguments)
    kb = open_knowledge_base(options.kb)
    gold = read_gold(options.gold) if options.gold else []
    gold += read_salient(options.salient, kb, options.leave_out) if options.salient else []
    gold += practise(kb, options.practice, seed=options.seed)
    if not gold:
        parser.error("nothing to fit on: give --gold FILE, --salient FILE or --practice N")
    content = fit_ranking(
        Linker(kb),
        gold,
        options.family,
        seed=options.seed,
        least_nil_precision=options.nil_precision,
    )
    out = options.out or Path(__file__).parent / f"ranking-{options.family}.json"
    out.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {len(gold)} strings, threshold {content['threshold']}, {content['set_threshold']}\n")


if __name__ == "__main__":
    main()
