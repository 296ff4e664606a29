"""``papergraph serve``: the ingest flow on a schedule, in this process, until stopped."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from flows.environment import prepare_prefect
from flows.fingerprints import short_hash
from flows.models import NER_MODEL, RELATION_MODEL
from flows.pipeline import check_device, check_graph, check_knowledge_base, check_models, check_runner
from flows.remote import is_address
from flows.server import running_server
from flows.sources import is_pattern
from flows.work import default_work
from schemas.errors import ConfigError


def serve_ingest(
    sources: Sequence[str],
    *,
    cron: str,
    graph: Path,
    work: Path | None,
    workers: int | None,
    device: str,
    runner: str = "local",
    ray_address: str | None = None,
    kb: Path | None = None,
    ner_model: Path | None = None,
    relation_model: Path | None = None,
    metrics: str | None = None,
) -> None:
    """Run the flow at each time that the cron expression names. A run that is due while one is at work waits for it.

    Raises:
        ConfigError: The call is wrong: the expression, a source that does not exist, a model or knowledge base.
    """
    for source in sources:  # a folder may be empty now and fill later
        if not is_address(source) and not is_pattern(source) and not Path(source).exists():
            raise ConfigError(f"{source}: no such file or folder")
    check_runner(runner)
    check_device(device, is_here=runner == "local")
    ner_model, relation_model = ner_model or NER_MODEL, relation_model or RELATION_MODEL
    check_models(ner_model, relation_model)
    check_graph(graph)
    check_knowledge_base(kb)
    work_folder = (work or default_work(graph)).absolute()
    prepare_prefect(work_folder)
    check_cron(cron)
    parameters = {
        "sources": [source if is_address(source) else str(Path(source).absolute()) for source in sources],
        "graph": str(graph.absolute()),
        "work": work and str(work.absolute()),
        "workers": workers,
        "device": device,
        "runner": runner,
        "ray_address": ray_address,
        "kb": kb and str(kb.absolute()),
        "ner_model": str(ner_model.absolute()),
        "relation_model": str(relation_model.absolute()),
    }
    with ExitStack() as stack:
        stack.enter_context(running_server(schedules=True))
        stack.callback(_end_runs)
        from prefect.types.entrypoint import EntrypointType

        from flows.ingest import ingest
        from flows.metrics import serve_metrics_of_runs

        if metrics is not None:
            stack.enter_context(serve_metrics_of_runs(metrics, work_folder))
        print(f"serving: {', '.join(sources)} into {graph} at {cron!r} (UTC); stop with Ctrl-C", file=sys.stderr)  # noqa: T201
        ingest.serve(
            name=deployment_name(graph),
            cron=cron,
            parameters=parameters,
            limit=1,  # runs never overlap: one that is due while another is at work waits for it
            entrypoint_type=EntrypointType.MODULE_PATH,
            print_starting_message=False,
        )


def deployment_name(graph: Path) -> str:
    """One for each graph: two that are served with one Prefect server must not take each other's schedule."""
    return f"papergraph-{short_hash([str(graph.absolute())])}"


def _end_runs() -> None:
    """A run under way ends with this process, not hours later: every file and table is whole at any moment."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()


def check_cron(cron: str) -> None:
    """Refuse a cron expression that means nothing.

    Raises:
        ConfigError: It is no cron expression.
    """
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    try:
        CronSchedule(cron=cron)
    except ValidationError as error:
        raise ConfigError(
            f"{cron!r} is no cron expression: minute, hour, day of the month, month, day of the week, for example "
            "'0 3 * * *' for every night at three"
        ) from error
