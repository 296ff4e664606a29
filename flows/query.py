"""``papergraph sql`` and ``papergraph status``: what is in the graph, without torch or Prefect."""

import sys
from pathlib import Path
from typing import Any, Final

from rich.columns import Columns
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from flows.work import REPORT_PAGE
from schemas.graph.database import open_graph
from schemas.graph.query import write_query
from schemas.graph.summary import GraphSummary, summarise_graph

WAIT_S: Final = 60.0
"""Seconds to wait while a run is loading a shard, or settling a large graph at its end."""

MAX_FAILURES: Final = 20


def print_query(graph: Path, query: str, output_format: str) -> None:
    """Run a query and print its answer.

    Raises:
        GraphError: The graph is not there or cannot be opened.
        QueryError: The SQL is wrong.
    """
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        write_query(connection, query, sys.stdout.buffer, output_format=output_format)
        sys.stdout.buffer.flush()


def print_status(graph: Path) -> None:
    """Print the last runs, what the graph holds, and what failed.

    Raises:
        GraphError: The graph is not there or cannot be opened.
    """
    summary = _summarise(graph)
    console = Console()
    runs = Table(
        _uncut("run"), "started (UTC)", "status", "found", "loaded", "skipped", "failed", **_title("Last runs")
    )
    for run in summary.runs:
        counts = (run.n_found, run.n_loaded, run.n_skipped, run.n_failed)
        started = f"{run.started_at:%Y-%m-%d %H:%M:%S}"
        runs.add_row(run.run_id, started, run.status, *("" if count is None else str(count) for count in counts))
    console.print(runs)
    pages = [page for run in summary.runs if run.report and (page := Path(run.report, REPORT_PAGE)).is_file()]
    if pages:
        console.print(f"Report of the last run that has one: {pages[0]}", highlight=False, soft_wrap=True, markup=False)
    _print_contents(graph, summary, console)
    if summary.failures:
        failures = Table(_uncut("source"), "stage", "error", "reason", **_title("Failed"))
        for failure in summary.failures:
            failures.add_row(*map(escape, (failure.source, failure.stage, failure.error, failure.message)))
        console.print(failures)
        more = summary.n_rows["failures"] - len(summary.failures)
        if more > 0:
            console.print(f"... and {more} more: see the table failures")


def print_contents(graph: Path, console: Console) -> None:
    """Print what the graph holds, and some of its facts."""
    summary = _summarise(graph)
    _print_contents(graph, summary, console)
    if summary.facts:
        facts = Table("subject", "relation", "object", "papers", "score", **_title("Best supported facts"))
        for fact in summary.facts:
            row = (fact.subject, fact.predicate, fact.object, str(fact.n_papers), f"{fact.score:.2f}")
            facts.add_row(*map(escape, row))
        console.print(facts)


def _summarise(graph: Path) -> GraphSummary:
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        return summarise_graph(connection, max_failures=MAX_FAILURES)


def _print_contents(graph: Path, summary: GraphSummary, console: Console) -> None:
    n = summary.n_rows
    empty = f" ({summary.n_empty_papers} without text)" if summary.n_empty_papers else ""
    console.print(
        f"{graph} holds {n['papers']} papers{empty}, {n['mentions']} mentions of {n['entities']} entities, "
        f"{n['relations']} relations, {n['failures']} failures.",
        highlight=False,
    )
    kinds = Table("entity type", "mentions", "entities", **_title(""))
    for kind in summary.entity_types:
        kinds.add_row(kind.label, str(kind.n_mentions), str(kind.n_entities))
    relations = Table("relation", "mentions", "facts", **_title(""))
    for relation in summary.relation_types:
        relations.add_row(relation.label, str(relation.n_mentions), str(relation.n_facts))
    if summary.entity_types:
        console.print(Columns([kinds, relations], padding=(0, 4)))


def _uncut(header: str) -> Column:
    """A column of what people copy: it goes on in the next line where a terminal is narrow."""
    return Column(header, overflow="fold")


def _title(title: str) -> dict[str, Any]:
    return {"title": title or None, "title_justify": "left", "show_edge": False}
