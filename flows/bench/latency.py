"""Latency: how long one full paper takes in each stage, alone, with the models loaded."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from extractors.pdf.read import parse_pdf
from flows.bench.load import FreshGraphs, load_papers, write_shards
from flows.bench.material import SETTINGS, Material
from flows.extraction import relate_papers, tag_papers, with_title
from linking.papers import link_papers

T = TypeVar("T")


def measure_latency(material: Material) -> dict[str, list[float]]:
    """Seconds of each paper in each stage, and in all of them; a paper counts once a round."""
    graphs = FreshGraphs(material.work / "latency")
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    graphs.open()
    _read_one(material, 0, graphs, defaultdict(list))  # what is done once a process is not latency
    for _ in range(material.call.rounds):
        graphs.open()
        for i in range(len(material.papers)):
            of_paper: defaultdict[str, list[float]] = defaultdict(list)
            _read_one(material, i, graphs, of_paper)
            for stage, times in of_paper.items():
                seconds[stage] += times
            seconds["all stages"].append(sum(map(sum, of_paper.values())))
    graphs.connection.close()
    return dict(seconds)


def percentile(seconds: list[float], share: float) -> float:
    """The time within which so many percent of the papers are done."""
    return float(np.percentile(seconds, share))


def _read_one(material: Material, i: int, graphs: FreshGraphs, seconds: defaultdict[str, list[float]]) -> None:
    def timed(stage: str, run: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = run()
        seconds[stage].append(time.perf_counter() - began)
        return result

    paper, linker = material.papers[i], material.linker
    timed("parse", lambda: with_title(parse_pdf(material.paths[i], settings=SETTINGS)))
    tagged = timed("tag", lambda: tag_papers(material.tagger, material.fields, [paper]))
    timed("relate", lambda: relate_papers(material.classifier, [paper], tagged))
    linker.forget()
    timed("link", lambda: link_papers(linker.kb, [(paper.text, tagged[0])], linker=linker))
    shards = write_shards(material, range(i, i + 1), graphs.folder)
    timed("load", lambda: load_papers(graphs.connection, shards))
