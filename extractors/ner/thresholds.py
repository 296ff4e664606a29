"""The least score of a mention, per type, fitted on held-out texts; also as a command for a trained model.

python -m extractors.ner.thresholds --model MODEL --dev dev.jsonl [--dev more.jsonl]
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from extractors.evaluation.calibration import Judged, threshold_curve
from extractors.ner.tagger import Tagger, tag_texts
from extractors.training.corpora import GoldText, read_corpora

USUAL: Final = 0.35
_TOLERANCE: Final = 0.01
_GRID: Final = tuple(step / 50 for step in range(5, 36))
_LEAST: Final = 0.05  # of candidates of a model that judges whole texts


def fit_min_scores(tagger: Tagger, corpora: Sequence[Sequence[GoldText]]) -> dict[str, float]:
    """Per type, the threshold nearest to 0.35 whose F1 is within 0.01 of the best one's.

    F1 is flat over a wide range of thresholds, and the very best of a small dev set does not carry over: in
    cross-validation over the papers of three dev sets it lost 0.3 to 1 point to 0.35 for all, while this rule did not.

    Args:
        tagger: A trained tagger, its temperature set.
        corpora: Held-out texts that were not trained on; each counts for the types that it annotates in full.
    """
    with without_least_scores(tagger):
        found = [tag_texts(tagger, [text.text for text in texts]) for texts in corpora]
    fitted: dict[str, float] = {}
    for label in tagger.config.types:
        pairs: list[tuple[float, bool]] = []
        n_gold = 0
        for texts, of_texts in zip(corpora, found, strict=True):
            for text, mentions in zip(texts, of_texts, strict=True):
                right = {(e.start_char, e.end_char) for e in text.entities if e.label == label}
                if label in text.annotated:
                    pairs += [(m.score, (m.start_char, m.end_char) in right) for m in mentions if m.label == label]
                    n_gold += len(right)
        if n_gold:
            fitted[label] = _choose(Judged.collect(pairs, n_gold))
    return fitted


def _choose(judged: Judged) -> float:
    f1 = np.array([counts.f1 for counts in threshold_curve(judged, _GRID)])
    good = [threshold for threshold, value in zip(_GRID, f1.tolist(), strict=True) if value >= f1.max() - _TOLERANCE]
    return min(good, key=lambda threshold: abs(threshold - USUAL))


@contextmanager
def without_least_scores(tagger: Tagger) -> Iterator[None]:
    """Let a tagger find unlikely mentions too."""
    config, consistency = tagger.config, tagger.consistency
    tagger.config = replace(config, min_scores=dict.fromkeys(config.types, 0.0))
    if consistency is not None:
        tagger.consistency = replace(consistency, min_scores=dict.fromkeys(consistency.min_scores, _LEAST))
    try:
        yield
    finally:
        tagger.config, tagger.consistency = config, consistency


def main() -> None:
    """Fit the thresholds of a model folder and write them into its ``config.json``."""
    parser = argparse.ArgumentParser(description="Fit the least score of each entity type on dev corpora.")
    parser.add_argument("--model", type=Path, required=True, help="folder of a tagger; its config.json is written anew")
    parser.add_argument("--dev", action="append", required=True, help="corpus: FILE or FILE:TYPE,TYPE")
    call = parser.parse_args()
    tagger = Tagger.load(call.model)
    corpora = [read_corpora([name], tagger.config.types, for_training=False) for name in call.dev]
    fitted = fit_min_scores(tagger, corpora)
    write_min_scores(call.model, fitted)
    print(" ".join(f"{label} {score}" for label, score in fitted.items()))  # noqa: T201


def write_min_scores(folder: Path, fitted: dict[str, float]) -> None:
    """Change the fitted types in ``config.json`` and leave all else, so that the other types keep their thresholds."""
    path = folder / "config.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["min_scores"] = {**record.get("min_scores", {}), **fitted}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
