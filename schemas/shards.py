"""Shards: what a stage made of some papers, as one Parquet file. Two struct columns, one of which is null in each row.

``record`` holds the paper's record, ``failure`` the reason why there is none. The Parquet schema follows from the
annotations of the record's dataclass: str, int, float, bool, ``X | None``, nested dataclasses and ``tuple[X, ...]``.
"""
# pyright: basic
# (pyarrow ships no type stubs)

import os
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import chain, starmap
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar, get_args, get_origin, get_type_hints
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.characters import without_surrogates
from schemas.errors import ShardError
from schemas.records import Failure

T = TypeVar("T")
Annotation: TypeAlias = Any  # a type as a dataclass states it: typing has no narrower name for all of them

_PRIMITIVES: Final[dict[Annotation, pa.DataType]] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),  # not float32: what is read must equal what was written
    bool: pa.bool_(),
}


def write_shard(path: str | Path, record_type: type[T], items: Iterable[T | Failure]) -> tuple[list[T], list[Failure]]:
    """Write records and failures as one Parquet file that is there whole or not at all.

    The file is written under a temporary name beside ``path``, flushed to the disk, then renamed. Lone surrogates,
    which UTF-8 cannot hold, become U+FFFD; that is one character for one, so offsets stay right.

    Returns:
        The records and the failures, each in the order given, as they were before surrogates were replaced.

    Raises:
        TypeError: ``record_type`` has a field that a shard cannot hold, or an item is of another type.
    """
    path = Path(path)
    records: list[T] = []
    failures: list[Failure] = []
    for item in items:
        if isinstance(item, record_type):
            records.append(item)
        elif isinstance(item, Failure):
            failures.append(item)
        else:
            raise TypeError(f"a shard of {record_type.__name__} cannot hold a {type(item).__name__}")
    schema = _shard_schema(record_type)
    record, failure = schema.field("record").type, schema.field("failure").type
    columns = [
        pa.concat_arrays([_to_arrow(record_type, records), pa.nulls(len(failures), record)]),
        pa.concat_arrays([pa.nulls(len(records), failure), _to_arrow(Failure, failures)]),
    ]
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            table = pa.Table.from_arrays(columns, schema=schema)
            pq.write_table(table, file, compression="zstd", write_page_checksum=True)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)
    return records, failures


def read_shard(path: str | Path, record_type: type[T]) -> tuple[list[T], list[Failure]]:
    """Read a shard: its records and its failures, each in the order in which they were written.

    Raises:
        ShardError: As ``read_shard_table``.
    """
    table = read_shard_table(path, record_type)
    try:
        record, failure = (table.column(name).combine_chunks().drop_null() for name in ("record", "failure"))
        return _from_arrow(record_type, record), _from_arrow(Failure, failure)
    except ValueError as error:  # a record refuses nonsense
        raise ShardError(f"{path}: holds an impossible record ({error}); run its stage again") from error


def read_shard_table(path: str | Path, record_type: type) -> pa.Table:
    """Read a shard as an Arrow table of two struct columns, ``record`` and ``failure``, making no Python objects.

    Raises:
        ShardError: The file is missing, truncated, damaged, or holds records of another shape. Its stage has to be
            run again.
    """
    try:
        # the checksums find a flipped bit inside an otherwise whole file
        with pq.ParquetFile(Path(path), page_checksum_verification=True) as file:
            table = file.read() if file.schema_arrow.equals(_shard_schema(record_type)) else None
    except (OSError, pa.ArrowException) as error:
        raise ShardError(f"{path}: not a readable shard ({error}); delete it and run its stage again") from error
    if table is None:
        raise ShardError(f"{path}: not a shard of {record_type.__name__} of this version; run its stage again")
    return table


@cache
def _shard_schema(record_type: type) -> pa.Schema:
    return pa.schema([("record", _arrow_type(record_type)), ("failure", _arrow_type(Failure))])


@cache
def _arrow_type(annotation: Annotation) -> pa.DataType:
    if annotation in _PRIMITIVES:
        return _PRIMITIVES[annotation]
    if (inner := _optional(annotation)) is not None:
        return _arrow_type(inner)
    if (inner := _repeated(annotation)) is not None:
        return pa.list_(_arrow_type(inner))
    if is_dataclass(annotation):
        return pa.struct([(name, _arrow_type(kind)) for name, kind in _columns(annotation)])
    raise TypeError(f"a shard cannot hold {annotation}")


@cache
def _columns(record_type: Annotation) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(record_type)
    return tuple((field.name, hints[field.name]) for field in fields(record_type))


def _optional(annotation: Annotation) -> Annotation | None:
    """The X of ``X | None``, else None."""
    if not isinstance(annotation, types.UnionType):
        return None
    kinds = [kind for kind in get_args(annotation) if kind is not types.NoneType]
    return kinds[0] if len(kinds) == 1 else None


def _repeated(annotation: Annotation) -> Annotation | None:
    """The X of ``tuple[X, ...]``, else None."""
    arguments = get_args(annotation)
    return arguments[0] if get_origin(annotation) is tuple and arguments[1:] == (Ellipsis,) else None


def _to_arrow(annotation: Annotation, values: Sequence[Any]) -> pa.Array:
    """Values of one annotation as one Arrow array, column by column: no Python code per field of a record."""
    if annotation is str:
        return _strings(values)
    if annotation in _PRIMITIVES:
        return pa.array(values, _PRIMITIVES[annotation])
    if (inner := _optional(annotation)) is not None:
        present = [value for value in values if value is not None]
        if len(present) == len(values):
            return _to_arrow(inner, present)
        positions = iter(range(len(present)))
        return _to_arrow(inner, present).take(
            pa.array([None if value is None else next(positions) for value in values], pa.int64())
        )
    if (inner := _repeated(annotation)) is not None:
        offsets = np.zeros(len(values) + 1, np.int32)
        np.cumsum([len(value) for value in values], out=offsets[1:])
        return pa.ListArray.from_arrays(pa.array(offsets), _to_arrow(inner, list(chain.from_iterable(values))))
    columns = _columns(annotation)
    arrays = [_to_arrow(kind, list(map(attrgetter(name), values))) for name, kind in columns]
    return pa.StructArray.from_arrays(arrays, names=[name for name, _ in columns])


def _strings(values: Sequence[str]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([without_surrogates(value) for value in values], pa.string())


def _from_arrow(annotation: Annotation, array: pa.Array) -> list[Any]:
    """The inverse of ``_to_arrow``."""
    if annotation in _PRIMITIVES:
        return array.to_numpy(zero_copy_only=False).tolist()
    if (inner := _optional(annotation)) is not None:
        present = iter(_from_arrow(inner, array.drop_null()))
        return [next(present) if valid else None for valid in array.is_valid().to_pylist()]
    if (inner := _repeated(annotation)) is not None:
        values = _from_arrow(inner, array.flatten())
        ends = np.cumsum(array.value_lengths().to_numpy(zero_copy_only=False)).tolist()
        return [tuple(values[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    make: Callable[..., Any] = annotation
    columns = [
        _from_arrow(kind, column) for (_, kind), column in zip(_columns(annotation), array.flatten(), strict=True)
    ]
    return list(starmap(make, zip(*columns, strict=True)))


def _flush_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
