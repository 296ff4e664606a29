"""The stages as Prefect tasks. A task is a shard: it takes file names and settings, never texts, models or connections.

Prefect's own caching is off: a shard file that is there is the cache. Only what can pass on another try is tried again.
"""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from flows import stages
from flows.node import check_node, task_device
from flows.pipeline import Pipeline, ShardFiles
from flows.query import WAIT_S
from schemas.errors import TransientError
from schemas.graph.database import open_for_run
from schemas.graph.load import LoadCounts, load_shard


def is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """True if the failed call may succeed later."""
    return isinstance(state.result(raise_on_failure=False), TransientError)


shard_task = task(
    retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE, persist_result=False
)


@shard_task
def parse(files: ShardFiles, pipeline: Pipeline, after: stages.StageResult | None = None) -> stages.StageResult:
    """PDFs to texts and blocks."""
    check_node(files, pipeline)
    return stages.parse_shard(files.sources, files.parsed, pipeline.parse, pipeline.workers)


@shard_task
def tag(files: ShardFiles, pipeline: Pipeline, after: stages.StageResult | None = None) -> stages.StageResult:
    """Texts to mentions."""
    check_node(files, pipeline)
    return stages.tag_shard(files.parsed, files.tagged, pipeline.ner_model, task_device(pipeline.device))


@shard_task
def relate(files: ShardFiles, pipeline: Pipeline, after: stages.StageResult | None = None) -> stages.StageResult:
    """Mentions to relations."""
    check_node(files, pipeline)
    return stages.relate_shard(
        files.parsed, files.tagged, files.related, pipeline.relation_model, task_device(pipeline.device)
    )


@shard_task
def link(files: ShardFiles, pipeline: Pipeline, after: stages.StageResult | None = None) -> stages.StageResult:
    """Mentions to entities."""
    check_node(files, pipeline)
    return stages.link_shard(files.parsed, files.tagged, files.linked, pipeline.knowledge_base)


@shard_task
def load(files: ShardFiles, pipeline: Pipeline, run_id: str) -> LoadCounts:
    """Shard files to the graph, in one transaction."""
    with open_for_run(pipeline.graph, wait_s=WAIT_S) as connection:
        return load_shard(
            connection,
            run_id=run_id,
            parsed=files.parsed,
            tagged=files.tagged,
            related=files.related,
            linked=files.linked,
            sources=files.sources,
            fingerprint=pipeline.fingerprints.pipeline,
        )
