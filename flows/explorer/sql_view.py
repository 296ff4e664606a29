"""SQL in the explorer: one statement that reads, with limits of rows, time and memory; its answer as a table."""

from collections.abc import Sequence
from html import escape
from typing import Final

from flows.explorer.shelf import Shelf
from flows.explorer.wording import count_of, draw_message
from schemas.errors import GraphError, QueryError
from schemas.graph.guarded import Answer, Limits, ask_graph

LIMITS: Final = Limits(max_rows=500, max_seconds=10.0, max_memory_mb=1024, threads=1, wait_s=5.0)
MAX_SQL: Final = 20_000  # characters
_MAX_CELL: Final = 300
_NUMBERS: Final = frozenset({"FLOAT", "DOUBLE", "DECIMAL"})

EXAMPLES: Final = {
    "Methods by dataset": (
        "SELECT method, dataset, relation, n_mentions, round(score, 2) AS score\n"
        "FROM method_datasets\nORDER BY score DESC, n_mentions DESC\nLIMIT 50"
    ),
    "Who works where": (
        "SELECT institution, count(DISTINCT author) AS authors, count(DISTINCT paper_id) AS papers\n"
        "FROM affiliations\nGROUP BY institution\nORDER BY papers DESC, authors DESC\nLIMIT 50"
    ),
    "Best supported facts": (
        "SELECT subject, predicate, object, n_papers, n_mentions, round(score, 2) AS score\n"
        "FROM triples\nORDER BY n_papers DESC, score DESC\nLIMIT 50"
    ),
    "Reported results": (
        "SELECT method, dataset, metric, value, unit, round(score, 2) AS score\n"
        "FROM results\nORDER BY score DESC\nLIMIT 50"
    ),
    "Papers that failed": "SELECT file_name, stage, error, message\nFROM failures\nORDER BY failed_at DESC\nLIMIT 50",
}


def draw_answer(shelf: Shelf, sql: str) -> str:
    """The answer to a query on the graph, or what is wrong with the query."""
    if not sql.strip():
        return draw_message("Write a query, or choose an example.")
    if len(sql) > MAX_SQL:
        return draw_message(f"A query may have {MAX_SQL:,} characters at most.", kind="warning")
    try:
        answer = ask_graph(shelf.graph, sql, limits=LIMITS)
    except (QueryError, GraphError) as error:
        return f"<pre class='pg-message warning' role='alert'>{escape(str(error))}</pre>"
    return _table(answer)


def draw_columns(shelf: Shelf) -> str:
    """What can be asked: views and tables with their columns, and what each holds."""
    with shelf.open() as connection:
        rows = connection.execute(
            """
            WITH tables AS (
                SELECT schema_name, view_name AS name, true AS is_view, comment FROM duckdb_views() WHERE NOT internal
                UNION ALL
                SELECT schema_name, table_name, false, comment FROM duckdb_tables() WHERE NOT internal
            )
            SELECT tables.name, is_view, coalesce(tables.comment, ''), column_name, data_type,
                coalesce(columns.comment, '')
            FROM tables
            JOIN duckdb_columns() AS columns
                ON columns.schema_name = tables.schema_name AND columns.table_name = tables.name
            WHERE tables.schema_name = 'main'
            ORDER BY is_view DESC, tables.name, column_index"""
        ).fetchall()
    tables: dict[tuple[str, bool, str], list[Sequence[str]]] = {}
    for name, is_view, comment, *column in rows:
        tables.setdefault((name, is_view, comment), []).append(column)
    drawn = "".join(
        f"<details><summary><code>{escape(name)}</code> <span class='quiet'>{'view' if is_view else 'table'}. "
        f"{escape(comment)}</span></summary><table class='pg-table'><tbody>"
        + "".join(
            f"<tr><td><code>{escape(column)}</code></td><td class='quiet'>{escape(kind.lower())}</td>"
            f"<td>{escape(about)}</td></tr>"
            for column, kind, about in columns
        )
        + "</tbody></table></details>"
        for (name, is_view, comment), columns in tables.items()
    )
    return f"<h3>What can be asked</h3><div class='pg-columns'>{drawn}</div>"


def _table(answer: Answer) -> str:
    count = count_of(len(answer.rows), "row")
    if answer.truncated:
        count = f"the first {count}; there are more"
    note = f"<p class='quiet' role='status'>{count} · {answer.seconds:.2f} s</p>"
    numbers = [_is_number(kind) for kind in answer.types]
    head = "".join(
        f"<th{' class=n' if is_number else ''}>{escape(name)}</th>"
        for name, is_number in zip(answer.columns, numbers, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(value, n) for value, n in zip(row, numbers, strict=True)) + "</tr>"
        for row in answer.rows
    )
    table = f"<table class='pg-table pg-answer'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"{note}<div class='pg-scroll' tabindex='0'>{table}</div>"


def _cell(value: object, is_number: bool) -> str:
    if value is None:
        return "<td class='quiet'>NULL</td>"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if len(text) > _MAX_CELL:
        return f"<td>{escape(text[: _MAX_CELL - 1])}…</td>"
    return f"<td{' class=n' if is_number else ''}>{escape(text)}</td>"


def _is_number(kind: str) -> bool:
    return kind.partition("(")[0] in _NUMBERS or kind.endswith(("INT", "INTEGER"))
