"""The scheduled flow: a real server with a real schedule. Slow, because a schedule's shortest step is a minute."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from test_flows_metrics import scrape

from flows.pipeline import check_models
from flows.serve import check_cron, deployment_name
from schemas.errors import ConfigError, GraphError, ModelError
from schemas.graph.database import open_graph

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "data" / "samples"


def test_a_cron_expression_is_checked():
    check_cron("0 3 * * *")
    with pytest.raises(ConfigError, match="no cron expression"):
        check_cron("every night")


def test_each_graph_has_a_schedule_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, same, other = (deployment_name(Path(name)) for name in ("a.duckdb", str(tmp_path / "a.duckdb"), "b.duckdb"))
    assert one == same != other


def test_a_run_ends_with_its_server():
    code = (
        "import subprocess, sys; from flows.serve import _end_runs\n"
        "run = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        "_end_runs(); print(run.wait(20))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) == -signal.SIGKILL


def n_papers(graph):
    """Papers in the graph; 0 while it is not there or a run has it open."""
    try:
        with open_graph(graph, read_only=True) as connection:
            return connection.execute("SELECT count(*) FROM papers").fetchall()[0][0]
    except GraphError:
        return 0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_served_folder_is_ingested_by_the_clock(tmp_path):
    try:
        check_models(ROOT / "extractors" / "models" / "ner", ROOT / "extractors" / "models" / "relations")
    except ModelError:
        pytest.skip("the shipped weights are not there")
    graph = tmp_path / "graph.duckdb"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["from flows.cli import main; main()", "serve", SAMPLES, "--cron", "* * * * *", "--graph", graph]
    command += ["--metrics", port]
    with subprocess.Popen([sys.executable, "-c", *map(str, command)], cwd=ROOT, start_new_session=True) as server:
        deadline = time.monotonic() + 350
        seen = {}
        while not seen.get("papergraph_last_run_end_timestamp_seconds") and time.monotonic() < deadline:
            time.sleep(1)
            with suppress(OSError):  # it is not there yet
                seen = scrape(f"http://127.0.0.1:{port}/metrics")
        server.send_signal(signal.SIGINT)
    assert n_papers(graph) == 4
    assert seen['papergraph_papers_total{outcome="loaded"}'] == 4
