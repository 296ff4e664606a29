"""What the heads of a value say besides its method, data set and measure: "dev", "w/o attention", "5 shots".

And what tells tables apart whose captions are nearly the same.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import permutations
from typing import Final

from extractors.relations.names import name_key
from extractors.tables.headers import Heads, is_mark, is_tick
from extractors.tables.pieces import Piece
from extractors.tables.roles import Role, without_citations

_LONGEST: Final = 60  # characters of a head; longer ones are lines that were put together
_BETWEEN: Final = "; "
_EDGES: Final = " \t%~∼()[]{}*†‡§¶⋆◦∗↑↓⇑⇓:;,.#/|-–—=_"
_BRACKETS: Final = re.compile(r"\s*[()\[\]{}][\s()\[\]{}]*")
_SAYS_NOTHING: Final = re.compile(
    r"(?:models?|methods?|systems?|approach(?:es)?|algorithms?|metrics?|measures?|scores?|results?|performance|values?|"
    r"data|sets?|data-?sets?|corpus|corpora|benchmarks?|names?|ours?|the|an?|on|in|of|for|by|to|with|and|or|vs|"
    r"table|fig|ref|et|al)",
    re.IGNORECASE,
)
_ALIKE: Final = 0.8  # of the words of two captions that say nearly the same, and of the letters of one word misspelt
_SHARED: Final = 0.5  # of their different words
_MOST_OTHER: Final = 3  # words by which such captions differ in one place
_WORD: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def read_condition(text: str, heads: Heads, roles: Sequence[Role], differences: Sequence[str] = ()) -> str:
    """What is left of the heads, titles of rows first, then labels and header cells; empty where nothing is.

    Args:
        text: The paper's text.
        heads: Of the value.
        roles: Its method, data set and measure.
        differences: Of its table from others, see ``tell_captions_apart``.
    """
    names = {key for role in roles for key in (role.key, name_key(text[role.start_char : role.end_char])) if key}
    ticked = [over[-1] for piece, over in heads.row if over and is_tick(piece.text)]
    labels = [piece for piece, _ in heads.row if not is_mark(piece.text)]
    pieces = [*heads.groups[:1], *labels, *ticked, *heads.columns]
    found = [_left_of(text, piece, roles) for piece in pieces if piece.end_char - piece.start_char <= _LONGEST]
    found += differences
    kept = [said for said in found if name_key(said) not in names and not _says_nothing(said)]
    return _BETWEEN.join({said.casefold(): said for said in kept}.values())


def tell_captions_apart(captions: Sequence[str]) -> list[list[str]]:
    """What each caption says otherwise than one that is nearly the same ("GPT2 Medium", "GPT2 Large"); mostly nothing.

    Args:
        captions: Of the tables of a paper, without their numbers.
    """
    words = [[word.strip(_EDGES) for word in caption.split()] for caption in captions]
    found: list[dict[str, str]] = [{} for _ in captions]
    sets = [set(some) for some in words]
    for i, j in permutations(range(len(words)), 2):
        if len(sets[i] & sets[j]) < _SHARED * max(len(sets[i]), len(sets[j]), 1):  # most captions have little in common
            continue
        matcher = SequenceMatcher(a=words[i], b=words[j], autojunk=False)
        if matcher.ratio() < _ALIKE:
            continue
        for kind, a, b, other_a, other_b in matcher.get_opcodes():
            own, other = " ".join(words[i][a:b]), " ".join(words[j][other_a:other_b])
            if kind != "replace" or b - a > _MOST_OTHER or SequenceMatcher(a=own, b=other).ratio() >= _ALIKE:
                continue
            if a and any(c.isupper() or c.isdigit() for c in words[i][a - 1]):
                own = f"{words[i][a - 1]} {own}"  # a name, of which this is a part
            found[i].setdefault(own.casefold(), own)
    return [[*one.values()] for one in found]


def _left_of(text: str, piece: Piece, roles: Iterable[Role]) -> str:
    """A head without the words that name one of the roles, and without citations."""
    rest: list[str] = []
    start = piece.start_char
    for a, b in sorted((role.start_char, role.end_char) for role in roles):
        if start <= a < b <= piece.end_char:
            rest.append(text[start:a])
            start = b
    rest.append(text[start : piece.end_char])
    left = (_BRACKETS.sub(_BETWEEN, without_citations(part)).strip(_EDGES) for part in rest)
    return " ".join(" ".join(part.split()) for part in left if part)


def _says_nothing(said: str) -> bool:
    return all(_SAYS_NOTHING.fullmatch(word) for word in _WORD.findall(said))
