"""Running heads that stand on one page only, as in short papers: they repeat the title or the authors."""

import re
from typing import Final

from extractors.pdf.fragments import Fragment, Page
from extractors.pdf.kinds import is_named_heading

_FRONT: Final = 0.45  # of the first page's height: title and authors
_EDGE: Final = 0.13  # of a page's height
_LONGEST: Final = 120  # characters of a running head
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_SMALL_WORDS: Final = frozenset(("and", "the", "for", "with"))
_NOTICE: Final = re.compile(
    r"(?:.{0,60}:\s*)?(?:preprint )?submitted to |preprint\b|draft version|.{0,40} preprint$", re.IGNORECASE
)


def find_title_heads(pages: list[Page]) -> list[list[Fragment]]:
    """Rows at the top of later pages whose words are all in the first page's title and authors, and notices in feet.

    Returns:
        For each page the fragments that are no part of its text.
    """
    front = {word for f in pages[0].fragments if f.baseline < _FRONT * pages[0].frame_height for word in _words(f.text)}
    return [[*(_head(page, front) if page.number else []), *_foot(page)] for page in pages]


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)} - _SMALL_WORDS


def _head(page: Page, front: set[str]) -> list[Fragment]:
    row, following = _outer_row(page, from_top=True)
    if not row or row[0].baseline > _EDGE * page.frame_height:
        return []
    text = " ".join(f.text for f in row)
    words = _words(text)
    if len(words) < 2 or len(text) > _LONGEST or not words <= front:
        return []
    return row if _is_apart(row, following) and not _is_heading(text.strip(), row, following) else []


def _is_heading(text: str, row: list[Fragment], following: list[Fragment]) -> bool:
    """True for the heading of a section whose text begins a page, in larger or bolder type than the text has."""
    larger = row[0].size > 1.05 * following[0].size
    bolder = _is_bold(row) and not _is_bold(following) and row[0].size > 0.95 * following[0].size
    return larger or bolder or is_named_heading(text)


def _is_bold(row: list[Fragment]) -> bool:
    return all(run.bold for fragment in row for run in fragment.runs)


def _foot(page: Page) -> list[Fragment]:
    row, above = _outer_row(page, from_top=False)
    if not row or row[0].baseline < (1 - _EDGE) * page.frame_height:
        return []
    text = " ".join(f.text for f in row).strip()
    return row if len(text) < _LONGEST and _NOTICE.match(text) and _is_apart(row, above) else []


def _outer_row(page: Page, *, from_top: bool) -> tuple[list[Fragment], list[Fragment]]:
    """The first or last row of a page, and the one next to it."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(page.fragments, key=lambda f: f.baseline, reverse=not from_top):
        if rows and abs(rows[-1][0].baseline - fragment.baseline) < 0.5 * fragment.size:
            rows[-1].append(fragment)
        elif len(rows) == 2:
            break
        else:
            rows.append([fragment])
    return (rows[0], rows[1]) if len(rows) > 1 else ([], [])


def _is_apart(row: list[Fragment], text: list[Fragment]) -> bool:
    """Set off from the text: by a gap, or in other type."""
    first, other = row[0], text[0]
    gap = abs(first.baseline - other.baseline)
    same_type = abs(first.size - other.size) < 0.05 * other.size and first.runs[0].font == other.runs[0].font
    return gap > 1.8 * other.size or (not same_type and gap > 1.2 * other.size)
