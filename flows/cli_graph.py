"""The commands that look after a graph: ``schema``, ``export``, ``diff``, ``remove``, ``merge``, ``publish``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import GRAPH, GraphOption


class ExportAs(StrEnum):
    """What a graph can be exported as: the values of ``schemas.graph.export.write.ExportFormat``."""

    rdf = "rdf"
    jsonld = "jsonld"
    nanopub = "nanopub"
    neo4j = "neo4j"
    graphml = "graphml"
    parquet = "parquet"


class SchemaAs(StrEnum):
    """How ``schema`` prints."""

    markdown = "markdown"
    mermaid = "mermaid"


def schema(
    graph: GraphOption = GRAPH,
    output: Annotated[
        SchemaAs, typer.Option("--format", help="markdown, or mermaid: an entity-relationship picture.")
    ] = SchemaAs.markdown,
) -> None:
    """Explain the tables, views and macros of a graph: every column with its type and meaning."""
    from flows.maintenance import print_schema

    print_schema(graph, output.value)


def export(
    export_format: Annotated[
        ExportAs,
        typer.Argument(
            metavar="FORMAT",
            help="rdf (Turtle), jsonld, nanopub (TriG), neo4j (a folder), graphml, parquet (a folder).",
        ),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to make.")],
    graph: GraphOption = GRAPH,
    base: Annotated[
        str | None,
        typer.Option(help="RDF: beginning of the addresses of what no registry knows; urn:papergraph: else."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write a graph in the format of another tool."""
    from flows.maintenance import export_to

    export_to(graph, export_format.value, out, base=base, overwrite=overwrite)


def diff(
    run_a: Annotated[str, typer.Argument(metavar="RUN_A", help="Id of the earlier run, or its beginning.")],
    run_b: Annotated[str, typer.Argument(metavar="RUN_B", help="Id of the later run, or its beginning.")],
    graph: GraphOption = GRAPH,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines rather than a table.")] = False,
) -> None:
    """Show the facts that the graph gained, lost or scored otherwise from one run to another."""
    from flows.maintenance import print_changes

    print_changes(graph, run_a, run_b, as_json=as_json)


def remove(
    paper: Annotated[list[str], typer.Argument(help="Ids, file names or paths of papers in the graph.")],
    graph: GraphOption = GRAPH,
) -> None:
    """Take papers out of a graph, with all that was read in them."""
    from flows.maintenance import remove_from

    remove_from(graph, paper)


def merge(
    other: Annotated[Path, typer.Argument(metavar="OTHER.duckdb", help="The graph to put into --graph; it stays.")],
    graph: GraphOption = GRAPH,
) -> None:
    """Put another graph into this one, as if one had read all papers. Papers that are in both count once."""
    from flows.maintenance import merge_into

    merge_into(graph, other)


def publish(
    copy: Annotated[Path, typer.Argument(metavar="COPY.duckdb", help="The copy; one that is there is replaced whole.")],
    graph: GraphOption = GRAPH,
) -> None:
    """Copy a graph for those who keep it open for long: a dashboard, a web page. Loads never wait for them."""
    from flows.maintenance import publish_to

    publish_to(graph, copy)
