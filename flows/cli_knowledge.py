"""The commands about knowledge bases: ``kb build``, ``kb add``, ``kb info``. Imports are inside, as in ``cli.py``."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from linking.sources import KBSourceFile

kb_app = typer.Typer(help="Build a knowledge base, add to one, or show what is in one.", no_args_is_help=True)

OneFile = Path | None
Files = list[Path] | None


def _sources(
    ror: Annotated[OneFile, typer.Option(help="ROR data dump, schema v2 (zip or JSON).")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="Leave out organisations whose record was made after this day; those that tell no day stay. Counts "
            "for --ror and --openalex.",
        ),
    ] = None,
    openalex: Annotated[OneFile, typer.Option(help="Folder of an OpenAlex snapshot (institutions, authors).")] = None,
    wikidata: Annotated[OneFile, typer.Option(help="Wikidata JSON dump (.gz, .bz2), filtered by type.")] = None,
    cso: Annotated[OneFile, typer.Option(help="Computer Science Ontology (CSV).")] = None,
    pwc: Annotated[
        Files, typer.Option(help="Files as of Papers with Code: methods, datasets, evaluation-tables.")
    ] = None,
    people: Annotated[Files, typer.Option(help="ORCID summaries (.tar.gz), DBLP (.xml.gz), or JSON Lines.")] = None,
    concepts: Annotated[Files, typer.Option(help="Concepts (JSON Lines), one or several.")] = None,
    csv: Annotated[
        Files, typer.Option(help="Tables of entities (CSV, TSV) with the columns id, name, type, ...")
    ] = None,
    table: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE[:FIELD=COLUMN,...]",
            help="Tables (CSV, TSV, JSON Lines, Parquet) with a mapping of their columns, such as "
            "labs.csv:entity_id=code,name=title,fixed_label=Institution.",
        ),
    ] = None,
) -> "list[KBSourceFile]":
    """The sources that were given, by the options that commands which take sources have in common."""
    from flows.knowledge import list_kb_sources

    return list_kb_sources(
        ror=ror,
        as_of=as_of.date() if as_of else None,
        openalex=openalex,
        wikidata=wikidata,
        cso=cso,
        pwc=pwc,
        people=people,
        concepts=concepts,
        csv=csv,
        table=table,
    )


_SOURCE_OPTIONS: Final = signature(_sources).parameters


def _takes_sources(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all sources in the place of its last parameter, ``sources``."""

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401
        sources = _sources(**{name: given.pop(name) for name in _SOURCE_OPTIONS})
        command(**given, sources=sources)

    own = [parameter for name, parameter in signature(command).parameters.items() if name != "sources"]
    run.__signature__ = signature(command).replace(parameters=[*own, *_SOURCE_OPTIONS.values()])  # type: ignore[attr-defined]
    run.__annotations__ = {}  # typer reads the signature
    return run


@kb_app.command("build", epilog="Example: papergraph kb build --out kb --ror ror-data.zip --concepts concepts.jsonl")
@_takes_sources
def kb_build(
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    starter: Annotated[bool, typer.Option(help="Whether to add the built-in starter base.")] = True,
    *,
    sources: "list[KBSourceFile]",
) -> None:
    """Build a knowledge base with its search index from registries and tables."""
    from flows.knowledge import build

    build(out, sources, starter=starter)


@kb_app.command("add", epilog="Example: papergraph kb add kb --ror v2.10-ror-data.zip")
@_takes_sources
def kb_add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The knowledge base.")],
    *,
    sources: "list[KBSourceFile]",
) -> None:
    """Add to a knowledge base without rebuilding it; a newer dump of a registry takes the place of the older one."""
    from flows.knowledge import add

    add(folder, sources)


@kb_app.command("info", epilog="Example: papergraph kb info kb")
def kb_info(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The knowledge base.")]) -> None:
    """Show the sources, counts and revision of a knowledge base, and check its files."""
    from flows.knowledge import show

    show(folder)
