"""Corrections and merges in the graph: writing them down, and bringing the facts in line with them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from schemas.errors import GraphError
from schemas.graph.definitions import read_sql, unsettle_views
from schemas.graph.load import settle_entities, transaction
from schemas.graph.resolve import Correction, Merge, resolve_entities


def add_correction(connection: duckdb.DuckDBPyConnection, correction: Correction) -> int:
    """Write a correction down, see ``add_corrections``."""
    return add_corrections(connection, [correction])


def add_corrections(connection: duckdb.DuckDBPyConnection, corrections: Sequence[Correction]) -> int:
    """Write corrections down and bring the graph in line with them, all or none.

    What they replace goes: an earlier correction of the same kind of question about the same entity and paper
    (``different`` takes back ``same`` of the two and the other way round; a new ``link`` the old one).

    Returns:
        How many mentions name another entity, or none, than before.

    Raises:
        GraphError: An entity or paper is not in the graph, the types differ, or corrections contradict each other;
            nothing was written.
    """
    for correction in corrections:
        _check(connection, correction)
    with transaction(connection) as cursor:
        for correction in corrections:
            _delete_replaced(cursor, correction)
            cursor.execute(
                "INSERT OR REPLACE INTO corrections BY NAME SELECT ? AS entity_id, ? AS paper_id, ? AS action,"
                " ? AS target_id, ? AS target_name, ? AS target_kb, ? AS note, ? AS corrected_at",
                [
                    correction.entity_id,
                    correction.paper_id,
                    correction.action,
                    correction.target_id,
                    correction.target_name,
                    correction.target_kb,
                    correction.note,
                    datetime.now(UTC).replace(tzinfo=None),
                ],
            )
        n_changed = resolve_graph(cursor)
    settle_entities(connection)
    return n_changed


def undo_corrections(connection: duckdb.DuckDBPyConnection, entity_id: str) -> int:
    """Take back all corrections of an entity, or towards it.

    Returns:
        How many corrections were taken back.
    """
    with transaction(connection) as cursor:
        gone = cursor.execute(
            "DELETE FROM corrections WHERE entity_id = ? OR target_id = ? RETURNING action", [entity_id, entity_id]
        ).fetchall()
        resolve_graph(cursor)
    settle_entities(connection)
    return len(gone)


def read_corrections(connection: duckdb.DuckDBPyConnection) -> list[Correction]:
    """All corrections, the oldest first."""
    rows = connection.execute(
        "SELECT entity_id, action, target_id, paper_id, target_name, target_kb, note FROM corrections"
        " ORDER BY corrected_at, entity_id, paper_id, action, target_id"
    ).fetchall()
    return [Correction(*row) for row in rows]


def replace_merges(connection: duckdb.DuckDBPyConnection, merges: Sequence[Merge]) -> int:
    """Put these merges in the place of the old ones and bring the graph in line with them.

    Returns:
        How many mentions name another entity than before.
    """
    rows = [(m.entity_id, m.target_id, m.reason, m.evidence, m.score) for m in merges]
    with transaction(connection) as cursor:
        cursor.execute("DELETE FROM merges")
        _insert(cursor, "merges", rows)
        return resolve_graph(cursor)


def read_merges(connection: duckdb.DuckDBPyConnection) -> list[Merge]:
    """All merges."""
    rows = connection.execute("SELECT entity_id, target_id, reason, evidence, score FROM merges ORDER BY ALL")
    return [Merge(*row) for row in rows.fetchall()]


def own_id_in_paper(entity_id: str, label: str, paper_id: str) -> str:
    """Id of what a paper means by a name that means something else in other papers."""
    stem = entity_id if entity_id.startswith("pg:") else f"pg:{label.lower()}/{re.sub(r'[^a-z0-9]+', '-', entity_id)}"
    return f"{stem}/{paper_id}"


def find_label(connection: duckdb.DuckDBPyConnection, entity_id: str) -> str | None:
    """Type of an entity that the graph has, or that its linker once gave; None if it never heard of it."""
    found = connection.execute(
        "SELECT label FROM entities WHERE entity_id = ? UNION ALL SELECT mentions.label FROM links"
        " JOIN mentions USING (paper_id, mention_id) WHERE links.entity_id = ? LIMIT 1",
        [entity_id, entity_id],
    ).fetchone()
    return found[0] if found else None


def resolve_graph(cursor: duckdb.DuckDBPyConnection) -> int:
    """Bring the facts in line with corrections and merges; how many mentions changed. To be called in a transaction."""
    unsettle_views(cursor)
    corrections = read_corrections(cursor)
    names = {c.target_id: (c.target_kb, c.target_name) for c in corrections if c.target_name}
    rows = [
        (r.entity_id, r.paper_id, r.resolved_id, *names.get(r.resolved_id or "", ("", None)))
        for r in resolve_entities(read_merges(cursor), corrections)
    ]
    cursor.execute("CREATE OR REPLACE TEMP TABLE new_resolutions AS FROM resolutions LIMIT 0")
    _insert(cursor, "new_resolutions", rows)
    cursor.execute(read_sql("resolve.sql"))
    cursor.execute(read_sql("forms.sql"))
    cursor.execute("DELETE FROM paper_entities WHERE paper_id IN (SELECT paper_id FROM changed)")
    cursor.execute("INSERT INTO paper_entities BY NAME SELECT * EXCLUDE (linked_name) FROM staged_paper_entities")
    cursor.execute(
        "INSERT INTO entities BY NAME SELECT DISTINCT ON (entity_id) entity_id, label, linked_name AS name, kb"
        " FROM staged_paper_entities ORDER BY ALL ON CONFLICT DO NOTHING"
    )
    ((n_changed,),) = cursor.execute("SELECT count(*) FROM changed").fetchall()
    return n_changed


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows column by column: one statement, however many there are."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        unnested = ", ".join("unnest(?)" for _ in columns)
        cursor.execute(f"INSERT INTO {table} SELECT {unnested}", columns)


def _check(connection: duckdb.DuckDBPyConnection, correction: Correction) -> None:
    label = find_label(connection, correction.entity_id)
    if label is None:
        raise GraphError(f"no entity {correction.entity_id} in the graph; find ids with `papergraph sql`, in entities")
    if (
        correction.paper_id
        and not connection.execute("SELECT 1 FROM papers WHERE paper_id = ?", [correction.paper_id]).fetchone()
    ):
        raise GraphError(f"no paper {correction.paper_id} in the graph; find ids with `papergraph sql`, in papers")
    if correction.action == "not_a_name":
        return
    if not correction.target_id or correction.target_id == correction.entity_id:
        raise GraphError(f"{correction.action} needs another entity than {correction.entity_id}")
    target_label = find_label(connection, correction.target_id)
    if target_label is None and not correction.target_name and not (correction.action == "different"):
        raise GraphError(
            f"no entity {correction.target_id} in the graph: give its name with --name, or the knowledge base that has "
            "it with --kb"
        )
    if target_label not in (None, label):
        raise GraphError(f"{correction.entity_id} is a {label}, but {correction.target_id} is a {target_label}")


def _delete_replaced(cursor: duckdb.DuckDBPyConnection, new: Correction) -> None:
    """Take back what cannot hold beside a new correction."""
    if new.paper_id:  # a name means one thing in a paper
        cursor.execute("DELETE FROM corrections WHERE entity_id = ? AND paper_id = ?", [new.entity_id, new.paper_id])
        return
    opposite = {"same": ["different"], "link": ["different"], "different": ["same", "link"], "not_a_name": []}
    cursor.execute(
        "DELETE FROM corrections WHERE paper_id = '' AND action IN (SELECT unnest(?::VARCHAR[]))"
        " AND (entity_id, target_id) IN ((?, ?), (?, ?))",
        [opposite[new.action], new.entity_id, new.target_id, new.target_id, new.entity_id],
    )
    if new.action in ("same", "link"):
        cursor.execute(
            "DELETE FROM corrections WHERE paper_id = '' AND action = 'not_a_name' AND entity_id IN (?, ?)",
            [new.entity_id, new.target_id],
        )
    if new.action in ("link", "not_a_name"):
        cursor.execute(
            "DELETE FROM corrections WHERE paper_id = '' AND action IN ('link', 'not_a_name') AND entity_id = ?",
            [new.entity_id],
        )
