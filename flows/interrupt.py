"""Ctrl-C or SIGTERM during a run. Every file and table is whole at any moment: the quickest way out is a safe one."""

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_at_once(temporary: Path | None = None) -> Iterator[None]:
    """Within the block, Ctrl-C or SIGTERM ends the process and all that it started; a temporary folder goes too.

    Left to itself, Prefect would first wait for the shard that is being parsed, then try to tell a server that the same
    Ctrl-C has ended. SIGTERM it takes for itself while the flow runs, and passes it on; its server would live on.
    """
    before = {number: signal.signal(number, partial(_stop, temporary)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(temporary: Path | None, number: int, _frame: FrameType | None) -> None:
    Console(stderr=True).show_cursor(True)  # the progress bar has hidden it
    goes_on = "" if temporary else "; the next run goes on from here"
    print(f"papergraph: stopped{goes_on}", file=sys.stderr, flush=True)  # noqa: T201
    for worker in multiprocessing.active_children():
        worker.kill()
    if temporary:
        shutil.rmtree(temporary, ignore_errors=True)
    os._exit(128 + number)  # as a shell would say it
