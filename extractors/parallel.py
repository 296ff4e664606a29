"""Batches side by side on the cores of a CPU, each on one thread: faster than all threads on each batch in turn."""

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Final, TypeVar

import torch
from torch import nn

Batch = TypeVar("Batch")
Result = TypeVar("Result")

_CPU_BATCH_TOKENS: Final = 1024  # their states stay in a core's cache; 4,096 take a tenth longer for each token

# How long a thread may keep Python from the others. They need it between any two operations on tensors; with Python's
# own 5 ms they wait, not compute, while one of them puts mentions together.
_SWITCH_S: Final = 0.0002

_lock: Final = Lock()
_before: Final[list[float]] = []  # what was set before the first of the pools that are open, once for each of them


def limit_batch_tokens(max_batch_tokens: int, device: torch.device) -> int:
    """Tokens of a batch, padding included, with which a device is fastest, if no more than these are allowed."""
    return min(max_batch_tokens, _CPU_BATCH_TOKENS) if device.type == "cpu" else max_batch_tokens


@contextmanager
def batch_pool(device: torch.device, model: nn.Module | None = None) -> Generator[Executor]:
    """Threads that take batches through a model: one for each core of a CPU, else a single one.

    Where a library computes the model's ``encoder`` in threads of its own, ours only wait for it. There are twice as
    many then, so that it has the next batch at once while what came of the last one is looked at.
    """
    n_threads = torch.get_num_threads() if device.type == "cpu" else 1
    n_workers = 2 * n_threads if getattr(getattr(model, "encoder", None), "has_own_threads", False) else n_threads
    with _lock:
        _before.append(_before[0] if _before else sys.getswitchinterval())
        sys.setswitchinterval(_SWITCH_S)
    with ThreadPoolExecutor(n_workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            with _lock:
                before = _before.pop()
                sys.setswitchinterval(_SWITCH_S if _before else before)
            torch.set_num_threads(n_threads)  # some of torch's libraries know but one number for all threads


def submit_batches(pool: Executor, run: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
    """Have batches computed, without gradients; the results come in their order, each as soon as it is there.

    Args:
        pool: See ``batch_pool``.
        run: Takes a batch through a model. Several threads call it at a time.
        batches: Of like cost, or the costly ones first.
    """

    def infer(batch: Batch) -> Result:
        with torch.inference_mode():  # counts for a thread
            return run(batch)

    return pool.map(infer, batches)


def run_batches(
    run: Callable[[Batch], Result], batches: Sequence[Batch], device: torch.device, model: nn.Module | None = None
) -> list[Result]:
    """Results of batches, in their order, see ``batch_pool`` and ``submit_batches``."""
    with batch_pool(device, model) as pool:
        return list(submit_batches(pool, run, batches))
