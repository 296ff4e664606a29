"""Options that several commands share, and how those that take several values are read."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from flows.log import VARIABLE, LogFormat

MULTIPLE: Final = frozenset(
    {"--train", "--dev", "--concepts", "--csv", "--table", "--pwc", "--people"}
)  # options that take several values

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
LogOption = Annotated[
    LogFormat | None,
    typer.Option("--log", help=f"Log lines instead of a progress bar, also by {VARIABLE}: text, or json."),
]
MetricsOption = Annotated[
    str | None,
    typer.Option("--metrics", metavar="[HOST:]PORT", help="Answer Prometheus there, at /metrics, while at work."),
]


def repeat_options(arguments: Sequence[str], options: Collection[str] = MULTIPLE) -> list[str]:
    """``--train a b`` as ``--train a --train b``: the parser takes one value per option."""
    repeated: list[str] = []
    option = ""
    n_values = 0
    for argument in arguments:
        if argument.startswith("-"):
            option, n_values = argument if argument in options else "", 0
        elif option:
            n_values += 1
            if n_values > 1:
                repeated.append(option)
        repeated.append(argument)
    return repeated
