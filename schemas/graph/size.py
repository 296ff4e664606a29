"""How large a graph is without the gaps that loading many small shards leaves in its file."""

from pathlib import Path

import duckdb


def compact_bytes(connection: duckdb.DuckDBPyConnection, copy: Path) -> int:
    """Bytes of a graph that is written anew, in one go.

    Args:
        connection: The graph.
        copy: Where to write it to, for the moment.
    """
    ((name,),) = connection.execute("SELECT current_database()").fetchall()
    place = str(copy).replace("'", "''")
    connection.execute(f"ATTACH '{place}' AS compact")
    connection.execute(f'COPY FROM DATABASE "{name}" TO compact')
    connection.execute("DETACH compact")
    n_bytes = copy.stat().st_size
    copy.unlink()
    return n_bytes
