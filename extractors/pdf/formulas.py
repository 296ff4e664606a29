"""Formulas: rows of print that stand into one another put together, and lines that show nothing but a formula."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from extractors.pdf.encodings import is_sign_font
from extractors.pdf.formula_order import NUMBER, Box, read_formula, run_box
from extractors.pdf.fragments import Fragment, Run

_SIGNS: Final = "=<>≤≥≈≃≅∼≡∝≪≫∈∉⊂⊆→←↔⇒⇔↦∑∏∫√∂∇∀∃⋃⋂⊕⊗"
_SIGN: Final = re.compile(f"[{_SIGNS}]")
_PLAIN_SIGNS: Final = re.compile(r"[=<>]|^[+*]|\)$")
_OPERATOR_FIRST: Final = re.compile(r"[+−×·±∓≤≥=]")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_THREE_WORDS: Final = re.compile(r"\b[^\W\d_]{2,},? [^\W\d_]{2,},? [^\W\d_]{2,}\b")
_STARTS_WITH_WORD: Final = re.compile(r"[^\W\d_]{2,}\b")
_LAST_WORDS: Final = re.compile(r"(?:[^\W\d_]{2,}[ ,]*)+[.:;,]?")  # the end of a paragraph before a formula
_NAMES: Final = re.compile(
    "log|exp|sin|cos|tan|lim|max|min|sup|inf|arg|argmax|argmin|det|diag|dim|mod|rank|sign|softmax|tanh|where|with|and"
    "|for|otherwise|such|that|subject"
)
_LAST_NUMBER: Final = re.compile(rf"{NUMBER.pattern}$")
_PROSE_LETTERS: Final = 12  # in words of a row of text
_REACH: Final = 4  # rows further down that a row may stand into
_TOUCH, _HOLD = 0.08, 0.2  # of the font size: how far rows stand into one another; and into a line of text
_LIMIT_GAP: Final = 0.6  # of the font size, between a sign and its limits
_NUMBER_OF_CELL: Final = re.compile(r"\s*[-−]?\d[\d.,]*%?\s*")
_LEAST_CELLS: Final = 4
_FAR_APART: Final = 3.0  # of the font size: heads without others between them
_LEAST_NAMES: Final = 3
_CELL_GAP: Final = 1.0  # of the font size
_MOST_RUNS: Final = 400  # of a formula; what has more is a drawing
_LONGEST_PIECE: Final = 60  # characters of a formula inside a line of text that stand above or below the line
_SHORT: Final = 8  # runs
_MANY_NUMBERS: Final = 6  # cells of a table


def untangle(rows: list[list[Fragment]], x0: float, x1: float) -> list[list[Fragment]]:
    """Rows of one column (most of which go from ``x0`` to ``x1``, points), with those of one formula put together.

    Rows of text never join one another: a formula within a line of text joins the line that it stands into most.
    """
    if all(b[0].y0 >= a[0].y1 for a, b in pairwise(rows)) and not any(_has_big_sign(row) for row in rows):
        return rows
    boxes = [_row_box(row) for row in rows]
    groups = _tangled(rows, boxes, x0, x1)
    if not groups:
        return rows
    result = dict(enumerate(rows))
    for host, members in groups:
        joined = [fragment for i in members for fragment in rows[i]]
        for i in members:
            result.pop(i)
        result[host] = read_formula(joined)
    return [result[i] for i in sorted(result)]


def _tangled(rows: list[list[Fragment]], boxes: list[Box], x0: float, x1: float) -> list[tuple[int, list[int]]]:
    """Rows that are one formula: the main one, and all of them in order."""
    group = list(range(len(rows)))  # each row's group, by the first row in it
    holds: dict[int, tuple[float, int]] = {}  # how far a row stands into a line of text, and which
    prose: dict[int, bool] = {}
    for i, j in _meetings(rows, boxes):
        for k in (i, j):
            if k not in prose:
                prose[k] = _is_prose(rows[k], boxes[k], x0, x1)
        if not prose[i] and not prose[j]:
            old, new = group[j], group[i]
            group = [new if number == old else number for number in group]
        elif prose[i] != prose[j]:
            line, piece = (i, j) if prose[i] else (j, i)
            depth = _overlap(boxes[i], boxes[j])
            if depth > holds.get(piece, (_HOLD * _size(rows[piece]), 0))[0]:
                holds[piece] = depth, line
    members: dict[int, list[int]] = {}
    for i, number in enumerate(group):
        members.setdefault(number, []).append(i)
    return _chosen(rows, list(members.values()), holds)


def _meetings(rows: list[list[Fragment]], boxes: list[Box]) -> Iterator[tuple[int, int]]:
    for i in range(len(rows)):
        for j in range(i + 1, min(i + 1 + _REACH, len(rows))):
            if _meet(rows, boxes, i, j):
                yield i, j


def _chosen(
    rows: list[list[Fragment]], groups: list[list[int]], holds: dict[int, tuple[float, int]]
) -> list[tuple[int, list[int]]]:
    """The groups of rows that are formulas; small ones go with the line of text that they stand into most."""
    by_line: dict[int, list[int]] = {}
    found: list[tuple[int, list[int]]] = []
    for own in groups:
        fragments = [f for i in own for f in rows[i]]
        deepest = max((holds[i] for i in own if i in holds), default=None)
        if deepest is not None and _is_small(fragments):
            by_line.setdefault(deepest[1], []).extend(own)
        elif len(own) > 1 and _is_mathematical(fragments):
            found.append((max(own, key=lambda i: (_weight(rows[i]), -i)), own))
    return found + [(line, sorted([line, *own])) for line, own in by_line.items()]


def _meet(rows: list[list[Fragment]], boxes: list[Box], i: int, j: int) -> bool:
    """True if two rows stand into one another, or the one holds limits of a sign of the other."""
    above, below = boxes[i], boxes[j]
    size = min(_size(rows[i]), _size(rows[j]))
    if min(above[2], below[2]) - max(above[0], below[0]) < -4 * size:  # far from one another on the line
        return False
    if _overlap(above, below) > _TOUCH * size:
        return True
    if below[1] - above[3] > _LIMIT_GAP * size:
        return False
    return _is_limit(rows[i], rows[j]) or _is_limit(rows[j], rows[i])


def _is_limit(row: list[Fragment], host: list[Fragment]) -> bool:
    """True for a short row in small type right over or under a big sign."""
    if len(row) > 3 or any(f.size > 0.8 * host[0].size and f.size > 0.8 * _size(host) for f in row):
        return False
    centre = (min(f.x0 for f in row) + max(f.x1 for f in row)) / 2
    return any(run.x0 - run.size < centre < run.x1 + run.size for f in host for run in f.runs if is_sign_font(run.font))


def _is_prose(row: list[Fragment], box: Box, x0: float, x1: float) -> bool:
    """Running text: it begins at the left of the column or fills it, and most of it is words."""
    if _is_row_of_cells(row):
        return False
    text = "".join([f.text for f in row])
    letters = sum(len(word) for word in _WORD.findall(text))
    if letters < _PROSE_LETTERS or letters < 0.45 * len(text.replace(" ", "")):
        if box[0] > x0 + 1:
            return False
        return (letters > 0 and box[2] > x1 - 1) or _LAST_WORDS.fullmatch(text.strip()) is not None
    return box[0] < x0 + 2.5 * _size(row) or box[2] - box[0] > 0.7 * (x1 - x0)


def _is_row_of_cells(row: list[Fragment]) -> bool:
    """The head of a table: words far apart. Its other heads may stand half a line higher or lower."""
    n_words = sum(_WORD.search(f.text) is not None and not f.text.islower() for f in row)
    if 2 * n_words < len(row) or any(_SIGN.search(f.text) for f in row) or _has_big_sign(row):
        return False
    apart = all(b.x0 - a.x1 > _FAR_APART * max(a.size, b.size) for a, b in pairwise(row))
    if apart and len(row) > 1 and all(f.text[:1].isupper() or f.text[:1] == "#" for f in row):
        return True
    if n_words < _LEAST_CELLS:
        return False
    n_wide = sum(b.x0 - a.x1 > _CELL_GAP * max(a.size, b.size) for a, b in pairwise(row))
    return n_wide >= _LEAST_CELLS - 1 and 3 * n_wide >= 2 * (len(row) - 1)


def is_row_of_names(row: list[Fragment]) -> bool:
    """The head of a table, whose names may hold signs ("De→En"): parts far apart, a word in each."""
    return (
        len(row) >= _LEAST_NAMES
        and all(_WORD.search(f.text) and not f.text.islower() for f in row)
        and all(b.x0 - a.x1 > _CELL_GAP * max(a.size, b.size) for a, b in pairwise(row))
        and not _has_big_sign(row)
    )


def _is_small(fragments: list[Fragment]) -> bool:
    """A piece inside a line of text: short, and not of words."""
    text = " ".join(f.text for f in fragments)
    return len(text) < _LONGEST_PIECE and sum(len(word) > 3 for word in _WORD.findall(text)) < 4


def _is_mathematical(fragments: list[Fragment]) -> bool:
    """Signs of mathematics, and no grid of numbers."""
    if sum(len(f.runs) for f in fragments) > _MOST_RUNS:
        return False
    if _has_big_sign(fragments):
        return True
    if not any(_SIGN.search(f.text) for f in fragments):
        return False
    return sum(f.text.strip(" .%()−-").isdecimal() for f in fragments) < _MANY_NUMBERS


def _has_big_sign(row: list[Fragment]) -> bool:
    return any(is_sign_font(run.font) for f in row for run in f.runs)


def _row_box(row: list[Fragment]) -> Box:
    """The reach of a row. Big signs hang down from their baselines."""
    x0, y0, x1, y1 = row[0].x0, row[0].y0, row[0].x1, row[0].y1
    for fragment in row:
        x1, y0, y1 = max(x1, fragment.x1), min(y0, fragment.y0), max(y1, fragment.y1)
        if 1 < len(fragment.runs) < _SHORT:  # a letter may carry a longer index
            largest = run_box(max(fragment.runs, key=_run_size))
            y0, y1 = min(y0, largest[1]), max(y1, largest[3])
        if len(fragment.text) < 4 and is_sign_font(fragment.runs[0].font):
            y1 = max(y1, fragment.baseline + 1.4 * fragment.size)
    return x0, y0, x1, y1


def _run_size(run: Run) -> float:
    return run.size


def _overlap(above: Box, below: Box) -> float:
    return min(above[3], below[3]) - max(above[1], below[1])


def _size(row: list[Fragment]) -> float:
    return max(f.size for f in row)


def _weight(row: list[Fragment]) -> float:
    return sum(f.size for f in row if _SIGN.search(f.text)) + 0.01 * sum(f.size * len(f.text) for f in row)


def has_number(text: str) -> bool:
    """True if a formula's number stands at its end."""
    return _LAST_NUMBER.search(text.rstrip()) is not None


def may_be_formula(text: str) -> bool:
    """False for most lines: they are plain ASCII without a sign of mathematics."""
    return not text.isascii() or _PLAIN_SIGNS.search(text) is not None


def _ends_in_cells(runs: Sequence[Run], size: float) -> bool:
    """True for a row of a table: numbers far from one another behind a label, which may hold a sign ("k = 10")."""
    last = [*pairwise(runs)][-_LEAST_CELLS:]
    return (
        len(last) == _LEAST_CELLS
        and all(_NUMBER_OF_CELL.fullmatch(run.text) and run.x0 - before.x1 > size for before, run in last)
        and not _NUMBER_OF_CELL.fullmatch(runs[0].text)  # an axis
    )


def is_formula(runs: list[Run], size: float, column: tuple[float, float], x0: float, x1: float) -> bool:
    """True for a line that shows nothing but a formula, set off from the text.

    Args:
        runs: Its runs.
        size: Font size of the line.
        column: Where most lines of its column begin and end, points.
        x0: Left end of the line, points.
        x1: Its right end.
    """
    text = "".join([run.text for run in runs if run.size > 0.85 * size]).strip()
    number = _LAST_NUMBER.search(text)
    stem = text[: number.start()] if number else text
    if not stem:
        return x0 > (column[0] + column[1]) / 2 and x1 > column[1] - size  # its number, on a line of its own
    if _ends_in_cells(runs, size):
        return False
    indented = x0 > column[0] + 0.9 * size
    if not _SIGN.search(stem) and not (_OPERATOR_FIRST.match(stem) and len(stem) > _SHORT):
        return indented and any(is_sign_font(run.font) for run in runs) and not _WORD.search(stem)
    n_all = len(stem.replace(" ", ""))
    n_words = sum(len(word) for word in _WORD.findall(stem) if not _NAMES.fullmatch(word))
    if not indented:
        fills = n_words > 0 and not number and x1 > column[1] - size
        return not fills and not _STARTS_WITH_WORD.match(stem) and n_words <= 0.2 * n_all
    if number and x1 > column[1] - size:
        return _THREE_WORDS.search(stem) is None
    return n_words <= 0.5 * n_all and not (n_words > 0.4 * n_all and _THREE_WORDS.search(stem))
