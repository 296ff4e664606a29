"""Sentences that say who works where, in footnotes and at the end: ``A. Smith is with the University of Nowhere``."""

import re
from collections.abc import Collection, Sequence

from extractors.front_matter.author_list import Author
from extractors.front_matter.lexicon import fold
from extractors.front_matter.organisations import SURE, find_organisations, is_address
from extractors.front_matter.pairing import match_name
from extractors.front_matter.strip import Row, Strip
from extractors.front_matter.units import Unit, join_rows, opening_mark
from extractors.front_matter.words import DEPARTMENT, FUNDING, POSTCODE

_IS_WITH = re.compile(
    r"(?P<who>(?:[^.;]|(?<=\b[A-Z])\.|(?<=Dr)\.|(?<=Jr)\.){0,200}?)\s*,?\s*"
    r"\b(?:is|are|was|were)\s+(?:(?:an?|the)\s[^.;()]{3,90}?\s(?=with|at\b|from))?"
    r"(?:(?:also|now|currently|presently|both|jointly|still|all|both of)\s+)*"
    r"(?:with|at|affiliated (?:with|to)|from|employed (?:by|at)|working (?:at|with|for))\s+(?P<where>.+?)"
    r"(?=[.;]\s+(?:(?:and\s+)?[A-Z]\S*\s+){1,6}(?:is|are|was|were)\b|\.\s+(?:He|She|They)\b|\(e-?mail|e-?mail:|"
    r";\s*(?:[A-Z]\S*\s){1,3}(?:is|are)\b|$)",
    re.DOTALL,
)
_CUE = re.compile(
    r"affiliated with|\b(?:is|are|was|were) (?:also |now |currently |presently )*(?:with|at)\b|\balso (?:with|at)\b|"
    r"\b(?:currently|now|presently) "
    r"(?:with|at)\b|\b(?:present|current|permanent|new)(?:ly)? (?:address|affiliation|at|with)|on leave from|"
    r"\bat the time\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[.;,\n]\s*(?:\*|correspond|e-?mail\b|tel\b(?![ -]aviv)|fax\b|address (?:for|corr)|equal|these|received|"
    r"electronic (?:address|mail|supp)|full list|accepted|present)|"
    r"[.;]\s+(?:(?:part(?:ial)?ly |this |the |part of this )?(?:supported|research\b|work\b|funded)|the author|part of|"
    r"visiting|on leave|i |we |while )",
    re.IGNORECASE,
)
LEADS_IN = re.compile(
    r"^\W*(?:author affiliations?\s*:|from the\b|authors?[’'] affiliations?\s*:|affiliations of (?:the )?authors\s*:|"
    r"affiliations?\s*:|(?:present|current|permanent) address(?:es)?\s*:)",
    re.IGNORECASE,
)
_OTHER_NOTE = re.compile(
    r"\W*(correspond(?!ing author at)|funding|received|handling|citation|edited by)", re.IGNORECASE
)
_NOW = re.compile(r"\b(?:now|currently|presently)\b")
_BULLET = "•"
_MAX_NOTE_ROWS = 30
_DETAILS = re.compile(
    r"^\W*(?:author details|authors?[’']? affiliations?|author affiliations?|author information|"
    r"affiliations of authors|authors?[’']? addresses|"
    r"details of authors|affiliations?)\s*[:.]?\s*",
    re.IGNORECASE,
)


def find_marked_units(text: str, rows: Sequence[Row], raised: frozenset[int], marks: Collection[str]) -> list[Unit]:
    """Footnotes and margins that open with one of the marks and say an affiliation."""
    units: list[Unit] = []
    position = 0
    while position < len(rows):
        row = rows[position]
        if _opened(text, row, raised, marks) is None and not _leads_to_marks(text, row, raised, marks):
            position += 1
            continue
        group = [rows[position]]
        while position + 1 < len(rows) and _same_note(text, group, rows[position + 1], raised, marks):
            position += 1
            group.append(rows[position])
        position += 1
        strip = join_rows(text, group, raised)
        for own, whole in _notes(strip, marks):
            part = without_tail(whole)
            if _says_affiliation(part):
                units.append(Unit(own, _behind_cue(part), tuple(group)))
    return units


def _opened(text: str, row: Row, raised: frozenset[int], marks: Collection[str]) -> tuple[tuple[str, ...], int] | None:
    strip = join_rows(text, [row], raised)
    found = opening_mark(strip, 0, marks)
    if found is None or not set(found[0]) & set(marks):
        return None
    return found


def _leads_to_marks(text: str, row: Row, raised: frozenset[int], marks: Collection[str]) -> bool:
    """``From the aDivision of Boxes, bInstitute of Things``: raised marks behind the opening words."""
    return bool(LEADS_IN.match(row.text)) and bool(_notes(join_rows(text, [row], raised), marks))


def _same_note(text: str, group: Sequence[Row], row: Row, raised: frozenset[int], marks: Collection[str]) -> bool:
    last = group[-1]
    gap = row.y0 - last.y1
    overlap = min(row.x1, last.x1) - max(row.x0, last.x0)
    near = -0.5 * last.height < gap < 0.8 * last.height and overlap > -2 * last.size
    beside = abs(row.y0 - last.y0) < 0.5 * last.height and row.x0 > last.x0 and len(last.text.strip()) < 4
    if (
        row.page != last.page
        or not (near or beside)
        or (abs(row.size - max(r.size for r in group)) > 0.25 * row.size and not beside)
        or _OTHER_NOTE.match(row.text)
    ):
        return False
    return _opened(text, row, raised, marks) is None


def _notes(strip: Strip, marks: Collection[str]) -> list[tuple[tuple[str, ...], Strip]]:
    """A note, or several that are set in one paragraph (``1Department A. 2Department B.``)."""
    notes: list[tuple[tuple[str, ...], Strip]] = []
    position, opened, start = 0, (), 0
    while position < len(strip.text):
        fresh = position == 0 or strip.text[position - 1] in " \n.;,"
        found = opening_mark(strip, position, marks) if fresh or strip.raised[position] else None
        if found and not strip.raised[position] and POSTCODE.search(strip.text[max(0, position - 5) : position + 3]):
            found = None
        inside = found is not None and position > 0 and not strip.raised[position] and strip.text[position].isalnum()
        if (
            found
            and set(found[0]) & set(marks)
            and not (inside and not re.match(r"\d{1,2}[A-Z]", strip.text[position:]))
        ):
            if opened:
                notes.append((opened, strip.piece(start, position)))
            opened, start = found[0], found[1]
            position = found[1]
            continue
        position += 1
    if opened:
        notes.append((opened, strip.piece(start, len(strip.text))))
    return notes


def without_tail(strip: Strip) -> Strip:
    """A note without what follows the affiliation: correspondence, e-mail, contributions."""
    tail = _TAIL.search(strip.text)
    return strip.piece(0, tail.start() + 1) if tail and tail.start() > 5 else strip


def _says_affiliation(strip: Strip) -> bool:
    text = re.sub(r"\S*@\S*", "", strip.text)
    if _CUE.search(text):
        before = text[: _CUE.search(text).start()]  # type: ignore[union-attr]
        return not FUNDING.search(before) and bool(find_organisations(strip))
    found = find_organisations(strip)
    named = any(organisation.score > SURE or DEPARTMENT.search(fold(organisation.name)) for organisation in found)
    named = named or bool(found and is_address(text.partition(",")[2]))
    if not named or FUNDING.search(text[:90]):
        return False
    lower = [
        word
        for word in re.findall(r"[^\W\d_]{3,}", text[:90])
        if word[0].islower() and word not in ("and", "the", "for", "der", "des")
    ]
    return len(lower) <= 3


def _behind_cue(strip: Strip) -> Strip:
    """What follows the last words that lead to an affiliation."""
    cues = list(_CUE.finditer(strip.text[:160]))
    if not cues:
        return strip
    end = cues[-1].end()
    led = re.match(r"\w*\s*(?:(?:with|at|to|from|address|affiliation|is|:)\s*)*", strip.text[end:])
    return strip.piece(end + (led.end() if led else 0), len(strip.text))


def find_details(text: str, rows: Sequence[Row], raised: frozenset[int]) -> list[Row]:
    """Rows under a heading such as ``Author details``, anywhere in the paper."""
    for position, row in enumerate(rows):
        heading = _DETAILS.match(row.text)
        if not heading or (len(row.text) > heading.end() + 2 and not re.match(r"[A-Z\d]", row.text[heading.end() :])):
            continue
        if len(row.text.split()) > 2 and row.text[heading.end() :] and ":" not in heading.group():
            continue
        rest = [row.part(heading.end(), len(row.text))] if len(row.text) > heading.end() + 2 else []
        size = rows[position + 1].size if position + 1 < len(rows) else row.size
        for following in rows[position + 1 : position + 60]:
            if abs(following.size - size) > 0.15 * size or re.match(
                r"^(received|references|competing|correspond|accepted|published)", following.text, re.IGNORECASE
            ):
                break
            rest.append(following)
        if rest:
            return rest
    return []


def find_statements(
    text: str, rows: Sequence[Row], raised: frozenset[int], authors: Sequence[Author], *, only_new: bool = False
) -> list[tuple[Author, Unit]]:
    """Pairs from sentences of the kind ``A. Smith and B. Jones are with ...``, ``The authors are with ...``.

    Args:
        text: The paper's text.
        rows: Rows of notes and body.
        raised: Offsets of superscripts.
        authors: Authors of the paper.
        only_new: Whether only places count where someone is ``now``.
    """
    pairs: list[tuple[Author, Unit]] = []
    surnames = (
        re.compile("author|" + "|".join(re.escape(author.name.split()[-1]) for author in authors), re.IGNORECASE)
        if authors
        else None
    )
    for group in paragraphs(rows):
        if surnames is None or not any(surnames.search(row.text) for row in group) or len(group) > _MAX_NOTE_ROWS:
            continue
        strip = join_rows(text, group, raised)
        if not re.search(r"\b(is|are|was|were)\b[^.]{0,90}\b(with|at|affiliated|from)\b", strip.text):
            continue
        last: list[Author] = []
        for found in _IS_WITH.finditer(strip.text):
            if only_new and not _NOW.search(strip.text, found.end("who"), found.start("where")):
                continue
            who = _subjects(found.group("who"), authors, last)
            unit = Unit((), strip.piece(found.start("where"), found.end("where")), tuple(group))
            if who and not FUNDING.search(found.group("who")) and find_organisations(unit.strip):
                pairs.extend((author, unit) for author in who)
                last = who
    return pairs


def paragraphs(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that stand right below one another in one type, cut where a first line is indented."""
    groups: list[list[Row]] = []
    for number, row in enumerate(rows):
        last = groups[-1][-1] if groups else None
        near = last and row.page == last.page and -0.6 * last.height < row.y0 - last.y1 < 0.7 * last.height
        alike = near and last and abs(row.size - last.size) < 0.6 and min(row.x1, last.x1) > max(row.x0, last.x0)
        bullet = row.text.startswith(_BULLET)
        if (
            alike
            and not bullet
            and not _is_indented(groups[-1], row, rows[number + 1] if number + 1 < len(rows) else None)
        ):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _is_indented(group: Sequence[Row], row: Row, following: Row | None) -> bool:
    """Whether a row opens a paragraph by its indent: the line above is at the margin, and short or the next one is."""
    left, right = min(other.x0 for other in group), max(other.x1 for other in (*group, row))
    if group[0].text.startswith(_BULLET):  # all but its first line are indented
        return False
    if row.x0 - left < 0.7 * row.size or group[-1].x0 - left > 0.3 * row.size:
        return False
    back = following is not None and following.page == row.page and abs(following.x0 - left) < 0.3 * row.size
    return back or group[-1].x1 < right - 3 * row.size


def _subjects(who: str, authors: Sequence[Author], last: list[Author]) -> list[Author]:
    """The authors that the subject of a sentence names."""
    who = re.split(r"(?<=[^\W\d_]{3})\.\s", who)[-1].strip(" ,;\n")
    if re.search(r"\b(the|all|both) (\w+ )?authors?\b|^authors\b|^all$", who, re.IGNORECASE) and len(who) < 40:
        return list(authors)
    if re.match(r"(he|she|they)$", who, re.IGNORECASE):
        return last
    found: list[Author] = []
    for part in re.split(r",|\band\b|&|;", who):
        words = [word for word in part.split() if word[0].isalpha()][-4:]
        if words and (words[0][:1].isupper()):
            found.extend(author for author in match_name(" ".join(words), authors) if author not in found)
    return found
