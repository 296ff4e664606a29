"""What a graph is made of, from the comments in the database: as Markdown, or as an entity-relationship picture."""

from dataclasses import dataclass
from typing import Final

import duckdb

# Which columns point at which tables; comments.sql says the same in words.
_POINTERS: Final = (
    ("papers", "run_id", "runs"),
    ("blocks", "paper_id", "papers"),
    ("sentences", "paper_id", "papers"),
    ("mentions", "paper_id", "papers"),
    ("mentions", "entity_id", "entities"),
    ("abbreviations", "paper_id", "papers"),
    ("relations", "head_id, tail_id", "mentions"),
    ("relations", "head_entity_id, tail_entity_id", "entities"),
    ("relations", "sentence_start_char, sentence_end_char", "sentences"),
    ("links", "mention_id", "mentions"),
    ("paper_entities", "paper_id", "papers"),
    ("paper_entities", "entity_id", "entities"),
    ("failures", "run_id", "runs"),
    ("past_facts", "paper_id", "papers"),
    ("past_facts", "replaced_by", "runs"),
    ("corrections", "entity_id, target_id", "entities"),
    ("merges", "entity_id, target_id", "entities"),
    ("resolutions", "resolved_id", "entities"),
)
_DRAWN: Final = tuple(dict.fromkeys(name for source, _, target in _POINTERS for name in (target, source)))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or view."""

    name: str
    kind: str  # DuckDB's name of its type
    comment: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, a view or a table macro (whose columns are its parameters)."""

    name: str
    kind: str  # table, view or macro
    comment: str
    columns: tuple[Column, ...]


def describe_graph(connection: duckdb.DuckDBPyConnection) -> list[Relation]:
    """Tables, views and table macros, each in the order of their names."""
    rows = connection.execute(
        """
        WITH relations AS (
            SELECT table_name AS name, 'table' AS kind, comment FROM duckdb_tables() WHERE schema_name = 'main'
            UNION ALL
            SELECT view_name, 'view', comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal
        )
        SELECT name, kind, coalesce(relations.comment, ''), column_name, data_type, coalesce(columns.comment, '')
        FROM relations
        JOIN duckdb_columns() AS columns ON columns.table_name = name AND columns.schema_name = 'main'
        ORDER BY kind, name, column_index"""
    ).fetchall()
    found: dict[tuple[str, str, str], list[Column]] = {}
    for name, kind, comment, *column in rows:
        found.setdefault((name, kind, comment), []).append(Column(*column))
    macros = connection.execute(
        "SELECT function_name, coalesce(comment, ''), parameters FROM duckdb_functions()"
        " WHERE function_type = 'table_macro' AND NOT internal AND schema_name = 'main' ORDER BY function_name"
    ).fetchall()
    return [Relation(*key, tuple(columns)) for key, columns in found.items()] + [
        Relation(name, "macro", comment, tuple(Column(parameter, "", "") for parameter in parameters))
        for name, comment, parameters in macros
    ]


def write_markdown(relations: list[Relation]) -> str:
    """A section for each table and view with its columns, and a list of the macros."""
    lines: list[str] = []
    for kind, title in (("table", "Tables"), ("view", "Views")):
        lines += [f"## {title}", ""]
        for relation in relations:
            if relation.kind == kind:
                lines += [
                    f"### {relation.name}",
                    "",
                    relation.comment,
                    "",
                    "| column | type | what |",
                    "| --- | --- | --- |",
                ]
                lines += [f"| {column.name} | {column.kind} | {column.comment} |" for column in relation.columns]
                lines.append("")
    lines += ["## Macros", "", "| macro | what |", "| --- | --- |"]
    for relation in relations:
        if relation.kind == "macro":
            parameters = ", ".join(column.name for column in relation.columns)
            lines.append(f"| `{relation.name}({parameters})` | {relation.comment} |")
    return "\n".join([*lines, ""])


def draw_relationships(relations: list[Relation]) -> str:
    """The tables and how they point at one another, as an entity-relationship diagram in Mermaid's language."""
    tables = {relation.name: relation for relation in relations if relation.kind == "table"}
    lines = ["erDiagram"]
    for source, columns, target in _POINTERS:
        lines.append(f'    {target} ||--o{{ {source} : "{columns}"')
    for name in _DRAWN:
        lines.append(f"    {name} {{")
        lines += [f"        {column.kind.split('(')[0]} {column.name}" for column in tables[name].columns]
        lines.append("    }")
    return "\n".join([*lines, ""])
