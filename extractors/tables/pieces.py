"""Words of a table put together: to cells of one row, to heads of one column, to labels beside several rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.records import Line, Word

_MARKS: Final = r"[*†‡§¶⋆◦∗·@↑↓△▲▼⇑⇓+\u2020\u2021]{0,3}"
_NUMBER: Final = r"[-−–+±]?\(?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)"
_SPREAD: Final = r"(?:\s?(?:±|\+/-|\\pm)\s?\d*\.?\d+)?"
VALUE: Final = re.compile(
    rf"{_MARKS}\s?{_NUMBER}\s?%?{_MARKS}{_SPREAD}\s?%?(?:\s?[/|]\s?{_NUMBER}\s?%?)?"
    rf"(?:\s?\([-+−–±]?\d*\.?\d+%?\))?\)?\s?{_MARKS}"
    r"(?:[a-e]|\[\d+\])?"
)
EMPTY: Final = re.compile(r"[-−–—]+|N/?A|n/?a|\?|×|✓|✗|/|∗")
_JOINS: Final = re.compile(
    r"±(?:\d*\.?\d+%?)?|\+/-|%|\(?[±+-−–]?\d*\.?\d+%?\)|[KMGB]|[*†‡§∗]{1,3}"
)  # goes on with the number before
_WORD_GAP: Final = 0.34  # of the font size: as wide as a space may be
_SPACED_GAP: Final = 0.6  # in small type, between words that were read as parts of one line
_FLUSH: Final = 0.5  # points between the left edges of a head and of its column
_CENTRED: Final = (0.7, 2.0)  # points between the middles of a head and of its column, of two heads and of more
_LEAST_UPRIGHT: Final = 3  # characters


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one row that belong together."""

    start_char: int
    end_char: int
    x0: float
    y0: float
    x1: float
    y1: float
    text: str

    @property
    def is_value(self) -> bool:
        """Is it a number that stands alone, with spread, percent sign or marks."""
        return any(c.isdigit() for c in self.text) and VALUE.fullmatch(self.text) is not None

    @property
    def is_empty(self) -> bool:
        """Is it a dash or the like, for a value that is not there."""
        return EMPTY.fullmatch(self.text) is not None


def join_words(text: str, words: Sequence[Word]) -> Piece:
    """Words as one piece, in the order given."""
    return merge_pieces(
        [Piece(w.start_char, w.end_char, w.x0, w.y0, w.x1, w.y1, text[w.start_char : w.end_char]) for w in words]
    )


def merge_pieces(pieces: Sequence[Piece]) -> Piece:
    """Pieces as one, in the order given."""
    if len(pieces) == 1:
        return pieces[0]
    return Piece(
        min(p.start_char for p in pieces),
        max(p.end_char for p in pieces),
        min(p.x0 for p in pieces),
        min(p.y0 for p in pieces),
        max(p.x1 for p in pieces),
        max(p.y1 for p in pieces),
        " ".join(p.text for p in pieces),
    )


def is_number(printed: str) -> bool:
    """Is a word a number, be it with a spread, per cent or marks."""
    return printed[-1:] == "±" or (any(c.isdigit() for c in printed) and VALUE.fullmatch(printed) is not None)


def without_mark(text: str, word: Word, marks: Mapping[int, int]) -> Word:
    """A word of letters without the raised number of a footnote behind it: "Error³" is read as "Error3"."""
    start = marks.get(word.end_char, 0)
    is_mark = start > word.start_char + 2 and text[start - 1].isalpha() and text[start : word.end_char].isdigit()
    return replace(word, end_char=start) if is_mark else word


def split_words(text: str, words: Sequence[Word], size: float) -> list[list[Word]]:
    """Words joined over spaces; two numbers side by side are two parts, a number and its spread are one."""
    parts: list[list[Word]] = []
    for word in words:
        if parts:
            last = parts[-1][-1]
            gap = (word.x0 - last.x1) / size
            printed = text[word.start_char : word.end_char]
            before = join_words(text, parts[-1]).text
            both = is_number(before) and (is_number(printed) or EMPTY.fullmatch(printed))
            both = both or (EMPTY.fullmatch(before) and is_number(printed))
            spread = is_number(before) and (_JOINS.fullmatch(printed) or before.endswith(("±", "+/-")))
            least = _SPACED_GAP if text[last.end_char : word.start_char] == " " else _WORD_GAP
            if (gap < least and not (both and not spread and gap > 0.1)) or (spread and gap < 2 * _WORD_GAP):
                parts[-1].append(word)
                continue
        parts.append([word])
    return parts


def split_heads(words: Sequence[Word], columns: Sequence[tuple[float, float]]) -> list[Sequence[Word]]:
    """Heads that stand a space apart, each over a column of its own."""
    edges = [x0 for x0, _ in columns]
    return [head for part in _flush_heads(words, edges) for head in _centred_heads(part, columns)]


def _flush_heads(words: Sequence[Word], edges: Sequence[float]) -> list[list[Word]]:
    """Heads that stand a space apart: each begins at the left edge of a column, and so do the data below it."""
    heads = [[words[0]]]
    is_flush = _is_at(words[0].x0, edges)
    for word in words[1:]:
        if is_flush and _is_at(word.x0, edges):
            heads.append([word])
        else:
            heads[-1].append(word)
    return heads


def _centred_heads(words: Sequence[Word], columns: Sequence[tuple[float, float]]) -> list[Sequence[Word]]:
    """Heads that stand a space apart: each is over the middle of a column, and no column between them has none."""
    middles = [(x0 + x1) / 2 for x0, x1 in columns]
    over: dict[int, list[Word]] = {}
    for word in words:
        middle = (word.x0 + word.x1) / 2
        over.setdefault(min(range(len(middles)), key=lambda j: abs(middles[j] - middle)), []).append(word)
    first, last = min(over), max(over)
    if len(over) < 2 or len(over) != last - first + 1:
        return [words]
    off = max(abs((some[0].x0 + some[-1].x1) / 2 - middles[j]) for j, some in over.items())
    return [over[j] for j in range(first, last + 1)] if off < _CENTRED[len(over) > 2] else [words]


def _is_at(x: float, edges: Iterable[float]) -> bool:
    return any(abs(x - edge) < _FLUSH for edge in edges)


def cut_at_number(text: str, words: Sequence[Word], columns: Sequence[tuple[float, float]]) -> list[Sequence[Word]]:
    """A long label and the number that stands close behind it, in the next column."""
    *label, last = words
    if not label or not is_number(text[last.start_char : last.end_char]):
        return [words]
    j = next((j for j, (x0, x1) in enumerate(columns) if x0 - 1 < last.x0 and last.x1 < x1 + 1), 0)
    return [label, [last]] if j and label[-1].x1 < columns[j][0] and label[0].x0 < columns[j - 1][1] else [words]


def find_labels_beside(text: str, words: Sequence[Word], lines: Sequence[Line], size: float) -> list[Piece]:
    """Labels set upright beside the rows that they are for."""
    tops = [
        line.y0
        for line in lines
        if sum(is_number(word) for word in text[line.start_char : line.end_char].split()) > 1
        and line.x1 - line.x0 > line.y1 - line.y0
    ]
    if not tops:
        return []
    found: list[Piece] = []
    for line in lines:
        if line.y1 - line.y0 <= 2 * (line.x1 - line.x0) or line.end_char - line.start_char < _LEAST_UPRIGHT:
            continue
        inside = [w for w in words if line.start_char <= w.start_char < line.end_char and w.y1 > min(tops)]
        parts: list[list[Word]] = []
        for word in inside:
            near = parts and max(word.y0 - parts[-1][-1].y1, parts[-1][-1].y0 - word.y1) < _WORD_GAP * 2 * size
            if near:
                parts[-1].append(word)
            else:
                parts.append([word])
        found += [join_words(text, part) for part in parts]
    return found
