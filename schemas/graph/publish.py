"""A copy of a graph for readers who keep it open: replaced whole, so they never wait for a load, nor it for them."""

from pathlib import Path

from schemas.errors import GraphError
from schemas.graph.database import open_graph
from schemas.graph.migrate import copy_graph


def publish_graph(path: Path, copy: Path, *, wait_s: float = 0.0) -> None:
    """Copy a graph, whole papers only. A reader of the copy that was there before keeps reading that one.

    Raises:
        GraphError: The graph is missing or locked for longer than ``wait_s``, or the copy cannot be written.
    """
    if copy.exists() and path.exists() and copy.samefile(path):
        raise GraphError(f"{copy} is the graph itself; choose another name for the copy")
    if path.with_name(f"{path.name}.wal").exists() and path.is_file():  # left by a run that was killed
        open_graph(path, wait_s=wait_s).close()
    with open_graph(path, read_only=True, wait_s=wait_s):  # while it is open no other process can write
        try:
            copy_graph(path, copy)
        except OSError as error:
            raise GraphError(f"{copy}: cannot be written ({error})") from error
