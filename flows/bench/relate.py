"""Relating: one encoding of a window for all its pairs, against an encoding for each pair."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from extractors.parallel import limit_batch_tokens, run_batches
from extractors.relations.classifier import RelationClassifier, relate_texts
from extractors.relations.model import PairBatch, collate_windows
from extractors.relations.windows import PairWindow, batch_windows
from extractors.sentences import split_sentences
from flows.bench.material import Material
from flows.bench.tag import finish
from flows.bench.timing import Comparison, Way, time_ways
from flows.extraction import PEOPLE, PROSE_KINDS
from schemas.records import Mention, Span

BATCH_TOKENS: Final = 8192
MAX_PAIRS: Final = 1000  # that are encoded one by one: a fixed sample of all
SEED: Final = 0


def compare_relate(material: Material) -> Comparison:
    """Seconds from texts and mentions to relations, and of the encodings alone."""
    classifier = material.classifier
    texts, mentions, sentences = relation_inputs(material)
    windows = classifier.windows_of(texts, mentions, sentences)
    n_pairs = sum(len(window.pairs) for window in windows)
    alone = _one_by_one(windows)
    ways = [
        Way(
            "papergraph: text and mentions to relations",
            lambda: relate_texts(classifier, texts, mentions, sentences),
            n_pairs,
        ),
        Way("its encoder alone, the same windows", encode_windows(classifier, windows), n_pairs),
        Way("its network, an encoding for each pair", lambda: classifier.logits_of(alone), len(alone)),
    ]
    if not n_pairs:
        ways = [replace(way, run=None, note="no pairs in these papers") for way in ways]
    about = f"{len(texts)} papers, {len(windows):,} windows, {n_pairs:,} pairs, {classifier.device.type}"
    return Comparison("relate", "pairs", about, time_ways(ways, material.call.rounds))


def relation_inputs(material: Material) -> tuple[list[str], list[list[Mention]], list[list[Span]]]:
    """Texts, mentions and sentences as the relate stage has them."""
    mentions = [[m for m in one.mentions if m.label not in PEOPLE] for one in material.tagged]
    sentences = [
        split_sentences(paper.text, [block for block in paper.blocks if block.kind in PROSE_KINDS])
        for paper in material.papers
    ]
    return material.texts, mentions, sentences


def encode_windows(classifier: RelationClassifier, windows: Sequence[PairWindow]) -> Callable[[], None]:
    """The forward pass of a classifier's encoder over windows, ready made."""
    most = limit_batch_tokens(BATCH_TOKENS, classifier.device)
    batches = [
        collate_windows([windows[i] for i in batch], classifier.special_id("pad_token")).to(classifier.device)
        for batch in batch_windows(windows, most)
    ]

    def encode(batch: PairBatch) -> None:
        classifier.network.encode(batch)

    def run() -> None:
        run_batches(encode, batches, classifier.device, classifier.network)
        finish(classifier.device)

    return run


def _one_by_one(windows: Sequence[PairWindow]) -> list[PairWindow]:
    """A window for each of some pairs, in which only its two mentions are marked."""
    pairs = [(window, i) for window in windows for i in range(len(window.pairs))]
    chosen = random.Random(SEED).sample(pairs, min(MAX_PAIRS, len(pairs)))  # noqa: S311
    return [_only_pair(window, i) for window, i in chosen]


def _only_pair(window: PairWindow, i: int) -> PairWindow:
    ends = window.pairs[i]
    return replace(
        window,
        mention_ids=window.mention_ids[ends],
        mention_types=window.mention_types[ends],
        mention_tokens=window.mention_tokens[ends],
        sentence_tokens=window.sentence_tokens[ends],
        sentences=window.sentences[ends],
        pairs=np.array([[0, 1]], np.int64),
    )
