"""What does not belong to the text of a page: running heads and feet, page numbers, line numbers, stamps."""

import itertools
import re
from collections import Counter, defaultdict
from typing import Final

from extractors.pdf.blocks import CAPTION
from extractors.pdf.columns import find_hanging_numbers
from extractors.pdf.fragments import Fragment, Page
from extractors.pdf.title_heads import find_title_heads

_EDGE: Final = 0.25  # running heads stand in the outer part of a page's height
_MAX_HEAD_ROWS: Final = 4  # at either edge of a page
_MOST_NEEDED: Final = 4  # pages that a running head stands on: those of a chapter, in a long document
_MAX_HEAD_PARTS: Final = 4  # a row with more is the head of a table
_SIDE: Final = 0.08  # stamps stand in the outer part of its width
_LINE_NUMBER: Final = re.compile(r" *\d{1,4} *")
_LIST_GAP, _LIST_ROWS = 60, 1.5  # points from a number to its text; rows of text for each number of a list
_DIGITS: Final = re.compile(r"\d+")
_OUTER_DIGITS: Final = re.compile(r"^\d{1,4}(?=[\s|])|(?<=[\s|])\d{1,4}$")
_MANY_DIGITS: Final = 8
_PAGE_NUMBER: Final = re.compile(
    r"(?:page\s*|[-–—·]\s*)?(?:#|[ivxlc]{1,6})(?:\s*(?:of|/)\s*#)?(?:\s*[-–—·])?", re.IGNORECASE
)


def remove_margins(pages: list[Page]) -> None:
    """Take running heads, page numbers, line numbers and stamps out of the pages; their text goes to ``stamps``."""
    for page in pages:
        _remove_stamps(page)
        _remove_line_numbers(page)
    _remove_running_heads(pages)
    for page, heads in zip(pages, find_title_heads(pages), strict=True):
        _move(page, {id(f) for f in heads})


def _move(page: Page, drop: set[int]) -> None:
    page.stamps.extend(f.text.strip() for f in page.fragments if id(f) in drop)
    page.fragments = [f for f in page.fragments if id(f) not in drop]


def _remove_stamps(page: Page) -> None:
    """Text on its side in the outer margins of an upright page: arXiv stamps, download notices."""
    if page.turn:
        return
    for turn, fragments in page.others.items():
        if turn == 2:
            continue
        kept: list[Fragment] = []
        for fragment in fragments:
            from_left = (fragment.y0 + fragment.y1) / 2 if turn == 1 else page.width - (fragment.y0 + fragment.y1) / 2
            if from_left < _SIDE * page.width or from_left > (1 - _SIDE) * page.width:
                page.stamps.append(fragment.text.strip())
            else:
                kept.append(fragment)
        page.others[turn] = kept


def _remove_line_numbers(page: Page) -> None:
    """Numbers beside the lines, as manuscripts for review have them."""
    numbers = [f for f in page.fragments if len(f.runs) == 1 and _LINE_NUMBER.fullmatch(f.runs[0].text)]
    if len(numbers) < 8:
        return
    stacks: dict[int, list[Fragment]] = defaultdict(list)
    for number in numbers:
        stacks[round(number.x1 / 6)].append(number)
    others = [f for f in page.fragments if f.width > 0.2 * page.frame_width]
    if not others:
        return
    drop: set[int] = set()
    for key, stack in stacks.items():
        stack = sorted(stack + stacks.get(key + 1, []), key=lambda f: f.baseline)
        values = [int(f.text) for f in stack]
        steps = Counter(second - first for first, second in itertools.pairwise(values))
        if len(stack) < 8 or not steps:
            continue
        step, n_step = steps.most_common(1)[0]
        x0, x1 = min(f.x0 for f in stack), max(f.x1 for f in stack)
        aside = sum(f.x0 < x1 and f.x1 > x0 for f in others) <= 0.02 * len(others)
        if step == 1 and _rows_beside(stack, x1, others) > _LIST_ROWS * len(stack):
            continue  # the numbers of a list's entries
        if step in (1, 5) and n_step >= 0.7 * (len(stack) - 1) and aside:
            drop.update(id(f) for f in stack)
    _move(page, drop)


def _rows_beside(stack: list[Fragment], x1: float, others: list[Fragment]) -> int:
    """Rows of text that begin to the right of a stack of numbers, from the first number to the last."""
    top, bottom = stack[0].baseline - 2, stack[-1].baseline + 2
    return len({round(f.baseline / 3) for f in others if x1 < f.x0 < x1 + _LIST_GAP and top < f.baseline < bottom})


def _remove_running_heads(pages: list[Page]) -> None:
    """Take page numbers and lines that come back at the same place on other pages, from the page's edge inwards."""
    seen: dict[tuple[str, int, int], set[int]] = defaultdict(set)
    steps: Counter[int] = Counter()  # page number printed, less the number of the page: nearly the same all through
    numbers = [{id(number) for number, _ in find_hanging_numbers(page.fragments)} for page in pages]  # of references
    for page in pages:
        for fragment in _edge_fragments(page):
            for key in _keys(fragment):
                seen[key].add(page.number)
            if fragment.text.strip().isdecimal() and id(fragment) not in numbers[page.number]:
                steps[int(fragment.text) - page.number] += 1
    needed = max(2 if len(pages) < 7 else 3, min(len(pages) // 4, _MOST_NEEDED))
    for page in pages:
        drop: set[int] = set()
        for from_top in (True, False):
            for row in _rows_from_edge(page, from_top=from_top)[:_MAX_HEAD_ROWS]:
                heads = [f for f in row if id(f) not in numbers[page.number] and _is_head(f, page, seen, steps, needed)]
                if not heads and len(row) == 1 and not from_top:
                    continue  # a notice below the page number, on the first page
                if not heads or not _take_heads(row, heads, drop):
                    break
        _move(page, drop)
    _remove_from_sides(pages, needed)


def _take_heads(row: list[Fragment], heads: list[Fragment], drop: set[int]) -> bool:
    """Drop what of a row is a running head; False if it is a row of the text after all, or holds some of it."""
    if len(row) > _MAX_HEAD_PARTS or len({f.text for f in row}) < len(row):
        return False
    drop.update(id(f) for f in heads)
    others = [f for f in row if f not in heads]
    if any(c.isalnum() for f in others for c in f.text):
        return False
    drop.update(id(f) for f in others)  # a dot between head and page number
    return True


def _remove_from_sides(pages: list[Page], needed: int) -> None:
    """Running heads of pages whose text stands on its side, and sideways text that comes back page after page."""
    heads = {_normal(text) for page in pages for text in page.stamps}
    counts = Counter(
        key for page in pages for key in {_side_key(turn, f) for turn, side in page.others.items() for f in side}
    )
    for page in pages:
        for turn, side in page.others.items():
            drop = {
                id(f)
                for f in side
                if _normal(f.text) in heads
                or (counts[_side_key(turn, f)] >= max(3, needed) and sum(map(str.isalpha, f.text)) > 2)
            }
            page.stamps.extend(f.text.strip() for f in side if id(f) in drop)
            page.others[turn] = [f for f in side if id(f) not in drop]


def _side_key(turn: int, fragment: Fragment) -> tuple[int, str, int, int]:
    return turn, fragment.text, round(fragment.x0 / 4), round(fragment.baseline / 4)


def _is_head(
    fragment: Fragment, page: Page, seen: dict[tuple[str, int, int], set[int]], steps: Counter[int], needed: int
) -> bool:
    text = fragment.text.strip()
    if text.isdecimal():
        return len(text) < 6 and (steps[int(text) - page.number] > 1 or len(steps) == 1)
    normal = _normal(text)
    if _PAGE_NUMBER.fullmatch(normal):
        return True
    if sum(map(str.isalpha, text)) < 3 or CAPTION.match(text):
        return False
    return any(len(seen[key]) >= needed for key in _keys(fragment))


def _keys(fragment: Fragment) -> list[tuple[str, int, int]]:
    """Text without numbers, with its height in two roundings, so that a border between two bins does not part them."""
    text = _normal(fragment.text)
    return [(text, 0, round(fragment.baseline / 4)), (text, 1, round((fragment.baseline + 2) / 4))]


def _normal(text: str) -> str:
    """Lower case without numbers, as they count pages; in text that is mostly numbers only at its ends."""
    text = text.strip().lower()
    n_digits = sum(map(str.isdecimal, text))
    mostly_digits = n_digits >= _MANY_DIGITS and n_digits > sum(map(str.isalpha, text))
    return (_OUTER_DIGITS if mostly_digits else _DIGITS).sub("#", text)


def _edge_fragments(page: Page) -> list[Fragment]:
    top, bottom = _EDGE * page.frame_height, (1 - _EDGE) * page.frame_height
    return [f for f in page.fragments if f.baseline < top or f.baseline > bottom]


def _rows_from_edge(page: Page, *, from_top: bool) -> list[list[Fragment]]:
    """Rows of the upper (or lower) edge of a page, the outermost first."""
    edge = _EDGE * page.frame_height
    fragments = [
        f for f in page.fragments if (f.baseline < edge if from_top else f.baseline > page.frame_height - edge)
    ]
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda f: f.baseline, reverse=not from_top):
        if rows and abs(rows[-1][0].baseline - fragment.baseline) < 0.5 * fragment.size:
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return rows
