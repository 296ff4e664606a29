"""Which papers a run has to read, and in which shards.

A shard is the next papers, in the order of the listing, that the graph does not hold yet. Shards are loaded in that
same order, each in one transaction, so a run that was killed left whole shards behind: what the next run finds missing
starts exactly at a border between shards, and the files of the stages that were done already fit.
Files that cannot be read and papers that failed before come last, where they cannot shift that border.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from schemas.records import Failure, Source

LOOK_AHEAD = 2  # shards that are parsed, or being parsed, while an earlier one is tagged


class Known(Enum):
    """What the graph says about a paper, under the pipeline that is about to run."""

    LOADED = "loaded"
    FAILED = "failed"  # before this run
    FAILED_NOW = "failed now"  # in this run: the same bytes were met under another name


Lookup = Callable[[Sequence[str]], Mapping[str, Known]]


@dataclass(slots=True)
class Tally:
    """How the papers of a run ended: found = loaded + skipped + failed."""

    found: int = 0
    skipped: int = 0
    duplicates: int = 0  # of the skipped: the same bytes under a second name
    loaded: int = 0
    failed: int = 0

    @property
    def n_done(self) -> int:
        """Papers whose end is known."""
        return self.loaded + self.skipped + self.failed


@dataclass(slots=True)
class Plan:
    """Iterating forms the shards, one at a time; the tally counts what was found and skipped on the way.

    Attributes:
        listing: Sources in listing order.
        look_up: Tells what the graph knows of some paper ids. It is asked afresh for each group of papers, so memory
            does not grow with the corpus.
        shard_size: Papers per shard.
        tally: Counts, kept up to date while iterating.
        discard: Called with each source that is skipped.
        look_ahead: Shards that are under way at most, besides the one that is about to be loaded.
        metadata: What manifests say of papers that are skipped because they are in the graph: paper_id -> JSON. The
            caller takes it out.
        late_metadata: The same of papers that are under way, from a second row that names them; for the end of the run.
    """

    listing: Iterable[Source | Failure]
    look_up: Lookup
    shard_size: int
    tally: Tally
    discard: Callable[[Source], None] = lambda _: None
    look_ahead: int = LOOK_AHEAD
    metadata: dict[str, str] = field(default_factory=dict)
    late_metadata: dict[str, str] = field(default_factory=dict)
    _unreadable: set[str] = field(default_factory=set)
    _recent: deque[frozenset[str]] = field(default_factory=deque[frozenset[str]])

    def __post_init__(self) -> None:
        self._recent = deque(maxlen=self.look_ahead + 2)

    def __iter__(self) -> Iterator[tuple[Source | Failure, ...]]:
        fresh: list[Source] = []
        late: list[Source | Failure] = []
        listing = iter(self.listing)
        while group := list(islice(listing, self.shard_size)):
            self.tally.found += len(group)
            self._sort(group, fresh, late)
            while len(fresh) >= self.shard_size:
                yield self._emit(fresh[: self.shard_size])
                del fresh[: self.shard_size]
        if fresh:
            yield self._emit(fresh)
        for start in range(0, len(late), self.shard_size):
            yield self._emit(late[start : start + self.shard_size])

    def _sort(self, group: Sequence[Source | Failure], fresh: list[Source], late: list[Source | Failure]) -> None:
        """Put each paper of the group where it belongs: to be read now, to be read late, or skipped."""
        known = self.look_up([item.paper_id for item in group if isinstance(item, Source)])
        waiting = {source.paper_id for source in [*fresh, *late]}.union(*self._recent)
        for item in group:
            if isinstance(item, Failure):
                self._take_unreadable(item, late)
                continue
            state = known.get(item.paper_id)
            if item.paper_id in waiting or state in (Known.LOADED, Known.FAILED_NOW):
                self.tally.skipped += 1
                self.tally.duplicates += item.paper_id in waiting or state is Known.FAILED_NOW
                if item.paper_id not in waiting:  # else its bytes are still needed
                    self.discard(item)
                self._keep_metadata(item, is_loaded=item.paper_id not in waiting)
                continue
            waiting.add(item.paper_id)
            (late if state is Known.FAILED else fresh).append(item)

    def _keep_metadata(self, source: Source, *, is_loaded: bool) -> None:
        """Of several rows that name a paper the last counts."""
        if source.metadata:
            self.late_metadata.pop(source.paper_id, None)
            (self.metadata if is_loaded else self.late_metadata)[source.paper_id] = source.metadata

    def _take_unreadable(self, item: Failure, late: list[Source | Failure]) -> None:
        if item.source in self._unreadable:  # the same path named twice
            self.tally.skipped += 1
            self.tally.duplicates += 1
        else:
            self._unreadable.add(item.source)
            late.append(item)

    def _emit(self, items: Sequence[Source | Failure]) -> tuple[Source | Failure, ...]:
        self._recent.append(frozenset(item.paper_id for item in items))
        return tuple(items)
