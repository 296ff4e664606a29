"""Rows of a query as they come, in batches: memory does not grow with the answer."""
# pyright: basic
# (pyarrow ships no type stubs)

from collections.abc import Iterator
from typing import Any, Final

import duckdb
import pyarrow as pa

_BATCH_ROWS: Final = 10_000


def open_reader(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.RecordBatchReader:
    """The answer of a query as Arrow batches; the query runs as they are read."""
    return connection.sql(sql).to_arrow_reader(_BATCH_ROWS)


def read_rows(reader: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    """Arrow batches as rows of Python values."""
    for batch in reader:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def stream_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    """Rows of a query; the connection is busy until all are read."""
    return read_rows(open_reader(connection, sql))
