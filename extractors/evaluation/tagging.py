"""A tagger's answers on annotated texts, how fast they come, and how far windows change them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.evaluation.predictions import Found, Run
from extractors.evaluation.report import Cell, Section, Table
from extractors.ner.tagger import Tagger, tag_texts
from extractors.ner.thresholds import without_least_scores
from extractors.training.corpora import GoldText
from schemas.records import Mention

_MOST_PAPERS = 40  # papers of which the latency is taken, one by one
_PHASES = (37, 111)  # tokens by which the windows are shifted
_LEAST_SCORES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Speed:
    """Time of tagging, from text to merged mentions.

    Attributes:
        n_papers, n_tokens: Of the texts, without overlap, special tokens and padding.
        seconds: All texts in one call.
        paper_seconds: Each of the texts alone, at most 40 of them.
    """

    n_papers: int
    n_tokens: int
    seconds: float
    paper_seconds: tuple[float, ...]


def run_tagger(tagger: Tagger, name: str, texts: Sequence[GoldText]) -> Run:
    """Tag the texts as the model is set, and again without least scores."""
    plain = [text.text for text in texts]
    with without_least_scores(tagger):
        loose = tag_texts(tagger, plain)
    found = tag_texts(tagger, plain)
    return Run(name, tuple(map(Found, found)), tuple(map(Found, loose)))


def measure_speed(tagger: Tagger, texts: Sequence[str]) -> Speed:
    """Time a tagger on papers; the first call, which is slower, does not count."""
    tag_texts(tagger, [texts[0][:2000]])
    n_tokens = sum(map(len, tagger.reader.tokenize(texts)))
    start = time.perf_counter()
    tag_texts(tagger, texts)
    seconds = time.perf_counter() - start
    alone = []
    for text in texts[:_MOST_PAPERS]:
        start = time.perf_counter()
        tag_texts(tagger, [text])
        alone.append(time.perf_counter() - start)
    return Speed(len(texts), n_tokens, seconds, tuple(alone))


def speed_section(speed: Speed, device: str) -> Section:
    """Latency and throughput as a table."""
    p50, p95 = np.percentile(speed.paper_seconds, [50, 95])
    rows: tuple[tuple[Cell, ...], ...] = (
        ("texts", speed.n_papers),
        ("tokens", speed.n_tokens),
        ("tokens a text, mean", speed.n_tokens / speed.n_papers),
        ("seconds a text alone, p50", float(p50)),
        ("seconds a text alone, p95", float(p95)),
        ("texts a second, all in one call", speed.n_papers / speed.seconds),
        ("tokens a second, all in one call", speed.n_tokens / speed.seconds),
    )
    note = f"From text to merged mentions on {device}; tokens are those of the texts, without overlap and padding."
    return Section("Speed", note, (Table("speed", ("", "value"), rows),))


def window_section(tagger: Tagger, texts: Sequence[str], found: Sequence[Found]) -> Section:
    """How many mentions are the same when all windows begin elsewhere."""
    rows: list[tuple[Cell, ...]] = []
    for phase in _PHASES:
        if phase < tagger.config.max_tokens - tagger.model.n_extra_tokens - tagger.config.overlap - 2:
            shifted = tag_texts(tagger, texts, phase=phase)
            for least in _LEAST_SCORES:
                n_same, n_all = _agreement([f.mentions for f in found], shifted, least)
                rows.append((phase, least, n_same / max(1, n_all), n_same, n_all))
    columns = ("shift in tokens", "least score", "share the same", "the same", "found either way")
    note = (
        "Mentions with the same bounds and type, of those that are found either way. A mention counts if it reaches "
        "the least score on one of the two sides."
    )
    return Section("Windows", note, (Table("windows", columns, tuple(rows)),))


def _agreement(
    first: Sequence[Sequence[Mention]], second: Sequence[Sequence[Mention]], least: float
) -> tuple[int, int]:
    n_same = n_all = 0
    for one, other in zip(first, second, strict=True):
        sides = [{(m.start_char, m.end_char, m.label): m.score for m in mentions} for mentions in (one, other)]
        for span in sides[0].keys() | sides[1].keys():
            if max(side.get(span, 0.0) for side in sides) >= least:
                n_all += 1
                n_same += all(span in side for side in sides)
    return n_same, n_all
