"""The command ``bench``. Imports are inside, as in ``cli.py``."""

from pathlib import Path
from typing import Annotated, Final

import typer

from flows.cli_options import DeviceOption, KbOption, NerModelOption, RelationModelOption, WorkersOption
from schemas.errors import ConfigError

STAGES: Final = ("parse", "tag", "relate", "link", "load", "latency", "pipeline")


def bench(
    source: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PAPERS]...", help="PDFs, folders, lists or archives; the sample papers if not given."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results.json, results.md and results.png.")] = Path("bench"),
    papers: Annotated[int, typer.Option(min=1, help="Compare on the first N papers that can be read.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="How often each way is run, in turn.")] = 3,
    only: Annotated[str, typer.Option(help=f"What to measure, by comma: {', '.join(STAGES)}; all if not given.")] = "",
    pipeline_papers: Annotated[
        str,
        typer.Option(
            metavar="N,...",
            help="Run the whole pipeline on so many papers, such as 100,500: copies, made by saving the papers again.",
        ),
    ] = "",
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    kb: KbOption = None,
    names: Annotated[
        Path | None, typer.Option(help="Gold file for linking whose names are linked, rather than those of the papers.")
    ] = None,
    ner_model: NerModelOption = None,
    relation_model: RelationModelOption = None,
) -> None:
    r"""Measure speed, side by side with what else could be used: other libraries, bare models, simpler ways.

    pip install "papergraph\[bench]" brings the other libraries; those that are not there are left out.
    """
    stages = tuple(name.strip() for name in only.split(",") if name.strip()) or STAGES
    if unknown := [name for name in stages if name not in STAGES]:
        raise ConfigError(f"--only {', '.join(unknown)}: not measured; known: {', '.join(STAGES)}")
    sizes = _read_sizes(pipeline_papers)
    from flows.bench.material import BenchCall
    from flows.bench.run import bench as run
    from flows.models import NER_MODEL, RELATION_MODEL
    from flows.pipeline import default_workers

    run(
        BenchCall(
            tuple(source or ()),
            out.absolute(),
            papers,
            rounds,
            stages,
            pipeline_papers=sizes,
            device=device,
            workers=default_workers(workers),
            kb=kb and kb.absolute(),
            ner_model=(ner_model or NER_MODEL).absolute(),
            relation_model=(relation_model or RELATION_MODEL).absolute(),
            names=names,
        )
    )


def _read_sizes(sizes: str) -> tuple[int, ...]:
    try:
        found = tuple(int(size) for size in sizes.split(",") if size.strip())
    except ValueError:
        found = (0,)
    if any(size < 1 for size in found):
        raise ConfigError(f"--pipeline-papers {sizes}: give numbers of papers, such as 100,500")
    return found
