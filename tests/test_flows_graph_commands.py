"""The commands that look after a graph: what they print, and that a wrong call changes nothing."""

import json
import shutil
import sys

import pytest
from graph_papers import make_paper, write_shards
from sample_graph import load_samples

from flows import cli
from flows.cli_graph import ExportAs
from schemas.graph.database import open_graph
from schemas.graph.export.write import ExportFormat
from schemas.graph.load import load_shard
from schemas.graph.runs import RunCounts, finish_run, start_run


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    with open_graph(folder / "graph.duckdb") as graph:
        load_samples(graph)
        for run_id, score in (("run-1", 0.5), ("run-2", 0.9)):
            paper = make_paper("p", "A, B.", {"A": "Method", "B": "Method"}, [("A", "compared_with", "B", score)])
            start_run(graph, run_id=run_id, source="papers/", settings={})
            load_shard(graph, run_id=run_id, **write_shards(folder / run_id, paper))
            finish_run(graph, run_id=run_id, counts=RunCounts(1, 1, 0, 0))
    return folder / "graph.duckdb"


@pytest.fixture
def call(monkeypatch, capsys, tmp_path, samples):
    shutil.copyfile(samples, tmp_path / "graph.duckdb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "quieten_libraries", lambda: None)
    monkeypatch.setattr(cli, "silence_teardown", lambda: None)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["papergraph", *arguments])
        try:
            cli.main()
        except SystemExit as ended:
            return ended.code or 0, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


def test_schema(call):
    status, out, _ = call("schema")
    assert status == 0
    assert "### papers" in out
    assert "`papers_of(author)`" in out
    assert call("schema", "--format", "mermaid")[1].startswith("erDiagram")


@pytest.mark.parametrize("export_format", ["rdf", "parquet"])
def test_export_refuses_to_replace(call, tmp_path, export_format):
    status, out, said = call("export", export_format, "out")
    assert status == 0
    assert out == ""
    assert "out:" in said
    status, _, said = call("export", export_format, "out")
    assert status == 2
    assert "--overwrite" in said
    assert call("export", export_format, "out", "--overwrite")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.duckdb", "out"]


def test_formats_of_the_command_are_those_there_are():
    assert list(ExportAs) == list(ExportFormat)


def test_diff(call):
    status, out, _ = call("diff", "run-1", "run-2")
    assert status == 0
    assert "0 gained, 0 lost, 1 changed" in out
    assert "0.50 -> 0.90" in out
    _, out, _ = call("diff", "run-1", "run-2", "--json")
    assert json.loads(out)["subject"] == "A"
    assert call("diff", "run-1", "nothing")[0] == 2


def test_remove(call):
    assert call("remove", "p.pdf", "nothing.pdf")[0] == 2
    assert "35" in call("sql", "SELECT count(*) FROM papers", "--format", "csv")[1]
    status, out, _ = call("remove", "p.pdf")
    assert (status, "1 papers removed" in out) == (0, True)
    assert "34" in call("sql", "SELECT count(*) FROM papers", "--format", "csv")[1]
    assert call("remove", "p.pdf", "--graph", "nowhere.duckdb")[0] == 2


def test_merge_and_publish(call, tmp_path):
    status, out, _ = call("merge", "graph.duckdb", "--graph", "new.duckdb")
    assert status == 0
    assert "35 papers added to new.duckdb" in out
    assert call("merge", "graph.duckdb")[0] == 2
    assert call("merge", "nowhere.duckdb", "--graph", "newer.duckdb")[0] == 2
    assert call("publish", "copy.duckdb")[0] == 0
    assert call("publish", "copy.duckdb")[0] == 0
    assert call("publish", "graph.duckdb")[0] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.duckdb", "graph.duckdb", "new.duckdb"]
