"""Schemes that write mentions as one tag a word: BIO, BIOES and BILOU."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schemas.errors import ConfigError

OUTSIDE: Final = 0
# The tags of a type in order: first word, further word, and with four of them last word and only word.
_PREFIXES: Final = {"bio": "BI", "bioes": "BIES", "bilou": "BILU"}
SCHEMES: Final = tuple(_PREFIXES)


def n_tags(n_types: int) -> int:
    """Number of BIO tags for so many types."""
    return 2 * n_types + 1


def begin_tag(type_index: int) -> int:
    """The BIO tag of the first word of a mention."""
    return 2 * type_index + 1


def inside_tag(type_index: int) -> int:
    """The BIO tag of each further word of a mention."""
    return 2 * type_index + 2


@dataclass(frozen=True, slots=True)
class TagScheme:
    """Tag 0 is outside, then come the tags of each type, in the order of ``prefixes``.

    BIO is that of Ramshaw and Marcus (1995, every mention begins with B); BILOU (Ratinov and Roth 2009, W09-1119) and
    BIOES also mark last words and mentions of one word, and differ in their letters alone.

    Attributes:
        prefixes: Letters of the tags of one type.
        n_types: Number of entity types.
    """

    prefixes: str
    n_types: int

    @classmethod
    def named(cls, name: str, n_types: int) -> "TagScheme":
        """The scheme of a name.

        Raises:
            ConfigError: There is no such scheme.
        """
        if name not in _PREFIXES:
            raise ConfigError(f"unknown tag scheme {name!r}; known: {', '.join(SCHEMES)}")
        return cls(_PREFIXES[name], n_types)

    @property
    def n_tags(self) -> int:
        """Number of tags, outside included."""
        return 1 + len(self.prefixes) * self.n_types

    def tags_of(self, type_index: int) -> slice:
        """The tags of a type."""
        n = len(self.prefixes)
        return slice(1 + n * type_index, 1 + n * (type_index + 1))

    def tags_for(self, type_index: int, n_words: int) -> NDArray[np.int64]:
        """Shape (n_words,): the tags of a mention."""
        places = np.minimum(np.arange(n_words), 1)  # first, then further words
        if len(self.prefixes) == 4:
            places[-1] = 2 if n_words > 1 else 3
        return self.tags_of(type_index).start + places

    def names(self, types: Sequence[str]) -> list[str]:
        """Names of the tags, in order."""
        return ["O", *(f"{prefix}-{name}" for name in types for prefix in self.prefixes)]

    def types(self) -> NDArray[np.int64]:
        """Shape (K,): the type of each tag; -1 for outside."""
        return np.repeat(np.arange(-1, self.n_types), [1, *[len(self.prefixes)] * self.n_types])

    def continuing(self) -> NDArray[np.bool_]:
        """Shape (K,): tags that are not the first of a mention."""
        return np.array([False, *[prefix in "IEL" for prefix in self.prefixes] * self.n_types])

    def unfinished(self) -> NDArray[np.bool_]:
        """Shape (K,): tags behind which the mention has to go on; none in BIO."""
        opens = "BI" if len(self.prefixes) == 4 else ""
        return np.array([False, *[prefix in opens for prefix in self.prefixes] * self.n_types])

    def transitions(self) -> NDArray[np.bool_]:
        """Shape (K, K), bool: [a, b] is True if tag b may follow tag a."""
        types, continuing, unfinished = self.types(), self.continuing(), self.unfinished()
        may_go_on = unfinished if len(self.prefixes) == 4 else types >= 0
        same = (types[:, None] == types) & may_go_on[:, None]
        return np.where(continuing, same, ~unfinished[:, None])
