"""Gold and found mentions of one text side by side, each error with its kind."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from extractors.evaluation.scores import TypedSpan

RIGHT: Final = "right"
ERROR_KINDS: Final = ("missed", "spurious", "wrong type", "wrong boundary", "wrong type and boundary")
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold mention and the found one that stands for it; None where there is no counterpart."""

    gold: TypedSpan | None
    found: TypedSpan | None

    @property
    def kind(self) -> str:
        """``right``, or one of ``ERROR_KINDS``."""
        if self.found is None:
            return "missed"
        if self.gold is None:
            return "spurious"
        same_type, same_bounds = self.gold[2] == self.found[2], self.gold[:2] == self.found[:2]
        if same_type:
            return RIGHT if same_bounds else "wrong boundary"
        return "wrong type" if same_bounds else "wrong type and boundary"


def align_mentions(gold: Collection[TypedSpan], found: Collection[TypedSpan]) -> list[Pair]:
    """Match the mentions of a text one to one, in text order.

    Equal ones first, then equal bounds, then the same type and the largest overlap, then any overlap, so that a mention
    is called missed or spurious only if nothing on the other side touches it that is free.
    """
    candidates = sorted(
        (left != right, left[:2] != right[:2], left[2] != right[2], -_overlap(left, right), left, right)
        for left, right in _touching(set(gold), set(found))
    )
    partner: dict[TypedSpan, TypedSpan] = {}
    used: set[TypedSpan] = set()
    for *_, left, right in candidates:
        if left not in partner and right not in used:
            partner[left] = right
            used.add(right)
    pairs = [Pair(span, partner.get(span)) for span in set(gold)]
    pairs += [Pair(None, span) for span in set(found) - used]
    return sorted(pairs, key=_place)


def count_confusions(pairs: Iterable[Pair]) -> Counter[tuple[str, str]]:
    """How often a mention of the first type (gold) was found as the second; ``none`` stands for no mention."""
    return Counter((pair.gold[2] if pair.gold else NONE, pair.found[2] if pair.found else NONE) for pair in pairs)


def _touching(gold: Collection[TypedSpan], found: Collection[TypedSpan]) -> Iterator[tuple[TypedSpan, TypedSpan]]:
    """Pairs that share a character, without comparing all with all."""
    ordered: Sequence[TypedSpan] = sorted(gold)
    starts = [span[0] for span in ordered]
    longest = max((span[1] - span[0] for span in ordered), default=0)
    for right in found:
        for left in ordered[bisect_left(starts, right[0] - longest) : bisect_left(starts, right[1])]:
            if _overlap(left, right) > 0:
                yield left, right


def _overlap(first: TypedSpan, second: TypedSpan) -> int:
    return min(first[1], second[1]) - max(first[0], second[0])


def _place(pair: Pair) -> tuple[int, int, str, bool]:
    span = pair.gold or pair.found or (0, 0, "")
    return (span[0], span[1], span[2], pair.gold is None)
