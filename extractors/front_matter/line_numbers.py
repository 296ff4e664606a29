"""Numbers that count the lines of a manuscript, in its margin."""

import re
from collections.abc import Sequence

from extractors.front_matter.strip import Row

_NUMBER = re.compile(r"\d{1,3}(?=\s|$)")
_LEAST = 12  # numbered lines on a page
_SHARE = 0.7  # of the page's lines are numbered


def without_line_numbers(rows: Sequence[Row]) -> list[Row]:
    """Rows without the numbers of lines that open them, or that stand as rows of their own; pages without stay."""
    kept: list[Row] = []
    for page in dict.fromkeys(row.page for row in rows):
        own = [row for row in rows if row.page == page]
        numbered = _numbered(own)
        for row in own:
            end = numbered.get(row.start, 0)
            if row.text[end:].strip():
                kept.append(row.part(end, len(row.text)) if end else row)
    return kept


def _numbered(own: Sequence[Row]) -> dict[int, int]:
    """How many characters of the rows with a number are the number and the space behind it, by the row's start."""
    lines = len({round(row.y1 / row.height) for row in own})
    found: dict[int, int] = {}
    last: int | None = None
    for row in sorted(own, key=lambda row: (round(row.y0), row.x0)):
        number = _NUMBER.match(row.text)
        if number and (last is None or int(number.group()) == last + 1):
            last = int(number.group())
            rest = row.text[number.end() :]
            found[row.start] = len(row.text) - len(rest.lstrip())
    return found if len(found) >= max(_LEAST, _SHARE * lines) else {}
