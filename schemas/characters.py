"""Characters that are none."""

import re
from typing import Final

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate: half of a character, which JSON can hold and UTF-8 cannot.

    No offset changes.
    """
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
