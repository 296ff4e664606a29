"""How fast a run goes, and how long it may still take. Papers that are skipped say nothing about that."""

from collections import deque
from typing import Final

_RECENT: Final = 10  # shards whose pace is held to be that of the shards to come


class Pace:
    """Papers a second over the last shards. Times are seconds of any clock that only goes forward.

    Only papers that went through the stages count: a run that goes on from an earlier one skips thousands in a moment,
    which says nothing of how long the others take.
    """

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque(maxlen=_RECENT + 1)

    def mark(self, now: float, n_read: int) -> None:
        """Note how many papers have gone through the stages by now; the first time with 0, as their work begins."""
        self._marks.append((now, n_read))

    @property
    def has_begun(self) -> bool:
        """True once a time was noted."""
        return bool(self._marks)

    @property
    def papers_per_second(self) -> float | None:
        """None until a shard is done."""
        if len(self._marks) < 2:
            return None
        (first, n_before), (last, n_after) = self._marks[0], self._marks[-1]
        return (n_after - n_before) / (last - first) if n_after > n_before and last > first else None

    def seconds_left(self, n_left: int) -> float | None:
        """How long so many papers will take, if all of them have to be read; None while there is no telling."""
        pace = self.papers_per_second
        return n_left / pace if pace else None


def describe_seconds(seconds: float) -> str:
    """A length of time for people: ``45 s``, ``12 min``, ``3.5 h``, ``4 days``."""
    for unit, length, limit in (("s", 1, 90), ("min", 60, 90 * 60), ("h", 3600, 48 * 3600)):
        if seconds < limit:
            amount = seconds / length
            return f"{amount:.1f} {unit}" if unit != "s" and amount < 10 else f"{amount:.0f} {unit}"
    return f"{seconds / 86400:.1f} days"
