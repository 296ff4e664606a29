"""Answers to SQL: as a table for people, as CSV, JSON lines or Parquet for programs."""
# pyright: basic
# (pyarrow ships no type stubs)

import csv
import io
import json
import math
from collections.abc import Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from itertools import count
from typing import BinaryIO, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import QueryError
from schemas.graph.rows import read_rows

QUERY_FORMATS: Final = ("table", "csv", "json", "parquet")

_MAX_TABLE_ROWS: Final = 40  # of a longer answer the table shows the first and the last
_BATCH_ROWS: Final = 10_000


def write_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    out: BinaryIO,
    *,
    output_format: str = "table",
    limit: int | None = None,
    max_width: int | None = None,
) -> None:
    """Run SQL and write its answer, that of the last statement.

    Args:
        connection: A graph, best opened with ``read_only``: then SQL can only read this graph.
        sql: One or more statements.
        out: Where to write; text is UTF-8. Rows are written as they come, so memory does not grow with the answer.
        output_format: One of ``QUERY_FORMATS``; ``json`` is one object a line.
        limit: At most so many rows.
        max_width: Of a table, in characters; the terminal's if None.

    Raises:
        QueryError: The SQL is wrong, or does what a read-only graph does not allow.
    """
    if output_format not in QUERY_FORMATS:
        raise QueryError(f"unknown format {output_format!r}; known: {', '.join(QUERY_FORMATS)}")
    try:
        relation = connection.sql(sql)
        if relation is None:  # a statement that has no answer  # pyright: ignore[reportUnnecessaryComparison]
            return
        if limit is not None:
            relation = relation.limit(limit)
        if output_format == "table":
            out.write(_draw_table(relation, max_width).encode())
        else:
            _WRITERS[output_format](relation.to_arrow_reader(_BATCH_ROWS), out)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    except OSError as error:  # Arrow's name for an error of the query behind its reader
        if not isinstance(error, pa.ArrowException) and error.errno is not None:
            raise
        raise QueryError(str(error)) from error


def _draw_table(relation: duckdb.DuckDBPyRelation, max_width: int | None) -> str:
    drawn = io.StringIO()
    with redirect_stdout(drawn):
        relation.show(max_rows=_MAX_TABLE_ROWS, max_width=max_width)
    return drawn.getvalue()


def _write_csv(reader: pa.RecordBatchReader, out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(reader.schema.names)
    for row in read_rows(reader):
        writer.writerow([_to_json(value) if isinstance(value, (list, dict)) else value for value in row])
    text.detach()  # else it closes ``out``


def _write_json(reader: pa.RecordBatchReader, out: BinaryIO) -> None:
    names = _number_repeated(reader.schema.names)
    for row in read_rows(reader):
        out.write(_to_json(dict(zip(names, row, strict=True))).encode() + b"\n")


def _write_parquet(reader: pa.RecordBatchReader, out: BinaryIO) -> None:
    with pq.ParquetWriter(out, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


_WRITERS: Final = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}


def _number_repeated(names: Sequence[str]) -> list[str]:
    """Names that are all different, as DuckDB makes them in a subquery: ``name``, ``name_1``."""
    found: list[str] = []
    for name in names:
        others = (f"{name}_{i}" for i in count(1))
        found.append(name if name not in found else next(other for other in others if other not in (*found, *names)))
    return found


def _to_json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, default=str)


def _plain(value: object) -> object:
    """The same with what JSON has: sums and decimals are numbers, what is no finite number is null."""
    match value:
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
