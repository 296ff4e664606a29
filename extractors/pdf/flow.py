"""Paragraphs that go on behind a float or a footnote: what stands between their halves comes after them."""

from typing import Final

from extractors.pdf.assemble import goes_on
from extractors.pdf.lines import PrintedLine

_BETWEEN: Final = frozenset(("footnote", "caption", "table", "other", "formula"))
_MOST_BETWEEN: Final = 80  # groups; a figure may have many labels


def close_gaps(groups: list[list[PrintedLine]], kinds: list[str]) -> tuple[list[list[PrintedLine]], list[str]]:
    """Groups and kinds with the second half of a paragraph right after the first."""
    order: list[int] = []
    moved: set[int] = set()
    for i in range(len(groups)):
        if i in moved:
            continue
        order.append(i)
        last = i
        while (following := _second_half(groups, kinds, last, moved)) is not None:
            order.append(following)
            moved.add(following)
            last = following
    return [groups[i] for i in order], [kinds[i] for i in order]


def _second_half(groups: list[list[PrintedLine]], kinds: list[str], i: int, moved: set[int]) -> int | None:
    """The group in which a paragraph goes on, if something else stands between."""
    if kinds[i] != "paragraph":
        return None
    for j in range(i + 1, min(i + 2 + _MOST_BETWEEN, len(groups))):
        if j in moved:
            continue
        if kinds[j] == "paragraph":
            near = groups[j][0].page - groups[i][-1].page <= 1
            return j if j > i + 1 and near and goes_on(groups[i][-1], groups[j][0]) else None
        if kinds[j] not in _BETWEEN or (kinds[j] == "formula" and _same_column(groups[i], groups[j])):
            return None
    return None


def _same_column(group: list[PrintedLine], other: list[PrintedLine]) -> bool:
    return (group[-1].page, group[-1].segment) == (other[0].page, other[0].segment)
