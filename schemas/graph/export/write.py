"""Writing an export: whole or not at all, and never over something that is there unless told to."""

import re
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import uuid4

import duckdb

from schemas.errors import ConfigError
from schemas.graph.export.names import BASE, Names
from schemas.graph.export.rdf import write_jsonld, write_nanopublications, write_turtle
from schemas.graph.export.tables import is_export, write_graphml, write_neo4j, write_parquet


class ExportFormat(StrEnum):
    """What a graph can be exported as."""

    rdf = "rdf"  # Turtle
    jsonld = "jsonld"
    nanopub = "nanopub"  # TriG
    neo4j = "neo4j"  # a folder
    graphml = "graphml"
    parquet = "parquet"  # a folder


_BASE: Final = re.compile(r'https?://[^\s<>"{}|\\^`#/]+/(?:[^\s<>"{}|\\^`#]*/)?')
_RDF = {
    ExportFormat.rdf: write_turtle,
    ExportFormat.jsonld: write_jsonld,
    ExportFormat.nanopub: write_nanopublications,
}
_FOLDERS = {ExportFormat.neo4j: write_neo4j, ExportFormat.parquet: write_parquet}


def export_graph(
    connection: duckdb.DuckDBPyConnection,
    export_format: ExportFormat,
    out: Path,
    *,
    base: str = BASE,
    overwrite: bool = False,
) -> dict[str, int]:
    """Export a graph to a file or folder. Rows are written as they are read: memory does not grow with the graph.

    Args:
        connection: A graph, best opened for reading only.
        export_format: As what.
        out: The file, or for Neo4j and Parquet the folder, to make.
        base: Beginning of the URIs of what no registry knows (RDF only), such as ``https://graph.example.org/``.
        overwrite: Replace what is there.

    Returns:
        How many of what were written.

    Raises:
        ConfigError: Something is there already, the folder above it is not, or the base is no beginning of a URI.
    """
    check_export(out, base=base, overwrite=overwrite)
    temporary = out.with_name(f".{out.name}.{uuid4().hex}.tmp")
    try:
        with connection.cursor() as cursor:  # with temporary tables of its own
            counts = _write(cursor, export_format, temporary, Names(base))
        if out.is_dir():
            shutil.rmtree(out)
        temporary.replace(out)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
    return counts


def check_export(out: Path, *, base: str = BASE, overwrite: bool = False) -> None:
    """Refuse a place that cannot be written to.

    Raises:
        ConfigError: As ``export_graph``.
    """
    if out.exists() and not overwrite:
        raise ConfigError(f"{out} is there already; choose another name, or replace it with --overwrite")
    if not out.absolute().parent.is_dir():
        raise ConfigError(f"the folder {out.absolute().parent} does not exist")
    if out.is_dir() and not is_export(out):
        raise ConfigError(f"{out} holds other things than an export, so it is not replaced; choose another name")
    if base != BASE and not _BASE.fullmatch(base):
        raise ConfigError(
            f"--base {base}: give an http or https address that ends in /, such as https://example.org/g/"
        )


def _write(
    connection: duckdb.DuckDBPyConnection, export_format: ExportFormat, path: Path, names: Names
) -> dict[str, int]:
    if export_format in _FOLDERS:
        path.mkdir()
        return _FOLDERS[export_format](connection, path)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        if export_format in _RDF:
            return _RDF[export_format](connection, out, names)
        return write_graphml(connection, out)
