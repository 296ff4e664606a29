"""``papergraph bench``: everything is measured that can be, and what cannot be is said. No time is asserted."""

import json
import subprocess
import sys

import psutil
import pymupdf
import pytest
from drawn_papers import draw_paper
from tiny_models import write_tiny_models

from flows.bench import parse, run
from flows.bench.copies import make_copies
from flows.bench.material import BenchCall
from flows.bench.report import to_markdown
from flows.bench.results import Results
from flows.bench.timing import Comparison, Timing, Way, time_ways
from flows.cli_bench import STAGES
from flows.memory import Memory, proportional_bytes, watch_memory
from linking.build import build_knowledge_base
from schemas.errors import ConfigError


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Two papers, tiny models and a tiny knowledge base."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "papers").mkdir()
    for name in ("GridNet", "TreeNet"):
        draw_paper(folder / "papers" / f"{name}.pdf", f"{name}: Parsing with Care", method=name)
    (folder / "papers" / "a-broken.pdf").write_text("no PDF")
    table = folder / "things.csv"
    table.write_text("id,type,name\nx:toybank,Dataset,ToyBank\nx:nowhere,Institution,University of Nowhere\n")
    build_knowledge_base(folder / "kb", csv=[(table, None)], starter=False)
    ner, relations = write_tiny_models(folder / "models")

    def make(out, stages, **settings):
        return BenchCall(
            (str(folder / "papers"),),
            out,
            papers=3,
            rounds=1,
            stages=stages,
            device="cpu",
            kb=folder / "kb",
            ner_model=ner,
            relation_model=relations,
            **settings,
        )

    return make


def test_every_stage_stands_beside_its_rivals(call, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(parse._OTHERS, "pypdf", ("no_such_module", None))
    run.bench(call(tmp_path / "out", tuple(stage for stage in STAGES if stage != "pipeline")))
    said = capsys.readouterr()
    assert "a-broken.pdf" in said.err
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    compared = {comparison["stage"]: comparison for comparison in results["comparisons"]}
    assert list(compared) == ["parse", "tag", "relate", "link affiliations", "link concepts", "load"]
    assert all(c["timings"][0]["name"].startswith("papergraph") for c in compared.values())
    missing = {
        timing["name"]: timing["note"]
        for comparison in compared.values()
        for timing in comparison["timings"]
        if not timing["seconds"]
    }
    assert missing.pop("pypdf") == "not installed"
    assert set(missing.values()) <= {"not installed"}  # pdfminer.six and pdfplumber may be absent too
    assert len(results["latency"]["all stages"]) == 2
    assert results["machine"]["cores"]
    table = (tmp_path / "out" / "results.md").read_text()
    assert table.strip() == said.out.strip()
    assert "not installed" in table
    assert (tmp_path / "out" / "results.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["results.json", "results.md", "results.png"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_pipeline_stands_beside_its_parts(call, tmp_path, capsys):
    run.bench(call(tmp_path, ("pipeline",), pipeline_papers=(2, 5)))
    runs = json.loads((tmp_path / "results.json").read_text())["runs"]
    assert [(one["n_papers"], one["n_failed"]) for one in runs] == [(2, 0), (5, 0)]
    assert all(one["peak_bytes"] > 10**8 and one["stage_s"]["parse"] for one in runs)
    assert all(0 < sum(s for name, s in one["stage_s"].items() if name != "parse") < one["wall_s"] for one in runs)
    assert all(len(one["bare_s"]) == 5 for one in runs)
    assert "From 2 to 5 papers" in capsys.readouterr().out


def test_a_unit_is_what_counts_and_the_median_of_the_rounds():
    own, other = Timing("papergraph", 10, seconds=[1.0, 2.0, 4.0]), Timing("other", 5, seconds=[1.0, 1.0, 20.0])
    comparison = Comparison("parse", "pages", "", (own, other))
    assert comparison.ratio(other) == 2.0
    assert comparison.ratio(Timing("absent", 5)) is None
    assert own.per_second == 5.0
    assert "| other" in to_markdown(Results({}, {}, [comparison]))


def test_a_rival_that_fails_is_a_row_and_papergraph_is_an_error():
    calls = []
    ways = [Way("papergraph", lambda: calls.append("own"), 1), Way("other", lambda: 1 / 0, 1)]
    own, other = time_ways(ways, 2)
    assert (len(own.seconds), other.seconds) == (2, [])
    assert other.note == "failed: ZeroDivisionError: division by zero"
    assert calls == ["own", "own"]
    with pytest.raises(ZeroDivisionError):
        time_ways(ways[1:], 1)


def test_copies_are_files_of_their_own_that_print_the_same(tmp_path):
    papers = [draw_paper(tmp_path / f"{name}.pdf", name) for name in ("One", "Two")]
    copies = make_copies(papers, 5, tmp_path / "copies")
    assert len({path.read_bytes() for path in copies}) == 5
    texts = []
    for path in copies:
        with pymupdf.open(path) as document:
            texts.append(document[0].get_text())
    assert texts == [texts[0], texts[1], texts[0], texts[1], texts[0]]
    assert texts[0] != texts[1]


def test_memory_of_children_counts():
    grow = "x = b'x' * 10**8; import time; time.sleep(1)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grow!r}])"
    process = subprocess.Popen([sys.executable, "-c", start])
    with watch_memory(Memory(psutil.Process(process.pid), proportional_bytes), 0.1) as memory:
        process.wait()
    assert memory.peak_bytes > 10**8


def test_a_wrong_call_measures_nothing(call, tmp_path):
    with pytest.raises(ConfigError, match="unknown device"):
        run.bench(BenchCall((), tmp_path / "out", 1, 1, ("parse",), device="tpu"))
    with pytest.raises(ConfigError, match="cannot read the gold file"):
        run.bench(BenchCall((), tmp_path / "out", 1, 1, ("link",), names=tmp_path / "none.jsonl"))
    assert not (tmp_path / "out").exists()
