"""The worker processes that a test has started: finding them, and ending one while it is at work."""

import os
import threading
import time
from pathlib import Path

START_S = 3.0  # of computing that a worker takes to start, at most
BUSY_S = 0.3  # more than a worker that waits computes


def children() -> set[int]:
    """Ids of the processes that this one started, but for the tracker of the multiprocessing module."""
    found: set[int] = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = status.read_text().splitlines()
            command = (status.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}" in lines and b"spawn_main" in command:
            found.add(int(status.parent.name))
    return found


def processor_seconds(process_id: int) -> float:
    """How long the process has computed."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end_a_busy_worker(others: set[int], end: int) -> threading.Thread:
    """Send a signal to the first worker but for ``others`` that is at work."""
    limits = {worker: processor_seconds(worker) + BUSY_S for worker in children() - others}

    def look() -> None:
        for _ in range(2000):
            for worker in children() - others:
                if processor_seconds(worker) > limits.get(worker, START_S):
                    os.kill(worker, end)
                    return
            time.sleep(0.02)

    thread = threading.Thread(target=look)
    thread.start()
    return thread
