"""Fit the consistency model of a tagger: which candidates of a paper are mentions, given all that the paper says.

A tagger is too sure of texts that it was trained on, so the features come from a twin: a tagger trained in the same way
on every other text (``NerSettings.half``), applied to the texts that it did not see.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from extractors.ner.candidates import Candidates, find_candidates
from extractors.ner.consistency import ConsistencyModel, choose, sharpen
from extractors.ner.tagger import Tagger, predict_tags
from extractors.ner.targets import outermost
from extractors.training.corpora import GoldText
from extractors.windows import TokenStream, tokenize_texts
from schemas.errors import ConfigError

_THRESHOLDS = np.arange(0.15, 0.61, 0.05)
_INVERSE_PENALTY = 1.0


def fit_consistency(
    twin: Tagger, held_out: Sequence[GoldText], tagger: Tagger, dev: Sequence[GoldText], types: Sequence[str]
) -> ConsistencyModel:
    """Weights from the twin's held-out texts, the least score from dev.

    Args:
        twin: Trained like ``tagger``, without ``held_out``.
        held_out: Texts that annotate the types in full; whole papers, since that is what the features speak of.
        tagger: The tagger that the model is for.
        dev: Texts that neither has seen.
        types: Types to judge.

    Raises:
        ConfigError: There are no mentions of the types.
    """
    candidates, is_gold = _candidates(twin, held_out, types)
    labels = np.concatenate(is_gold)
    if labels.all() or not labels.any():
        raise ConfigError(f"the held-out texts have no mentions of {', '.join(types)} to fit a consistency model to")
    weights, bias = _fit(np.concatenate([c.features for c in candidates]), labels)
    model = ConsistencyModel(weights, bias, dict.fromkeys(types, 0.5))
    return replace(model, min_scores=dict.fromkeys(types, _best_threshold(model, tagger, dev)))


def _fit(features: NDArray[np.float32], labels: NDArray[np.bool_]) -> tuple[list[float], float]:
    """Weights and bias of a logistic regression, for features as they are (it is fitted to scaled ones)."""
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    regression = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000).fit((features - mean) / scale, labels)
    weights = regression.coef_[0] / scale
    return [round(float(w), 5) for w in weights], round(float(regression.intercept_[0] - weights @ mean), 5)


def _best_threshold(model: ConsistencyModel, tagger: Tagger, dev: Sequence[GoldText]) -> float:
    """The least score with the best micro F1 on dev: one for all types, since dev sets are small."""
    labels = list(model.min_scores)
    candidates, is_gold = _candidates(tagger, dev, labels)
    n_gold = sum(entity.label in labels for text in dev for entity in outermost(text.entities))
    scores = [model.probabilities(c) for c in candidates]
    f1 = []
    for threshold in _THRESHOLDS:
        least = np.full(len(tagger.config.types), threshold)
        chosen = [choose(c, s, least) for c, s in zip(candidates, scores, strict=True)]
        right = sum(int(gold[indexes].sum()) for gold, indexes in zip(is_gold, chosen, strict=True))
        f1.append(2 * right / max(1, sum(map(len, chosen)) + n_gold))
    return round(float(_THRESHOLDS[int(np.argmax(f1))]), 2)


def _candidates(
    tagger: Tagger, texts: Sequence[GoldText], types: Sequence[str]
) -> tuple[list[Candidates], list[NDArray[np.bool_]]]:
    """The candidates of each text and whether each is a gold mention."""
    streams = tokenize_texts([text.text for text in texts], tagger.encoder)
    candidates, is_gold = [], []
    for text, stream, probs in zip(texts, streams, predict_tags(tagger, streams), strict=True):
        found = _find(tagger, text.text, stream, probs, types)
        gold = {(e.start_char, e.end_char, e.label) for e in outermost(text.entities)}
        starts, ends = stream.starts[stream.is_word], stream.word_ends()
        spans = zip(starts[found.first].tolist(), ends[found.last].tolist(), found.type_index.tolist(), strict=True)
        candidates.append(found)
        is_gold.append(np.array([(a, b, tagger.config.types[t]) in gold for a, b, t in spans], bool))
    return candidates, is_gold


def _find(
    tagger: Tagger, text: str, stream: TokenStream, probs: NDArray[np.float32], types: Sequence[str]
) -> Candidates:
    words = stream.is_word
    printed = [text[a:b] for a, b in zip(stream.starts[words].tolist(), stream.word_ends().tolist(), strict=True)]
    indexes = [tagger.config.types.index(label) for label in types]
    return find_candidates(sharpen(probs[words], tagger.config.temperature), stream.is_break[words], printed, indexes)
