"""The papers that are compared on, the models, and what each stage makes of the papers: all made when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extractors.pdf.sandbox import parse_papers
from extractors.pdf.settings import ParseSettings
from flows.extraction import relate_papers, tag_papers, with_title
from flows.fingerprints import ROOT
from flows.models import (
    NER_MODEL,
    RELATION_MODEL,
    default_knowledge_base,
    load_field_finder,
    load_linker,
    load_relation_classifier,
    load_tagger,
)
from flows.sources import check_sources, list_sources
from linking.papers import link_papers
from schemas.errors import ConfigError
from schemas.records import Failure, LinkedPaper, ParsedPaper, RelatedPaper, Source, TaggedPaper

if TYPE_CHECKING:
    from extractors.fields import FieldFinder
    from extractors.ner.tagger import Tagger
    from extractors.relations.classifier import RelationClassifier
    from linking.linker import Linker

SAMPLES: Final = ROOT / "tests" / "data" / "samples"
SETTINGS: Final = ParseSettings(ocr=False)  # what papergraph is compared with does not recognise scans


@dataclass(frozen=True, slots=True)
class BenchCall:
    """What ``papergraph bench`` was asked.

    Attributes:
        sources: PDFs, folders, archives; the sample papers if empty.
        out: Folder for the results, and for what is made on the way.
        papers: Papers that the stages are compared on.
        rounds: How often each way is run.
        stages: What to compare.
        pipeline_papers: Sizes of the corpora that the whole pipeline is run on; ``papers`` if empty.
        device, workers, kb, ner_model, relation_model: As for ``ingest``.
        names: A gold file for linking, whose names are linked rather than those of the papers.
    """

    sources: tuple[str, ...]
    out: Path
    papers: int
    rounds: int
    stages: tuple[str, ...]
    pipeline_papers: tuple[int, ...] = ()
    device: str = "auto"
    workers: int = 1
    kb: Path | None = None
    ner_model: Path = NER_MODEL
    relation_model: Path = RELATION_MODEL
    names: Path | None = None


class Material:
    """What the comparisons work on."""

    def __init__(self, call: BenchCall, work: Path) -> None:
        """Look for the papers; ``work`` is a folder for intermediate files.

        Raises:
            ConfigError: There are none.
        """
        self.call = call
        self.work = work
        names = call.sources or (str(SAMPLES),)
        if not call.sources and not SAMPLES.is_dir():
            raise ConfigError("there are no sample papers beside this installation: name PDFs, or a folder of PDFs")
        check_sources(names)
        self.left_out: list[str] = []
        self.papers, self.paths = self._read(names)
        if not self.papers:
            raise ConfigError(f"none of the papers can be read: {'; '.join(self.left_out)}")

    def _read(self, names: Sequence[str]) -> tuple[list[ParsedPaper], list[Path]]:
        """The first papers that can be read without recognising scans."""
        inbox = self.work / "inbox"
        inbox.mkdir()
        listed = list(islice(list_sources(names, inbox), self.call.papers))
        self.left_out += [f"{item.file_name}: {item.message}" for item in listed if isinstance(item, Failure)]
        sources = {item.paper_id: item for item in listed if isinstance(item, Source)}
        read = {p.paper_id: p for p in parse_papers(list(sources.values()), SETTINGS, workers=self.call.workers)}
        papers = []
        for paper_id in sources:
            paper = with_title(read[paper_id])
            if isinstance(paper, Failure):
                self.left_out.append(f"{paper.file_name}: {paper.message}")
            else:
                papers.append(paper)
        return papers, [Path(sources[paper.paper_id].path) for paper in papers]

    @property
    def texts(self) -> list[str]:
        """The texts of the papers."""
        return [paper.text for paper in self.papers]

    @property
    def n_pages(self) -> int:
        """Pages of all papers."""
        return sum(paper.n_pages for paper in self.papers)

    @cached_property
    def tagger(self) -> "Tagger":
        """The tagger that a run would use."""
        return load_tagger(self.call.ner_model, self.call.device)

    @cached_property
    def fields(self) -> "FieldFinder":
        """The finder of fields that a run would use."""
        return load_field_finder(self.call.device)

    @cached_property
    def classifier(self) -> "RelationClassifier":
        """The relation classifier that a run would use."""
        return load_relation_classifier(self.call.relation_model, self.call.device)

    @cached_property
    def knowledge_base(self) -> Path:
        """The knowledge base as given, else one of the starter base."""
        return self.call.kb or default_knowledge_base(self.work)

    @cached_property
    def linker(self) -> "Linker":
        """A linker over the knowledge base."""
        return load_linker(self.knowledge_base)

    @cached_property
    def tagged(self) -> list[TaggedPaper]:
        """What the tag stage makes of the papers."""
        return tag_papers(self.tagger, self.fields, self.papers)

    @cached_property
    def related(self) -> list[RelatedPaper]:
        """What the relate stage makes of them."""
        return relate_papers(self.classifier, self.papers, self.tagged)

    @cached_property
    def linked(self) -> list[LinkedPaper]:
        """What the link stage makes of them."""
        return link_papers(self.linker.kb, list(zip(self.texts, self.tagged, strict=True)), linker=self.linker)
