"""What a graph knows of the entities that no registry has: the input of merging them, and the explanation of one."""

from dataclasses import dataclass
from typing import TypeAlias

import duckdb

from schemas.errors import GraphError

Connection: TypeAlias = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class ShortForm:
    """A short form that a paper defines, and the entity that it names there."""

    short: str
    long: str
    label: str
    entity_id: str
    paper_id: str


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Two authors of one name who have co-authors in common, by name."""

    one: str  # ids as the linker gave them: pg:author/<name>/<place or paper>, where no registry has the person
    other: str
    coauthors: tuple[str, ...]  # ada-quill


@dataclass(frozen=True, slots=True)
class NameRow:
    """A form in which papers print an entity."""

    name: str
    linked_id: str  # what the linker gave
    n_papers: int
    n_mentions: int


@dataclass(frozen=True, slots=True)
class EntityAccount:
    """All there is to say of an entity: how papers print it, which they are, and why ids were merged into it."""

    entity_id: str
    label: str
    name: str
    kb: str  # empty: of our own
    names: tuple[NameRow, ...]
    papers: tuple[tuple[str, str, int], ...]  # paper_id, title or file name, mentions
    merges: tuple[tuple[str, str, str, str, float], ...]  # entity_id, target_id, reason, evidence, score
    corrections: tuple[tuple[str, str, str, str, str], ...]  # entity_id, action, target_id, paper_id, note


def read_own_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Ids of our own that the linker gave, those of authors left out."""
    rows = connection.execute(
        "SELECT DISTINCT entity_id FROM links WHERE starts_with(entity_id, 'pg:')"
        " AND NOT starts_with(entity_id, 'pg:author/') ORDER BY ALL"
    )
    return [identity for (identity,) in rows.fetchall()]


def read_short_forms(connection: duckdb.DuckDBPyConnection) -> list[ShortForm]:
    """Short forms with the entities that mentions of them were linked to in the papers that define them."""
    rows = connection.execute(
        """
        SELECT short, arg_min(long, abbreviations.paper_id), mentions.label, links.entity_id,
            min(abbreviations.paper_id)
        FROM abbreviations
        JOIN mentions ON mentions.paper_id = abbreviations.paper_id AND mentions.text = short
        JOIN links ON links.paper_id = mentions.paper_id AND links.mention_id = mentions.mention_id
        WHERE mentions.label <> 'Author'
        GROUP BY short, mentions.label, links.entity_id
        ORDER BY ALL"""
    )
    return [ShortForm(*row) for row in rows.fetchall()]


def read_namesakes(connection: duckdb.DuckDBPyConnection, *, least_coauthors: int, max_group: int) -> list[Namesakes]:
    """Authors of our own who may be one person: of one name, with co-authors in common. In the order of their ids.

    Initials are no name, neither of the person nor of a co-author.

    Args:
        connection: Of the graph; the tables stay in it, since a million papers have five million authors.
        least_coauthors: That both must have.
        max_group: A name that more authors have says too little, and so does a paper that more people wrote.
    """
    rows = connection.execute(
        """
        WITH authors AS (
            SELECT DISTINCT paper_id, entity_id, split_part(entity_id, '/', 2) AS name
            FROM links WHERE starts_with(entity_id, 'pg:author/')
        ),
        coauthors AS (
            SELECT DISTINCT person.name, person.entity_id, other.name AS coauthor
            FROM authors AS person
            JOIN authors AS other USING (paper_id)
            WHERE regexp_matches(person.name, '^[^-]{2,}-') AND contains(other.name, '-') AND other.name <> person.name
                AND person.name IN
                    (SELECT name FROM authors GROUP BY name HAVING count(DISTINCT entity_id) BETWEEN 2 AND $most)
                AND paper_id NOT IN (SELECT paper_id FROM authors GROUP BY paper_id HAVING count(*) > $most)
        ),
        shared AS (
            SELECT list(entity_id) AS ids, coauthor FROM coauthors GROUP BY name, coauthor HAVING count(*) > 1
        ),
        pairs AS (
            SELECT one.id AS one, other.id AS other, coauthor
            FROM shared, unnest(ids) AS one(id), unnest(ids) AS other(id)
            WHERE one.id < other.id
        )
        SELECT one, other, list(coauthor ORDER BY coauthor) FROM pairs
        GROUP BY ALL HAVING count(*) >= $least ORDER BY ALL""",
        {"most": max_group, "least": least_coauthors},
    ).fetchall()
    return [Namesakes(one, other, tuple(coauthors)) for one, other, coauthors in rows]


def account_for(connection: duckdb.DuckDBPyConnection, entity_id: str) -> EntityAccount:
    """Explain an entity; an id that was merged into another gives that other.

    Raises:
        GraphError: The graph has no such entity.
    """
    resolved = connection.execute(
        "SELECT resolved_id FROM resolutions WHERE entity_id = ? AND paper_id = ''", [entity_id]
    ).fetchone()
    head = (resolved[0] or entity_id) if resolved else entity_id
    found = connection.execute("SELECT label, name, kb FROM entities WHERE entity_id = ?", [head]).fetchone()
    if found is None:
        if resolved and resolved[0] is None:
            raise GraphError(f"{entity_id} is no name, says a correction; `papergraph correct undo {entity_id}`")
        raise GraphError(f"no entity {entity_id} in the graph; find ids with `papergraph sql`, in entities")
    names = connection.execute(
        """
        SELECT regexp_replace(trim(text), '\\s+', ' ', 'g') AS name, links.entity_id, count(DISTINCT mentions.paper_id),
            count(*)
        FROM mentions
        JOIN links USING (paper_id, mention_id)
        WHERE mentions.entity_id = ?
        GROUP BY ALL ORDER BY 4 DESC, 1, 2""",
        [head],
    ).fetchall()
    papers = connection.execute(
        "SELECT paper_id, coalesce(title, file_name), n_mentions FROM paper_entities JOIN papers USING (paper_id)"
        " WHERE entity_id = ? ORDER BY 3 DESC, 1",
        [head],
    ).fetchall()
    members = [head, *{row[1] for row in names}, entity_id]
    merges = connection.execute(
        "SELECT entity_id, target_id, reason, evidence, score FROM merges"
        " WHERE entity_id IN (SELECT unnest($1)) OR target_id IN (SELECT unnest($1)) ORDER BY ALL",
        [members],
    ).fetchall()
    corrections = connection.execute(
        "SELECT entity_id, action, target_id, paper_id, note FROM corrections"
        " WHERE entity_id IN (SELECT unnest($1)) OR target_id IN (SELECT unnest($1)) ORDER BY ALL",
        [members],
    ).fetchall()
    label, name, kb = found
    return EntityAccount(
        head, label, name, kb, tuple(NameRow(*row) for row in names), tuple(papers), tuple(merges), tuple(corrections)
    )
