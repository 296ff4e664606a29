"""Institutions and authors of an OpenAlex snapshot (https://docs.openalex.org/download-all-data/openalex-snapshot).

A folder of gzipped JSON Lines: ``data/institutions/updated_date=2026-01-20/part_000.gz``, below ``data/jsonl`` since
2026. What has a ROR id or an ORCID goes by it, so that it meets the same thing of other registries.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from linking.sources.streams import is_made_after, list_of, read_lines
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

MAX_TOPICS: Final = 8  # of a person, the most frequent first
KINDS: Final = {"university": "education", "institute": "facility"}


def read_openalex(path: Path, as_of: date | None = None) -> Iterator[KBEntry]:
    """Institutions, then authors, of a snapshot's folder (either may be absent), one record in memory at a time.

    Args:
        path: The snapshot's folder.
        as_of: Institutions made after that day (``created_date``) are left out.

    Raises:
        KnowledgeBaseError: There are neither, or a file is damaged.
    """
    found = False
    for entity, convert in (("institutions", _institution), ("authors", _author)):
        for file in _parts(path, entity):
            found = True
            for number, row in read_lines(file, f"part of OpenAlex {entity}"):
                if not row.get("id") or not row.get("display_name"):
                    raise KnowledgeBaseError(f"{file} line {number} has no id and display_name: is it OpenAlex?")
                if entity == "authors" or not is_made_after(row.get("created_date"), as_of):
                    yield convert(row)
    if not found:
        raise KnowledgeBaseError(
            f"{path} holds no institutions/*/*.gz and no authors/*/*.gz: give the folder of an OpenAlex snapshot"
        )


def openalex_version(path: Path) -> str:
    """Date of the release as RELEASE_NOTES.txt has it, else the newest ``updated_date`` of its parts, or ""."""
    for notes in sorted(path.rglob("RELEASE_NOTES.txt")):
        if found := re.search(r"RELEASE (\d{4}-\d\d-\d\d)", notes.read_text(encoding="utf-8", errors="replace")):
            return found[1]
    dates = [re.search(r"updated_date=(\d{4}-\d\d-\d\d)", str(file)) for file in path.rglob("*.gz")]
    return max((found[1] for found in dates if found), default="")


def _parts(path: Path, entity: str) -> list[Path]:
    files = ((file, {path.name, *file.relative_to(path).parts}) for file in path.rglob("*.gz"))
    return sorted(file for file, parts in files if entity in parts and "merged_ids" not in parts)


def _institution(row: Mapping[str, Any]) -> KBEntry:
    place = row.get("geo") or {}
    kind = str(row.get("type") or "")
    related = list_of(row.get("associated_institutions"))
    return KBEntry(
        entity_id=institution_id(row),
        label="Institution",
        name=row["display_name"],
        aliases=_other_names(row, "display_name_alternatives"),
        acronyms=_other_names(row, "display_name_acronyms"),
        city=place.get("city") or "",
        region=place.get("region") or "",
        country=place.get("country") or "",
        kb="openalex",
        prior=float(row.get("works_count") or 0),
        kinds=(KINDS.get(kind, kind),) if kind else (),
        parents=tuple(institution_id(other) for other in related if other.get("relationship") == "parent"),
    )


def _author(row: Mapping[str, Any]) -> KBEntry:
    worked_at = [a.get("institution") or {} for a in list_of(row.get("affiliations"))]
    worked_at += list_of(row.get("last_known_institutions"))
    worked_at = [institution for institution in worked_at if institution.get("id")]
    topics = [t["display_name"] for t in list_of(row.get("topics")) if t.get("display_name")]
    orcid = (row.get("orcid") or "").rsplit("/", 1)[-1]
    return KBEntry(
        entity_id=f"orcid:{orcid}" if orcid else _short_id(row["id"]),
        label="Author",
        name=row["display_name"],
        aliases=_other_names(row, "display_name_alternatives"),
        description="; ".join(topics[:MAX_TOPICS]),
        kb="openalex",
        prior=float(row.get("works_count") or 0),
        parents=tuple(dict.fromkeys(map(institution_id, worked_at))),
        affiliations=tuple(dict.fromkeys(i["display_name"] for i in worked_at if i.get("display_name"))),
    )


def institution_id(row: Mapping[str, Any]) -> str:
    """The ROR id if there is one, else OpenAlex's."""
    ror = (row.get("ror") or "").rsplit("/", 1)[-1].lower()
    return f"ror:{ror}" if ror else _short_id(row["id"])


def _short_id(uri: str) -> str:
    """``https://openalex.org/I97018004`` as ``openalex:I97018004``."""
    return "openalex:" + uri.rsplit("/", 1)[-1]


def _other_names(row: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = (str(name).strip() for name in list_of(row.get(field)))
    return tuple(dict.fromkeys(name for name in names if name and name != row["display_name"]))
