"""Building a knowledge base: read the sources, merge, index, and put the folder in place in one step."""

import hashlib
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from linking.embeddings import NameEncoder
from linking.index import load_faiss, save_index
from linking.lexical import build_lexical, save_lexical
from linking.manifest import FORMAT_VERSION, KnowledgeBaseInfo, SourceInfo, checksum, describe_files, write_manifest
from linking.merge import merge_entries
from linking.sources import ColumnMapping, read_concepts, read_ror, read_starter, read_table
from linking.sources.ror import ror_version
from linking.sources.starter import STARTER_PATH
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

NAME, ALIAS, ACRONYM = 0, 1, 2  # kinds of names, best first
Progress = Callable[[str, int, int], None]  # step, done, total (0: not known)

ENTRY_SCHEMA = pa.schema(
    [
        ("entity_id", pa.string()),
        ("label", pa.string()),
        ("name", pa.string()),
        ("aliases", pa.list_(pa.string())),
        ("acronyms", pa.list_(pa.string())),
        ("description", pa.string()),
        ("city", pa.string()),
        ("country", pa.string()),
        ("kb", pa.string()),
        ("prior", pa.float64()),
        ("region", pa.string()),
        ("kinds", pa.list_(pa.string())),
        ("parents", pa.list_(pa.string())),
    ]
)


def build_knowledge_base(
    out: Path,
    *,
    ror: Path | None = None,
    concepts: Sequence[Path] = (),
    csv: Sequence[tuple[Path, ColumnMapping | None]] = (),
    starter: bool = True,
    encoder: NameEncoder | None = None,
    progress: Progress | None = None,
) -> KnowledgeBaseInfo:
    """Build a knowledge base in a folder that appears only when it is whole; an older one there is replaced.

    Args:
        out: Folder to make.
        ror: ROR v2 data dump (zip or JSON).
        concepts: Concept files (JSON Lines).
        csv: Tables (CSV, TSV or JSON Lines), each with its column mapping.
        starter: Whether to add the starter base; where a registry names the same thing the registry's id stays.
        encoder: The encoder of names; the installed default if None.
        progress: Called with (step, done, total).

    Raises:
        KnowledgeBaseError: A source cannot be read, nothing was found in them, or ``out`` holds something else.
    """
    load_faiss()
    out = out.resolve()
    _check_target(out)
    encoder = encoder or NameEncoder()
    report = progress or (lambda step, done, total: None)
    sources: list[SourceInfo] = []
    entries: list[KBEntry] = []

    def take(kb: str, path: Path, version: str, read: Iterable[KBEntry]) -> None:
        before = len(entries)
        for entry in read:
            entries.append(entry)
            if len(entries) % 5000 == 0:
                report(f"read {kb}", len(entries) - before, 0)
        sources.append(SourceInfo(kb, path.name, version, checksum(path), len(entries) - before))
        report(f"read {kb}", len(entries) - before, len(entries) - before)

    if ror:
        take("ror", ror, ror_version(ror), read_ror(ror))
    for path in concepts:
        take("concepts", path, "", read_concepts(path))
    for path, mapping in csv:
        take((mapping and mapping.kb) or path.name.split(".")[0], path, "", read_table(path, mapping))
    if starter:
        take("starter", STARTER_PATH, "", read_starter())
    merged, n_merged = merge_entries(entries)
    if not merged:
        raise KnowledgeBaseError("the sources hold no entries: name a ROR dump, a concepts file or a table")
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        info = _write(folder, merged, n_merged, tuple(sources), encoder, report)
        _put_in_place(folder, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return replace(info, path=str(out))


def _check_target(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / "manifest.json").is_file() or not any(out.iterdir()))):
        raise KnowledgeBaseError(f"{out} exists and is no knowledge base: name another folder")


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


def _write(
    folder: Path,
    entries: Sequence[KBEntry],
    n_merged: int,
    sources: tuple[SourceInfo, ...],
    encoder: NameEncoder,
    report: Progress,
) -> KnowledgeBaseInfo:
    entries = sorted(entries, key=lambda entry: (entry.label, entry.entity_id))
    columns = {name: [getattr(entry, name) for entry in entries] for name in ENTRY_SCHEMA.names}
    pq.write_table(pa.table(columns, schema=ENTRY_SCHEMA), folder / "entries.parquet")
    names = [(i, kind, name) for i, entry in enumerate(entries) for kind, name in entry_names(entry)]
    labels = [entries[i].label for i, _, _ in names]
    names_table = pa.table(
        {
            "entity": pa.array([i for i, _, _ in names], pa.int32()),
            "kind": pa.array([kind for _, kind, _ in names], pa.int8()),
            "name": pa.array([name for _, _, name in names], pa.string()),
        }
    )
    pq.write_table(names_table, folder / "names.parquet")
    report("index words", 0, len(names))
    save_lexical(build_lexical(zip(labels, (name for _, _, name in names), strict=True)), folder / "lexical")
    report("index words", len(names), len(names))

    indexes: dict[str, str] = {}
    n_vectors = 0
    for label in sorted(set(labels)):
        rows = [
            row for row, (_, kind, name) in enumerate(names) if labels[row] == label and has_vector(name, kind, label)
        ]
        texts = list(dict.fromkeys(names[row][2] for row in rows))
        vectors = encoder.encode(texts, progress=lambda done, total, label=label: report(f"embed {label}", done, total))
        place = {text: i for i, text in enumerate(texts)}
        matrix = vectors[[place[names[row][2]] for row in rows]]
        indexes[label] = save_index(matrix, folder / f"vectors-{label.lower()}.faiss")
        np.save(folder / f"vectors-{label.lower()}.npy", np.asarray(rows, np.int32))
        n_vectors += len(rows)
    files = describe_files(folder)
    digest = hashlib.sha256("".join(f"{file.name}{file.checksum}" for file in files).encode())
    info = KnowledgeBaseInfo(
        path="",
        revision=digest.hexdigest()[:16],
        format_version=FORMAT_VERSION,
        sources=sources,
        encoder=encoder.path.name,
        encoder_revision=encoder.revision,
        n_entries=dict(sorted(Counter(entry.label for entry in entries).items())),
        n_names=len(names),
        n_vectors=n_vectors,
        n_merged=n_merged,
        indexes=indexes,
        files=files,
    )
    write_manifest(folder, info)
    return info


def entry_names(entry: KBEntry) -> list[tuple[int, str]]:
    """All names of an entry with their kinds, each string once, the best kind first."""
    kinds: dict[str, int] = {}
    groups = ((NAME, (entry.name,)), (ALIAS, entry.aliases), (ACRONYM, entry.acronyms))
    for kind, names in groups:
        for name in names:
            if name.strip():
                kinds.setdefault(name, kind)
    return [(kind, name) for name, kind in kinds.items()]


def has_vector(name: str, kind: int, label: str) -> bool:
    """False for what the encoder cannot tell apart: names in other scripts than Latin, organisations' acronyms."""
    if kind == ACRONYM and label == "Institution":
        return False
    return 2 * sum(c.isascii() for c in unicodedata.normalize("NFKD", name)) >= len(name)
