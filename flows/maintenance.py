"""Looking after a graph, and what is printed about it. Without torch or Prefect."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.entities import merge_own_entities
from flows.query import WAIT_S
from schemas.errors import GraphError
from schemas.graph.changes import diff_runs, find_papers
from schemas.graph.database import open_graph
from schemas.graph.describe import describe_graph, draw_relationships, write_markdown
from schemas.graph.export.names import BASE
from schemas.graph.export.write import ExportFormat, check_export, export_graph
from schemas.graph.load import remove_papers, settle_entities
from schemas.graph.merge_graphs import merge_graph, refuse_itself
from schemas.graph.publish import publish_graph


def print_schema(graph: Path, output_format: str) -> None:
    """Print what a graph is made of.

    Raises:
        GraphError: The graph is not there or cannot be opened.
    """
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        relations = describe_graph(connection)
    write = draw_relationships if output_format == "mermaid" else write_markdown
    sys.stdout.write(write(relations))


def export_to(graph: Path, export_format: str, out: Path, *, base: str | None, overwrite: bool) -> None:
    """Export a graph and print how much was written.

    Raises:
        ConfigError: The graph cannot be opened, or the place cannot be written to.
    """
    check_export(out, base=base or BASE, overwrite=overwrite)
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        counts = export_graph(connection, ExportFormat(export_format), out, base=base or BASE, overwrite=overwrite)
    Console(stderr=True).print(f"{out}: " + ", ".join(f"{n} {name}" for name, n in counts.items()), highlight=False)


def print_changes(graph: Path, run_a: str, run_b: str, *, as_json: bool) -> None:
    """Print what changed from one run to another.

    Raises:
        GraphError: There is no such run, or the graph cannot be opened.
    """
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        changes = diff_runs(connection, run_a, run_b)
    if as_json:
        for change in changes:
            sys.stdout.write(json.dumps(asdict(change), ensure_ascii=False) + "\n")
        return
    table = Table("change", "subject", "relation", "object", "papers", "score", show_edge=False)
    for change in changes:
        papers = f"{change.n_papers_before} -> {change.n_papers_after}"
        scores = " -> ".join("" if s is None else f"{s:.2f}" for s in (change.score_before, change.score_after))
        names = map(escape, (change.subject, change.predicate, change.object))
        table.add_row(change.change, *names, papers, scores)
    console = Console()
    kinds = [sum(change.change == kind for change in changes) for kind in ("gained", "lost", "changed")]
    console.print("{} gained, {} lost, {} changed".format(*kinds), highlight=False)
    if changes:
        console.print(table)


def remove_from(graph: Path, names: list[str]) -> None:
    """Take papers out of a graph.

    Raises:
        GraphError: A paper is not in the graph, or the graph cannot be opened; nothing was removed.
    """
    _refuse_missing(graph)
    with open_graph(graph, wait_s=WAIT_S) as connection:
        paper_ids = find_papers(connection, names)
        remove_papers(connection, paper_ids)
        merge_own_entities(connection)
        settle_entities(connection)
    Console().print(f"{len(set(paper_ids))} papers removed from {graph}", highlight=False)


def merge_into(graph: Path, other: Path) -> None:
    """Put another graph into this one, which is made if it is not there.

    Raises:
        GraphError: One of the two cannot be opened; nothing was changed.
    """
    refuse_itself(graph, other)
    open_graph(other, read_only=True, wait_s=WAIT_S).close()  # before a new graph is made
    with open_graph(graph, wait_s=WAIT_S) as connection:
        counts = merge_graph(connection, other)
        merge_own_entities(connection)
        settle_entities(connection)
    Console().print(
        f"{counts.n_added} papers added to {graph}, {counts.n_replaced} replaced by a later reading, "
        f"{counts.n_kept} were there already",
        highlight=False,
    )


def publish_to(graph: Path, copy: Path) -> None:
    """Copy a graph whole.

    Raises:
        GraphError: The graph cannot be opened, or the copy cannot be written.
    """
    publish_graph(graph, copy, wait_s=WAIT_S)
    Console().print(f"{copy}: a copy of {graph}", highlight=False)


def _refuse_missing(graph: Path) -> None:
    if not graph.is_file():
        raise GraphError(f"{graph}: there is no graph here")
