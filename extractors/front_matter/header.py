"""The rows between title and abstract: which hold names of authors, which affiliations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.organisations import find_organisations, is_address
from extractors.front_matter.people import FAIR_NAME, GOOD_NAME, JOB, JOINERS, Hints, Person, has_email, read_people
from extractors.front_matter.strip import Row, Strip, make_strip
from extractors.front_matter.units import breaks_off, opening_mark
from extractors.front_matter.words import (
    COUNTRY,
    DEPARTMENT,
    EMAIL,
    FUNDING,
    KNOWN,
    MEMBERSHIP,
    NOTICE,
    ORGANISATION,
    POSTCODE,
    STATE,
)

_CONTRIBUTION = re.compile(
    r"[\W\d]*(?:(?:these |both |all )?authors? |(?:denotes|indicates) )?(?:with )?"
    r"(?:equal(?:ly)?\b|(?:co|joint(?:ly)?|shared)[- ]?(?:first|last|senior|lead|corresponding|supervis)|"
    r"contributed equally|work (?:was |is )?(?:done|performed)|"
    r"(?:first|last|senior|lead|corresponding|main|core|project|directional|team|technical) "
    r"(?:authors?|leads?|leaders?|contribut\w+|advis\w+)\b)"
)
_BEHALF = re.compile(r"\W*(?:and )?(?:on behalf of|for) the\b")
_LEADS_ON = re.compile(r"\b(?:on behalf of|for)(?: the)?$")
_SURE_NAME = 2.5  # likeness from which a tagger's or a domain's word that it is an organisation does not count
_SAME_SIZE = 0.4  # points
DOUBLE_SPACE = 1.6  # heights between the lines of a manuscript, at most

_EDITORS = re.compile(
    r"\W*(communicated|edited|handling|reviewed|editor|academic editor|recommended|guest editor|presented by|"
    r"advis|supervis)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row with its type: ``author``, ``affiliation``, ``email``, ``other``."""

    row: Row
    kind: str


def type_rows(
    text: str, rows: Sequence[Row], raised: frozenset[int], author_hints: Hints, organisation_hints: Hints
) -> list[TypedRow]:
    """Types of the header's rows, top down; a row with a name and its affiliation is cut in two."""
    ordered = _in_printed_order(rows)
    typed: list[TypedRow] = []
    marks: set[str] = set()  # of the names so far; empty while marks stand before names
    for row in ordered:
        strip = make_strip(text, [(row.start, row.end, "\n")], raised)
        items = _type_row(strip, text, row, raised, author_hints, organisation_hints)
        if typed and typed[-1].kind == "author" and _LEADS_ON.search(fold(typed[-1].row.text).strip()):
            items = [TypedRow(row, "other")]
        called = marks and items[0].kind not in ("email", "other") and _opens_with_mark(strip, marks)
        if called or (marks and typed and _goes_on_with(typed, items, row)):
            items = [TypedRow(row, "affiliation")]
        elif typed and items[0].kind != "author" and _ends_a_name(text, typed[-1], row, raised):
            items = [TypedRow(row, "author")]
        if items[0].kind == "author" and not (opening_mark(strip, 0, ()) and not marks):
            marks.update(mark for person in read_people(strip) for mark in person.marks)
        typed.extend(items)
    typed = _continue_affiliations(_settle_unknown(_continue_authors(_below_names(typed))))
    return _stop_at_notice(_keep_styles(typed))


def stands_below(row: Row, other: Row) -> bool:
    """Whether a row is the next line below another, in its column."""
    return 0 < row.y0 - other.y0 < DOUBLE_SPACE * other.height and min(row.x1, other.x1) > max(row.x0, other.x0)


def _below_names(typed: list[TypedRow]) -> list[TypedRow]:
    """A row in another type right below a name of its column, with no mark or comma, is its affiliation."""
    head = next((item.row for item in typed if item.kind == "author"), None)
    result: list[TypedRow] = []
    for item in typed:
        row = item.row
        if item.kind == "author" and head and row.bold != head.bold and not re.search(r"[,;\d]|\band\b", row.text):
            above = [other.row for other in typed if other.kind == "author" and _alike(other.row, head)]
            if any(stands_below(row, other) for other in above):
                item = TypedRow(row, "affiliation")
        result.append(item)
    return result


def _opens_with_mark(strip: Strip, marks: set[str]) -> bool:
    """Whether a row begins with a mark that calls an affiliation, rather than with the last name's."""
    opened = opening_mark(strip, 0, marks)
    if opened is None or not re.match(r"[\s.]*\w", strip.text[opened[1] :]):
        return False
    counted = any(mark.isdigit() for mark in marks)
    return any(mark in marks or (counted and mark.isdigit()) for mark in opened[0])


def _goes_on_with(typed: Sequence[TypedRow], items: Sequence[TypedRow], row: Row) -> bool:
    """Whether a row is the next line of the affiliations above, where names have marks and another type."""
    last = typed[-1].row
    if typed[-1].kind != "affiliation" or items[0].kind == "email" or not _alike(last, row):
        return False
    near = -0.5 * row.height < row.y0 - last.y1 < 0.5 * row.height and abs(row.x0 - last.x0) < 1.5 * row.size
    if not near or any(item.kind == "author" and _alike(item.row, row) for item in typed):
        return False
    right = max(item.row.x1 for item in typed)
    return items[0].kind != "other" or last.x1 > right - 6 * row.size


def _ends_a_name(text: str, last: TypedRow, row: Row, raised: frozenset[int]) -> bool:
    """Whether the last name of the row of authors above goes on in this row."""
    near = -0.5 * row.height < row.y0 - last.row.y1 < DOUBLE_SPACE * row.height
    if (
        last.kind != "author"
        or not near
        or not _alike(last.row, row)
        or is_organisational(row.text)
        or NOTICE.match(row.text)
    ):
        return False
    strip = make_strip(text, [(last.row.start, last.row.end, "\n"), (row.start, row.end, "\n")], raised)
    end = strip.text.find("\n")
    return any(person.start < end < person.end and person.likeness > FAIR_NAME for person in read_people(strip))


def _keep_styles(typed: list[TypedRow]) -> list[TypedRow]:
    """Below the first affiliation, a row in the type of affiliations and not of names is none of names."""
    first = next((number for number, item in enumerate(typed) if item.kind == "affiliation"), len(typed))
    names = [item.row for item in typed[:first] if item.kind == "author"]
    places = [item.row for item in typed if item.kind == "affiliation"]
    return [
        TypedRow(item.row, "affiliation")
        if number > first
        and item.kind == "author"
        and names
        and not any(_alike(item.row, row) for row in names)
        and any(_alike(item.row, row) for row in places)
        else item
        for number, item in enumerate(typed)
    ]


def _alike(row: Row, other: Row) -> bool:
    """Whether two rows are set in the same type."""
    return abs(row.size - other.size) < _SAME_SIZE and (row.bold, row.italic) == (other.bold, other.italic)


def _in_printed_order(rows: Sequence[Row]) -> list[Row]:
    """Top down, rows of one baseline from left to right."""
    ordered = sorted(rows, key=lambda row: (row.y0 + row.y1) / 2)
    result: list[Row] = []
    line: list[Row] = []
    for row in ordered:
        if line and (row.y0 + row.y1) / 2 - (line[0].y0 + line[0].y1) / 2 > 0.5 * min(row.height, line[0].height):
            result.extend(sorted(line, key=lambda row: row.x0))
            line = []
        line.append(row)
    return [*result, *sorted(line, key=lambda row: row.x0)]


def _type_row(
    strip: Strip, text: str, row: Row, raised: frozenset[int], author_hints: Hints, organisation_hints: Hints
) -> list[TypedRow]:
    people = read_people(strip, author_hints)
    good = [person for person in people if person.likeness > GOOD_NAME]
    letters = sum(char.isalpha() and not up for char, up in zip(strip.text, strip.raised, strict=True))
    letters = (letters - sum(len(found) for found in MEMBERSHIP.findall(strip.text))) or 1
    share = sum(sum(char.isalpha() for char in strip.text[p.start : p.end]) for p in good) / letters
    folded = fold(row.text)
    covered = _is_covered(row, organisation_hints) and not any(person.likeness > _SURE_NAME for person in good)
    organisational = covered or is_organisational(row.text)
    if folded.strip(" ,") in ("and", "&", "und", "et", "y", "e", "with"):
        return [TypedRow(row, "other")]
    if has_email(row.text):
        organisational = organisational or any(
            found.score > 0.8 for found in find_organisations(strip, organisation_hints)
        )
        return _type_email_row(text, row, raised, good, organisational=organisational)
    trailing = strip.piece(good[-1].end, len(strip.text)) if good else strip
    named = any(KNOWN.match(fold(part).strip()) for part in trailing.text.split(","))
    if good and (organisational or share < 0.55 or named):
        cut = _cut_behind_name(strip, row, good, organisation_hints)
        if cut:
            return cut
    postal = re.search(r"\b\d{4,6}\b", strip.text) and is_address(strip.text)
    postal = postal or bool(POSTCODE.search(row.text)) or _is_place(row.text)
    if share >= 0.55 and not (organisational and share < 0.75) and not postal and not covered:
        return [TypedRow(row, "author")]
    if _BEHALF.match(folded):
        return [TypedRow(row, "other")]
    if NOTICE.match(row.text) or _CONTRIBUTION.match(folded) or "rights reserved" in folded or _is_remark(row.text):
        return [TypedRow(row, "other")]
    if (
        organisational
        or postal
        or is_address(strip.text)
        or (find_organisations(strip, organisation_hints)[:1] and _is_hinted(row, organisation_hints))
    ):
        return [TypedRow(row, "affiliation")]
    if people and sum(person.likeness > FAIR_NAME for person in people) >= 0.5 * len(people):
        return [TypedRow(row, "maybe author")]
    return [TypedRow(row, "unknown")]


def _is_place(text: str) -> bool:
    """``San Francisco, California, USA``: places, the last a country or a state."""
    parts = [fold(part).strip(" .") for part in text.split(",")]
    places = load_lexicon().places
    known = [bool(COUNTRY.match(part) or STATE.match(part) or part in places) for part in parts]
    return len(parts) > 1 and (all(known) or bool(COUNTRY.match(parts[-1]) and len(parts[0].split()) == 1))


def _is_remark(text: str) -> bool:
    """A sentence on money, help or permission."""
    return bool(FUNDING.search(text)) and bool(re.search(r"\b(was|were|is|are|by|while|in part|should|be)\b", text))


def is_organisational(text: str) -> bool:
    """Whether words of organisations or departments, or a known name at its start, are in a line."""
    folded = fold(text)
    opened = KNOWN.match(re.sub(r"^\W*\d*\s*", "", folded))
    return bool(ORGANISATION.search(folded) or DEPARTMENT.search(folded) or opened)


def _is_covered(row: Row, hints: Hints) -> bool:
    """Whether a hint covers a row, or nearly."""
    return any(min(high, row.end) - max(low, row.start) > 0.8 * len(row.text) for low, high in hints)


def _is_hinted(row: Row, hints: Hints) -> bool:
    return any(low < row.end and row.start < high for low, high in hints)


def _type_email_row(
    text: str, row: Row, raised: frozenset[int], good: Sequence[Person], *, organisational: bool
) -> list[TypedRow]:
    """A name may stand before an address: ``Ada Smith ada@x.org``."""
    at = EMAIL.search(row.text)
    before = row.text[: at.start()] if at else ""
    named = [person for person in good if at and person.end <= at.start() + 1]
    if (
        named
        and len(before.split()) <= 8
        and not organisational
        and not re.search(r"mail|correspond", row.text, re.IGNORECASE)
    ):
        end = named[-1].end
        return [TypedRow(row.part(0, end), "author"), TypedRow(row.part(end, len(row.text)), "email")]
    local = re.search(r"(?:[\w.+'-]+|[{\[(<][^{}\[\]()<>]*[}\])>])\s?[@＠]", row.text)
    if (
        organisational
        and len(row.text[: local.start()].strip(" ,;:") if local else before) > 2
        and not re.search(r"mail\s*(address)?:?\s*\S+$|correspond", before[:30], re.IGNORECASE)
    ):
        return [TypedRow(row, "affiliation")]
    return [TypedRow(row, "email")]


def _cut_behind_name(strip: Strip, row: Row, good: Sequence[Person], hints: Hints) -> list[TypedRow]:
    """``Ada Smith, University of Nowhere`` and ``Ada Smith (Nowhere Inc.)`` as names and affiliations in turn."""
    if good[0].start > 3 and not re.fullmatch(r"\W*(?:and|&|und|et|y)\s+", strip.text[: good[0].start]):
        return []
    runs = _name_runs(strip, good, hints)
    cells: list[TypedRow] = []
    for number, (start, end) in enumerate(runs):
        while end < len(strip.text) and (strip.raised[end] or strip.text[end] in "∗*†‡§¶"):
            end += 1
        limit = runs[number + 1][0] if number + 1 < len(runs) else len(strip.text)
        if not re.match(r"\s*[,(:;–—-]|\s*$|\s+(?=[A-Z])", strip.text[end:]):
            return []
        opening = re.match(r"\s*\(", strip.text[end:limit])
        inside = end + opening.end() if opening else end
        if opening and ")" in strip.text[inside:limit]:
            limit = inside + strip.text[inside:limit].rindex(")")
        if not find_organisations(strip.piece(inside, limit), hints):
            return []
        cells += [TypedRow(row.part(start, end), "author"), TypedRow(row.part(inside, limit), "affiliation")]
    return cells


def _name_runs(strip: Strip, good: Sequence[Person], hints: Hints) -> list[tuple[int, int]]:
    """Names with nothing but signs between them as one run, (start, end); others only behind an organisation."""
    runs: list[tuple[int, int]] = []  # (start, end) of runs of names
    for person in good:
        between = strip.text[runs[-1][1] : person.start] if runs else ""
        if runs and re.fullmatch(r"[\s,;&\d∗*†‡§¶]*(and)?\s*", between):
            if person.likeness > 1.0:
                runs[-1] = (runs[-1][0], person.end)
        elif not runs or (person.likeness > 1.0 and find_organisations(strip.piece(runs[-1][1], person.start), hints)):
            runs.append((person.start, person.end))
    return runs


def _settle_unknown(typed: list[TypedRow]) -> list[TypedRow]:
    """Rows that their words do not type are typed by their looks and place."""
    authors = [item.row for item in typed if item.kind == "author"]
    first_affiliation = next((n for n, item in enumerate(typed) if item.kind in ("affiliation", "email")), len(typed))
    settled: list[TypedRow] = []
    for number, item in enumerate(typed):
        kind = item.kind
        if kind in ("maybe author", "unknown"):
            kind = _kind_by_place(item, number, typed, authors, first_affiliation)
        if kind == "author" and not authors:
            authors = [item.row]
        settled.append(TypedRow(item.row, kind))
    return settled


def _continue_authors(typed: list[TypedRow]) -> list[TypedRow]:
    """A list of names with jobs (``A. Smith, professor of boxes, B. Jones, lecturer``) goes on in the next row."""
    result: list[TypedRow] = []
    for item in typed:
        last = result[-1] if result else None
        row = item.row
        if last and last.kind in ("author", "maybe author") and item.kind not in ("author", "email"):
            near = -0.5 * row.height < row.y0 - last.row.y1 < 0.5 * row.height and abs(row.size - last.row.size) < 0.2
            jobs = all(JOB.search(re.sub(r"\d", " ", fold(text))) for text in (row.text, last.row.text))
            if near and jobs and not ORGANISATION.search(fold(row.text)):
                item = TypedRow(row, "author")
        result.append(item)
    return result


def _continue_affiliations(typed: list[TypedRow]) -> list[TypedRow]:
    """A row that looks like names goes on with the affiliation above where that breaks off."""
    result: list[TypedRow] = []
    for item in typed:
        last = result[-1] if result else None
        if (
            item.kind == "author"
            and last
            and last.kind == "affiliation"
            and last.row.y1 <= item.row.y0 + 0.5 * item.row.height
        ):
            text = last.row.text.rstrip()
            broken = breaks_off(text) or (
                text.endswith(",") and re.search(r"\d|,", item.row.text) and not re.search(r"\band\b", item.row.text)
            )
            named = re.match(r"(?:[A-Z]\. ?){1,3}[A-Z][a-z]+(?: and|,|\W*$)", item.row.text)
            if broken and not named and abs(item.row.size - last.row.size) < 0.3 and item.row.bold == last.row.bold:
                item = TypedRow(item.row, "affiliation")
        result.append(item)
    return result


def _kind_by_place(
    item: TypedRow, number: int, typed: Sequence[TypedRow], authors: Sequence[Row], first_affiliation: int
) -> str:
    row = item.row
    alike = any(abs(other.size - row.size) < 0.3 and other.bold == row.bold for other in authors)
    beside = any(abs(other.y0 - row.y0) < 0.4 * row.height for other in authors)
    joined = number > 0 and fold(typed[number - 1].row.text).strip(" ,") in JOINERS
    if joined and alike:
        return "author"
    if item.kind == "maybe author":
        if (alike and (beside or number < first_affiliation)) or (not authors and number < first_affiliation):
            return "author"
        unlike_all = authors and not alike
        return "affiliation" if unlike_all or number > first_affiliation else "author"
    if alike and (beside or number < first_affiliation) and _names_by_shape(row.text):
        return "author"
    if not authors and number < first_affiliation and _names_by_shape(row.text):
        return "author"
    above = [other for other in authors if other.y1 <= row.y0 + 0.5 * row.height]
    return "affiliation" if above and len(row.text) > 2 and not re.match(r"^\W+$", row.text) else "other"


def _names_by_shape(text: str) -> bool:
    """Two to five capitalised words and nothing else: an unusual name."""
    words = re.findall(r"[^\W\d_][\w.'’-]*", text)
    return 2 <= len(words) <= 5 and all(word[0].isupper() for word in words) and not re.search(r"\d{3}|[:@]", text)


def _stop_at_notice(typed: list[TypedRow]) -> list[TypedRow]:
    """Names after a notice such as ``Communicated by`` are not of authors."""
    result: list[TypedRow] = []
    editors: list[Row] = []
    remark: Row | None = None
    for item in typed:
        below = remark is not None and abs(item.row.size - remark.size) < 0.2 and item.row.y0 > remark.y0
        near = remark is not None and item.row.y0 - remark.y1 < 0.8 * item.row.height
        wordy = len(item.row.text.split()) > 8 and NOTICE.match(item.row.text)
        if item.kind == "other" and (wordy or _is_remark(item.row.text)):
            remark = item.row
        elif below and near and item.kind != "author":
            remark, item = item.row, TypedRow(item.row, "other")
        else:
            remark = None
        below_editors = any(row.x0 < item.row.x1 and item.row.x0 < row.x1 for row in editors)
        if below_editors or _EDITORS.match(item.row.text):
            editors.append(item.row)
        result.append(TypedRow(item.row, "other") if item.row in editors else item)
    return result
