"""Papers that visitors upload: each is read by the whole pipeline into a graph of its own, never into the graph."""

import secrets
import shutil
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from extractors.pdf.settings import ParseSettings
from flows.models import NER_MODEL, RELATION_MODEL, default_knowledge_base
from flows.pipeline import Pipeline, resolve_pipeline
from flows.sources import list_sources
from linking.manifest import read_manifest
from schemas.errors import PaperError, PapergraphError
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard
from schemas.graph.runs import RunCounts, finish_run, start_run
from schemas.records import Failure, Source
from schemas.shards import write_shard

if TYPE_CHECKING:
    from flows.stages import StageResult

MAX_BYTES: Final = 50 * 1024 * 1024
_KEPT: Final = 20  # uploads; the oldest goes first
_GRAPH: Final = "graph.duckdb"


class UploadError(PapergraphError):
    """An upload that is not there (any more)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded paper that has been read. Whoever knows the token can see it."""

    token: str
    paper_id: str


class Uploads:
    """Uploaded papers, each in a folder of its own; the latest ones are kept.

    Args:
        folder: For papers and their graphs.
        knowledge_base: Base to link to; the starter base, built at the first upload, if None.
        device: Where the models run.
        ner_model: Folder of the tagger.
        relation_model: Folder of the relation classifier.
    """

    def __init__(
        self,
        folder: Path,
        *,
        knowledge_base: Path | None = None,
        device: str = "auto",
        ner_model: Path = NER_MODEL,
        relation_model: Path = RELATION_MODEL,
    ) -> None:
        self._folder = folder
        self._knowledge_base = knowledge_base
        self._device = device
        self._models = (ner_model, relation_model)
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._lock = Lock()

    def graph_of(self, token: str) -> Path:
        """The graph of an upload.

        Raises:
            UploadError: There is none of that token, or it had to make room for later ones.
        """
        with self._lock:
            folder = self._kept.get(token)
        if folder is None:
            raise UploadError("this uploaded paper is no longer kept: upload it once more")
        return folder / _GRAPH

    def read(self, path: Path, name: str) -> Iterator[str | Upload]:
        """Read a paper. What is being done comes back step by step, in words; the upload at the end.

        Args:
            path: The uploaded file.
            name: What the visitor called it; it is shown, and never used as a path.

        Raises:
            PaperError: It cannot be read.
        """
        token = secrets.token_urlsafe(16)
        folder = self._folder / token
        folder.mkdir(parents=True)
        try:
            own = folder / "paper.pdf"
            _take(path, own)
            yield "Getting ready"
            paper_id = yield from self._fill(folder, own, name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._keep(token, folder)
        yield Upload(token, paper_id)

    def _fill(self, folder: Path, pdf: Path, name: str) -> Iterator[str]:
        """Take one PDF into a graph in ``folder``, saying what is done; returns its paper_id."""
        pipeline = self._pipeline(folder)
        (item,) = list_sources([str(pdf)], folder)
        if isinstance(item, Failure):
            raise PaperError(item.error, item.message)
        yield from read_into_graph(pipeline, [item])
        with open_graph(pipeline.graph) as connection:
            connection.execute("UPDATE papers SET file_name = ?", [name])
        return item.paper_id

    def _pipeline(self, folder: Path) -> Pipeline:
        with self._lock:  # two first uploads must not build the base twice
            base = self._knowledge_base or default_knowledge_base(self._folder)
        return resolve_pipeline(
            graph=folder / _GRAPH,
            work=folder / "work",
            knowledge_base=base,
            knowledge_base_revision=read_manifest(base).revision,
            workers=1,
            device=self._device,
            ner_model=self._models[0],
            relation_model=self._models[1],
        )

    def _keep(self, token: str, folder: Path) -> None:
        shutil.rmtree(folder / "work", ignore_errors=True)
        with self._lock:
            self._kept[token] = folder
            gone = [self._kept.popitem(last=False)[1] for _ in range(len(self._kept) - _KEPT)]
        for old in gone:
            shutil.rmtree(old, ignore_errors=True)


def read_into_graph(pipeline: Pipeline, sources: Sequence[Source]) -> Iterator[str]:
    """Take a few papers through all stages into a new graph, without a flow, saying what is done.

    Raises:
        PaperError: One of them cannot be read.
    """
    from flows import stages  # torch and FAISS come with it: seconds that only an upload is to cost

    files = pipeline.shard_files(sources)
    files.sources.parent.mkdir(parents=True)
    write_shard(files.sources, Source, sources)
    yield "Reading the PDF"
    _check(stages.parse_shard(files.sources, files.parsed, pipeline.parse, pipeline.workers))
    yield "Finding entities"
    _check(stages.tag_shard(files.parsed, files.tagged, pipeline.ner_model, pipeline.device))
    yield "Finding relations"
    _check(stages.relate_shard(files.parsed, files.tagged, files.related, pipeline.relation_model, pipeline.device))
    yield "Linking to the knowledge base"
    _check(stages.link_shard(files.parsed, files.tagged, files.linked, pipeline.knowledge_base))
    run_id, n_papers = "upload", len(sources)
    with open_graph(pipeline.graph) as connection:
        start_run(connection, run_id=run_id, source=" ".join(source.uri for source in sources), settings={})
        load_shard(
            connection,
            run_id=run_id,
            parsed=files.parsed,
            tagged=files.tagged,
            related=files.related,
            linked=files.linked,
        )
        finish_run(connection, run_id=run_id, counts=RunCounts(n_papers, n_papers, 0, 0))


def _take(path: Path, own: Path) -> None:
    """Copy what was uploaded, if it is a PDF of a size that is read.

    Raises:
        PaperError: ``too_large`` or ``not_a_pdf``.
    """
    limit = min(MAX_BYTES, ParseSettings().max_bytes)
    if path.stat().st_size > limit:
        raise PaperError("too_large", f"the file is larger than {limit // 2**20} MB")
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise PaperError("not_a_pdf", "the file is not a PDF")
    shutil.copyfile(path, own)


def _check(result: "StageResult") -> None:
    for failure in result.failures:
        raise PaperError(failure.error, failure.message)
