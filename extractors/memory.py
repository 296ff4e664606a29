"""Batches that do not fit the device's memory are halved, so that a run goes on, only slower."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_in_halves(run: Callable[[Sequence[Item]], list[Result]], batch: Sequence[Item]) -> list[Result]:
    """Results of a batch, in its order; it is cut in two, and in two again, as long as memory runs out.

    Args:
        run: Gives one result an item, whatever else is in the batch.
        batch: At least one item.

    Raises:
        torch.OutOfMemoryError: A single item does not fit.
    """
    try:
        return run(batch)
    except torch.OutOfMemoryError:
        if len(batch) == 1:
            raise
    # Outside of the handler: the traceback holds on to the tensors that filled the memory.
    torch.cuda.empty_cache()
    half = len(batch) // 2
    return run_in_halves(run, batch[:half]) + run_in_halves(run, batch[half:])


def note_peak(device: torch.device) -> Callable[[], int]:
    """Begin anew to note the most memory, in bytes, that tensors take on a device; 0 on a CPU, which keeps no count."""
    if device.type != "cuda":
        return lambda: 0
    torch.cuda.reset_peak_memory_stats(device)
    return lambda: torch.cuda.max_memory_allocated(device)
