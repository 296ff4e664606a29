"""BIO tags: tag 0 is outside, 2k + 1 begins and 2k + 2 continues a mention of type k."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OUTSIDE = 0


def n_tags(n_types: int) -> int:
    """Number of tags for so many types."""
    return 2 * n_types + 1


def begin_tag(type_index: int) -> int:
    """The tag of the first word of a mention."""
    return 2 * type_index + 1


def inside_tag(type_index: int) -> int:
    """The tag of each further word of a mention."""
    return 2 * type_index + 2


def tag_names(types: Sequence[str]) -> list[str]:
    """Names of the tags, in order."""
    return ["O", *(f"{prefix}-{name}" for name in types for prefix in "BI")]


def allowed_transitions(n_types: int) -> NDArray[np.bool_]:
    """Shape (K, K), bool: [a, b] is True if tag b may follow tag a. Only an inside tag asks for something before it."""
    n = n_tags(n_types)
    allowed = np.ones((n, n), bool)
    for k in range(n_types):
        allowed[:, inside_tag(k)] = False
        allowed[[begin_tag(k), inside_tag(k)], inside_tag(k)] = True
    return allowed
