"""Metrics of runs as a Prometheus server meets them: asked over HTTP, from one process and from many."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from flows.figures import StageResult
from flows.metrics import serve_metrics, serve_metrics_of_runs
from flows.plan import Tally
from flows.watch import RunWatch
from schemas.errors import ConfigError

ROOT = Path(__file__).parent.parent


def scrape(address):
    """Values by name and labels, as they are written."""
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  always http on the loopback interface
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def difference(before, after, name):
    return after.get(name, 0) - before.get(name, 0)


def run_one_shard():
    tally = Tally()
    with RunWatch("run-1", tally, 10) as watch:
        for _ in watch.listing([("a", "b")]):
            watch.stage("parse", 10, lambda: StageResult(9, (), 1.5, counts={"pages": 90}))
            watch.stage("tag", 9, lambda: StageResult(9, (), 2.0, counts={"tokens": 1000}))
            tally.loaded, tally.failed = 9, 1
            watch.shard_done()


def test_a_run_is_seen_over_http():
    with serve_metrics("127.0.0.1:0") as address:
        before = scrape(address)
        run_one_shard()
        after = scrape(address)
    gained = lambda name: difference(before, after, name)  # noqa: E731
    assert gained('papergraph_papers_total{outcome="loaded"}') == 9
    assert gained('papergraph_papers_total{outcome="failed"}') == 1
    assert gained('papergraph_stage_seconds_total{stage="tag"}') == 2.0
    assert gained('papergraph_work_total{stage="tag",what="tokens"}') == 1000
    assert gained('papergraph_runs_total{status="done_with_failures"}') == 1
    assert after["papergraph_shards_under_way"] == 0
    assert after["papergraph_last_run_end_timestamp_seconds"] > 1e9
    assert after["process_resident_memory_bytes"] > 0


def test_runs_in_processes_of_their_own_count_on(tmp_path):
    code = "from test_flows_metrics import run_one_shard; run_one_shard()"
    with serve_metrics_of_runs("0", tmp_path) as address:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        for _ in range(2):
            subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": paths}, check=True)
        after = scrape(address)
    assert after['papergraph_papers_total{outcome="loaded"}'] == 18
    assert after["papergraph_shards_under_way"] == 0
    assert len(list((tmp_path / "metrics").iterdir())) == 2  # counters and gauges, not one file a process
    assert "PAPERGRAPH_METRICS_DIR" not in os.environ


def test_a_folder_of_the_users_is_not_emptied(tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "mine.csv").touch()
    with pytest.raises(ConfigError, match="files of yours"), serve_metrics_of_runs("0", tmp_path):
        pass
    assert (tmp_path / "metrics" / "mine.csv").exists()


@pytest.mark.parametrize("address", ["here", "127.0.0.1:99999", "nowhere.invalid:0"])
def test_an_address_that_cannot_be_served_is_the_callers_fault(address):
    with pytest.raises(ConfigError, match=re.escape(repr(address))), serve_metrics(address):
        pass


def test_a_port_that_is_taken_is_the_callers_fault():
    with serve_metrics("0") as address:
        port = address.split(":")[2].split("/")[0]
        with pytest.raises(ConfigError, match="free port"), serve_metrics(port):
            pass
