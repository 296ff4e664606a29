"""Opening a graph: making a new one, checking that an old one is ours, and saying plainly what is wrong if not."""

import time
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

import duckdb

from schemas.errors import GraphError

SCHEMA_VERSION: Final = 3  # of tables.sql and views.sql; to be raised with every change that old files do not fit


def open_graph(path: str | Path, *, read_only: bool = False, wait_s: float = 0.0) -> duckdb.DuckDBPyConnection:
    """Open a graph. Opened for writing, a file that is not there is made, with all tables, views and comments.

    One process may write, or many may read: while one has the file open for writing no other can open it.

    Args:
        path: The DuckDB file.
        read_only: Open for reading only; the file must be there. Its SQL can reach no other file: no ATTACH, COPY,
            read_csv or extension.
        wait_s: How many seconds to wait for another process to let go of the file.

    Raises:
        GraphError: The file is locked, missing, no DuckDB file, no graph, or made by a newer version.
    """
    path = Path(path)
    if read_only and not path.is_file():
        raise GraphError(f"{path}: there is no graph here; make one with `papergraph ingest SOURCE --graph {path}`")
    if not path.parent.is_dir():
        raise GraphError(f"{path}: the folder {path.parent} does not exist")
    connection = _connect(path, read_only, time.monotonic() + wait_s)
    try:
        _check_or_create(connection, path, read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, read_only: bool, deadline: float) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False} if read_only else {}
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=config)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise GraphError(f"{path}: not a graph that this version of DuckDB can open ({error})") from error
            if time.monotonic() >= deadline:
                raise GraphError(
                    f"{path}: another process has the graph open; wait for it to end or stop it ({error})"
                ) from error
        except duckdb.Error as error:
            # e.g. open in this process in another mode, or the write-ahead log does not fit the file
            raise GraphError(f"{path}: the graph cannot be opened ({error})") from error
        time.sleep(0.1)


def _check_or_create(connection: duckdb.DuckDBPyConnection, path: Path, read_only: bool) -> None:
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "graph_info" not in tables:
        if tables or read_only:
            raise GraphError(f"{path}: a DuckDB file, but not a papergraph graph; choose another file")
        _create(connection)
        return
    ((version,),) = connection.execute("SELECT max(schema_version) FROM graph_info").fetchall()
    if version == SCHEMA_VERSION:
        return
    if version is not None and version > SCHEMA_VERSION:
        raise GraphError(f"{path}: made by a newer papergraph (schema {version}, this is {SCHEMA_VERSION}); update it")
    raise GraphError(f"{path}: made by an older papergraph (schema {version}, this is {SCHEMA_VERSION}); ingest again")


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    for name in ("tables.sql", "views.sql", "comments.sql"):
        connection.execute(resources.files("schemas.graph").joinpath(name).read_text(encoding="utf-8"))
    created_at = datetime.now(UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO graph_info VALUES (?, ?)", [SCHEMA_VERSION, created_at])
    connection.commit()
