"""Bringing a graph made by an older papergraph up to date: after a copy, in one transaction."""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Final
from uuid import uuid4

import duckdb

from schemas.errors import GraphError
from schemas.graph.definitions import define_views, definitions_hash, settle_views

SCHEMA_VERSION: Final = 8
"""Of tables.sql. To be raised with every change of a table; ``migrations/N.sql`` leads from schema N - 1 to N."""

OLDEST_VERSION: Final = 2
"""Of the graphs that can be brought up to date."""


def graph_version(connection: duckdb.DuckDBPyConnection) -> tuple[int, bool]:
    """Schema version of a graph, and whether its views are those of this papergraph."""
    cursor = connection.execute("SELECT * FROM graph_info")
    names = [name for name, *_ in cursor.description or ()]
    row = dict(zip(names, cursor.fetchall()[0], strict=True))
    return int(row.get("schema_version") or 0), row.get("definitions") == definitions_hash()


def check_version(path: Path, version: int) -> None:
    """Refuse a graph that this papergraph cannot bring up to date.

    Raises:
        GraphError: It was made by a newer papergraph, or by one that is too old.
    """
    if version > SCHEMA_VERSION:
        raise GraphError(f"{path}: made by a newer papergraph (schema {version}, this is {SCHEMA_VERSION}); update it")
    if version < OLDEST_VERSION:
        raise GraphError(
            f"{path}: made by a papergraph that is too old (schema {version}, {OLDEST_VERSION} is the oldest that can "
            "be brought up to date); ingest the papers again into another file"
        )


def copy_graph(path: Path, copy: Path) -> None:
    """Copy a graph that no process has open for writing. The copy is there whole or not at all.

    Another process copies, because closing the file here would end the locks that this process has on it.

    Raises:
        OSError: The copy cannot be written.
    """
    temporary = copy.with_name(f".{copy.name}.{uuid4().hex}.tmp")
    try:
        code = "import shutil, sys; shutil.copyfile(*sys.argv[1:])"
        done = subprocess.run(  # noqa: S603  (paths go in as arguments)
            [sys.executable, "-c", code, path, temporary], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise OSError(done.stderr.strip().rpartition("\n")[2])
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(copy)
    finally:
        temporary.unlink(missing_ok=True)


def backup_path(path: Path, version: int) -> Path:
    """Where the copy of a graph goes before it is brought up to date; a name that is free."""
    for number in range(1, 1000):
        copy = path.with_name(f"{path.stem}.schema{version}{f'-{number}' if number > 1 else ''}{path.suffix}")
        if not copy.exists():
            return copy
    raise GraphError(f"{path}: a thousand copies of it are there; delete some")


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring tables, views and macros up to date, all or nothing. The settled tables are made anew."""
    connection.begin()
    try:
        version, _ = graph_version(connection)
        for number in range(version + 1, SCHEMA_VERSION + 1):
            sql = resources.files("schemas.graph").joinpath("migrations", f"{number}.sql").read_text(encoding="utf-8")
            connection.execute(sql)
        connection.execute("UPDATE graph_info SET schema_version = ?", [SCHEMA_VERSION])
        define_views(connection)
        settle_views(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
