"""How much memory a process and all that it started hold together: those of a run read PDFs, or are a server."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

import psutil

_LOOK_S: Final = 1.0
_REST: Final = 50  # times as long as a look took, so that looking takes 2 % of a core at most


def resident_bytes(process: psutil.Process) -> int:
    """What a process holds; pages that several share count for each."""
    return int(process.memory_info().rss)


def proportional_bytes(process: psutil.Process) -> int:
    """What a process holds, its part of shared pages, where the system tells that; slower to find out."""
    try:
        facts = process.memory_full_info()
        return int(getattr(facts, "pss", 0) or facts.rss)
    except psutil.AccessDenied:
        return resident_bytes(process)


@dataclass(slots=True)
class Memory:
    """Bytes of a process and all its children together, now and at most.

    Attributes:
        root: The process.
        measure: What one process counts with.
    """

    root: psutil.Process = field(default_factory=psutil.Process)
    measure: Callable[[psutil.Process], int] = resident_bytes
    now_bytes: int = 0
    peak_bytes: int = 0

    def look(self) -> None:
        """Count; processes that end meanwhile count nothing."""
        total = 0
        try:
            processes = [self.root, *self.root.children(recursive=True)]
        except psutil.NoSuchProcess:
            processes = []
        for process in processes:
            try:
                total += self.measure(process)
            except psutil.Error:
                continue
        self.now_bytes = total
        self.peak_bytes = max(self.peak_bytes, total)


@contextmanager
def watch_memory(memory: Memory | None = None, every_s: float = _LOOK_S) -> Iterator[Memory]:
    """Look every so many seconds until the block ends; at this process if nothing else is given."""
    memory, is_over = memory or Memory(), Event()

    def look_on() -> None:
        rest = 0.0
        while not is_over.wait(max(every_s, rest)):
            began = time.perf_counter()
            memory.look()
            rest = _REST * (time.perf_counter() - began)

    memory.look()
    looking = Thread(target=look_on, name="memory of the run", daemon=True)
    looking.start()
    try:
        yield memory
    finally:
        is_over.set()
        looking.join()
        memory.look()
