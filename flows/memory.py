"""How much memory a run takes: its process, those that read PDFs, and Prefect's temporary server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import psutil

_LOOK_S: Final = 1.0


@dataclass(slots=True)
class Memory:
    """Bytes resident in all processes of a run together, now and at most. Pages that they share count for each."""

    now_bytes: int = 0
    peak_bytes: int = 0

    def look(self) -> None:
        """Count the memory of this process and of all it has started."""
        process = psutil.Process()
        total = process.memory_info().rss
        for child in process.children(recursive=True):
            try:
                total += child.memory_info().rss
            except psutil.Error:  # it has just ended
                continue
        self.now_bytes = total
        self.peak_bytes = max(self.peak_bytes, total)


@contextmanager
def watch_memory() -> Iterator[Memory]:
    """Look once a second until the block ends."""
    memory, is_over = Memory(), Event()

    def look_on() -> None:
        while not is_over.wait(_LOOK_S):
            memory.look()

    memory.look()
    looking = Thread(target=look_on, name="memory of the run", daemon=True)
    looking.start()
    try:
        yield memory
    finally:
        is_over.set()
        looking.join()
        memory.look()
