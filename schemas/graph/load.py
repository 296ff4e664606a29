"""Loading shards into the graph: one transaction a shard, a paper's facts replaced as a whole."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from schemas.errors import ShardError
from schemas.graph.definitions import read_sql, settle_views, unsettle_views
from schemas.graph.search import forget_papers
from schemas.records import LinkedPaper, ParsedPaper, RelatedPaper, Source, TaggedPaper
from schemas.shards import read_shard_table  # pyright: ignore[reportUnknownVariableType]  (pyarrow has no stubs)

# tables that hold a paper's facts
FACT_TABLES: Final = (
    "papers",
    "blocks",
    "sentences",
    "mentions",
    "abbreviations",
    "relations",
    "links",
    "paper_entities",
)

# what must not be in shards: a query for the papers in which it is
_FAULTS_OF_SHARDS: Final = {
    "the same paper twice": """
        SELECT paper_id FROM (
            SELECT 'parsed' AS stage, record.paper_id FROM parsed
            UNION ALL SELECT 'tagged', record.paper_id FROM tagged
            UNION ALL SELECT 'related', record.paper_id FROM related
            UNION ALL SELECT 'linked', record.paper_id FROM linked
        ) WHERE paper_id IS NOT NULL GROUP BY stage, paper_id HAVING count(*) > 1""",
}
_FAULTS_OF_PAPERS: Final = {
    "a paper that neither went through all stages nor failed": """
        SELECT record.paper_id FROM parsed WHERE record IS NOT NULL
        EXCEPT SELECT paper.paper_id FROM whole_papers EXCEPT SELECT paper_id FROM staged_failures""",
    "a span beyond the end of its text": """
        SELECT paper_id FROM (
            SELECT paper_id, end_char FROM staged_mentions
            UNION ALL SELECT paper_id, sentence_end_char FROM staged_relations
        ) AS ends JOIN staged ON staged.paper.paper_id = ends.paper_id WHERE end_char > n_chars""",
    "a mention or a link twice": """
        SELECT paper_id FROM staged_mentions GROUP BY paper_id, mention_id HAVING count(*) > 1""",
    "a mention without an entity": """
        SELECT paper_id FROM staged_mentions WHERE NOT is_linked AND label <> 'Result'""",
    "a link of a mention that is not there": """
        SELECT paper_id FROM staged_links ANTI JOIN staged_mentions USING (paper_id, mention_id)""",
    "a relation of a mention that is not there": """
        SELECT paper_id FROM staged_relations WHERE head_label IS NULL OR tail_label IS NULL""",
}


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What became of the papers of a shard. A paper that failed is in no other count."""

    n_loaded: int  # new in the graph or replaced, by this call or an earlier one of the same run
    n_unchanged: int  # loaded with the same fingerprint by an earlier run
    n_failed: int


def load_shard(
    connection: duckdb.DuckDBPyConnection,
    *,
    run_id: str,
    parsed: str | Path,
    tagged: str | Path,
    related: str | Path,
    linked: str | Path,
    sources: str | Path | None = None,
    fingerprint: str = "",
) -> LoadCounts:
    """Load the papers that went through all stages, and the failures of those that did not, in one transaction.

    A paper that is there already is left as it is if its fingerprint is the same, else its facts are replaced as a
    whole. Its failure row goes. A paper that fails keeps the facts that an earlier run read. So loading again changes
    nothing but ``failed_at`` and ``run_id`` of failures.

    Args:
        connection: A graph opened for writing.
        run_id: The run that loads.
        parsed: Shard of ParsedPaper.
        tagged: Shard of TaggedPaper, of the same papers.
        related: Shard of RelatedPaper.
        linked: Shard of LinkedPaper.
        sources: Shard of Source, whose metadata goes before what the papers say. A paper without any keeps what it had.
        fingerprint: Says what made the shard (code, settings, models, knowledge base); '' always replaces.

    Raises:
        ShardError: A shard cannot be read or they do not fit each other; nothing was loaded.
    """
    shards = {"parsed": ParsedPaper, "tagged": TaggedPaper, "related": RelatedPaper, "linked": LinkedPaper}
    paths = {"parsed": parsed, "tagged": tagged, "related": related, "linked": linked}
    with transaction(connection) as cursor:
        for name, record_type in shards.items():
            cursor.register(name, read_shard_table(paths[name], record_type))  # pyright: ignore[reportUnknownArgumentType]
        unsettle_views(cursor)
        _stage_metadata(cursor, sources)
        _set_variables(cursor, run_id, fingerprint)
        _refuse(cursor, _FAULTS_OF_SHARDS, paths)
        cursor.execute(read_sql("stage.sql"))
        cursor.execute(read_sql("forms.sql"))
        _refuse(cursor, _FAULTS_OF_PAPERS, paths)
        _delete_replaced(cursor)
        cursor.execute(read_sql("load.sql"))
        cursor.execute(read_sql("metadata.sql"))
        return _count_papers(cursor, run_id)


def settle_entities(connection: duckdb.DuckDBPyConnection) -> None:
    """Give entities the names that follow from all papers, whatever the order in which they were loaded.

    Called at the end of a run (``finish_run``); until then a new entity goes by the name in its first paper. The rows
    of the views are then kept in tables, until the next load (``definitions``).
    """
    with transaction(connection) as cursor:
        cursor.execute(read_sql("settle.sql"))
        settle_views(cursor)


def remove_papers(connection: duckdb.DuckDBPyConnection, paper_ids: list[str]) -> None:
    """Take papers out of the graph, with all their facts; ``settle_entities`` then takes entities left unnamed."""
    with transaction(connection) as cursor:
        unsettle_views(cursor)
        delete_papers(cursor, paper_ids)
        cursor.execute("DELETE FROM past_facts WHERE paper_id IN (SELECT unnest(?))", [paper_ids])


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Generator[duckdb.DuckDBPyConnection]:
    """A cursor of its own, with its own temporary tables, whatever the connection is busy with; all or nothing."""
    with connection.cursor() as cursor:
        cursor.begin()
        try:
            yield cursor
        except BaseException:
            cursor.rollback()
            raise
        cursor.commit()  # if that fails (a full disk), nothing is left to roll back


def _stage_metadata(connection: duckdb.DuckDBPyConnection, sources: str | Path | None) -> None:
    """What manifests say of the papers of the shard, now or, where they say nothing, when it was read before."""
    given = "(SELECT '' AS paper_id, '' AS metadata)"
    if sources is not None:
        connection.register("sources", read_shard_table(sources, Source))  # pyright: ignore[reportUnknownArgumentType]
        given = "(SELECT record.paper_id, record.metadata FROM sources WHERE record IS NOT NULL)"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE given_metadata AS
        SELECT paper_id, coalesce(nullif(given.metadata, ''), papers.metadata::VARCHAR) AS metadata
        FROM (SELECT record.paper_id FROM parsed WHERE record IS NOT NULL)
        LEFT JOIN {given} AS given USING (paper_id)
        LEFT JOIN papers USING (paper_id)
        WHERE nullif(given.metadata, '') IS NOT NULL OR papers.metadata IS NOT NULL"""  # noqa: S608  our own text
    )


def _set_variables(connection: duckdb.DuckDBPyConnection, run_id: str, fingerprint: str) -> None:
    connection.execute("SET VARIABLE run_id = ?", [run_id])
    connection.execute("SET VARIABLE now = ?", [datetime.now(UTC).replace(tzinfo=None)])
    connection.execute("SET VARIABLE fingerprint = ?", [fingerprint])


def _refuse(connection: duckdb.DuckDBPyConnection, faults: Mapping[str, str], paths: Mapping[str, str | Path]) -> None:
    for fault, query in faults.items():
        found = connection.execute(f"SELECT DISTINCT paper_id FROM ({query}) ORDER BY ALL LIMIT 3").fetchall()  # noqa: S608
        if found:
            papers = ", ".join(paper_id for (paper_id,) in found)
            shards = ", ".join(str(path) for path in paths.values())
            raise ShardError(f"{fault} (papers {papers}) in the shards {shards}; run their stages again")


def _delete_replaced(connection: duckdb.DuckDBPyConnection) -> None:
    replaced = connection.execute("SELECT paper_id FROM papers SEMI JOIN staged ON paper.paper_id = papers.paper_id")
    paper_ids = [paper_id for (paper_id,) in replaced.fetchall()]
    if paper_ids:  # a delete reads a whole table: not to be paid by new papers
        _keep_past_facts(connection, paper_ids)
        delete_papers(connection, paper_ids)


def _keep_past_facts(connection: duckdb.DuckDBPyConnection, paper_ids: list[str]) -> None:
    """Keep what papers said in an earlier run, so that runs can be compared."""
    connection.execute(
        """
        INSERT INTO past_facts
        SELECT paper_id, subject_id, predicate, object_id, n_mentions, score, run_id, getvariable('run_id')
        FROM paper_facts
        JOIN papers USING (paper_id)
        WHERE paper_id IN (SELECT unnest(?)) AND run_id <> getvariable('run_id')""",
        [paper_ids],
    )


def delete_papers(connection: duckdb.DuckDBPyConnection, paper_ids: list[str]) -> None:
    """Delete the facts of papers. To be called in a transaction."""
    forget_papers(connection, paper_ids)
    for table in FACT_TABLES:
        connection.execute(f"DELETE FROM {table} WHERE paper_id IN (SELECT unnest(?))", [paper_ids])  # noqa: S608


def _count_papers(connection: duckdb.DuckDBPyConnection, run_id: str) -> LoadCounts:
    (counts,) = connection.execute(
        """
        SELECT
            count(*) FILTER (run_id = ?), count(*) FILTER (run_id <> ?), (SELECT count(*) FROM staged_failures)
        FROM whole_papers JOIN papers ON papers.paper_id = paper.paper_id""",
        [run_id, run_id],
    ).fetchall()
    return LoadCounts(*counts)
