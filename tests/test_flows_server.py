"""Prefect's server of a run: a real one, which serves, keeps its tables for the next, and dies with its parent."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.cache import keep, take_kept
from flows.server import TABLES, running_server
from schemas.errors import ConfigError


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of Prefect of a test's own."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    with temporary_settings({PREFECT_HOME: tmp_path / "prefect"}, restore_defaults={PREFECT_API_URL}):
        yield tmp_path / "prefect"


def test_a_server_answers_and_keeps_its_tables(home, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody there: it is not asked for this machine
    monkeypatch.setenv("no_proxy", "example.org")
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows.py").write_text("raise SystemExit('not ours')")  # nor is what a user calls like our modules
    called = []
    with running_server(meanwhile=lambda: called.append(True)):
        assert called
        assert httpx.get(f"{PREFECT_API_URL.value()}/health").json() is True
    assert PREFECT_API_URL.value() is None
    shutil.rmtree(home)
    assert take_kept(TABLES, home / "prefect.db")
    with running_server():
        ask = partial(httpx.post, f"{PREFECT_API_URL.value()}/flows/", json={"name": "a"})
        assert ask().status_code == 401  # other users of this machine reach it too
        assert ask(auth=tuple(PREFECT_API_AUTH_STRING.value().split(":"))).status_code == 201


@pytest.fixture
def named_server():
    """What answers as a server of the user's does that first wants to know who asks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(401 if self.path == "/api/health" else 404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()


def test_a_named_server_is_used(named_server):
    with temporary_settings({PREFECT_API_URL: named_server}), running_server():
        assert PREFECT_API_URL.value() == named_server


def test_a_named_server_that_is_down_is_told():
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(ConfigError, match=r"no Prefect server answers at http://127\.0\.0\.1:9/api"),
        running_server(),
    ):
        pass


def test_a_server_that_cannot_start_is_told(home):
    home.mkdir()
    (home / "prefect.db").write_bytes(b"no database at all, but text that is long enough to be read as one")
    with pytest.raises(ConfigError, match=r"server.log says why"), running_server():
        pass
    assert "not a database" in (home / "server.log").read_text()


ENDLESS = """
import time
from prefect.settings import PREFECT_API_URL
from flows.server import running_server
with running_server():
    print(PREFECT_API_URL.value(), flush=True)
    time.sleep(300)
"""


def test_a_server_ends_with_a_run_that_is_killed(home):
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, env=environment) as run:
        url = run.stdout.readline().decode().strip()
        assert httpx.get(f"{url}/health").status_code == 200
        run.send_signal(signal.SIGKILL)
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            httpx.get(f"{url}/health", timeout=1)
        except httpx.TransportError:
            return
        time.sleep(0.1)
    raise AssertionError("the server lives on")


def test_what_is_kept_is_whole_and_the_newest(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert not take_kept("thing-1", tmp_path / "taken")
    made = tmp_path / "made"
    made.mkdir()
    (made / "file").write_text("one")
    keep("thing-1", made)
    keep("other-1", made / "file")
    assert take_kept("thing-1", tmp_path / "deep" / "taken")
    assert (tmp_path / "deep" / "taken" / "file").read_text() == "one"
    (tmp_path / "cache" / "papergraph" / "thing-1" / "file").unlink()
    keep("thing-1", made)
    assert take_kept("thing-1", tmp_path / "deep" / "taken"), "what is broken is replaced"
    assert (tmp_path / "deep" / "taken" / "file").read_text() == "one"
    keep("thing-2", made)
    assert not take_kept("thing-1", tmp_path / "again")
    assert take_kept("thing-2", tmp_path / "again")
    assert take_kept("other-1", tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "cache", "deep", "file", "made"]


def test_who_has_no_home_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.cache.user_cache_path", lambda name: Path("~", name))  # so says the system
    monkeypatch.chdir(tmp_path)
    keep("thing-1", tmp_path)
    assert not take_kept("thing-1", tmp_path / "taken")
    assert not list(tmp_path.iterdir())


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    keep("thing-1", tmp_path / "cache")
    assert not take_kept("thing-1", tmp_path / "taken")
