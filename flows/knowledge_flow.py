"""Knowledge bases built by Prefect: a task for each source, one for the tables, one for vectors and indexes.

A thin skin over ``linking.build``. Tasks pass paths; the folder appears when all of it is there.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from linking.build import OLD_PART, extract_source, finish, keep_entries, merge_sources, new_folder, part_path
from linking.embeddings import NameEncoder
from linking.manifest import KnowledgeBaseInfo, SourceInfo
from linking.sources import KBSourceFile

REPORT: Final[ContextVar[Callable[[str, int, int], None]]] = ContextVar(
    "report", default=lambda _step, _done, _total: None
)
"""Called with (step, done, total); no parameter of the flows, because Prefect writes those down."""

build_task = task(cache_policy=NO_CACHE, persist_result=False)


@build_task
def read(source: KBSourceFile, part: Path) -> SourceInfo:
    """A source to a file of entries."""
    return extract_source(source, part, REPORT.get())


@build_task
def keep(out: Path, sources: Sequence[KBSourceFile], part: Path) -> tuple[list[KBSourceFile], list[SourceInfo]]:
    """What stays of the knowledge base that is added to, to a file of entries."""
    return keep_entries(out, sources, part, NameEncoder())


@build_task
def merge(folder: Path, parts: Sequence[Path]) -> None:
    """Files of entries to the tables and the index of words."""
    merge_sources(folder, parts, REPORT.get())


@build_task
def embed(folder: Path, out: Path, sources: Sequence[SourceInfo]) -> KnowledgeBaseInfo:
    """Names to vectors and indexes; then the folder is put in place."""
    return finish(folder, out, sources, NameEncoder(), REPORT.get())


@flow(name="build-knowledge-base", persist_result=False, validate_parameters=False)
def build_flow(out: Path, sources: Sequence[KBSourceFile]) -> KnowledgeBaseInfo:
    """Build a knowledge base from sources; an older one in the folder is replaced when the new one is whole."""
    with new_folder(out) as folder:
        parts = [part_path(folder, i) for i in range(len(sources))]
        infos = [read(source, part) for source, part in zip(sources, parts, strict=True)]
        merge(folder, parts)
        return embed(folder, out, infos)


@flow(name="add-to-knowledge-base", persist_result=False, validate_parameters=False)
def add_flow(out: Path, sources: Sequence[KBSourceFile]) -> KnowledgeBaseInfo:
    """Add sources to a knowledge base; its vectors and indexes are kept and added to."""
    with new_folder(out) as folder:
        given, kept = keep(out, sources, folder / OLD_PART)
        parts = [part_path(folder, i) for i in range(len(given))]
        infos = [read(source, part) for source, part in zip(given, parts, strict=True)]
        merge(folder, [folder / OLD_PART, *parts])
        return embed(folder, out, [*kept, *infos])
