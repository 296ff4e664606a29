"""Affiliation units: the pieces of text that each describe one affiliation, with the mark they are called by."""

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.name_tokens import split_marks
from extractors.front_matter.strip import SYMBOLS, Row, Strip, make_strip
from extractors.front_matter.words import COUNTRY, DEPARTMENT, KNOWN, ORGANISATION, POSTCODE, STATE, STREET

_HALF = re.compile(
    r"(\b(public|computer|computing|electrical|medical|applied|social|technical|theoretical|experimental|clinical|"
    r"internal|mathematical|"
    r"natural|physical|chemical|biological|mechanical|civil|advanced|information|of|the|for|and|de|des|du|di|della|"
    r"del|fur|für|et|at|in|to|der|und|y|e|la|le|national|dept\.?|univ\.?)|[&-])$",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\b(?:of|and|for|&) (?:computing|information)$", re.IGNORECASE)
_TITLED = re.compile(r"\b(?:Dr|Prof)\.\s(?:[A-Z]\.[-\s]?)+[^\W\d_][\w’'-]+$")
_GOES_ON = re.compile(r"^(of|and|for|at|in|de|des|du|di|the|für|&|et|und|y)\b(?! (with|is|are))")
_BARE_HEAD = re.compile(
    r"(university|hospital|institute|college|center|centre|school|laboratory|research)\b(?! (of|for|de)\b)"
)
_SYMBOL = re.compile(r"[" + re.escape(SYMBOLS) + r"]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """One affiliation."""

    marks: tuple[str, ...]
    strip: Strip
    rows: tuple[Row, ...]

    @property
    def start(self) -> int:
        """Offset in the paper."""
        return min((offset for offset in self.strip.at if offset >= 0), default=0)


def join_rows(text: str, rows: Sequence[Row], raised: frozenset[int]) -> Strip:
    """One strip of rows that belong together, with wrapped lines joined by a space, others bordered by a newline."""
    right, left = max(row.x1 for row in rows), min(row.x0 for row in rows)
    flows = _flows(rows, left, right)
    pieces: list[tuple[int, int, str]] = []
    for position, row in enumerate(rows):
        border = "\n"
        if position + 1 < len(rows):
            following = rows[position + 1]
            aligned = (
                abs(following.x0 - left) < 0.3 * row.size and row.x0 - left < (2.5 if not position else 0.3) * row.size
            )
            full = aligned and row.x1 + _first_word_width(following) > right
            if _is_wrapped(row.text.strip(), following.text.strip(), full=full, flows=flows):
                border = " "
        pieces.append((row.start, row.end, border))
    return make_strip(text, pieces, raised)


def _flows(rows: Sequence[Row], left: float, right: float) -> bool:
    """Whether rows are filled like a paragraph: each is left-aligned and has no room for the next word."""
    if len(rows) < 2 or not any(re.search(r"[,;]\s*\S", row.text) for row in rows):
        return False
    return all(
        abs(following.x0 - left) < 1.6 * row.size and row.x1 + _first_word_width(following) > right
        for row, following in itertools.pairwise(rows)
        if "@" not in following.text and not row.text.rstrip().endswith(".")
    )


def _first_word_width(row: Row) -> float:
    """Points that the first word of a row and the space before it take."""
    words = row.text.split()
    return (len(words[0]) + 1) * (row.x1 - row.x0) / max(1, len(row.text)) if words else 0.0


def breaks_off(text: str) -> bool:
    """Whether a line ends in the middle of a name: with ``of``, ``and``, an adjective, a hyphen."""
    return bool(_HALF.search(text.strip()))


def _is_wrapped(text: str, following: str, *, full: bool, flows: bool) -> bool:
    ended = _FIELD.search(text) and ORGANISATION.search(fold(re.split(r"[,;(]", following)[0]))
    if (_HALF.search(text) and not ended) or _GOES_ON.match(following):
        return True
    if (
        _TITLED.search(text)
        or text.endswith((",", ";", "."))
        or "@" in text
        or "@" in re.split(r"[,;(]", following)[0]
        or not full
    ):
        return False
    last = re.split(r"[,;]", text)[-1].strip()
    if COUNTRY.match(fold(last).strip(" .")) and ORGANISATION.search(fold(re.split(r"[,;(]", following)[0])):
        return False
    if flows and "," in text and (len(last.split()) < 3 or not _is_complete(last)):
        return True
    first = re.split(r"[,;]", following)[0].strip()
    if first and COUNTRY.match(fold(following.rpartition(",")[2]).strip(" .")) and fold(first) in load_lexicon().places:
        return False
    rest = len(first.split()) == 1 and first[:1].isalpha() and not _is_complete(first)
    if rest and _is_complete(last) and _opens_address(following):
        return False
    return rest or not _is_complete(last) or bool(_BARE_HEAD.match(fold(first)))


def _opens_address(row: str) -> bool:
    """``Nowhere, CA 94305``, ``Nowhere, Utopia``: a word before a state, a country or a number is a town."""
    after = fold(row.partition(",")[2]).strip(" .")
    first = re.split(r"[,;\d]", after)[0].strip()
    return bool(COUNTRY.match(first) or STATE.match(first))


def _is_complete(piece: str) -> bool:
    """Whether a piece can stand alone: an organisation, a department, an address."""
    folded = re.sub(r"^\W*\d*\s*", "", fold(piece))
    words = folded.split()
    if not words or re.fullmatch(r"\W*\d*\s*[A-Z]{3,}", piece):
        return True
    if folded in load_lexicon().places or re.search(r"\d", folded) or STREET.search(folded) or KNOWN.match(folded):
        return True
    return (
        bool(ORGANISATION.search(folded) or DEPARTMENT.search(folded))
        and not _BARE_HEAD.match(folded)
        and len(words) > 1
    )


def opening_mark(strip: Strip, position: int, marks: Collection[str]) -> tuple[tuple[str, ...], int] | None:
    """The mark that opens a unit at a position of the strip: (marks, end). None if there is none.

    Superscripts and symbols always count; a plain number or letter only if authors carry it.
    """
    text = strip.text
    end = position
    while end < len(text) and (strip.raised[end] or (end > position and text[end] == " " and strip.raised[position])):
        end += 1
    if end > position and split_marks(text[position:end]) and end - position <= 6:
        return split_marks(text[position:end]), end
    found = _SYMBOL.match(text, position)
    if found:
        return split_marks(found.group()), found.end()
    found = re.match(
        r"[(\[]?(\d{1,2}|[a-z])[)\]]\.?\s*(?=\S)|[(\[]?(\d{1,2}|[a-z](?=\s?[A-Z]))\.?\s*(?=[^\W\d_a-z])",
        text[position:],
    )
    if found and (found.group(1) or found.group(2)) in marks:
        return (found.group(1) or found.group(2),), position + found.end()
    return None


def split_units(strip: Strip, marks: Collection[str], rows: Sequence[Row]) -> list[Unit]:
    """Cut affiliations at their opening marks; where marks follow what they mark, cut behind them."""
    cuts = _cuts(strip, marks)
    if not cuts:
        return [Unit((), strip, tuple(rows))]
    first_text = strip.text[: cuts[0][0]].strip(" ,;\n")
    if first_text and _marks_follow(strip, cuts):
        return _split_behind(strip, cuts, rows)
    units: list[Unit] = []
    if len(first_text) > 3:
        units.append(Unit((), strip.piece(0, cuts[0][0]), tuple(rows)))
    for position, (_, after, own) in enumerate(cuts):
        end = cuts[position + 1][0] if position + 1 < len(cuts) else len(strip.text)
        units.append(Unit(own, strip.piece(after, end), tuple(rows)))
    return units


def _cuts(strip: Strip, marks: Collection[str]) -> list[tuple[int, int, tuple[str, ...]]]:
    """(start of the mark, end of the mark, marks) of all opening marks."""
    cuts: list[tuple[int, int, tuple[str, ...]]] = []
    position, text = 0, strip.text
    at_border = True
    while position < len(text):
        char = text[position]
        if char == " ":
            position += 1
            continue
        raised = strip.raised[position] and not (position and strip.raised[position - 1])
        if at_border or raised or char in SYMBOLS or (char.isdigit() and not text[position - 1].isalnum()):
            found = opening_mark(strip, position, marks)
            if found and not raised and POSTCODE.search(text[max(0, position - 5) : position + 3]):
                found = None
            plain_inside = found and not at_border and not raised and char not in SYMBOLS
            if found and not (plain_inside and not re.match(r"\d{1,2}[A-Z]", text[position:])):
                cuts.append((position, found[1], found[0]))
                position = found[1]
                at_border = False
                continue
        at_border = char in "\n;,"
        position += 1
    return cuts


def _marks_follow(strip: Strip, cuts: Sequence[tuple[int, int, tuple[str, ...]]]) -> bool:
    """Whether marks stand behind their affiliations: each is followed by a border, none opens a line."""
    behind = sum(bool(re.match(r"\s*($|[,;\n]|and\b|&)", strip.text[end:])) for _, end, _ in cuts)
    touching = sum(start > 0 and strip.text[start - 1].isalpha() for start, _, _ in cuts)
    return behind == len(cuts) and touching == len(cuts)


def _split_behind(strip: Strip, cuts: Sequence[tuple[int, int, tuple[str, ...]]], rows: Sequence[Row]) -> list[Unit]:
    units: list[Unit] = []
    position = 0
    for start, end, own in cuts:
        units.append(Unit(own, strip.piece(position, start), tuple(rows)))
        position = end
    if strip.text[position:].strip(" ,;\n."):
        units.append(Unit((), strip.piece(position, len(strip.text)), tuple(rows)))
    return units
