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


def metrics_folder(work: Path) -> Path:
    """Where the runs of a schedule count."""
    return work / "metrics"


def knowledge_bases_folder(work: Path) -> Path:
    """Where the default knowledge base lies."""
    return work / "kb"


@contextmanager
def lock_work(work: Path) -> Iterator[None]:
    """Hold the work folder for one run; what a killed run left half-written is removed.

    The lock is the operating system's: it ends with the process, however that ends.

    Raises:
        ConfigError: Another run holds it, it holds files of the user's, or it cannot be written.
    """
    try:
        refuse_other_files(work)
        for folder in (shards_folder(work), inbox_folder(work)):
            folder.mkdir(parents=True, exist_ok=True)
        file = (work / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"the work folder {work} cannot be written ({error}); choose another with --work") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"another run is using the work folder {work}; wait until it ends, or give this one its own "
                "graph (--graph) and work folder (--work)"
            ) from error
        except OSError as error:  # as on some network file systems
            raise ConfigError(
                f"the file system of the work folder {work} has no locks ({error}): two runs might use it at a time; "
                "choose another with --work"
            ) from error
        _clean(work)
        yield
        _clean(work)


def refuse_other_files(work: Path) -> None:
    """A work folder is emptied and pruned: what is none yet must not hold files under the names of its folders.

    Raises:
        ConfigError: It does.
    """
    if (work / "lock").exists():
        return
    for folder in (inbox_folder(work), reports_folder(work), metrics_folder(work)):
        if folder.is_dir() and any(folder.iterdir()):
            raise ConfigError(f"{folder} holds files of yours, and a work folder is emptied: name another with --work")


def _clean(work: Path) -> None:
    shutil.rmtree(inbox_folder(work), ignore_errors=True)
    inbox_folder(work).mkdir(exist_ok=True)
    bases = knowledge_bases_folder(work)  # one that is being built, or copied from the user's cache folder
    for left in [*shards_folder(work).glob(f".{TEMPORARY}"), *bases.glob(".starter-*"), *bases.glob(f".{TEMPORARY}")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
