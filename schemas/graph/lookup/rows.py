"""From a query's rows to records, and from what people type to patterns."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import duckdb

T = TypeVar("T")


def fetch_records(
    connection: duckdb.DuckDBPyConnection,
    record_type: type[T],
    sql: str,
    parameters: Sequence[object] | Mapping[str, object] = (),
) -> tuple[T, ...]:
    """The rows of a query, each as a record with as many fields as the query has columns."""
    return tuple(record_type(*row) for row in connection.execute(sql, parameters).fetchall())


def with_all_words(column: str, typed: str) -> tuple[str, dict[str, str]]:
    """A condition that all typed words are in a column, and its parameters.

    Args:
        column: Lower-case text without accents.
        typed: Words in any case, with accents or without.
    """
    words = {f"word{number}": word for number, word in enumerate(typed.split())}
    return " AND ".join(f"contains({column}, strip_accents(lower(${name})))" for name in words) or "true", words
