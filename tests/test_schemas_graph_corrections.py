"""Merges and corrections on a real DuckDB: what they change in the views, and that they outlast everything."""

import shutil

import pytest
from graph_papers import VIEWS, dump, make_paper, write_shards

from schemas.errors import GraphError
from schemas.graph.corrections import (
    add_correction,
    own_id_in_paper,
    read_corrections,
    read_merges,
    replace_merges,
    undo_corrections,
)
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard, remove_papers, settle_entities
from schemas.graph.resolve import Correction, Merge, resolve_entities

ONE = make_paper(
    "one",
    "Ada Quill of Ostby Lab. WaveNet-X is evaluated on Harbour; WaveNet-X reaches 93.2% F1. Model is new.",
    {"Ada Quill": "Author", "Ostby Lab": "Institution", "WaveNet-X": "Method", "Model": "Method", "Harbour": "Dataset",
     "93.2%": "Result", "F1": "Metric"},
    [("Ada Quill", "affiliated_with", "Ostby Lab", 0.9), ("WaveNet-X", "evaluated_on", "Harbour", 0.9),
     ("WaveNet-X", "achieves", "93.2%", 0.8), ("93.2%", "measured_on", "Harbour", 0.7),
     ("93.2%", "measured_by", "F1", 0.9), ("Model", "evaluated_on", "Harbour", 0.4)],
)  # fmt: skip
TWO = make_paper(
    "two",
    "Wave Net X and WNX run on Harbour. Wave Net X wins.",
    {"Wave Net X": "Method", "WNX": "Method", "Harbour": "Dataset"},
    [("Wave Net X", "evaluated_on", "Harbour", 0.8), ("WNX", "evaluated_on", "Harbour", 0.5)],
    entities={"Harbour": ("pwc:harbour", "Harbour-3k", "pwc")},
)
A, B, C = "pg:method/wavenet-x", "pg:method/wave net x", "pg:method/wnx"
SPELLING = Merge(B, A, "spelling", "the same letters", 0.95)


@pytest.fixture(scope="module")
def two_papers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two-papers")
    with open_graph(folder / "graph.duckdb") as connection:
        load_shard(connection, run_id="r1", fingerprint="f1", **write_shards(folder / "s", ONE, TWO))
        settle_entities(connection)
    return folder / "graph.duckdb"


@pytest.fixture
def graph(two_papers, tmp_path):
    with open_graph(shutil.copyfile(two_papers, tmp_path / "graph.duckdb")) as connection:
        yield connection


def methods(graph):
    return graph.execute(
        "SELECT subject_id, object_id, n_papers, n_mentions FROM triples WHERE predicate = 'evaluated_on' ORDER BY ALL"
    ).fetchall()


def names(graph):
    return dict(graph.execute("SELECT entity_id, name FROM entities").fetchall())


def test_a_merge_makes_one_fact_of_two(graph):
    replace_merges(graph, [SPELLING])
    assert (A, "pwc:harbour", 1, 1) in methods(graph)
    assert B not in dict(graph.execute("SELECT entity_id, 1 FROM paper_entities").fetchall())
    replace_merges(graph, [SPELLING, Merge(C, B, "abbreviation", "", 0.9)])
    assert (A, "pwc:harbour", 1, 2) in methods(graph), "merges are followed to their end"
    graph.execute("FROM method_datasets").fetchall()
    settle_entities(graph)
    assert names(graph)[A] == "Wave Net X", "the form printed most often, the longer of two"


def test_merging_and_taking_back_leaves_no_trace(graph):
    before = dump(graph)
    replace_merges(graph, [SPELLING])
    settle_entities(graph)
    assert dump(graph) != before
    replace_merges(graph, [])
    settle_entities(graph)
    assert dump(graph) == before
    add_correction(graph, Correction("pg:method/model", "not_a_name"))
    add_correction(graph, Correction("pg:dataset/harbour", "link", "pwc:harbour"))
    assert undo_corrections(graph, "pg:dataset/harbour") + undo_corrections(graph, "pg:method/model") == 2
    assert dump(graph) == before


def test_different_wins_over_a_merge_and_same_over_different(graph):
    replace_merges(graph, [SPELLING])
    add_correction(graph, Correction(A, "different", B))
    assert {row[0] for row in methods(graph)} >= {A, B}
    add_correction(graph, Correction(B, "same", A))
    assert B not in {row[0] for row in methods(graph)}
    assert [c.action for c in read_corrections(graph)] == ["same"], "the later decision replaces the earlier"


def test_link_gives_the_registry_id_and_name(graph):
    add_correction(graph, Correction("pg:dataset/harbour", "link", "pwc:harbour"))
    assert (A, "pwc:harbour", 1, 1) in methods(graph)
    assert names(graph)["pwc:harbour"] == "Harbour-3k"
    with pytest.raises(GraphError, match="--name"):
        add_correction(graph, Correction(A, "link", "pwc:wave"))
    add_correction(graph, Correction(A, "link", "pwc:wave", target_name="Wave Network", target_kb="pwc"))
    assert names(graph)["pwc:wave"] == "Wave Network"
    assert graph.execute("SELECT DISTINCT method FROM leaderboard").fetchall() == [("Wave Network",)]


def test_what_is_no_name_leaves_every_view(graph):
    assert any("Model" in str(graph.execute(f"FROM {view}").fetchall()) for view in ("triples", "method_datasets"))
    add_correction(graph, Correction("pg:method/model", "not_a_name"))
    add_correction(graph, Correction("pg:author/ada quill", "not_a_name"))
    shown = str([graph.execute(f"FROM {view}").fetchall() for view in VIEWS if view not in ("evidence", "leaderboard")])
    assert "Model" not in shown.replace("'Method'", "")
    assert "Ada" not in shown
    assert graph.execute("SELECT count(*) FROM facts WHERE subject_id LIKE '%Author%'").fetchall() == [(0,)]
    assert "pg:method/model" not in names(graph)


def test_in_one_paper_a_name_may_mean_another_thing(graph):
    other = own_id_in_paper("pwc:harbour", "Dataset", "two")
    assert other == "pg:dataset/pwc-harbour/two"
    add_correction(graph, Correction("pg:dataset/harbour", "link", "pwc:harbour"))
    add_correction(graph, Correction("pwc:harbour", "different", other, paper_id="two"))
    assert {row[1] for row in methods(graph)} == {"pwc:harbour", other}
    assert names(graph)[other] == "Harbour"


def test_corrections_outlast_removal_and_reading_again(graph, tmp_path):
    replace_merges(graph, [SPELLING])
    add_correction(graph, Correction("pg:dataset/harbour", "link", "pwc:harbour", note="the port data"))
    add_correction(graph, Correction("pg:method/model", "not_a_name"))
    add_correction(graph, Correction(C, "same", A))
    before = dump(graph)
    paths = write_shards(tmp_path / "again", ONE, TWO)
    load_shard(graph, run_id="r2", fingerprint="f2", **paths)
    settle_entities(graph)
    assert {**dump(graph), "papers": []} == {**before, "papers": []}
    remove_papers(graph, ["one", "two"])
    settle_entities(graph)
    load_shard(graph, run_id="r3", fingerprint="f2", **paths)
    settle_entities(graph)
    assert {**dump(graph), "papers": []} == {**before, "papers": []}
    assert read_merges(graph) == [SPELLING]


WRONG = {
    "unknown entity": (Correction("pg:method/nobody", "not_a_name"), "no entity pg:method/nobody"),
    "unknown paper": (Correction(A, "not_a_name", paper_id="nine"), "no paper nine"),
    "another type": (Correction(A, "same", "pwc:harbour"), "is a Method, but pwc:harbour is a Dataset"),
    "itself": (Correction(A, "same", A), "needs another entity"),
}


@pytest.mark.parametrize(("correction", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_corrections_are_refused_and_nothing_is_written(graph, correction, message):
    with pytest.raises(GraphError, match=message):
        add_correction(graph, correction)
    assert read_corrections(graph) == []


def test_contradictions_are_refused_and_nothing_is_written(graph):
    add_correction(graph, Correction(A, "same", B))
    add_correction(graph, Correction(B, "same", C))
    before = dump(graph)
    with pytest.raises(GraphError, match="cannot be one thing"):
        add_correction(graph, Correction(A, "different", C))
    assert dump(graph) == before
    add_correction(graph, Correction(A, "link", "x:1", target_name="One"))
    with pytest.raises(GraphError, match="linked to x:1 and to x:2"):
        add_correction(graph, Correction(B, "link", "x:2", target_name="Two"))


def test_merges_join_no_two_entries_of_a_registry_and_no_two_links():
    merges = [
        Merge("pg:m/d-cnn", "x:dilated", "abbreviation", "", 0.9),
        Merge("pg:m/dcnn", "x:deep", "abbreviation", "", 0.9),
        Merge("pg:m/d-cnn", "pg:m/dcnn", "spelling", "", 0.8),
    ]
    found = {r.entity_id: r.resolved_id for r in resolve_entities(merges, [])}
    assert found == {"pg:m/d-cnn": "x:dilated", "pg:m/dcnn": "x:deep"}
    links = [Correction("pg:m/a", "link", "pg:m/c"), Correction("pg:m/b", "link", "pg:m/d")]
    apart = resolve_entities([Merge("pg:m/a", "pg:m/b", "spelling", "", 0.9)], links)
    assert {r.entity_id: r.resolved_id for r in apart} == {"pg:m/a": "pg:m/c", "pg:m/b": "pg:m/d"}


@pytest.mark.parametrize("action", ["same", "link"])
def test_who_says_what_a_name_is_says_that_it_is_one(graph, action):
    add_correction(graph, Correction(B, "not_a_name"))
    add_correction(graph, Correction(B, action, A))
    assert [c.action for c in read_corrections(graph)] == [action]


def test_the_order_of_merges_does_not_matter():
    merges = [Merge("pg:m/b", "pg:m/a", "spelling", "", 0.9), Merge("pg:m/c", "pg:m/b", "spelling", "", 0.9)]
    assert resolve_entities(merges, []) == resolve_entities(merges[::-1], [])
    assert {r.resolved_id for r in resolve_entities(merges, [])} == {"pg:m/a"}
    kept_apart = resolve_entities(merges, [Correction("pg:m/a", "different", "pg:m/c")])
    assert [(r.entity_id, r.resolved_id) for r in kept_apart] == [("pg:m/b", "pg:m/a")], "the first merge, not the next"
