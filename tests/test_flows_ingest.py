"""The ingest flow end to end: real PDFs, real Prefect, real DuckDB; tiny models, whose findings do not matter."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from drawn_papers import draw_paper
from test_flows_metrics import difference, scrape
from tiny_models import write_tiny_models

from flows.environment import prepare_prefect
from flows.metrics import serve_metrics
from flows.query import print_status
from flows.run import first_fault
from flows.work import lock_work
from schemas.errors import ConfigError, CountError, TransientError
from schemas.graph.database import open_graph

ROOT = Path(__file__).parent.parent
TIMES_AND_RUNS = {"ingested_at", "failed_at", "run_id", "created_at"}
TABLES = ["papers", "blocks", "sentences", "mentions", "abbreviations", "relations", "links", "entities", "failures"]


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    ner, relations = write_tiny_models(tmp_path_factory.mktemp("models"))
    return {"ner_model": ner, "relation_model": relations}


@pytest.fixture(scope="session")
def kb(tmp_path_factory):
    from linking.build import build_knowledge_base

    folder = tmp_path_factory.mktemp("kb") / "kb"
    table = folder.parent / "things.csv"
    table.write_text("id,type,name\nx:toybank,Dataset,ToyBank\nx:gridnet,Method,GridNet\n")
    build_knowledge_base(folder, csv=[(table, None)], starter=False)
    return folder


@pytest.fixture
def papers(tmp_path):
    folder = tmp_path / "papers"
    folder.mkdir()
    for name in ("GridNet", "TreeNet", "StarNet"):
        draw_paper(folder / f"{name}.pdf", f"{name}: Parsing with Care", method=name)
    return folder


@pytest.fixture
def ingest(prefect_server, models, kb):
    from flows.ingest import ingest as flow

    def run(*sources, **settings):
        return flow(sources=[str(source) for source in sources], kb=kb, workers=1, device="cpu", **models, **settings)

    return run


def contents(graph):
    """All rows of all tables, without what two runs may differ in."""
    with open_graph(graph, read_only=True) as connection:
        found = {}
        for table in TABLES:
            names = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
            kept = ", ".join(name for name in names if name not in TIMES_AND_RUNS)
            found[table] = sorted(connection.execute(f"FROM {table} SELECT {kept}").fetchall(), key=repr)
        return found


def rows(graph, sql):
    with open_graph(graph, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_papers_become_a_graph_and_a_second_run_loads_nothing(ingest, papers, tmp_path, capsys):
    graph = tmp_path / "graph.duckdb"
    first = ingest(papers, graph=graph)
    assert (first.found, first.loaded, first.skipped, first.failed) == (3, 3, 0, 0)
    assert set(first.stage_seconds) == {"parse", "tag", "relate", "link", "load"}
    counts = {name: stage.counts for name, stage in first.figures.stages.items()}
    assert counts["parse"]["pages"] == 3
    assert counts["tag"]["tokens"] > counts["tag"]["windows"] >= counts["tag"]["batches"] > 0
    assert {"mentions", "abbreviations"} < set(counts["tag"])
    assert set(counts["relate"]) == {"windows", "batches", "tokens", "pairs", "relations"}
    assert set(counts["link"]) == {"names", "new_names", "links", "registry_links"}
    assert first.figures.peak_resident_bytes > 0
    assert first.figures.seconds["models"] > 0
    titles = rows(graph, "SELECT title, file_name FROM papers ORDER BY file_name")
    assert titles[0] == ("GridNet: Parsing with Care", "GridNet.pdf")
    assert rows(graph, "SELECT DISTINCT field FROM papers") == [("computer science",)]
    assert rows(graph, "SELECT DISTINCT name FROM authors") == [("Ada Example",)]
    printed = "SELECT substr(texts.text, start_char + 1, end_char - start_char), mentions.text FROM mentions"
    spans = rows(graph, f"{printed} JOIN texts USING (paper_id)")
    assert spans
    assert all(cut == text for cut, text in spans)
    before = contents(graph)

    second = ingest(papers, graph=graph)
    assert (second.found, second.loaded, second.skipped, second.failed) == (3, 0, 3, 0)
    assert "already" in second.headline
    (report,) = (tmp_path / ".papergraph" / "reports").iterdir()  # a run that finds nothing new leaves none
    assert json.loads((report / "report.json").read_text())["loaded"] == 3
    assert "<h2>Time</h2>" in (report / "report.html").read_text()
    print_status(graph)
    assert str(report / "report.html") in capsys.readouterr().out
    assert contents(graph) == before

    draw_paper(papers / "NewNet.pdf", "NewNet", method="NewNet")
    shutil.copy(papers / "GridNet.pdf", papers / "Copy.pdf")
    third = ingest(papers, graph=graph)
    assert (third.found, third.loaded, third.skipped) == (5, 1, 4)
    assert rows(graph, "SELECT status, n_loaded FROM runs ORDER BY started_at")[-1] == ("done", 1)


def test_a_manifest_says_more_of_papers_and_may_say_otherwise_later(ingest, papers, tmp_path):
    graph, manifest = tmp_path / "graph.duckdb", tmp_path / "papers.csv"
    manifest.write_text(
        "path,title,venue\npapers/GridNet.pdf,Told,ACL\npapers/TreeNet.pdf,,EMNLP\npapers/None.pdf,N,\n,,\n"
        "papers/GridNet.pdf,Told twice,ACL\n"
    )
    shown = "SELECT file_name, title, metadata ->> 'venue' FROM papers ORDER BY file_name"
    told = [("GridNet.pdf", "Told twice", "ACL"), ("TreeNet.pdf", "TreeNet: Parsing with Care", "EMNLP")]
    first = ingest(manifest, graph=graph)
    assert (first.found, first.loaded, first.skipped, first.failed) == (5, 2, 1, 2)
    assert rows(graph, shown) == told

    manifest.write_text("path,venue\npapers/GridNet.pdf,ACL 2020\npapers/TreeNet.pdf,EMNLP\n")
    second = ingest(manifest, graph=graph)
    assert (second.found, second.loaded, second.skipped, second.failed) == (2, 0, 2, 0)
    assert second.n_metadata == 1  # TreeNet's row says the same as before
    assert rows(graph, shown) == [("GridNet.pdf", "GridNet: Parsing with Care", "ACL 2020"), told[1]]

    third = ingest(papers, graph=graph)  # a folder says nothing of its papers
    assert (third.loaded, third.skipped, third.n_metadata) == (1, 2, 0)
    assert rows(graph, shown)[0][2] == "ACL 2020"


def test_bad_files_are_rows_and_the_counts_add_up(ingest, papers, tmp_path):
    import pymupdf

    (papers / "empty.pdf").touch()
    (papers / "text.pdf").write_text("This is no PDF.")
    (papers / "truncated.pdf").write_bytes((papers / "GridNet.pdf").read_bytes()[:300])
    with pymupdf.open(papers / "TreeNet.pdf") as document:
        document.save(papers / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y")
    graph = tmp_path / "graph.duckdb"
    with serve_metrics("0") as address:
        before = scrape(address)
        report = ingest(papers, graph=graph)
        after = scrape(address)
    assert (report.found, report.loaded, report.failed) == (7, 3, 4)
    assert difference(before, after, 'papergraph_papers_total{outcome="failed"}') == 4
    assert difference(before, after, 'papergraph_runs_total{status="done_with_failures"}') == 1
    assert difference(before, after, 'papergraph_work_total{stage="parse",what="pages"}') == 3
    errors = dict(rows(graph, "SELECT file_name, error FROM failures"))
    assert errors["empty.pdf"] == "unreadable"
    assert errors["text.pdf"] == "not_a_pdf"
    assert errors["locked.pdf"] == "encrypted"
    assert errors["truncated.pdf"] == "damaged"
    assert rows(graph, "SELECT status, n_failed FROM runs") == [("done_with_failures", 4)]

    again = ingest(papers, graph=graph)
    assert (again.found, again.loaded, again.skipped, again.failed) == (7, 0, 3, 4)


def test_a_run_whose_counts_do_not_add_up_has_failed_for_everyone(ingest, papers, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PAPERGRAPH_LOG", "text")
    monkeypatch.setattr("flows.ingest.merge_own_entities", lambda graph: graph.execute("DELETE FROM papers"))
    graph = tmp_path / "graph.duckdb"
    with serve_metrics("0") as address:
        before = scrape(address)
        with pytest.raises(CountError):
            ingest(papers, graph=graph, limit=1)
        after = scrape(address)
    assert difference(before, after, 'papergraph_runs_total{status="failed"}') == 1
    assert difference(before, after, 'papergraph_runs_total{status="done"}') == 0
    assert "run broke off" in capsys.readouterr().err
    assert rows(graph, "SELECT status FROM runs") == [("failed",)]


@pytest.mark.parametrize(("deployment", "said"), [(None, ""), (uuid4(), "papergraph: run early-bird broke off: no")])
def test_a_scheduled_run_tells_why_it_failed(capsys, deployment, said):
    from prefect.client.schemas.objects import FlowRun
    from prefect.states import Failed

    from flows.ingest import ingest

    run = FlowRun(flow_id=uuid4(), name="early-bird", deployment_id=deployment)
    for hook in ingest.on_failure_hooks:
        hook(ingest, run, Failed(message="no"))
    assert ingest.on_crashed_hooks == ingest.on_failure_hooks  # a run that was killed
    assert capsys.readouterr().err.strip() == said


def test_a_folder_of_a_schedule_may_be_empty(ingest, tmp_path, monkeypatch):
    (tmp_path / "papers").mkdir()
    with pytest.raises(ConfigError, match="nothing to read"):
        ingest(tmp_path / "papers", graph=tmp_path / "graph.duckdb")
    monkeypatch.setattr("flows.ingest._is_scheduled", lambda: True)
    report = ingest(tmp_path / "papers", graph=tmp_path / "graph.duckdb")
    assert (report.found, report.failed) == (0, 0)
    assert rows(tmp_path / "graph.duckdb", "SELECT status FROM runs") == [("done",)]


def test_an_archive_gives_the_same_graph_and_leaves_no_copies(ingest, papers, tmp_path, monkeypatch, capsys):
    from_folder, from_zip = tmp_path / "a" / "graph.duckdb", tmp_path / "b" / "graph.duckdb"
    from_folder.parent.mkdir()
    from_zip.parent.mkdir()
    archive = tmp_path / "papers.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(papers.iterdir()):
            file.write(path, f"dump/{path.name}")
    ingest(papers, graph=from_folder)
    monkeypatch.setenv("PAPERGRAPH_LOG", "json")
    report = ingest(archive, graph=from_zip, limit=2, report=tmp_path / "report")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["stage"] for line in lines if "stage" in line] == ["parse", "tag", "relate", "link", "load"]
    assert {line["run_id"] for line in lines} == {report.run_id}
    assert {path.name for path in (tmp_path / "report").iterdir()} == {"report.md", "report.json", "report.html"}
    assert (report.found, report.loaded) == (2, 2)
    assert not list((tmp_path / "b" / ".papergraph" / "inbox").iterdir())
    mentions = "SELECT paper_id, mention_id, score, entity_id FROM mentions ORDER BY ALL"
    assert set(rows(from_zip, mentions)) < set(rows(from_folder, mentions))


def test_a_killed_run_ends_in_the_same_graph(ingest, prefect_server, models, kb, papers, tmp_path):
    from prefect.settings import get_current_settings

    for number in range(2):
        draw_paper(papers / f"Net{number}.pdf", f"Net{number}", method=f"Net{number}")
    (papers / "Broken.pdf").write_text("no PDF")
    undisturbed, killed = tmp_path / "graph.duckdb", tmp_path / "killed" / "graph.duckdb"
    killed.parent.mkdir()
    ingest(papers, graph=undisturbed, shard_size=2)

    script = (
        "from pathlib import Path\nfrom flows.ingest import ingest\n"
        f"ingest(sources=[{str(papers)!r}], graph={str(killed)!r}, kb={str(kb)!r}, workers=1, device='cpu',"
        " shard_size=2,"
        f" ner_model={str(models['ner_model'])!r}, relation_model={str(models['relation_model'])!r})"
    )
    environment = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment, start_new_session=True)
    shards = killed.parent / ".papergraph" / "shards"
    while len(list(shards.glob("linked-*"))) < 2 and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    leftover = shards / ".linked-x.parquet.0.tmp"
    leftover.touch()

    report = ingest(papers, graph=killed, shard_size=2)
    assert report.found == report.loaded + report.skipped + report.failed == 6
    assert report.n_reused >= 4  # all four stages of the shard that was not loaded
    assert not leftover.exists()
    assert contents(killed) == contents(undisturbed)
    statuses = rows(killed, "SELECT status FROM runs ORDER BY started_at")
    assert statuses == [("interrupted",), ("done_with_failures",)]


def test_only_what_can_pass_is_tried_again(prefect_server):
    from prefect import flow

    from flows.tasks import shard_task

    calls = []

    @shard_task
    def stage(error):
        calls.append(error)
        raise error("not now")

    @flow
    def run(error):
        stage.with_options(retry_delay_seconds=0)(error)

    for error in (TransientError, ConfigError):
        with pytest.raises(error):
            run(error)
    assert calls == [TransientError] * 3 + [ConfigError]


def test_a_work_folder_serves_one_run_at_a_time(ingest, papers, tmp_path):
    with lock_work(tmp_path / ".papergraph"), pytest.raises(ConfigError, match="another run"):
        ingest(papers, graph=tmp_path / "graph.duckdb")
    assert not (tmp_path / "graph.duckdb").exists()


@pytest.mark.parametrize("name", ["inbox", "reports", "metrics"])
def test_a_folder_with_other_files_is_no_work_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine.txt").touch()
    with pytest.raises(ConfigError, match="holds files of yours"), lock_work(tmp_path):
        pass
    assert (tmp_path / name / "mine.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_only_what_a_killed_run_left_is_removed(tmp_path):
    with lock_work(tmp_path):
        pass
    (tmp_path / "inbox" / "copy.pdf").touch()  # a killed run's: the folder is known to be ours
    for name in (".starter-abc-x", ".0123.tmp", ".mine", "starter-abc"):
        (tmp_path / "kb" / name).mkdir(parents=True)
    with lock_work(tmp_path):
        assert not list((tmp_path / "inbox").iterdir())
        assert {path.name for path in (tmp_path / "kb").iterdir()} == {".mine", "starter-abc"}


@pytest.mark.parametrize(
    ("error", "told"),
    [(BlockingIOError("held"), "another run"), (OSError("not supported"), "has no locks")],
)
def test_a_folder_that_cannot_be_locked_is_told(tmp_path, monkeypatch, error, told):
    def refuse(*_):
        raise error

    monkeypatch.setattr("flows.work.fcntl.flock", refuse)
    with pytest.raises(ConfigError, match=told), lock_work(tmp_path):
        pass


def test_the_first_fault_is_told_and_not_prefects():
    def fail(*errors):
        try:
            if errors[1:]:
                fail(*errors[1:])
        finally:
            raise errors[0]

    full = OSError(errno.ENOSPC, "No space left on device")
    lost = RuntimeError("500 Internal Server Error")
    for errors, first in (
        ((lost, ConnectionRefusedError(), full), full),
        ((full, lost), full),
        ((lost, ConnectionRefusedError()), lost),
        ((lost, CountError("1 of 2")), None),
    ):
        with pytest.raises(type(errors[0])) as caught:
            fail(*errors)
        assert first_fault(caught.value) is (first or errors[-1])


def test_prefect_keeps_to_the_work_folder_unless_told_otherwise(tmp_path, monkeypatch):
    for name in ("PREFECT_HOME", "PREFECT_API_URL", "PREFECT_PROFILES_PATH", "PREFECT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    prepare_prefect(tmp_path)
    assert os.environ["PREFECT_HOME"] == str(tmp_path / "prefect")
    os.environ["PREFECT_HOME"] = "/elsewhere"
    prepare_prefect(tmp_path)
    assert os.environ["PREFECT_HOME"] == "/elsewhere"
    del os.environ["PREFECT_HOME"]
    os.environ["PREFECT_PROFILE"] = "mine"
    prepare_prefect(tmp_path)
    assert "PREFECT_HOME" not in os.environ
