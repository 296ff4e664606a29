"""Who belongs to which affiliation: by marks, by blocks, or one for all."""

import re
from collections.abc import Sequence

from extractors.front_matter.author_list import Author
from extractors.front_matter.name_tokens import DEGREE
from extractors.front_matter.units import Unit


def resolve_marks(marks: Sequence[str], defined: frozenset[str]) -> tuple[str, ...]:
    """An author's marks that stand for affiliations; ``12`` is 1 and 2 where no affiliation 12 is printed."""
    found: list[str] = []
    long = any(mark.isdigit() and len(mark) > 1 for mark in defined)  # numbers of two digits are in use
    for mark in marks:
        if mark in defined:
            found.append(mark)
        elif long and mark.isdigit():
            continue
        elif len(mark) > 1 and all(part in defined for part in mark):
            found.extend(mark)
        elif len(mark) > 1:
            found.extend(part for part in mark if part in defined and not part.isdigit())
    return tuple(dict.fromkeys(found))


def pair_by_marks(authors: Sequence[Author], units: Sequence[Unit]) -> list[tuple[Author, Unit]]:
    """Pairs by equal marks. Authors without a mark belong to the affiliations without a mark, or to the only one."""
    defined = frozenset(mark for unit in units for mark in unit.marks)
    unmarked = [unit for unit in units if not unit.marks]
    pairs: list[tuple[Author, Unit]] = []
    for author in authors:
        own = resolve_marks(author.marks, defined)
        chosen = [unit for unit in units if set(unit.marks) & set(own)]
        in_lines = any(_stands_behind(author, unit) for unit in unmarked)
        if in_lines:
            chosen = [*(unit for _, unit in pair_by_place([author], unmarked)), *chosen]
        elif not chosen:
            chosen = unmarked
        elif unmarked and unmarked[-1] is units[-1] and len(unmarked) == 1 and _marks_follow(units):
            chosen = [*chosen, *unmarked]
        pairs.extend((author, unit) for unit in chosen)
    return pairs


def _marks_follow(units: Sequence[Unit]) -> bool:
    """Whether an unmarked last line is the parent of marked parts (``Department A† and Institute B‡, University``)."""
    rows = {row.start for unit in units if unit.marks for row in unit.rows}
    return bool(rows & {row.start for row in units[-1].rows})


def pair_by_place(authors: Sequence[Author], units: Sequence[Unit]) -> list[tuple[Author, Unit]]:
    """Pairs by layout: an author belongs to the nearest affiliation below in the same column, else in any.

    Affiliations side by side under one row of authors are a grid; a single group of affiliations under all authors
    belongs to all.
    """
    if not units:
        return []
    pairs: list[tuple[Author, Unit]] = []
    for author in authors:
        behind = [unit for unit in units if _stands_behind(author, unit)]
        if behind:
            pairs.append((author, min(behind, key=lambda unit: unit.start)))
            continue
        below = [
            unit
            for unit in units
            if _top(unit) > author.row.y0 - 0.4 * author.row.height and unit.rows[0].page == author.row.page
        ]
        beside = [unit for unit in below if _overlap(author, unit) > 0]
        chosen = min(
            beside or below,
            key=lambda unit: (round(_top(unit)), abs(unit.rows[0].center - author.row.center)),
            default=None,
        )
        if chosen is None:
            above = [unit for unit in units if unit.rows[0].page == author.row.page]
            chosen = max(above, key=_top, default=units[-1])
        pairs.append((author, chosen))
    return pairs


def _stands_behind(author: Author, unit: Unit) -> bool:
    """Whether the affiliation begins in the author's own line, right of the name."""
    row = unit.rows[0]
    same_line = abs(row.y0 - author.row.y0) < 0.3 * row.height and row.page == author.row.page
    return same_line and row.start >= author.end_char and row.x0 >= author.row.x1 - 0.5 * row.size


def _top(unit: Unit) -> float:
    return min(row.y0 for row in unit.rows)


def _overlap(author: Author, unit: Unit) -> float:
    left, right = min(row.x0 for row in unit.rows), max(row.x1 for row in unit.rows)
    return min(author.row.x1, right) - max(author.row.x0, left)


def match_name(written: str, authors: Sequence[Author]) -> list[Author]:
    """Authors that a short form means: ``J. Smith``, ``Smith``, ``J.S.``."""
    parts = written.split()
    written = " ".join(part for number, part in enumerate(parts) if not number or not DEGREE.match(part.strip(",")))
    words = re.findall(r"[^\W\d_]+", written.casefold())
    if not words:
        return []
    exact = [author for author in authors if _surname(author) == words[-1] and _initial(author, words)]
    if exact:
        return exact
    letters = "".join(word[0] for word in words)
    by_initials = [author for author in authors if letters in (_initials(author.name), _capitals(author.name))]
    return by_initials if all(len(word) == 1 for word in words) else []


def _surname(author: Author) -> str:
    words = _words(author.name)
    return words[-1] if words else ""


def _words(name: str) -> list[str]:
    """Words of a name without ``Jr.`` and ``III`` at its end."""
    words = re.findall(r"[^\W\d_]+", name.casefold())
    while len(words) > 1 and words[-1] in ("jr", "sr", "ii", "iii", "iv"):
        words.pop()
    return words


def _initial(author: Author, words: Sequence[str]) -> bool:
    """Whether a short form is the end of the name (``van Dornwick``) or begins with its first letter."""
    own = _words(author.name)
    return own[-len(words) :] == list(words) or own[0][0] == words[0][0]


def _capitals(name: str) -> str:
    """Initials without particles: ``Ilse van Dornwick`` is I.D."""
    return "".join(word[0] for word in re.findall(r"[^\W\d_]+", name) if word[0].isupper()).casefold()


def _initials(name: str) -> str:
    return "".join(word[0] for word in re.findall(r"[^\W\d_]+", name.casefold()))
