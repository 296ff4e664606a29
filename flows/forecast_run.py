"""``papergraph ingest --forecast N``: a sample goes through the real stages, into a folder that is then removed."""

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from flows.archives import ARCHIVE_ERRORS, is_archive_name
from flows.environment import prepare_prefect
from flows.forecast import Forecast, Sizes, print_forecast
from flows.interrupt import stop_at_once
from flows.models import NER_MODEL, RELATION_MODEL, default_knowledge_base
from flows.pipeline import check_device, check_graph, check_knowledge_base, check_models
from flows.report import RunReport
from flows.server import running_server
from flows.sources import check_sources, count_files, list_files
from flows.work import shards_folder
from schemas.errors import ConfigError
from schemas.graph.database import open_graph
from schemas.graph.size import compact_bytes
from schemas.records import Failure, ParsedPaper, Source
from schemas.shards import read_shard

N_SHARDS: Final = 8  # of the sample, for the spread
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """Of the run that is forecast, as of the ingest flow."""

    device: str = "auto"
    workers: int | None = None
    kb: Path | None = None
    ner_model: Path = NER_MODEL
    relation_model: Path = RELATION_MODEL


def run_forecast(
    sources: Sequence[str], n_sample: int, *, limit: int | None, graph: Path, runner: str, settings: Settings
) -> None:
    """Print what ingesting the sources would take; nothing else is left behind.

    Raises:
        ConfigError: The call is wrong.
    """
    if runner != "local":
        raise ConfigError("--forecast tells what this machine would take, not a cluster: leave out --runner")
    check_device(settings.device)
    check_sources(sources)
    check_models(settings.ner_model, settings.relation_model)
    check_graph(graph)
    check_knowledge_base(settings.kb)
    with (
        TemporaryDirectory(prefix="papergraph-forecast-", ignore_cleanup_errors=True) as folder,
        stop_at_once(Path(folder)),
    ):
        prepare_prefect(Path(folder) / "work")
        with running_server():  # its files are in the folder
            forecast = forecast_sources(sources, n_sample, Path(folder), limit=limit, settings=settings)
    print_forecast(forecast, shutil.disk_usage(graph.absolute().parent).free, Console())


def forecast_sources(
    sources: Sequence[str], n_sample: int, folder: Path, *, limit: int | None, settings: Settings
) -> Forecast:
    """Send a sample through the ingest flow.

    Args:
        sources: As of ``ingest``.
        n_sample: Papers to take: at random where there are only files, else the first.
        folder: For all that is written; the caller removes it.
        limit: Of the run that is forecast.
        settings: Of the run that is forecast.
    """
    graph, work = folder / "graph.duckdb", folder / "work"
    n_sample = min(n_sample, limit or n_sample)
    files = list_files(sources)
    chosen = list(sources) if files is None else [str(_write_list(folder, draw_sample(files, n_sample)))]
    settings = replace(settings, kb=settings.kb or default_knowledge_base(work))
    take = partial(_take, chosen, graph, work, settings)
    take(limit=1, shard_size=1)  # loads the models and begins the graph, which costs the same for any number of papers
    fixed_bytes = _graph_bytes(graph)
    report = take(limit=n_sample, shard_size=max(1, min(32, n_sample // N_SHARDS)))
    n_read = report.loaded + report.failed
    if not n_read:
        raise ConfigError("the sample has no two different papers, which a forecast needs: take more, or others")
    n_papers = _count_papers(sources, _mean_bytes(work))
    moments = report.figures.timeline.moments
    steps = list(pairwise(moments))  # without the first shard, which waited for the workers to start
    shards = [(file, len(records) + len(failures)) for file, (records, failures) in _parsed_shards(work)]
    return Forecast(
        n_sample=report.found,
        n_failed=report.failed,
        n_papers=min(n_papers, limit) if n_papers and limit else n_papers,
        is_counted=count_files(sources) is not None,
        is_random=files is not None,
        seconds=report.seconds / n_read,
        graph_bytes=(_graph_bytes(graph) - fixed_bytes) / n_read,
        work_bytes=sum(file.stat().st_size for file in shards_folder(work).iterdir()) / report.found,
        graph_fixed_bytes=fixed_bytes,
        resident_bytes=report.figures.peak_resident_bytes,
        time=Sizes(
            tuple(later.seconds - before.seconds for before, later in steps),
            tuple(later.n_read - before.n_read for before, later in steps),
        ),
        disk=Sizes(tuple(float(file.stat().st_size) for file, _ in shards), tuple(n for _, n in shards)),
    )


def _graph_bytes(graph: Path) -> int:
    """Of the graph as if it had been loaded in large shards: those of the sample are small, and leave gaps."""
    with open_graph(graph) as connection:
        return compact_bytes(connection, graph.with_name("compact.duckdb"))


def _take(
    sources: Sequence[str], graph: Path, work: Path, settings: Settings, *, limit: int, shard_size: int
) -> RunReport:
    from flows.ingest import ingest

    return ingest(
        sources=list(sources),
        graph=graph,
        work=work,
        limit=limit,
        shard_size=shard_size,
        device=settings.device,
        workers=settings.workers,
        kb=settings.kb,
        ner_model=settings.ner_model,
        relation_model=settings.relation_model,
    )


def draw_sample(files: Iterable[str], n_sample: int) -> list[str]:
    """Some of the files, each with the same chance, in one pass; the same ones every time.

    Reservoir sampling (Vitter 1985, doi:10.1145/3147.3165, algorithm R): memory holds the sample only.
    """
    chance = random.Random(_SEED)  # noqa: S311  nothing secret
    waiting = iter(files)
    drawn: list[str] = []
    with suppress(*ARCHIVE_ERRORS):  # a folder that cannot be listed: the run will tell
        drawn += islice(waiting, n_sample)
        for n_before, file in enumerate(waiting, len(drawn)):
            place = chance.randrange(n_before + 1)
            if place < len(drawn):
                drawn[place] = file
    return drawn


def _write_list(folder: Path, files: Sequence[str]) -> Path:
    listed = folder / "sample.txt"
    listed.write_bytes("\n".join(files).encode("utf-8", "surrogateescape"))
    return listed


def _parsed_shards(work: Path) -> Iterator[tuple[Path, tuple[list[ParsedPaper], list[Failure]]]]:
    for file in shards_folder(work).glob("parsed-*.parquet"):
        yield file, read_shard(file, ParsedPaper)


def _mean_bytes(work: Path) -> float:
    """Of the PDFs of the sample."""
    shards = (read_shard(file, Source)[0] for file in shards_folder(work).glob("sources-*.parquet"))
    return mean([source.n_bytes for shard in shards for source in shard] or [0])


def _count_papers(sources: Sequence[str], mean_bytes: float) -> int | None:
    """How many papers there are; in archives that only tell when read through, as many as their size lets expect."""
    n_papers = 0
    for name in sources:
        n_files = count_files([name])
        if n_files is None and is_archive_name(name) and Path(name).is_file() and mean_bytes:
            n_files = max(1, round(Path(name).stat().st_size / mean_bytes))
        if n_files is None:
            return None
        n_papers += n_files
    return n_papers
