"""Papers at addresses: over HTTP with the standard library, in object stores (s3, gs, ...) with fsspec's drivers."""

import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from io import FileIO
from pathlib import Path, PurePosixPath
from string import punctuation
from typing import IO, Any, Final, cast
from urllib.parse import quote

from fsspec.core import has_magic, url_to_fs

from flows.archives import HTTP, Entry, archive_entries, is_archive_name, is_pdf_name, is_zip_name, write_chunk
from schemas.errors import ConfigError

_TIMEOUT_S: Final = 60.0
_CHUNK_BYTES: Final = 1 << 20


def is_address(name: str) -> bool:
    """True for ``https://...``, ``s3://...`` and the like."""
    return "://" in name


def remote_entries(address: str, inbox: Path | None = None) -> Iterator[Entry]:
    """The PDFs at an address: one file, an archive, or in an object store a folder or a pattern.

    Over HTTP there are no folders: the address is that of a PDF, whatever it ends with, or of an archive.

    Args:
        address: Where to look.
        inbox: Folder for a copy of a zip archive; that of the system for temporary files if None.

    Raises:
        PapergraphError: The disk on which it lies is full.
        ConfigError: There is no driver for such addresses.
        OSError: Nothing can be read there.
    """
    if is_archive_name(address):
        with open_address(address) as file:
            if is_zip_name(address):
                with tempfile.TemporaryFile(dir=inbox, buffering=0) as copy:  # a zip is read from its end
                    while chunk := file.read(_CHUNK_BYTES):
                        write_chunk(cast("FileIO", copy), chunk, inbox or Path(tempfile.gettempdir()))
                    yield from archive_entries(address, copy)
            else:
                yield from archive_entries(address, file)
    elif address.startswith(HTTP) or (is_pdf_name(address) and not has_magic(address)):
        yield remote_file(address)
    else:
        yield from _folder_entries(address)


def remote_file(address: str) -> Entry:
    """The one file at an address."""
    return Entry(address, lambda: open_address(address))


def _folder_entries(address: str) -> Iterator[Entry]:
    """PDFs below a folder, or those that a pattern matches, sorted within each folder."""
    scheme = address.partition("://")[0]
    files, root = _file_system(address)
    with _as_os_error(address):
        if has_magic(root):
            found: Iterator[str] = iter(sorted(files.glob(root)))
        else:
            found = _walk(files, root)
        for path in found:
            if is_pdf_name(path):
                uri = f"{scheme}://{str(path).lstrip('/')}"
                yield Entry(uri, lambda uri=uri: open_address(uri))


def _walk(files: Any, root: str) -> Iterator[str]:  # noqa: ANN401  fsspec is not typed
    for parent, folders, names in files.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (str(PurePosixPath(parent, name)) for name in sorted(names))


def _file_system(address: str) -> tuple[Any, str]:
    scheme = address.partition("://")[0]
    try:
        return url_to_fs(address)
    except ImportError as error:
        raise ConfigError(f"{address}: {error}; for s3:// and gs:// install papergraph[remote]") from error
    except ValueError as error:
        raise ConfigError(f"{address}: no driver for {scheme}:// addresses") from error


@contextmanager
def open_address(address: str) -> Iterator[IO[bytes]]:
    """What is at an address, to be read from front to end.

    Raises:
        ConfigError: There is no driver for such addresses.
        OSError: Nothing can be read there.
    """
    with _as_os_error(address):
        if address.startswith(HTTP):
            request = urllib.request.Request(_ascii(address), headers={"User-Agent": "papergraph"})  # noqa: S310  http, see above
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
                yield cast("IO[bytes]", _Whole(response))
        else:
            files, path = _file_system(address)
            with files.open(path, "rb") as file:
                yield file


def _ascii(address: str) -> str:
    """An address as it is sent: people copy it with letters and blanks that a browser would escape."""
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    if not host.isascii():
        host = host.encode("idna").decode()
    return f"{scheme}://{host}{slash}{quote(path, safe=punctuation, errors='surrogateescape')}"


class _Whole:
    """The body of an answer that must not end before its announced length, which Python's own reader lets pass."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response

    def read(self, size: int, /) -> bytes:
        chunk = self._response.read(size)
        if not chunk and self._response.length:
            raise OSError(f"the answer broke off, {self._response.length:,} bytes are missing")
        return chunk


@contextmanager
def _as_os_error(address: str) -> Iterator[None]:
    """What goes wrong on the way as one kind of error: each driver has kinds of its own."""
    try:
        yield
    except (OSError, ConfigError, GeneratorExit):
        raise
    except HTTPException as error:
        raise OSError(f"{address}: the answer broke off: {error!r}") from error
    except Exception as error:
        if type(error).__module__.startswith(("botocore", "s3fs", "gcsfs", "google", "adlfs", "azure", "aiohttp")):
            raise OSError(f"{address}: {error}") from error
        raise
