"""Tables put together around their captions, and the text inside figures told from the paper's own."""

import re
from typing import Final

from extractors.pdf.blocks import Looks
from extractors.pdf.formulas import has_number
from extractors.pdf.lines import PrintedLine

_TABLE_CAPTION: Final = re.compile(r"(?:extended data |supplementary )?tab(?:le|leau|\.)", re.IGNORECASE)
_FIGURE_CAPTION: Final = re.compile(r"(?:extended data |supplementary )?(?:fig|scheme|chart|plate)", re.IGNORECASE)
_LONGEST_LABEL: Final = 40  # characters of a formula in a figure or a table
_NUMBERED: Final = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,4}\.|[A-H]\.)\s+[A-Z]")
_DOTTED: Final = re.compile(r"(?:\d{1,2}|[IVX]{1,4}|[A-H])\.(?:\d{1,2}\.?)*\s+[A-Z]")
_INSIDE_FLOATS: Final = frozenset(("other", "table", "paragraph", "heading", "footnote", "formula"))
_CLOSE: Final = 6.0  # of the body's font size, between a caption and its float


def mark_floats(
    groups: list[list[PrintedLine]], kinds: list[str], looks: Looks
) -> tuple[list[list[PrintedLine]], list[str]]:
    """Groups and kinds with the rows around each table caption as one table, and those around a figure as ``other``."""
    kinds = list(kinds)
    merged_into: dict[int, int] = {}
    for i, kind in enumerate(kinds):
        if kind != "caption":
            continue
        text = groups[i][0].text
        if _TABLE_CAPTION.match(text):
            rows = _table_groups(groups, kinds, i, looks)
            if rows:
                for row in rows:
                    kinds[row] = "table"
                    merged_into[row] = min(rows)
        elif _FIGURE_CAPTION.match(text):
            for row in _float_groups(groups, kinds, i, -1, looks):
                kinds[row] = "other"
    return _merge(groups, kinds, merged_into)


def _table_groups(groups: list[list[PrintedLine]], kinds: list[str], caption: int, looks: Looks) -> list[int]:
    """The groups with the rows of a table: those below or above its caption, whichever start closer to it."""
    sides = [_float_groups(groups, kinds, caption, direction, looks) for direction in (1, -1)]
    sides = [side for side in sides if side and _has_cells([line for i in side for line in groups[i]])]
    return min(sides, key=lambda side: _distance(groups[caption], groups[side[0]]), default=[])


def _float_groups(
    groups: list[list[PrintedLine]], kinds: list[str], caption: int, direction: int, looks: Looks
) -> list[int]:
    """Groups next to a caption, in the given direction, up to the first that is running text."""
    found: list[int] = []
    i = caption + direction
    while 0 <= i < len(groups) and groups[i][0].page == groups[caption][0].page:
        if kinds[i] not in _INSIDE_FLOATS or _is_prose(groups[i], kinds[i], looks):
            break
        if min(_distance(groups[near], groups[i]) for near in (caption, *found)) > _CLOSE * looks.size:
            break
        found.append(i)
        i += direction
    return found


def _distance(first: list[PrintedLine], second: list[PrintedLine]) -> float:
    """Points between two groups, up or down; 0 where they overlap."""
    top, bottom = min(line.y0 for line in first), max(line.y1 for line in first)
    other_top, other_bottom = min(line.y0 for line in second), max(line.y1 for line in second)
    return max(0.0, other_top - bottom, top - other_bottom)


def _is_prose(group: list[PrintedLine], kind: str, looks: Looks) -> bool:
    """Running text: whole lines of words in the body's size, or a numbered heading."""
    if kind == "heading":
        least = 0.7 if _DOTTED.match(group[0].text) else 0.95
        numbered = _NUMBERED.match(group[0].text) is not None and group[0].size > least * looks.size
        return numbered or bool(group[0].reference_list)
    if kind == "formula":
        return has_number(group[-1].text) or len(group[0].text) > _LONGEST_LABEL
    if kind == "table" or any(line.n_cells > 1 for line in group[:3]):
        return False
    if group[0].size < 0.93 * looks.size and len(group) < 3:
        return False
    column = group[0].column_x1 - group[0].column_x0
    full = sum(line.x1 - line.x0 > 0.75 * column for line in group)
    letters = sum(line.n_letters for line in group)
    return full >= 0.5 * len(group) and letters > 30 * len(group) * 0.7


def _has_cells(lines: list[PrintedLine]) -> bool:
    return sum(line.n_cells > 1 for line in lines) >= 2


def _merge(
    groups: list[list[PrintedLine]], kinds: list[str], merged_into: dict[int, int]
) -> tuple[list[list[PrintedLine]], list[str]]:
    new_groups: list[list[PrintedLine]] = []
    new_kinds: list[str] = []
    place: dict[int, int] = {}
    for i, (group, kind) in enumerate(zip(groups, kinds, strict=True)):
        first = merged_into.get(i, i)
        if first != i and first in place:
            new_groups[place[first]] = [*new_groups[place[first]], *group]
            continue
        place[i] = len(new_groups)
        new_groups.append(group)
        new_kinds.append(kind)
    return new_groups, new_kinds
