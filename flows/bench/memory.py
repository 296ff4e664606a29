"""The most memory that a process and all its children hold at a time."""

import threading
import time
from types import TracebackType
from typing import Final, Self

import psutil

_EVERY_S: Final = 0.25
_REST: Final = 50  # times as long as a look took, so that looking takes 2 % of a core at most


class PeakMemory:
    """Watches a process from the side while the context lasts; ``bytes`` then is its peak.

    What several processes share counts once (proportional set size), where the system tells that, else each process
    counts with what it holds (resident set size).
    """

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._root = psutil.Process(pid)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak memory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.is_set():
            began = time.perf_counter()
            self.bytes = max(self.bytes, measure_tree(self._root))
            self._is_over.wait(max(_EVERY_S, _REST * (time.perf_counter() - began)))


def measure_tree(root: psutil.Process) -> int:
    """Bytes that a process and its children hold now; those that end meanwhile count nothing."""
    try:
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    return sum(map(_measure, processes))


def _measure(process: psutil.Process) -> int:
    try:
        facts = process.memory_full_info()
        return int(getattr(facts, "pss", 0) or facts.rss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:  # a zombie too
        return 0
