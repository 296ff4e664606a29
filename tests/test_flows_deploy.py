"""Deployments on a real Prefect server, run by a real worker. The server's part is slow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows.deploy import register, write_template
from flows.server import running_server
from schemas.errors import ConfigError
from schemas.graph.database import open_graph

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "data" / "samples"


def test_a_template_is_written_once(tmp_path):
    path = tmp_path / "prefect.yaml"
    write_template(path)
    [deployment] = yaml.safe_load(path.read_text())["deployments"]
    assert deployment["entrypoint"] == "flows.ingest.ingest"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="there already"):
        write_template(path)
    assert path.read_text() == "mine"


WRONG = {"deployments: [": "no YAML", "name: x": "no deployments", "": "no deployments"}


@pytest.mark.parametrize(("content", "message"), WRONG.items())
def test_a_file_that_is_no_set_of_deployments_is_refused(tmp_path, content, message):
    (tmp_path / "prefect.yaml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        register(tmp_path / "prefect.yaml")


def test_the_deployment_in_the_documentation_fits_the_flow():
    from flows.ingest import ingest

    [text] = re.findall(r"```yaml\n(.*?)```", (ROOT / "flows" / "DEPLOY.md").read_text(), flags=re.DOTALL)
    [deployment] = yaml.safe_load(text)["deployments"]
    assert deployment["entrypoint"] == "flows.ingest.ingest"
    assert ingest.validate_parameters(deployment["parameters"])["runner"] == "ray"


def test_without_a_file_the_way_to_one_is_told(tmp_path):
    with pytest.raises(ConfigError, match="--init"):
        register(tmp_path / "prefect.yaml")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_worker_runs_what_was_deployed(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    path = tmp_path / "prefect.yaml"
    write_template(path)
    content = yaml.safe_load(path.read_text())
    content["deployments"][0]["parameters"] = {"sources": [str(SAMPLES)], "graph": str(tmp_path / "graph.duckdb")}
    path.write_text(yaml.safe_dump(content))

    def prefect(*arguments):
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout

    with running_server(schedules=True):
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL

        monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value())
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", PREFECT_API_AUTH_STRING.value())
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        assert register(path) == ["nightly"]
        assert register(path) == ["nightly"]  # a second time changes nothing
        assert "ingest/nightly" in prefect("deployment", "ls")
        prefect("deployment", "run", "ingest/nightly")
        prefect("worker", "start", "--pool", "papergraph", "--run-once")
    with open_graph(tmp_path / "graph.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchall() == [(4,)]
