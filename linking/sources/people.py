"""People: the summaries of ORCID's public data file, DBLP's XML, or JSON Lines. Which one it is, the name tells."""

import re
import tarfile
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree

from linking.sources.streams import list_of, open_packed, read_lines, telling_errors
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

XML_ENTITIES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
NAMESAKE: Final = re.compile(r" \d{4}$")  # DBLP tells namesakes apart by a number
WORK_TYPES: Final = ("employment-summary", "education-summary", "invited-position-summary", "qualification-summary")
MAX_TOPICS: Final = 20


def read_people(path: Path) -> Iterator[KBEntry]:
    """People of a tar (ORCID summaries), an XML file (DBLP), or JSON Lines, each packed or not.

    A line of JSON is ``{"id", "name", "aliases"?, "affiliations"?, "topics"?}``; affiliations are names or ids of
    organisations. People without any are kept, but a name alone is never linked.

    Raises:
        KnowledgeBaseError: The file is none of them, or is damaged.
    """
    name = path.name.lower()
    if re.search(r"\.(tar(\.\w+)?|tgz)$", name):
        return _read_orcid(path)
    if re.search(r"\.xml(\.\w+)?$", name):
        return _read_dblp(path)
    return _read_lines(path)


def people_kb(path: Path) -> str:
    """orcid, dblp, or people."""
    name = path.name.lower()
    return "orcid" if re.search(r"\.(tar(\.\w+)?|tgz)$", name) else "dblp" if ".xml" in name else "people"


def people_version(path: Path) -> str:
    """The year or date in the file's name (``ORCID_2025_10_summaries.tar.gz``), or ""."""
    found = re.search(r"(?<!\d)20\d\d([_-]?\d\d){0,2}(?!\d)", path.name)
    return found[0].replace("_", "-") if found else ""


def _read_lines(path: Path) -> Iterator[KBEntry]:
    for number, row in read_lines(path, "file of people"):
        if not row.get("id") or not row.get("name"):
            raise KnowledgeBaseError(f"{path} line {number} has no id and name")
        worked_at = [str(place) for place in list_of(row.get("affiliations"))]
        yield KBEntry(
            entity_id=str(row["id"]),
            label="Author",
            name=_plain(str(row["name"])),
            aliases=_aliases(str(row["name"]), list_of(row.get("aliases"))),
            description="; ".join(map(str, list_of(row.get("topics"))[:MAX_TOPICS])),
            kb="people",
            parents=tuple(place for place in worked_at if _is_id(place)),
            affiliations=tuple(place for place in worked_at if not _is_id(place)),
        )


def _read_orcid(path: Path) -> Iterator[KBEntry]:
    with telling_errors(path, "tar of ORCID summaries"):
        try:
            with tarfile.open(path, "r|*") as archive:
                for member in archive:
                    # else it would hold all of twenty million
                    archive.members = []  # pyright: ignore[reportAttributeAccessIssue]
                    file = archive.extractfile(member) if member.name.endswith(".xml") else None
                    root = ElementTree.parse(file).getroot() if file else None  # noqa: S314 (ORCID's own file)
                    if root is not None and (entry := _orcid_entry(root, path)):
                        yield entry
        except tarfile.TarError as error:
            raise KnowledgeBaseError(f"{path} is no whole tar of ORCID summaries ({error}): get it again") from error


def _orcid_entry(record: ElementTree.Element, path: Path) -> KBEntry | None:
    """A record of the summaries; None where the person shows no name (deactivated, or private)."""
    identity = _text(record, "{*}orcid-identifier/{*}path") or record.get("path", "").strip("/")
    if not re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", identity):
        raise KnowledgeBaseError(f"{path} holds a file that is no ORCID summary")
    given, family = (_text(record, f".//{{*}}name/{{*}}{part}") for part in ("given-names", "family-name"))
    credit = _text(record, ".//{*}name/{*}credit-name")
    name = credit or f"{given} {family}".strip()
    if not name:
        return None
    others = [f"{given} {family}".strip(), *(_texts(record, ".//{*}other-name/{*}content"))]
    ids: list[str] = []
    places: list[str] = []
    for kind in WORK_TYPES:
        for organisation in record.iterfind(f".//{{*}}{kind}/{{*}}organization"):
            places.append(_text(organisation, "{*}name"))
            source = _text(organisation, ".//{*}disambiguation-source")
            outside = _text(organisation, ".//{*}disambiguated-organization-identifier")
            if source == "ROR" and outside:
                ids.append("ror:" + outside.rstrip("/").rsplit("/", 1)[-1].lower())
    return KBEntry(
        entity_id=f"orcid:{identity}",
        label="Author",
        name=name,
        aliases=tuple(dict.fromkeys(other for other in others if other and other != name)),
        description="; ".join(_texts(record, ".//{*}keyword/{*}content")[:MAX_TOPICS]),
        kb="orcid",
        parents=tuple(dict.fromkeys(ids)),
        affiliations=tuple(dict.fromkeys(filter(None, places))),
    )


def _read_dblp(path: Path) -> Iterator[KBEntry]:
    """Home pages of people (``<www key="homepages/...">``) of dblp.xml; publications are passed over."""
    with telling_errors(path, "DBLP XML"), open_packed(path) as file:
        root: ElementTree.Element | None = None
        depth = 0
        for event, element in _read_xml(file):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if event == "end" and depth == 1:
                is_page = element.tag == "www" and element.get("key", "").startswith("homepages/")
                if is_page and (entry := _dblp_entry(element)):
                    yield entry
                root.clear()
        if root is None or root.tag != "dblp":
            raise KnowledgeBaseError(f"{path} is no DBLP XML: its first element is not <dblp>")


def _read_xml(file: IO[bytes]) -> Iterator[tuple[str, ElementTree.Element]]:
    parser = ElementTree.XMLPullParser(("start", "end"))
    for line in file:
        parser.feed(re.sub(r"&(\w+);", _spell_out, line.decode("iso-8859-1")))
        yield from parser.read_events()  # pyright: ignore[reportReturnType]  (of these two kinds of events only)
    parser.close()


def _spell_out(found: re.Match[str]) -> str:
    """Letters that DBLP writes as entities of a file of definitions apart (``&uuml;``)."""
    return found[0] if found[1] in XML_ENTITIES else html5.get(f"{found[1]};", found[0])


def _dblp_entry(page: ElementTree.Element) -> KBEntry | None:
    names = _texts(page, "author")
    if not names:
        return None  # a page that was merged into another
    links = [(url.text or "").strip() for url in page.iterfind("url")]
    orcid = next((link.rsplit("/", 1)[-1] for link in links if "orcid.org/" in link), "")
    places = [(note.text or "").strip() for note in page.iterfind("note") if note.get("type") == "affiliation"]
    return KBEntry(
        entity_id=f"orcid:{orcid}" if orcid else "dblp:" + page.get("key", "").removeprefix("homepages/"),
        label="Author",
        name=_plain(names[0]),
        aliases=_aliases(names[0], names[1:]),
        kb="dblp",
        affiliations=tuple(dict.fromkeys(filter(None, places))),
    )


def _plain(name: str) -> str:
    return NAMESAKE.sub("", name.strip())


def _aliases(name: str, others: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(other for other in map(_plain, map(str, others)) if other and other != _plain(name)))


def _is_id(place: str) -> bool:
    return bool(re.fullmatch(r"(?:ror|openalex|wikidata|pg):\S+", place))


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _texts(element: ElementTree.Element, path: str) -> list[str]:
    return [text for found in element.iterfind(path) if (text := (found.text or "").strip())]
