"""The commands about knowledge bases: ``kb build``, ``kb add``, ``kb info``. Imports are inside, as in ``cli.py``."""

from pathlib import Path
from typing import Annotated

import typer

kb_app = typer.Typer(help="Build a knowledge base, add to one, or show what is in one.", no_args_is_help=True)

OneFile = Path | None
Files = list[Path] | None
RorOption = Annotated[OneFile, typer.Option(help="ROR data dump, schema v2 (zip or JSON).")]
OpenAlexOption = Annotated[OneFile, typer.Option(help="Folder of an OpenAlex snapshot (institutions, authors).")]
WikidataOption = Annotated[OneFile, typer.Option(help="Wikidata JSON dump (.gz, .bz2), filtered by type.")]
CsoOption = Annotated[OneFile, typer.Option(help="Computer Science Ontology (CSV).")]
PwcOption = Annotated[Files, typer.Option(help="Files as of Papers with Code: methods, datasets, evaluation-tables.")]
PeopleOption = Annotated[Files, typer.Option(help="ORCID summaries (.tar.gz), DBLP (.xml.gz), or JSON Lines.")]
ConceptsOption = Annotated[Files, typer.Option(help="Concepts (JSON Lines), one or several.")]
CsvOption = Annotated[Files, typer.Option(help="Tables of entities (CSV, TSV) with the columns id, name, type, ...")]
TableOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILE[:FIELD=COLUMN,...]",
        help="Tables (CSV, TSV, JSON Lines, Parquet) with a mapping of their columns, such as "
        "labs.csv:entity_id=code,name=title,fixed_label=Institution.",
    ),
]


@kb_app.command("build", epilog="Example: papergraph kb build --out kb --ror ror-data.zip --concepts concepts.jsonl")
def kb_build(
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    ror: RorOption = None,
    openalex: OpenAlexOption = None,
    wikidata: WikidataOption = None,
    cso: CsoOption = None,
    pwc: PwcOption = None,
    people: PeopleOption = None,
    concepts: ConceptsOption = None,
    csv: CsvOption = None,
    table: TableOption = None,
    starter: Annotated[bool, typer.Option(help="Whether to add the built-in starter base.")] = True,
) -> None:
    """Build a knowledge base with its search index from registries and tables."""
    from flows.knowledge import build, list_kb_sources

    sources = list_kb_sources(
        ror=ror,
        openalex=openalex,
        wikidata=wikidata,
        cso=cso,
        pwc=pwc,
        people=people,
        concepts=concepts,
        csv=csv,
        table=table,
    )
    build(out, sources, starter=starter)


@kb_app.command("add", epilog="Example: papergraph kb add kb --ror v2.10-ror-data.zip")
def kb_add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The knowledge base.")],
    ror: RorOption = None,
    openalex: OpenAlexOption = None,
    wikidata: WikidataOption = None,
    cso: CsoOption = None,
    pwc: PwcOption = None,
    people: PeopleOption = None,
    concepts: ConceptsOption = None,
    csv: CsvOption = None,
    table: TableOption = None,
) -> None:
    """Add to a knowledge base without rebuilding it; a newer dump of a registry takes the place of the older one."""
    from flows.knowledge import add, list_kb_sources

    sources = list_kb_sources(
        ror=ror,
        openalex=openalex,
        wikidata=wikidata,
        cso=cso,
        pwc=pwc,
        people=people,
        concepts=concepts,
        csv=csv,
        table=table,
    )
    add(folder, sources)


@kb_app.command("info", epilog="Example: papergraph kb info kb")
def kb_info(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The knowledge base.")]) -> None:
    """Show the sources, counts and revision of a knowledge base, and check its files."""
    from flows.knowledge import show

    show(folder)
