"""The views and macros of a graph, and the tables that keep their rows while nothing is being loaded.

At a million papers a view that merges all facts takes a minute. So once a run has ended its rows are kept in a table of
the schema ``settled``, sorted by what they are looked up by, and the view reads that table. The first load after that
makes the views read the facts themselves again, in its own transaction: a view is right at any time, and fast while the
graph is settled.
"""

import hashlib
from importlib import resources
from typing import Final

import duckdb

SETTLED_VIEWS: Final = {
    # view: what its rows are sorted by. In the order in which they are made: a view may read those above it.
    "facts": "subject_id, predicate, object_id, paper_id, start_char",
    "triples": "subject_id, predicate, object_id",
    "authors": "entity_id, paper_id",
    "affiliations": "institution_id, author_id, paper_id",
    "method_datasets": "dataset_id, method_id, paper_id",
    "result_facts": "dataset_id, metric_id, value",
    "results": "dataset, metric, value",
    "leaderboard": "dataset, metric, value DESC",
}

_DEFINITIONS: Final = ("views.sql", "comments.sql")


def definitions_hash() -> str:
    """What tells these views, macros and comments from those of another version of papergraph."""
    parts = [*map(read_sql, _DEFINITIONS), repr(SETTLED_VIEWS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def define_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all views and macros, reading the facts themselves. To be called in a transaction."""
    connection.execute(read_sql("views.sql"))
    connection.execute(read_sql("comments.sql"))
    connection.execute("UPDATE graph_info SET settled = false, definitions = ?", [definitions_hash()])


def settle_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the rows of the views in tables and make the views read those. To be called in a transaction."""
    connection.execute(read_sql("views.sql"))
    connection.execute("CREATE SCHEMA IF NOT EXISTS settled")
    for view, order in SETTLED_VIEWS.items():
        connection.execute(f"CREATE OR REPLACE TABLE settled.{view} AS SELECT * FROM main.{view} ORDER BY {order}")  # noqa: S608
        connection.execute(f"CREATE OR REPLACE VIEW main.{view} AS SELECT * FROM settled.{view}")  # noqa: S608
    connection.execute(read_sql("comments.sql"))
    _explain_settled(connection)
    connection.execute("UPDATE graph_info SET settled = true, definitions = ?", [definitions_hash()])


def unsettle_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views read the facts themselves, if they do not yet. To be called in a transaction."""
    if connection.execute("FROM graph_info WHERE settled").fetchall():
        define_views(connection)


def read_sql(name: str) -> str:
    """The text of an SQL file of this package."""
    return resources.files("schemas.graph").joinpath(name).read_text(encoding="utf-8")


def _explain_settled(connection: duckdb.DuckDBPyConnection) -> None:
    """Comments of the tables: those of the views whose rows they keep."""
    for view in SETTLED_VIEWS:
        connection.execute(
            f"COMMENT ON TABLE settled.{view} IS 'The rows of the view {view} when the graph was settled'"
        )
    columns = connection.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns()"
        " WHERE schema_name = 'main' AND table_name IN (SELECT unnest(?)) AND comment IS NOT NULL",
        [list(SETTLED_VIEWS)],
    ).fetchall()
    for view, column, comment in columns:
        quoted = comment.replace("'", "''")
        connection.execute(f"COMMENT ON COLUMN settled.{view}.{column} IS '{quoted}'")
