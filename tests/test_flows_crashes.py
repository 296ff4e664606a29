"""Killed with SIGKILL at random moments, a run ends in the same graph, and no finished stage is done again.

A few kills in every run of the tests; ``PAPERGRAPH_CRASHES=50 pytest -m slow tests/test_flows_crashes.py`` for many.
Each kill hits the process of the run alone, all of its processes, or one of its workers, in turn; a second, shorter
kill may hit the run that resumes.
"""

import os
import random
import signal
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pytest
from drawn_papers import draw_paper
from test_flows_ingest import ROOT, contents, kb, models, rows  # noqa: F401  (fixtures)

N_PAPERS = 7
LONGEST_S = 6.0  # about as long as a run takes
N_CRASHES = int(os.environ.get("PAPERGRAPH_CRASHES", "50"))
VICTIMS = ("run", "all", "worker")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crashing") / "papers"
    folder.mkdir()
    for number in range(N_PAPERS):
        draw_paper(folder / f"Net{number}.pdf", f"Net{number}", method=f"Net{number}")
    (folder / "Broken.pdf").write_text("no PDF")
    return folder


@pytest.fixture(scope="module")
def resume(prefect_server, models, kb, corpus):  # noqa: F811
    """Lets a run end undisturbed."""
    from flows.ingest import ingest

    settings = {"kb": kb, "workers": 1, "device": "cpu", "shard_size": 2, **models}
    return lambda graph: ingest(sources=[str(corpus)], graph=graph, **settings)


@pytest.fixture(scope="module")
def undisturbed(resume, tmp_path_factory):
    graph = tmp_path_factory.mktemp("undisturbed") / "graph.duckdb"
    resume(graph)
    return contents(graph)


@pytest.fixture
def start(prefect_server, models, kb, corpus):  # noqa: F811
    """Starts a run in a session of its own. It says when its modules are there, and waits for a line."""
    from prefect.settings import get_current_settings

    def run(graph):
        script = (
            "from flows.ingest import ingest\nprint('ready', flush=True)\ninput()\n"
            f"ingest(sources=[{str(corpus)!r}], graph={str(graph)!r}, kb={str(kb)!r}, workers=2, device='cpu',"
            f" shard_size=2, ner_model={str(models['ner_model'])!r}, relation_model={str(models['relation_model'])!r})"
        )
        environment = os.environ | get_current_settings().to_environment_variables(exclude_unset=True)
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"\n")
        process.stdin.flush()
        return process

    return run


def kill(process, victim, chance):
    """SIGKILL for a run, for all of its processes, or for one of its workers (which the run survives)."""
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif victim == "run":
        process.kill()
    else:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children:
            os.kill(int(chance.choice(children)), signal.SIGKILL)


def finished_stages(graph):
    """The files of stages that are whole, with the moment when each was written (lists of sources are written anew)."""
    shards = graph.parent / ".papergraph" / "shards"
    return {f.name: f.stat().st_mtime_ns for f in shards.glob("[!.]*.parquet") if not f.name.startswith("sources-")}


def crash_and_resume(victims, seed, start, resume, tmp_path):
    """Kill runs on one graph, one after the other, then let one end. The graph comes back, and who was killed."""
    chance = random.Random(seed)  # noqa: S311
    graph = tmp_path / f"crash-{seed}" / "graph.duckdb"
    graph.parent.mkdir()
    ends = []
    for victim in victims:
        with start(graph) as process:
            time.sleep(chance.uniform(0.0, LONGEST_S))
            if process.poll() is None:
                kill(process, victim, chance)
            process.wait(timeout=200)
        ends.append((victim, process.returncode))
        assert process.returncode == 0 or victim != "worker"
    before = finished_stages(graph)
    report = resume(graph)
    after = finished_stages(graph)
    repeated = [name for name in before.keys() & after.keys() if before[name] != after[name]]
    assert not repeated, f"{ends}: finished stages were done again: {repeated}"
    assert report.found == report.loaded + report.skipped + report.failed == N_PAPERS + 1
    return graph, ends


@pytest.mark.timeout(600)
@pytest.mark.parametrize("victims", [("all", "run"), ("worker",)], ids="-".join)
def test_a_killed_run_is_taken_up_again(victims, start, resume, undisturbed, tmp_path):
    graph, ends = crash_and_resume(victims, 7 * len(victims), start, resume, tmp_path)
    assert contents(graph) == undisturbed, ends
    assert rows(graph, "SELECT count(*) FROM runs WHERE status = 'running'") == [(0,)]


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_killed_runs(start, resume, undisturbed, tmp_path):
    for seed, victim in enumerate(islice(cycle(VICTIMS), N_CRASHES)):
        graph, ends = crash_and_resume((victim,), seed, start, resume, tmp_path)
        assert contents(graph) == undisturbed, ends
