"""Shards on a Ray cluster, through Prefect's Ray task runner: the same tasks as on one machine, with resources.

Parsing and linking ask for cores, the models for a GPU where the cluster has any; Ray finds nodes for them, and starts
a task anew whose process or node is lost. The load stays where the run is: a graph has one writer.
"""

import os
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import ray
import ray.exceptions
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_ray import RayTaskRunner
from prefect_ray.context import remote_options

from flows import tasks
from flows.environment import QUIET, count_cores
from flows.figures import StageResult
from flows.pipeline import Pipeline, ShardFiles
from schemas.errors import ConfigError, TransientError

_OBJECT_STORE_BYTES: Final = 100 << 20  # of a cluster of our own: tasks pass no papers, only counts
_CONNECT_S: Final = 5.0
_LEAST_UNDER_WAY: Final = 4
_GPU_IS_NAMED: Final = {"RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES": "1"}  # see ``node.task_device``


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that takes tasks.

    Attributes:
        runner: Prefect's, started.
        n_cores: Of all nodes now; more may join.
        n_gpus: Likewise.
    """

    runner: RayTaskRunner[Any]
    n_cores: int
    n_gpus: int

    def n_under_way(self, pipeline: Pipeline) -> int:
        """How many shards to have under way: every core has one, and one waits for it."""
        return max(_LEAST_UNDER_WAY, 2 * self.n_cores // pipeline.workers)

    def start(self, files: ShardFiles, pipeline: Pipeline) -> Sequence[tuple[str, Callable[[], StageResult]]]:
        """Submit the stages of a shard, each after the one before; name and result of each, which waits for it."""
        uses_gpu = pipeline.device.startswith("cuda") or (pipeline.device == "auto" and self.n_gpus > 0)
        waiting: list[tuple[str, Callable[[], StageResult]]] = []
        before = None
        for stage in (tasks.parse, tasks.tag, tasks.relate, tasks.link):
            options = stage_resources(stage.name, pipeline.workers, uses_gpu=uses_gpu)
            with remote_options(**options):
                parameters = {"files": files, "pipeline": pipeline, "after": before}
                before = self.runner.submit(stage, parameters)
            waiting.append((stage.name, partial(_result, before)))
        return waiting


def stage_resources(stage: str, n_cores: int, *, uses_gpu: bool) -> dict[str, int]:
    """What a stage asks Ray for.

    Args:
        stage: Its name.
        n_cores: That a stage on CPUs uses.
        uses_gpu: True if the models run on GPUs.
    """
    if uses_gpu and stage in ("tag", "relate"):
        return {"num_cpus": 1, "num_gpus": 1, "max_calls": 0}  # 0: the process lives on, and keeps its models
    return {"num_cpus": n_cores}


@contextmanager
def ray_cluster(address: str | None) -> Generator[Cluster]:
    """Connect to a cluster, or start one on this machine, until the block ends.

    Args:
        address: Of a cluster; that in RAY_ADDRESS if None, and a cluster of our own if there is none either.

    Raises:
        ConfigError: It cannot be reached, or its nodes cannot reach Prefect's server.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray calls home otherwise
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    settings: dict[str, Any] = {
        "runtime_env": {"env_vars": QUIET | _GPU_IS_NAMED},
        "log_to_driver": False,
        "logging_level": "ERROR",
    }
    if address == "local":
        settings |= {
            "num_cpus": count_cores(),
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE_BYTES,
        }
    else:
        _check_address(address)
    try:
        ray.init(address=address, **settings)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigError(f"no Ray cluster at {address}: {error}") from error
    try:
        api_url = _api_url()
        total = ray.cluster_resources()
        with temporary_settings({PREFECT_API_URL: api_url}), RayTaskRunner() as runner:
            yield Cluster(runner, int(total.get("CPU", 1)), int(total.get("GPU", 0)))
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Ray itself would try for minutes to reach an address where there is nothing."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address == "auto":
        return
    try:
        socket.create_connection((host, int(port)), _CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no Ray cluster at {address} ({error}): give the address that `ray start` printed, such as 10.0.0.1:6379"
        ) from error


def _api_url() -> str:
    """Where the nodes reach Prefect's server, to which each task tells how it goes."""
    url = PREFECT_API_URL.value() or SubprocessASGIServer().api_url
    n_machines = len({node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]})
    if n_machines > 1 and urlsplit(url).hostname in ("127.0.0.1", "localhost"):  # that of a run, or of `serve`
        raise ConfigError(
            f"the cluster has {n_machines} machines, which cannot reach this one's Prefect server at {url}: start one "
            "that they reach with `prefect server start --host 0.0.0.0`, and name it in PREFECT_API_URL"
        )
    return url


def _result(future: Any) -> StageResult:  # noqa: ANN401  Prefect's, over Ray's
    try:
        return future.result()
    except ray.exceptions.RayError as error:
        raise TransientError(f"the Ray cluster lost a task too often ({error}); run again, it goes on there") from error


def cluster_pipeline(pipeline: Pipeline, workers: int | None) -> Pipeline:
    """The pipeline for a cluster: one core a task, unless asked otherwise; which GPU is for Ray to say."""
    device = "cuda" if pipeline.device.startswith("cuda") else pipeline.device
    return replace(pipeline, workers=workers or 1, device=device)
