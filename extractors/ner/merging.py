"""What overlapping windows found, put together: the window that sees most around a token decides on it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.ner.spans import ScoredSpans, join_spans
from extractors.windows import Window


def merge_tags(
    windows: Sequence[Window], probs: Sequence[NDArray[np.float32]], lengths: Sequence[int], n_tags: int
) -> list[NDArray[np.float32]]:
    """Tag probabilities of each text's tokens, each from the window that decides on it.

    Args:
        windows: Windows over the texts, in any order.
        probs: Per window, shape (T of the window, n_tags).
        lengths: Tokens of each text.
        n_tags: Number of tags.

    Returns:
        Shape (T of the text, n_tags), float32, per text.
    """
    merged = [np.empty((n, n_tags), np.float32) for n in lengths]
    for window, rows in zip(windows, probs, strict=True):
        kept = slice(window.keep_start - window.start, window.keep_end - window.start)
        merged[window.text_index][window.keep_start : window.keep_end] = rows[kept]
    return merged


def merge_spans(windows: Sequence[Window], spans: Sequence[ScoredSpans], n_texts: int) -> list[ScoredSpans]:
    """Spans of each text in its tokens; a span that two windows see comes from the one that decides on its middle.

    Args:
        windows: Windows over the texts, in any order.
        spans: Per window, in tokens of the window.
        n_texts: Number of texts.
    """
    found: list[list[ScoredSpans]] = [[] for _ in range(n_texts)]
    for window, part in zip(windows, spans, strict=True):
        moved = part.shifted(window.start)
        middles = (moved.firsts + moved.lasts) // 2
        found[window.text_index].append(moved[(window.keep_start <= middles) & (middles < window.keep_end)])
    return [join_spans(parts) for parts in found]
