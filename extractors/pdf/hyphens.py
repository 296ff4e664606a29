"""Words that were split at a line end, put together by the paper's own words."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_HALF: Final = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[-\u00ad\u2010]$")
_NEXT_HALF: Final = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-?")
_KEPT_HYPHEN: Final = re.compile(r"[\w)%\]][-\u2010]$")  # "ResNet-" before "50": no syllables of one word
_AFTER_HYPHEN: Final = re.compile(r"[\w({\[$]")
_ENDING: Final = re.compile(  # of words, and words themselves: "read-ability", "more-over"
    r"able|ability|ever|fore|hood|less|more|over|ship|stand|times|wards?|where|wise", re.IGNORECASE
)
_BETWEEN: Final = frozenset(("and", "or", "to", "und", "oder", "et", "ou"))  # "first- and second-order"
LINE_END_HYPHENS: Final = "-\u00ad\u2010"


class Lexicon:
    """The words of a paper as they stand within lines, lower-cased, with counts."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        words: list[str] = []
        split = False
        for line in lines:
            line = line.lower().rstrip()
            found = _WORD.findall(line)
            if split:  # second halves are no words
                del found[:1]
            split = line[-1:] in LINE_END_HYPHENS and line != ""
            if split and found:
                found.pop()
            words += found
            if "-" in line:
                words += [part for word in found if "-" in word for part in word.split("-")]
        self._counts.update(words)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._counts

    def count(self, word: str) -> int:
        """How often the word stands unbroken in the paper."""
        return self._counts[word.lower()]


@dataclass(frozen=True, slots=True)
class Mended:
    """Two lines after the word between them was mended.

    Attributes:
        last: The first line, with the whole word.
        rest: What is left of the second line.
        stem: Length of the first line's own part of ``last``; the second line's characters follow it.
        end: So many characters of the second line moved to ``last``.
        cut: Where ``rest`` starts in the second line.
    """

    last: str
    rest: str
    stem: int
    end: int
    cut: int


def mend(last: str, following: str, lexicon: Lexicon) -> Mended | None:
    """Two successive lines with the word between them mended, or None if no word is split there.

    The second half of the word moves to the first line. The hyphen goes if the joined word stands elsewhere in the
    paper, or if the hyphenated form does not; it stays if the paper writes the word with it (``state-of-the-art``),
    and beside numbers, brackets and abbreviations (``ResNet-50``). Half a word before ``and`` stays as it is.
    """
    first_half, second_half = _LAST_HALF.search(last), _NEXT_HALF.match(following)
    if second_half and second_half[1] in _BETWEEN and not _is_word(first_half, second_half[1], lexicon):
        return None
    if first_half is None or second_half is None:
        if not (_KEPT_HYPHEN.search(last) and _AFTER_HYPHEN.match(following)):
            return None
        end = _end_of_word(following, 1)
        rest = following[end:].lstrip(" \t")
        return Mended(last + following[:end], rest, len(last), end, len(following) - len(rest))
    end = _end_of_word(following, second_half.end())
    stem = last[:-1]
    if last[-1] != "\u00ad" and _keeps_hyphen(first_half[1], second_half[1], following, lexicon):
        stem += "-"
    rest = following[end:].lstrip(" \t")
    return Mended(stem + following[:end], rest, len(stem), end, len(following) - len(rest))


def _is_word(first_half: re.Match[str] | None, tail: str, lexicon: Lexicon) -> bool:
    """True if the paper writes the two halves as one word, with or without a hyphen."""
    if first_half is None:
        return False
    last_part = first_half[1].rsplit("-", 1)[-1]
    return last_part + tail in lexicon or f"{last_part}-{tail}" in lexicon


def _end_of_word(text: str, at_least: int) -> int:
    """The end of the printed word: its closing punctuation moves along."""
    space = re.search(r"[ \t]", text[at_least:])
    return at_least + space.start() if space else len(text)


def _keeps_hyphen(head: str, tail: str, following: str, lexicon: Lexicon) -> bool:
    last_part, first_part = head.rsplit("-", 1)[-1], tail.split("-", 1)[0]
    joined, hyphenated = last_part + first_part, f"{last_part}-{first_part}"
    n_joined, n_hyphenated = lexicon.count(joined), lexicon.count(hyphenated)
    if n_joined or n_hyphenated:
        return n_hyphenated > n_joined
    if following[:1].isupper():
        return True  # a name in two parts: Smith-Jones, Wall-Street
    if len(last_part) == 1 or (last_part.isupper() and first_part.islower()):
        return True  # t-test, DNA-based
    # neither form occurs: a chain of hyphens goes on, two whole words of the paper were joined on purpose
    if "-" in head:
        return last_part in lexicon and first_part in lexicon
    whole = len(last_part) > 3 and len(first_part) > 3 and last_part in lexicon and first_part in lexicon
    return whole and _ENDING.fullmatch(tail) is None
