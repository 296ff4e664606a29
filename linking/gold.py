"""Gold files for linking: affiliation strings with ROR ids, and mentions in context with concept ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from linking.queries import Query, with_siblings
from schemas.errors import ConfigError

ROR_PREFIXES = ("https://ror.org/", "http://ror.org/", "ror.org/")


@dataclass(frozen=True, slots=True)
class GoldRow:
    """One string with the entities that it names; none is NIL."""

    row_id: str
    query: Query
    answers: frozenset[str]
    group: str  # rows of one group (a paper, a string) stay together when a file is divided
    without: frozenset[str] = frozenset()  # entities that are hidden from the linker
    is_practice: bool = False  # made from the knowledge base, not annotated
    unlisted: frozenset[str] = frozenset()  # named in the string, but in no record of the knowledge base of the gold


def read_gold(path: Path) -> list[GoldRow]:
    """Rows of a gold file; those marked unsure are left out, though their names are known to the others of their paper.

    A row is ``{"id", "text", "ror_ids", "covered", "ror_ids_in_kb"?}`` or ``{"id", "mention", "type", "kb_id",
    "context"?, "doc_id"?}``. What the knowledge base of the gold does not cover counts as NIL.

    Raises:
        ConfigError: The file cannot be read or a line is no such row.
    """
    rows: list[GoldRow] = []
    papers: list[str] = []
    unsure: list[bool] = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    rows.append(_gold_row(row, str(number)))
                    papers.append(row.get("doc_id") or "")
                    unsure.append(bool(row.get("unsure")))
    except OSError as error:
        raise ConfigError(f"cannot read the gold file {path}: {error.strerror}") from error
    except (ValueError, KeyError, AttributeError) as error:
        raise ConfigError(f"{path} is no gold file for linking: {error!r}") from error
    queries = with_siblings([row.query for row in rows], papers)
    rows = [replace(row, query=query) for row, query in zip(rows, queries, strict=True)]
    return [row for row, is_unsure in zip(rows, unsure, strict=True) if not is_unsure]


def _gold_row(row: Mapping[str, Any], number: str) -> GoldRow:
    row_id = str(row.get("id", number))
    if "ror_ids" in row:
        covered = row.get("covered", "all")
        ids = row["ror_ids"] if covered == "all" else row["ror_ids_in_kb"] if covered == "some" else ()
        query = Query(row["text"], "Institution", row.get("context", ""))
        answers = frozenset(map(canonical_id, ids))
        unlisted = frozenset(map(canonical_id, row["ror_ids"])) - answers
        return GoldRow(row_id, query, answers, row["text"], unlisted=unlisted)
    answers = frozenset([canonical_id(row["kb_id"])] if row["kb_id"] else ())
    return GoldRow(
        row_id, Query(row["mention"], row["type"], row.get("context", "")), answers, row.get("doc_id", row_id)
    )


def canonical_id(identity: str) -> str:
    """``https://ror.org/034t30j35`` as ``ror:034t30j35``; other ids as they are."""
    identity = identity.strip().rstrip("/")
    for prefix in ROR_PREFIXES:
        if identity.lower().startswith(prefix):
            return "ror:" + identity[len(prefix) :].lower()
    return identity
