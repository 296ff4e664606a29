"""Windows of a relation classifier: the sentences with candidate pairs and their neighbours, as token ids.

One encoding of a window serves all pairs of all its sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from extractors.relations.labels import RelationLabels
from extractors.relations.pairs import SentencePairs
from schemas.records import Mention, Span


@dataclass(frozen=True, slots=True)
class PairWindow:
    """A run of sentences of one text, ready for the encoder. T tokens, M mentions, P pairs.

    Attributes:
        text_index: Which text of the call it is of.
        token_ids: Shape (T,), int64, with the special tokens at both ends.
        mention_ids: Shape (M,), int64, indices into the text's mentions.
        mention_types: Shape (M,), int64, ids of entity types.
        mention_tokens: Shape (M, 2), int64, first and last token of each mention (inclusive).
        sentence_tokens: Shape (M, 2), int64, first and last token of the mention's sentence (inclusive).
        sentences: Shape (M, 2), int64, the mention's sentence in characters of the text.
        pairs: Shape (P, 2), int64, positions in the mention arrays.
    """

    text_index: int
    token_ids: NDArray[np.int64]
    mention_ids: NDArray[np.int64]
    mention_types: NDArray[np.int64]
    mention_tokens: NDArray[np.int64]
    sentence_tokens: NDArray[np.int64]
    sentences: NDArray[np.int64]
    pairs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of a very long one, in tokens."""

    token_ids: list[int]
    starts: NDArray[np.int64]  # (T,) first character of each token, in the text
    ends: NDArray[np.int64]  # (T,) end of each token
    sentence: SentencePairs | None  # None: context only


def build_windows(
    text_index: int,
    text: str,
    mentions: Sequence[Mention],
    sentences: Sequence[Span],
    candidates: Sequence[SentencePairs],
    labels: RelationLabels,
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_tokens: int,
    context: int,
) -> list[PairWindow]:
    """Pack the sentences with candidate pairs, with ``context`` neighbours on each side, into windows.

    A sentence longer than a window is cut into pieces; a pair whose mentions fall into different pieces is dropped.

    Args:
        text_index: Position of the text in the call.
        text: The text.
        mentions: Mentions of the text.
        sentences: All sentences of the text, in text order.
        candidates: Those with pairs (``find_pairs``), in text order.
        labels: The classifier's relations.
        tokenizer: A fast tokenizer (it must give offsets).
        max_tokens: Most tokens of a window, special tokens included.
        context: Neighbouring sentences on each side that are encoded too; 0 for none.
    """
    by_start = {candidate.start_char: candidate for candidate in candidates}
    wanted = sorted(
        {
            neighbour
            for position, sentence in enumerate(sentences)
            if sentence.start_char in by_start
            for neighbour in range(max(0, position - context), min(len(sentences), position + context + 1))
        }
    )
    if not wanted:
        return []
    capacity = max_tokens - 2
    encoded = tokenizer(
        [text[sentences[i].start_char : sentences[i].end_char] for i in wanted],
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    runs: list[list[_Unit]] = []
    size, previous = 0, -2
    for i, ids, offsets in zip(wanted, encoded["input_ids"], encoded["offset_mapping"], strict=True):
        for unit in _cut(ids, offsets, sentences[i], by_start.get(sentences[i].start_char), capacity):
            apart = context == 0 or i > previous + 1
            if apart or size + len(unit.token_ids) > capacity:
                runs.append([])
                size = 0
            runs[-1].append(unit)
            size += len(unit.token_ids)
            previous = i
    windows = (_window(text_index, run, mentions, labels, tokenizer) for run in runs)
    return [window for window in windows if len(window.pairs)]


def _cut(
    ids: list[int], offsets: list[tuple[int, int]], sentence: Span, pairs: SentencePairs | None, capacity: int
) -> list[_Unit]:
    """A sentence as one unit, or as several if it is longer than a window."""
    places = np.array(offsets, dtype=np.int64).reshape(-1, 2) + sentence.start_char
    return [
        _Unit(ids[low : low + capacity], places[low : low + capacity, 0], places[low : low + capacity, 1], pairs)
        for low in range(0, len(ids), capacity)
    ]


def _window(
    text_index: int,
    units: Sequence[_Unit],
    mentions: Sequence[Mention],
    labels: RelationLabels,
    tokenizer: PreTrainedTokenizerBase,
) -> PairWindow:
    token_ids = [tokenizer.cls_token_id]
    ids: list[int] = []
    tokens: list[tuple[int, int]] = []
    sentence_tokens: list[tuple[int, int]] = []
    sentences: list[tuple[int, int]] = []
    pairs: list[tuple[int, int]] = []
    for unit in units:
        low = len(token_ids)
        token_ids.extend(unit.token_ids)
        if unit.sentence is None:
            continue
        place = {}
        for position, i in enumerate(unit.sentence.mentions):
            first = int(np.searchsorted(unit.ends, mentions[i].start_char, side="right"))
            last = int(np.searchsorted(unit.starts, mentions[i].end_char, side="left")) - 1
            if last < first or mentions[i].start_char < unit.starts[0] or mentions[i].end_char > unit.ends[-1]:
                continue  # in another piece of a cut sentence, or without a token of its own
            place[position] = len(ids)
            ids.append(i)
            tokens.append((low + first, low + last))
            sentence_tokens.append((low, len(token_ids) - 1))
            sentences.append((unit.sentence.start_char, unit.sentence.end_char))
        pairs.extend((place[a], place[b]) for a, b in unit.sentence.pairs.tolist() if a in place and b in place)
    token_ids.append(tokenizer.sep_token_id)
    types = [labels.type_ids[mentions[i].label] for i in ids]
    return PairWindow(
        text_index,
        np.array(token_ids, dtype=np.int64),
        np.array(ids, dtype=np.int64),
        np.array(types, dtype=np.int64),
        _rows(tokens),
        _rows(sentence_tokens),
        _rows(sentences),
        _rows(pairs),
    )


def _rows(pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def batch_windows(windows: Sequence[PairWindow], max_batch_tokens: int) -> list[list[int]]:
    """Group windows of like length, longest first, with at most ``max_batch_tokens`` tokens when padded.

    Returns:
        Indices into ``windows``.
    """
    order = sorted(range(len(windows)), key=lambda i: (-len(windows[i].token_ids), i))
    batches: list[list[int]] = []
    for i in order:
        if not batches or len(windows[batches[-1][0]].token_ids) * (len(batches[-1]) + 1) > max_batch_tokens:
            batches.append([])
        batches[-1].append(i)
    return batches
