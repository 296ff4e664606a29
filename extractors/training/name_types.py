"""Learn which words beside a name say that it is a data set, and which that it is a method.

Run: ``python -m extractors.training.name_types scier-train.jsonl scirex-train.jsonl``.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from extractors.ner.name_types import (
    DATASET,
    LEAST_MENTIONS,
    LEAST_PROBABILITY,
    METHOD,
    WEIGHTS_FILE,
    NameTypeWeights,
    count_contexts,
    is_like_a_name,
)
from extractors.training.corpora import GoldText, read_corpus

_LEAST_NAMES: Final = 15  # beside which a word must stand
_AGREEING: Final = 0.8  # of a name's mentions must be annotated alike
_N_FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class NameExample:
    """A name of a text, with the words beside its mentions."""

    text_index: int
    contexts: Counter[str]
    is_dataset: bool


def find_examples(texts: Sequence[GoldText]) -> list[NameExample]:
    """The names that are annotated often enough, and alike."""
    return [example for index, text in enumerate(texts) for example in _examples_of(index, text)]


def _examples_of(index: int, text: GoldText) -> Iterator[NameExample]:
    by_name: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for entity in text.entities:
        if entity.label in (METHOD, DATASET):
            name = text.text[entity.start_char : entity.end_char]
            by_name[name].append((entity.start_char, entity.end_char, entity.label))
    for name, places in by_name.items():
        label, n = Counter(label for *_, label in places).most_common(1)[0]
        if len(places) >= LEAST_MENTIONS and n >= _AGREEING * len(places) and is_like_a_name(name):
            yield NameExample(index, count_contexts(text.text, ((a, b) for a, b, _ in places)), label == DATASET)


def fit_name_types(examples: Sequence[NameExample]) -> NameTypeWeights:
    """Fit the logistic regression to some names."""
    from sklearn.linear_model import LogisticRegression

    counts = Counter(word for example in examples for word in example.contexts)
    words = sorted(word for word, n in counts.items() if n >= _LEAST_NAMES)
    columns = {word: j for j, word in enumerate(words)}
    features = np.zeros((len(examples), len(words)), np.float32)
    for i, example in enumerate(examples):
        for word, n in example.contexts.items():
            if word in columns:
                features[i, columns[word]] = np.log1p(n)
    model = LogisticRegression(max_iter=3000).fit(features, [example.is_dataset for example in examples])
    weights = {word: round(float(weight), 3) for word, weight in zip(words, model.coef_[0], strict=True)}
    return NameTypeWeights(round(float(model.intercept_[0]), 3), weights)


def measure_held_out(examples: Sequence[NameExample]) -> dict[str, tuple[int, int, int]]:
    """For each kind, of names in texts that the weights were not fitted to: said surely and right, said surely, all."""
    said: dict[str, list[int]] = {DATASET: [0, 0, 0], METHOD: [0, 0, 0]}
    for fold in range(_N_FOLDS):
        weights = fit_name_types([example for example in examples if example.text_index % _N_FOLDS != fold])
        for example in (one for one in examples if one.text_index % _N_FOLDS == fold):
            probability = weights.probability(example.contexts)
            said[DATASET if example.is_dataset else METHOD][2] += 1
            for kind, sure in ((DATASET, probability), (METHOD, 1 - probability)):
                if sure >= LEAST_PROBABILITY:
                    said[kind][0] += (kind == DATASET) == example.is_dataset
                    said[kind][1] += 1
    return {kind: (right, n, n_all) for kind, (right, n, n_all) in said.items()}


def main(arguments: Iterable[str] | None = None) -> None:
    """Fit the weights and write their file."""
    parser = argparse.ArgumentParser(
        prog="python -m extractors.training.name_types",
        description="Fit the words that tell methods and data sets apart.",
    )
    parser.add_argument("corpora", nargs="+", type=Path, help="annotated papers (JSONL)")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE, help="default: the shipped weights")
    options = parser.parse_args(None if arguments is None else list(arguments))
    examples = find_examples([text for path in options.corpora for text in read_corpus(path)])
    for kind, (right, n, n_all) in measure_held_out(examples).items():
        sys.stdout.write(f"{kind}: {right} of {n} that are said surely are right; there are {n_all}\n")
    weights = fit_name_types(examples)
    content = {"bias": weights.bias, "weights": weights.weights}
    options.out.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{options.out}: {len(weights.weights)} words, from {len(examples)} names\n")


if __name__ == "__main__":
    main()
