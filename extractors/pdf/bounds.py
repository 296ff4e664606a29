"""Broken files print letters of no size, or miles away from the page: what cannot be seen is not read."""

from typing import Final

from extractors.pdf.fragments import Fragment, Page

_FARTHEST: Final = 50_000.0  # points, 18 m; a page may have 14,400
_LEAST_SIZE: Final = 0.3  # points, as is the next
_LARGEST_SIZE: Final = 10_000.0


def within_bounds(page: Page) -> Page:
    """The page without fragments that nobody could see, so that the steps after this one may count on sane numbers.

    Raises:
        ValueError: The page itself has no size.
    """
    if not (0 < page.width <= _FARTHEST and 0 < page.height <= _FARTHEST):
        raise ValueError(f"a page of {page.width:g} x {page.height:g} points")
    page.fragments = [fragment for fragment in page.fragments if _is_visible(fragment)]
    page.others = {
        turn: seen for turn, fragments in page.others.items() if (seen := [f for f in fragments if _is_visible(f)])
    }
    return page


def _is_visible(fragment: Fragment) -> bool:
    """Written out plainly, as it is asked for every piece of every page. What is not a number fails each test."""
    near = -_FARTHEST <= fragment.x0 <= _FARTHEST and -_FARTHEST <= fragment.x1 <= _FARTHEST
    if not (near and -_FARTHEST <= fragment.y0 <= _FARTHEST and -_FARTHEST <= fragment.y1 <= _FARTHEST):
        return False
    for run in fragment.runs:  # noqa: SIM110  twice as fast as all()
        if not _LEAST_SIZE <= run.size <= _LARGEST_SIZE:
            return False
    return True
