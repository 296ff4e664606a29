"""Gold mentions to what each token may be, with partial labels: as tags for tag models, as spans for span models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.ner.numbers import find_possible_results, keep_near
from extractors.ner.readers import Reader
from extractors.ner.tags import OUTSIDE, TagScheme
from extractors.training.corpora import Entity, GoldText
from extractors.windows import TokenStream
from schemas.records import Span


@dataclass(frozen=True, slots=True)
class Example:
    """A tokenised text with what is known of its words.

    Attributes:
        stream: The tokens.
        allowed: Shape (T, K), bool: the tags a token may have. All of them for a token that is not tagged.
        spans: Shape (M, 3), int64: first tokens of the first and the last word of each mention, nested ones too, and
            its type.
        unknown: Shape (T, n_types), bool: True where a word may be an unlabelled mention of a type.
        is_mention: Shape (T,), bool: tokens inside gold mentions.
        is_rare: Shape (T,), bool: tokens of mentions whose type the text does not annotate in full.
        share: Share of the text's windows to train on in an epoch.
    """

    stream: TokenStream
    allowed: NDArray[np.bool_]
    spans: NDArray[np.int64]
    unknown: NDArray[np.bool_]
    is_mention: NDArray[np.bool_]
    is_rare: NDArray[np.bool_]
    share: float


def make_examples(
    texts: Sequence[GoldText],
    reader: Reader,
    types: Sequence[str],
    *,
    scheme: str = "bio",
    label_all: bool = False,
) -> list[Example]:
    """Tokenise texts and lay their annotation over the tokens.

    Args:
        texts: Annotated texts.
        reader: Makes the tokens.
        types: Entity types, in the order of the tags.
        scheme: Name of the tag scheme.
        label_all: Every sub-word gets its word's tag; default only the first one, others are not in the loss.
    """
    tags = TagScheme.named(scheme, len(types))
    streams = reader.tokenize([text.text for text in texts])
    return [_make_example(text, stream, types, tags, label_all) for text, stream in zip(texts, streams, strict=True)]


def _make_example(
    text: GoldText, stream: TokenStream, types: Sequence[str], tags: TagScheme, label_all: bool
) -> Example:
    unknown = _unknown_types(text, stream, types)
    allowed = unknown[:, np.maximum(tags.types(), 0)]  # (T, K)
    allowed[:, OUTSIDE] = True
    is_mention = np.zeros(len(stream), bool)
    is_rare = np.zeros(len(stream), bool)
    spans = []
    flat = set(outermost([entity for entity in text.entities if entity.label in types]))
    for entity in text.entities:
        covered = slice(*np.searchsorted(stream.starts, [entity.start_char, entity.end_char]))
        words = np.arange(len(stream))[covered][stream.is_word[covered]]
        if not len(words) or entity.label not in types:
            continue
        index = types.index(entity.label)
        spans.append((words[0], words[-1], index))
        is_mention[covered] = True
        is_rare[covered] |= entity.label not in text.annotated
        if entity in flat:
            allowed[words] = False
            allowed[words, tags.tags_for(index, len(words))] = True
    allowed[~stream.is_word] = True
    if label_all:
        is_text = stream.starts < stream.ends  # line ends have no word
        word = np.maximum.accumulate(np.where(stream.is_word, np.arange(len(stream)), 0))
        allowed[is_text] = allowed[word][is_text]
    found = np.array(spans, np.int64).reshape(-1, 3)
    return Example(stream, allowed, found, unknown, is_mention, is_rare, text.share)


def _unknown_types(text: GoldText, stream: TokenStream, types: Sequence[str]) -> NDArray[np.bool_]:
    """Shape (T, n_types), bool: what a word may be where there is no gold mention."""
    unknown = np.zeros((len(stream), len(types)), bool)
    for index, label in enumerate(types):
        if label not in text.annotated:
            unknown[_possible_tokens(text, stream) if label == "Result" else slice(None), index] = True
    for entity in text.uncertain:
        unknown[slice(*np.searchsorted(stream.starts, [entity.start_char, entity.end_char]))] = True
    return unknown


def _possible_tokens(text: GoldText, stream: TokenStream) -> NDArray[np.bool_]:
    """Shape (T,), bool: tokens of numbers that may be unlabelled results. A result has a metric in its sentence."""
    spans = find_possible_results(text.text)
    if "Metric" in text.annotated and text.sentences:
        metrics = [Span(e.start_char, e.end_char) for e in text.entities if e.label == "Metric"]
        spans = keep_near(spans, text.sentences, metrics)
    possible = np.zeros(len(stream), bool)
    for span in spans:
        possible[slice(*np.searchsorted(stream.starts, [span.start_char, span.end_char]))] = True
    return possible


def outermost(entities: Sequence[Entity]) -> list[Entity]:
    """The entities that lie in no other one, in text order; of two that cross, the first stays."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start_char, -e.end_char)):
        if not kept or entity.start_char >= kept[-1].end_char:
            kept.append(entity)
    return kept


def class_weights(examples: Sequence[Example], n_types: int, power: float) -> NDArray[np.float32]:
    """Shape (1 + n_types,), float32: weight of words outside and of each type, by how rare they are.

    Args:
        examples: Training examples.
        n_types: Number of types.
        power: 0 weighs all alike, 1 makes every class count the same in sum, 0.5 lies between.
    """
    counts = np.zeros(1 + n_types)
    for example in examples:
        words = example.stream.is_word
        counts[0] += (words & ~example.is_mention).sum()
        for first, last, index in example.spans.tolist():
            counts[1 + index] += words[first : last + 1].sum()
    weights = np.where(counts > 0, (counts.sum() / np.maximum(counts, 1)) ** power, 1.0)
    return (weights * counts.sum() / (weights * counts).sum()).astype(np.float32)  # mean weight of a word is 1
