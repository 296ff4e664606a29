"""Papers, and what was read on their pages."""

from dataclasses import dataclass
from typing import Final

import duckdb

from schemas.graph.lookup.rows import fetch_records, with_all_words

_CARDS: Final = """
    SELECT
        paper_id, file_name, source, coalesce(nullif(title, ''), file_name), year, n_pages, scanned,
        names
    FROM chosen
    LEFT JOIN (
        SELECT paper_id, list(name ORDER BY position) AS names
        FROM authors SEMI JOIN chosen USING (paper_id) GROUP BY paper_id
    ) USING (paper_id)
    ORDER BY ingested_at DESC, file_name"""


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A paper as it is shown in a list."""

    paper_id: str
    file_name: str
    source: str
    title: str  # the file's name if the paper has none
    year: int | None
    n_pages: int
    scanned: bool
    authors: list[str] | None


@dataclass(frozen=True, slots=True)
class PageBlock:
    """A block of a page with its text. The box is in points, origin top left."""

    start_char: int
    end_char: int
    kind: str
    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class PageMention:
    """A mention on a page, and what it names (nothing for a Result)."""

    mention_id: str
    label: str
    text: str
    start_char: int
    end_char: int
    score: float
    entity_id: str | None
    entity: str | None


@dataclass(frozen=True, slots=True)
class PageFact:
    """A relation read on a page, between two mentions of the paper, and the sentence that says so."""

    predicate: str
    score: float
    subject_id: str  # of the mention
    subject: str  # as printed
    subject_type: str
    object_id: str
    object: str
    object_type: str
    start_char: int  # of the sentence
    end_char: int
    sentence: str


def find_papers(connection: duckdb.DuckDBPyConnection, typed: str = "", *, limit: int = 20) -> tuple[PaperCard, ...]:
    """Papers in whose title or file name all typed words are; the latest ones if nothing is typed."""
    condition, words = with_all_words("strip_accents(lower(concat_ws(' ', title, file_name)))", typed)
    sql = f"""
        WITH chosen AS (
            SELECT * FROM papers WHERE {condition} ORDER BY ingested_at DESC, file_name LIMIT $limit
        ) {_CARDS}"""  # noqa: S608  our own text
    return fetch_records(connection, PaperCard, sql, {**words, "limit": limit})


def get_paper(connection: duckdb.DuckDBPyConnection, paper_id: str) -> PaperCard | None:
    """A paper by its id."""
    sql = f"WITH chosen AS (SELECT * FROM papers WHERE paper_id = ?) {_CARDS}"  # noqa: S608  our own text
    found = fetch_records(connection, PaperCard, sql, [paper_id])
    return found[0] if found else None


def graph_size(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """How many papers, entities and relations a graph holds."""
    tables = ("papers", "entities", "relations")
    n_papers, n_entities, n_relations = (connection.table(table).count("*").fetchall()[0][0] for table in tables)
    return n_papers, n_entities, n_relations


def page_blocks(connection: duckdb.DuckDBPyConnection, paper_id: str, page: int) -> tuple[PageBlock, ...]:
    """The blocks of a page in reading order."""
    sql = """
        SELECT start_char, end_char, kind, text, x0, y0, x1, y1 FROM blocks
        WHERE paper_id = ? AND page = ? ORDER BY start_char"""
    return fetch_records(connection, PageBlock, sql, [paper_id, page])


def page_mentions(connection: duckdb.DuckDBPyConnection, paper_id: str, page: int) -> tuple[PageMention, ...]:
    """What is named on a page, in text order."""
    sql = """
        SELECT mention_id, mentions.label, text, start_char, end_char, score, entity_id, name
        FROM mentions LEFT JOIN entities USING (entity_id)
        WHERE paper_id = ? AND page = ? ORDER BY start_char, end_char, mentions.label"""
    return fetch_records(connection, PageMention, sql, [paper_id, page])


def page_facts(connection: duckdb.DuckDBPyConnection, paper_id: str, page: int) -> tuple[PageFact, ...]:
    """The relations read on a page, in text order, the likeliest of a sentence first."""
    sql = """
        SELECT
            relations.label, relations.score, head_id, heads.text, heads.label, tail_id, tails.text, tails.label,
            sentence_start_char, sentence_end_char, coalesce(sentences.text, '')
        FROM relations
        JOIN mentions AS heads ON heads.paper_id = relations.paper_id AND heads.mention_id = head_id
        JOIN mentions AS tails ON tails.paper_id = relations.paper_id AND tails.mention_id = tail_id
        LEFT JOIN sentences
            ON sentences.paper_id = relations.paper_id
            AND sentences.start_char = sentence_start_char AND sentences.end_char = sentence_end_char
        WHERE relations.paper_id = ? AND relations.page = ?
        ORDER BY sentence_start_char, relations.score DESC, heads.start_char, tails.start_char, relations.label"""
    return fetch_records(connection, PageFact, sql, [paper_id, page])


def facts_per_page(connection: duckdb.DuckDBPyConnection, paper_id: str) -> dict[int, int]:
    """Page (from 0) -> how many relations were read there; pages without any are left out."""
    sql = "SELECT page, count(*) FROM relations WHERE paper_id = ? GROUP BY page ORDER BY page"
    return dict(connection.execute(sql, [paper_id]).fetchall())
