"""``papergraph explore``: the web page on a graph, until stopped."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from flows.environment import count_cores
from flows.pipeline import check_device, check_knowledge_base, check_models
from schemas.errors import ConfigError
from schemas.graph.database import open_graph

if TYPE_CHECKING:
    from fastapi import FastAPI

_QUIET: Final = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_NUM_PORTS": "1",
    "HF_HUB_OFFLINE": "1",
}


@contextmanager
def open_explorer(
    graph: Path, *, papers: Path | None = None, kb: Path | None = None, device: str = "auto", host: str = "127.0.0.1"
) -> "Generator[FastAPI]":
    """The explorer on a graph as an ASGI application. Its uploads live in a temporary folder that goes with it.

    Args:
        graph: The graph; it is only read.
        papers: Where the PDFs are now, if they have moved since they were read.
        kb: Knowledge base that uploaded papers are linked to; the starter base if None.
        device: Where models read uploaded papers.
        host: Where it is served.

    Raises:
        ConfigError: The graph, the folder of papers, the device or the knowledge base is not there.
    """
    open_graph(graph, read_only=True, wait_s=10.0).close()
    if papers is not None and not papers.is_dir():
        raise ConfigError(f"{papers}: no such folder")
    check_device(device)
    check_knowledge_base(kb)
    with TemporaryDirectory(prefix="papergraph-") as folder:
        os.environ.update(_QUIET)  # read when Gradio is imported
        os.environ["GRADIO_TEMP_DIR"] = str(Path(folder) / "received")
        from extractors.pdf.page_reader import PageReader
        from flows.explorer.server import build_app
        from flows.explorer.shelf import Shelf
        from flows.explorer.uploads import Uploads
        from flows.models import NER_MODEL, RELATION_MODEL

        check_models(NER_MODEL, RELATION_MODEL)
        uploads = Uploads(Path(folder) / "uploads", knowledge_base=kb, device=device)
        with PageReader(workers=min(4, count_cores())) as reader:
            yield build_app(Shelf(graph, uploads, reader, papers), host=host)


def explore(graph: Path, *, papers: Path | None, kb: Path | None, device: str, host: str, port: int) -> None:
    """Serve the explorer until it is stopped.

    Raises:
        ConfigError: See ``open_explorer``; or the port is taken.
    """
    import uvicorn

    with open_explorer(graph, papers=papers, kb=kb, device=device, host=host) as app:
        _check_port(host, port)
        print(f"The explorer is at http://{_printed(host)}:{port}/ ; stop it with Ctrl-C", file=sys.stderr)  # noqa: T201
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def _check_port(host: str, port: int) -> None:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen at {host}, port {port} ({error.strerror}): choose another with --port"
            ) from error


def _printed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
