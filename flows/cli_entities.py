"""The commands about entities: ``entity``, and ``correct`` with its own. Imports are inside, as in ``cli.py``."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import GRAPH, GraphOption
from schemas.errors import ConfigError

correct_app = typer.Typer(
    help="Overrule what is one thing; corrections outlast ingests and win in all views.", no_args_is_help=True
)

Entity = Annotated[str, typer.Argument(metavar="ID", help="Id of an entity (entities.entity_id).")]
Others = Annotated[list[str], typer.Argument(metavar="OTHER...", help="Ids of other entities.")]
PaperOption = Annotated[str, typer.Option("--paper", metavar="PAPER", help="Only in this paper (papers.paper_id).")]
NoteOption = Annotated[str, typer.Option(help="Why.")]


def entity(entity_id: Entity, graph: GraphOption = GRAPH) -> None:
    """Show an entity: its names, its papers, and why ids were merged into it."""
    from flows.entities import print_entity

    print_entity(graph, entity_id)


@correct_app.command(epilog="Example: papergraph correct same pg:method/wavenet-x pg:method/wnx")
def same(entity_id: Entity, others: Others, graph: GraphOption = GRAPH, note: NoteOption = "") -> None:
    """The others are the same thing as the first."""
    from flows.entities import correct

    correct(graph, "same", [(other, entity_id) for other in others], note=note)


@correct_app.command(epilog="Example: papergraph correct different pg:method/cnn --paper 0123456789abcdef")
def different(
    entity_id: Entity,
    others: Annotated[list[str] | None, typer.Argument(metavar="[OTHER...]", help="Ids of other entities.")] = None,
    graph: GraphOption = GRAPH,
    paper: PaperOption = "",
    note: NoteOption = "",
) -> None:
    """The entity is none of the others; with --paper: in that paper the name means another thing."""
    from flows.entities import correct

    if bool(others) == bool(paper):
        raise ConfigError("name other entities, or a paper with --paper, one of the two")
    correct(graph, "different", [(entity_id, other) for other in others or [""]], paper_id=paper, note=note)


@correct_app.command(epilog="Example: papergraph correct link pg:institution/mit ror:042nb2s44 --kb kb")
def link(
    entity_id: Entity,
    target: Annotated[str, typer.Argument(metavar="TARGET", help="Id in a registry, or of another entity.")],
    graph: GraphOption = GRAPH,
    paper: PaperOption = "",
    name: Annotated[str | None, typer.Option(help="Name of the target, if the graph has it not.")] = None,
    kb: Annotated[Path | None, typer.Option(help="Knowledge base that has the target.")] = None,
    note: NoteOption = "",
) -> None:
    """The entity is the target, whose id stays."""
    from flows.entities import correct

    correct(graph, "link", [(entity_id, target)], paper_id=paper, name=name, kb=kb, note=note)


@correct_app.command("not-a-name", epilog="Example: papergraph correct not-a-name pg:method/model")
def not_a_name(entity_id: Entity, graph: GraphOption = GRAPH, paper: PaperOption = "", note: NoteOption = "") -> None:
    """The entity is nothing: it goes from all views."""
    from flows.entities import correct

    correct(graph, "not_a_name", [(entity_id, "")], paper_id=paper, note=note)


@correct_app.command(epilog="Example: papergraph correct undo pg:method/model")
def undo(entity_id: Entity, graph: GraphOption = GRAPH) -> None:
    """Take back all corrections of an entity."""
    from flows.entities import undo

    undo(graph, entity_id)


@correct_app.command("list", epilog="Example: papergraph correct list")
def list_corrections(graph: GraphOption = GRAPH) -> None:
    """Show all corrections."""
    from flows.entities import print_corrections

    print_corrections(graph)
