"""What stages did, in figures: of one shard, and of all shards of a run."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flows.timeline import Timeline
from schemas.meter import Meter
from schemas.records import Failure


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage did with a shard.

    Attributes:
        n_papers: Papers that have a record now.
        failures: Papers that have none, with the reason.
        seconds: In the stage, where it ran.
        reused: The file was there already.
        counts: What was done, by name: pages, tokens, pairs, mentions, ... Empty if reused.
        peak_device_bytes: The most memory that tensors took on the GPU; 0 without one.
    """

    n_papers: int
    failures: tuple[Failure, ...]
    seconds: float
    reused: bool = False
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    peak_device_bytes: int = 0


@dataclass(slots=True)
class Work:
    """What a model does for one shard; filled while it works."""

    counts: Counter[str] = field(default_factory=Counter[str])
    peak_device_bytes: int = 0

    @contextmanager
    def of(self, meter: Meter, peak_bytes: Callable[[], int] = lambda: 0) -> Generator[None]:
        """Within the block, what the meter counts is noted, and at its end the most memory that was taken on a GPU."""
        before = meter.read()
        yield
        self.counts.update(meter.read() - before)
        self.peak_device_bytes = peak_bytes()


@dataclass(slots=True)
class StageFigures:
    """What a stage did with all shards so far; see ``StageResult``."""

    seconds: float = 0.0
    n_shards: int = 0
    n_reused: int = 0
    n_papers: int = 0
    n_failed: int = 0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    peak_device_bytes: int = 0

    def add(self, result: StageResult) -> None:
        """Count one more shard."""
        self.seconds += result.seconds
        self.n_shards += 1
        self.n_reused += result.reused
        self.n_papers += result.n_papers
        self.n_failed += len(result.failures)
        for name, count in result.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self.peak_device_bytes = max(self.peak_device_bytes, result.peak_device_bytes)


@dataclass(slots=True)
class RunFigures:
    """What a whole run did, besides how its papers ended.

    Attributes:
        stages: By name, in the order of the pipeline.
        failures: The first failures.
        listing_seconds: Spent on finding and hashing files, unpacking members of archives included.
        first_wait_seconds: Until the first shard was parsed: nothing can be done before.
        wait_seconds: That the models waited for later shards to be parsed.
        merge_seconds: Spent on merging entities of our own, at the end.
        model_seconds: Spent on loading the models here, while the first shards are parsed.
        peak_resident_bytes: Memory of all processes of the run together.
        timeline: How it went.
    """

    stages: dict[str, StageFigures] = field(default_factory=dict[str, StageFigures])
    failures: list[Failure] = field(default_factory=list[Failure])
    listing_seconds: float = 0.0
    first_wait_seconds: float = 0.0
    wait_seconds: float = 0.0
    merge_seconds: float = 0.0
    model_seconds: float = 0.0
    peak_resident_bytes: int = 0
    timeline: Timeline = field(default_factory=Timeline)

    @property
    def seconds(self) -> dict[str, float]:
        """Where the time went, by name. ``parse`` goes on beside the others, which wait for what is left of it."""
        return {
            "listing": self.listing_seconds,
            "models": self.model_seconds,
            "parse wait": self.first_wait_seconds + self.wait_seconds,
            **{name: stage.seconds for name, stage in self.stages.items()},
            "merge": self.merge_seconds,
        }
