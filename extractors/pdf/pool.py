"""The pool of worker processes in which PDFs are read and drawn, under limits of time and memory."""

import time
from collections.abc import Callable
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Event, Lock, Thread
from typing import Final, Generic, TypeVar

from pebble import ProcessFuture, ProcessPool

from extractors.pdf.worker import set_up_worker
from schemas.errors import TransientError

T = TypeVar("T")

_LOOK_S: Final = 1.0  # between two looks at whether the pool is still alive
_MAX_STARTS: Final = 3


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """Work that the pool was given."""

    _future: ProcessFuture[T]
    _pool: ProcessPool

    def result(self, patience_s: float) -> T:
        """What the worker returned, or raised.

        Args:
            patience_s: To wait so long, however many calls are before this one.

        Raises:
            TimeoutError: The call took longer than it may.
            ProcessExpired: Its worker ended without an answer: it crashed, or was killed.
            BrokenProcessPool: No worker ever had the call, or none answers: one that was killed from outside as it
                wrote to their common pipe leaves it locked. The pool starts anew with the next call.
        """
        ends = time.monotonic() + patience_s
        while not self._future.done():
            wait([self._future], timeout=_LOOK_S)
            if not self._future.done() and (time.monotonic() > ends or not self._pool.active):
                self._pool.stop()
                raise BrokenProcessPool("the worker processes do not answer")
        return self._future.result()

    def cancel(self) -> None:
        """Give the work up; a worker that is at it is ended."""
        self._future.cancel()


class WorkerPool:
    """Worker processes, started with the first call and started anew after they broke down. Threads may share it.

    Args:
        memory_mb: By how much a worker may grow.
        workers: Number of processes.
        max_calls: After so many a worker is replaced, in case MuPDF leaks.
    """

    def __init__(self, memory_mb: int, *, workers: int, max_calls: int) -> None:
        self._memory_mb = memory_mb
        self._workers = max(1, workers)
        self._max_calls = max_calls
        self._running: tuple[ProcessPool, Event, Thread] | None = None
        self._lock = Lock()

    def schedule(self, work: Callable[..., T], arguments: tuple[object, ...], *, timeout_s: float) -> Call[T]:
        """Have a function of a module called in a worker, once one is free.

        Args:
            work: The function.
            arguments: Its arguments; they are pickled.
            timeout_s: Seconds from the start of its work after which the worker is ended.

        Raises:
            TransientError: No worker can be started.
        """
        with self._lock:
            for _ in range(_MAX_STARTS):
                pool = self._started()
                with suppress(RuntimeError):  # it broke down just now
                    return Call(pool.schedule(work, args=arguments, timeout=timeout_s), pool)
        raise TransientError("no worker process can be started: the machine may be out of memory or processes")

    def close(self) -> None:
        """End the workers now, whatever they are at."""
        with self._lock:
            self._stop()

    def _started(self) -> ProcessPool:
        if self._running is not None and not self._running[0].active:
            self._stop()
        if self._running is None:
            pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=self._max_calls,
                initializer=set_up_worker,
                initargs=(self._memory_mb,),
                context=get_context("spawn"),
            )
            is_started, is_over = Event(), Event()
            keeper = Thread(target=_keep, args=(pool, is_started, is_over), name="keeper of workers", daemon=True)
            keeper.start()
            is_started.wait()
            self._running = pool, is_over, keeper
        return self._running[0]

    def _stop(self) -> None:
        if self._running is not None:
            pool, is_over, keeper = self._running
            self._running = None
            pool.stop()
            pool.join()
            is_over.set()
            keeper.join()


def _keep(pool: ProcessPool, is_started: Event, is_over: Event) -> None:
    """Start the workers in a thread that lives as long as they: Linux ends them with the thread that started them.

    (``PR_SET_PDEATHSIG`` of prctl(2) means the thread, not its process; a web server's threads come and go.)
    """
    with suppress(BrokenProcessPool):  # which ``schedule`` meets again
        _ = pool.active  # which starts it
    is_started.set()
    is_over.wait()
