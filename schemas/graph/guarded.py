"""Answers to SQL that strangers type, as on a web page: one statement that reads, within limits.

The query runs in a process of its own, for DuckDB's memory limit does not bind everything (``repeat('x', 2e9)``), and a
process can be ended whatever it does. ``python -m schemas.graph.guarded`` is that process.
"""

import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Timer
from time import perf_counter
from typing import Any, Final

import duckdb

from schemas.errors import GraphError, QueryError
from schemas.graph.database import open_graph
from schemas.own_process import module_command

MAX_ANSWER_BYTES: Final = 32 * 2**20
_BATCH_ROWS: Final = 1_000
_START_S: Final = 20.0  # that a process may take to start on a busy machine
_OVERHEAD_MB: Final = 1_500  # address space of Python and DuckDB beyond what a query needs


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may cost."""

    max_rows: int = 1_000  # of a longer answer the first rows come back
    max_seconds: float = 10.0
    max_memory_mb: int = 1_024
    threads: int = 2
    wait_s: float = 30.0  # for a run that is loading a shard


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of a query, values as Python has them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]  # DuckDB's names
    rows: list[tuple[Any, ...]]
    truncated: bool  # there were more rows
    seconds: float  # that the query took


def ask_graph(
    graph: str | Path, sql: str, parameters: Sequence[object] = (), *, limits: Limits | None = None
) -> Answer:
    """Answer one SELECT about a graph. Whatever the SQL says, it can neither write nor reach another file.

    Args:
        graph: The DuckDB file; it is open only while the query runs, so loads are not kept waiting.
        sql: One statement: SELECT, FROM, WITH, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN.
        parameters: Values for ``?`` in it: text from outside belongs here, never in the SQL.
        limits: What it may cost.

    Raises:
        QueryError: The SQL is wrong, asks for more than reading, or costs more than it may.
        GraphError: The graph is missing, locked for longer than ``wait_s``, or no graph.
    """
    limits = limits or Limits()
    request = pickle.dumps((str(graph), sql, tuple(parameters), asdict(limits)))
    seconds = limits.wait_s + limits.max_seconds + _START_S
    command, environment = module_command("schemas.graph.guarded")
    try:
        done = subprocess.run(  # noqa: S603  (our own module; the SQL goes in as data)
            command,
            input=request,
            capture_output=True,
            timeout=seconds,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise QueryError(_too_long(limits)) from error
    if done.returncode:  # it was killed, or ran out of memory beyond DuckDB's reach
        raise QueryError(f"the query needs more than {limits.max_memory_mb} MB of memory; ask for less")
    answer = pickle.loads(done.stdout)  # noqa: S301  (written by our own process)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _too_long(limits: Limits) -> str:
    return f"the query took longer than {limits.max_seconds:g} seconds and was stopped; ask for less"


def _answer(graph: str, sql: str, parameters: tuple[object, ...], limits: Limits) -> Answer:
    with open_graph(
        graph, read_only=True, wait_s=limits.wait_s, memory_mb=limits.max_memory_mb, threads=limits.threads
    ) as connection:
        _check_statement(connection, sql)
        started = perf_counter()
        timer = Timer(limits.max_seconds, connection.interrupt)
        timer.start()
        try:
            result = connection.execute(sql, list(parameters))
            names = [(name, str(kind)) for name, kind, *_ in result.description or ()]
            rows, truncated = _fetch(result, limits.max_rows)
        except duckdb.InterruptException as error:
            raise QueryError(_too_long(limits)) from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        finally:
            timer.cancel()
        seconds = perf_counter() - started
    return Answer(tuple(name for name, _ in names), tuple(kind for _, kind in names), rows, truncated, seconds)


def _check_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse all but one statement that reads. What it calls is held back by the settings of the connection."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if len(statements) != 1:
        raise QueryError(f"one statement at a time, please; these are {len(statements)}")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryError("only reading is possible here: SELECT, FROM, WITH, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN")


def _fetch(result: duckdb.DuckDBPyConnection, max_rows: int) -> tuple[list[tuple[Any, ...]], bool]:
    rows: list[tuple[Any, ...]] = []
    n_bytes = 0
    while len(rows) <= max_rows and (batch := result.fetchmany(min(_BATCH_ROWS, max_rows + 1 - len(rows)))):
        n_bytes += len(pickle.dumps(batch))
        if n_bytes > MAX_ANSWER_BYTES:
            raise QueryError(
                f"the answer is larger than {MAX_ANSWER_BYTES // 2**20} MB; ask for fewer or shorter columns"
            )
        rows += batch
    return rows[:max_rows], len(rows) > max_rows


def main() -> None:
    """Read a request from the standard input and write its answer, or its error, to the standard output."""
    graph, sql, parameters, fields = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  (from our own process)
    limits = Limits(**fields)
    n_bytes = (limits.max_memory_mb + _OVERHEAD_MB) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
    try:
        answer: Answer | Exception = _answer(graph, sql, parameters, limits)
    except (QueryError, GraphError) as error:
        answer = error
    sys.stdout.buffer.write(pickle.dumps(answer))
    sys.stdout.buffer.flush()
    os._exit(0)  # a query that has been stopped may still be winding up


if __name__ == "__main__":
    # pickled classes must bear the module's own name
    from schemas.graph import guarded

    guarded.main()
