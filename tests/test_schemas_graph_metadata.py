"""What manifests say of papers goes before what they print, and outlives reading them again."""

import json
from dataclasses import replace

import pytest
from graph_papers import make_paper, merge_settled, write_shards

from schemas.graph.database import open_graph
from schemas.graph.load import load_shard, settle_entities
from schemas.graph.metadata import find_changed_metadata, update_metadata
from schemas.records import Source
from schemas.shards import write_shard

PAPER = make_paper("p", "A beats B.", {"A": "Method", "B": "Method"}, [("A", "compared_with", "B", 0.9)])
PAPER = (replace(PAPER[0], doi="10.1/printed", year=2019), *PAPER[1:])
SHOWN = "SELECT title, doi, year, metadata ->> 'venue' FROM papers"
PRINTED = ("On p", "10.1/printed", 2019, None)
SAID = json.dumps({"title": "Told", "venue": "ACL", "year": 2020})


def load(graph, folder, metadata="", fingerprint="f"):
    paths = write_shards(folder, PAPER)
    write_shard(folder / "sources.parquet", Source, [Source("p", "p.pdf", "p.pdf", 1, metadata)])
    load_shard(graph, run_id="r", sources=folder / "sources.parquet", fingerprint=fingerprint, **paths)


def test_what_is_said_goes_before_what_is_printed(graph, tmp_path):
    load(graph, tmp_path / "s", SAID)
    assert graph.execute(SHOWN).fetchall() == [("Told", "10.1/printed", 2020, "ACL")]
    ((printed,),) = graph.execute("SELECT printed FROM papers").fetchall()
    assert json.loads(printed)["title"] == "On p"


def test_it_outlives_reading_the_paper_again_without_a_manifest(graph, tmp_path):
    load(graph, tmp_path / "s", SAID)
    load(graph, tmp_path / "s", fingerprint="other")
    assert graph.execute(SHOWN).fetchall() == [("Told", "10.1/printed", 2020, "ACL")]


def test_it_changes_without_reading_the_paper_again(graph, tmp_path):
    load(graph, tmp_path / "s")
    settle_entities(graph)
    assert find_changed_metadata(graph, {"p": SAID, "unknown": SAID}) == {"p": SAID}
    update_metadata(graph, {"p": SAID})
    assert find_changed_metadata(graph, {"p": SAID}) == {}
    assert graph.execute(SHOWN).fetchall() == [("Told", "10.1/printed", 2020, "ACL")]
    assert graph.execute("SELECT DISTINCT title FROM evidence JOIN papers USING (paper_id)").fetchall() == [("Told",)]
    update_metadata(graph, {"p": json.dumps({"doi": "10.1/said", "year": "in press"})})
    assert graph.execute(SHOWN).fetchall() == [("On p", "10.1/said", 2019, None)]
    update_metadata(graph, {"p": "{}"})
    assert graph.execute(SHOWN).fetchall() == [PRINTED]


@pytest.mark.parametrize("said", [True, False])
def test_merged_graphs_keep_it_from_whichever_has_it(graph, tmp_path, said):
    with open_graph(tmp_path / "other.duckdb") as other:
        load(other, tmp_path / "o", "" if said else SAID, fingerprint="other")
    load(graph, tmp_path / "s", SAID if said else "")
    merge_settled(graph, tmp_path / "other.duckdb")
    assert graph.execute(SHOWN).fetchall() == [("Told", "10.1/printed", 2020, "ACL")]
