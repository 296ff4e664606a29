"""Training texts that are dev texts under another name: the same paper may stand in two corpora."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from extractors.training.corpora import GoldText

_WORDS: Final = 12
"""Words in a row that no two papers share by chance."""
_PAGE: Final = 200
"""Known runs that give a long text away: a licence or a banner that many papers print has some 130."""
_HALF: Final = 0.5
"""Share of known runs that gives a short text away."""


def without_leaks(texts: Sequence[GoldText], held_out: Iterable[GoldText]) -> list[GoldText]:
    """The training texts that do not repeat a held-out text, whatever its id, spacing or sentences."""
    known = {run for text in held_out for run in _runs(text.text)}
    return [text for text in texts if not _repeats(text.text, known)]


def _repeats(text: str, known: set[int]) -> bool:
    runs = set(_runs(text))
    return bool(runs) and len(runs & known) >= min(_PAGE, _HALF * len(runs))


def _runs(text: str) -> Iterator[int]:
    """Hashes of the runs of ``_WORDS`` words, letters only; a shorter text is one run."""
    words = "".join(c if c.isalpha() else " " for c in text.casefold()).split()
    for start in range(max(1, len(words) - _WORDS + 1)) if words else ():
        yield hash(tuple(words[start : start + _WORDS]))
