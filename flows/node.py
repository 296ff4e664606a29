"""What a task finds on the node of a cluster where it runs. On one machine there is nothing to ask."""

import os
import sys
from functools import cache
from typing import Any

from flows.fingerprints import stage_fingerprints
from flows.pipeline import Pipeline, ShardFiles
from linking.manifest import read_manifest
from schemas.errors import ConfigError, PapergraphError


def check_node(files: ShardFiles, pipeline: Pipeline) -> None:
    """Refuse to work on a node of a cluster that would not do the same as the others.

    Raises:
        ConfigError: The work folder is not there, or papergraph, the models or the knowledge base are others.
    """
    if _ray() is None:
        return
    if not files.sources.exists():
        raise ConfigError(
            f"a node of the cluster does not see {files.sources}: sources, work folder (--work), models and knowledge "
            "base have to lie on storage that all nodes share, under the same paths"
        )
    _check_versions(pipeline)
    vars(sys.modules["__main__"]).pop("__file__", None)  # else each process that reads PDFs would import Ray's as well


def task_device(device: str) -> str:
    """The device for a task: of several GPUs on a node the one that Ray gave it, else as asked.

    Ray is told to leave CUDA_VISIBLE_DEVICES alone (see ``cluster``): a process keeps its models over many tasks, which
    need not get the same GPU.
    """
    ray = _ray()
    given = ray.get_gpu_ids() if ray is not None else []
    if not given or device == "cpu":
        return device
    if device == "auto":
        from extractors.encoder import pick_device

        if pick_device(device).type != "cuda":
            return device
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return f"cuda:{visible.split(',').index(str(given[0])) if visible else given[0]}"


def _ray() -> Any:  # noqa: ANN401  an optional package
    """Ray, if this process is at work in a cluster."""
    ray = sys.modules.get("ray")
    return ray if ray is not None and ray.is_initialized() else None


@cache
def _check_versions(pipeline: Pipeline) -> None:
    try:
        here = stage_fingerprints(
            parse=repr(pipeline.parse),
            ner_model=pipeline.ner_model,
            relation_model=pipeline.relation_model,
            knowledge_base=read_manifest(pipeline.knowledge_base).revision,
        )
    except (OSError, PapergraphError) as error:
        raise ConfigError(f"a node of the cluster cannot read the models or the knowledge base: {error}") from error
    if here != pipeline.fingerprints:
        raise ConfigError(
            "a node of the cluster has another papergraph, other models or packages than the one that started the run: "
            "install the same on all nodes"
        )
