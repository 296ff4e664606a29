"""Addresses at the end of the paper, each closed by e-mail addresses (American Mathematical Society style)."""

import re
from collections.abc import Sequence

from extractors.front_matter.author_list import Author
from extractors.front_matter.contacts import find_emails
from extractors.front_matter.organisations import find_organisations
from extractors.front_matter.pairing import match_name
from extractors.front_matter.strip import Row
from extractors.front_matter.units import Unit, join_rows

_MAIL = re.compile(r"\W*(e-?mail( address(es)?)?|url|adresse e-mail|current e-?mail)\b[^:]{0,20}:", re.IGNORECASE)
_WHO = re.compile(r"\s*\((?P<who>[^()]{3,120})\)\s*")
_TAIL = 60  # rows
_MOST = 5  # rows of an address


def pair_with_end_addresses(
    text: str, rows: Sequence[Row], front_page: int, raised: frozenset[int], authors: Sequence[Author]
) -> list[tuple[Author, Unit]]:
    """Pairs by the names in brackets before an address, by what e-mail addresses spell, else by order."""
    pairs: list[tuple[Author, Unit]] = []
    unnamed: list[Unit] = []
    for address, mails in _addresses([row for row in rows if row.page > front_page][-_TAIL:]):
        strip = join_rows(text, address, raised)
        named = _WHO.match(strip.text)
        who = (
            [a for part in re.split(r",|\band\b", named.group("who")) for a in match_name(part, authors)]
            if named
            else []
        )
        start = named.end() if named else 0
        headed = next((author for author in authors if strip.text.startswith(author.name)), None)
        if headed and not named:
            who, start = [headed], len(headed.name)
        unit = Unit((), strip.piece(start, len(strip.text)), tuple(address))
        if not find_organisations(unit.strip):
            continue
        who = who or list(find_emails(mails, authors))
        pairs.extend((author, unit) for author in dict.fromkeys(who))
        if not who:
            unnamed.append(unit)
    rest = [author for author in authors if author not in {author for author, _ in pairs}]
    if len(unnamed) == 1:
        pairs.extend((author, unnamed[0]) for author in rest)
    elif len(unnamed) == len(rest):
        pairs.extend(zip(rest, unnamed, strict=True))
    return pairs


def _addresses(rows: Sequence[Row]) -> list[tuple[list[Row], list[Row]]]:
    """Paragraphs from the first one with an e-mail address on, each with its lines of e-mail addresses."""
    first = next((number for number, row in enumerate(rows) if _MAIL.match(row.text)), None)
    if first is None:
        return []
    start = first
    while start > 0 and first - start < _MOST and _follows(rows[start - 1], rows[start]):
        start -= 1
    found: list[tuple[list[Row], list[Row]]] = []
    for number in range(start, len(rows)):
        row, before = rows[number], rows[number - 1] if number > start else None
        if _MAIL.match(row.text):
            if found:
                found[-1][1].append(row)
        elif before is None or not _follows(before, row) or (_MAIL.match(before.text) and found and found[-1][1]):
            found.append(([row], []))
        else:
            found[-1][0].append(row)
    return [(address, mails) for address, mails in found if len(address) <= _MOST]


def _follows(row: Row, following: Row) -> bool:
    near = row.page == following.page and -0.5 * row.height < following.y0 - row.y1 < 0.7 * row.height
    return near and abs(row.size - following.size) < 0.3 * row.size  # small capitals too
