"""Opening a graph, the log of runs, its figures and its answers."""

import io
import json
import subprocess
import sys

import duckdb
import pyarrow.parquet as pq
import pytest
from graph_papers import make_paper, write_shards

from schemas.errors import CountError, GraphError, PapergraphError, QueryError, TransientError
from schemas.graph.database import open_for_run, open_graph
from schemas.graph.load import load_shard, remove_papers
from schemas.graph.migrate import SCHEMA_VERSION
from schemas.graph.query import QUERY_FORMATS, write_query
from schemas.graph.runs import KBSource, RunCounts, fail_run, finish_run, start_run
from schemas.graph.summary import EntityTypeRow, FactRow, FailureRow, RelationTypeRow, summarise_graph
from schemas.records import Failure

PAPER = make_paper(
    "p",
    "A beats B. A on C: 5.",
    {"A": "Method", "B": "Method", "C": "Dataset", "5": "Result"},
    [("A", "evaluated_on", "C", 0.9)],
)
BROKEN = Failure("", "x.pdf", "papers/x.pdf", "parse", "not_a_pdf", "a text file")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "graph.duckdb"


@pytest.fixture
def graph(path):
    with open_graph(path) as connection:
        yield connection


def hold(path, seconds, *, read_only=False):
    """Another process that has the file open for some seconds."""
    code = (
        "import sys, time, duckdb; connection = duckdb.connect(sys.argv[1], read_only=sys.argv[3] == '1');"
        "print('open', flush=True); time.sleep(float(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(seconds), str(int(read_only))], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_graph_opens_again_and_in_any_client(path):
    open_graph(path).close()
    open_graph(path).close()
    with open_graph(path, read_only=True) as graph:
        assert graph.execute("SELECT count(*) FROM papers").fetchone() == (0,)
    with duckdb.connect(path, read_only=True) as client:
        assert client.execute("SELECT schema_version FROM graph_info").fetchall() == [(SCHEMA_VERSION,)]
        assert client.execute("FROM leaderboard").fetchall() == []


def test_a_kill_while_a_graph_is_made_leaves_none(path):
    code = (
        "import os, sys; from schemas.graph import database;"
        "database.define_views = lambda _: os._exit(9); database.open_graph(sys.argv[1])"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    assert not path.exists()
    with open_graph(path) as graph:
        assert graph.execute("SELECT count(*) FROM papers").fetchone() == (0,)
    assert list(path.parent.iterdir()) == [path]


def test_a_graph_is_made_where_there_are_no_hard_links(path, monkeypatch):
    monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(PermissionError("not here")))
    with open_graph(path) as graph:
        assert graph.execute("SELECT count(*) FROM papers").fetchone() == (0,)


def test_newer_graph_is_refused_and_left_alone(path):
    with open_graph(path) as graph:
        graph.execute("UPDATE graph_info SET schema_version = 99")
    with pytest.raises(GraphError, match="newer papergraph"):
        open_graph(path)
    with duckdb.connect(path) as client:
        assert client.execute("SELECT schema_version FROM graph_info").fetchall() == [(99,)]


def test_file_that_is_no_graph_is_refused_and_left_alone(path):
    path.write_text("notes")
    with pytest.raises(GraphError, match="not a graph"):
        open_graph(path)
    assert path.read_text() == "notes"


def test_a_name_with_lock_in_it_is_not_taken_for_a_lock(tmp_path):
    path = tmp_path / "blocks.duckdb"
    path.write_text("notes")
    with pytest.raises(GraphError, match="not a graph"):
        open_graph(path, wait_s=30)


def test_database_of_someone_else_is_refused_and_left_alone(path):
    with duckdb.connect(path) as client:
        client.execute("CREATE TABLE prices (item VARCHAR)")
    with pytest.raises(GraphError, match="not a papergraph graph"):
        open_graph(path)
    with duckdb.connect(path) as client:
        assert client.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("prices",)]


def test_reading_a_graph_that_is_not_there_makes_none(path):
    with pytest.raises(GraphError, match="no graph here"):
        open_graph(path, read_only=True)
    assert not path.exists()


def test_a_name_that_is_taken_within_a_graph_is_refused(tmp_path):
    with pytest.raises(GraphError, match="another name"):
        open_graph(tmp_path / "settled.duckdb")
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(GraphError, match="does not exist"):
        open_graph(tmp_path / "nowhere" / "graph.duckdb")


@pytest.mark.parametrize("reading", [False, True])
def test_locked_graph_says_so(path, reading):
    open_graph(path).close()
    with hold(path, 30) as process:
        try:
            with pytest.raises(GraphError, match=f"another process has the graph open.*{process.pid}"):
                open_graph(path, read_only=reading)
        finally:
            process.kill()


def test_a_graph_that_cannot_be_had_any_more_is_not_a_wrong_call(path):
    with open_for_run(path), pytest.raises(TransientError, match="cannot be opened"):
        open_for_run(path, read_only=True).__enter__()
    with pytest.raises(PapergraphError, match="run again"), open_for_run(path):
        raise duckdb.IOException("No space left on device")


def test_waiting_for_a_locked_graph(path):
    open_graph(path).close()
    with hold(path, 0.5), open_graph(path, wait_s=30) as graph:
        assert graph.execute("SELECT count(*) FROM papers").fetchone() == (0,)


def test_killed_load_leaves_the_graph_as_it_was(path, tmp_path):
    with open_graph(path) as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", PAPER))
    code = (
        "import sys, os; from schemas.graph.database import open_graph; graph = open_graph(sys.argv[1]);"
        "graph.begin(); graph.execute('DELETE FROM papers; DELETE FROM mentions'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    with open_graph(path) as graph:
        assert graph.execute("SELECT count(*) FROM mentions").fetchone() == (5,)


# --- runs


def test_run_that_adds_up(graph, tmp_path):
    start_run(
        graph,
        run_id="r1",
        source="papers/",
        settings={"limit": None, "graph": tmp_path},
        kb_sources=[KBSource("ror", "abc", "ror.zip", 7, "CC0")] * 2,
    )
    counts = load_shard(graph, run_id="r1", **write_shards(tmp_path / "s", PAPER, failures=[BROKEN]))
    total = RunCounts(n_found=5, n_loaded=counts.n_loaded, n_skipped=3, n_failed=counts.n_failed)
    assert finish_run(graph, run_id="r1", counts=total, stage_seconds={"parse": 1.5}) == "done_with_failures"
    assert graph.execute(
        "SELECT status, n_found, n_loaded, n_skipped, n_failed, settings->>'graph', stage_seconds->>'parse',"
        " finished_at >= started_at FROM runs"
    ).fetchall() == [("done_with_failures", 5, 1, 3, 1, str(tmp_path), "1.5", True)]
    assert graph.execute("SELECT kb, n_entries FROM kb_sources").fetchall() == [("ror", 7)]


LOST = {
    "a paper was lost": (RunCounts(3, 1, 0, 1), "3 papers found, but 1 loaded"),
    "a paper was counted twice": (RunCounts(2, 2, 0, 1), "= 3"),
    "a load that did not happen": (RunCounts(3, 2, 0, 1), "table papers, which has 1 rows"),
    "a failure that was not recorded": (RunCounts(3, 1, 0, 2), "table failures, which has 1 rows"),
}


@pytest.mark.parametrize(("counts", "message"), LOST.values(), ids=LOST.keys())
def test_run_that_does_not_add_up_fails_loudly(graph, tmp_path, counts, message):
    start_run(graph, run_id="r1", source="papers/", settings={})
    load_shard(graph, run_id="r1", **write_shards(tmp_path / "s", PAPER, failures=[BROKEN]))
    with pytest.raises(CountError, match=message):
        finish_run(graph, run_id="r1", counts=counts)
    assert graph.execute("SELECT status FROM runs").fetchall() == [("failed",)]


def test_a_run_with_nothing_new_leaves_the_settled_graph_alone(graph, tmp_path, monkeypatch):
    start_run(graph, run_id="r", source="papers/", settings={})
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", make_paper("p", "BERT", {"BERT": "Method"})))
    finish_run(graph, run_id="r", counts=RunCounts(1, 1, 0, 0))
    monkeypatch.setattr("schemas.graph.runs.settle_entities", lambda _: 1 / 0)
    start_run(graph, run_id="r2", source="papers/", settings={})
    assert finish_run(graph, run_id="r2", counts=RunCounts(1, 0, 1, 0)) == "done"
    remove_papers(graph, ["p"])
    start_run(graph, run_id="r3", source="papers/", settings={})
    with pytest.raises(ZeroDivisionError):
        finish_run(graph, run_id="r3", counts=RunCounts(0, 0, 0, 0))


def test_killed_run_is_marked_by_the_next(graph):
    start_run(graph, run_id="killed", source="papers/", settings={})
    start_run(graph, run_id="broken", source="papers/", settings={})
    fail_run(graph, run_id="broken")
    start_run(graph, run_id="next", source="papers/", settings={})
    assert finish_run(graph, run_id="next", counts=RunCounts(0, 0, 0, 0)) == "done"
    assert dict(graph.execute("SELECT run_id, status FROM runs").fetchall()) == {
        "killed": "interrupted",
        "broken": "failed",
        "next": "done",
    }


# --- figures


def test_summary(graph, tmp_path):
    start_run(graph, run_id="r1", source="papers/", settings={})
    load_shard(graph, run_id="r1", **write_shards(tmp_path / "s", PAPER, failures=[BROKEN]))
    finish_run(graph, run_id="r1", counts=RunCounts(2, 1, 0, 1))
    summary = summarise_graph(graph)
    assert summary.n_rows["papers"] == 1
    assert summary.n_rows["mentions"] == 5
    assert summary.entity_types == (
        EntityTypeRow("Dataset", 1, 1),
        EntityTypeRow("Method", 3, 2),
        EntityTypeRow("Result", 1, 0),
    )
    assert summary.relation_types == (RelationTypeRow("evaluated_on", 1, 1),)
    assert [(run.run_id, run.status, run.n_failed) for run in summary.runs] == [("r1", "done_with_failures", 1)]
    assert summary.failures == (FailureRow("papers/x.pdf", "parse", "not_a_pdf", "a text file"),)
    assert summary.facts == (FactRow("A", "evaluated_on", "C", 1, 1, 0.9),)


def test_summary_of_an_empty_graph(graph):
    summary = summarise_graph(graph)
    assert set(summary.n_rows.values()) == {0}
    assert summary.facts == ()


# --- answers


def ask(graph, sql, **options):
    out = io.BytesIO()
    write_query(graph, sql, out, **options)
    return out.getvalue()


VALUES = "SELECT 1 AS n, 'a,\"b\"\nö' AS text, NULL AS nothing, [1, 2] AS list, DATE '2026-01-02' AS day"


def test_answer_as_csv(graph):
    assert ask(graph, VALUES, output_format="csv").decode() == (
        'n,text,nothing,list,day\r\n1,"a,""b""\nö",,"[1, 2]",2026-01-02\r\n'
    )


def test_answer_as_json_lines(graph):
    (line,) = ask(graph, VALUES, output_format="json").decode().splitlines()
    assert json.loads(line) == {"n": 1, "text": 'a,"b"\nö', "nothing": None, "list": [1, 2], "day": "2026-01-02"}


def test_json_has_numbers_as_such_and_every_column(graph):
    sql = "SELECT 1 AS a, 2 AS a, 3 AS a_1, sum(range) AS whole, 1.5 AS part, ['nan'::FLOAT, 2.5] AS odd, 4 AS a"
    sql += " FROM range(9)"
    (line,) = ask(graph, sql, output_format="json").decode().splitlines()
    assert line == '{"a": 1, "a_2": 2, "a_1": 3, "whole": 36, "part": 1.5, "odd": [null, 2.5], "a_3": 4}'


def test_answer_as_parquet(graph):
    table = pq.read_table(io.BytesIO(ask(graph, "FROM range(25000)", output_format="parquet")))
    assert table.num_rows == 25000


def test_answer_as_table_is_cut_to_the_limit(graph):
    drawn = ask(graph, "SELECT 'row' || range AS name FROM range(9)", limit=2, max_width=60).decode()
    assert "row1" in drawn
    assert "row2" not in drawn


@pytest.mark.parametrize("output_format", QUERY_FORMATS)
def test_connection_is_free_after_an_answer(graph, output_format):
    ask(graph, "FROM range(30000)", output_format=output_format)
    assert graph.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("output_format", QUERY_FORMATS)
@pytest.mark.parametrize("sql", ["SELEC 1", "FROM nowhere", "SELECT error('during the answer') FROM range(9)"])
def test_wrong_sql_is_an_error_of_ours(graph, sql, output_format):
    with pytest.raises(QueryError):
        ask(graph, sql, output_format=output_format)


def test_unknown_format(graph):
    with pytest.raises(QueryError, match="xml"):
        ask(graph, "SELECT 1", output_format="xml")


FORBIDDEN = {
    "write": "DELETE FROM papers",
    "read a file": "FROM read_csv('/etc/hostname')",
    "write a file": "COPY papers TO 'stolen.csv'",
    "attach": "ATTACH 'other.duckdb'",
    "install": "INSTALL httpfs",
    "unlock": "SET enable_external_access = true",
}


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_sql_on_a_graph_opened_for_reading_can_only_read_it(path, sql):
    open_graph(path).close()
    with open_graph(path, read_only=True) as graph, pytest.raises(QueryError):
        ask(graph, sql)
