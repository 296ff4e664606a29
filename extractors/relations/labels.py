"""The classes of a relation classifier, and which of them the types of two mentions allow."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from schemas.records import SYMMETRIC_RELATIONS

NO_RELATION = 0  # index of the class "no relation"


@dataclass(frozen=True)
class RelationLabels:
    """What a classifier can say about two mentions, the first of which comes first in the text.

    Class 0 is "no relation". A directed relation has two classes (first -> second and second -> first); a symmetric
    one has a single class, read first -> second.

    Attributes:
        entity_types: Types of mentions, in the order of their ids.
        triples: (relation, head type, tail type) that may hold; nothing else is ever predicted.
        symmetric: Relations without direction.
    """

    entity_types: tuple[str, ...]
    triples: tuple[tuple[str, str, str], ...]
    symmetric: tuple[str, ...] = SYMMETRIC_RELATIONS

    @cached_property
    def classes(self) -> tuple[tuple[str, bool], ...]:
        """(relation, is it first -> second) of each class; class 0 is ("", True)."""
        found: list[tuple[str, bool]] = [("", True)]
        for relation in dict.fromkeys(triple[0] for triple in self.triples):
            found.append((relation, True))
            if relation not in self.symmetric:
                found.append((relation, False))
        return tuple(found)

    @cached_property
    def type_ids(self) -> dict[str, int]:
        """Id of each entity type."""
        return {entity_type: i for i, entity_type in enumerate(self.entity_types)}

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Which class the types of two mentions allow: shape (n_types, n_types, n_classes), bool.

        Class 0 is always allowed.
        """
        table = np.zeros((len(self.entity_types), len(self.entity_types), len(self.classes)), dtype=bool)
        table[:, :, NO_RELATION] = True
        ids = {name: i for i, name in enumerate(self.classes)}
        for relation, head, tail in self.triples:
            first, second = self.type_ids[head], self.type_ids[tail]
            table[first, second, ids[relation, True]] = True
            backward = ids.get((relation, False), ids[relation, True])
            table[second, first, backward] = True
        return table

    @cached_property
    def eligible(self) -> NDArray[np.bool_]:
        """Type pairs between which some relation may hold: shape (n_types, n_types), bool."""
        return np.asarray(self.allowed[:, :, 1:].any(axis=2))

    @cached_property
    def of_direction(self) -> NDArray[np.bool_]:
        """Which relations can hold if the tail (row 0) or the head (row 1) comes first: shape (2, n_classes), bool."""
        forward = np.array([is_forward for _, is_forward in self.classes])
        undirected = np.array([relation in self.symmetric for relation, _ in self.classes])
        table = np.stack([~forward | undirected, forward | undirected])
        table[:, NO_RELATION] = False
        return table

    def class_of(self, relation: str, *, forward: bool) -> int:
        """The class of a relation between the first and the second mention.

        Raises:
            KeyError: The classifier does not know the relation.
        """
        key = (relation, forward or relation in self.symmetric)
        try:
            return self.classes.index(key)
        except ValueError:
            raise KeyError(relation) from None
