"""JSON Lines in and out: an input line that is wrong is named by its number; an output file is there whole or not."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from schemas.characters import without_surrogates
from schemas.errors import ConfigError


def read_objects(path: Path, *required: str) -> Iterator[dict[str, Any]]:
    """One object per line; blank lines are passed over.

    Raises:
        ConfigError: The file cannot be read, or a line is no object with the required keys (its number is told).
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _parse(path, number, line, required)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from error


def _parse(path: Path, number: int, line: str, required: tuple[str, ...]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ConfigError(f"{path}:{number}: not JSON ({error})") from error
    if not isinstance(found, dict) or any(not isinstance(found.get(key), str) for key in required):
        raise ConfigError(f"{path}:{number}: expected an object with the texts {', '.join(required)}")
    return {key: without_surrogates(value) if isinstance(value, str) else value for key, value in found.items()}


@contextmanager
def write_whole(path: Path) -> Iterator[IO[str]]:
    """A file to write, which takes the place of ``path`` when all is written; else nothing changes.

    Raises:
        ConfigError: The folder is not there or cannot be written, or there is a folder of that name.
    """
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        file = temporary.open("w", encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error}") from error
    try:
        with file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def dump_line(record: dict[str, Any]) -> str:
    """One object as one line."""
    return json.dumps(record, ensure_ascii=False) + "\n"
