"""Finding the PDF of a paper again: it was read from ``papers.source``, and may have moved since."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from glob import escape
from pathlib import Path
from typing import Final

from schemas.errors import PaperError
from schemas.graph.lookup.papers import PaperCard

_ADVICE: Final = "start the explorer with --papers FOLDER to show where the PDFs are now"


def find_pdf(paper: PaperCard, graph: Path, folder: Path | None = None) -> Path:
    """The file that a paper was read from, known by the hash of its bytes.

    Args:
        paper: The paper.
        graph: A relative source is looked for from the working folder, then from the graph's.
        folder: Where PDFs lie now, if they have moved: files of the paper's name there and below are looked at too.

    Raises:
        PaperError: It is not there, or another file is in its place. The message is for people.
    """
    changed = False
    for path in _places(paper, graph, folder):
        try:
            status = path.stat()
            if not path.is_file():
                continue
            if _hash_of(path, status.st_mtime_ns, status.st_size) == paper.paper_id:
                return path
        except (OSError, ValueError):  # not there, not ours to read, or no possible name
            continue
        changed = True
    if changed:
        raise PaperError("unreadable", f"the file {paper.source} has changed since it was read: ingest it again")
    if "://" in paper.source:
        raise PaperError("unreadable", f"the paper was read from {paper.source}: keep a copy of it and {_ADVICE}")
    if "!/" in paper.source:
        raise PaperError("unreadable", f"the paper was read from an archive, {paper.source}: unpack it and {_ADVICE}")
    raise PaperError("unreadable", f"its PDF is no longer at {paper.source}: {_ADVICE}")


def _places(paper: PaperCard, graph: Path, folder: Path | None) -> Iterator[Path]:
    if "!/" not in paper.source:
        yield Path(paper.source).absolute()
        yield graph.absolute().parent / paper.source
    if folder is not None:
        yield folder / paper.file_name
        yield from sorted(folder.rglob(escape(paper.file_name)))


@lru_cache(maxsize=1024)
def _hash_of(path: Path, _changed_at: int, _n_bytes: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
