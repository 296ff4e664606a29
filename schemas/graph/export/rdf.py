"""RDF as Turtle and as JSON-LD, and each fact as a nanopublication (TriG)."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, TextIO

import duckdb

from schemas.graph.export.names import Names
from schemas.graph.export.statements import PAPER_KEYS, PREFIXES, Node, Uri, Value, describe_rdf, predicate_name
from schemas.graph.rows import stream_rows

_UNSAFE: Final = re.compile(r'[\\"\x00-\x1f\x7f]')
_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def write_turtle(connection: duckdb.DuckDBPyConnection, out: TextIO, names: Names) -> dict[str, int]:
    """Write a graph as Turtle; how many nodes of each class there are comes back."""
    counts: dict[str, int] = {}
    for prefix, uri in _prefixes(names).items():
        out.write(f"@prefix {prefix}: <{uri}> .\n")
    for node in describe_rdf(connection, names):
        _count(counts, node)
        said = " ;\n    ".join(_turtle(node))
        out.write(f"\n{_name(node.uri)} {said} .\n")
    return counts


def write_jsonld(connection: duckdb.DuckDBPyConnection, out: TextIO, names: Names) -> dict[str, int]:
    """Write a graph as one JSON-LD document, a node a line; how many nodes of each class there are comes back."""
    counts: dict[str, int] = {}
    out.write(f'{{"@context": {json.dumps(_prefixes(names))},\n"@graph": [')
    for number, node in enumerate(describe_rdf(connection, names)):
        _count(counts, node)
        out.write((",\n" if number else "\n") + json.dumps(_json(node), ensure_ascii=False))
    out.write("\n]}\n")
    return counts


def write_nanopublications(connection: duckdb.DuckDBPyConnection, out: TextIO, names: Names) -> dict[str, int]:
    """Write each triple as a nanopublication: assertion, provenance (papers, models) and publication info.

    After the nanopublication guidelines, https://nanopub.net/guidelines/working_draft/. They are not signed.
    """
    connection.execute(PAPER_KEYS)
    prefixes = _prefixes(names) | {"np": "http://www.nanopub.org/nschema#", "dct": "http://purl.org/dc/terms/"}
    for prefix, uri in prefixes.items():
        out.write(f"@prefix {prefix}: <{uri}> .\n")
    sql = """
        SELECT subject_id, predicate, object_id, triples.score, n_papers, paper_keys, models, created
        FROM triples
        JOIN (
            SELECT
                subject_id, predicate, object_id, list(DISTINCT paper_key ORDER BY paper_key) AS paper_keys,
                list(DISTINCT model ORDER BY model) AS models, max(ingested_at) AS created
            FROM facts
            JOIN paper_keys USING (paper_id)
            JOIN papers USING (paper_id)
            GROUP BY ALL
        ) USING (subject_id, predicate, object_id)"""
    n_written = 0
    for row in stream_rows(connection, sql):
        out.write(_nanopublication(names, *row))
        n_written += 1
    return {"np:Nanopublication": n_written}


def _nanopublication(
    names: Names,
    subject_id: str,
    predicate: str,
    object_id: str,
    score: float,
    n_papers: int,
    paper_keys: list[str],
    models: list[str],
    created: datetime,
) -> str:
    this = names.statement(subject_id, predicate, object_id, kind="nanopublication")
    part = {name: f"<{this}#{name}>" for name in ("Head", "assertion", "provenance", "pubinfo")}
    head, tail = names.entity(subject_id), names.entity(object_id)
    sources = ", ".join(f"<{names.entity(key)}>" for key in paper_keys)
    makers = ", ".join(f"<{names.own('model', model)}>" for model in models)
    return (
        f"\n{part['Head']} {{\n    <{this}> a np:Nanopublication ; np:hasAssertion {part['assertion']} ;\n"
        f"        np:hasProvenance {part['provenance']} ; np:hasPublicationInfo {part['pubinfo']} .\n}}\n"
        f"{part['assertion']} {{\n    <{head}> {predicate_name(predicate)} <{tail}> .\n}}\n"
        f"{part['provenance']} {{\n    {part['assertion']} prov:wasDerivedFrom {sources} ;\n"
        f"        prov:wasAttributedTo {makers} ; pg:score {_literal(score)} ; pg:papers {n_papers} .\n}}\n"
        f"{part['pubinfo']} {{\n    <{this}> dct:created {_literal(created)} ;\n"
        f"        dct:creator <{names.own('software', 'papergraph')}> .\n}}\n"
    )


def _prefixes(names: Names) -> dict[str, str]:
    return PREFIXES | {"pg": names.vocabulary}


def _count(counts: dict[str, int], node: Node) -> None:
    if node.classes:
        counts[node.classes[0]] = counts.get(node.classes[0], 0) + 1


def _turtle(node: Node) -> Iterator[str]:
    if node.classes:
        yield f"a {', '.join(node.classes)}"
    for name, value in node.properties:
        if value is not None:
            yield f"{name} {_name(value.value) if isinstance(value, Uri) else _literal(value)}"


def _name(uri: str) -> str:
    """A URI in brackets; a prefixed or blank name as it is."""
    prefix, _, local = uri.partition(":")
    return uri if prefix in ("_", "pg", *PREFIXES) and not local.startswith("//") else f"<{uri}>"


def _literal(value: Value) -> str:
    if isinstance(value, float):
        return f'"{value!r}"^^xsd:double'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f'"{value.isoformat()}Z"^^xsd:dateTime'
    escaped = _UNSAFE.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), str(value))
    return f'"{escaped}"'


def _json(node: Node) -> dict[str, Any]:
    content: dict[str, Any] = {"@id": node.uri}
    if node.classes:
        content["@type"] = list(node.classes)
    for name, value in node.properties:
        if value is None:
            continue
        if isinstance(value, Uri):
            item: Any = {"@id": value.value}
        elif isinstance(value, datetime):
            item = {"@value": f"{value.isoformat()}Z", "@type": "xsd:dateTime"}
        elif isinstance(value, float):
            item = {"@value": repr(value), "@type": "xsd:double"}
        else:
            item = value
        content.setdefault(name, []).append(item)
    return content
