"""Opening a graph: making a new one, checking that an old one is ours, and saying plainly what is wrong if not."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Final, TypeAlias
from uuid import uuid4

import duckdb

from schemas.errors import GraphError, PapergraphError, TransientError
from schemas.graph.definitions import define_views, read_sql
from schemas.graph.migrate import SCHEMA_VERSION, backup_path, check_version, copy_graph, graph_version, migrate

Config: TypeAlias = dict[str, str | bool | int | float | list[str]]

# In DuckDB 2.0.0 and 2.0.1 this optimizer mixes up columns where a query holds the same joins twice (duckdb/duckdb
# issue 25819 is of the kind). Our own views are written so that it cannot, but not the SQL of whoever asks.
_SAFE: Final[Config] = {"disabled_optimizers": "common_subplan"}

_TAKEN: Final = ("settled", "_other")

READING: Final[Config] = {
    # what keeps the SQL of a reader inside the graph: no files, no extensions, no Python variables, and no way back
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}


def open_graph(
    path: str | Path, *, read_only: bool = False, wait_s: float = 0.0, memory_mb: int = 0, threads: int = 0
) -> duckdb.DuckDBPyConnection:
    """Open a graph. Opened for writing, a file that is not there is made, with all tables, views and comments.

    One process may write, or many may read: while one has the file open for writing no other can open it. A graph made
    by an older papergraph is brought up to date first, and where its tables change a copy is kept beside it.

    Args:
        path: The DuckDB file.
        read_only: Open for reading only; the file must be there. Its SQL can reach no other file: no ATTACH, COPY,
            read_csv or extension.
        wait_s: How many seconds to wait for another process to let go of the file.
        memory_mb: How much memory DuckDB may use, and a quarter of what it may put on the disk meanwhile; its own
            default (80 % of the machine's memory) if 0. All connections of a process to one graph must agree.
        threads: How many threads it may use; one per core if 0.

    Raises:
        GraphError: The file is locked, missing, no DuckDB file, no graph, or made by a newer version.
    """
    path = Path(path)
    _check_place(path, read_only)
    if not path.exists():
        _make(path)
    deadline = time.monotonic() + wait_s
    config = _SAFE | (READING if read_only else {})
    if memory_mb:
        config |= {"memory_limit": f"{memory_mb}MiB", "max_temp_directory_size": f"{4 * memory_mb}MiB"}
    config |= {"threads": threads} if threads else {}
    while True:
        connection = _connect(path, read_only, deadline, config)
        try:
            if not _tables(connection) and not read_only:
                _create(connection)
            version = _outdated_version(connection, path)
            if version is None:
                return connection
            connection.close()
            _bring_up_to_date(path, version, deadline)
        except BaseException:
            connection.close()
            raise


@contextmanager
def read_graph(path: str | Path, *, wait_s: float = 0.0) -> Generator[duckdb.DuckDBPyConnection]:
    """A graph for reading, as long as the context lasts.

    Raises:
        GraphError: As ``open_graph``; or DuckDB cannot read it any further.
    """
    with open_graph(path, read_only=True, wait_s=wait_s) as connection:
        try:
            yield connection
        except duckdb.Error as error:
            raise GraphError(f"{path}: the graph cannot be read ({error})") from error


@contextmanager
def open_for_run(
    path: str | Path, *, read_only: bool = False, wait_s: float = 0.0
) -> Generator[duckdb.DuckDBPyConnection]:
    """The graph of a run that has begun: from then on nothing that is wrong with it is a wrong call.

    Raises:
        TransientError: As ``open_graph`` raises GraphError: another process has it open for long, most likely.
        PapergraphError: It cannot be read or written; the disk is full, perhaps.
    """
    try:
        with open_graph(path, read_only=read_only, wait_s=wait_s) as connection:
            yield connection
    except GraphError as error:
        raise TransientError(str(error)) from error
    except duckdb.OperationalError as error:
        raise PapergraphError(f"{path}: {error}; run again once that is mended, it goes on there") from error


def _check_place(path: Path, read_only: bool) -> None:
    if path.is_dir():
        raise GraphError(f"{path}: a folder; name the file of a graph, such as {path / 'graph.duckdb'}")
    if path.stem in _TAKEN:  # DuckDB names a database after its file
        raise GraphError(f"{path}: {path.stem} is the name of a part of every graph; give the file another name")
    if read_only and not path.is_file():
        raise GraphError(f"{path}: there is no graph here; make one with `papergraph ingest SOURCE --graph {path}`")
    if not path.parent.is_dir():
        raise GraphError(f"{path}: the folder {path.parent} does not exist")


def _connect(path: Path, read_only: bool, deadline: float, config: Config = _SAFE) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            return duckdb.connect(path, read_only=read_only, config=config)
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise GraphError(f"{path}: not a graph that this version of DuckDB can open ({error})") from error
            if time.monotonic() >= deadline:
                raise GraphError(
                    f"{path}: another process has the graph open; wait for it to end or stop it ({error})"
                ) from error
        except duckdb.Error as error:
            # e.g. open in this process in another mode, or the write-ahead log does not fit the file
            raise GraphError(f"{path}: the graph cannot be opened ({error})") from error
        time.sleep(0.1)


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def _outdated_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int | None:
    """The schema version of a graph whose tables or views are not those of this papergraph; None if they are."""
    if "graph_info" not in _tables(connection):
        raise GraphError(f"{path}: a DuckDB file, but not a papergraph graph; choose another file")
    version, is_defined = graph_version(connection)
    check_version(path, version)
    return None if version == SCHEMA_VERSION and is_defined else version


def _bring_up_to_date(path: Path, version: int, deadline: float) -> None:
    """Copy an older graph and change it; it is opened and closed first, so that no write-ahead log is left."""
    try:
        if version < SCHEMA_VERSION:
            _connect(path, False, deadline).close()
            copy_graph(path, backup_path(path, version))
        with _connect(path, False, deadline) as connection:
            migrate(connection)
    except (GraphError, OSError, duckdb.Error) as error:
        raise GraphError(
            f"{path}: made by another version of papergraph (schema {version}, this is {SCHEMA_VERSION}), and it "
            f"cannot be brought up to date ({error}); open it once with `papergraph status` where it can be written"
        ) from error


def _make(path: Path) -> None:
    """Make a graph that is there whole or not at all, even if this process is killed meanwhile."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with duckdb.connect(temporary, config=_SAFE) as connection:
            _create(connection)
        os.link(temporary, path)  # not a rename: another process may have made it, and filled it, by now
    except (OSError, duckdb.Error):
        pass  # made by another process, or no hard links here, or no room: opening it in place goes on, or says why not
    finally:
        for left in path.parent.glob(f".{escape(path.name)}.*.tmp*"):  # and what killed ones have left, with their logs
            left.unlink(missing_ok=True)


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    connection.execute(read_sql("tables.sql"))
    created_at = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(
        "INSERT INTO graph_info (schema_version, created_at) VALUES (?, ?)", [SCHEMA_VERSION, created_at]
    )
    define_views(connection)
    connection.commit()
