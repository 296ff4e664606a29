"""The Research Organization Registry: its official data dump, schema v2 (https://ror.readme.io/docs/data-dump)."""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from linking.places import country_key
from linking.sources.streams import is_made_after
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

CHUNK_CHARS = 1 << 20
SEPARATORS = frozenset(", \t\r\n")
UNLISTED = "unlisted"
"""Kind of an organisation that the dump names and has no active record of. It is never the answer: it stands for the
strings that mean it, so that they do not go to its parent, its successor or a namesake."""


def read_ror(path: Path, as_of: date | None = None) -> Iterator[KBEntry]:
    """Organisations of a ROR v2 dump, one record in memory at a time, then those that it only names.

    Records that are inactive or withdrawn, and organisations that others' relationships name without a record of their
    own, are ``UNLISTED``.

    Args:
        path: The dump's zip, or its JSON file (an array of records).
        as_of: Records made after that day (``admin.created``) are left out, also where relationships name them. What
            changed in older records since stays changed: the dump does not tell.

    Raises:
        KnowledgeBaseError: The file is not a ROR v2 dump.
    """
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_data_member(archive, path)) as file:
                yield from _entries(file, path, as_of)
        else:
            with path.open("rb") as file:
                yield from _entries(file, path, as_of)
    except FileNotFoundError as error:
        raise KnowledgeBaseError(f"no ROR dump at {path}: check the path") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeBaseError(f"{path} is not a whole ROR dump ({error}): download it again") from error


def ror_version(path: Path) -> str:
    """The dump's version as its file name tells it (``v1.66-2025-05-20-ror-data.zip`` gives ``v1.66``), or ""."""
    found = re.search(r"v\d+\.\d+(\.\d+)?", path.name)
    return found[0] if found else ""


def _data_member(archive: zipfile.ZipFile, path: Path) -> str:
    """The JSON file of the dump; older dumps hold a v1 file beside the ``schema_v2`` one."""
    names = [name for name in archive.namelist() if name.endswith(".json") and not name.startswith("__MACOSX")]
    names.sort(key=lambda name: ("schema_v2" not in name, name))
    if not names:
        raise KnowledgeBaseError(f"{path} holds no JSON file: is it the ROR data dump?")
    return names[0]


def _entries(file: IO[bytes], path: Path, as_of: date | None) -> Iterator[KBEntry]:
    held, countries = set[str](), set[str]()
    named: dict[str, KBEntry] = {}
    for record in stream_array(file):
        if not isinstance(record, dict) or not isinstance(record.get("names"), list) or "id" not in record:
            raise KnowledgeBaseError(f"{path} holds a record that is not ROR schema v2 (v1 dumps are not read)")
        entry = _entry(record)
        held.add(entry.entity_id)
        if is_made_after(((record.get("admin") or {}).get("created") or {}).get("date"), as_of):
            continue
        countries.add(country_key(entry.country))
        for relation in record.get("relationships") or []:
            if relation.get("label"):
                related = _related_entry(relation, entry)
                named[related.entity_id] = _join_named(named.get(related.entity_id, related), related)
        yield entry if record.get("status", "active") == "active" else replace(entry, kinds=(UNLISTED,))
    for identity, entry in sorted(named.items()):
        if identity not in held:
            bare, _, bracket = entry.name.removesuffix(")").rpartition(" (")
            is_branch = entry.name.endswith(")") and country_key(bracket) in countries
            yield replace(entry, aliases=(bare,), country=bracket) if is_branch else entry


def _related_entry(relation: dict[str, Any], by: KBEntry) -> KBEntry:
    """An organisation as a record of another names it; it is mostly in the same country."""
    return KBEntry(
        entity_id=_short_id(relation["id"]),
        label="Institution",
        name=relation["label"],
        country=by.country,
        kb="ror",
        prior=1.0,
        kinds=(UNLISTED,),
        parents=(by.entity_id,) if relation.get("type") == "child" else (),
    )


def _join_named(entry: KBEntry, other: KBEntry) -> KBEntry:
    parents = tuple(dict.fromkeys((*entry.parents, *other.parents)))
    return replace(entry, country=entry.country if entry.country == other.country else "", parents=parents)


def stream_array(file: IO[bytes]) -> Iterator[Any]:
    """Items of one big JSON array, decoded as the bytes come in."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    decoder = json.JSONDecoder()
    text = decode(file.read(CHUNK_CHARS)).lstrip()
    if not text.startswith("["):
        raise json.JSONDecodeError("expected an array of records", text[:20], 0)
    position = 1
    while True:
        while position < len(text) and text[position] in SEPARATORS:
            position += 1
        if text[position : position + 1] == "]":
            return
        try:
            item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:  # the record goes on in the next chunk
            chunk = file.read(CHUNK_CHARS)
            text, position = text[position:] + decode(chunk, not chunk), 0
            if not chunk:
                raise
        else:
            yield item


def _entry(record: dict[str, Any]) -> KBEntry:
    display, aliases, acronyms = "", [], []
    for name in record["names"]:
        types = name.get("types") or []
        if "ror_display" in types:
            display = name["value"]
        elif "acronym" in types:
            acronyms.append(name["value"])
        else:
            aliases.append(name["value"])
    if not display and (aliases or acronyms):
        display = (aliases or acronyms)[0]
    bare = _without_country(display, record)
    places = [location.get("geonames_details") or {} for location in record.get("locations") or []]
    place = places[0] if places else {}
    relations = record.get("relationships") or []
    return KBEntry(
        entity_id=_short_id(record["id"]),
        label="Institution",
        name=display,
        aliases=tuple(dict.fromkeys(alias for alias in (*bare, *aliases) if alias != display)),
        acronyms=tuple(dict.fromkeys(acronyms)),
        city=place.get("name") or "",
        country=place.get("country_name") or "",
        region=place.get("country_subdivision_name") or "",
        kb="ror",
        prior=float(len(record.get("external_ids") or [])),  # how many other registries know it
        kinds=tuple(record.get("types") or ()),
        parents=tuple(_short_id(r["id"]) for r in relations if r.get("type") == "parent"),
    )


def _without_country(display: str, record: dict[str, Any]) -> tuple[str, ...]:
    """``Google (United States)`` is written to tell branches apart; papers print ``Google``."""
    if not display.endswith(")") or " (" not in display:
        return ()
    places = [location.get("geonames_details") or {} for location in record.get("locations") or []]
    name, _, bracket = display[:-1].rpartition(" (")
    return (name,) if country_key(bracket) in {country_key(place.get("country_name") or "") for place in places} else ()


def _short_id(uri: str) -> str:
    """``https://ror.org/034t30j35`` as ``ror:034t30j35``."""
    return "ror:" + uri.rstrip("/").rsplit("/", 1)[-1].lower()
