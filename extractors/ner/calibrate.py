"""Make a tagger's scores as likely to be right as they say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from extractors.ner.tagger import Tagger, predict_tags
from extractors.ner.targets import make_examples
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
    return round(float(_CANDIDATES[losses.argmin()]), 2)


def _losses(tagger: Tagger, texts: Sequence[GoldText]) -> NDArray[np.float64]:
    """Shape (len(_CANDIDATES),): mean loss of the words in question under each temperature."""
    examples = make_examples(texts, tagger.encoder, tagger.config.types)
    probs = np.concatenate(predict_tags(tagger, [example.stream for example in examples]))  # (T, K)
    allowed = np.concatenate([example.allowed for example in examples])
    words = np.concatenate([example.stream.is_word for example in examples])
    in_question = words & (~allowed[:, 0] | (probs[:, 0] < 0.99))
    logits, allowed = np.log(np.maximum(probs[in_question], 1e-9)), allowed[in_question]
    losses = np.zeros(len(_CANDIDATES))
    for index, temperature in enumerate(_CANDIDATES):
        scaled = np.exp(logits / temperature)
        likelihood = (scaled * allowed).sum(axis=1) / scaled.sum(axis=1)
        losses[index] = -np.log(np.maximum(likelihood, 1e-9)).mean()
    return losses
