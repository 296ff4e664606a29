"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

GRAPH: Final = Path("graph.duckdb")
GraphOption = Annotated[Path, typer.Option("--graph", help="The DuckDB file.", show_default="graph.duckdb")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes that read PDFs; one per core if not given.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, or cuda:1 and the like.")]
KbOption = Annotated[
    Path | None,
    typer.Option("--kb", help="Knowledge base to link to (from `kb build`); the starter base if not given."),
]
NerModelOption = Annotated[Path | None, typer.Option(help="Folder of a tagger; the shipped one if not given.")]
RelationModelOption = Annotated[
    Path | None, typer.Option(help="Folder of a relation classifier; the shipped one if not given.")
]
RunnerOption = Annotated[str, typer.Option("--runner", help=r"local, or ray for a cluster (needs papergraph\[ray]).")]
RayAddressOption = Annotated[
    str | None, typer.Option(help="Of a Ray cluster; RAY_ADDRESS if not given, else one is started on this machine.")
]
