"""Graphs made by an older papergraph are brought up to date: after a copy, all or nothing."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from graph_papers import FACTS, make_paper, write_shards

from schemas.errors import GraphError
from schemas.graph import migrate
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard
from schemas.graph.migrate import OLDEST_VERSION, SCHEMA_VERSION

SCHEMA_2 = (Path(__file__).parent / "data" / "schema_2.sql").read_text(encoding="utf-8")
PAPER = make_paper("p", "A beats B.", {"A": "Method", "B": "Method"}, [("A", "compared_with", "B", 0.9)])


@pytest.fixture
def old(tmp_path):
    """A graph of schema 2 with the facts of one paper."""
    with open_graph(tmp_path / "new.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", PAPER))
    path = tmp_path / "graph.duckdb"
    with duckdb.connect(path) as client:
        client.execute(SCHEMA_2)
        client.execute("INSERT INTO graph_info VALUES (2, '2026-11-20')")
        client.execute(f"ATTACH '{tmp_path / 'new.duckdb'}' AS new (READ_ONLY)")
        for table in [*FACTS, "entities"]:
            columns = ", ".join(name for name, *_ in client.execute(f"DESCRIBE {table}").fetchall())
            client.execute(f"INSERT INTO {table} BY NAME SELECT {columns} FROM new.{table}")  # noqa: S608
    return path


def shape(graph):
    return graph.execute(
        "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()"
        " WHERE schema_name = 'main' AND NOT internal ORDER BY ALL"
    ).fetchall()


@pytest.mark.parametrize("read_only", [True, False])
def test_old_graph_opens_with_its_facts_and_a_copy_is_kept(old, tmp_path, read_only):
    before = old.read_bytes()
    with open_graph(old, read_only=read_only) as graph, open_graph(tmp_path / "fresh.duckdb") as fresh:
        assert graph.execute("SELECT schema_version, created_at::DATE::VARCHAR FROM graph_info").fetchall() == [
            (SCHEMA_VERSION, "2026-11-20")
        ]
        assert graph.execute("SELECT subject, object FROM triples").fetchall() == [("A", "B")]
        assert shape(graph) == shape(fresh)
    copy = tmp_path / "graph.schema2.duckdb"
    assert copy.read_bytes() == before
    with open_graph(old):  # nothing more to do
        assert not (tmp_path / "graph.schema2-2.duckdb").exists()


def test_every_version_has_its_migration():
    folder = Path(migrate.__file__).parent / "migrations"
    assert {int(path.stem) for path in folder.iterdir()} == set(range(OLDEST_VERSION + 1, SCHEMA_VERSION + 1))


def test_migration_that_fails_leaves_the_graph_as_it_was(old, monkeypatch):
    def fail(_):
        raise duckdb.Error("in the middle")

    monkeypatch.setattr(migrate, "settle_views", fail)
    with pytest.raises(GraphError, match=r"cannot be brought up to date .in the middle"):
        open_graph(old)
    with duckdb.connect(old) as client:
        assert client.execute("SELECT * FROM graph_info").fetchall()[0][0] == 2
        assert client.execute("SELECT count(*) FROM relations").fetchall() == [(1,)]


def test_graph_that_is_too_old_is_refused(old):
    with duckdb.connect(old) as client:
        client.execute("UPDATE graph_info SET schema_version = 1")
    with pytest.raises(GraphError, match="too old"):
        open_graph(old, read_only=True)


def test_views_of_another_version_are_made_anew(tmp_path):
    path = tmp_path / "graph.duckdb"
    with open_graph(path) as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", PAPER))
        graph.execute("CREATE OR REPLACE VIEW triples AS SELECT 1 AS x; UPDATE graph_info SET definitions = 'other'")
    with open_graph(path, read_only=True) as graph:
        assert graph.execute("SELECT subject, object FROM triples").fetchall() == [("A", "B")]
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".duckdb"] == ["graph.duckdb"]  # no copy


def test_old_graph_that_is_open_elsewhere_says_so(old):
    code = "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        with pytest.raises(GraphError, match=r"cannot be brought up to date .*another process has the graph open"):
            open_graph(old, read_only=True)
        process.kill()
