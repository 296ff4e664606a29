"""The graph of the sample papers: what the shipped models made of ``tests/data/samples`` and ``tests/data/tex_pages``.

The shards in ``tests/data/sample_graph`` are theirs. To make them anew, after a change of the records:
``papergraph ingest tests/data/samples tests/data/tex_pages --graph g.duckdb --work w``, then
``python tests/sample_graph.py w/shards``.
"""

import sys
import tempfile
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import get_args, get_type_hints

import pyarrow.parquet as pq
from graph_papers import STAGES

from schemas.graph.load import load_shard
from schemas.graph.runs import RunCounts, finish_run, start_run
from schemas.shards import read_shard, write_shard

SHARDS = Path(__file__).parent / "data" / "sample_graph"


def load_samples(graph, run_id="20261127T120000-sample"):
    """Load the sample papers in one run, and settle the graph."""
    start_run(graph, run_id=run_id, source="tests/data", settings={})
    with tempfile.TemporaryDirectory() as folder:
        paths = {stage: Path(folder) / f"{stage}.parquet" for stage in STAGES}
        for stage, record_type in STAGES.items():
            rows = pq.read_table(SHARDS / f"{stage}.parquet").column("record").to_pylist()
            write_shard(paths[stage], record_type, [_make(record_type, row) for row in rows])
        counts = load_shard(graph, run_id=run_id, **paths)
    finish_run(graph, run_id=run_id, counts=RunCounts(counts.n_loaded, counts.n_loaded, 0, 0))
    return counts.n_loaded


def _make(record_type, row):
    """A record from what was kept of it: fields that came since have their defaults, those that went are left out."""
    values = {}
    for name, kind in get_type_hints(record_type).items():
        if name in row:
            inner = next((argument for argument in get_args(kind) if is_dataclass(argument)), None)
            values[name] = tuple(_make(inner, part) for part in row[name]) if inner else row[name]
            if isinstance(values[name], list):
                values[name] = tuple(values[name])
    return record_type(**values)


def main(folder):
    SHARDS.mkdir(exist_ok=True)
    for stage, record_type in STAGES.items():
        records = [record for path in folder.glob(f"{stage}-*.parquet") for record in read_shard(path, record_type)[0]]
        records.sort(key=lambda record: record.paper_id)
        if stage == "parsed":  # what a graph has no use for; paths as seen from the repository
            records = [
                replace(r, source=r.source[r.source.index("tests/data/") :], lines=(), superscripts=()) for r in records
            ]
        write_shard(SHARDS / f"{stage}.parquet", record_type, records)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
