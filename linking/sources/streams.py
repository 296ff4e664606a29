"""Reading big files a piece at a time, whatever packs them, and saying plainly what is wrong with them."""

import bz2
import gzip
import json
import lzma
import re
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from schemas.errors import KnowledgeBaseError


def open_packed(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked if its name ends in .gz, .bz2 or .xz."""
    openers = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    opener = openers.get(path.suffix.lower())
    return opener(path, "rb") if opener else path.open("rb")  # pyright: ignore[reportReturnType]


@contextmanager
def telling_errors(path: Path, what: str) -> Generator[None]:
    """Turn what goes wrong in reading a source into an error that names the file and says what to do.

    Raises:
        KnowledgeBaseError: The file is missing, cut off, not packed as its name says, or no such file at all.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise KnowledgeBaseError(f"no {what} at {path}: check the path") from error
    except EOFError as error:
        raise KnowledgeBaseError(f"{path} ends too early: the download is not whole, get it again") from error
    except (gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise KnowledgeBaseError(f"{path} is not packed as its name says ({error}): get it again") from error
    except OSError as error:
        raise KnowledgeBaseError(f"cannot read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, SyntaxError) as error:  # ElementTree's error is a SyntaxError
        raise KnowledgeBaseError(f"{path} is no {what} ({error}): is it another file, or damaged?") from error


def read_lines(path: Path, what: str) -> Iterator[tuple[int, Any]]:
    """Objects of a JSON Lines file with their line numbers.

    Raises:
        KnowledgeBaseError: The file cannot be read, or a line is no object; it is named.
    """
    with telling_errors(path, what), open_packed(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise KnowledgeBaseError(f"{path} line {number} is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise KnowledgeBaseError(f"{path} line {number} is no object, as a {what} has")
            yield number, row


def date_in_name(path: Path) -> str:
    """The date in a file's name as registries put it there (``wikidata-20260105-all.json.bz2``), or ""."""
    found = re.search(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)", path.name)
    return "-".join(found.groups()) if found else ""


def is_made_after(created: object, as_of: date | None) -> bool:
    """True if a record's day of creation, an ISO date or time, is after the day; what has none counts as older."""
    return bool(as_of and created) and str(created)[:10] > str(as_of)


def list_of(value: object) -> list[Any]:
    """The value if it is a list; else an empty one."""
    return value if isinstance(value, list) else []
