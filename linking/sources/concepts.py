"""Scientific concepts as JSON Lines: ``{"id", "type", "name", "aliases", "description", "source", "uses"}`` a line."""

import json
from collections.abc import Iterator
from pathlib import Path

from schemas.characters import without_surrogates
from schemas.errors import KnowledgeBaseError
from schemas.records import ENTITY_TYPES, KBEntry


def read_concepts(path: Path) -> Iterator[KBEntry]:
    """Entries of a concepts file. Aliases that are one short upper-case word count as acronyms.

    Raises:
        KnowledgeBaseError: A line is not such an object; the message names the line.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _entry(line, f"{path} line {number}")
    except OSError as error:
        raise KnowledgeBaseError(f"cannot read the concepts file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KnowledgeBaseError(f"{path} is not UTF-8 text: {error}") from error


def is_acronym(name: str) -> bool:
    """True for one word of 2 to 6 characters, mostly capitals (``CNN``, ``SVMs``, ``VOC07``)."""
    word = name.removesuffix("s")
    return 2 <= len(word) <= 6 and word.isalnum() and word.upper() == word and any(c.isalpha() for c in word)


def _entry(line: str, where: str) -> KBEntry:
    try:
        row = json.loads(line)
        identity, label, name = str(row["id"]), row["type"], _text(row["name"])
        names = [[_text(one) for one in _list(row.get(key)) if one] for key in ("aliases", "acronyms")]
        description, city, country, region = (
            _text(row.get(key) or "") for key in ("description", "city", "country", "region")
        )
        kb, prior = _text(row.get("source") or "concepts"), float(row.get("uses") or 0.0)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KnowledgeBaseError(f"{where} is no concept with id, type and name: {error!r}") from error
    if label not in ENTITY_TYPES or not identity or not name:
        raise KnowledgeBaseError(f"{where}: id and name must not be empty, type one of {', '.join(ENTITY_TYPES)}")
    aliases = [alias for alias in names[0] if alias != name]
    return KBEntry(
        entity_id=without_surrogates(identity),
        label=label,
        name=name,
        aliases=tuple(alias for alias in aliases if not is_acronym(alias)),
        acronyms=(*(alias for alias in aliases if is_acronym(alias)), *names[1]),
        kb=kb,
        prior=prior,
        description=description,
        city=city,
        country=country,
        region=region,
    )


def _list(value: object) -> list[object]:
    if value is not None and not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value or []


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return without_surrogates(value)
