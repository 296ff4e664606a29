"""The two tables of a knowledge base, entries and their names, as Arrow files that are mapped into memory, not read."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.records import KBEntry

NAME, ALIAS, ACRONYM = 0, 1, 2  # kinds of names, best first
ENTRIES: Final = "entries.arrow"
NAMES: Final = "names.arrow"
ROWS_AT_ONCE: Final = 100_000
_LISTS: Final = ("aliases", "acronyms", "kinds", "parents", "affiliations")

ENTRY_SCHEMA: Final = pa.schema(
    [
        ("entity_id", pa.large_string()),
        ("label", pa.large_string()),
        ("name", pa.large_string()),
        ("aliases", pa.large_list(pa.large_string())),
        ("acronyms", pa.large_list(pa.large_string())),
        ("description", pa.large_string()),
        ("city", pa.large_string()),
        ("country", pa.large_string()),
        ("kb", pa.large_string()),
        ("prior", pa.float64()),
        ("region", pa.large_string()),
        ("kinds", pa.large_list(pa.large_string())),
        ("parents", pa.large_list(pa.large_string())),
        ("affiliations", pa.large_list(pa.large_string())),
    ]
)


@dataclass(frozen=True, slots=True)
class NameTable:
    """All names of all entries; the names of an entry stand together, its main name first.

    Attributes:
        entity: Shape (n_names,), int32: row of the entry.
        kind: Shape (n_names,), int8: ``NAME``, ``ALIAS`` or ``ACRONYM``.
        names: The strings.
        labels: Entity type of each, as one of few strings.
    """

    entity: NDArray[np.int32]
    kind: NDArray[np.int8]
    names: Sequence[str]
    labels: Sequence[str]


def write_entries(entries: Iterable[KBEntry], path: Path) -> int:
    """Write entries as one record batch (so that it can be mapped whole) and return how many there are."""
    parts: list[pa.RecordBatch] = []
    waiting: list[KBEntry] = []

    def flush() -> None:
        columns = {name: [getattr(entry, name) for entry in waiting] for name in ENTRY_SCHEMA.names}
        parts.append(pa.RecordBatch.from_pydict(columns, schema=ENTRY_SCHEMA))
        waiting.clear()

    for entry in entries:
        waiting.append(entry)
        if len(waiting) == ROWS_AT_ONCE:
            flush()
    flush()
    table = pa.Table.from_batches(parts, ENTRY_SCHEMA)
    write_table(table, path)
    return table.num_rows


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as one record batch, uncompressed."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def map_table(path: Path) -> pa.Table:
    """A table whose columns are mapped to the file."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def map_columns(path: Path) -> dict[str, pa.Array]:
    """The columns of a table that was written as one record batch, mapped to the file."""
    table = map_table(path)
    return {
        name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def read_entry(columns: dict[str, pa.Array], row: int) -> KBEntry:
    """One entry of mapped columns."""
    values: dict[str, Any] = {name: column[row].as_py() for name, column in columns.items()}
    for name in _LISTS:
        values[name] = tuple(values[name])
    return KBEntry(**values)


def read_entries(path: Path) -> Iterator[KBEntry]:
    """Entries of a file, a part of them in memory at a time."""
    for batch in map_table(path).to_batches(max_chunksize=ROWS_AT_ONCE // 10):
        for values in batch.to_pylist():
            for name in _LISTS:
                values[name] = tuple(values[name])
            yield KBEntry(**values)


def write_names(entries: Sequence[KBEntry], path: Path) -> NameTable:
    """Write the names of entries, in their order."""
    rows = [(i, kind, name, entry.label) for i, entry in enumerate(entries) for kind, name in entry_names(entry)]
    table = NameTable(
        np.fromiter((row[0] for row in rows), np.int32, len(rows)),
        np.fromiter((row[1] for row in rows), np.int8, len(rows)),
        [row[2] for row in rows],
        [row[3] for row in rows],
    )
    columns = {"entity": table.entity, "kind": table.kind, "name": pa.array(table.names, pa.large_string())}
    write_table(pa.table(columns), path)
    return table


def entry_names(entry: KBEntry) -> list[tuple[int, str]]:
    """All names of an entry with their kinds, each string once, the best kind first."""
    kinds: dict[str, int] = {}
    groups = ((NAME, (entry.name,)), (ALIAS, entry.aliases), (ACRONYM, entry.acronyms))
    for kind, names in groups:
        for name in names:
            if name.strip():
                kinds.setdefault(name, kind)
    return [(kind, name) for name, kind in kinds.items()]


def has_vector(name: str, kind: int, label: str) -> bool:
    """False for what is not looked up by vector.

    That is what the encoder cannot tell apart (names in other scripts than Latin, acronyms of organisations), and
    people: their names are spelt, not paraphrased.
    """
    if label == "Author" or (kind == ACRONYM and label == "Institution"):
        return False
    return name.isascii() or 2 * sum(c.isascii() for c in unicodedata.normalize("NFKD", name)) >= len(name)
