"""Exports for graph databases and table readers: Neo4j's bulk import, GraphML, Parquet."""
# pyright: basic
# (pyarrow ships no type stubs)

import csv
import re
from pathlib import Path
from typing import Any, Final, TextIO
from xml.sax.saxutils import escape, quoteattr

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from schemas.graph.rows import open_reader, stream_rows

# As in Neo4j's operations manual, "Import", "CSV header format"; the database comes first since Neo4j 5.19.
_NEO4J: Final = {
    "entities.csv": (
        "entity_id:ID(Entity),name,kb,n_papers:long,n_mentions:long,:LABEL",
        "SELECT entity_id, name, kb, n_papers, n_mentions, 'Entity;' || label FROM entity_counts",
    ),
    "papers.csv": (
        "paper_id:ID(Paper),title,doi,arxiv_id,year:long,language,n_pages:long,metadata,:LABEL",
        "SELECT paper_id, title, doi, arxiv_id, year, language, n_pages, metadata, 'Paper' FROM papers",
    ),
    "facts.csv": (
        ":START_ID(Entity),:END_ID(Entity),n_papers:long,n_mentions:long,score:double,:TYPE",
        "SELECT subject_id, object_id, n_papers, n_mentions, score, upper(predicate) FROM triples",
    ),
    "authors.csv": (
        ":START_ID(Entity),:END_ID(Paper),position:long,name,score:double,:TYPE",
        "SELECT entity_id, paper_id, position, name, score, 'AUTHOR_OF' FROM authors",
    ),
    "mentions.csv": (
        ":START_ID(Paper),:END_ID(Entity),n_mentions:long,name,:TYPE",
        "SELECT paper_id, entity_id, n_mentions, name, 'MENTIONS' FROM paper_entities",
    ),
}
_NEO4J_FILES: Final = frozenset({*_NEO4J, "import.txt"})
_NEO4J_COMMAND: Final = (
    "neo4j-admin database import full neo4j --nodes=entities.csv --nodes=papers.csv"
    " --relationships=facts.csv --relationships=authors.csv --relationships=mentions.csv\n"
)

_PARQUET: Final = {  # what: by which column it is parted
    "papers": None,
    "entities": "label",
    "mentions": "label",
    "relations": "label",
    "authors": None,
    "affiliations": None,
    "method_datasets": "relation",
    "results": None,
    "leaderboard": None,
    "triples": "predicate",
    "evidence": "predicate",
    "disputes": "predicate",
    "runs": None,
    "kb_sources": None,
}

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_neo4j(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write a folder for ``neo4j-admin database import``; its command is in import.txt. Rows of each file come back.

    Line breaks and other control characters within values become spaces, so that no ``--multiline-fields`` is needed;
    within ids, which must stay apart, they become ``%0A`` and the like.
    """
    counts: dict[str, int] = {}
    for name, (header, sql) in _NEO4J.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            file.write(header + "\n")
            writer = csv.writer(file, lineterminator="\n")
            counts[name] = 0
            clean = [_escape_controls if "ID(" in field else _on_one_line for field in header.split(",")]
            for row in stream_rows(connection, sql):
                pairs = zip(clean, row, strict=True)
                writer.writerow([mend(value) if isinstance(value, str) else value for mend, value in pairs])
                counts[name] += 1
    (folder / "import.txt").write_text(_NEO4J_COMMAND, encoding="utf-8")
    return counts


def write_graphml(connection: duckdb.DuckDBPyConnection, out: TextIO) -> dict[str, int]:
    """Write entities and triples as a directed GraphML graph; how many nodes and edges there are comes back."""
    nodes = {"name": "string", "label": "string", "kb": "string", "n_papers": "long", "n_mentions": "long"}
    edges = {"predicate": "string", "n_papers": "long", "n_mentions": "long", "score": "double"}
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for kind, keys in (("node", nodes), ("edge", edges)):
        for key, value_type in keys.items():
            out.write(f'<key id="{kind}-{key}" for="{kind}" attr.name="{key}" attr.type="{value_type}"/>\n')
    out.write('<graph edgedefault="directed">\n')
    n_nodes = n_edges = 0
    for entity_id, *values in stream_rows(connection, f"SELECT entity_id, {', '.join(nodes)} FROM entity_counts"):  # noqa: S608
        out.write(f"<node id={_attribute(entity_id)}>{_data('node', nodes, values)}</node>\n")
        n_nodes += 1
    sql = f"SELECT subject_id, object_id, {', '.join(edges)} FROM triples"  # noqa: S608
    for head, tail, *values in stream_rows(connection, sql):
        ends = f"source={_attribute(head)} target={_attribute(tail)}"
        out.write(f"<edge {ends}>{_data('edge', edges, values)}</edge>\n")
        n_edges += 1
    out.write("</graph>\n</graphml>\n")
    return {"nodes": n_nodes, "edges": n_edges}


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write tables and views as Parquet, a folder each, parted in Hive's way; how many rows each has comes back."""
    counts: dict[str, int] = {}
    for view, column in _PARQUET.items():
        reader = open_reader(connection, f"FROM {view}")
        parting = ds.partitioning(pa.schema([reader.schema.field(column)]), flavor="hive") if column else None
        ds.write_dataset(
            reader,
            folder / view,
            format="parquet",
            partitioning=parting,
            file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"),
            max_rows_per_file=5_000_000,
            max_rows_per_group=200_000,
            use_threads=False,
        )
        if not (folder / view).exists():  # without rows, hence without a file
            (folder / view).mkdir()
            pq.write_table(reader.schema.empty_table(), folder / view / "part-0.parquet")
        ((counts[view],),) = connection.execute(f"SELECT count(*) FROM {view}").fetchall()  # noqa: S608
    return counts


def is_export(folder: Path) -> bool:
    """True if a folder holds nothing but what an export writes: it may be removed for a new one."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    places = {path.parts[0] for path in (*files, *(path.relative_to(folder) for path in folder.iterdir()))}
    is_own = all(
        path.name.startswith("part-") and path.suffix == ".parquet"
        if len(path.parts) > 1
        else path.name in _NEO4J_FILES
        for path in files
    )
    return is_own and places <= _NEO4J_FILES | _PARQUET.keys()


def _on_one_line(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", value).split())


def _escape_controls(value: str) -> str:
    return _CONTROLS.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _attribute(value: str) -> str:
    return quoteattr(_clean(value))


def _data(kind: str, keys: dict[str, str], values: list[Any]) -> str:
    return "".join(
        f'<data key="{kind}-{key}">{escape(_clean(str(value)))}</data>'
        for key, value in zip(keys, values, strict=True)
        if value is not None
    )


def _clean(value: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
