"""What tests of several packages share: an empty graph, one Prefect server for all tests of a process."""

import os
import shutil
from pathlib import Path

import pytest

from schemas.graph.database import open_graph

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

SAMPLES = Path(__file__).parent / "data" / "samples"


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """What runs keep in the user's cache folder goes into one of the tests' own, which their processes share."""
    base = tmp_path_factory.getbasetemp()
    os.environ["XDG_CACHE_HOME"] = str((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache")


@pytest.fixture(scope="session")
def prefect_server():
    """A real Prefect server with a database of its own. It takes some seconds to start, so tests share it."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture(scope="session")
def empty_graph(tmp_path_factory):
    """The file of a graph without papers. To copy it takes a tenth of making another."""
    path = tmp_path_factory.mktemp("empty") / "graph.duckdb"
    open_graph(path).close()
    return path


@pytest.fixture
def graph(empty_graph, tmp_path):
    """A graph without papers of a test's own, ``graph.duckdb`` in its folder, open for writing."""
    with open_graph(shutil.copyfile(empty_graph, tmp_path / "graph.duckdb")) as connection:
        yield connection
