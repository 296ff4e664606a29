"""Building a knowledge base: read the sources, merge, index, and put the folder in place in one step.

Each step is a function from files to files, so that a flow can run them as tasks; ``build_knowledge_base`` runs all.
"""

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from linking.embeddings import NameEncoder
from linking.ids import write_ids
from linking.index import load_faiss
from linking.lexical import build_lexical, save_lexical
from linking.manifest import (
    FORMAT_VERSION,
    KnowledgeBaseInfo,
    SourceInfo,
    check_files,
    checksum,
    describe_files,
    is_knowledge_base,
    read_manifest,
    write_manifest,
)
from linking.merge import merge_entries
from linking.sources import STARTER, ColumnMapping, KBSourceFile, read_source, source_version
from linking.tables import (
    ACRONYM,
    ALIAS,
    ENTRIES,
    NAME,
    NAMES,
    NameTable,
    map_columns,
    read_entries,
    write_entries,
    write_names,
)
from linking.vectors import VectorFiles, write_vectors
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

__all__ = ["ACRONYM", "ALIAS", "NAME", "add_to_knowledge_base", "build_knowledge_base"]

Progress = Callable[[str, int, int], None]  # step, done, total (0: not known)
REPORT_EVERY: Final = 5000
OLD_PART: Final = ".source-old"


def build_knowledge_base(
    out: Path,
    *,
    sources: Sequence[KBSourceFile] = (),
    ror: Path | None = None,
    concepts: Sequence[Path] = (),
    csv: Sequence[tuple[Path, ColumnMapping | None]] = (),
    starter: bool = True,
    encoder: NameEncoder | None = None,
    progress: Progress | None = None,
) -> KnowledgeBaseInfo:
    """Build a knowledge base in a folder that appears only when it is whole; an older one there is replaced.

    Vectors that the older one has are not computed again.

    Args:
        out: Folder to make.
        sources: Registries and tables, in the order in which their names and ids are to win.
        ror: A ROR v2 data dump, the same as a source of that kind.
        concepts: Concept files (JSON Lines), likewise.
        csv: Tables (CSV, TSV, JSON Lines, Parquet), each with its column mapping, likewise.
        starter: Whether to add the starter base; where a registry names the same thing the registry's id stays.
        encoder: The encoder of names; the installed default if None.
        progress: Called with (step, done, total).

    Raises:
        KnowledgeBaseError: A source cannot be read, nothing was found in them, or ``out`` holds something else.
    """
    given = [
        *([KBSourceFile("ror", ror)] if ror else []),
        *(KBSourceFile("concepts", path) for path in concepts),
        *(KBSourceFile("table", path, mapping) for path, mapping in csv),
        *sources,
        *([STARTER] if starter else []),
    ]
    report = progress or _say_nothing
    with new_folder(out) as folder:
        read = [extract_source(source, part_path(folder, i), report) for i, source in enumerate(given)]
        merge_sources(folder, [part_path(folder, i) for i in range(len(read))], report)
        return finish(folder, out, read, encoder or NameEncoder(), report)


def add_to_knowledge_base(
    out: Path,
    sources: Sequence[KBSourceFile],
    *,
    encoder: NameEncoder | None = None,
    progress: Progress | None = None,
) -> KnowledgeBaseInfo:
    """Add sources to a knowledge base; only names that it has not yet are embedded, and its indexes are added to.

    A source of a registry that it holds already takes the place of the older one.

    Raises:
        KnowledgeBaseError: There is no whole knowledge base, it was made with another encoder, or a source cannot be
            read; the knowledge base is as it was.
    """
    encoder = encoder or NameEncoder()
    report = progress or _say_nothing
    with new_folder(out) as folder:
        given, kept = keep_entries(out, sources, folder / OLD_PART, encoder)
        read = [extract_source(source, part_path(folder, i), report) for i, source in enumerate(given)]
        merge_sources(folder, [folder / OLD_PART, *(part_path(folder, i) for i in range(len(read)))], report)
        return finish(folder, out, [*kept, *read], encoder, report)


def keep_entries(
    out: Path, sources: Sequence[KBSourceFile], part: Path, encoder: NameEncoder
) -> tuple[list[KBSourceFile], list[SourceInfo]]:
    """Write down what stays of a knowledge base that is added to: all but the registries that come anew.

    Returns:
        The sources to read, the starter base among them if it was there, and those that stay.

    Raises:
        KnowledgeBaseError: There is no whole knowledge base, or it was made with another encoder.
    """
    info = read_manifest(out)
    check_files(out, info)
    check_encoder(out, info, encoder)
    had_starter = any(source.kb == STARTER.kb for source in info.sources)
    given = [*sources, *([STARTER] if had_starter else [])]
    replaced = {source.kb for source in given if source.is_registry}
    write_entries((entry for entry in read_entries(out / ENTRIES) if entry.kb not in replaced), part)
    return given, [source for source in info.sources if source.kb not in replaced]


def part_path(folder: Path, i: int) -> Path:
    """Where the entries of the i-th source lie while a knowledge base is built."""
    return folder / f".source-{i}"


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` to build in; it goes if the build fails.

    Raises:
        KnowledgeBaseError: ``out`` holds something that is no knowledge base.
    """
    load_faiss()
    out = out.resolve()
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or is_knowledge_base(out))):
        raise KnowledgeBaseError(f"{out} is no knowledge base, or holds other files too: name another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def extract_source(source: KBSourceFile, out: Path, progress: Progress) -> SourceInfo:
    """Read a source into a file of entries, streaming.

    Raises:
        KnowledgeBaseError: It cannot be read, or all in it was made after the day that was asked for.
    """
    count = 0

    def counted() -> Iterator[KBEntry]:
        nonlocal count
        for entry in read_source(source):
            count += 1
            if count % REPORT_EVERY == 0:
                progress(f"read {source.kb}", count, 0)
            yield entry

    write_entries(counted(), out)
    progress(f"read {source.kb}", count, count)
    as_of = str(source.as_of or "")
    if as_of and not count:
        raise KnowledgeBaseError(f"{source.path} has no record made by {as_of}: give a later day")
    return SourceInfo(source.kb, source.path.name, source_version(source), checksum(source.path), count, as_of)


def merge_sources(folder: Path, parts: Sequence[Path], progress: Progress) -> None:
    """Fold the entries of all sources into one table, and write the table of names and the index of words.

    Raises:
        KnowledgeBaseError: There are no entries.
    """
    merged, n_merged = merge_entries(chain.from_iterable(map(read_entries, parts)))
    if not merged:
        raise KnowledgeBaseError("the sources hold no entries: name a ROR dump, a concepts file or a table")
    for part in parts:
        part.unlink()
    merged.sort(key=lambda entry: (entry.label, entry.entity_id))
    write_entries(merged, folder / ENTRIES)
    write_ids([entry.entity_id for entry in merged], folder)
    names = write_names(merged, folder / NAMES)
    progress("index words", 0, len(names.names))
    save_lexical(build_lexical(zip(names.labels, names.names, strict=True)), folder / "lexical")
    progress("index words", len(names.names), len(names.names))
    (folder / ".n_merged").write_text(str(n_merged))


def finish(
    folder: Path, out: Path, sources: Sequence[SourceInfo], encoder: NameEncoder, progress: Progress
) -> KnowledgeBaseInfo:
    """Embed and index the names, write the manifest, and put the folder in the place of ``out``."""
    out = out.resolve()
    entries, columns = map_columns(folder / ENTRIES), map_columns(folder / NAMES)
    labels = entries["label"].take(columns["entity"]).dictionary_encode()
    known = labels.dictionary.to_pylist()
    names = NameTable(
        columns["entity"].to_numpy(),
        columns["kind"].to_numpy(),
        columns["name"].to_pylist(),
        [known[i] for i in labels.indices.to_pylist()],
    )
    previous, previous_names = _previous(out, encoder)
    indexes: dict[str, str] = {}
    n_vectors = 0
    for label in sorted(known):
        written = write_vectors(
            folder,
            label,
            names,
            encoder,
            previous=previous.get(label),
            previous_names=previous_names,
            progress=lambda done, total, label=label: progress(f"embed {label}", done, total),
        )
        if written:
            indexes[label] = written.kind
            n_vectors += written.n_vectors
    n_merged = folder / ".n_merged"
    info = KnowledgeBaseInfo(
        path="",
        revision="",
        format_version=FORMAT_VERSION,
        sources=tuple(sources),
        encoder=encoder.path.name,
        encoder_revision=encoder.revision,
        n_entries=dict(sorted(Counter(entries["label"].to_pylist()).items())),
        n_names=len(names.names),
        n_vectors=n_vectors,
        n_merged=int(n_merged.read_text()),
        indexes=indexes,
        files=(),
    )
    n_merged.unlink()
    files = describe_files(folder)
    digest = hashlib.sha256("".join(f"{file.name}{file.checksum}" for file in files).encode())
    info = replace(info, revision=digest.hexdigest()[:16], files=files)
    write_manifest(folder, info)
    _put_in_place(folder, out)
    return replace(info, path=str(out))


def check_encoder(folder: Path, info: KnowledgeBaseInfo, encoder: NameEncoder) -> None:
    """Refuse an encoder that did not make the knowledge base.

    Raises:
        KnowledgeBaseError: It is another one.
    """
    if encoder.revision != info.encoder_revision:
        raise KnowledgeBaseError(
            f"{folder} was built with encoder {info.encoder} ({info.encoder_revision}), but {encoder.path.name} "
            f"({encoder.revision}) is in use: give the same encoder or build the knowledge base again with this one"
        )


def _previous(out: Path, encoder: NameEncoder) -> tuple[dict[str, VectorFiles], object]:
    """The indexes of the knowledge base that is in the place of the new one, if its vectors can be used again."""
    try:
        info = read_manifest(out)
        check_files(out, info)
        check_encoder(out, info, encoder)
    except KnowledgeBaseError:
        return {}, None
    return {label: VectorFiles(out, label, kind) for label, kind in info.indexes.items()}, map_columns(out / NAMES)[
        "name"
    ]


def _put_in_place(folder: Path, out: Path) -> None:
    """Swap the finished folder in; between the two renames the old one stands aside, never half of each."""
    folder.chmod(0o755)
    if out.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
        out.replace(old)
        folder.replace(out)
        shutil.rmtree(old)
    else:
        folder.replace(out)


def _say_nothing(_step: str, _done: int, _total: int) -> None:
    return
