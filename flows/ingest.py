"""The ingest flow: plan, then parse, tag, relate, link and load shard by shard. A thin skin over ``flows.stages``.

Parsing of the next shards goes on in worker processes while the models read the one before. The models' tasks run one
at a time, here, because they share the device; so does the load, because a graph has one writer. At most a few shards
are under way at any time, however many papers there are.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final, cast
from uuid import uuid4

from prefect import Flow, flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field

from extractors.evaluation.report import to_markdown
from flows import tasks
from flows.entities import merge_own_entities
from flows.environment import silence_teardown
from flows.models import NER_MODEL, RELATION_MODEL, default_knowledge_base, load_models
from flows.pipeline import (
    Pipeline,
    ShardFiles,
    check_device,
    check_graph,
    check_knowledge_base,
    check_models,
    check_runner,
    resolve_pipeline,
)
from flows.plan import LOOK_AHEAD, Known, Plan, Tally
from flows.query import WAIT_S
from flows.report import RunReport
from flows.report_files import forget_old_reports, run_report_folder, write_run_report
from flows.report_page import report_of_run
from flows.sources import check_sources, count_files, list_sources
from flows.stages import StageResult, keep_sandbox
from flows.watch import RunWatch
from flows.work import default_work, inbox_folder, lock_work
from linking.manifest import read_manifest
from schemas.errors import ConfigError, PapergraphError
from schemas.graph.database import open_for_run
from schemas.graph.definitions import is_settled
from schemas.graph.metadata import find_changed_metadata, update_metadata
from schemas.graph.runs import KBSource, RunCounts, fail_run, finish_run, start_run
from schemas.records import Failure, Source
from schemas.shards import write_shard

SHARD_SIZE: Final = 32
"""Papers per shard. An orchestrated task costs some milliseconds, and a kill costs at most the shards under way."""

METADATA_ROWS: Final = 1_000
"""Rows of manifests about papers in the graph that are compared with it at once."""

Stages = Sequence[tuple[str, Callable[[], StageResult]]]
"""Of one shard, in their order: the name of each, and what does it or waits for it."""

# One shard is parsed at a time, by all worker processes; the others wait their turn.
_PARSE_RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=1))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stages of shards run.

    Attributes:
        runner: local, or ray for a cluster.
        start: Has the stages of a shard done; it may wait with those until they are called.
        load: Loads the models here, unless they are loaded or none runs here.
        n_under_way: Shards that are started before the first of them is loaded.
    """

    runner: str
    start: Callable[[ShardFiles, Pipeline], Stages]
    load: Callable[[Pipeline], None]
    n_under_way: int


def _start_here(files: ShardFiles, pipeline: Pipeline) -> Stages:
    """Have a shard parsed beside other work; its other stages run here once they are called."""
    parsed = tasks.parse.submit(files, pipeline)
    models = [(stage.name, partial(stage, files, pipeline)) for stage in (tasks.tag, tasks.relate, tasks.link)]
    return [(tasks.parse.name, parsed.result), *models]


def tell_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """The error of a scheduled run, to whoever keeps its output; on the command line ``main`` tells it."""
    if flow_run.deployment_id is not None:
        print(f"papergraph: run {flow_run.name} broke off: {state.message}", file=sys.stderr)  # noqa: T201


def _is_scheduled() -> bool:
    """True in a run of a deployment, whose folder may be empty now and fill later."""
    context = FlowRunContext.get()
    return context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None


HERE: Final = Place("local", _start_here, load_models, LOOK_AHEAD)


@flow(
    name="ingest", task_runner=_PARSE_RUNNER, persist_result=False, on_failure=[tell_failure], on_crashed=[tell_failure]
)
def ingest(
    sources: Annotated[list[str], Field(min_length=1)],
    graph: Path = Path("graph.duckdb"),
    work: Path | None = None,
    limit: Annotated[int | None, Field(ge=1)] = None,
    workers: Annotated[int | None, Field(ge=1)] = None,
    device: str = "auto",
    kb: Path | None = None,
    ner_model: Path = NER_MODEL,
    relation_model: Path = RELATION_MODEL,
    shard_size: Annotated[int, Field(ge=1, le=1024)] = SHARD_SIZE,
    report: Path | None = None,
    runner: str = "local",
    ray_address: str | None = None,
) -> RunReport:
    """Read papers into a graph; what is there already is skipped, what was half done is resumed.

    Args:
        sources: PDFs, folders, patterns, .txt lists, manifests, tar and zip archives, and addresses of these.
        graph: The DuckDB file, made if it is not there.
        work: Folder for intermediate files; ``.papergraph`` beside the graph by default.
        limit: Take only the first so many papers of the sources.
        workers: Worker processes for parsing; one per core by default. On a cluster: cores of a task, one by default.
        device: auto, cpu, cuda, or cuda:1 and the like.
        kb: Knowledge base to link to; the built-in starter base by default.
        ner_model: Folder of the tagger; the shipped one by default.
        relation_model: Folder of the relation classifier; the shipped one by default.
        shard_size: Papers per task.
        report: Folder for the report of the run; one in the work folder by default.
        runner: local, or ray for a cluster.
        ray_address: Of the cluster; that in RAY_ADDRESS by default, else one is started on this machine.

    Raises:
        ConfigError: A source, a model or the knowledge base is not there, or another run is using the work folder.
    """
    silence_teardown()
    check_runner(runner)
    check_sources(sources, may_be_empty=_is_scheduled())
    check_device(device, is_here=runner == "local")
    check_models(ner_model, relation_model)
    check_graph(graph)
    check_knowledge_base(kb)
    work = (work or default_work(graph)).absolute()
    with lock_work(work):
        folder = kb or default_knowledge_base(work)
        pipeline = resolve_pipeline(
            graph=graph,
            work=work,
            knowledge_base=folder,
            knowledge_base_revision=read_manifest(folder).revision,
            workers=workers,
            device=device,
            ner_model=ner_model,
            relation_model=relation_model,
        )
        with ExitStack() as stack:
            place = HERE
            if runner == "ray":
                from flows.cluster import cluster_pipeline, ray_cluster  # an optional extra

                pipeline = cluster_pipeline(pipeline, workers)
                cluster = stack.enter_context(ray_cluster(ray_address))
                place = Place(runner, cluster.start, lambda _: None, cluster.n_under_way(pipeline))
            done = _Run(pipeline, sources, limit, shard_size, report, place).run()
    create_markdown_artifact(to_markdown(report_of_run(done)), key="ingest-report", description=done.headline)
    return done


class _Run:
    """One run under way: what was planned, what is in flight, what came out."""

    def __init__(
        self,
        pipeline: Pipeline,
        sources: Sequence[str],
        limit: int | None,
        shard_size: int,
        report: Path | None,
        place: Place,
    ) -> None:
        self.pipeline = pipeline
        self.place = place
        self.sources = sources
        self.limit = limit
        self.tally = Tally()
        n_files = count_files(sources)
        self.run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
        self.watch = RunWatch(self.run_id, self.tally, min(n_files, limit) if n_files and limit else n_files)
        self.n_metadata = 0
        self.wants_report = report is not None
        self.report_folder = (report or run_report_folder(pipeline.work, self.run_id)).absolute()
        listing = islice(list_sources(sources, inbox_folder(pipeline.work)), limit)
        self.plan = Plan(listing, self._look_up, shard_size, self.tally, self._discard, place.n_under_way)

    def run(self) -> RunReport:
        """Take every shard through all stages, a few at a time, and account for every paper."""
        with open_for_run(self.pipeline.graph, wait_s=WAIT_S) as connection:
            start_run(
                connection,
                run_id=self.run_id,
                source=" ".join(self.sources),
                settings=asdict(self.pipeline) | {"limit": self.limit, "report": self.report_folder},
                kb_sources=_kb_sources(self.pipeline.knowledge_base),
            )
        try:
            with self.watch:
                with keep_sandbox(self.pipeline.parse, self.pipeline.workers):
                    self._run_shards()
                self._close()
        except BaseException:
            with suppress(PapergraphError), open_for_run(self.pipeline.graph, wait_s=WAIT_S) as connection:
                fail_run(connection, run_id=self.run_id)
            raise
        return self._report()

    def _run_shards(self) -> None:
        under_way: deque[tuple[ShardFiles, Sequence[Source | Failure], Stages]] = deque()
        for items in self.watch.listing(self.plan):
            files = self.pipeline.shard_files(items)
            write_shard(files.sources, Source, items)
            under_way.append((files, items, self.place.start(files, self.pipeline)))
            if not files.tagged.exists():  # the parsers are at work meanwhile
                self.watch.loading(partial(self.place.load, self.pipeline))
            if len(under_way) > self.place.n_under_way:
                self._finish(*under_way.popleft())
        while under_way:
            self._finish(*under_way.popleft())

    def _finish(self, files: ShardFiles, items: Sequence[Source | Failure], stages: Stages) -> None:
        """Take a shard through its stages into the graph."""
        n_papers = len(items)
        for name, result in stages:
            self.watch.stage(name, n_papers, result)
        self.watch.stage("load", n_papers, partial(self._load, files))
        for item in items:
            self._discard(item)
        self.watch.shard_done()

    def _load(self, files: ShardFiles) -> StageResult:
        started = time.perf_counter()
        counts = tasks.load(files, self.pipeline, self.run_id)
        self.tally.loaded += counts.n_loaded
        self.tally.skipped += counts.n_unchanged
        self.tally.failed += counts.n_failed
        return StageResult(counts.n_loaded, (), time.perf_counter() - started)

    def _look_up(self, paper_ids: Sequence[str]) -> Mapping[str, Known]:
        """What the graph knows of these papers under this run's pipeline."""
        if len(self.plan.metadata) >= METADATA_ROWS:
            self._update_metadata(self.plan.metadata)
        with open_for_run(self.pipeline.graph, read_only=True, wait_s=WAIT_S) as connection:
            failed = connection.execute(
                "SELECT paper_id, run_id FROM failures WHERE paper_id IN (SELECT unnest(?))", [list(paper_ids)]
            ).fetchall()
            loaded = connection.execute(
                "SELECT paper_id FROM papers WHERE fingerprint = ? AND paper_id IN (SELECT unnest(?))",
                [self.pipeline.fingerprints.pipeline, list(paper_ids)],
            ).fetchall()
        known = {paper_id: Known.FAILED_NOW if run == self.run_id else Known.FAILED for paper_id, run in failed}
        return known | {paper_id: Known.LOADED for (paper_id,) in loaded}

    def _update_metadata(self, given: dict[str, str]) -> None:
        """What manifests say of papers that are in the graph already; the file is written only if it is news."""
        with open_for_run(self.pipeline.graph, read_only=True, wait_s=WAIT_S) as connection:
            changed = find_changed_metadata(connection, given)
        if changed:
            with open_for_run(self.pipeline.graph, wait_s=WAIT_S) as connection:
                update_metadata(connection, changed)
        self.n_metadata += len(changed)
        given.clear()

    def _discard(self, item: Source | Failure) -> None:
        """Remove the copy of an archive's member that was spooled to the inbox."""
        if isinstance(item, Source) and Path(item.path).parent == inbox_folder(self.pipeline.work):
            Path(item.path).unlink(missing_ok=True)

    def _close(self) -> None:
        """Settle the graph and close the run; its counts are checked there."""
        tally, figures = self.tally, self.watch.figures
        for given in (self.plan.metadata, self.plan.late_metadata):
            self._update_metadata(given)
        counts = RunCounts(tally.found, tally.loaded, tally.skipped, tally.failed)
        with open_for_run(self.pipeline.graph, wait_s=WAIT_S) as connection:
            started = time.perf_counter()
            if not is_settled(connection):
                merge_own_entities(connection)
            figures.merge_seconds = time.perf_counter() - started
            finish_run(connection, run_id=self.run_id, counts=counts, stage_seconds=figures.seconds)

    def _report(self) -> RunReport:
        tally = self.tally
        report = RunReport(
            run_id=self.run_id,
            graph=self.pipeline.graph,
            found=tally.found,
            loaded=tally.loaded,
            skipped=tally.skipped,
            duplicates=tally.duplicates,
            failed=tally.failed,
            seconds=self.watch.seconds,
            workers=self.pipeline.workers,
            figures=self.watch.figures,
            n_metadata=self.n_metadata,
            runner=self.place.runner,
        )
        if tally.loaded or tally.failed or self.wants_report:
            try:
                write_run_report(report, self.report_folder)
                forget_old_reports(self.pipeline.work)
            except (ConfigError, OSError) as error:  # all papers are in the graph: that is what the run was for
                print(f"papergraph: the report cannot be written: {error}", file=sys.stderr)  # noqa: T201
        return report


def _kb_sources(folder: Path) -> list[KBSource]:
    info = read_manifest(folder)
    return [KBSource(source.kb, info.revision, source.file_name, source.n_entries) for source in info.sources]
