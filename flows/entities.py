"""``papergraph entity`` and ``papergraph correct``: what is one thing, why, and how to overrule it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.query import WAIT_S
from schemas.errors import ConfigError
from schemas.graph.corrections import (
    add_corrections,
    find_label,
    own_id_in_paper,
    read_corrections,
    replace_merges,
    undo_corrections,
)
from schemas.graph.database import open_graph
from schemas.graph.own_entities import Connection, account_for, read_namesakes, read_own_ids, read_short_forms
from schemas.graph.resolve import Correction


def merge_own_entities(connection: Connection) -> int:
    """Find anew which entities of our own are one, over all papers; how many mentions change comes back."""
    from linking.embeddings import NameEncoder
    from linking.own_entities import LEAST_COAUTHORS, MAX_GROUP, find_merges

    namesakes = read_namesakes(connection, least_coauthors=LEAST_COAUTHORS, max_group=MAX_GROUP)
    merges = find_merges(read_own_ids(connection), read_short_forms(connection), namesakes, NameEncoder())
    return replace_merges(connection, merges)


def print_entity(graph: Path, entity_id: str) -> None:
    """Print an entity's names and papers, and why ids were merged into it.

    Raises:
        GraphError: There is no such graph or entity.
    """
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        account = account_for(connection, entity_id)
    console = Console()
    merged = f" (which {entity_id} was merged into)" if account.entity_id != entity_id else ""
    console.print(f"{account.entity_id}{merged}: {account.label} {account.name!r}", highlight=False, markup=False)
    console.print(
        f"in {account.kb}" if account.kb else "in no registry: an entity of papergraph's own", highlight=False
    )
    _print(console, "Names", ("name", "linked as", "papers", "mentions"),
           [(row.name, row.linked_id, str(row.n_papers), str(row.n_mentions)) for row in account.names])  # fmt: skip
    _print(console, "Papers", ("paper", "title", "mentions"), [(p, title, str(n)) for p, title, n in account.papers])
    _print(console, "Merged", ("entity", "into", "reason", "evidence", "score"),
           [(*row[:4], f"{row[4]:.2f}") for row in account.merges])  # fmt: skip
    _print(console, "Corrections", ("entity", "action", "target", "paper", "note"), account.corrections)


def correct(
    graph: Path,
    action: str,
    pairs: Sequence[tuple[str, str]],
    *,
    paper_id: str = "",
    name: str | None = None,
    kb: Path | None = None,
    note: str = "",
) -> None:
    """Write corrections down, apply them, and print what they changed; all or none.

    Args:
        graph: The DuckDB file.
        action: same, different, link or not_a_name.
        pairs: The entity that is corrected, and the other one (``not_a_name`` has none; for ``different`` in one paper
            an id is made).
        paper_id: The paper in which it holds; empty for all.
        name: Name of a target that the graph has not.
        kb: Knowledge base that has the target.
        note: Why.

    Raises:
        GraphError: There is no such graph, entity or paper, or corrections contradict each other.
        ConfigError: The knowledge base has no such target, or it is of another type.
    """
    with open_graph(graph, wait_s=WAIT_S) as connection:
        corrections = []
        for entity_id, other in pairs:
            label = find_label(connection, entity_id) or ""
            target = other or (own_id_in_paper(entity_id, label, paper_id) if action == "different" else "")
            entry_name, entry_kb = _find_in(kb, target, label) if kb else (None, "")
            corrections.append(Correction(entity_id, action, target, paper_id, name or entry_name, entry_kb, note))
        n_changed = add_corrections(connection, corrections)
    told = "; ".join(map(_tell, corrections))
    Console().print(f"corrected: {told} ({n_changed} mentions)", highlight=False, markup=False)


def _find_in(kb: Path, entity_id: str, label: str) -> tuple[str, str]:
    """Name of an entry of a knowledge base, and the registry that it is of (empty: the starter base).

    Raises:
        ConfigError: There is no such entry, or it is of another type.
    """
    from linking.knowledge_base import open_knowledge_base
    from linking.sources import STARTER

    base = open_knowledge_base(kb)
    if entity_id not in base.row_of_id:
        raise ConfigError(f"{kb} has no entity {entity_id}")
    entry = base.entry(base.row_of_id[entity_id])
    if label not in ("", entry.label):
        raise ConfigError(f"{entity_id} is a {entry.label}, but what is to be linked to it a {label}")
    return entry.name, "" if entry.kb == STARTER.kb else entry.kb


def undo(graph: Path, entity_id: str) -> None:
    """Take back all corrections of an entity.

    Raises:
        GraphError: There is no such graph.
        ConfigError: There are no such corrections.
    """
    with open_graph(graph, wait_s=WAIT_S) as connection:
        n_gone = undo_corrections(connection, entity_id)
    if not n_gone:
        raise ConfigError(f"no correction names {entity_id}; see `papergraph correct list`")
    Console().print(f"{n_gone} corrections taken back", highlight=False)


def print_corrections(graph: Path) -> None:
    """Print all corrections, the oldest first."""
    with open_graph(graph, read_only=True, wait_s=WAIT_S) as connection:
        corrections = read_corrections(connection)
    rows = [(c.entity_id, c.action, c.target_id, c.paper_id, c.note) for c in corrections]
    _print(Console(), "Corrections", ("entity", "action", "target", "paper", "note"), rows)


def _tell(correction: Correction) -> str:
    where = f" in paper {correction.paper_id}" if correction.paper_id else ""
    return f"{correction.entity_id} {correction.action} {correction.target_id}{where}"


def _print(console: Console, title: str, columns: tuple[str, ...], rows: Any) -> None:  # noqa: ANN401
    if rows:
        table = Table(*columns, title=title, title_justify="left", show_edge=False)
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)
