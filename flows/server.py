"""A Prefect server of our own on the loopback interface, for as long as it is needed."""

import os
import secrets
import sqlite3
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from uuid import uuid4

from flows.cache import keep, take_kept
from schemas.errors import ConfigError
from schemas.own_process import module_command

START_S: Final = 120.0
_ANSWER_S: Final = 20.0
NO_UI: Final = {"PREFECT_SERVER_UI_ENABLED": "false"}
TABLES: Final = f"prefect-{version('prefect')}.db"
NO_BLOCKS: Final = {"PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false"}
"""Automations need blocks, which take seconds to register; a run does without."""
_WORDS: Final = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")  # what it asks for, and says itself


@contextmanager
def running_server(*, schedules: bool = False, meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Run a server until the block ends, unless the user has named one (``PREFECT_API_URL``).

    It is a process of its own, which ends with this one, however that ends. It answers only who knows a word that this
    process makes up: other users of this machine reach its port, and might start runs in our name.

    Args:
        schedules: With the services that start scheduled runs and act on automations.
        meanwhile: Called while the server starts, which takes seconds.

    Raises:
        ConfigError: It does not come up, or that of the user cannot be reached.
    """
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_HOME, temporary_settings

    if named := PREFECT_API_URL.value():
        _check_reachable(named)
        meanwhile()
        yield
        return
    _leave_out_of_proxies("127.0.0.1")
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    database, log = home / "prefect.db", home / "server.log"
    is_new = not any(home.glob(f"{database.name}*")) and not take_kept(TABLES, database)
    command, environment = module_command("flows.server_process", *(["--schedules"] if schedules else []))
    word = f"papergraph:{secrets.token_urlsafe()}"
    with log.open("wb") as errors:
        server = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=({} if schedules else NO_BLOCKS) | NO_UI | environment | dict.fromkeys(_WORDS, word),
            start_new_session=True,  # Ctrl-C is for this process
        )
        with server:
            try:
                meanwhile()
                api_url = _wait(server, log)
                if is_new:
                    _keep_tables(database)
                with temporary_settings({PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: word}):
                    yield
            finally:
                server.kill()


def _check_reachable(api_url: str) -> None:
    """Prefect itself would try for minutes, and then tell of an error of its own.

    Raises:
        ConfigError: Nobody answers there.
    """
    try:
        with urllib.request.build_opener().open(f"{api_url.rstrip('/')}/health", timeout=_ANSWER_S):
            return
    except HTTPError as error:  # it wants to know who asks, say
        error.close()
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, URLError) and isinstance(error.reason, ssl.SSLError):
            return  # Prefect has settings of its own for certificates
        raise ConfigError(
            f"no Prefect server answers at {api_url} ({error}): start it, or name another in PREFECT_API_URL; without "
            "one that is named, a run starts a server of its own"
        ) from error


def _leave_out_of_proxies(host: str) -> None:
    """Have HTTP clients, Prefect's among them, not look for this machine behind the proxy of the user's network."""
    for name in ("no_proxy", "NO_PROXY"):
        hosts = os.environ.get(name, "")
        if host not in hosts.split(","):
            os.environ[name] = f"{hosts},{host}" if hosts else host


def _wait(server: subprocess.Popen[bytes], log: Path) -> str:
    """The server's address, once it answers there."""
    port = server.stdout.readline().decode().strip() if server.stdout else ""
    api_url = f"http://127.0.0.1:{port}/api"
    try:
        with urllib.request.urlopen(f"{api_url}/health", timeout=START_S):  # noqa: S310  always http on the loopback interface
            return api_url
    except (OSError, HTTPException, ValueError) as error:
        raise ConfigError(
            f"Prefect's server did not start ({error}); {log} says why. You can start one with `prefect server start` "
            "and name it in PREFECT_API_URL"
        ) from error


def _keep_tables(database: Path) -> None:
    """Keep the tables that a server made in a new database: it takes it seconds each time."""
    copy = database.with_name(f".{uuid4().hex}.tmp")
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as tables:
        tables.execute("VACUUM INTO ?", [str(copy)])
        keep(TABLES, copy)
    copy.unlink(missing_ok=True)
