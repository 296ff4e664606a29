"""Manifests: tables that name papers and say what is known of them. CSV, Parquet and JSON Lines, read row by row."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flows.remote import is_address
from schemas.errors import ConfigError

PATH_COLUMNS: Final = ("path", "url", "file")
"""Where a row's PDF is: the first of these that the row fills."""

KNOWN_COLUMNS: Final = ("title", "doi", "arxiv_id", "year", "language")
"""What else fills a column of the graph's table ``papers``; all other columns are kept as they are."""

_PATH_NAMES: Final = f"{', '.join(PATH_COLUMNS[:-1])} or {PATH_COLUMNS[-1]}"
_SUFFIXES: Final = (".csv", ".tsv", ".parquet", ".jsonl")
_BATCH_ROWS: Final = 1_000
_PREFIXES: Final = {
    "doi": re.compile(r"(https?://(dx\.)?doi\.org/|doi:)\s*", re.IGNORECASE),
    "arxiv_id": re.compile(r"(https?://arxiv\.org/(abs|pdf)/|arxiv:)\s*", re.IGNORECASE),
}
_YEAR: Final = re.compile(r"(\d{4})(\.0+|[-/ ].*)?")  # also 2023.0, as pandas writes it, and 2023-05-01

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a manifest.

    Attributes:
        place: Where it stands, for people: ``papers.csv, line 7``.
        path: Path or address of the PDF.
        metadata: The other columns as a JSON object, always written in the same way; empty if there are none.
        fault: Why the row is of no use; empty if it is.
    """

    place: str
    path: str = ""
    metadata: str = ""
    fault: str = ""


def is_manifest(name: str) -> bool:
    """True for files of this machine that are manifests, by their ending."""
    return not is_address(name) and name.lower().endswith(_SUFFIXES) and Path(name).is_file()


def check_manifest(path: Path) -> None:
    """Make sure that a manifest names papers.

    Raises:
        ConfigError: It has no column of paths, or no rows.
        OSError, ValueError: It cannot be read.
    """
    first = next((cells for _, cells, fault in _cells(path) if not fault), None)
    if first is None:
        raise ConfigError(f"{path}: nothing to read: the manifest has no row that can be read")
    if not _path_columns(first):
        raise ConfigError(
            f"{path}: no column named {_PATH_NAMES} tells where the PDFs are; the columns are: {', '.join(first)}"
        )


def count_rows(path: Path) -> int:
    """How many papers a manifest names."""
    if _is_parquet(path):
        import pyarrow.parquet as pq

        return pq.read_metadata(path).num_rows
    return sum(1 for _ in _cells(path))


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a manifest, bad ones among them; never more than some of them in memory.

    Raises:
        OSError, ValueError: The file cannot be read any further.
    """
    unit = "row" if _is_parquet(path) else "line"
    for number, cells, fault in _cells(path):
        place = f"{path}, {unit} {number}"
        if fault:
            yield Row(place, fault=fault)
            continue
        filled = [name for name in _path_columns(cells) if _is_filled(cells[name])]
        if not filled:
            yield Row(place, fault=f"no {_PATH_NAMES} is given")
            continue
        try:
            yield Row(place, str(cells[filled[0]]).strip(), _metadata(cells, filled[0]))
        except ValueError as error:
            yield Row(place, fault=f"a value cannot be kept as JSON ({error})")


def _cells(path: Path) -> Iterator[tuple[int, Cells, str]]:
    """Number, cells by column and fault of each row."""
    if _is_parquet(path):
        return _of_parquet(path)
    return _of_json_lines(path) if path.suffix.lower() == ".jsonl" else _of_csv(path)


def _of_csv(path: Path) -> Iterator[tuple[int, Cells, str]]:
    _refuse_other_encodings(path)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        first = file.readline()
        file.seek(0)
        rows = csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
        try:
            header = [name.strip() for name in next(rows, [])]
        except csv.Error as error:
            raise ValueError(f"line 1: {error}") from error
        while True:
            number = rows.line_num + 1
            try:
                values = next(rows)
            except StopIteration:
                return
            except csv.Error as error:  # the reader goes on with the next line
                last = rows.line_num
                lost = f"; is a quote never closed? Lines {number} to {last} are left out" if last > number else ""
                yield number, {}, f"not readable as CSV: {error}{lost}"
                continue
            if not values:
                continue
            wrong = len(values) != len(header)
            fault = f"{len(values)} values under {len(header)} column names" if wrong else ""
            yield number, dict(zip(header, values, strict=False)), fault


def _refuse_other_encodings(path: Path) -> None:
    """Letters would be lost, and files not found."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                raise ValueError(f"line {number} is not UTF-8: save the manifest as UTF-8") from error


def _of_json_lines(path: Path) -> Iterator[tuple[int, Cells, str]]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                cells = json.loads(line)
            except ValueError as error:
                yield number, {}, f"not readable as JSON: {error}"
                continue
            fault = "" if isinstance(cells, dict) else "not a JSON object"
            yield number, {} if fault else cells, fault


def _of_parquet(path: Path) -> Iterator[tuple[int, Cells, str]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for cells in batch.to_pylist():
                number += 1
                yield number, cells, ""


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _path_columns(names: Iterable[str]) -> list[str]:
    by_lower = {name.lower(): name for name in names}
    return [by_lower[name] for name in PATH_COLUMNS if name in by_lower]


def _metadata(cells: Cells, path_column: str) -> str:
    others = [name for name in cells if name != path_column and not name.startswith("__index_level_")]
    if not others:
        return ""
    kept = {}
    for name in others:
        known = name.lower() if name.lower() in KNOWN_COLUMNS else ""
        if _is_filled(cells[name]):
            kept[known or name] = _normalised(known, cells[name]) if known else cells[name]
    text = json.dumps(kept, ensure_ascii=False, allow_nan=False, sort_keys=True, default=str)
    return text.encode("utf-8", "replace").decode()


def _is_filled(value: Any) -> bool:  # noqa: ANN401  whatever a table holds
    return value is not None and value == value and (not isinstance(value, str) or bool(value.strip()))


def _normalised(column: str, value: Any) -> str | int:  # noqa: ANN401
    """As ``papers`` has it: ids without addresses before them, the year as a number (else as it is)."""
    text = " ".join(str(value).split())
    if column == "year":
        year = _YEAR.fullmatch(text)
        return int(year[1]) if year else text
    return _PREFIXES[column].sub("", text, count=1) if column in _PREFIXES else text
