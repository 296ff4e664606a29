"""Leaderboards: which there are, and one of them, each row with the place at which it was read."""

from dataclasses import dataclass

import duckdb

from schemas.graph.lookup.rows import fetch_records


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A result on a leaderboard."""

    value: float
    unit: str | None
    text: str  # as printed
    method: str
    method_id: str
    task: str | None
    paper_id: str
    title: str
    year: int | None
    page: int
    start_char: int
    end_char: int
    sentence: str | None
    score: float
    condition: str | None  # what the heads of its table say besides


def list_datasets(connection: duckdb.DuckDBPyConnection, *, limit: int) -> tuple[str, ...]:
    """Datasets with results, those with most results first."""
    sql = "SELECT dataset FROM leaderboard GROUP BY dataset ORDER BY count(*) DESC, dataset LIMIT ?"
    return tuple(name for (name,) in connection.execute(sql, [limit]).fetchall())


def list_metrics(connection: duckdb.DuckDBPyConnection, dataset: str) -> tuple[str | None, ...]:
    """Metrics by which a dataset has results, the most used one first; the unnamed one (None) last."""
    sql = """
        SELECT metric FROM leaderboard WHERE dataset = ?
        GROUP BY metric ORDER BY metric IS NULL, count(*) DESC, metric"""
    return tuple(name for (name,) in connection.execute(sql, [dataset]).fetchall())


def read_board(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    metric: str | None,
    *,
    lowest_first: bool = False,
    limit: int = 200,
) -> tuple[BoardRow, ...]:
    """The results on a dataset by a metric, sorted by value."""
    order = "ASC" if lowest_first else "DESC"
    sql = f"""
        SELECT value, unit, board_facts.text, methods.name, method_id, tasks.name, paper_id,
            coalesce(nullif(title, ''), file_name), year, board_facts.page, start_char, end_char, sentences.text,
            board_facts.score, condition
        FROM board_facts
        JOIN papers USING (paper_id)
        JOIN entities AS methods ON methods.entity_id = method_id
        JOIN entities AS datasets ON datasets.entity_id = dataset_id
        LEFT JOIN entities AS tasks ON tasks.entity_id = task_id
        LEFT JOIN entities AS metrics ON metrics.entity_id = metric_id
        LEFT JOIN sentences USING (paper_id, start_char, end_char)
        WHERE datasets.name = ? AND metrics.name IS NOT DISTINCT FROM ?
        ORDER BY value {order}, methods.name, paper_id, start_char LIMIT ?"""  # noqa: S608  one of two words
    return fetch_records(connection, BoardRow, sql, [dataset, metric, limit])
