"""``papergraph kb`` and ``papergraph link``: knowledge bases from the command line."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from flows.jsonl import dump_line, read_objects, write_whole
from linking.build import build_knowledge_base
from linking.knowledge_base import describe_knowledge_base, open_knowledge_base
from linking.manifest import KnowledgeBaseInfo
from linking.names import link_names
from schemas.errors import ConfigError
from schemas.records import ENTITY_TYPES


def build(out: Path, *, ror: Path | None, concepts: Sequence[Path], csv: Sequence[Path], starter: bool) -> None:
    """Build a knowledge base, with a bar for each step, and print what is in it.

    Raises:
        ConfigError: A file is not there, or no source was given.
        KnowledgeBaseError: A source cannot be read, or the folder holds something else.
    """
    for path in [*([ror] if ror else []), *concepts, *csv]:
        if not path.is_file():
            raise ConfigError(f"{path}: no such file")
    steps: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True), transient=True) as progress:

        def report(step: str, done: int, total: int) -> None:
            if step not in steps:
                steps[step] = progress.add_task(step)
            progress.update(steps[step], completed=done, total=total or None)

        info = build_knowledge_base(
            out, ror=ror, concepts=concepts, csv=[(path, None) for path in csv], starter=starter, progress=report
        )
    print_info(info)


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
        sources.add_row(source.kb, source.file_name, source.version, str(source.n_entries))
    console.print(sources)
    console.print(f"{info.n_names} names, {info.n_vectors} vectors by {info.encoder}", highlight=False)


def link_file(names: Path, out: Path, *, kb: Path, label: str | None) -> None:
    """Link each line {id, text, context?} of a file; lines {id, ids, score} come out, best first, none if unknown.

    Raises:
        ConfigError: The input is wrong (the line is named), or the knowledge base is not there; nothing is written.
    """
    if label is not None and label not in ENTITY_TYPES:
        raise ConfigError(f"unknown type {label!r}; known: {', '.join(ENTITY_TYPES)}")
    base = open_knowledge_base(kb)
    with write_whole(out) as file:
        for linked in link_names(base, read_objects(names), label or ""):
            file.write(dump_line(linked))
