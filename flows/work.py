"""The work folder: shards, spooled archive members, the default knowledge base. One run at a time may use it."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schemas.errors import ConfigError

TEMPORARY: Final = "*.tmp"
REPORT_PAGE: Final = "report.html"  # in the folder of a report


def default_work(graph: Path) -> Path:
    """``.papergraph`` beside the graph."""
    return graph.absolute().parent / ".papergraph"


def shards_folder(work: Path) -> Path:
    """Where the stages' Parquet files lie."""
    return work / "shards"


def inbox_folder(work: Path) -> Path:
    """Where members of archives lie while they are being read."""
    return work / "inbox"


def reports_folder(work: Path) -> Path:
    """Where the reports of runs lie, one folder a run."""
    return work / "reports"


def knowledge_bases_folder(work: Path) -> Path:
    """Where the default knowledge base lies."""
    return work / "kb"


@contextmanager
def lock_work(work: Path) -> Iterator[None]:
    """Hold the work folder for one run; what a killed run left half-written is removed.

    The lock is the operating system's: it ends with the process, however that ends.

    Raises:
        ConfigError: Another run holds it, or it cannot be written.
    """
    try:
        for folder in (shards_folder(work), inbox_folder(work)):
            folder.mkdir(parents=True, exist_ok=True)
        file = (work / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"the work folder {work} cannot be written ({error}); choose another with --work") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"another run is using the work folder {work}; wait until it ends, or give this one its own "
                "graph (--graph) and work folder (--work)"
            ) from error
        _clean(work)
        yield
        _clean(work)


def _clean(work: Path) -> None:
    shutil.rmtree(inbox_folder(work), ignore_errors=True)
    inbox_folder(work).mkdir(exist_ok=True)
    for left in [*shards_folder(work).glob(f".{TEMPORARY}"), *knowledge_bases_folder(work).glob(".*")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
