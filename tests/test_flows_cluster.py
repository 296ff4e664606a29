"""The same graph from a Ray cluster as from one machine, whatever is killed meanwhile."""

import os
import signal
import threading

import psutil
import pytest
from drawn_papers import draw_paper
from test_flows_ingest import contents, ingest, kb, models, papers  # noqa: F401  (fixtures)

from flows.node import check_node, task_device
from schemas.errors import ConfigError

pytest.importorskip("prefect_ray", reason="Ray is not installed: pip install papergraph[ray]")
pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of Ray's own code
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def test_models_ask_for_a_gpu_where_there_is_one_and_all_else_for_cores():
    from flows.cluster import stage_resources

    gpu = {"num_cpus": 1, "num_gpus": 1, "max_calls": 0}
    asked = {stage: stage_resources(stage, 4, uses_gpu=True) for stage in ("parse", "tag", "relate", "link")}
    assert asked == {"parse": {"num_cpus": 4}, "tag": gpu, "relate": gpu, "link": {"num_cpus": 4}}
    assert stage_resources("tag", 4, uses_gpu=False) == {"num_cpus": 4}


def test_a_task_is_at_home_on_one_machine():
    assert task_device("cuda:1") == "cuda:1"
    check_node(None, None)  # nothing is asked


def test_a_cluster_that_is_not_there_is_told(ingest, papers, tmp_path):  # noqa: F811
    with pytest.raises(ConfigError, match=r"no Ray cluster at 127\.0\.0\.1:1 "):
        ingest(papers, graph=tmp_path / "graph.duckdb", runner="ray", ray_address="127.0.0.1:1")


def test_a_cluster_of_our_own_makes_the_same_graph(ingest, papers, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("RAY_worker_niceness", "0")  # Ray gives way to all other programs by default
    (papers / "Broken.pdf").write_text("no PDF")
    local, cluster = tmp_path / "local" / "graph.duckdb", tmp_path / "ray" / "graph.duckdb"
    for graph, runner in ((local, "local"), (cluster, "ray")):
        graph.parent.mkdir()
        report = ingest(papers, graph=graph, shard_size=2, runner=runner)
        assert (report.found, report.loaded, report.failed) == (4, 3, 1)
    assert contents(cluster) == contents(local)


@pytest.fixture
def two_nodes(monkeypatch):
    """Two nodes of one core each: two Ray daemons, each with worker processes of its own."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_worker_niceness", "0")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    yield cluster.address
    cluster.shutdown()


@pytest.mark.slow
def test_two_nodes_make_the_same_graph_though_their_workers_are_killed(ingest, papers, tmp_path, two_nodes):  # noqa: F811
    for number in range(7):
        draw_paper(papers / f"Net{number}.pdf", f"Net{number}", method=f"Net{number}")
    local, cluster = tmp_path / "local" / "graph.duckdb", tmp_path / "ray" / "graph.duckdb"
    for graph in (local, cluster):
        graph.parent.mkdir()
    ingest(papers, graph=local, shard_size=2)
    killed, nodes, is_over = [], set(), threading.Event()
    killer = threading.Thread(target=kill_workers, args=(killed, nodes, is_over))
    killer.start()
    try:
        report = ingest(papers, graph=cluster, shard_size=2, runner="ray", ray_address=two_nodes)
    finally:
        is_over.set()
        killer.join()
    assert (report.found, report.loaded) == (10, 10)
    assert len(killed) == 2
    assert len(nodes) == 2  # both did some of the work
    assert contents(cluster) == contents(local)


def kill_workers(killed, nodes, is_over):
    """Kill the first worker found at a tag and the first at a link; note the daemons of all workers at work."""
    wanted = ["ray::tag", "ray::link"]
    while not is_over.wait(0.05):
        for process in psutil.process_iter(["cmdline", "ppid"]):
            name = (process.info["cmdline"] or [""])[0]
            if name.startswith("ray::") and "IDLE" not in name:
                nodes.add(process.info["ppid"])
                if name in wanted:
                    wanted.remove(name)
                    os.kill(process.pid, signal.SIGKILL)
                    killed.append(name)
