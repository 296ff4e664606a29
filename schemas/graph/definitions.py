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

from schemas.graph.search import index_words

SETTLED_VIEWS: Final = {
    # view: what its rows are sorted by. In the order in which they are made: a view may read those above it.
    "facts": "subject_id, predicate, object_id, paper_id, start_char",
    "disputes": "subject_id, predicate, object_id",
    "triples": "subject_id, predicate, object_id",
    "authors": "entity_id, paper_id",
    "affiliations": "institution_id, author_id, paper_id",
    "method_datasets": "dataset_id, method_id, paper_id",
    "result_facts": "dataset_id, metric_id, value",
    "results": "dataset, metric, value",
    "board_facts": "dataset_id, metric_id, value",
    "leaderboard": "dataset, metric, value DESC",
    "entity_counts": "label, n_papers DESC",
    "neighbours": "entity_id, neighbour_id",
}

_DEFINITIONS: Final = ("search.sql", "views.sql", "macros.sql", "comments.sql")


def definitions_hash() -> str:
    """What tells these views, macros and comments from those of another version of papergraph."""
    parts = [*map(read_sql, _DEFINITIONS), repr(SETTLED_VIEWS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def define_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make all views and macros, reading the facts themselves. To be called in a transaction."""
    for name in _DEFINITIONS:
        connection.execute(read_sql(name))
    connection.execute("UPDATE graph_info SET settled = false, definitions = ?", [definitions_hash()])


def settle_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep the rows of the views in tables and make the views read those. To be called in a transaction."""
    connection.execute(read_sql("views.sql"))
    for view, order in SETTLED_VIEWS.items():
        connection.execute(f"CREATE OR REPLACE TABLE settled.{view} AS SELECT * FROM main.{view} ORDER BY {order}")  # noqa: S608
        connection.execute(f"CREATE OR REPLACE VIEW main.{view} AS SELECT * FROM settled.{view}")  # noqa: S608
    index_words(connection)
    connection.execute(_comments())
    connection.execute("UPDATE graph_info SET settled = true, definitions = ?", [definitions_hash()])


def unsettle_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views read the facts themselves, if they do not yet. To be called in a transaction."""
    if is_settled(connection):
        define_views(connection)


def is_settled(connection: duckdb.DuckDBPyConnection) -> bool:
    """True if nothing was loaded or removed since the views were settled."""
    return bool(connection.execute("FROM graph_info WHERE settled").fetchall())


def read_sql(name: str) -> str:
    """The text of an SQL file of this package."""
    return resources.files("schemas.graph").joinpath(name).read_text(encoding="utf-8")


def _comments() -> str:
    """The comments of all views, which were made anew, and the same on the tables that keep their rows."""
    lines = read_sql("comments.sql").splitlines()
    views = {line.split()[3] for line in lines if line.startswith("COMMENT ON VIEW")}
    of_views = [line for line in lines if line and line.split()[3].split(".")[0] in views]
    of_tables = [
        line.replace("COMMENT ON VIEW ", "COMMENT ON TABLE settled.").replace("ON COLUMN ", "ON COLUMN settled.")
        for line in of_views
        if line.split()[3].split(".")[0] in SETTLED_VIEWS
    ]
    of_search = [line for line in lines if line.startswith(("COMMENT ON TABLE settled.", "COMMENT ON COLUMN settled."))]
    return "\n".join([*of_views, *of_tables, *of_search])
