"""How large, how fast: ``python tests/measure_graph.py FOLDER 1000000`` (papers; 40 mentions and 10 relations each).

Makes up papers shard by shard, loads and settles them on 2 threads, then asks every question of the cookbook with 2
threads and 8 GB. Prints size per paper, load rate (only the loading is timed), peak memory, and the seconds of each
question: the first time with nothing of the graph in memory, the first time in a new process (both with the opening of
the graph), and the best of three after that. CPU seconds stand beside them, for a machine that others use too. A graph
that is there already is only asked.
"""

import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
from cookbook import read_questions
from synthetic_papers import write_synthetic_shard

from schemas.graph.database import open_graph
from schemas.graph.load import load_shard
from schemas.graph.runs import RunCounts, finish_run, start_run

SHARD_SIZE = 5_000
NAMES = {  # of the sample graph -> much-used ones of the made-up graph
    "Patricia Eleanor Vance": "Alex Author 0000002",
    "Uppsala University": "University 0000001",
    "SQuAD v1.1": "Dataset 0000003",
    "MNLI": "Dataset 0000001",
    "'SLN'": "'Method 0000000'",
    "Piezoelectric strain cells": "Paper 0",
    "26660403764079c9": f"{duckdb.execute('SELECT hash(0)').fetchall()[0][0]:016x}",
    "keyword spotting accuracy": "w00000 w00123 w04567",
    "spotting": "0000077",
}


def load_papers(path: Path, n_papers: int) -> None:
    """Load made-up papers in one run and print what it cost."""
    n_mentions, loading = 0, [0.0, 0.0]
    with open_graph(path, memory_mb=8_192, threads=2) as graph:
        start_run(graph, run_id="20261127T000000-measure", source="made up", settings={})
        for first in range(0, n_papers, SHARD_SIZE):
            shard = write_synthetic_shard(path.parent / "shards", first, min(SHARD_SIZE, n_papers - first))
            started = time.perf_counter(), time.process_time()
            load_shard(graph, run_id="20261127T000000-measure", **shard)
            loading[0] += time.perf_counter() - started[0]
            loading[1] += time.process_time() - started[1]
            for file in shard.values():
                file.unlink()
        ((n_mentions, n_relations),) = graph.execute(
            "SELECT (SELECT count(*) FROM mentions), (SELECT count(*) FROM relations)"
        ).fetchall()
        print(f"{n_papers} papers, {n_mentions} mentions, {n_relations} relations")  # noqa: T201
        print(  # noqa: T201
            f"loading: {loading[0]:.1f} s, {n_mentions / loading[0]:.0f} mentions a second; {loading[1]:.1f} CPU s,"
            f" {n_mentions / loading[1]:.0f} mentions a CPU second"
        )
        started = time.perf_counter(), time.process_time()
        finish_run(graph, run_id="20261127T000000-measure", counts=RunCounts(n_papers, n_papers, 0, 0))
        wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
        print(f"settling: {wall:.1f} s, {cpu:.1f} CPU s")  # noqa: T201
    print(f"size: {path.stat().st_size / 1e9:.2f} GB, {path.stat().st_size / n_papers:.0f} bytes a paper")  # noqa: T201
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB", flush=True)  # noqa: T201


def ask_questions(path: Path) -> None:
    """Time the cookbook's questions, each in processes of its own."""
    for question, text in read_questions().items():
        sql = text
        for sample, made_up in NAMES.items():
            sql = sql.replace(sample, made_up)
        forget(path)
        (cold, cold_cpu, _), *_ = in_new_process(path, sql, 1)
        (first, first_cpu, n_rows), *rest = in_new_process(path, sql, 4)
        best, best_cpu = min(wall for wall, *_ in rest), min(cpu for _, cpu, _ in rest)
        print(  # noqa: T201
            f"{cold:5.2f} s cold ({cold_cpu:5.2f} CPU), {first:5.2f} s first ({first_cpu:5.2f}),"
            f" {best:5.2f} s best ({best_cpu:5.2f}), {n_rows:3d} rows: {question}",
            flush=True,
        )


def forget(path: Path) -> None:
    """Have the system keep nothing of a file in memory."""
    with path.open("rb") as file:
        os.fsync(file.fileno())  # what is not written yet is kept
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def in_new_process(path: Path, sql: str, n_times: int) -> list[tuple[float, float, int]]:
    """Seconds, CPU seconds and rows of each time that a question is asked."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(ask, path, sql, n_times).result()


def ask(path: Path, sql: str, n_times: int) -> list[tuple[float, float, int]]:
    times = []
    started = time.perf_counter(), time.process_time()
    with duckdb.connect(path, read_only=True, config={"threads": 2, "memory_limit": "8GB"}) as graph:
        graph.execute("SET enable_progress_bar = false")
        for _ in range(n_times):
            n_rows = len(graph.execute(sql).fetchall())
            ended = time.perf_counter(), time.process_time()
            times.append((ended[0] - started[0], ended[1] - started[1], n_rows))
            started = ended
    return times


def main(folder: Path, n_papers: int) -> None:
    path = folder / f"graph-{n_papers}.duckdb"
    if not path.exists():
        load_papers(path, n_papers)
    ask_questions(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
