"""Where papers come from: PDFs, folders, lists of paths, tar and zip archives. Listed lazily, in a fixed order.

A paper's id is the hash of its bytes. Members of archives are spooled to a folder of ours under that id; names inside
an archive are never used as paths. So are files whose names are not UTF-8, as neither shards nor graph can hold these;
where such a file came from is written with backslash escapes.
"""

import hashlib
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from extractors.pdf.settings import ParseSettings
from schemas.errors import ConfigError
from schemas.records import Failure, Source

ARCHIVE_SUFFIXES: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
LIST_SUFFIX: Final = ".txt"
STAGE: Final = "source"
_CHUNK_BYTES: Final = 1 << 20
_MAX_MEMBER_BYTES: Final = ParseSettings().max_bytes  # what is larger would not be read, and might fill the disk
# what Python's readers raise on a broken, truncated or password-protected archive
_ARCHIVE_ERRORS: Final = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class Readable(Protocol):
    """What can be read in chunks: an open member of an archive."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was found but not yet read. ``archive`` is set if it was opened inside one."""

    uri: str
    path: Path | None = None
    stream: Readable | None = None


def check_sources(names: Sequence[str]) -> None:
    """Look at each source before anything is written.

    Raises:
        ConfigError: A source does not exist, or there is no PDF in it.
    """
    if not names:
        raise ConfigError(
            "no source was given: name PDFs, folders, .txt lists of paths, or .tar, .tar.gz or .zip archives"
        )
    for name in names:
        if "://" in name:
            raise ConfigError(f"{name}: addresses are not supported yet; download the files and give their folder")
        if _printable(name) != name:
            raise ConfigError(
                f"{_printable(name)}: the name is not UTF-8: name the folder that it is in, or a list of it"
            )
        path = Path(name)
        if not _exists(path):
            raise ConfigError(f"{name}: no such file or folder")
        try:
            found = next(_read_list(path) if _is_list(path) else _entries(path), None)
        except _ARCHIVE_ERRORS as error:
            raise ConfigError(f"{name}: cannot be opened ({error})") from error
        if found is None:
            raise ConfigError(f"{name}: nothing to read: {_looked_for(path)}")


def count_files(names: Sequence[str]) -> int | None:
    """How many files the sources hold, or None where only reading an archive through would tell."""
    n_files = 0
    for path in _paths(names):
        try:
            if _is_zip(path):
                with zipfile.ZipFile(path) as archive:
                    n_files += sum(_is_pdf_name(member.filename) for member in archive.infolist())
            elif _is_archive(path):
                return None
            else:
                n_files += sum(1 for _ in _entries(path))
        except _ARCHIVE_ERRORS:
            n_files += 1
    return n_files


def list_sources(names: Sequence[str], inbox: Path) -> Iterator[Source | Failure]:
    """Every paper of the sources with the hash of its bytes; a file that cannot be read or is empty is a failure.

    Args:
        names: Paths of PDFs, folders, lists and archives, listed in this order.
        inbox: Members of archives are copied here as ``<paper_id>.pdf``; the caller removes what it has read.
    """
    for path in _paths(names):
        try:
            for entry in _entries(path):
                yield _identify(entry, inbox)
        except _ARCHIVE_ERRORS as error:
            yield _failure(str(path), f"cannot be read to its end ({error})")


def _paths(names: Sequence[str]) -> Iterator[Path]:
    """The sources, with lists replaced by what they list."""
    for name in names:
        if _is_list(Path(name)):
            yield from _read_list(Path(name))
        else:
            yield Path(name)


def _identify(entry: Entry, inbox: Path) -> Source | Failure:
    try:
        if entry.stream is not None:
            return _spool(entry.uri, entry.stream, inbox)
        path = entry.path or Path(entry.uri)
        if not path.is_dir() and not stat.S_ISREG(path.stat().st_mode):
            return _failure(entry.uri, "is not a file but a pipe, a socket or a device")
        with path.open("rb") as file:
            if _printable(str(path.absolute())) != str(path.absolute()):
                return _spool(entry.uri, file, inbox)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            n_bytes = file.tell()
    except IsADirectoryError:
        return _failure(entry.uri, "is a folder, not a PDF")
    except _ARCHIVE_ERRORS as error:
        return _failure(entry.uri, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    if not n_bytes:
        return _failure(entry.uri, "the file is empty (0 bytes)")
    return Source(digest[:16], entry.uri, str(path.absolute()), n_bytes)


def _spool(uri: str, stream: Readable, inbox: Path) -> Source | Failure:
    """Copy a member to the inbox while hashing it: one pass, and never more than a chunk in memory."""
    digest, n_bytes = hashlib.sha256(), 0
    temporary = inbox / "member.tmp"
    with temporary.open("wb") as file:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            n_bytes += file.write(chunk)
            if n_bytes > _MAX_MEMBER_BYTES:
                return _failure(uri, f"larger than {_MAX_MEMBER_BYTES:,} bytes, it is left out", code="too_large")
    if not n_bytes:
        return _failure(uri, "the file is empty (0 bytes)")
    paper_id = digest.hexdigest()[:16]
    path = inbox.absolute() / f"{paper_id}.pdf"
    temporary.replace(path)
    return Source(paper_id, _printable(uri), str(path), n_bytes)


def _failure(uri: str, message: str, *, code: str = "unreadable") -> Failure:
    uri = _printable(uri)
    return Failure("", PurePosixPath(uri).name, uri, STAGE, code, _printable(message))


def _printable(name: str) -> str:
    """The name, with backslash escapes for bytes that are not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _entries(path: Path) -> Iterator[Entry]:
    if path.is_dir():
        yield from (Entry(str(found), path=found) for found in _walk(path))
    elif _is_zip(path):
        yield from _zip_entries(path)
    elif _is_archive(path):
        yield from _tar_entries(path)
    else:
        yield Entry(str(path), path=path)


def _is_list(path: Path) -> bool:
    return path.suffix.lower() == LIST_SUFFIX and path.is_file()


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVE_SUFFIXES) and path.is_file()


def _is_zip(path: Path) -> bool:
    return path.name.lower().endswith(".zip") and path.is_file()


def _is_pdf_name(name: str) -> bool:
    """True for ``*.pdf``, but not for hidden files such as the ``._x.pdf`` that macOS puts into archives."""
    name = PurePosixPath(name).name
    return name.lower().endswith(".pdf") and not name.startswith(".")


def _walk(folder: Path) -> Iterator[Path]:
    """PDFs below a folder, sorted within each folder; hidden folders (our work folder is one) are left out.

    Raises:
        OSError: A folder could not be listed; all that could are done by then.
    """
    errors: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if _is_pdf_name(name))
    if errors:
        raise errors[0]


def _read_list(path: Path) -> Iterator[Path]:
    """Paths of a list, one a line; ``#`` starts a comment line. Relative paths count from here, else from the list."""
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            name = line.strip()
            if name and not name.startswith("#"):
                beside = path.parent / name
                yield beside if not _exists(Path(name)) and _exists(beside) else Path(name)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a name, or in a folder that may not be entered
        return False


def _zip_entries(path: Path) -> Iterator[Entry]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir() and _is_pdf_name(member.filename):
                uri = f"{path}!/{member.filename}"
                if member.flag_bits & 1:
                    yield Entry(uri, stream=_Locked())
                    continue
                with archive.open(member) as stream:
                    yield Entry(uri, stream=stream)


class _Locked:
    """Stands for a member that only a password opens."""

    def read(self, _size: int, /) -> bytes:
        raise OSError("protected by a password")


def _tar_entries(path: Path) -> Iterator[Entry]:
    with tarfile.open(path, "r|*") as archive:  # a stream: no seeking, no list of members kept
        for member in archive:
            setattr(archive, "members", [])  # noqa: B010  it would remember every member otherwise
            if member.isfile() and _is_pdf_name(member.name):
                stream = archive.extractfile(member)
                if stream is not None:
                    yield Entry(f"{path}!/{member.name}", stream=stream)


def _looked_for(path: Path) -> str:
    if path.is_dir():
        return "no *.pdf file in the folder or in the folders below it"
    if path.suffix.lower() == LIST_SUFFIX:
        return "the list has no line with a path"
    return "no *.pdf member in the archive"
