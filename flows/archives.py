"""PDFs in tar and zip archives, read without unpacking: a tar as a stream, a zip by its table of contents."""

import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import IO, Final, NoReturn, Protocol

from schemas.errors import PapergraphError

ARCHIVE_SUFFIXES: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
# what Python's readers raise on a broken, truncated or password-protected archive
ARCHIVE_ERRORS: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
HTTP: Final = ("http://", "https://")


class Readable(Protocol):
    """What can be read in chunks: an open member of an archive, or the body of an answer."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was found but not yet read.

    Attributes:
        uri: Where it is: a path of this machine, or, if ``open`` is set, anything for people to read.
        open: Opens what is no file of this machine. It is good until the next entry is asked for.
    """

    uri: str
    open: Callable[[], AbstractContextManager[Readable]] | None = None


def is_archive_name(name: str) -> bool:
    """True for names of tar and zip archives."""
    return _path(name).lower().endswith(ARCHIVE_SUFFIXES)


def is_zip_name(name: str) -> bool:
    """True for names of zip archives."""
    return _path(name).lower().endswith(".zip")


def is_pdf_name(name: str) -> bool:
    """True for ``*.pdf``, but not for hidden files such as the ``._x.pdf`` that macOS puts into archives."""
    name = PurePosixPath(_path(name)).name
    return name.lower().endswith(".pdf") and not name.startswith(".")


def _path(name: str) -> str:
    """Of an address on the web what comes before its query; all of any other name."""
    return re.split("[?#]", name, maxsplit=1)[0] if name.startswith(HTTP) else name


def write_chunk(file: FileIO, chunk: bytes, place: Path) -> None:
    """Write to the disk, past Python's buffer.

    Args:
        file: Opened without a buffer.
        chunk: What to write.
        place: The file or its folder, for the message.

    Raises:
        PapergraphError: It is full: no fault of the paper, and all that follow would meet it.
    """
    try:
        if file.write(chunk) == len(chunk):
            return
        reason = "the disk is full"
    except OSError as error:
        reason = str(error)
    raise PapergraphError(f"{place} cannot be written ({reason})")


def archive_entries(name: str, file: IO[bytes]) -> Iterator[Entry]:
    """The PDFs of an archive, in its order. A zip has to be seekable; a tar is read once from front to end.

    Args:
        name: Of the archive; its ending tells what it is.
        file: The archive, open.
    """
    return _zip_entries(name, file) if is_zip_name(name) else _tar_entries(name, file)


def count_zip_members(path: Path) -> int:
    """How many PDFs a zip archive holds, by its table of contents."""
    with zipfile.ZipFile(path) as archive:
        return sum(is_pdf_name(member.filename) for member in archive.infolist())


def _zip_entries(name: str, file: IO[bytes]) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if not member.is_dir() and is_pdf_name(member.filename):
                is_locked = member.flag_bits & 1
                yield Entry(
                    f"{name}!/{member.filename}", _refuse_locked if is_locked else lambda m=member: archive.open(m)
                )


def _refuse_locked() -> NoReturn:
    raise OSError("protected by a password")


def _tar_entries(name: str, file: IO[bytes]) -> Iterator[Entry]:
    with tarfile.open(fileobj=file, mode="r|*") as archive:  # a stream: no seeking, no list of members kept
        for member in archive:
            setattr(archive, "members", [])  # noqa: B010  it would remember every member otherwise
            if member.isfile() and is_pdf_name(member.name):
                stream = archive.extractfile(member)
                if stream is not None:
                    yield Entry(f"{name}!/{member.name}", lambda s=stream: s)
