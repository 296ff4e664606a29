"""Precision, recall and F1 of mentions (exact, relaxed, boundary) and of relations (rel, rel+)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from schemas.records import SYMMETRIC_RELATIONS

TypedSpan = tuple[int, int, str]  # start, end, type
TypedRelation = tuple[TypedSpan, TypedSpan, str]  # head, tail, type
BareRelation = tuple[tuple[int, int], tuple[int, int], str]  # the same with the spans' types left out

AnyRelation = TypeVar("AnyRelation", TypedRelation, BareRelation)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many were found rightly, found at all, and there to find."""

    n_right: int = 0
    n_found: int = 0
    n_gold: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.n_right + other.n_right, self.n_found + other.n_found, self.n_gold + other.n_gold)

    @property
    def precision(self) -> float:
        """Share of the found ones that are right; 0 if none was found."""
        return self.n_right / self.n_found if self.n_found else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold ones that were found; 0 if there are none."""
        return self.n_right / self.n_gold if self.n_gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """Counts per type."""

    per_type: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def micro(self) -> Counts:
        """Counts over all types."""
        return sum(self.per_type.values(), Counts())

    @property
    def macro(self) -> tuple[float, float, float]:
        """Mean precision, recall and F1 of the types that occur in the gold."""
        seen = [counts for counts in self.per_type.values() if counts.n_gold]
        sums = [sum(values) for values in zip(*((c.precision, c.recall, c.f1) for c in seen), strict=True)]
        return (sums[0] / len(seen), sums[1] / len(seen), sums[2] / len(seen)) if seen else (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class EntityScores:
    """Three views on the same mentions.

    Attributes:
        exact: Start, end and type are right.
        relaxed: Type is right and at least one character is shared, matched one to one, largest overlap first.
        boundary: Start and end are right, type is not looked at.
    """

    exact: Score
    relaxed: Score
    boundary: Score


@dataclass(frozen=True, slots=True)
class RelationScores:
    """Relations with right spans, direction and type (``rel``); and with right entity types too (``rel_plus``)."""

    rel: Score
    rel_plus: Score


def score_entities(
    gold: Sequence[Iterable[TypedSpan]], found: Sequence[Iterable[TypedSpan]], types: Collection[str] | None = None
) -> EntityScores:
    """Score the mentions of texts, repeats counting once.

    Args:
        gold: Per text, its gold mentions.
        found: Per text, in the same order, the found ones.
        types: Types to score; None scores all.
    """
    exact, relaxed, boundary = _Tally(), _Tally(), _Tally()
    for gold_spans, found_spans in zip(gold, found, strict=True):
        right = {span for span in gold_spans if types is None or span[2] in types}
        guess = {span for span in found_spans if types is None or span[2] in types}
        exact.add(right, guess, right & guess, lambda span: span[2])
        relaxed.add(right, guess, _match_relaxed(right, guess), lambda span: span[2])
        bare_right, bare_guess = {span[:2] for span in right}, {span[:2] for span in guess}
        boundary.add(bare_right, bare_guess, bare_right & bare_guess, lambda _: "span")
    return EntityScores(exact.score(), relaxed.score(), boundary.score())


def score_relations(
    gold: Sequence[Iterable[TypedRelation]],
    found: Sequence[Iterable[TypedRelation]],
    *,
    scopes: Sequence[Collection[TypedSpan] | None] | None = None,
    gold_spans: Sequence[Iterable[TypedSpan]] | None = None,
    symmetric: Collection[str] = SYMMETRIC_RELATIONS,
    types: Collection[str] | None = None,
) -> RelationScores:
    """Score the relations of texts.

    Args:
        gold: Per text, its gold relations.
        found: Per text, in the same order, the found ones.
        scopes: Per text, the gold mentions among which relations are annotated in full (None: all of them). A found
            relation with an end on another gold mention is neither right nor wrong; a text with an empty scope is
            left out.
        gold_spans: Per text, all gold mentions; needed with ``scopes``.
        symmetric: Relation types without direction.
        types: Relation types to score; None scores all.
    """
    rel, rel_plus = _Tally(), _Tally()
    for index, (gold_relations, found_relations) in enumerate(zip(gold, found, strict=True)):
        scope = scopes[index] if scopes else None
        known = gold_spans[index] if gold_spans else ()
        right, guess = comparable_relations(
            gold_relations, found_relations, scope=scope, gold_spans=known, symmetric=symmetric, types=types
        )
        rel_plus.add(right, guess, right & guess, lambda relation: relation[2])
        bare_right = {in_order((h[:2], t[:2], label), symmetric) for h, t, label in right}
        bare_guess = {in_order((h[:2], t[:2], label), symmetric) for h, t, label in guess}
        rel.add(bare_right, bare_guess, bare_right & bare_guess, lambda relation: relation[2])
    return RelationScores(rel.score(), rel_plus.score())


def comparable_relations(
    gold: Iterable[TypedRelation],
    found: Iterable[TypedRelation],
    *,
    scope: Collection[TypedSpan] | None = None,
    gold_spans: Iterable[TypedSpan] = (),
    symmetric: Collection[str] = SYMMETRIC_RELATIONS,
    types: Collection[str] | None = None,
) -> tuple[set[TypedRelation], set[TypedRelation]]:
    """Relations of one text that count, those without direction in one order; see ``score_relations``."""
    if scope is not None and not scope:
        return set(), set()
    right = {in_order(r, symmetric) for r in gold if types is None or r[2] in types}
    guess = {in_order(r, symmetric) for r in found if types is None or r[2] in types}
    if scope is not None:
        outside = {span[:2] for span in gold_spans} - {span[:2] for span in scope}
        guess = {r for r in guess if r[0][:2] not in outside and r[1][:2] not in outside}
    return right, guess


def in_order(relation: AnyRelation, symmetric: Collection[str]) -> AnyRelation:
    """The relation itself, or turned round if it has no direction and its tail stands first."""
    head, tail, label = relation
    return (tail, head, label) if label in symmetric and tail < head else relation  # pyright: ignore[reportReturnType]


class _Tally:
    def __init__(self) -> None:
        self.per_type: dict[str, Counts] = defaultdict(Counts)

    def add(
        self, gold: Iterable[Item], found: Iterable[Item], right: Iterable[Item], type_of: Callable[[Item], str]
    ) -> None:
        for item in gold:
            self.per_type[type_of(item)] += Counts(n_gold=1)
        for item in found:
            self.per_type[type_of(item)] += Counts(n_found=1)
        for item in right:
            self.per_type[type_of(item)] += Counts(n_right=1)

    def score(self) -> Score:
        return Score(dict(sorted(self.per_type.items())))


def _match_relaxed(gold: Iterable[TypedSpan], found: Iterable[TypedSpan]) -> list[TypedSpan]:
    """The found mentions that overlap a gold one of their type, one to one, largest overlap first."""
    by_type: dict[str, list[TypedSpan]] = defaultdict(list)
    for span in gold:
        by_type[span[2]].append(span)
    pairs = sorted(
        (-overlap, abs(guess[0] - right[0]) + abs(guess[1] - right[1]), guess, right)
        for guess in found
        for right in by_type[guess[2]]
        if (overlap := min(guess[1], right[1]) - max(guess[0], right[0])) > 0
    )
    matched: list[TypedSpan] = []
    used_gold: set[TypedSpan] = set()
    used_found: set[TypedSpan] = set()
    for _, _, guess, right in pairs:
        if guess not in used_found and right not in used_gold:
            used_found.add(guess)
            used_gold.add(right)
            matched.append(guess)
    return matched
