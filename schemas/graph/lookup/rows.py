"""From a query's rows to records, and from what people type to patterns."""

from collections.abc import Sequence
from typing import TypeVar

import duckdb

T = TypeVar("T")


def fetch_records(
    connection: duckdb.DuckDBPyConnection, record_type: type[T], sql: str, parameters: Sequence[object] = ()
) -> tuple[T, ...]:
    """The rows of a query, each as a record with as many fields as the query has columns."""
    return tuple(record_type(*row) for row in connection.execute(sql, list(parameters)).fetchall())


def like_words(typed: str) -> list[str]:
    """What is typed as one LIKE pattern a word (any case); ``%`` and ``_`` stand for themselves, escaped by ``!``."""
    escaped = typed.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return [f"%{word}%" for word in escaped.split()]
