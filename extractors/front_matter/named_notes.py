"""Notes that put authors' names beside their affiliations: in brackets, as headings, before a colon."""

import re
from collections.abc import Sequence

from extractors.front_matter.author_list import Author
from extractors.front_matter.organisations import find_organisations
from extractors.front_matter.pairing import match_name
from extractors.front_matter.people import read_people
from extractors.front_matter.sheet import is_prose
from extractors.front_matter.statements import LEADS_IN, paragraphs, without_tail
from extractors.front_matter.strip import Row
from extractors.front_matter.units import Unit, join_rows

_BRACKETED = re.compile(r"(?P<where>[^()]+(?:\([A-Z]{2,}\)[^()]*)?)\((?P<who>(?:[^()]|\([^()]*\)){2,300})\)")
_TITLES = re.compile(r"\b(Drs?|Profs?|Mss?|Mrs?|Messrs)\b\.?")
_NAME_ENDS = re.compile(
    r"(?:^|[.;:]\s|\n)\s*(?:\W\s?)?(?P<who>[A-Z][\w.'’ -]{2,40}?)(?:\s*(?P<colon>:)\s|,\s)(?=\S)", re.MULTILINE
)
_ENDS_LIST = re.compile(
    r"\.\s+(?:We|I|The|This|These|Financial|All|Any|For|Support|An|Both|Corresponding)\b|\(?e-?mails?\b", re.IGNORECASE
)
_ADDRESSES = re.compile(
    r"\W*(?:authors?[’']?s?[’']?\s+(?:current |present |full )?(?:addresse?s?|affiliations?|contacts?))\b", re.I
)


def find_named_list(
    text: str, rows: Sequence[Row], raised: frozenset[int], authors: Sequence[Author]
) -> list[tuple[Author, Unit]]:
    """Pairs from a paragraph that takes the authors in turn: ``Smith: University A; Jones: University B``."""
    for group in paragraphs(rows):
        strip = join_rows(text, group, raised)
        full = bool(_ADDRESSES.match(strip.text))
        heads = [
            (found, who)
            for found in _NAME_ENDS.finditer(strip.text)
            if found.group("colon") or (full and " " in found.group("who"))
            for who in match_name(found.group("who"), authors)
        ]
        pairs: list[tuple[Author, Unit]] = []
        for number, (found, who) in enumerate(heads):
            end = heads[number + 1][0].start() if number + 1 < len(heads) else len(strip.text)
            closed = _ENDS_LIST.search(strip.text, found.end(), end)
            unit = Unit((), strip.piece(found.end(), closed.start() if closed else end), tuple(group))
            if find_organisations(unit.strip):
                pairs.append((who, unit))
        if pairs and 2 * len({who for who, _ in pairs}) > len(authors):
            return pairs
    return []


def find_bracketed(
    text: str, rows: Sequence[Row], raised: frozenset[int], authors: Sequence[Author]
) -> list[tuple[Author, Unit]]:
    """Pairs from medical journals' notes: ``Department, Hospital (Drs Smith and Jones)``, ``Hospital (A.S., B.J.)``."""
    pairs: list[tuple[Author, Unit]] = []
    for group in paragraphs(rows):
        headed = bool(LEADS_IN.match(group[0].text))
        if not authors or not (headed or any("(" in row.text for row in group)):
            continue
        strip = join_rows(text, group, raised)
        if not headed and not _names_in_brackets(strip.text, authors):
            continue
        for found in _BRACKETED.finditer(strip.text):
            named = _TITLES.sub("", found.group("who"))
            who = [author for part in re.split(r",|\band\b|;|&", named) for author in match_name(part, authors)]
            lead = LEADS_IN.match(strip.text)
            start = max(found.start("where"), lead.end() if lead else 0)
            unit = Unit((), strip.piece(start, found.end("where")), tuple(group))
            if who and find_organisations(unit.strip):
                pairs.extend((author, unit) for author in dict.fromkeys(who))
        whole = Unit((), without_tail(strip), tuple(group))
        if not pairs and find_organisations(whole.strip):
            pairs = [(author, whole) for author in authors]
    return pairs


def _names_in_brackets(text: str, authors: Sequence[Author]) -> bool:
    """Whether all brackets of a note hold names of authors, surnames among them."""
    found = [match.group("who") for match in _BRACKETED.finditer(text[:1500])]
    return bool(found) and all(
        any(len(word) > 3 for word in part.split()) and match_name(_TITLES.sub("", part), authors)
        for who in found
        for part in re.split(r",|;|\band\b", who)
        if part.strip()
    )


def find_named_notes(
    text: str, rows: Sequence[Row], raised: frozenset[int], authors: Sequence[Author]
) -> list[tuple[Author, Unit]]:
    """Pairs from notes that are headed by names: ``A. Smith · B. Jones`` and their address in the rows below."""
    pairs: list[tuple[Author, Unit]] = []
    position = 0
    while position < len(rows):
        who = _authors_of_row(text, rows[position], raised, authors)
        head, position = rows[position], position + 1
        if not who:
            continue
        group: list[Row] = []
        while position < len(rows) and len(group) < 6:
            row = rows[position]
            last = group[-1] if group else head
            near = row.page == last.page and -0.6 * last.height < row.y0 - last.y1 < 0.9 * last.height
            if (
                not near
                or _authors_of_row(text, row, raised, authors)
                or re.match(r"\W*e-?mail", row.text, re.IGNORECASE)
            ):
                break
            group.append(row)
            position += 1
        if group and find_organisations(join_rows(text, group, raised)):
            unit = Unit((), join_rows(text, group, raised), tuple(group))
            pairs.extend((author, unit) for author in who)
    return pairs


def _authors_of_row(text: str, row: Row, raised: frozenset[int], authors: Sequence[Author]) -> list[Author]:
    """The authors that a row names, if it names authors and nothing else."""
    if len(row.text) > 120 or is_prose(row.text):
        return []
    strip = join_rows(text, [row], raised)
    people = read_people(strip)
    found: list[Author] = []
    for person in people:
        matched = match_name(strip.text[person.start : person.end], authors)
        if not matched:
            return []
        found.extend(matched)
    letters = sum(char.isalpha() for char in _TITLES.sub("", row.text))
    named = sum(sum(char.isalpha() for char in strip.text[person.start : person.end]) for person in people)
    return found if letters and named > 0.6 * letters else []
