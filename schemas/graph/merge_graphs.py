"""Putting another graph into this one: two machines, two corpora, one graph, as if one had read all papers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from schemas.errors import GraphError
from schemas.graph.corrections import resolve_graph
from schemas.graph.database import open_graph
from schemas.graph.definitions import read_sql, unsettle_views
from schemas.graph.load import FACT_TABLES, delete_papers, transaction

# Which of the other's papers come in: those that are not here, or were read later there, in another way.
_INCOMING: Final = """
    CREATE OR REPLACE TEMP TABLE incoming AS
    SELECT theirs.paper_id, ours.paper_id IS NOT NULL AS is_known, theirs.run_id
    FROM _other.papers AS theirs
    LEFT JOIN papers AS ours USING (paper_id)
    WHERE ours.paper_id IS NULL OR (
        theirs.ingested_at > ours.ingested_at AND (theirs.fingerprint <> ours.fingerprint OR ours.fingerprint = '')
    )"""

# What manifests say of papers that both have: as the later reading has it, else the other one.
_GIVEN_METADATA: Final = """
    CREATE OR REPLACE TEMP TABLE given_metadata AS
    SELECT
        paper_id,
        if(
            incoming.paper_id IS NULL,
            coalesce(ours.metadata, theirs.metadata), coalesce(theirs.metadata, ours.metadata)
        )::VARCHAR AS metadata
    FROM papers AS ours
    JOIN _other.papers AS theirs USING (paper_id)
    LEFT JOIN incoming USING (paper_id)
    WHERE ours.metadata IS NOT NULL OR theirs.metadata IS NOT NULL"""

_KEEP_PAST_FACTS: Final = """
    INSERT INTO past_facts
    SELECT paper_facts.paper_id, subject_id, predicate, object_id, n_mentions, score, papers.run_id, incoming.run_id
    FROM paper_facts
    JOIN papers USING (paper_id)
    JOIN incoming USING (paper_id);
    INSERT INTO past_facts
    SELECT * FROM _other.past_facts WHERE paper_id IN (SELECT paper_id FROM papers UNION SELECT paper_id FROM incoming)
    EXCEPT SELECT * FROM past_facts"""

# Failures: of the same source the later try counts, and none of a paper that is there.
_REST: Final = """
    INSERT INTO entities BY NAME SELECT * FROM _other.entities ON CONFLICT DO NOTHING;
    INSERT INTO runs BY NAME SELECT * FROM _other.runs ON CONFLICT DO NOTHING;
    INSERT INTO kb_sources BY NAME SELECT * FROM _other.kb_sources ON CONFLICT DO NOTHING;
    INSERT INTO corrections BY NAME SELECT * FROM _other.corrections ON CONFLICT DO NOTHING;
    INSERT INTO merges BY NAME
    SELECT * FROM _other.merges WHERE entity_id NOT IN (SELECT entity_id FROM merges);
    INSERT OR REPLACE INTO failures BY NAME
    SELECT theirs.* FROM _other.failures AS theirs
    LEFT JOIN failures AS ours USING (source)
    WHERE ours.source IS NULL OR theirs.failed_at > ours.failed_at;
    DELETE FROM failures
    WHERE paper_id IN (SELECT paper_id FROM papers) OR source IN (SELECT source FROM papers)"""

# Facts are written in terms of each graph's own resolutions: all of these are to be gone over.
_DOUBT_RESOLUTIONS: Final = """
    CREATE OR REPLACE TEMP TABLE doubtful AS
    SELECT entity_id, paper_id FROM resolutions UNION SELECT entity_id, paper_id FROM _other.resolutions;
    DELETE FROM resolutions;
    INSERT INTO resolutions SELECT entity_id, paper_id, '', '', NULL FROM doubtful"""


@dataclass(frozen=True, slots=True)
class MergeCounts:
    """What became of the other graph's papers."""

    n_added: int
    n_replaced: int  # were here too, but were read later there, in another way
    n_kept: int  # were here too and stay as they are


def merge_graph(connection: duckdb.DuckDBPyConnection, other: str | Path) -> MergeCounts:
    """Put another graph into this one, all or nothing; ``settle_entities`` then names its entities.

    A paper that is in both counts once: as it was read last.

    Args:
        connection: A graph opened for writing.
        other: The other graph's file. It is read only; one of an older papergraph is brought up to date first.

    Raises:
        GraphError: The other graph is missing, locked, no graph, or this one.
    """
    other = Path(other)
    open_graph(other, read_only=True).close()
    quoted = str(other).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS _other (READ_ONLY)")
    except duckdb.Error as error:
        raise GraphError(f"{other}: the graph cannot be opened ({error})") from error
    try:
        with transaction(connection) as cursor:
            counts = _merge(cursor)
    finally:
        connection.execute("DETACH _other")
    return counts


def refuse_itself(path: Path, other: Path) -> None:
    """Refuse to merge a graph into itself.

    Raises:
        GraphError: Both are the same file.
    """
    if other.exists() and path.exists() and path.samefile(other):
        raise GraphError(f"{other} is the graph itself; name another one to merge into it")


def _merge(cursor: duckdb.DuckDBPyConnection) -> MergeCounts:
    unsettle_views(cursor)
    cursor.execute(_INCOMING)
    cursor.execute(_GIVEN_METADATA)
    cursor.execute(_KEEP_PAST_FACTS)
    known = [paper for (paper,) in cursor.execute("SELECT paper_id FROM incoming WHERE is_known").fetchall()]
    if known:
        delete_papers(cursor, known)
    for table in FACT_TABLES:
        cursor.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM _other.{table}"  # noqa: S608  (names of our own tables)
            " WHERE paper_id IN (SELECT paper_id FROM incoming)"
        )
    cursor.execute(read_sql("metadata.sql"))
    cursor.execute(_REST)
    cursor.execute(_DOUBT_RESOLUTIONS)
    resolve_graph(cursor)
    ((n_incoming, n_replaced, n_theirs),) = cursor.execute(
        "SELECT (SELECT count(*) FROM incoming), (SELECT count(*) FROM incoming WHERE is_known),"
        " (SELECT count(*) FROM _other.papers)"
    ).fetchall()
    return MergeCounts(n_incoming - n_replaced, n_replaced, n_theirs - n_incoming)
