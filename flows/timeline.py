"""How a run went, moment by moment, in a few hundred points however long it took."""

from dataclasses import dataclass, field
from typing import Final

_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a run after a shard."""

    seconds: float  # since the run began
    n_done: int  # papers loaded, skipped and failed
    n_read: int  # of these: loaded or failed
    resident_bytes: int  # of all processes


@dataclass(slots=True)
class Timeline:
    """Moments of a run. When there are too many, every other one goes, and from then on half as many are kept."""

    moments: list[Moment] = field(default_factory=list[Moment])
    _stride: int = 1
    _n_seen: int = 0

    def add(self, moment: Moment) -> None:
        """Keep a moment, if its turn has come."""
        if self._n_seen % self._stride == 0:
            self.moments.append(moment)
        self._n_seen += 1
        if len(self.moments) > _MOST:
            del self.moments[1::2]
            self._stride *= 2
