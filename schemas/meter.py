"""A count of work done, kept by whatever does it: a model counts its tokens, a linker its names."""

from collections import Counter
from threading import Lock


class Meter:
    """Running totals by name, since the owner was made. Threads may share one.

    Whoever wants to know what some work took reads the meter before and after it.
    """

    def __init__(self) -> None:
        self._totals: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, **amounts: int) -> None:
        """Count so much more of each."""
        with self._lock:
            self._totals.update(amounts)

    def read(self) -> Counter[str]:
        """The totals up to now."""
        with self._lock:
            return self._totals.copy()
