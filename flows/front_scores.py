"""Front matter scored against gold: title, authors, institutions, and who is affiliated with what."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

from extractors.evaluation.scores import Counts

LISTS: Final = ("authors", "institutions", "affiliations")
# letters that Unicode does not take apart into a plain one and an accent
_PLAIN: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
    | {"ð": "d", "þ": "th"}
)


def score_front_matter(gold: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> dict[str, Counts]:
    """Strict counts of each list, over all papers, and of the titles.

    Two strings are equal if their letters and digits are, without accents and case. A paper is known by the last part
    of ``pdf``; one that was not found counts as empty, and one that is not in the gold is passed over.
    """
    by_name = {_file_name(row): row for row in found}
    scores: dict[str, Counts] = dict.fromkeys((*LISTS, "title"), Counts())
    for row in gold:
        guess = by_name.get(_file_name(row), {})
        for kind in LISTS:
            right, said = _items(row.get(kind)), _items(guess.get(kind))
            scores[kind] += Counts(len(right & said), len(said), len(right))
        title, said = (_key(str(one.get("title") or "")) for one in (row, guess))
        scores["title"] += Counts(int(bool(said) and said == title), int(bool(said)), int(bool(title)))
    return scores


def list_errors(
    gold: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, str, str]]:
    """What is ``missed`` and what is ``spurious``: (kind, list, item, paper), in the order of the gold."""
    by_name = {_file_name(row): row for row in found}
    errors = []
    for row in gold:
        guess = by_name.get(_file_name(row), {})
        for what in ("title", *LISTS):
            right, said = _spelled(row.get(what)), _spelled(guess.get(what))
            for kind, items in (("missed", right.keys() - said.keys()), ("spurious", said.keys() - right.keys())):
                errors += [(kind, what, (right | said)[item], _file_name(row)) for item in sorted(items)]
    return errors


def _spelled(values: Any) -> dict[tuple[str, ...], str]:  # noqa: ANN401  (a text, a list of texts, or of pairs)
    """Each item by its comparable key."""
    items = [values] if isinstance(values, str) else values or []
    spelled = {}
    for value in items:
        for key in _items([value]):
            spelled[key] = value if isinstance(value, str) else " — ".join(map(str, value[:2]))
    return spelled


def _file_name(row: Mapping[str, Any]) -> str:
    return PurePosixPath(str(row.get("pdf", "")).replace("\\", "/")).name


def _items(values: Iterable[Any] | None) -> set[tuple[str, ...]]:
    """Names, or pairs of names, as comparable keys; what has no letter or digit is nothing."""
    items = {tuple(map(_key, (value,) if isinstance(value, str) else map(str, value[:2]))) for value in values or ()}
    return {item for item in items if all(item)}


@cache
def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    plain = "".join(char for char in folded if not unicodedata.combining(char)).casefold()
    return "".join(char for char in plain if char.isalnum())
