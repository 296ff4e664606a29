"""What the explorer reads from: the graph, the graphs of uploaded papers, and the PDFs behind them."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from extractors.pdf.locate import PlacedText
from extractors.pdf.page_reader import PageMarks, PageReader
from flows.explorer.pdf_files import find_pdf
from flows.explorer.uploads import Uploads
from schemas.errors import PaperError
from schemas.graph.database import read_graph
from schemas.graph.lookup import Connection
from schemas.graph.lookup.papers import PageBlock, PaperCard, get_paper

T = TypeVar("T")

WAIT_S: Final = 5.0
"""Seconds to wait while a run is loading a shard."""

_PICTURES_KEPT: Final = 100  # some 0.2 MB each
_MARKS_KEPT: Final = 200


class Shelf:
    """The graphs and PDFs of one explorer. Nothing is held open, so that runs can go on writing the graph.

    Args:
        graph: The graph.
        uploads: Papers that visitors have uploaded.
        reader: Draws pages.
        folder: Where PDFs lie that have moved since they were read.
    """

    def __init__(self, graph: Path, uploads: Uploads, reader: PageReader, folder: Path | None = None) -> None:
        self.graph = graph
        self.uploads = uploads
        self._reader = reader
        self._folder = folder
        self._made: dict[Callable[[Shelf], Any], tuple[tuple[int, int], Any]] = {}  # one entry for each function
        self._draw = lru_cache(maxsize=_PICTURES_KEPT)(self._draw_page)
        self._mark = lru_cache(maxsize=_MARKS_KEPT)(self._mark_page)

    @contextmanager
    def open(self, shelf: str = "") -> Generator[Connection]:
        """The graph, or that of an upload, for reading.

        Raises:
            GraphError: It is missing, cannot be read, or is being written for longer than ``WAIT_S``.
            UploadError: There is no such upload (any more).
        """
        with read_graph(self._graph_of(shelf), wait_s=WAIT_S) as connection:
            yield connection

    def once(self, make: Callable[["Shelf"], T]) -> T:
        """What is the same for all visitors, made again only when the graph has changed."""
        try:
            status = self.graph.stat()
        except OSError:
            return make(self)  # which says what is wrong
        state = (status.st_mtime_ns, status.st_size)
        kept = self._made.get(make)
        if kept is None or kept[0] != state:
            kept = self._made[make] = (state, make(self))
        return kept[1]

    def picture(self, shelf: str, paper_id: str, page: int) -> bytes | None:
        """A page as JPEG; None if there is no such paper or page.

        Raises:
            PaperError: Its PDF cannot be read.
            GraphError, UploadError: See ``open``.
            TransientError: No worker process could be started.
        """
        with self.open(shelf) as connection:
            paper = get_paper(connection, paper_id)
        if paper is None or not 0 <= page < paper.n_pages:
            return None
        path = self.pdf_of(shelf, paper)
        return self._draw(path, _changed_at(path), page)

    def marks(
        self,
        shelf: str,
        paper: PaperCard,
        page: int,
        blocks: tuple[PageBlock, ...],
        spans: tuple[tuple[int, int], ...],
    ) -> PageMarks:
        """The size of a page, and the boxes of pieces of its text.

        Raises:
            PaperError: Its PDF cannot be read.
            TransientError: No worker process could be started.
        """
        path = self.pdf_of(shelf, paper)
        return self._mark(path, _changed_at(path), page, blocks, spans)

    def pdf_of(self, shelf: str, paper: PaperCard) -> Path:
        """The file of a paper.

        Raises:
            PaperError: It is not there any more.
        """
        return find_pdf(paper, self._graph_of(shelf), self._folder)

    def _graph_of(self, shelf: str) -> Path:
        return self.uploads.graph_of(shelf) if shelf else self.graph

    def _draw_page(self, path: Path, _changed_at: int, page: int) -> bytes:
        return self._reader.draw(path, page)

    def _mark_page(
        self,
        path: Path,
        _changed_at: int,
        page: int,
        blocks: tuple[PageBlock, ...],
        spans: tuple[tuple[int, int], ...],
    ) -> PageMarks:
        placed = [PlacedText(b.start_char, b.text, (b.x0, b.y0, b.x1, b.y1)) for b in blocks]
        return self._reader.mark(path, page, placed, spans)


def _changed_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as error:  # it went a moment ago, such as an upload that had to make room
        raise PaperError("unreadable", f"cannot read {path.name}: {error.strerror or error}") from error
