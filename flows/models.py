"""The models and the knowledge base of a run: where they lie, and each loaded once per process."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.cache import keep, take_kept
from flows.fingerprints import ROOT, code_revision
from flows.work import knowledge_bases_folder

if TYPE_CHECKING:
    from extractors.fields import FieldFinder
    from extractors.ner.tagger import Tagger
    from extractors.relations.classifier import RelationClassifier
    from flows.pipeline import Pipeline
    from linking.linker import Linker

NER_MODEL: Final = ROOT / "extractors" / "models" / "ner"
RELATION_MODEL: Final = ROOT / "extractors" / "models" / "relations"


@cache
def load_tagger(folder: Path, device: str) -> "Tagger":
    """The tagger, kept for the life of the process."""
    from extractors.encoder import pick_device
    from extractors.ner.tagger import Tagger

    return Tagger.load(folder, pick_device(device))


@cache
def load_field_finder(device: str) -> "FieldFinder":
    """The finder of fields, kept for the life of the process."""
    from extractors.encoder import pick_device
    from extractors.fields import FieldFinder

    return FieldFinder.load(pick_device(device))


@cache
def load_relation_classifier(folder: Path, device: str) -> "RelationClassifier":
    """The relation classifier, kept for the life of the process."""
    from extractors.relations.classifier import RelationClassifier

    return RelationClassifier.load(folder, device)


@cache
def load_linker(folder: Path) -> "Linker":
    """The linker over a knowledge base, kept for the life of the process."""
    from linking.knowledge_base import open_knowledge_base
    from linking.linker import Linker

    return Linker(open_knowledge_base(folder))


def load_models(pipeline: "Pipeline") -> None:
    """All that the stages of a run need, unless it is loaded."""
    load_tagger(pipeline.ner_model, pipeline.device)
    load_field_finder(pipeline.device)
    load_relation_classifier(pipeline.relation_model, pipeline.device)
    _ = load_linker(pipeline.knowledge_base).kb.encoder.width  # loads the encoder


def default_knowledge_base(work: Path) -> Path:
    """The knowledge base of the starter base, in the work folder; it is built the first time a user asks for it."""
    from linking.build import build_knowledge_base

    name = f"starter-{code_revision('link')}"
    folder = knowledge_bases_folder(work) / name
    if not _is_whole(folder) and not (take_kept(name, folder) and _is_whole(folder)):
        build_knowledge_base(folder, starter=True)
        keep(name, folder)
    return folder


def _is_whole(folder: Path) -> bool:
    from linking.manifest import check_files, read_manifest
    from schemas.errors import KnowledgeBaseError

    try:
        check_files(folder, read_manifest(folder))
    except KnowledgeBaseError:
        return False
    return True
