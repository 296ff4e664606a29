"""The whole pipeline as a user runs it, against the sum of its bare parts; its memory, the share of orchestration."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import psutil

from extractors.ner.tagger import Tagger
from extractors.pdf.read import parse_pdf
from flows.bench.copies import make_copies
from flows.bench.material import SETTINGS, Material
from flows.bench.parse import read_raw
from flows.bench.relate import encode_windows, relation_inputs
from flows.bench.tag import encode_only
from flows.extraction import regions_to_tag
from flows.memory import Memory, proportional_bytes, watch_memory
from schemas.errors import PapergraphError
from schemas.graph.database import open_graph
from schemas.own_process import module_command

_LOOK_S: Final = 0.25
PARSE: Final = "parse"  # goes on beside the other stages; what they wait for it is told apart


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One run of ``papergraph ingest``. Seconds are of the wall.

    Attributes:
        n_papers: Papers of the run, made from fewer.
        n_failed: Of them.
        wall_s: Of the process, from its start to its end.
        run_s: Of the run within it.
        stage_s: Where the run's own time went, by name, see ``RunFigures.seconds``.
        peak_bytes: Of all processes together.
        bare_s: Of the bare parts by name, in the same round, for as many papers.
    """

    n_papers: int
    n_failed: int
    wall_s: float
    run_s: float
    stage_s: Mapping[str, float]
    peak_bytes: int
    bare_s: Mapping[str, float]

    @property
    def orchestration(self) -> float:
        """Share of the process's time, its start and end included, that went to no stage."""
        return 1 - self._in_stages / self.wall_s

    @property
    def orchestration_of_run(self) -> float:
        """The same without start and end, which a longer run hardly notices."""
        return 1 - self._in_stages / self.run_s

    @property
    def _in_stages(self) -> float:
        return sum(seconds for stage, seconds in self.stage_s.items() if stage != PARSE)

    @property
    def paper_s(self) -> float:
        """Seconds a paper, start and end of the process aside."""
        return self.run_s / self.n_papers

    def times_bare(self, *parts: str) -> float:
        """How many times the sum of some bare parts the run took."""
        return self.wall_s / sum(self.bare_s[part] for part in parts)


RAW, OWN = "PyMuPDF get_text()", "papergraph's parsing"
TAG, TAG_FLOATS, RELATE = "tag encoder", "tag encoder in floats", "relate encoder"


def run_pipeline(material: Material) -> list[PipelineRun]:
    """Run each size once a round, after the bare parts."""
    sizes = material.call.pipeline_papers or (len(material.papers),)
    folders = {size: material.work / f"papers-{size}" for size in sizes}
    for size, folder in folders.items():
        make_copies(material.paths, size, folder)
    parts = _bare_parts(material)
    runs = []
    with ProcessPoolExecutor(material.call.workers, get_context("spawn")) as pool:
        _read_all(pool, read_raw, material.paths[:1] * material.call.workers)  # the processes are started
        readers = {RAW: read_raw, OWN: _read_own}
        for _ in range(material.call.rounds):
            bare = {name: _time(partial(_read_all, pool, read, material.paths)) for name, read in readers.items()}
            bare |= {name: _time(run) for name, run in parts.items()}
            for size, folder in folders.items():
                scaled = {name: seconds * size / len(material.paths) for name, seconds in bare.items()}
                runs.append(_ingest(material, size, folder, scaled))
    return runs


def _bare_parts(material: Material) -> dict[str, Callable[[], None]]:
    """The forward passes over what the two stages read, ready made."""
    windows = material.classifier.windows_of(*relation_inputs(material))
    plain = Tagger.load(material.call.ner_model, material.tagger.device, int8=False)
    regions = [regions_to_tag(paper) for paper in material.papers]
    return {
        TAG: encode_only(material.tagger, material.texts, regions),
        TAG_FLOATS: encode_only(plain, material.texts, regions),
        RELATE: encode_windows(material.classifier, windows),
    }


def _read_all(pool: ProcessPoolExecutor, read: Callable[[Path], int], paths: Sequence[Path]) -> list[int]:
    return list(pool.map(read, paths))


def _read_own(path: Path) -> int:
    return len(parse_pdf(path, settings=SETTINGS).text)


def _time(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _ingest(material: Material, size: int, papers: Path, bare: Mapping[str, float]) -> PipelineRun:
    """Ingest a folder into a fresh graph in a process of its own."""
    call, place = material.call, material.work / "ingest"
    place.mkdir()
    graph = place / "graph.duckdb"
    options = ["--graph", graph, "--work", place / "work", "--workers", call.workers, "--device", call.device]
    options += ["--kb", material.knowledge_base]
    options += ["--ner-model", call.ner_model, "--relation-model", call.relation_model]
    command, environment = module_command("flows", "ingest", papers, *options)
    log = place / "log"
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=out, stderr=subprocess.STDOUT, env=environment
        )
        with watch_memory(Memory(psutil.Process(process.pid), proportional_bytes), _LOOK_S) as memory:
            status = process.wait()
    wall_s = time.perf_counter() - began
    if status not in (0, 1):
        raise PapergraphError(
            f"papergraph ingest ended with status {status}: {log.read_text(errors='replace')[-2000:]}"
        )
    with open_graph(graph, read_only=True) as connection:
        ((stages, run_s, n_failed),) = connection.execute(
            "SELECT stage_seconds, epoch(finished_at - started_at), n_failed FROM runs"
        ).fetchall()
    shutil.rmtree(place)
    return PipelineRun(size, n_failed, wall_s, run_s, json.loads(stages), memory.peak_bytes, bare)
