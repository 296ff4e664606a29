"""``papergraph kb`` and ``papergraph link``: knowledge bases from the command line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from flows.environment import prepare_prefect
from flows.jsonl import dump_line, read_objects, write_whole
from flows.server import running_server
from linking.knowledge_base import describe_knowledge_base, open_knowledge_base
from linking.manifest import KnowledgeBaseInfo, read_manifest
from linking.names import link_names
from linking.side_by_side import link_side_by_side
from linking.sources import STARTER, KBSourceFile
from linking.sources.reading import DATED
from linking.sources.table import parse_mapping
from schemas.errors import ConfigError
from schemas.records import ENTITY_TYPES


def list_kb_sources(
    *,
    as_of: date | None = None,
    table: Sequence[str] | None = None,
    csv: Sequence[Path] | None = None,
    **given: Path | Sequence[Path] | None,
) -> list[KBSourceFile]:
    """The sources that were given, registries first, then tables.

    Args:
        as_of: Organisations made after that day are left out of the registries that tell it (``DATED``).
        table: Tables as they are typed: ``FILE`` or ``FILE:field=column,...``.
        csv: Tables with the usual columns.
        given: Other kinds of sources by their names (``READERS``), each a path or several.

    Raises:
        ConfigError: A file is not there, or a day was given but no registry that it counts for.
        KnowledgeBaseError: A column mapping is wrong.
    """
    sources = [
        KBSourceFile(kind, path)
        for kind, paths in given.items()
        for path in ([paths] if isinstance(paths, Path) else paths or ())
    ]
    if as_of:
        if not any(source.kind in DATED for source in sources):
            raise ConfigError(f"--as-of counts for {' and '.join(f'--{kind}' for kind in DATED)}: name such a source")
        sources = [replace(source, as_of=as_of) if source.kind in DATED else source for source in sources]
    sources += [KBSourceFile("table", path) for path in csv or ()]
    for text in table or ():
        name, colon, mapping = text.rpartition(":")
        is_mapped = bool(colon) and "=" in mapping
        sources.append(
            KBSourceFile("table", Path(name if is_mapped else text), parse_mapping(mapping) if is_mapped else None)
        )
    for source in sources:
        if not source.path.exists():
            raise ConfigError(f"{source.path}: no such file")
    return sources


def build(out: Path, sources: Sequence[KBSourceFile], *, starter: bool) -> None:
    """Build a knowledge base by a Prefect flow, with a bar for each step, and print what is in it.

    Raises:
        KnowledgeBaseError: A source cannot be read, or the folder holds something else.
    """
    prepare_prefect(out.absolute().parent / ".papergraph")
    with running_server(), _bars() as report:
        from flows.knowledge_flow import REPORT, build_flow

        REPORT.set(report)
        info = build_flow(out, [*sources, *([STARTER] if starter else [])])
    print_info(info)


def add(folder: Path, sources: Sequence[KBSourceFile]) -> None:
    """Add sources to a knowledge base by a Prefect flow, with a bar for each step, and print what is in it.

    Raises:
        ConfigError: No source was given.
        KnowledgeBaseError: A source cannot be read, or the knowledge base is not whole.
    """
    if not sources:
        raise ConfigError("nothing to add: name a source, such as --ror or --table")
    read_manifest(folder)
    prepare_prefect(folder.absolute().parent / ".papergraph")
    with running_server(), _bars() as report:
        from flows.knowledge_flow import REPORT, add_flow

        REPORT.set(report)
        info = add_flow(folder, list(sources))
    print_info(info)


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    steps: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:

        def report(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = progress.add_task(step)
            progress.update(steps[step], completed=done, total=total or None)

        yield report


def show(folder: Path) -> None:
    """Print what is in a knowledge base, after checking every byte of it against its manifest."""
    print_info(describe_knowledge_base(folder, thorough=True))


def print_info(info: KnowledgeBaseInfo) -> None:
    """Print counts, sources and revision of a knowledge base."""
    console = Console()
    entries = Table(
        "type", "entries", title=f"{info.path}, revision {info.revision}", title_justify="left", show_edge=False
    )
    for label, count in info.n_entries.items():
        entries.add_row(label, str(count))
    entries.add_row("all", str(sum(info.n_entries.values())))
    console.print(entries)
    sources = Table("source", "file", "version", "entries", title="Sources", title_justify="left", show_edge=False)
    for source in info.sources:
        version = f"{source.version} as of {source.as_of}".lstrip() if source.as_of else source.version
        sources.add_row(source.kb, source.file_name, version, str(source.n_entries))
    console.print(sources)
    console.print(f"{info.n_names} names, {info.n_vectors} vectors by {info.encoder}", highlight=False)


def link_file(names: Path, out: Path, *, kb: Path, label: str | None, n_workers: int = 1) -> None:
    """Link each line {id, text, context?} of a file; lines {id, ids, score} come out, best first, none if unknown.

    Raises:
        ConfigError: The input is wrong (the line is named), or the knowledge base is not there; nothing is written.
    """
    if label is not None and label not in ENTITY_TYPES:
        raise ConfigError(f"unknown type {label!r}; known: {', '.join(ENTITY_TYPES)}")
    base = open_knowledge_base(kb)
    rows = read_objects(names)
    with write_whole(out) as file:
        for linked in (
            link_side_by_side(kb, rows, label or "", n_workers=n_workers)
            if n_workers > 1
            else link_names(base, rows, label or "")
        ):
            file.write(dump_line(linked))
