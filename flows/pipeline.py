"""The settings of one run, resolved and checked before anything is written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from extractors.pdf.settings import ParseSettings
from flows.environment import count_cores
from flows.fingerprints import Fingerprints, short_hash, stage_fingerprints
from flows.work import default_work, shards_folder
from schemas.errors import ConfigError, GraphError, ModelError
from schemas.records import Failure, Source

DEVICES = re.compile(r"auto|cpu|cuda(:\d+)?")
RUNNERS = ("local", "ray")


@dataclass(frozen=True, slots=True)
class ShardFiles:
    """The files of one shard, one per stage. A file's name holds the stage and the hash of all it depends on."""

    sources: Path
    parsed: Path
    tagged: Path
    related: Path
    linked: Path


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the stage tasks need to know: places and settings, no texts, models or connections."""

    graph: Path
    work: Path
    knowledge_base: Path
    workers: int
    device: str
    ner_model: Path
    relation_model: Path
    parse: ParseSettings
    fingerprints: Fingerprints

    def shard_files(self, items: Iterable[Source | Failure]) -> ShardFiles:
        """Where the stages of these papers write. The same papers, settings, code and models give the same names."""
        names = [  # a failure may have another reason next time
            f"{item.paper_id} {item.uri}"
            if isinstance(item, Source)
            else f"{item.paper_id} {item.source} {item.error} {item.message}"
            for item in items
        ]
        marks = self.fingerprints
        hashes = {
            "sources": short_hash(names),
            "parsed": short_hash([marks.parse, *names]),
            "tagged": short_hash([marks.tag, *names]),
            "related": short_hash([marks.relate, *names]),
            "linked": short_hash([marks.link, *names]),
        }
        folder = shards_folder(self.work)
        return ShardFiles(**{stage: folder / f"{stage}-{key}.parquet" for stage, key in hashes.items()})


def default_workers(workers: int | None) -> int:
    """Worker processes for parsing: as asked, else one per core."""
    return workers or count_cores()


def check_runner(runner: str) -> None:
    """Refuse a runner that is not there.

    Raises:
        ConfigError: It is unknown, or its packages are not installed.
    """
    if runner not in RUNNERS:
        raise ConfigError(f"unknown runner {runner!r}; known: {', '.join(RUNNERS)}")
    if runner == "ray" and find_spec("prefect_ray") is None:
        raise ConfigError("--runner ray needs Ray: install papergraph[ray]; leave it out to run on this machine")


def check_device(device: str, *, is_here: bool = True) -> None:
    """Refuse a device that is not there.

    Args:
        device: As the user names it.
        is_here: The models run in this process, not on the nodes of a cluster.

    Raises:
        ConfigError: It is unknown, or PyTorch does not see it.
    """
    if not DEVICES.fullmatch(device):
        raise ConfigError(f"unknown device {device!r}; known: auto, cpu, cuda, or cuda:1 and the like")
    if is_here and device.startswith("cuda"):
        from extractors.encoder import pick_device

        pick_device(device)


def check_models(*folders: Path) -> None:
    """Make sure that the weights are there before a run begins.

    Raises:
        ModelError: A folder has no weights.
    """
    for folder in folders:
        if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
            raise ModelError(
                f"no model in {folder}: config.json and a .safetensors file are expected there; install "
                "papergraph again or train one with `papergraph train`"
            )


def check_graph(graph: Path) -> None:
    """Refuse a graph that cannot be written.

    Raises:
        GraphError: It is locked, no graph, or of another version; or its folder does not exist.
    """
    from schemas.graph.database import open_graph

    if graph.exists():
        open_graph(graph, read_only=True).close()
    elif not graph.absolute().parent.is_dir():
        raise GraphError(f"{graph}: the folder {graph.absolute().parent} does not exist")


def check_knowledge_base(folder: Path | None) -> None:
    """Refuse a knowledge base that is not whole.

    Raises:
        KnowledgeBaseError: It is missing, incomplete, changed or of another format.
    """
    if folder is not None:
        from linking.manifest import check_files, read_manifest

        check_files(folder, read_manifest(folder))


def resolve_pipeline(
    *,
    graph: Path,
    work: Path | None,
    knowledge_base: Path,
    knowledge_base_revision: str,
    workers: int | None,
    device: str,
    ner_model: Path,
    relation_model: Path,
) -> Pipeline:
    """Settings of a run from those of the user."""
    parse = ParseSettings()
    return Pipeline(
        graph=graph.absolute(),
        work=(work or default_work(graph)).absolute(),
        knowledge_base=knowledge_base.absolute(),
        workers=default_workers(workers),
        device=device,
        ner_model=ner_model.absolute(),
        relation_model=relation_model.absolute(),
        parse=parse,
        fingerprints=stage_fingerprints(
            parse=repr(parse),
            ner_model=ner_model,
            relation_model=relation_model,
            knowledge_base=knowledge_base_revision,
        ),
    )
