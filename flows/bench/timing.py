"""Ways to do one job, timed in turn."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

NOT_INSTALLED: Final = "not installed"


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a job.

    Attributes:
        name: As the table has it.
        run: Does the job once; None if it cannot be done here.
        n_units: How much of the job it does: a way that is very slow is given a part.
        note: Why it cannot be done, or what else has to be known.
        prepare: Called before each run; not timed.
    """

    name: str
    run: Callable[[], object] | None
    n_units: int
    note: str = ""
    prepare: Callable[[], object] = _nothing


@dataclass(slots=True)
class Timing:
    """Wall seconds of one way, a figure a round; none where it could not run."""

    name: str
    n_units: int
    note: str = ""
    seconds: list[float] = field(default_factory=list)

    @property
    def median_s(self) -> float | None:
        """Seconds of the middle round."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def per_second(self) -> float | None:
        """Units a second, in the middle round."""
        return self.n_units / self.median_s if self.median_s else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The timings of all ways to do one job; papergraph's is the first.

    Attributes:
        stage: parse, tag, ...
        unit: What is counted, in the plural.
        about: What was done, for people.
        timings: In the order of the rounds.
    """

    stage: str
    unit: str
    about: str
    timings: tuple[Timing, ...]

    def ratio(self, timing: Timing) -> float | None:
        """How many times papergraph's time a way takes for a unit: the median over the rounds."""
        own = self.timings[0]
        pairs = [
            (theirs / timing.n_units) / (ours / own.n_units)
            for ours, theirs in zip(own.seconds, timing.seconds, strict=False)
        ]
        return statistics.median(pairs) if pairs else None


def time_ways(ways: Sequence[Way], rounds: int) -> tuple[Timing, ...]:
    """Run each way once a round, so that what else the machine does meanwhile meets all of them alike.

    A way that is not papergraph's may fail (another library may not like a PDF): its row then says so.
    """
    timings = [Timing(way.name, way.n_units, way.note) for way in ways]
    failed: set[str] = set()
    for _ in range(rounds):
        for number, (way, timing) in enumerate(zip(ways, timings, strict=True)):
            if way.run is None or way.name in failed:
                continue
            way.prepare()
            began = time.perf_counter()
            try:
                way.run()
            except Exception as error:
                if number == 0:
                    raise
                failed.add(way.name)
                timing.note, timing.seconds = f"failed: {type(error).__name__}: {error}"[:200], []
                continue
            timing.seconds.append(time.perf_counter() - began)
    return tuple(timings)
