"""Entities: finding them by name, the papers that name them, and the facts around them."""

from dataclasses import dataclass
from typing import Final

import duckdb

from schemas.graph.lookup.rows import fetch_records, with_all_words

_CANDIDATES: Final = 500  # entities whose papers are counted for a search, the best matches first


@dataclass(frozen=True, slots=True)
class EntityCard:
    """An entity as it is shown in a list."""

    entity_id: str
    label: str
    name: str
    kb: str  # empty for an entity of our own
    n_papers: int
    n_mentions: int


@dataclass(frozen=True, slots=True)
class EntityPaper:
    """A paper that names an entity."""

    paper_id: str
    title: str
    year: int | None
    name: str  # as the paper prints it most often
    n_mentions: int
    page: int  # the first on which it is named, from 0
    mention_id: str  # the first


@dataclass(frozen=True, slots=True)
class EntityFact:
    """A fact about an entity with the best sentence for it. Scores and counts are those of the view ``triples``."""

    subject_id: str
    subject: str
    subject_type: str
    predicate: str
    object_id: str
    object: str
    object_type: str
    n_papers: int
    n_mentions: int
    score: float
    paper_id: str | None
    page: int | None
    start_char: int | None
    end_char: int | None
    sentence: str | None


def search_entities(connection: duckdb.DuckDBPyConnection, typed: str, *, limit: int = 20) -> tuple[EntityCard, ...]:
    """Entities in whose names all typed words are, or with whose words, as papers print them, all of these begin.

    Names that are, or begin with, what was typed come first; then those named in more papers. The words that papers
    print are looked up in the index of the last run that ended.
    """
    if not typed.strip():
        return ()
    condition, words = with_all_words("plain", typed)
    ((beginnings,),) = connection.execute("SELECT search_words(?)", [typed]).fetchall()
    begun = {f"beginning{number}": word for number, word in enumerate(beginnings)}
    printed = " INTERSECT ".join(
        f"SELECT entity_id FROM settled.search_names WHERE starts_with(word, ${name})"  # noqa: S608  our own text
        for name in begun
    )
    sql = f"""
        WITH matches AS (
            SELECT entity_id, length(plain) AS length,
                CASE
                    WHEN plain = typed THEN 0
                    WHEN starts_with(plain, typed) THEN 1
                    WHEN contains(' ' || plain, ' ' || typed) THEN 2
                    ELSE 3
                END AS rank
            FROM (
                SELECT entity_id, strip_accents(lower(name)) AS plain, strip_accents(lower($typed)) AS typed
                FROM entities
            )
            WHERE {condition}
            UNION ALL
            SELECT entity_id, NULL, 2 FROM ({printed or "SELECT NULL AS entity_id WHERE false"})
            UNION ALL
            SELECT entity_id, NULL, 1 FROM settled.search_names WHERE word = strip_accents(lower($typed))
        ),
        candidates AS (
            SELECT entity_id, min(rank) AS rank, min(length) AS length FROM matches GROUP BY entity_id
            ORDER BY rank, length, entity_id LIMIT $candidates
        )
        SELECT entity_id, entities.label, entities.name, entities.kb, coalesce(n_papers, 0), coalesce(n_mentions, 0)
        FROM candidates
        JOIN entities USING (entity_id)
        LEFT JOIN (SELECT entity_id, n_papers, n_mentions FROM entity_counts SEMI JOIN candidates USING (entity_id))
            USING (entity_id)
        ORDER BY rank, coalesce(n_papers, 0) DESC, length(entities.name), entities.name, entity_id
        LIMIT $limit"""  # noqa: S608  our own text
    given = {**words, **begun, "typed": typed.strip(), "candidates": _CANDIDATES, "limit": limit}
    return fetch_records(connection, EntityCard, sql, given)


def common_entities(connection: duckdb.DuckDBPyConnection, *, per_type: int = 10) -> tuple[EntityCard, ...]:
    """For each type the entities named in most papers, then most often."""
    sql = """
        SELECT entity_id, label, name, kb, n_papers, n_mentions FROM entity_counts
        QUALIFY row_number() OVER (
            PARTITION BY label ORDER BY n_papers DESC, n_mentions DESC, name, entity_id
        ) <= ?
        ORDER BY label, n_papers DESC, n_mentions DESC, name, entity_id"""
    return fetch_records(connection, EntityCard, sql, [per_type])


def get_entity(connection: duckdb.DuckDBPyConnection, entity_id: str) -> EntityCard | None:
    """An entity by its id."""
    sql = """
        SELECT entity_id, entities.label, entities.name, entities.kb, coalesce(n_papers, 0), coalesce(n_mentions, 0)
        FROM entities LEFT JOIN entity_counts USING (entity_id) WHERE entity_id = ?"""
    found = fetch_records(connection, EntityCard, sql, [entity_id])
    return found[0] if found else None


def entity_names(connection: duckdb.DuckDBPyConnection, entity_id: str, *, limit: int = 12) -> tuple[str, ...]:
    """How papers print an entity, the form of most papers first."""
    sql = """
        SELECT name FROM paper_entities WHERE entity_id = ?
        GROUP BY name ORDER BY count(*) DESC, sum(n_mentions) DESC, name LIMIT ?"""
    return tuple(name for (name,) in connection.execute(sql, [entity_id, limit]).fetchall())


def entity_papers(connection: duckdb.DuckDBPyConnection, entity_id: str, *, limit: int = 50) -> tuple[EntityPaper, ...]:
    """The papers that name an entity, those that name it most first."""
    sql = """
        WITH named AS (
            SELECT paper_id, name, n_mentions FROM paper_entities WHERE entity_id = $id
            ORDER BY n_mentions DESC, paper_id LIMIT $limit
        ),
        places AS (
            SELECT paper_id, min(page) AS page, arg_min(mention_id, start_char) AS mention_id
            FROM mentions WHERE entity_id = $id AND paper_id IN (SELECT paper_id FROM named) GROUP BY paper_id
        )
        SELECT paper_id, coalesce(nullif(title, ''), file_name), year, name, n_mentions, page, mention_id
        FROM named JOIN places USING (paper_id) JOIN papers USING (paper_id)
        ORDER BY n_mentions DESC, paper_id"""
    given = {"id": entity_id, "limit": limit}
    return tuple(EntityPaper(*row) for row in connection.execute(sql, given).fetchall())


def entity_facts(connection: duckdb.DuckDBPyConnection, entity_id: str, *, limit: int = 200) -> tuple[EntityFact, ...]:
    """The facts of which an entity is subject or object, those of most papers first, each with its best sentence."""
    sql = """
        WITH known AS (
            SELECT * FROM triples WHERE subject_id = $id OR object_id = $id
            ORDER BY n_papers DESC, score DESC, n_mentions DESC, subject, predicate, object LIMIT $limit
        ),
        places AS (
            SELECT subject_id, predicate, object_id,
                arg_max(
                    {'paper_id': paper_id, 'page': page, 'start_char': start_char, 'end_char': end_char},
                    (score, -start_char)
                ) AS place
            FROM facts WHERE subject_id = $id OR object_id = $id GROUP BY ALL
        )
        SELECT known.subject_id, subject, subject_type, known.predicate, known.object_id, object, object_type,
            n_papers, n_mentions, score, place.paper_id, place.page, place.start_char, place.end_char, sentences.text
        FROM known
        LEFT JOIN places USING (subject_id, predicate, object_id)
        LEFT JOIN sentences
            ON sentences.paper_id = place.paper_id AND sentences.start_char = place.start_char
            AND sentences.end_char = place.end_char
        ORDER BY n_papers DESC, score DESC, n_mentions DESC, subject, known.predicate, object"""
    given = {"id": entity_id, "limit": limit}
    return tuple(EntityFact(*row) for row in connection.execute(sql, given).fetchall())


def facts_among(connection: duckdb.DuckDBPyConnection, entity_ids: list[str]) -> tuple[tuple[str, str, str], ...]:
    """(subject_id, predicate, object_id) of the facts whose two ends are both among some entities."""
    sql = """
        SELECT subject_id, predicate, object_id FROM triples
        WHERE subject_id IN (SELECT unnest($ids::VARCHAR[])) AND object_id IN (SELECT unnest($ids::VARCHAR[]))
        ORDER BY ALL"""
    return tuple(connection.execute(sql, {"ids": entity_ids}).fetchall())
