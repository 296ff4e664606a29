"""How fast whole papers are tagged: ``python tests/measure_tagging.py papers.jsonl [--model DIR] [--papers N]``.

Side by side and in turn: a tagger from text to merged mentions; the bare encoder, which is given the same real tokens
in windows without overlap, ready made and in the same number format; and Hugging Face's pipeline for token
classification with the same weights, in its own fp32 and in bf16 or what else is fastest for torch. Wall seconds on a
machine that should be free, the median of three; all with the same number of threads, one for each core if
``OMP_NUM_THREADS`` says nothing else. The file has one paper a line, with its ``text``.
"""

import argparse
import copy
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import BertForTokenClassification, pipeline

from extractors.ner.readers import WindowBatch, make_batch
from extractors.ner.tagger import SHIPPED_MODEL, Tagger, tag_texts
from extractors.parallel import limit_batch_tokens, run_batches
from extractors.windows import batch_by_length, slide_windows

ROUNDS = 3
BATCH_TOKENS = 4096


def encode_only(tagger: Tagger, texts: list[str]) -> Callable[[], None]:
    """The encoder's forward over all tokens of the texts, and nothing else."""
    streams = tagger.reader.tokenize(texts)
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

    def encode(batch: WindowBatch) -> object:
        return tagger.model.encoder(input_ids=batch.ids, attention_mask=batch.mask) and None

    return lambda: run_batches(encode, batches, tagger.device) and None


def tag_by_pipeline(tagger: Tagger, texts: list[str], dtype: torch.dtype) -> Callable[[], None]:
    """Hugging Face's pipeline with the tagger's weights, windows and overlap."""
    encoder = tagger.model.encoder
    config = copy.deepcopy(encoder.config)
    config.num_labels = tagger.model.head.out_features
    model = BertForTokenClassification(config)
    model.bert, model.classifier = encoder, tagger.model.head
    tokenizer = tagger.encoder.tokenizer
    tokenizer.model_max_length = tagger.config.max_tokens
    run = pipeline(
        "token-classification",
        model=model.to(dtype).eval(),
        tokenizer=tokenizer,
        aggregation_strategy="simple",
        stride=tagger.config.overlap,
        device=tagger.device,
    )
    return lambda: [run(text) for text in texts] and None


def main() -> None:
    """Print the seconds and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL)
    parser.add_argument("--papers", type=int, default=10)
    call = parser.parse_args()
    with call.file.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(call.papers), strict=False)]
    tagger = Tagger.load(call.model)
    plain = Tagger.load(call.model, int8=False)
    dtype = next(plain.model.parameters()).dtype
    n_tokens = sum(map(len, tagger.reader.tokenize(texts)))
    runs: dict[str, Callable[[], object]] = {
        "tagger": lambda: tag_texts(tagger, texts, max_batch_tokens=BATCH_TOKENS),
        "bare encoder": encode_only(tagger, texts),
        f"bare encoder, {dtype}": encode_only(plain, texts),
        f"pipeline, {dtype}": tag_by_pipeline(plain, texts, dtype),
        "pipeline, torch.float32": tag_by_pipeline(Tagger.load(call.model, int8=False), texts, torch.float32),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - began)
    sys.stdout.write(f"{len(texts)} papers, {n_tokens:,} tokens, {torch.get_num_threads()} threads\n")
    for name in runs:
        ratios = [other / own for own, other in zip(times["tagger"], times[name], strict=True)]
        seconds = statistics.median(times[name])
        sys.stdout.write(
            f"{name:26} {seconds:7.2f} s  {n_tokens / seconds:8,.0f} tokens/s"
            f"  {statistics.median(ratios):5.2f} times the tagger's time\n"
        )


if __name__ == "__main__":
    main()
