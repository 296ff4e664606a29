"""What changed between runs, taking papers out, and putting graphs together."""

import shutil

import pytest
from graph_papers import dump, make_paper, merge_settled, write_shards
from sample_graph import load_samples

from schemas.errors import GraphError
from schemas.graph.changes import diff_runs, find_papers
from schemas.graph.corrections import add_correction
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard, remove_papers, settle_entities
from schemas.graph.merge_graphs import MergeCounts, refuse_itself
from schemas.graph.resolve import Correction
from schemas.graph.runs import RunCounts, finish_run, start_run
from schemas.records import Failure

NAMED = {"BERT": "Method", "GPT": "Method", "SQuAD": "Dataset", "GLUE": "Dataset"}
TEXT = "BERT and GPT on SQuAD and GLUE."
BERT = make_paper("bert", TEXT, NAMED, [("BERT", "evaluated_on", "SQuAD", 0.9), ("GPT", "evaluated_on", "GLUE", 0.6)])
GPT = make_paper("gpt", TEXT, NAMED, [("BERT", "evaluated_on", "SQuAD", 0.5)])
AGAIN = make_paper("bert", TEXT, NAMED, [("BERT", "evaluated_on", "SQuAD", 0.7), ("BERT", "compared_with", "GPT", 0.8)])


def run(graph, folder, run_id, *papers, fingerprint=""):
    start_run(graph, run_id=run_id, source="papers/", settings={})
    paths = write_shards(folder / run_id, *papers)
    counts = load_shard(graph, run_id=run_id, fingerprint=fingerprint, **paths)
    n_papers = counts.n_loaded + counts.n_unchanged
    finish_run(graph, run_id=run_id, counts=RunCounts(n_papers, counts.n_loaded, counts.n_unchanged, 0))


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("three-runs")
    with open_graph(folder / "graph.duckdb") as graph:
        run(graph, folder, "run-1", BERT, fingerprint="f1")
        run(graph, folder, "run-2", GPT, fingerprint="f1")
        run(graph, folder, "run-3", AGAIN, fingerprint="f2")
    return folder / "graph.duckdb"


@pytest.fixture
def read_twice(three_runs, tmp_path):
    with open_graph(shutil.copyfile(three_runs, tmp_path / "graph.duckdb")) as graph:
        yield graph


def brief(changes):
    return [(c.change, c.subject, c.predicate, c.object, c.score_before, c.score_after) for c in changes]


def test_facts_gained_lost_and_scored_otherwise(read_twice):
    assert brief(diff_runs(read_twice, "run-2", "run-3")) == [
        ("changed", "BERT", "evaluated_on", "SQuAD", 0.95, 0.85),
        ("gained", "BERT", "compared_with", "GPT", None, 0.8),
        ("lost", "GPT", "evaluated_on", "GLUE", 0.6, None),
    ]


def test_any_two_runs_can_be_compared(read_twice):
    assert brief(diff_runs(read_twice, "run-1", "run-2")) == [("changed", "BERT", "evaluated_on", "SQuAD", 0.9, 0.95)]
    assert [c.change for c in diff_runs(read_twice, "run-1", "run-3")] == ["changed", "gained", "lost"]
    assert diff_runs(read_twice, "run-3", "run-3") == []


def test_later_and_earlier_turned_round(read_twice):
    assert [c.change for c in diff_runs(read_twice, "run-3", "run-2")] == ["changed", "gained", "lost"]


@pytest.mark.parametrize(("name", "message"), [("run-9", "no run run-9"), ("run", "3 runs begin with run")])
def test_unknown_run(read_twice, name, message):
    with pytest.raises(GraphError, match=message):
        diff_runs(read_twice, "run-1", name)


def test_every_fact_knows_its_run_and_models(read_twice):
    assert read_twice.execute(
        "SELECT DISTINCT paper_id, run_id, fingerprint, relation_model, head_model, head_linker"
        " FROM origins ORDER BY ALL"
    ).fetchall() == [
        ("bert", "run-3", "f2", "rel-1", "ner-1", "kb-1"),
        ("gpt", "run-2", "f1", "rel-1", "ner-1", "kb-1"),
    ]


def test_removed_paper_leaves_nothing_behind(read_twice, tmp_path):
    remove_papers(read_twice, find_papers(read_twice, ["papers/bert.pdf"]))
    settle_entities(read_twice)
    with open_graph(tmp_path / "fresh.duckdb") as fresh:
        run(fresh, tmp_path, "run-2", GPT, fingerprint="f1")
        assert dump(read_twice) == dump(fresh)
    tables = read_twice.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_columns() WHERE column_name = 'paper_id' AND NOT internal"
    ).fetchall()
    for (table,) in tables:
        found = read_twice.execute(f"SELECT count(*) FROM {table} WHERE paper_id = 'bert'").fetchall()  # noqa: S608
        assert found == [(0,)], table


@pytest.mark.parametrize("name", ["bert", "bert.pdf", "papers/bert.pdf"])
def test_paper_is_found_by_id_name_and_path(read_twice, name):
    assert find_papers(read_twice, [name]) == ["bert"]


def test_unknown_paper(read_twice):
    with pytest.raises(GraphError, match="no paper xlnet"):
        find_papers(read_twice, ["bert", "xlnet"])


def test_merged_graphs_are_as_one_that_read_all(graph, tmp_path):
    run(graph, tmp_path, "run-1", BERT, fingerprint="f1")
    with open_graph(tmp_path / "other.duckdb") as other:
        load_samples(other, "run-2")
        run(other, tmp_path, "run-3", GPT, fingerprint="f1")
    with open_graph(tmp_path / "both.duckdb") as both:
        load_samples(both, "run-2")
        run(both, tmp_path, "run-3", BERT, GPT, fingerprint="f1")
        assert merge_settled(graph, tmp_path / "other.duckdb") == MergeCounts(35, 0, 0)
        assert dump(graph) == dump(both)
    before = dump(graph)
    assert merge_settled(graph, tmp_path / "other.duckdb") == MergeCounts(0, 0, 35)
    assert dump(graph) == before
    assert graph.execute("SELECT run_id FROM runs ORDER BY ALL").fetchall() == [("run-1",), ("run-2",), ("run-3",)]


def test_paper_that_both_have_counts_as_it_was_read_last(graph, tmp_path):
    run(graph, tmp_path, "run-1", BERT, fingerprint="f1")
    with open_graph(tmp_path / "other.duckdb") as other:
        run(other, tmp_path, "run-2", AGAIN, GPT, fingerprint="f2")
    with open_graph(tmp_path / "read-twice.duckdb") as expected:
        run(expected, tmp_path, "run-1", BERT, fingerprint="f1")
        run(expected, tmp_path, "run-2", AGAIN, GPT, fingerprint="f2")
        assert merge_settled(graph, tmp_path / "other.duckdb") == MergeCounts(1, 1, 0)
        assert dump(graph) == dump(expected)
        assert graph.execute("FROM past_facts ORDER BY ALL").fetchall() == (
            expected.execute("FROM past_facts ORDER BY ALL").fetchall()
        )
        assert diff_runs(graph, "run-1", "run-2") == diff_runs(expected, "run-1", "run-2")


def test_earlier_reading_of_the_other_graph_changes_nothing(graph, tmp_path):
    with open_graph(tmp_path / "other.duckdb") as other:
        run(other, tmp_path, "run-1", BERT, fingerprint="f1")
    run(graph, tmp_path, "run-2", AGAIN, fingerprint="f2")
    before = dump(graph)
    assert merge_settled(graph, tmp_path / "other.duckdb") == MergeCounts(0, 0, 1)
    assert dump(graph) == before


def test_corrections_of_both_hold_for_all_papers(graph, tmp_path):
    correction = Correction("pg:method/gpt", "same", "pg:method/bert")
    run(graph, tmp_path, "run-1", BERT)
    with open_graph(tmp_path / "other.duckdb") as other:
        run(other, tmp_path, "run-2", GPT)
        add_correction(other, correction)
    with open_graph(tmp_path / "both.duckdb") as both:
        run(both, tmp_path, "run-3", BERT, GPT)
        add_correction(both, correction)
        merge_settled(graph, tmp_path / "other.duckdb")
        assert dump(graph) == dump(both)
    assert graph.execute("SELECT count(*) FROM mentions WHERE entity_id = 'pg:method/gpt'").fetchall() == [(0,)]


def test_a_graph_may_have_any_name(tmp_path):
    with open_graph(tmp_path / "one.duckdb") as one:
        run(one, tmp_path, "run-1", BERT)
    with open_graph(tmp_path / "other.duckdb") as other:
        assert merge_settled(other, tmp_path / "one.duckdb").n_added == 1


def test_failures_of_both_but_not_of_papers_that_are_there(graph, tmp_path):
    broken = Failure("", "x.pdf", "papers/x.pdf", "parse", "not_a_pdf", "a text file")
    late = Failure("bert", "bert.pdf", "elsewhere/bert.pdf", "link", "timeout", "took too long")
    run(graph, tmp_path, "run-1", BERT)
    with open_graph(tmp_path / "other.duckdb") as other:
        load_shard(other, run_id="run-2", **write_shards(tmp_path / "f", failures=[broken, late]))
    merge_settled(graph, tmp_path / "other.duckdb")
    assert graph.execute("SELECT source FROM failures").fetchall() == [("papers/x.pdf",)]


def test_graph_cannot_be_merged_into_itself_nor_with_nothing(graph, tmp_path):
    with pytest.raises(GraphError, match="itself"):
        refuse_itself(tmp_path / "graph.duckdb", tmp_path / "graph.duckdb")
    with pytest.raises(GraphError, match="no graph here"):
        merge_settled(graph, tmp_path / "nowhere.duckdb")


def test_merge_that_fails_changes_nothing(graph, tmp_path, monkeypatch):
    run(graph, tmp_path, "run-1", BERT)
    with open_graph(tmp_path / "other.duckdb") as other:
        run(other, tmp_path, "run-2", GPT)
    before = dump(graph)
    monkeypatch.setattr("schemas.graph.merge_graphs.resolve_graph", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        merge_settled(graph, tmp_path / "other.duckdb")
    assert dump(graph) == before
    monkeypatch.undo()
    assert merge_settled(graph, tmp_path / "other.duckdb").n_added == 1  # nothing is left attached
