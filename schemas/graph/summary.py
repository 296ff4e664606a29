"""What is in a graph, in figures: for ``papergraph status`` and the end of a run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import duckdb

T = TypeVar("T")

COUNTED_TABLES: Final = ("papers", "mentions", "relations", "entities", "abbreviations", "blocks", "failures", "runs")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of ``runs``. Counts are None while the run goes on, or if it was killed."""

    run_id: str
    started_at: datetime  # UTC
    finished_at: datetime | None
    status: str
    source: str
    n_found: int | None
    n_loaded: int | None
    n_skipped: int | None
    n_failed: int | None
    report: str | None  # folder of its report


@dataclass(frozen=True, slots=True)
class EntityTypeRow:
    """How often an entity type is mentioned, and how many things of it there are."""

    label: str
    n_mentions: int
    n_entities: int


@dataclass(frozen=True, slots=True)
class RelationTypeRow:
    """How often a relation is read, and between how many pairs of entities."""

    label: str
    n_mentions: int
    n_facts: int


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A row of ``failures``."""

    source: str
    stage: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row of ``triples``, in names."""

    subject: str
    predicate: str
    object: str
    n_papers: int
    n_mentions: int
    score: float


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """What is in a graph."""

    n_rows: dict[str, int]  # table -> rows
    n_empty_papers: int  # read, but without text
    entity_types: tuple[EntityTypeRow, ...]
    relation_types: tuple[RelationTypeRow, ...]
    runs: tuple[RunRow, ...]  # the newest first
    failures: tuple[FailureRow, ...]
    facts: tuple[FactRow, ...]  # said by most papers, then most often, then likeliest


def summarise_graph(
    connection: duckdb.DuckDBPyConnection, *, max_runs: int = 5, max_failures: int = 20, max_facts: int = 10
) -> GraphSummary:
    """Count what is in the graph and pick its last runs, failures and best supported facts."""
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in COUNTED_TABLES)  # noqa: S608
    (n_rows,) = connection.execute(f"SELECT {counts}").fetchall()
    ((n_empty,),) = connection.execute("SELECT count(*) FROM papers WHERE status = 'empty'").fetchall()
    return GraphSummary(
        n_rows=dict(zip(COUNTED_TABLES, n_rows, strict=True)),
        n_empty_papers=n_empty,
        entity_types=_rows(
            connection,
            EntityTypeRow,
            "SELECT label, count(*), count(DISTINCT entity_id) FROM mentions GROUP BY label ORDER BY ALL",
        ),
        relation_types=_rows(
            connection,
            RelationTypeRow,
            "SELECT predicate, count(*), count(DISTINCT (subject_id, object_id)) FROM facts GROUP BY ALL ORDER BY ALL",
        ),
        runs=_rows(
            connection,
            RunRow,
            "SELECT run_id, started_at, finished_at, status, source, n_found, n_loaded, n_skipped, n_failed,"
            " settings->>'report' FROM runs ORDER BY started_at DESC, run_id LIMIT ?",
            max_runs,
        ),
        failures=_rows(
            connection,
            FailureRow,
            "SELECT source, stage, error, message FROM failures ORDER BY failed_at DESC, source LIMIT ?",
            max_failures,
        ),
        facts=_rows(
            connection,
            FactRow,
            "SELECT subject, predicate, object, n_papers, n_mentions, score FROM triples"
            " ORDER BY n_papers DESC, n_mentions DESC, score DESC, subject, predicate, object LIMIT ?",
            max_facts,
        ),
    )


def _rows(connection: duckdb.DuckDBPyConnection, record_type: type[T], sql: str, *parameters: int) -> tuple[T, ...]:
    return tuple(record_type(*row) for row in connection.execute(sql, list(parameters)).fetchall())
