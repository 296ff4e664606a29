"""A Prefect server of our own on the loopback interface, for schedules: the temporary one of a run has no scheduler."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from schemas.errors import ConfigError

START_S: Final = 120.0


@contextmanager
def scheduling_server() -> Iterator[None]:
    """Run a server until the block ends, unless the user has named one (``PREFECT_API_URL``).

    Raises:
        ConfigError: It does not come up.
    """
    from prefect.settings import PREFECT_API_URL, temporary_settings

    if PREFECT_API_URL.value():
        yield
        return
    port = _free_port()
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, f"http://127.0.0.1:{port}/api/health")
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{port}/api"}):
            yield
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  always http on the loopback interface
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise ConfigError(
        f"Prefect's server did not start within {START_S:.0f} s; start one with `prefect server start` and name it in "
        "PREFECT_API_URL"
    )
