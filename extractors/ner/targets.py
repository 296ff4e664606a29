"""Gold mentions to the tags that each word may have, with partial labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.encoder import Encoder
from extractors.ner.numbers import find_possible_results, keep_near
from extractors.ner.tags import begin_tag, inside_tag, n_tags
from extractors.training.corpora import Entity, GoldText
from extractors.windows import TokenStream, tokenize_texts
from schemas.records import Span


@dataclass(frozen=True, slots=True)
class Example:
    """A tokenised text with what is known of its words.

    Attributes:
        stream: The tokens.
        allowed: Shape (T, K), bool: the tags a token may have. All of them for a token that is not a word.
        is_mention: Shape (T,), bool: tokens inside gold mentions.
        is_rare: Shape (T,), bool: tokens of mentions whose type the text does not annotate in full.
        share: Share of the text's windows to train on in an epoch.
    """

    stream: TokenStream
    allowed: NDArray[np.bool_]
    is_mention: NDArray[np.bool_]
    is_rare: NDArray[np.bool_]
    share: float


def make_examples(texts: Sequence[GoldText], encoder: Encoder, types: Sequence[str]) -> list[Example]:
    """Tokenise texts and lay their annotation over the tokens."""
    streams = tokenize_texts([text.text for text in texts], encoder)
    return [_make_example(text, stream, types) for text, stream in zip(texts, streams, strict=True)]


def _make_example(text: GoldText, stream: TokenStream, types: Sequence[str]) -> Example:
    allowed = _tags_outside(text, stream, types)
    is_mention = np.zeros(len(stream), bool)
    is_rare = np.zeros(len(stream), bool)
    for entity in outermost(text.entities):
        covered = slice(*np.searchsorted(stream.starts, [entity.start_char, entity.end_char]))
        words = np.arange(len(stream))[covered][stream.is_word[covered]]
        if len(words) and entity.label in types:
            index = types.index(entity.label)
            allowed[words] = False
            allowed[words[0], begin_tag(index)] = True
            allowed[words[1:], inside_tag(index)] = True
            is_mention[covered] = True
            is_rare[covered] = entity.label not in text.annotated
    return Example(stream, allowed, is_mention, is_rare, text.share)


def _tags_outside(text: GoldText, stream: TokenStream, types: Sequence[str]) -> NDArray[np.bool_]:
    """Shape (T, K), bool: what a word may be where there is no gold mention."""
    allowed = np.zeros((len(stream), n_tags(len(types))), bool)
    allowed[:, 0] = True
    for index, label in enumerate(types):
        if label not in text.annotated:
            tokens = _possible_tokens(text, stream) if label == "Result" else slice(None)
            allowed[tokens, begin_tag(index)] = True
            allowed[tokens, inside_tag(index)] = True
    allowed[~stream.is_word] = True
    return allowed


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
