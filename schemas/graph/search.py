"""The index of words behind ``search_sentences`` and ``search_entities``, kept in plain tables sorted by word.

Sorted, because DuckDB knows the least and the greatest word of each group of rows and reads only those that can hold a
word asked for.
"""

from typing import Final

import duckdb

_SORT_ANEW: Final = 0.25
"""Share of new sentences from which the whole index is sorted anew; fewer are appended, sorted among themselves."""

_POSTINGS: Final = """
    WITH words AS (
        SELECT number, unnest(search_words(text)) AS word
        FROM numbered
        JOIN sentences USING (paper_id, start_char, end_char)
    ),
    counted AS (SELECT word, number, count(*)::INTEGER AS n_times FROM words GROUP BY ALL)
    SELECT word, number, n_times, sum(n_times) OVER (PARTITION BY number)::INTEGER AS n_words FROM counted"""


def index_words(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the index in line with the sentences and entities of the graph. To be called in a transaction."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE numbered AS"
        " SELECT row_number() OVER () + (SELECT coalesce(max(number), 0) FROM settled.search_sentences) AS number,"
        " paper_id, start_char, end_char"
        " FROM sentences ANTI JOIN settled.search_sentences USING (paper_id, start_char, end_char)"
    )
    ((n_new, n_old),) = connection.execute(
        "SELECT (SELECT count(*) FROM numbered), (SELECT count(*) FROM settled.search_sentences)"
    ).fetchall()
    if n_new:
        _add_sentences(connection, anew=n_new > _SORT_ANEW * n_old)
    connection.execute("DROP TABLE numbered")
    connection.execute(
        """
        CREATE OR REPLACE TABLE settled.search_names AS
        WITH names AS (SELECT entity_id, name FROM entities UNION SELECT entity_id, name FROM paper_entities)
        SELECT DISTINCT unnest(search_words(name)) AS word, entity_id FROM names ORDER BY word, entity_id"""
    )


def forget_papers(connection: duckdb.DuckDBPyConnection, paper_ids: list[str]) -> None:
    """Take the sentences of papers out of the index."""
    gone = "SELECT number FROM settled.search_sentences WHERE paper_id IN (SELECT unnest(?))"
    connection.execute(f"DELETE FROM settled.search_postings WHERE number IN ({gone})", [paper_ids])  # noqa: S608
    connection.execute("DELETE FROM settled.search_sentences WHERE paper_id IN (SELECT unnest(?))", [paper_ids])


def _add_sentences(connection: duckdb.DuckDBPyConnection, *, anew: bool) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE new_postings AS {_POSTINGS};
        INSERT INTO settled.search_sentences BY NAME
        SELECT numbered.*, coalesce(n_words, 0) AS n_words
        FROM numbered
        LEFT JOIN (SELECT DISTINCT number, n_words FROM new_postings) USING (number)
        ORDER BY number"""  # noqa: S608
    )
    if anew:
        connection.execute(
            "CREATE OR REPLACE TABLE settled.search_postings AS"
            " SELECT * FROM (FROM settled.search_postings UNION ALL FROM new_postings) ORDER BY word, number"
        )
    else:
        connection.execute("INSERT INTO settled.search_postings SELECT * FROM new_postings ORDER BY word, number")
    connection.execute("DROP TABLE new_postings")
