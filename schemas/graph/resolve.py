"""From merges and corrections to one entity for one thing: plain functions on records, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import GraphError

ACTIONS: Final = ("same", "different", "link", "not_a_name")


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's decision about an entity, in one paper or, with an empty ``paper_id``, in all.

    ``same``: it is the target too. ``different``: it is not the target; in one paper: there it is another thing, which
    the target is the id of. ``link``: it is the target, whose id stays. ``not_a_name``: it is nothing, no target.
    """

    entity_id: str
    action: str  # one of ACTIONS
    target_id: str = ""
    paper_id: str = ""
    target_name: str | None = None
    target_kb: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"unknown action {self.action!r}; known: {', '.join(ACTIONS)}")


@dataclass(frozen=True, slots=True)
class Merge:
    """Two entities that papergraph takes for one thing, and why."""

    entity_id: str
    target_id: str
    reason: str  # abbreviation, spelling, person
    evidence: str  # for people
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which entity stands for the one that the linker gave; None: it is no name."""

    entity_id: str
    paper_id: str  # empty: in all papers
    resolved_id: str | None


def resolve_entities(merges: Iterable[Merge], corrections: Sequence[Correction]) -> list[Resolution]:
    """Follow all merges and corrections to their end.

    Corrections win over merges, and what holds for one paper over what holds for all. Of several entities that are one
    the target of a link stands for all, else an id of a registry, else one that was merged into, the shortest, the
    first in the alphabet: it does not matter in which order papers came.

    Raises:
        GraphError: Corrections contradict each other.
    """
    everywhere = [c for c in corrections if not c.paper_id]
    linked = {c.target_id for c in everywhere if c.action == "link"}
    groups = _Groups([(c.entity_id, c.target_id) for c in everywhere if c.action == "different"], linked)
    for correction in everywhere:
        if correction.action in ("same", "link") and not groups.join(correction.entity_id, correction.target_id):
            raise GraphError(
                f"{correction.entity_id} and {correction.target_id} cannot be one thing: another correction says that "
                "they are different; see `papergraph correct list` and take one back with `papergraph correct undo`"
            )
    for merge in sorted(merges, key=lambda m: (-m.score, m.entity_id, m.target_id)):
        groups.join(merge.entity_id, merge.target_id, cautiously=True)
    nothing = {groups.find(c.entity_id) for c in everywhere if c.action == "not_a_name"}
    found: dict[tuple[str, str], str | None] = {}
    heads: dict[str, str] = {}
    everyone = groups.members()
    for root, members in everyone.items():
        heads[root] = _choose(members, linked & set(members), groups.merged)
        for member in members:
            if root in nothing:
                found[member, ""] = None
            elif member != heads[root]:
                found[member, ""] = heads[root]
    found.update({(identity, ""): None for identity in nothing if (identity, "") not in found})
    for correction in (c for c in corrections if c.paper_id):
        root = groups.find(correction.entity_id)
        target = groups.find(correction.target_id)
        for member in everyone.get(root, [correction.entity_id]):
            in_paper = None if correction.action == "not_a_name" else heads.get(target, correction.target_id)
            found[member, correction.paper_id] = in_paper
    return [Resolution(entity, paper, resolved) for (entity, paper), resolved in sorted(found.items())]


def _choose(members: Sequence[str], linked: set[str], merged: set[str]) -> str:
    if len(linked) > 1:
        raise GraphError(
            f"one thing is linked to {' and to '.join(sorted(linked))}; see `papergraph correct list` and take one "
            "back with `papergraph correct undo`"
        )
    return min(members, key=lambda m: (m not in linked, m.startswith("pg:"), m in merged, len(m), m))


class _Groups:
    """Entities that are one, as trees; two that are said to be different never come together.

    Args:
        different: What was said to be different.
        linked: What people linked entities to.
    """

    def __init__(self, different: Sequence[tuple[str, str]], linked: set[str]) -> None:
        self._different = different
        self._linked = linked
        self._fixed: dict[str, set[str]] = {}  # by root: links' targets, and ids of registries
        self._parent: dict[str, str] = {}
        self.merged: set[str] = set()  # those that were merged into another

    def find(self, identity: str) -> str:
        """The root of an entity's tree."""
        root = identity
        while (above := self._parent.get(root, root)) != root:
            root = above
        while (above := self._parent.get(identity, identity)) != root:
            self._parent[identity], identity = root, above
        return root

    def join(self, identity: str, target: str, *, cautiously: bool = False) -> bool:
        """Make two entities one; False if some entities that are different would come together.

        ``cautiously``, entries of a registry and what people linked entities to are different from each other.
        """
        one, other = self.find(identity), self.find(target)
        if one == other:
            return True
        if any({self.find(a), self.find(b)} == {one, other} for a, b in self._different):
            return False
        fixed = self._fixed_of(one), self._fixed_of(other)
        if cautiously and all(fixed) and fixed[0] != fixed[1]:
            return False
        self._fixed[other] = fixed[0] | fixed[1]
        self._parent.setdefault(other, other)
        self._parent[one] = other
        self.merged.add(identity)
        return True

    def _fixed_of(self, root: str) -> set[str]:
        own = {root} if root in self._linked or not root.startswith("pg:") else set[str]()
        return self._fixed.get(root, own)

    def members(self) -> dict[str, list[str]]:
        """Entities by root, only those that were joined."""
        groups: dict[str, list[str]] = {}
        for identity in self._parent:
            groups.setdefault(self.find(identity), []).append(identity)
        return groups
