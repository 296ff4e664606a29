"""Papers at addresses: over HTTP with the standard library, in object stores (s3, gs, ...) with fsspec's drivers."""

import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import PurePosixPath
from shutil import copyfileobj
from typing import IO, Any, Final, cast

from fsspec.core import has_magic, url_to_fs

from flows.archives import Entry, archive_entries, is_archive_name, is_pdf_name, is_zip_name
from schemas.errors import ConfigError

_HTTP: Final = ("http://", "https://")
_TIMEOUT_S: Final = 60.0
_IN_MEMORY_BYTES: Final = 1 << 24


def is_address(name: str) -> bool:
    """True for ``https://...``, ``s3://...`` and the like."""
    return "://" in name


def remote_entries(address: str) -> Iterator[Entry]:
    """The PDFs at an address: one file, an archive, or in an object store a folder or a pattern.

    Over HTTP there are no folders: the address is that of a PDF, whatever it ends with, or of an archive.

    Raises:
        ConfigError: There is no driver for such addresses.
        OSError: Nothing can be read there.
    """
    if is_archive_name(address):
        with open_address(address) as file:
            if is_zip_name(address):
                with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as copy:  # a zip is read from its end
                    copyfileobj(file, copy)
                    yield from archive_entries(address, cast("IO[bytes]", copy))
            else:
                yield from archive_entries(address, file)
    elif address.startswith(_HTTP) or (is_pdf_name(address) and not has_magic(address)):
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
        if address.startswith(_HTTP):
            request = urllib.request.Request(address, headers={"User-Agent": "papergraph"})  # noqa: S310  http, see above
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
                yield cast("IO[bytes]", _Whole(response))
        else:
            files, path = _file_system(address)
            with files.open(path, "rb") as file:
                yield file


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
