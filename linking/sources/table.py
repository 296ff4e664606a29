"""Any CSV, TSV, JSON Lines or Parquet file as a source, by a mapping of its columns."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from linking.sources.streams import open_packed, read_lines, telling_errors
from schemas.errors import KnowledgeBaseError
from schemas.records import ENTITY_TYPES, KBEntry

ROWS_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column holds what; an empty string means: not there.

    ``label`` names the column with the entity type; ``fixed_label`` says the type of all rows instead. Several aliases
    in one cell are separated by ``separator``.
    """

    entity_id: str = "id"
    name: str = "name"
    label: str = "type"
    fixed_label: str = ""
    aliases: str = "aliases"
    acronyms: str = "acronyms"
    description: str = "description"
    city: str = "city"
    region: str = "region"
    country: str = "country"
    prior: str = "prior"
    separator: str = "|"
    kb: str = ""  # name of the source; the file's name without its ending if empty


def parse_mapping(text: str) -> ColumnMapping:
    """A mapping as it is typed: ``entity_id=ror,name=title,fixed_label=Institution``.

    Raises:
        KnowledgeBaseError: A part is not ``field=column`` with a known field.
    """
    known = {field.name for field in fields(ColumnMapping)}
    given: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, column = part.partition("=")
        if not equals or name not in known:
            raise KnowledgeBaseError(f"{part!r} is no column mapping: write field=column, field one of {sorted(known)}")
        given[name] = column
    return ColumnMapping(**given)


def read_table(path: Path, mapping: ColumnMapping | None = None) -> Iterator[KBEntry]:
    """Entries of a table; the ending tells the format (``.parquet``, ``.jsonl``, ``.tsv``, else commas; ``.gz``).

    Raises:
        KnowledgeBaseError: The file cannot be read, a needed column is absent, or a row has no id, name or known type.
    """
    mapping = mapping or ColumnMapping()
    with telling_errors(path, "table"):
        try:
            for number, row in enumerate(_rows(path), 1):
                yield _entry(row, mapping, path, number)
        except (csv.Error, pa.ArrowException) as error:
            raise KnowledgeBaseError(f"{path} is no table: {error}") from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Rows of a table, a part of them in memory at a time."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".parquet"):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                yield from batch.to_pylist()
    elif name.endswith((".jsonl", ".ndjson")):
        yield from (row for _, row in read_lines(path, "table"))
    else:
        with io.TextIOWrapper(open_packed(path), encoding="utf-8-sig", newline="") as text:
            yield from csv.DictReader(text, delimiter="\t" if name.endswith(".tsv") else ",")


def _entry(row: Mapping[str, Any], mapping: ColumnMapping, path: Path, number: int) -> KBEntry:
    def cell(column: str) -> str:
        value = row.get(column) if column else None
        return str(value).strip() if value is not None and not isinstance(value, list) else ""

    def cells(column: str) -> tuple[str, ...]:
        value = row.get(column) if column else None
        parts = value if isinstance(value, list) else str(value or "").split(mapping.separator)
        parts = (part for part in parts if part is not None)
        return tuple(dict.fromkeys(part for part in (str(part).strip() for part in parts) if part))

    label = mapping.fixed_label or cell(mapping.label)
    identity, name = cell(mapping.entity_id), cell(mapping.name)
    if not identity or not name or label not in ENTITY_TYPES:
        raise KnowledgeBaseError(
            f"{path} row {number}: needs an id (column {mapping.entity_id!r}), a name ({mapping.name!r}) and a type "
            f"({mapping.label!r}, one of {', '.join(ENTITY_TYPES)}); it has the columns {', '.join(map(str, row))}"
        )
    try:
        prior = float(cell(mapping.prior) or 0.0)
    except ValueError as error:
        raise KnowledgeBaseError(
            f"{path} row {number}: {mapping.prior} is no number: {cell(mapping.prior)!r}"
        ) from error
    return KBEntry(
        entity_id=identity,
        label=label,
        name=name,
        aliases=tuple(alias for alias in cells(mapping.aliases) if alias != name),
        acronyms=cells(mapping.acronyms),
        description=cell(mapping.description),
        city=cell(mapping.city),
        country=cell(mapping.country),
        region=cell(mapping.region),
        kb=mapping.kb or path.name.split(".")[0],
        prior=prior,
    )
