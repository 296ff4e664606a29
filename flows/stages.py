"""The stages as plain functions from shard files to a shard file. They run without Prefect; ``ingest.py`` wraps them.

A shard file that is there, whole, and about the same papers is not computed again. A paper that a stage cannot process
becomes a failure row of that stage; the others go on.
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from extractors.memory import note_peak
from extractors.pdf.sandbox import Sandbox
from extractors.pdf.settings import ParseSettings
from flows.extraction import relate_papers, tag_papers, with_title
from flows.figures import StageResult, Work
from flows.models import load_field_finder, load_linker, load_relation_classifier, load_tagger
from linking.papers import link_papers
from schemas.errors import PaperError, PapergraphError, ShardError
from schemas.records import Failure, LinkedPaper, ParsedPaper, RelatedPaper, Source, TaggedPaper
from schemas.shards import read_shard, write_shard

Input = TypeVar("Input")
Output = TypeVar("Output", ParsedPaper, TaggedPaper, RelatedPaper, LinkedPaper)

_kept: Final[dict[tuple[ParseSettings, int], Sandbox]] = {}  # a task takes settings, not processes: it looks here

WORTH_RETRYING: Final = frozenset({"timeout", "out_of_memory", "parser_crash"})  # the machine's fault, perhaps


def parse_shard(sources: Path, parsed: Path, settings: ParseSettings, workers: int) -> StageResult:
    """Read the PDFs of a shard in worker processes. Sources that are failures already are passed on."""
    started = time.perf_counter()
    found, failures = read_shard(sources, Source)
    expected = {source.paper_id for source in found}

    def compute(_work: Work) -> Iterable[ParsedPaper | Failure]:
        yield from failures
        with _sandbox(settings, workers) as sandbox:
            yield from map(with_title, sandbox.parse(found))

    return _run(started, parsed, ParsedPaper, expected, compute)


@contextmanager
def keep_sandbox(settings: ParseSettings, workers: int) -> Generator[None]:
    """Keep the worker processes of the parse stage over the shards of a run, instead of starting them for each."""
    with Sandbox(settings, workers=workers) as sandbox:
        _kept[settings, workers] = sandbox
        try:
            yield
        finally:
            del _kept[settings, workers]


@contextmanager
def _sandbox(settings: ParseSettings, workers: int) -> Generator[Sandbox]:
    """The sandbox that the run keeps, else one for this shard."""
    kept = _kept.get((settings, workers))
    if kept is not None:
        yield kept
        return
    with Sandbox(settings, workers=workers) as sandbox:
        yield sandbox


def tag_shard(parsed: Path, tagged: Path, model: Path, device: str) -> StageResult:
    """Find the mentions in the parsed papers of a shard."""
    started = time.perf_counter()
    papers = _read_once(parsed, ParsedPaper)

    def compute(work: Work) -> Iterable[TaggedPaper | Failure]:
        tagger, fields = load_tagger(model, device), load_field_finder(device)
        with work.of(tagger.meter, note_peak(tagger.device)):
            return _each("tag", papers, papers, lambda some: tag_papers(tagger, fields, some))

    return _run(started, tagged, TaggedPaper, {paper.paper_id for paper in papers}, compute)


def relate_shard(parsed: Path, tagged: Path, related: Path, model: Path, device: str) -> StageResult:
    """Find the relations between the mentions of a shard."""
    started = time.perf_counter()
    pairs = _join(parsed, tagged)

    def compute(work: Work) -> Iterable[RelatedPaper | Failure]:
        classifier = load_relation_classifier(model, device)
        with work.of(classifier.meter, note_peak(classifier.device)):
            return _each(
                "relate",
                [paper for paper, _ in pairs],
                pairs,
                lambda some: relate_papers(classifier, [paper for paper, _ in some], [one for _, one in some]),
            )

    return _run(started, related, RelatedPaper, {paper.paper_id for paper, _ in pairs}, compute)


def link_shard(parsed: Path, tagged: Path, linked: Path, knowledge_base: Path) -> StageResult:
    """Link the mentions of a shard to entities."""
    started = time.perf_counter()
    pairs = _join(parsed, tagged)

    def compute(work: Work) -> Iterable[LinkedPaper | Failure]:
        linker = load_linker(knowledge_base)
        with work.of(linker.meter):
            return _each(
                "link",
                [paper for paper, _ in pairs],
                pairs,
                lambda some: link_papers(linker.kb, [(paper.text, one) for paper, one in some], linker=linker),
            )

    return _run(started, linked, LinkedPaper, {paper.paper_id for paper, _ in pairs}, compute)


def _run(
    started: float,
    out: Path,
    record_type: type[Output],
    expected: set[str],
    compute: Callable[[Work], Iterable[Output | Failure]],
) -> StageResult:
    """Compute a shard file unless it is there, and make sure that no paper was lost on the way."""
    work = Work()
    outcome = _read_outcome(out, record_type)
    reused = outcome is not None and _settled(outcome, expected)
    if outcome is None or not reused:
        outcome = write_shard(out, record_type, compute(work))
    records, failures = outcome
    missing = expected - {item.paper_id for item in [*records, *failures]}
    if missing:
        raise PapergraphError(f"{out.name}: the stage lost {len(missing)} papers: {', '.join(sorted(missing)[:5])}")
    if not reused:
        work.counts.update(_count(records))
    seconds = time.perf_counter() - started
    return StageResult(len(records), tuple(failures), seconds, reused, dict(work.counts), work.peak_device_bytes)


def _count(records: Sequence[ParsedPaper | TaggedPaper | RelatedPaper | LinkedPaper]) -> Counter[str]:
    """What a stage found."""
    found: Counter[str] = Counter()
    for record in records:
        match record:
            case ParsedPaper():
                found.update(pages=record.n_pages, characters=len(record.text), blocks=len(record.blocks))
            case TaggedPaper():
                found.update(mentions=len(record.mentions), abbreviations=len(record.abbreviations))
            case RelatedPaper():
                found.update(relations=len(record.relations))
            case LinkedPaper():
                found.update(links=len(record.links), registry_links=sum(link.kb != "" for link in record.links))
    return found


def _read_outcome(path: Path, record_type: type[Output]) -> tuple[list[Output], list[Failure]] | None:
    try:
        return read_shard(path, record_type) if path.exists() else None
    except ShardError:
        return None


def _settled(outcome: tuple[Sequence[Output], Sequence[Failure]], expected: set[str]) -> bool:
    """True if the file is about these papers and none of them is worth another try."""
    records, failures = outcome
    covered = {item.paper_id for item in [*records, *failures]} - {""}
    return covered == expected and not any(failure.error in WORTH_RETRYING for failure in failures)


def _join(parsed: Path, tagged: Path) -> list[tuple[ParsedPaper, TaggedPaper]]:
    papers = {paper.paper_id: paper for paper in _read_once(parsed, ParsedPaper)}
    return [(papers[one.paper_id], one) for one in _read_once(tagged, TaggedPaper)]


def _read_once(path: Path, record_type: type[Input]) -> Sequence[Input]:
    """The records of a shard that several stages read one after another, usually in one process.

    Raises:
        ShardError: As ``read_shard``.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ShardError(f"{path}: not a readable shard ({error}); run its stage again") from error
    return _read_version(path, record_type, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=2)  # the parsed and the tagged papers of one shard
def _read_version(path: Path, record_type: type[Input], _version: tuple[int, int, int]) -> Sequence[Input]:
    return read_shard(path, record_type)[0]


def _each(
    stage: str,
    papers: Sequence[ParsedPaper],
    inputs: Sequence[Input],
    run: Callable[[Sequence[Input]], Sequence[Output]],
) -> list[Output | Failure]:
    """Run a model over a shard at once; if that fails, paper by paper, so that only the bad one is lost.

    This and the worker process of the parse stage are the only two places that catch any exception.
    """
    if not inputs:
        return []
    try:
        return list(run(inputs))
    except PapergraphError as error:
        if not isinstance(error, PaperError):  # the settings or the machine are at fault: no paper's failure
            raise
    except Exception:  # noqa: S110  the paper at fault is found below
        pass
    outcome: list[Output | Failure] = []
    for paper, one in zip(papers, inputs, strict=True):
        try:
            outcome.extend(run([one]))
        except PaperError as error:
            outcome.append(_failure(stage, paper, error.code, error.message))
        except PapergraphError:
            raise
        except Exception as error:
            outcome.append(_failure(stage, paper, "stage_crash", f"{type(error).__name__}: {error}"))
    return outcome


def _failure(stage: str, paper: ParsedPaper, code: str, message: str) -> Failure:
    return Failure(paper.paper_id, paper.file_name, paper.source, stage, code, message)
