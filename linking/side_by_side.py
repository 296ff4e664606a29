"""Many names linked by several processes at once, each with the knowledge base mapped into its memory."""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

from linking.index import load_faiss
from linking.knowledge_base import open_knowledge_base
from linking.linker import BATCH, Linker
from linking.names import batch_rows, link_batch

AHEAD: Final = 2  # batches a process that are read before their turn
PRELOADED: Final = ("linking.linker", "transformers.models.bert.modeling_bert")
"""Imported once, in the process that the others fork from."""

_linkers: list[Linker] = []  # of this process, opened once


def link_side_by_side(
    kb: Path, rows: Iterable[Mapping[str, Any]], label: str = "", *, n_workers: int
) -> Iterator[dict[str, Any]]:
    """What ``link_names`` gives, in the same order, by so many processes.

    Raises:
        ConfigError: As ``link_names``.
    """
    with open_processes(kb, n_workers) as pool:
        waiting: deque[Future[list[dict[str, Any]]]] = deque()
        try:
            for batch in batch_rows(rows, BATCH):
                waiting.append(pool.submit(_link, batch, label))
                if len(waiting) >= AHEAD * n_workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def open_processes(kb: Path, n: int) -> ProcessPoolExecutor:
    """So many processes of one thread, each of which opens its linker when the first work comes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return ProcessPoolExecutor(n, context, initializer=_open, initargs=(kb,))


def opened_linker() -> Linker:
    """The linker of this process, which is one of ``open_processes``."""
    return _linkers[0]


def _open(kb: Path) -> None:
    import torch

    torch.set_num_threads(1)  # else each process would use all cores, and wait for those of the others
    load_faiss().omp_set_num_threads(1)
    _linkers[:] = [Linker(open_knowledge_base(kb))]


def _link(batch: Sequence[Mapping[str, Any]], label: str) -> list[dict[str, Any]]:
    return link_batch(opened_linker(), batch, label)
