"""SQL typed by strangers reads the graph and nothing else, within its limits."""

import duckdb
import pytest
from graph_papers import make_paper, write_shards

from schemas.errors import GraphError, QueryError
from schemas.graph.database import open_graph
from schemas.graph.guarded import Limits, ask_graph
from schemas.graph.load import load_shard

PAPER = make_paper("p", "A beats B.", {"A": "Method", "B": "Method"}, [("A", "compared_with", "B", 0.9)])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    with open_graph(folder / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(folder / "s", PAPER))
    return folder / "graph.duckdb"


def test_answer_has_names_types_and_rows(path):
    answer = ask_graph(path, "SELECT text, score, DATE '2026-01-02' AS day FROM mentions WHERE text = ?", ["A"])
    assert answer.columns == ("text", "score", "day")
    assert answer.types == ("VARCHAR", "DOUBLE", "DATE")
    assert [row[:2] for row in answer.rows] == [("A", 0.9)]
    assert not answer.truncated


def test_modules_in_the_working_folder_are_not_ours(path, tmp_path, monkeypatch):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "__init__.py").write_text("raise SystemExit('of another project')")
    monkeypatch.chdir(tmp_path)
    assert ask_graph(path, "SELECT 1").rows == [(1,)]


def test_rows_are_limited(path):
    answer = ask_graph(path, "FROM range(5000)", limits=Limits(max_rows=1200))
    assert len(answer.rows) == 1200
    assert answer.truncated
    assert not ask_graph(path, "FROM range(1200)", limits=Limits(max_rows=1200)).truncated


REFUSED = {  # name: (SQL, what the message says)
    "write": ("DELETE FROM papers", "only reading"),
    "two statements": ("SELECT 1; SELECT 2", "one statement"),
    "nothing": ("", "one statement"),
    "copy to a file": ("COPY papers TO 'stolen.csv'", "only reading"),
    "attach": ("ATTACH 'other.duckdb'", "only reading"),
    "install": ("INSTALL httpfs", "only reading"),
    "load": ("LOAD 'httpfs'", "only reading"),
    "set": ("SET enable_external_access = true", "only reading"),
    "export": ("EXPORT DATABASE 'x'", "only reading"),
    "read text": ("SELECT * FROM read_text('/etc/hostname')", "disabled by configuration"),
    "read csv": ("FROM '/etc/passwd.csv'", "disabled by configuration|does not exist"),
    "read parquet": ("FROM read_parquet('https://example.org/x.parquet')", "disabled|autoload|httpfs"),
    "list files": ("FROM glob('/*')", "disabled by configuration"),
    "another database": ("FROM sqlite_scan('a', 'b')", "does not exist|not"),
    "python variable": ("FROM limits", "does not exist"),
    "not SQL": ("SELEC 1", "syntax error"),
    "no such table": ("FROM nowhere", "nowhere"),
    "explained write": ("EXPLAIN ANALYZE DELETE FROM papers", "read-only"),
    "during the answer": ("SELECT error('so it is')", "so it is"),
    "too large an answer": ("SELECT repeat('x', 40000000)", "larger than 32 MB"),
}


@pytest.mark.parametrize(("sql", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_more_than_reading_is_refused(path, sql, message):
    with pytest.raises(QueryError, match=message):
        ask_graph(path, sql)
    with duckdb.connect(path, read_only=True) as client:
        assert client.execute("SELECT count(*) FROM papers").fetchall() == [(1,)]


def test_endless_query_is_stopped(path):
    with pytest.raises(QueryError, match="longer than"):
        ask_graph(path, "SELECT count(*) FROM range(1e12::BIGINT) WHERE range % 7 = 3", limits=Limits(max_seconds=0.3))


GREEDY = {
    "of DuckDB's": "SELECT list(range || 'x') FROM range(100_000_000)",
    "beyond its reach": "SELECT repeat('x', 3_000_000_000)",
}


@pytest.mark.parametrize("sql", GREEDY.values(), ids=GREEDY.keys())
def test_greedy_query_is_stopped(path, sql):
    with pytest.raises(QueryError, match=r"[Mm]emory"):
        ask_graph(path, sql, limits=Limits(max_memory_mb=256, max_seconds=60))


def test_graph_that_is_not_there(tmp_path):
    with pytest.raises(GraphError, match="no graph here"):
        ask_graph(tmp_path / "graph.duckdb", "SELECT 1")


def test_text_of_a_parameter_is_never_sql(path):
    assert ask_graph(path, "SELECT ?", ["'; DROP TABLE papers; --"]).rows == [("'; DROP TABLE papers; --",)]
