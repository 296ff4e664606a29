"""What users' manifests say of papers. It is kept beside what was read, and changes without reading a paper again."""

from collections.abc import Mapping

import duckdb

from schemas.graph.definitions import read_sql, unsettle_views
from schemas.graph.load import transaction

_NEWS = """
    SELECT paper_id, given.metadata
    FROM (SELECT unnest(?) AS paper_id, unnest(?) AS metadata) AS given
    JOIN papers USING (paper_id)
    WHERE papers.metadata IS NULL OR papers.metadata::VARCHAR <> given.metadata"""


def find_changed_metadata(connection: duckdb.DuckDBPyConnection, given: Mapping[str, str]) -> dict[str, str]:
    """Of what is said of papers (paper_id -> JSON object), what the graph does not have yet."""
    return dict(connection.execute(_NEWS, [list(given), list(given.values())]).fetchall())


def update_metadata(connection: duckdb.DuckDBPyConnection, given: Mapping[str, str]) -> None:
    """Put what is said of papers into their rows; it goes before what the papers say of themselves.

    Args:
        connection: A graph opened for writing.
        given: paper_id -> JSON object. ``title, doi, arxiv_id, year, language`` in it fill these columns.
    """
    with transaction(connection) as cursor:
        unsettle_views(cursor)
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE given_metadata AS SELECT unnest(?) AS paper_id, unnest(?) AS metadata",
            [list(given), list(given.values())],
        )
        cursor.execute(read_sql("metadata.sql"))
