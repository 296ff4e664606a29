"""What a knowledge base says about itself: sources, counts, encoder, and the checksums it is opened against."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from schemas.errors import KnowledgeBaseError

FORMAT_VERSION: Final = 6  # raised with whatever changes what the files hold: an older base is refused
MANIFEST: Final = "manifest.json"
SAMPLE_BYTES: Final = 1 << 16
N_SAMPLES: Final = 64
REBUILD: Final = "build it again with `papergraph kb build`"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """One source of a knowledge base."""

    kb: str  # ror, concepts, starter, or the name of a table
    file_name: str
    version: str  # as the registry calls it; empty where it does not say
    checksum: str  # SHA-256 of the file; of names and sizes of all files for a folder
    n_entries: int
    as_of: str = ""  # ISO date: organisations that were made later are left out


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file of a knowledge base."""

    name: str
    n_bytes: int
    checksum: str  # SHA-256 of the whole file
    sample: str  # SHA-256 of samples of it, checked at every opening


@dataclass(frozen=True, slots=True)
class KnowledgeBaseInfo:
    """The manifest. ``revision`` changes when anything in the knowledge base does."""

    path: str
    revision: str
    format_version: int
    sources: tuple[SourceInfo, ...]
    encoder: str
    encoder_revision: str
    n_entries: dict[str, int]  # by entity type
    n_names: int
    n_vectors: int
    n_merged: int  # starter entries that a registry has too
    indexes: dict[str, str]  # entity type: kind of FAISS index
    files: tuple[FileInfo, ...]


def checksum(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; of a folder (a snapshot of many gigabytes) of its files' names and sizes."""
    if path.is_dir():
        files = sorted((file.relative_to(path).as_posix(), file.stat().st_size) for file in path.rglob("*.gz"))
        return hashlib.sha256(json.dumps(files).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample_checksum(path: Path) -> str:
    """SHA-256 of a file's size and of 64 pieces spread over it: all of a small file, 4 MB of a large one."""
    n_bytes = path.stat().st_size
    digest = hashlib.sha256(str(n_bytes).encode())
    with path.open("rb") as file:
        if n_bytes <= SAMPLE_BYTES * N_SAMPLES:
            digest.update(file.read())
        else:
            for i in range(N_SAMPLES):
                file.seek((n_bytes - SAMPLE_BYTES) * i // (N_SAMPLES - 1))
                digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


def describe_files(folder: Path) -> tuple[FileInfo, ...]:
    """Sizes and checksums of every file in a folder, the manifest left out, sorted by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return tuple(
        FileInfo(path.relative_to(folder).as_posix(), path.stat().st_size, checksum(path), sample_checksum(path))
        for path in paths
    )


def write_manifest(folder: Path, info: KnowledgeBaseInfo) -> None:
    """Write the manifest; the path is left out, so that a knowledge base can be moved."""
    content = asdict(info)
    del content["path"]
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> KnowledgeBaseInfo:
    """Read the manifest.

    Raises:
        KnowledgeBaseError: There is none, or it is of another version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise KnowledgeBaseError(f"{folder} is no knowledge base (no {MANIFEST}): give another folder or {REBUILD}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format_version"] != FORMAT_VERSION:
            raise KnowledgeBaseError(
                f"{folder} has format {content['format_version']}, this papergraph reads {FORMAT_VERSION}: {REBUILD}"
            )
        content["sources"] = tuple(SourceInfo(**source) for source in content["sources"])
        content["files"] = tuple(FileInfo(**file) for file in content["files"])
        return KnowledgeBaseInfo(path=str(folder), **content)
    except (ValueError, KeyError, TypeError) as error:
        raise KnowledgeBaseError(f"{path} is damaged ({error!r}): {REBUILD}") from error


def is_knowledge_base(folder: Path) -> bool:
    """True if a folder holds a knowledge base, of whatever version, and nothing else: it may be replaced."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        own = {str(file["name"]) for file in content["files"]} | {MANIFEST}
        named = "format_version" in content and "encoder_revision" in content
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return named and all(path.is_dir() or path.relative_to(folder).as_posix() in own for path in folder.rglob("*"))


def check_files(folder: Path, info: KnowledgeBaseInfo, *, thorough: bool = False) -> None:
    """Compare the files with the manifest: sizes and samples always, every byte if ``thorough``.

    Raises:
        KnowledgeBaseError: A file is missing or is not the one that was written.
    """
    for file in info.files:
        path = folder / file.name
        if not path.is_file():
            raise KnowledgeBaseError(f"{folder} is incomplete: {file.name} is missing; copy it again or {REBUILD}")
        if path.stat().st_size != file.n_bytes:
            raise KnowledgeBaseError(
                f"{path} has {path.stat().st_size} bytes, the manifest says {file.n_bytes}; copy it again or {REBUILD}"
            )
        if sample_checksum(path) != file.sample or (thorough and checksum(path) != file.checksum):
            raise KnowledgeBaseError(f"{path} is not the file that the manifest names; copy it again or {REBUILD}")
