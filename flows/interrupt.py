"""Ctrl-C during a run. Every file and table is whole at any moment, so the quickest way out is also a safe one."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from rich.console import Console

INTERRUPTED: Final = 130


@contextmanager
def stop_at_once() -> Iterator[None]:
    """Within the block, Ctrl-C ends the process in a moment.

    Left to itself, Prefect would first wait for the shard that is being parsed, then try to tell a server that the same
    Ctrl-C has ended.
    """
    before = signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    Console(stderr=True).show_cursor(True)  # the progress bar has hidden it
    print("papergraph: stopped; the next run goes on from here", file=sys.stderr, flush=True)  # noqa: T201
    for worker in multiprocessing.active_children():
        worker.kill()
    _end_server()
    os._exit(INTERRUPTED)


def _end_server() -> None:
    # no import here: the signal may have come in the middle of one
    server_type = getattr(sys.modules.get("prefect.server.api.server"), "SubprocessASGIServer", None)
    if server_type is not None and server_type().server_process is not None:
        server_type().server_process.terminate()
