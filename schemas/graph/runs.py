"""The log of runs: when, with what, and what became of every paper found. Counts that do not add up are an error."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from schemas.errors import CountError
from schemas.graph.definitions import is_settled
from schemas.graph.load import settle_entities


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What became of the papers that a run found: found = loaded + skipped + failed."""

    n_found: int
    n_loaded: int
    n_skipped: int  # in the graph already
    n_failed: int


@dataclass(frozen=True, slots=True)
class KBSource:
    """One source of the knowledge base that links were made with."""

    kb: str  # as in ``Link.kb``
    revision: str
    source: str  # file name or address
    n_entries: int
    licence: str = ""


def start_run(
    connection: duckdb.DuckDBPyConnection,
    *,
    run_id: str,
    source: str,
    settings: Mapping[str, object],
    kb_sources: Sequence[KBSource] = (),
) -> None:
    """Open a run's row. Runs that never finished are marked ``interrupted``: only one process writes at a time.

    Args:
        connection: A graph opened for writing.
        run_id: Key of the run; the same id again starts it anew.
        source: What is ingested, for people.
        settings: Settings, model and knowledge-base revisions; anything JSON can hold, other values as strings.
        kb_sources: What the knowledge base was made of.
    """
    connection.execute("UPDATE runs SET status = 'interrupted' WHERE status = 'running'")
    connection.execute(
        "INSERT OR REPLACE INTO runs (run_id, started_at, status, source, settings) VALUES (?, ?, 'running', ?, ?)",
        [run_id, _now(), source, json.dumps(settings, default=str)],
    )
    for kb in kb_sources:
        connection.execute(
            "INSERT OR REPLACE INTO kb_sources (kb, revision, source, n_entries, licence) VALUES (?, ?, ?, ?, ?)",
            [kb.kb, kb.revision, kb.source, kb.n_entries, kb.licence],
        )


def finish_run(
    connection: duckdb.DuckDBPyConnection,
    *,
    run_id: str,
    counts: RunCounts,
    stage_seconds: Mapping[str, float] | None = None,
) -> str:
    """Settle the entities and close a run's row, after checking that its counts add up, also against the graph.

    Returns:
        The run's status: ``done`` or ``done_with_failures``.

    Raises:
        CountError: Papers got lost, or were counted twice; the run's row says ``failed``.
    """
    if not is_settled(connection):  # at a million papers this takes minutes, and a run may have found nothing new
        settle_entities(connection)
    fault = _count_fault(connection, run_id, counts)
    status = "failed" if fault else "done_with_failures" if counts.n_failed else "done"
    _close(connection, run_id, status, counts, stage_seconds or {})
    if fault:
        raise CountError(f"run {run_id}: {fault}")
    return status


def fail_run(connection: duckdb.DuckDBPyConnection, *, run_id: str) -> None:
    """Close the row of a run that broke off. What it loaded stays; the next run takes the rest."""
    connection.execute("UPDATE runs SET status = 'failed', finished_at = ? WHERE run_id = ?", [_now(), run_id])


def _count_fault(connection: duckdb.DuckDBPyConnection, run_id: str, counts: RunCounts) -> str | None:
    accounted = counts.n_loaded + counts.n_skipped + counts.n_failed
    if counts.n_found != accounted:
        return (
            f"{counts.n_found} papers found, but {counts.n_loaded} loaded + {counts.n_skipped} skipped"
            f" + {counts.n_failed} failed = {accounted}"
        )
    for table, n_expected in (("papers", counts.n_loaded), ("failures", counts.n_failed)):
        sql = f"SELECT count(*) FROM {table} WHERE run_id = ?"  # noqa: S608
        ((n_rows,),) = connection.execute(sql, [run_id]).fetchall()
        if n_rows != n_expected:
            return f"{n_expected} papers reported for table {table}, which has {n_rows} rows of this run"
    return None


def _close(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    status: str,
    counts: RunCounts,
    stage_seconds: Mapping[str, float],
) -> None:
    connection.execute(
        "UPDATE runs SET finished_at = ?, status = ?, n_found = ?, n_loaded = ?, n_skipped = ?, n_failed = ?,"
        " stage_seconds = ? WHERE run_id = ?",
        [
            _now(),
            status,
            counts.n_found,
            counts.n_loaded,
            counts.n_skipped,
            counts.n_failed,
            json.dumps(stage_seconds),
            run_id,
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
