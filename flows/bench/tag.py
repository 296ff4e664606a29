"""Tagging: from text to merged mentions, against the bare encoder and Hugging Face's pipeline with the same weights."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from transformers import BertForTokenClassification, pipeline

from extractors.ner.readers import WindowBatch, make_batch
from extractors.ner.tagger import Tagger, tag_texts
from extractors.parallel import limit_batch_tokens, run_batches
from extractors.windows import batch_by_length, slide_windows
from flows.bench.material import Material
from flows.bench.timing import Comparison, Way, time_ways
from schemas.records import Span

BATCH_TOKENS: Final = 4096
PIPELINE_ARCHITECTURE: Final = "bert"  # the one that Hugging Face's class for token classification has too


def compare_tag(material: Material) -> Comparison:
    """Seconds to tag the whole texts of the papers; all with the same number of threads."""
    tagger, texts = material.tagger, material.texts
    plain = Tagger.load(material.call.ner_model, tagger.device, int8=False)
    dtype = next(plain.model.parameters()).dtype
    n_tokens = sum(map(len, tagger.reader.tokenize(texts)))
    ways = [
        Way(
            "papergraph: text to merged mentions",
            lambda: tag_texts(tagger, texts, max_batch_tokens=BATCH_TOKENS),
            n_tokens,
        ),
        Way("its encoder alone, the same tokens", encode_only(tagger, texts), n_tokens),
        Way(f"its encoder alone, {_name(dtype)}", encode_only(plain, texts), n_tokens),
        _pipeline_way(plain, texts, dtype, n_tokens),
    ]
    if dtype != torch.float32:
        as_it_comes = Tagger.load(material.call.ner_model, tagger.device, int8=False)
        ways.append(_pipeline_way(as_it_comes, texts, torch.float32, n_tokens))
    about = f"{len(texts)} papers, {n_tokens:,} tokens, {torch.get_num_threads()} threads, {tagger.device.type}"
    return Comparison("tag", "tokens", about, time_ways(ways, material.call.rounds))


def encode_only(
    tagger: Tagger, texts: Sequence[str], regions: Sequence[Sequence[Span]] | None = None
) -> Callable[[], None]:
    """The forward pass of a tagger's encoder over all tokens of the texts, ready made and without overlap."""
    streams = tagger.reader.tokenize(texts, regions)
    windows = slide_windows([len(s) for s in streams], max_tokens=tagger.config.max_tokens, overlap=0)
    most = limit_batch_tokens(BATCH_TOKENS, tagger.device)
    batches = [
        make_batch(
            tagger.reader,
            [streams[windows[i].text_index].ids[windows[i].start : windows[i].end] for i in batch],
            [streams[windows[i].text_index].is_word[windows[i].start : windows[i].end] for i in batch],
        ).to(tagger.device)
        for batch in batch_by_length([len(window) for window in windows], most)
    ]

    encoder: Any = tagger.model.encoder

    def encode(batch: WindowBatch) -> None:
        encoder(input_ids=batch.ids, attention_mask=batch.mask)

    def run() -> None:
        run_batches(encode, batches, tagger.device, tagger.model)
        finish(tagger.device)

    return run


def finish(device: torch.device) -> None:
    """Wait until a GPU has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _pipeline_way(tagger: Tagger, texts: Sequence[str], dtype: torch.dtype, n_tokens: int) -> Way:
    name = f"Hugging Face pipeline with stride, {_name(dtype)}"
    if tagger.config.architecture != PIPELINE_ARCHITECTURE:
        return Way(name, None, n_tokens, f"has no architecture {tagger.config.architecture}")
    return Way(name, _tag_by_pipeline(tagger, texts, dtype), n_tokens)


def _tag_by_pipeline(tagger: Tagger, texts: Sequence[str], dtype: torch.dtype) -> Callable[[], object]:
    """Hugging Face's pipeline with the tagger's weights, windows and overlap."""
    network: Any = tagger.model
    config = copy.deepcopy(network.encoder.config)
    config.num_labels = network.head.out_features
    model: Any = BertForTokenClassification(config)
    model.bert, model.classifier = network.encoder, network.head
    tokenizer: Any = tagger.encoder.tokenizer
    tokenizer.model_max_length = tagger.config.max_tokens
    run: Any = pipeline(
        "token-classification",
        model=model.to(dtype).eval(),
        tokenizer=tokenizer,
        aggregation_strategy="simple",
        stride=tagger.config.overlap,
        device=tagger.device,
    )
    return lambda: [run(text) for text in texts]


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
