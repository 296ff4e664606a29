"""Questions that a viewer of a graph asks, answered as records: papers and their pages, entities, leaderboards."""

from typing import TypeAlias

import duckdb

Connection: TypeAlias = duckdb.DuckDBPyConnection
"""An open graph, under a name for those who do not import DuckDB."""
