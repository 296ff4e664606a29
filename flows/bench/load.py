"""Loading: shards into the graph, against rows inserted one by one into the same tables."""

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from flows.bench.material import Material
from flows.bench.timing import Comparison, Way, time_ways
from schemas.graph.database import open_graph
from schemas.graph.load import FACT_TABLES, load_shard, transaction
from schemas.graph.own_entities import Connection
from schemas.records import LinkedPaper, ParsedPaper, RelatedPaper, TaggedPaper
from schemas.shards import write_shard

Row = tuple[str, tuple[Any, ...]]  # of which table
TABLES: Final = (*FACT_TABLES, "entities")
MAX_ROWS: Final = 5000  # that are inserted one by one: a fixed sample of all
SEED: Final = 0


def compare_load(material: Material) -> Comparison:
    """Seconds to fill a fresh graph."""
    graphs = FreshGraphs(material.work / "load")
    shards = write_shards(material, range(len(material.papers)), graphs.folder)
    load_papers(graphs.open(), shards)
    rows = _read_rows(graphs.connection)
    some = random.Random(SEED).sample(rows, min(MAX_ROWS, len(rows)))  # noqa: S311
    ways = [
        Way(
            "papergraph: shards in one transaction",
            lambda: load_papers(graphs.connection, shards),
            len(rows),
            prepare=graphs.open,
        ),
        Way(
            "INSERT row by row, one transaction",
            lambda: _insert_each(graphs.connection, some),
            len(some),
            prepare=graphs.open,
        ),
        Way(
            "executemany, one transaction",
            lambda: _insert_many(graphs.connection, some),
            len(some),
            prepare=graphs.open,
        ),
    ]
    about = f"{len(material.papers)} papers, {len(rows):,} rows of {len(TABLES)} tables"
    timings = time_ways(ways, material.call.rounds)
    graphs.connection.close()
    return Comparison("load", "rows", about, timings)


def write_shards(material: Material, chosen: range, folder: Path) -> list[Path]:
    """The shard files of some papers, a stage each."""
    stages = {
        "parsed": (ParsedPaper, material.papers),
        "tagged": (TaggedPaper, material.tagged),
        "related": (RelatedPaper, material.related),
        "linked": (LinkedPaper, material.linked),
    }
    files = []
    for stage, (record_type, records) in stages.items():
        files.append(folder / f"{stage}-{chosen.start}-{chosen.stop}.parquet")
        write_shard(files[-1], record_type, [records[i] for i in chosen])
    return files


def load_papers(connection: Connection, shards: Sequence[Path]) -> None:
    """Load what ``write_shards`` has written."""
    parsed, tagged, related, linked = shards
    load_shard(connection, run_id="bench", parsed=parsed, tagged=tagged, related=related, linked=linked)


class FreshGraphs:
    """Graphs without papers, one after another.

    Attributes:
        connection: The graph that was opened last.
        folder: Where they lie.
    """

    connection: Connection

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._numbers = count()

    def open(self) -> Connection:
        """A new graph, in the place of the one before."""
        if hasattr(self, "connection"):
            self.connection.close()
        self.connection = open_graph(self.folder / f"graph-{next(self._numbers)}.duckdb")
        return self.connection


def _read_rows(connection: Connection) -> list[Row]:
    return [(table, row) for table in TABLES for row in connection.execute(f"FROM {table}").fetchall()]


def _insert_each(connection: Connection, rows: Sequence[Row]) -> None:
    with transaction(connection) as cursor:
        for table, row in rows:
            cursor.execute(_insert(table, row), row)


def _insert_many(connection: Connection, rows: Sequence[Row]) -> None:
    by_table: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, row in rows:
        by_table[table].append(row)
    with transaction(connection) as cursor:
        for table, some in by_table.items():
            cursor.executemany(_insert(table, some[0]), some)


def _insert(table: str, row: Sequence[Any]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})"  # noqa: S608
