"""What a Prometheus server may ask of runs: papers by outcome, seconds and work by stage, waiting, queue, memory."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server, values
from prometheus_client.multiprocess import MultiProcessCollector

from flows.figures import StageResult
from flows.plan import Tally
from flows.work import metrics_folder, refuse_other_files
from schemas.errors import ConfigError

_SHARED_IN: Final = "PAPERGRAPH_METRICS_DIR"  # set by ``serve``: the runs of a schedule are processes of their own

if _SHARED_IN in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = os.environ[_SHARED_IN]
    # One name for all runs, not one for each process: the next run counts on from the last. They never overlap.
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: "runs")

RUNS: Final = CollectorRegistry()
ProcessCollector(registry=RUNS)
_PAPERS: Final = Counter("papergraph_papers", "Papers by how they ended", ["outcome"], registry=RUNS)
_SECONDS: Final = Counter("papergraph_stage_seconds", "Seconds spent in each stage", ["stage"], registry=RUNS)
_WORK: Final = Counter("papergraph_work", "What was done: pages, tokens, pairs, ...", ["stage", "what"], registry=RUNS)
_WAITED: Final = Counter("papergraph_wait_seconds", "Seconds that models waited for parsed papers", registry=RUNS)
_ENDED: Final = Counter("papergraph_runs", "Runs by how they ended", ["status"], registry=RUNS)
_QUEUE: Final = Gauge(
    "papergraph_shards_under_way",
    "Shards being parsed, waiting for the models, or read by them",
    multiprocess_mode="mostrecent",
    registry=RUNS,
)
_MEMORY: Final = Gauge(
    "papergraph_resident_bytes",
    "Memory of all processes of the run under way",
    multiprocess_mode="mostrecent",
    registry=RUNS,
)
_LAST_END: Final = Gauge(
    "papergraph_last_run_end_timestamp_seconds", "When a run last ended", multiprocess_mode="mostrecent", registry=RUNS
)


def count_stage(name: str, result: StageResult, waited: float) -> None:
    """A stage is done with a shard."""
    _SECONDS.labels(name).inc(result.seconds)
    _WAITED.inc(waited)
    for what, count in result.counts.items():
        _WORK.labels(name, what).inc(count)


def count_papers(before: Tally, after: Tally) -> None:
    """Papers have ended."""
    for outcome in ("loaded", "skipped", "failed"):
        _PAPERS.labels(outcome).inc(getattr(after, outcome) - getattr(before, outcome))


def note_queue(n_shards: int, resident_bytes: int) -> None:
    """How much is under way."""
    _QUEUE.set(n_shards)
    _MEMORY.set(resident_bytes)


def count_run(status: str) -> None:
    """A run has ended."""
    note_queue(0, 0)
    _ENDED.labels(status).inc()
    _LAST_END.set(time.time())


@contextmanager
def serve_metrics(address: str, registry: CollectorRegistry = RUNS) -> Iterator[str]:
    """Answer at an address, in a thread, until the block ends; the address with its port comes out.

    Args:
        address: A port, or host:port; without a host only this machine is answered. Port 0 stands for any free one.
        registry: What is served; the runs of this process.

    Raises:
        ConfigError: It is no address, or another process answers there.
    """
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host or "127.0.0.1", registry)
    except (OSError, ValueError, OverflowError) as error:
        raise ConfigError(f"cannot serve metrics at {address!r} ({error}): give a free port, or host:port") from error
    try:
        yield f"http://{host or '127.0.0.1'}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serve_metrics_of_runs(address: str, work: Path) -> Iterator[str]:
    """The same for runs that this process will start: they count in files of the work folder, emptied first.

    Raises:
        ConfigError: The folder holds files of the user's, too.
    """
    refuse_other_files(work)
    work.mkdir(parents=True, exist_ok=True)
    (work / "lock").touch()  # runs open their files before they lock the folder, and must not take them for others'
    folder = metrics_folder(work)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[_SHARED_IN] = str(folder.absolute())
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))
    try:
        with serve_metrics(address, registry) as served:
            yield served
    finally:
        del os.environ[_SHARED_IN]
