"""``papergraph read``: front matter, text and blocks of PDFs as JSON Lines, without a graph."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from extractors.front_matter.front_matter import FrontMatter, front_matter_names
from extractors.pdf.page_view import open_page_view
from extractors.pdf.sandbox import parse_papers
from extractors.pdf.settings import ParseSettings
from flows.extraction import read_front_matter
from flows.jsonl import dump_line, write_whole
from flows.models import NER_MODEL, load_tagger
from flows.pipeline import check_device, check_models, default_workers
from flows.sources import check_sources, list_sources
from schemas.errors import ConfigError
from schemas.records import Failure, ParsedPaper, Source

GROUP: Final = 32


def read_files(
    names: Sequence[str], out: Path | None, *, html: Path | None = None, workers: int | None, device: str
) -> list[Failure]:
    """Write one line a PDF, in the order of the sources; failures go to the error stream and leave no line.

    Args:
        names: Sources.
        out: JSON Lines file, or None.
        html: A page that shows the papers with their blocks, or None.
        workers: Processes that read.
        device: Where the tagger runs.

    Raises:
        ConfigError: A source, the model or the folder of ``out`` is not there, or nothing is to be written.
    """
    if out is None and html is None:
        raise ConfigError("nothing to write: give --out FILE.jsonl, --html FILE.html or both")
    check_sources(names)
    check_device(device)
    check_models(NER_MODEL)
    failures: list[Failure] = []
    with ExitStack() as stack:
        inbox = stack.enter_context(TemporaryDirectory(prefix="papergraph-"))
        file = stack.enter_context(write_whole(out)) if out else None
        draw = stack.enter_context(open_page_view(stack.enter_context(write_whole(html)))) if html else None
        for item in _read(names, Path(inbox), default_workers(workers), device, draw):
            if isinstance(item, Failure):
                failures.append(item)
                print(f"{item.source}: {item.error}: {item.message}", file=sys.stderr)  # noqa: T201
            elif file is not None:
                file.write(dump_line(item))
    return failures


def _read(
    names: Sequence[str],
    inbox: Path,
    workers: int,
    device: str,
    draw: Callable[[ParsedPaper, Path], None] | None,
) -> Iterator[dict[str, Any] | Failure]:
    """Lines and failures in listing order, a group of papers at a time."""
    listing = list_sources(names, inbox)
    while group := list(islice(listing, GROUP)):
        sources = {item.paper_id: item for item in group if isinstance(item, Source)}  # equal files are read once
        parsed = {
            item.paper_id: item for item in parse_papers(list(sources.values()), ParseSettings(), workers=workers)
        }
        lines = _lines([item for item in parsed.values() if isinstance(item, ParsedPaper)], device)
        for item in group:
            if isinstance(item, Failure):
                yield item
                continue
            outcome = parsed[item.paper_id]
            if isinstance(outcome, Failure):
                yield replace(outcome, source=item.uri, file_name=Path(item.uri).name)
            else:
                if draw is not None:
                    draw(outcome, Path(item.path))
                yield {"pdf": Path(item.uri).name, **lines[item.paper_id]}
        for source in sources.values():
            if Path(source.path).parent == inbox:
                Path(source.path).unlink(missing_ok=True)


def _lines(papers: Sequence[ParsedPaper], device: str) -> dict[str, dict[str, Any]]:
    if not papers:
        return {}
    fronts = read_front_matter(load_tagger(NER_MODEL, device), papers)
    return {paper.paper_id: _line(paper, front) for paper, front in zip(papers, fronts, strict=True)}


def _line(paper: ParsedPaper, front: FrontMatter) -> dict[str, Any]:
    names = front_matter_names(paper, front)
    return {
        "paper_id": paper.paper_id,
        "title": names.title or paper.title,
        "authors": list(names.authors),
        "institutions": list(names.institutions),
        "affiliations": [list(pair) for pair in names.affiliations],
        "departments": [list(triple) for triple in names.departments],
        "emails": [list(pair) for pair in names.emails],
        "orcids": [list(pair) for pair in names.orcids],
        "doi": paper.doi,
        "arxiv_id": paper.arxiv_id,
        "year": paper.year,
        "text": paper.text,
        "blocks": [asdict(block) for block in paper.blocks],
    }
