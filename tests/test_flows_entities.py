"""``papergraph entity`` and ``papergraph correct`` on a graph, and merges over papers at the end of a run."""

import re

import pytest
from graph_papers import make_paper, write_shards
from linking_examples import example_base
from typer.testing import CliRunner

from flows.cli import app
from flows.entities import merge_own_entities
from schemas.errors import ConfigError, GraphError
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard, settle_entities

ONE = make_paper("p1", "WobbleNet beats all on Harbour.", {"WobbleNet": "Method", "Harbour": "Dataset"},
                 entities={"WobbleNet": ("pg:method/wobblenet", "WobbleNet", "")})  # fmt: skip
TWO = make_paper("p2", "Wobble-Net runs. Model too.", {"Wobble-Net": "Method", "Model": "Method"},
                 entities={"Wobble-Net": ("pg:method/wobble-net", "Wobble-Net", "")})  # fmt: skip


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "graph.duckdb"
    with open_graph(path) as connection:
        load_shard(connection, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "s", ONE, TWO))
        merge_own_entities(connection)
        settle_entities(connection)
    return path


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], terminal_width=200)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return re.sub(r"\s+", " ", result.output)


def test_an_entity_tells_its_names_papers_and_why_it_was_merged(graph):
    shown = run("entity", "pg:method/wobble-net", "--graph", graph)
    assert "pg:method/wobblenet (which pg:method/wobble-net was merged into): Method" in shown
    assert all(part in shown for part in ("WobbleNet", "Wobble-Net", "On p1", "On p2", "spelling", "same letters"))
    with pytest.raises(GraphError, match="no entity pg:method/nothing"):
        run("entity", "pg:method/nothing", "--graph", graph)


def test_corrections_by_command(graph):
    assert "(1 mentions)" in run("correct", "not-a-name", "pg:method/model", "--graph", graph)
    run("correct", "different", "pg:method/wobblenet", "pg:method/wobble-net", "--graph", graph, "--note", "two nets")
    assert "was merged into" not in run("entity", "pg:method/wobble-net", "--graph", graph)
    assert "two nets" in run("entity", "pg:method/wobblenet", "--graph", graph)
    with pytest.raises(GraphError, match="is no name, says a correction"):
        run("entity", "pg:method/model", "--graph", graph)
    assert "not_a_name" in run("correct", "list", "--graph", graph)
    run("correct", "undo", "pg:method/model", "--graph", graph)
    assert "Model" in run("entity", "pg:method/model", "--graph", graph)
    with pytest.raises(ConfigError, match="no correction names"):
        run("correct", "undo", "pg:method/model", "--graph", graph)
    with pytest.raises(ConfigError, match="one of the two"):
        run("correct", "different", "pg:method/model", "--graph", graph)


def test_corrections_outlast_the_next_merging(graph):
    run("correct", "different", "pg:method/wobblenet", "pg:method/wobble-net", "--graph", graph)
    with open_graph(graph) as connection:
        assert merge_own_entities(connection) == 0
        settle_entities(connection)
    assert "was merged into" not in run("entity", "pg:method/wobble-net", "--graph", graph)


def test_a_link_to_a_knowledge_base(graph):
    kb = example_base().folder
    run("correct", "link", "pg:dataset/harbour", "x:dataset/harbour", "--kb", kb, "--graph", graph)
    assert "x:dataset/harbour: Dataset 'Harbour-3k' in tests" in run(
        "entity", "pg:dataset/harbour", "--graph", graph
    ).replace(" (which pg:dataset/harbour was merged into)", "")
    with pytest.raises(ConfigError, match="has no entity x:1"):
        run("correct", "link", "pg:dataset/harbour", "x:1", "--kb", kb, "--graph", graph)
    with pytest.raises(ConfigError, match="x:dataset/harbour is a Dataset"):
        run("correct", "link", "pg:method/wobblenet", "x:dataset/harbour", "--kb", kb, "--graph", graph)


def test_of_several_corrections_all_are_written_or_none(graph):
    with pytest.raises(GraphError, match="no entity pg:method/nobody"):
        run("correct", "same", "pg:method/wobblenet", "pg:method/model", "pg:method/nobody", "--graph", graph)
    assert run("correct", "list", "--graph", graph) == ""
    said = run("correct", "same", "pg:method/wobblenet", "pg:method/model", "pg:method/wobble-net", "--graph", graph)
    assert "pg:method/model same pg:method/wobblenet; pg:method/wobble-net same pg:method/wobblenet" in said


def test_what_is_merged_follows_the_papers(graph, tmp_path):
    run("remove", "p1", "--graph", graph)
    with open_graph(graph, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM merges").fetchall() == [(0,)]
    with open_graph(tmp_path / "first.duckdb") as connection:
        load_shard(connection, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "s1", ONE))
    run("merge", tmp_path / "first.duckdb", "--graph", graph)
    assert "was merged into" in run("entity", "pg:method/wobble-net", "--graph", graph)


def test_in_one_paper_a_name_means_another_thing(graph):
    run("correct", "different", "pg:method/wobblenet", "--paper", "p2", "--graph", graph)
    assert "On p1" not in run("entity", "pg:method/wobblenet/p2", "--graph", graph)
    assert "On p2" not in run("entity", "pg:method/wobblenet", "--graph", graph)
