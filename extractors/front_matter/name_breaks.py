"""Names broken over two lines, and the single letters between names that mean ``and``."""

import itertools
import re
from collections.abc import Sequence

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.name_tokens import DEGREE, Token

INITIALS = re.compile(r"^(?:[^\W\d_a-z]\.?[-‐]?){1,4}$")
JOINERS = frozenset({"and", "und", "et", "y", "e", "with", "en", "og"})
_LONG_SURNAME = 3  # words
_MAX_WORDS = 6  # of a name
_MANY_MARKS = 0.6  # of the names of a list in which each has one


def is_given(word: str) -> bool:
    """Whether a word mostly opens a name."""
    return any(part in load_lexicon().given for part in re.split(r"[-‐‑]", fold(word)))


def mend_breaks(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without the line ends that stand inside a name; ``y`` and ``e`` between two names as signs."""
    mended = _join_reversed([_as_sign(token, tokens, place) for place, token in enumerate(tokens)])
    if not any(token.kind == "line" for token in tokens):
        return mended
    signs = any(token.kind == "sign" or token.text.lower() in JOINERS for token in tokens if token.kind != "mark")
    marked = _is_marked(tokens)
    result: list[Token] = []
    for place, token in enumerate(mended):
        if token.kind == "line" and (signs or marked) and _is_inside_name(mended, place, marked=marked):
            while result and result[-1].kind == "other":
                result.pop()  # the hyphen
            continue
        result.append(token)
    return result


def _as_sign(token: Token, tokens: Sequence[Token], place: int) -> Token:
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if token.text not in ("y", "e", "i") or place < 2 or following is None or following.kind != "word":
        return token
    opens = is_given(following.text) or bool(INITIALS.match(following.text))
    listed = any(other.kind == "sign" for other in tokens[:place])
    last = listed and len(_words(tokens[place + 1 :], 1)) > 1 and len(tokens) - place < _MAX_WORDS
    between = (opens or last) and tokens[place - 2].kind == "word"
    return Token("sign", token.text, token.start, token.end) if between else token


def _join_reversed(tokens: list[Token]) -> list[Token]:
    """``Smith, John; Jones, Mary``: where semicolons stand between names, commas stand inside."""
    ends = [place for place, token in enumerate(tokens) if token.text == ";"]
    if not ends:
        return tokens
    inner: list[int] = []
    for start, end in itertools.pairwise([-1, *ends, len(tokens)]):
        commas = [place for place in range(start + 1, end) if tokens[place].text == ","]
        before = _words(tokens[start + 1 : commas[0]], -1) if commas else []
        after = _words(tokens[commas[0] + 1 : end], 1) if commas else []
        one = len(commas) == 1 and len(before) == commas[0] - start - 1
        if not one or len(before) > _LONG_SURNAME or not after or any(DEGREE.match(word) for word in after):
            return tokens
        inner.append(commas[0])
    return [
        Token("other", token.text, token.start, token.end) if place in inner else token
        for place, token in enumerate(tokens)
    ]


def _is_marked(tokens: Sequence[Token]) -> bool:
    """Whether most names carry marks."""
    names = marks = 0
    for place, token in enumerate(tokens):
        before = tokens[place - 1].kind if place else ""
        names += token.kind == "word" and before != "word"
        marks += token.kind == "mark" and before == "word"
    return marks > 1 and marks >= _MANY_MARKS * names


def _is_inside_name(tokens: Sequence[Token], place: int, *, marked: bool) -> bool:
    """Whether the line end at a place parts a name: one of its halves is none, or only the whole has a mark."""
    hyphen = place > 1 and tokens[place - 1].text in "-‐‑" and tokens[place - 2].end == tokens[place - 1].start
    before = _words(tokens[: place - 1] if hyphen else tokens[:place], -1)
    after = _words(tokens[place + 1 :], 1)
    if not before or not after or DEGREE.match(before[-1]) or len(before) + len(after) > _MAX_WORDS:
        return False
    if hyphen or INITIALS.match(before[-1]) or len(before) == 1 or len(after) == 1:
        return True
    return marked or (is_given(before[-1]) and not is_given(after[0]))


def _words(tokens: Sequence[Token], step: int) -> list[str]:
    """Words up to the next border, from the end or from the start of the tokens; in printed order."""
    words: list[str] = []
    for token in tokens[::step]:
        if token.kind != "word" or token.text.lower() in JOINERS:
            break
        words.append(token.text)
    return words[::step]
