"""Make a tagger's scores as likely to be right as they say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from extractors.ner.spans import ScoredSpans
from extractors.ner.tagger import Prediction, Tagger, predict
from extractors.ner.targets import Example, make_examples
from extractors.training.corpora import GoldText

_CANDIDATES = np.arange(0.8, 2.55, 0.05)


def fit_temperature(tagger: Tagger, corpora: Sequence[Sequence[GoldText]]) -> float:
    """The temperature with the highest likelihood of held-out corpora, each counting alike.

    One number that all logits are divided by (Guo et al. 2017, arXiv:1706.04599). It is fitted on the words that are or
    might be part of a mention: the many that are plainly outside would decide alone.

    Args:
        tagger: A trained tagger.
        corpora: Held-out texts that were not trained on.
    """
    tagger.config = replace(tagger.config, temperature=1.0)
    losses = sum((_losses(tagger, texts) for texts in corpora), np.zeros(len(_CANDIDATES)))
    if not losses.any():  # nothing was in question
        return 1.0
    return round(float(_CANDIDATES[losses.argmin()]), 2)


def _losses(tagger: Tagger, texts: Sequence[GoldText]) -> NDArray[np.float64]:
    """Shape (len(_CANDIDATES),): mean loss of what is in question under each temperature."""
    config = tagger.config
    examples = make_examples(texts, tagger.reader, config.types, scheme=config.scheme)
    predictions = predict(tagger, [example.stream for example in examples])
    pairs = [_in_question(example, prediction) for example, prediction in zip(examples, predictions, strict=True)]
    logits = np.log(np.maximum(np.concatenate([probs for probs, _ in pairs]), 1e-9))  # (N, K)
    allowed = np.concatenate([right for _, right in pairs])
    if not len(logits):
        return np.zeros(len(_CANDIDATES))
    losses = np.zeros(len(_CANDIDATES))
    for index, temperature in enumerate(_CANDIDATES):
        scaled = np.exp(logits / temperature)
        likelihood = (scaled * allowed).sum(axis=1) / scaled.sum(axis=1)
        losses[index] = -np.log(np.maximum(likelihood, 1e-9)).mean()
    return losses


def _in_question(example: Example, prediction: Prediction) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Probabilities of the classes of words or spans, shape (N, K), and which classes are right."""
    if isinstance(prediction.found, ScoredSpans):
        return _spans_in_question(example, prediction.found)
    words = example.stream.is_word
    probs, allowed = prediction.found[words], example.allowed[words]
    chosen = ~allowed[:, 0] | (probs[:, 0] < 0.99)
    return probs[chosen], allowed[chosen]


def _spans_in_question(example: Example, spans: ScoredSpans) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Spans of which the gold says whether they are mentions, in two classes: none and mention."""
    gold = {tuple(row) for row in example.spans.tolist()}
    rows = zip(spans.firsts.tolist(), spans.lasts.tolist(), spans.types.tolist(), strict=True)
    right = np.array([row in gold for row in rows], bool)
    known = right | ~example.unknown[spans.firsts, spans.types]
    probs = np.stack([1 - spans.scores, spans.scores], axis=1)
    return probs[known], np.stack([~right, right], axis=1)[known]
