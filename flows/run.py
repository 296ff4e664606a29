"""``papergraph ingest``: check the call, prepare the process, run the flow, print its report."""

import ssl
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from rich.console import Console

from flows.environment import prepare_prefect
from flows.interrupt import stop_at_once
from flows.models import NER_MODEL, RELATION_MODEL, default_knowledge_base
from flows.pipeline import check_device, check_graph, check_knowledge_base, check_models, check_runner
from flows.report_files import make_report_folder
from flows.server import running_server
from flows.sources import check_sources
from flows.work import default_work, lock_work
from schemas.errors import GraphError, PapergraphError


def run_ingest(
    sources: Sequence[str],
    *,
    graph: Path,
    work: Path | None,
    limit: int | None,
    workers: int | None,
    device: str,
    runner: str,
    ray_address: str | None,
    kb: Path | None,
    ner_model: Path | None,
    relation_model: Path | None,
    report: Path | None,
    metrics: str | None,
) -> int:
    """Ingest and print the report; the number of papers that failed comes back.

    Raises:
        ConfigError: The call is wrong; nothing was written.
    """
    check_runner(runner)
    check_device(device, is_here=runner == "local")
    check_sources(sources)
    ner_model, relation_model = ner_model or NER_MODEL, relation_model or RELATION_MODEL
    check_models(ner_model, relation_model)
    check_graph(graph)
    check_knowledge_base(kb)
    if report is not None:
        make_report_folder(report)
    work = (work or default_work(graph)).absolute()
    prepare_prefect(work)
    with stop_at_once(), ExitStack() as stack:
        with Console(stderr=True).status("starting"):
            stack.enter_context(running_server(meanwhile=partial(_prepare, work, kb)))
        from flows.ingest import ingest
        from flows.metrics import serve_metrics

        if metrics is not None:
            stack.enter_context(serve_metrics(metrics))
        try:
            done = ingest(
                sources=list(sources),
                graph=graph,
                work=work,
                limit=limit,
                workers=workers,
                device=device,
                kb=kb,
                ner_model=ner_model,
                relation_model=relation_model,
                report=report,
                runner=runner,
                ray_address=ray_address,
            )
        except Exception as error:
            fault = first_fault(error)
            if fault is error:
                raise
            raise fault from None
    from flows.query import print_contents
    from flows.report import print_report

    out = Console()
    print_report(done, out)
    with suppress(GraphError):  # another process has it open by now: `papergraph status` will tell
        print_contents(graph, out)
    return done.failed


def first_fault(error: BaseException) -> BaseException:
    """What went wrong first, if Prefect has met a fault of its own while it was told.

    On a full disk, for example, its server cannot write down how the run ended.
    """
    if isinstance(error, PapergraphError | OSError):
        return error
    found, seen = error, {id(error)}
    while (before := error.__cause__ or error.__context__) is not None and id(before) not in seen:
        seen.add(id(before))
        if isinstance(before, PapergraphError) or (isinstance(before, OSError) and not _is_of_network(before)):
            found = before
        error = before
    return found


def _is_of_network(error: OSError) -> bool:
    """Such as that Prefect's server does not answer."""
    return isinstance(error, ConnectionError | TimeoutError | ssl.SSLError)


def _prepare(work: Path, kb: Path | None) -> None:
    """What the flow would begin with, and takes seconds: imports, and the starter base the first time."""
    import flows.ingest  # noqa: F401

    if kb is None:
        with lock_work(work):
            default_knowledge_base(work)
