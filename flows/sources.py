"""Where papers come from: PDFs, folders, patterns, lists, manifests, archives, here or at an address. Listed lazily.

The order is fixed. A paper's id is the hash of its bytes. What is not a file of this machine (members of archives,
files at an address) is spooled to a folder of ours under that id; names from elsewhere are never used as paths. So are
files whose names are not UTF-8, as neither shards nor graph can hold these; where such a file came from is written with
backslash escapes.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from fsspec.utils import glob_translate

from extractors.pdf.settings import ParseSettings
from flows.archives import (
    ARCHIVE_ERRORS,
    Entry,
    Readable,
    archive_entries,
    count_zip_members,
    is_archive_name,
    is_pdf_name,
    is_zip_name,
    write_chunk,
)
from flows.manifests import check_manifest, count_rows, is_manifest, read_rows
from flows.remote import is_address, open_address, remote_entries, remote_file
from schemas.errors import ConfigError
from schemas.records import Failure, Source

LIST_SUFFIX: Final = ".txt"
STAGE: Final = "source"
_CHUNK_BYTES: Final = 1 << 20
_MAX_MEMBER_BYTES: Final = ParseSettings().max_bytes  # what is larger would not be read, and might fill the disk
_MAGIC: Final = frozenset("*?[")  # what makes a name a pattern


def check_sources(names: Sequence[str], *, may_be_empty: bool = False) -> None:
    """Look at each source before anything is written.

    Args:
        names: The sources.
        may_be_empty: That a folder, a pattern or a list names no PDF now is no error.

    Raises:
        ConfigError: A source does not exist, there is no PDF in it, or its address cannot be reached.
    """
    if not names:
        raise ConfigError(
            "no source was given: name PDFs, folders, patterns, .txt lists of paths, .csv, .parquet or .jsonl "
            "manifests, .tar, .tar.gz or .zip archives, or addresses of these"
        )
    for name in names:
        if _printable(name) != name:
            raise ConfigError(
                f"{_printable(name)}: the name is not UTF-8: name the folder that it is in, or a list of it"
            )
        if not is_address(name) and not is_pattern(name) and not _exists(Path(name)):
            raise ConfigError(f"{name}: no such file or folder")
        try:
            if is_manifest(name):
                check_manifest(Path(name))
                continue
            if is_address(name) and is_zip_name(name):
                with open_address(name):  # to look into it, all of it would have to come
                    continue
            found = next(iter(_read_list(Path(name)) if _is_list(name) else _entries(name)), None)
        except ARCHIVE_ERRORS as error:
            raise ConfigError(f"{name}: cannot be opened ({error})") from error
        if found is None and not may_be_empty:
            raise ConfigError(f"{name}: nothing to read: {_looked_for(name)}")


def count_files(names: Sequence[str]) -> int | None:
    """How many files the sources hold, or None where only reading an archive through, or an address, would tell."""
    n_files = 0
    for name in _names(names):
        try:
            if is_address(name) or (is_archive_name(name) and not is_zip_name(name) and Path(name).is_file()):
                return None
            if is_zip_name(name) and Path(name).is_file():
                n_files += count_zip_members(Path(name))
            elif is_manifest(name):
                n_files += count_rows(Path(name))
            else:
                n_files += sum(1 for _ in _entries(name))
        except ARCHIVE_ERRORS:
            n_files += 1
    return n_files


def list_sources(names: Sequence[str], inbox: Path) -> Iterator[Source | Failure]:
    """Every paper of the sources with the hash of its bytes; a file that cannot be read or is empty is a failure.

    Args:
        names: Paths of PDFs, folders, patterns, lists, manifests and archives, and addresses, listed in this order.
        inbox: Members of archives and files at addresses are copied here as ``<paper_id>.pdf``; the caller removes what
            it has read.
    """
    for name in _names(names):
        try:
            if is_manifest(name):
                yield from _of_manifest(Path(name), inbox)
            else:
                yield from (_identify(entry, inbox) for entry in _entries(name, inbox))
        except (*ARCHIVE_ERRORS, ConfigError) as error:
            yield _failure(name, f"cannot be read to its end ({error})")


def list_files(names: Sequence[str]) -> Iterator[str] | None:
    """Absolute paths of all files, none of them read; None if there are archives, manifests or addresses as well."""
    if any(is_address(name) or is_manifest(name) or is_archive_name(name) for name in _names(names)):
        return None
    return (str(Path(entry.uri).absolute()) for name in _names(names) for entry in _entries(name))


def _names(names: Sequence[str]) -> Iterator[str]:
    """The sources, with lists replaced by what they list."""
    for name in names:
        if _is_list(name):
            yield from _read_list(Path(name))
        else:
            yield name


def _of_manifest(manifest: Path, inbox: Path) -> Iterator[Source | Failure]:
    """The papers of a manifest. A row is one PDF: folders, patterns and archives are not looked into."""
    for row in read_rows(manifest):
        if row.fault:
            yield _failure(row.place, row.fault)
            continue
        try:
            is_remote = is_address(row.path)
            found = _identify(remote_file(row.path) if is_remote else Entry(_beside(manifest, row.path)), inbox)
        except ConfigError as error:  # no driver for such an address
            found = _failure(row.path, str(error))
        yield replace(found, metadata=row.metadata) if isinstance(found, Source) else found


def _identify(entry: Entry, inbox: Path) -> Source | Failure:
    try:
        if entry.open is not None:
            with entry.open() as stream:
                return _spool(entry.uri, stream, inbox)
        path = Path(entry.uri)
        if not path.is_dir() and not stat.S_ISREG(path.stat().st_mode):
            return _failure(entry.uri, "is not a file but a pipe, a socket or a device")
        with path.open("rb") as file:
            if _printable(str(path.absolute())) != str(path.absolute()):
                return _spool(entry.uri, file, inbox)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            n_bytes = file.tell()
    except IsADirectoryError:
        return _failure(entry.uri, "is a folder, not a PDF")
    except ARCHIVE_ERRORS as error:
        return _failure(entry.uri, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    if not n_bytes:
        return _failure(entry.uri, "the file is empty (0 bytes)")
    return Source(digest[:16], entry.uri, str(path.absolute()), n_bytes)


def _spool(uri: str, stream: Readable, inbox: Path) -> Source | Failure:
    """Copy a member to the inbox while hashing it: one pass, and never more than a chunk in memory."""
    digest, n_bytes = hashlib.sha256(), 0
    temporary = inbox / "member.tmp"
    with temporary.open("wb", buffering=0) as file:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            write_chunk(file, chunk, temporary)
            n_bytes += len(chunk)
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


def _entries(name: str, inbox: Path | None = None) -> Iterator[Entry]:
    path = Path(name)
    if is_address(name):
        yield from remote_entries(name, inbox)
    elif is_pattern(name):
        yield from (Entry(str(found)) for found in _match(name))
    elif path.is_dir():
        yield from (Entry(str(found)) for found in _walk(path))
    elif is_archive_name(name) and path.is_file():
        with path.open("rb") as file:
            yield from archive_entries(name, file)
    else:
        yield Entry(name)


def _is_list(name: str) -> bool:
    return not is_address(name) and Path(name).suffix.lower() == LIST_SUFFIX and Path(name).is_file()


def is_pattern(name: str) -> bool:
    """True for ``papers/**/*.pdf``, unless there is a file of just that name."""
    return not _MAGIC.isdisjoint(name) and not is_address(name) and not _exists(Path(name))


def _match(pattern: str) -> Iterator[Path]:
    """PDFs that a pattern matches, sorted within each folder; ``**`` stands for any folders."""
    path = PurePosixPath(pattern)  # without ./ and //, as the paths that are found
    n_plain = next(i for i, part in enumerate(path.parts) if not _MAGIC.isdisjoint(part))
    expression = re.compile(glob_translate(str(path)))
    return (found for found in _walk(Path(*path.parts[:n_plain])) if expression.fullmatch(found.as_posix()))


def _walk(folder: Path) -> Iterator[Path]:
    """PDFs below a folder, sorted within each folder; hidden folders (our work folder is one) are left out.

    Links to folders are followed; a folder to which several ways lead is listed once.

    Raises:
        OSError: A folder could not be listed; all that could are done by then.
    """
    errors: list[OSError] = []
    seen: set[tuple[int, int]] = set()
    for parent, folders, names in os.walk(folder, onerror=errors.append, followlinks=True):
        try:
            facts = Path(parent).stat()
        except OSError as error:  # it has gone meanwhile
            errors.append(error)
            continue
        if (facts.st_dev, facts.st_ino) in seen:
            folders.clear()
            continue
        seen.add((facts.st_dev, facts.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if is_pdf_name(name))
    if errors:
        raise errors[0]


def _read_list(path: Path) -> Iterator[str]:
    """Names in a list, one a line; ``#`` starts a comment line. Relative paths count from here, else from the list."""
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            name = line.strip()
            if name and not name.startswith("#"):
                yield name if is_address(name) else _beside(path, name)


def _beside(listing: Path, name: str) -> str:
    """A relative path counts from here, else from the file that lists it."""
    beside = listing.parent / name
    return str(beside) if not _exists(Path(name)) and _exists(beside) else name


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long for a name, or in a folder that may not be entered
        return False


def _looked_for(name: str) -> str:
    if is_pattern(name):
        return "no *.pdf file matches the pattern"
    if Path(name).is_dir() or (is_address(name) and not is_archive_name(name)):
        return "no *.pdf file in the folder or in the folders below it"
    if Path(name).suffix.lower() == LIST_SUFFIX:
        return "the list has no line with a path"
    return "no *.pdf member in the archive"
