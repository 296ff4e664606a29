"""Words and signs of an affiliation, and what a tagger is told about each of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.strip import SYMBOLS
from extractors.front_matter.words import COUNTRY, DEPARTMENT, KNOWN, ORGANISATION, STREET

_TOKEN = re.compile(r"\n|\d{1,2}(?=[^\W\d_]{3})|[^\W_]+(?:[-‐‑–—'’&][^\W_]+)*|[^\s\w]|_")
_LONGEST_NAME = 4  # words of a town or of a short organisation in the lexicon
_FAR = 3
_NAMING = frozenset("uocd")  # heads of organisations and departments
_LONG_WORD = 7  # letters; acronyms are shorter
_JOINERS = frozenset(
    [
        "and",
        "&",
        "und",
        "et",
        "y",
        "e",
        "of",
        "at",
        "in",
        "the",
        "for",
        "de",
        "der",
        "des",
        "du",
        "la",
        "di",
        "del",
        "della",
        "do",
        "da",
        "für",
        "-",
        "–",
        "/",
        ",",
        ".",
        "\n",
        "(",
        ")",
        ":",
    ]
)
_LINK = re.compile(
    r"(?:[{\[(<][^{}\[\]()<>@]*[}\])>]|[\w.+'-]*\w)\s?[@＠]\s?[\w-]+(?:\.[\w-]+)+|\bhttps?:\S+|\bwww\.\S+|"
    r"\b(?:[\w-]+\.)+(?:org|edu|net|gov)\b\S*"
)
_PUBLIC = "@"  # stands for e-mail addresses and links
_MARK = "¤"  # stands for superscripts and signs
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number, a sign or a line's end."""

    start: int
    end: int
    text: str  # as printed; what is no wording has a sign of its own


def tokenise(text: str, raised: Sequence[bool]) -> list[Token]:
    """Tokens of an affiliation; addresses of mail and web are one token each.

    Args:
        text: The affiliation.
        raised: Whether each of its characters is a superscript.
    """
    links = [found.span() for found in _LINK.finditer(text)] if re.search("[@＠./]", text) else []
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if any(low <= start < high for low, high in links):
            if not tokens or tokens[-1].text != _PUBLIC:
                tokens.append(Token(start, end, _PUBLIC))
        elif raised[start] or text[start] in SYMBOLS:
            tokens.append(Token(start, end, _MARK))
        else:
            tokens.append(Token(start, end, found.group()))
    return tokens


@lru_cache(maxsize=20_000)
def _looks(word: str) -> tuple[str, str, str, tuple[str, ...]]:
    """(folded word, shape, head, features of the word alone)."""
    folded = fold(word)
    if word.isdigit():
        folded = "0" * min(len(word), 6)
    elif any(char.isdigit() for char in word):
        folded = re.sub(r"\d", "0", folded)
    if not word[0].isalnum():
        return folded, "p", _NOTHING, ("w=" + folded,)
    shape = _shape(word)
    own = ["w=" + folded, "s=" + shape]
    if len(folded) > 4:
        own += ["p4=" + folded[:4], "p6=" + folded[:6], "s3=" + folded[-3:], "s5=" + folded[-5:]]
    if load_lexicon().persons.get(folded, -9) > 1:
        own.append("person")
    if shape == "a" and folded in load_lexicon().common:
        own.append("common")
    return folded, shape, _head(folded), tuple(own)


def _shape(word: str) -> str:
    letters = [char for char in word if char.isalpha()]
    if not letters:
        return "0"
    if len(letters) < sum(char.isalnum() for char in word):
        return "A0"
    if len(letters) > 1 and all(char.isupper() for char in letters):
        return "AA" if len(letters) < _LONG_WORD else "AAA"
    if sum(char.isupper() for char in letters) > 1 and "-" not in word:
        return "aA"
    return "A" if word[0].isupper() else "a"


def _head(folded: str) -> str:
    """Class of a word by the lists of key words."""
    if folded.startswith(("univ", "uniw")):
        return "u"
    if folded.startswith(("school", "colleg", "facul", "escuel", "ecole", "scuola", "escola")):
        return "c"
    if ORGANISATION.search(folded):
        return "o"
    if DEPARTMENT.search(folded):
        return "d"
    return "s" if STREET.search(folded) else "0" if "0" in folded else _NOTHING


def features_of(tokens: Sequence[Token], hidden: frozenset[str] = frozenset()) -> list[list[str]]:
    """What the tagger is told about each token: its letters, its neighbours, the heads around it, the word lists.

    Args:
        tokens: Tokens of one affiliation.
        hidden: Folded words for which the lists are not asked; training hides some, as no list is whole.
    """
    looks = [_looks(token.text) for token in tokens]
    words = ["^^", "^", *(folded for folded, *_ in looks), "$", "$$"]
    shapes = ["^", *(shape for _, shape, *_ in looks), "$"]
    places, names = _listed(tokens, words[2:-2], hidden)
    segments = _segments(words[2:-2], [head for _, _, head, _ in looks])
    n_universities = len({number for number, _, head in segments if head == "u"})
    kinds: dict[int, str] = {}
    summaries: dict[int, str] = {}  # kind, number of words up to three, whether a place
    for position, (number, place, head) in enumerate(segments):
        if head != _NOTHING and kinds.get(number, "0") in "0sd":
            kinds[number] = head
        listed = any(places[at + 1] != _NOTHING for at in range(position - place, position + 1))
        summaries[number] = f"{kinds.get(number, _NOTHING)}{min(place, _FAR)}{'P' if listed else _NOTHING}"
    opened = _opened(segments, words[2:-2])
    last_heads = {number: head for number, _, head in segments if head != _NOTHING}
    rows: list[list[str]] = []
    for position, (folded, shape, head, own) in enumerate(looks):
        before2, before, after, after2 = words[position], words[position + 1], words[position + 3], words[position + 4]
        number, _, _ = segments[position]
        left, right = _heads_around(segments, position)
        if not position or segments[position - 1][0] != number:  # the border itself, or the first word of all
            left = last_heads.get(number - 1, _NOTHING)
        elsewhere = "u" if n_universities > (kinds.get(number) == "u") else _NOTHING
        kind = kinds.get(number, _NOTHING)
        around = f"{kinds.get(number - 1, _NOTHING)}{kind}{kinds.get(number + 1, _NOTHING)}"
        row = [
            *own,
            "-1=" + before,
            "+1=" + after,
            "-2=" + before2,
            "+2=" + after2,
            f"-10={before} {folded}",
            f"01={folded} {after}",
            f"s-={shapes[position]}{shape}",
            f"s+={shape}{shapes[position + 2]}",
            f"h={left}{head}{right}{elsewhere}",
            f"k={around}",
            f"ku={kind}{elsewhere}{shape}",
            f"sg={opened[number]}{summaries[number]}{shape}",
            f"sn={summaries.get(number - 1, '')}{summaries[number]}{summaries.get(number + 1, '')}",
            f"so={opened[number]}{summaries[number]}{summaries.get(number + 1, '')}",
            f"pl={places[position]}{places[position + 1]}{places[position + 2]}",
            f"pls={places[position + 1]}{shape}{left}{before if not before.isalnum() else ''}",
        ]
        if folded in words[2 : position + 2] and shape[0] == "A" and places[position + 1] != _NOTHING:
            row.append("again=" + (before if before in ("\n", ",") else _NOTHING))  # a town after its university
        if names[position] != _NOTHING:
            row += [f"nm={names[position]}", f"nms={names[position]}{shape}{elsewhere}"]
        if folded in _JOINERS:
            row += [
                f"j={folded} {left}{right}{elsewhere}",
                f"js={folded} {shapes[position]}{shapes[position + 2]}{left}{right}",
                f"jp={folded} {places[position]}{places[position + 2]}{left}{right}",
                f"jw={before} {folded} {after}",
            ]
        if before in _JOINERS:
            row += [f"bj={before2} {before} {head}{shape}", f"bjh={before} {left}{head}{right}{elsewhere}{shape}"]
        rows.append(row)
    return rows


def borders_of(tokens: Sequence[Token]) -> list[bool]:
    """Which tokens part names for certain.

    A semicolon; a comma before a place or between key words of organisations; ``and`` or a line's end
    between an organisation and ``University``.
    """
    looks = [_looks(token.text) for token in tokens]
    heads = [head for _, _, head, _ in looks]
    segments = _segments([folded for folded, *_ in looks], heads)
    kinds: dict[int, set[str]] = {}
    for number, _, head in segments:
        kinds.setdefault(number, set()).add(head)
    opened = _opened(segments, [folded for folded, *_ in looks])
    places, _ = _listed(tokens, [folded for folded, *_ in looks], frozenset())
    found: list[bool] = []
    for position, (folded, *_) in enumerate(looks):
        number = segments[position][0]
        border = folded in (";", "•", "|", _MARK, _PUBLIC)
        if folded == ",":
            border = _is_place_next(places, looks, position) or all(
                kinds.get(side, set()) & _NAMING for side in (number - 1, number)
            )
        elif folded == "\n":
            whole = (
                position > 0 and tokens[position - 1].text not in _JOINERS and kinds.get(number - 1, set()) & _NAMING
            )
            border = bool(whole) and "u" in heads[position + 1 : position + 2]
            border = border or (heads[position - 1] == "u" and _is_place_next(places, looks, position))
        elif folded in ("-", "–", "—", "−"):
            border = bool(_NAMING & set(heads[position + 1 : position + 4])) and looks[position - 1][1] != "p"
            border = border and tokens[position].start > tokens[position - 1].end
        elif folded in ("and", "&", "et", "und", "y", "e"):
            left, right = _heads_around(segments, position)
            border = left == _NOTHING and right in ("u", "o") and opened[number] != _NOTHING
            border = border or (left in ("u", "o") and "u" in heads[position + 1 : position + 3])
        found.append(border)
    return found


def _is_place_next(
    places: Sequence[str], looks: Sequence[tuple[str, str, str, tuple[str, ...]]], position: int
) -> bool:
    """Whether a listed place, and nothing else, stands between this token and the next sign, number or end."""
    at = position + 1
    while at < len(looks) and places[at + 1] != _NOTHING:
        at += 1
    return at > position + 1 and (at == len(looks) or looks[at][1] in ("p", "0", "A0"))


def _segments(words: Sequence[str], heads: Sequence[str]) -> list[tuple[int, int, str]]:
    """(number of the stretch between commas and line ends, place in it, head) of each token."""
    found: list[tuple[int, int, str]] = []
    number = place = 0
    for word, head in zip(words, heads, strict=True):
        if word in (",", ";", "\n", _MARK, _PUBLIC, "•", "|", "("):
            number, place = number + 1, 0
        found.append((number, place, head))
        place += 1
    return found


def _opened(segments: Sequence[tuple[int, int, str]], words: Sequence[str]) -> dict[int, str]:
    """For each stretch whether an organisation's head stands before it, since the last semicolon or mark."""
    found: dict[int, str] = {}
    seen = _NOTHING
    for (number, _, head), word in zip(segments, words, strict=True):
        if word in (";", _MARK):
            seen = _NOTHING
        found.setdefault(number, seen)
        if head in ("u", "o"):
            seen = "u" if "u" in (head, seen) else "o"
    return found


def _heads_around(segments: Sequence[tuple[int, int, str]], position: int) -> tuple[str, str]:
    """The next head to the left and to the right in the same stretch."""
    number = segments[position][0]
    left = right = _NOTHING
    at = position - 1
    while at >= 0 and segments[at][0] == number and left == _NOTHING:
        left = segments[at][2]
        at -= 1
    at = position + 1
    while at < len(segments) and segments[at][0] == number and right == _NOTHING:
        right = segments[at][2]
        at += 1
    return left, right


def _listed(tokens: Sequence[Token], words: Sequence[str], hidden: frozenset[str]) -> tuple[list[str], list[str]]:
    """For each token whether it is in a place's name (with one more at both ends), and whether in an organisation's."""
    lists = load_lexicon()
    places = [_NOTHING] * (len(tokens) + 2)
    names = [_NOTHING] * len(tokens)
    for start, token in enumerate(tokens):
        if not token.text[0].isalpha() or token.text[0].islower() or words[start] in hidden:
            continue
        for end in range(min(len(tokens), start + _LONGEST_NAME), start, -1):
            folded = " ".join(words[start:end])
            if places[start + 1] == _NOTHING and (folded in lists.places or COUNTRY.match(folded)):
                kind = "C" if COUNTRY.match(folded) else "P"
                for at in range(start, end):
                    places[at + 1] = kind
            if names[start] == _NOTHING:
                printed = " ".join(t.text for t in tokens[start:end])
                if printed in lists.organisations and len(printed) > 1:
                    names[start:end] = [str(min(_FAR, end - start))] * (end - start)
        if names[start] == _NOTHING and KNOWN.match(words[start]):
            names[start] = "K"
    return places, names
