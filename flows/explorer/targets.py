"""Where a click leads: a paper's page with something lit on it, or an entity. Travels as JSON in the page's HTML."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Final

VIEWS: Final = ("paper", "entity")
_MAX_LENGTH, _MAX_LIT = 2000, 20
_MAX_PAGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the explorer.

    Attributes:
        view: paper or entity.
        id: paper_id or entity_id.
        page: Of a paper, from 0.
        lit: What is lit on the page: mention ids, and sentences as ``s<start>-<end>``.
        shelf: Empty for the graph; the token of an upload else.
        as_text: The page as text instead of as a picture.
    """

    view: str
    id: str
    page: int = 0
    lit: tuple[str, ...] = ()
    shelf: str = ""
    as_text: bool = False

    def attribute(self) -> str:
        """``data-go="..."``, for an HTML element that leads here when it is clicked."""
        given = {name: value for name, value in asdict(self).items() if value not in ("", 0, (), False)}
        return f'data-go="{escape(json.dumps(given, ensure_ascii=False))}"'


def read_target(given: Mapping[str, Any] | None) -> Target | None:
    """The target that a browser names, or None if that makes no sense: it may come from anyone."""
    if given is None:
        return None
    view, identity, page = given.get("view"), given.get("id"), given.get("page") or 0
    lit, shelf = given.get("lit") or (), given.get("shelf") or ""
    if view not in VIEWS or not isinstance(identity, str) or not 0 < len(identity) <= _MAX_LENGTH:
        return None
    if not isinstance(page, int) or not 0 <= page <= _MAX_PAGE:
        return None
    if not isinstance(shelf, str) or not isinstance(lit, (list, tuple)) or len(lit) > _MAX_LIT:
        return None
    if not all(isinstance(mark, str) and len(mark) <= _MAX_LENGTH for mark in lit):
        return None
    return Target(view, identity, page, tuple(lit), shelf, bool(given.get("as_text")))


def read_address(text: str | None) -> Target | None:
    """The target in the address of a page (``?at=...``), or None."""
    try:
        given = json.loads(text or "null")
    except (ValueError, RecursionError):
        return None
    return read_target(given) if isinstance(given, dict) else None


def sentence_mark(start_char: int, end_char: int) -> str:
    """How a sentence is named among the things that are lit."""
    return f"s{start_char}-{end_char}"
