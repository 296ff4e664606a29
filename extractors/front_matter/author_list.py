"""The people of the author rows, in printed order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.front_matter.header import DOUBLE_SPACE, TypedRow
from extractors.front_matter.lexicon import fold
from extractors.front_matter.people import FAIR_NAME, Hints, Person, read_people
from extractors.front_matter.strip import Row, Strip, make_strip

_LIST_SIGN = re.compile(r",|;|·|•|\band\b|&| et ", re.IGNORECASE)
_INITIALS = 2  # letters of a word that may be initials


@dataclass(frozen=True, slots=True)
class Author:
    """A person of the author list, in offsets of the paper, with a guess of where the name is printed."""

    start_char: int
    end_char: int
    name: str
    marks: tuple[str, ...]
    score: float
    row: Row


def read_authors(text: str, typed: Sequence[TypedRow], raised: frozenset[int], hints: Hints) -> list[Author]:
    """People of the author rows, in printed order. A list that goes on in the next row is read as one."""
    authors: list[Author] = []
    rows = [item.row for item in typed if item.kind == "author"]
    position = 0
    while position < len(rows):
        group = [rows[position]]
        while position + 1 < len(rows) and _goes_on(group[-1], rows[position + 1]):
            position += 1
            group.append(rows[position])
        position += 1
        strip = make_strip(text, [(row.start, row.end, "\n") for row in group], raised)
        people = read_people(strip, hints)
        authors.extend(_authors_of(strip, people, group))
    return _without_citation(authors)


def _without_citation(authors: list[Author]) -> list[Author]:
    """Authors without those of lines that name them again in short: ``Smith, J.; Jones, C. Boxes. J. Things 1, 2``."""
    full = [author for author in authors if not _is_short(author.name)]
    lines: dict[float, list[bool]] = {}
    for author in authors:
        again = any(_is_short_for(author.name, other.name) for other in full if other.row.y0 != author.row.y0)
        lines.setdefault(author.row.y0, []).append(_is_short(author.name) and again)
    return [author for author in authors if 2 * sum(lines[author.row.y0]) < len(lines[author.row.y0])]


def _is_short(name: str) -> bool:
    """Surname first, or nothing but initials beside it."""
    words = re.findall(r"[^\W\d_][\w'’-]*", name)
    return "," in name or sum(len(word) > _INITIALS for word in words) == 1


def _is_short_for(short: str, name: str) -> bool:
    words, own = ([fold(word) for word in re.findall(r"[^\W\d_][\w'’-]*", text)] for text in (short, name))
    long = [word for word in words if len(word) > 1]
    initials = {word[0] for word in own}
    return bool(long) and long[0] in own and all(word[0] in initials for word in words)


def _goes_on(row: Row, following: Row) -> bool:
    """Whether the next row continues this row's list of names."""
    gap = following.y0 - row.y1
    if abs(following.y0 - row.y0) < 0.4 * row.height or gap > DOUBLE_SPACE * row.height or following.start < row.end:
        return False
    same_looks = abs(following.size - row.size) < 0.5 and following.bold == row.bold
    return same_looks and bool(_LIST_SIGN.search(row.text)) and following.start - row.end < 4


def _authors_of(strip: Strip, people: Sequence[Person], rows: Sequence[Row]) -> list[Author]:
    result: list[Author] = []
    for person in people:
        span = strip.span(person.start, person.end)
        if span is None or person.likeness < FAIR_NAME - 1.5 or (len(people) == 1 and person.likeness < -2.5):
            continue
        row = next((row for row in rows if row.start <= span[0] < row.end), rows[0])
        score = min(0.99, max(0.3, 0.75 + 0.08 * person.likeness))
        cell = row.part(
            max(0, span[0] - row.start), min(len(row.text), max(span[0] - row.start + 1, span[1] - row.start))
        )
        result.append(Author(*span, strip.text[person.start : person.end], person.marks, score, cell))
    return result
