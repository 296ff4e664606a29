"""Title, authors, institutions and who belongs where, read from the front matter of a parsed paper."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extractors.front_matter.author_list import Author, read_authors
from extractors.front_matter.contacts import find_emails, find_orcids, named_by_domains
from extractors.front_matter.end_addresses import pair_with_end_addresses
from extractors.front_matter.header import TypedRow, stands_below, type_rows
from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.line_numbers import without_line_numbers
from extractors.front_matter.named_notes import find_bracketed, find_named_list, find_named_notes
from extractors.front_matter.organisations import SURE, Organisation, find_departments, find_organisations
from extractors.front_matter.pairing import pair_by_marks, pair_by_place, resolve_marks
from extractors.front_matter.people import Hints
from extractors.front_matter.sheet import MAX_COVER_PAGES, Sheet, find_sheet
from extractors.front_matter.statements import (
    find_details,
    find_marked_units,
    find_statements,
)
from extractors.front_matter.strip import Row, make_rows, printed, raised_offsets
from extractors.front_matter.units import Unit, join_rows, split_units
from extractors.front_matter.words import COUNTRY, DEPARTMENT, FUNDING, STATE, STREET
from schemas.records import Block, Mention, ParsedPaper, Relation, Span

MODEL = "front-matter-3"  # goes with every mention; raise it when the rules change what is found
HINTED_SCORE = 0.5  # of people whom only a tagger sees
_LONE = re.compile(r"\s*([A-Z][\w.&'’+-]*(?: [A-Z&][\w.&'’+-]*){0,3})\s*(?:[,;\n]|$)")
_AUTHOR_HINT, _ORGANISATION_HINT = 0.5, 0.6  # scores of a tagger's mentions from which they count
ROWS_FOR_FRONT = 700  # rows of the first pages that are looked at


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the front matter says. Mentions and relations point into the paper's text."""

    title: str
    title_span: Span | None
    authors: tuple[Mention, ...]  # in printed order
    institutions: tuple[Mention, ...]
    affiliations: tuple[Relation, ...]  # affiliated_with, ids of the mentions
    departments: tuple[tuple[str, str, str], ...] = ()  # (id of the author, id of the institution, department in it)
    emails: tuple[tuple[str, str], ...] = ()  # (id of the author, address)
    orcids: tuple[tuple[str, str], ...] = ()  # (id of the author, 0000-0000-0000-0000)


@dataclass(frozen=True, slots=True)
class Names:
    """What a reader would write down: names without marks, pairs of (author, institution)."""

    title: str
    authors: tuple[str, ...]
    institutions: tuple[str, ...]
    affiliations: tuple[tuple[str, str], ...]
    departments: tuple[tuple[str, str, str], ...] = ()  # (author, institution, department)
    emails: tuple[tuple[str, str], ...] = ()  # (author, address)
    orcids: tuple[tuple[str, str], ...] = ()  # (author, 0000-0000-0000-0000)


def extract_front_matter(paper: ParsedPaper, hints: Sequence[Mention] = ()) -> FrontMatter:
    """Read title, authors, institutions and affiliations of a paper.

    Rules over layout and words; see this package's README for what was measured.

    Args:
        paper: The parsed paper; only its text, lines and superscripts are used.
        hints: Author and Institution mentions of a tagger. They help where words alone do not decide.
    """
    raised = raised_offsets(paper.superscripts)
    sheet = _find_sheet(paper, raised)
    if sheet is None:
        return FrontMatter("", None, (), (), ())
    cited = [block for block in paper.blocks if block.kind == "reference" and block.page == sheet.page]
    sheet = replace(sheet, rest=tuple(row for row in sheet.rest if not _is_within(row, cited)))
    author_hints = [(h.start_char, h.end_char) for h in hints if h.label == "Author" and h.score > _AUTHOR_HINT]
    organisation_hints = [
        (h.start_char, h.end_char) for h in hints if h.label == "Institution" and h.score > _ORGANISATION_HINT
    ]
    organisation_hints += named_by_domains(sheet.header, author_hints)
    typed = type_rows(paper.text, sheet.header, raised, author_hints, organisation_hints)
    authors = read_authors(paper.text, typed, raised, author_hints) or _hinted_authors(paper.text, sheet, author_hints)
    pairs, units = _pairs(paper, sheet, typed, authors, raised)
    return _assemble(paper, sheet, authors, pairs, units, organisation_hints, raised)


def read_title(paper: ParsedPaper) -> str:
    """The title alone, as ``extract_front_matter`` reads it; empty if there is none."""
    raised = raised_offsets(paper.superscripts)
    sheet = _find_sheet(paper, raised)
    return _title(paper, sheet, raised) if sheet else ""


def _find_sheet(paper: ParsedPaper, raised: frozenset[int]) -> Sheet | None:
    lines = [line for line in paper.lines if line.page <= MAX_COVER_PAGES][:ROWS_FOR_FRONT]
    return find_sheet(paper.text, without_line_numbers(make_rows(paper.text, lines)), raised)


def _is_within(row: Row, blocks: Sequence[Block]) -> bool:
    return any(block.start_char <= row.start < block.end_char for block in blocks)


def _hinted_authors(text: str, sheet: Sheet, hints: Hints) -> list[Author]:
    """People that only a tagger sees: its mentions between title and body."""
    return [
        Author(start, end, text[start:end], (), HINTED_SCORE, row.part(start - row.start, end - row.start))
        for start, end in sorted(hints)
        for row in sheet.header
        if row.start <= start and end <= row.end
    ]


def _pairs(
    paper: ParsedPaper, sheet: Sheet, typed: Sequence[TypedRow], authors: Sequence[Author], raised: frozenset[int]
) -> tuple[list[tuple[Author, Unit]], list[Unit]]:
    """Authors with their affiliation units, and all units."""
    text = paper.text
    marks = frozenset(mark for author in authors for mark in author.marks)
    single = marks | {char for mark in marks if mark.isdigit() for char in mark}
    header_units = _header_units(text, typed, authors, raised, single)
    defined = frozenset(mark for unit in header_units for mark in unit.marks)
    wanted = single - {mark for author in authors for mark in resolve_marks(author.marks, defined)}
    notes = _marked_notes(paper, sheet, raised, wanted)
    units = [*header_units, *notes]
    if any(set(unit.marks) & single for unit in header_units):
        pairs = pair_by_marks(authors, units)
    else:
        pairs = [*pair_by_place(authors, header_units), *_note_pairs(authors, notes)]
    listed = [] if header_units else find_named_list(text, sheet.rest, raised, authors)
    if listed:
        return listed, list(dict.fromkeys(unit for _, unit in listed))
    if not header_units and authors:
        stated = _stated_pairs(paper, sheet, raised, authors, has_notes=bool(notes))
    else:
        stated = find_statements(text, sheet.rest, raised, authors, only_new=True)
    pairs, units = [*pairs, *stated], [*units, *dict.fromkeys(unit for _, unit in stated)]
    return pairs, units


def _marked_notes(paper: ParsedPaper, sheet: Sheet, raised: frozenset[int], wanted: frozenset[str]) -> list[Unit]:
    """Affiliations outside the header that authors' marks ask for: notes and margins, else details at the end."""
    if not wanted:
        return []
    notes = [unit for unit in find_marked_units(paper.text, sheet.rest, raised, wanted) if set(unit.marks) & wanted]
    missing = frozenset(mark for mark in wanted if mark.isalnum()) - {mark for unit in notes for mark in unit.marks}
    if missing:
        details = find_marked_units(
            paper.text, find_details(paper.text, make_rows(paper.text, paper.lines), raised), raised, wanted
        )
        defined = {mark for unit in details for mark in unit.marks}
        notes = [*(unit for unit in notes if not set(unit.marks) & defined), *details]
    return notes


def _stated_pairs(
    paper: ParsedPaper, sheet: Sheet, raised: frozenset[int], authors: Sequence[Author], *, has_notes: bool
) -> list[tuple[Author, Unit]]:
    """Pairs of papers without affiliations in the header: from sentences, brackets, names above addresses, the end."""
    for find in (find_statements, find_bracketed, find_named_notes):
        pairs = find(paper.text, sheet.rest, raised, authors)
        if pairs or (has_notes and find is find_statements):
            return pairs
    last = make_rows(paper.text, paper.lines[-150:])
    return pair_with_end_addresses(paper.text, last, sheet.page, raised, authors)


def _note_pairs(authors: Sequence[Author], notes: Sequence[Unit]) -> list[tuple[Author, Unit]]:
    defined = frozenset(mark for unit in notes for mark in unit.marks)
    return [
        (author, unit)
        for author in authors
        for unit in notes
        if set(unit.marks) & set(resolve_marks(author.marks, defined))
    ]


def _header_units(
    text: str, typed: Sequence[TypedRow], authors: Sequence[Author], raised: frozenset[int], marks: frozenset[str]
) -> list[Unit]:
    """Affiliation rows of the header as units: runs of rows of one column, cut at marks."""
    groups: list[list[Row]] = []
    open_groups: list[list[Row]] = []
    named: Row | None = None  # the author before, if in the same line
    lone: Row | None = None  # a mark in the margin, set apart from its affiliation
    for item in typed:
        row = item.row
        if row.text.strip() in marks and item.kind != "author":
            lone = row
            continue
        if item.kind == "author":
            open_groups = [group for group in open_groups if min(group[-1].x1, row.x1) <= max(group[-1].x0, row.x0)]
            named = row
        if item.kind != "affiliation":
            continue
        if named and abs(named.y0 - row.y0) < 0.3 * row.height and named.end <= row.start <= named.end + 3:
            open_groups = []
        group = next((group for group in reversed(open_groups) if _continues(group, row)), None)
        if group is None:
            group = []
            groups.append(group)
            open_groups.append(group)
        if lone and lone.x1 <= row.x0 + 1 and abs(lone.y1 - row.y1) < row.height:
            group.append(replace(lone, x0=row.x0, x1=row.x1, y0=row.y0, y1=row.y1))
        lone = None
        group.append(row)
    names = [item.row for item in typed if item.kind == "author"]
    units: list[Unit] = []
    for group in groups:
        below = any(stands_below(group[0], row) for row in names)
        units.extend(
            unit
            for unit in split_units(join_rows(text, group, raised), marks, group)
            if find_organisations(unit.strip) or ((unit.marks or below) and _lone_name(unit))
        )
    return units


def _lone_name(unit: Unit) -> list[Organisation]:
    """``Stanford``, ``Carnegie Mellon``: what is printed where an organisation must stand, and is no address."""
    found = _LONE.match(unit.strip.text)
    if not found or any(pattern(fold(found.group(1))) for pattern in (COUNTRY.match, FUNDING.search, STREET.search)):
        return []
    rest = [fold(part).strip(" .") for part in re.split(r"[,;\n]", unit.strip.text[found.end(1) :])]
    place = fold(found.group(1)) in load_lexicon().places
    if place and any(COUNTRY.match(part) or STATE.match(part) for part in rest):
        return []
    span = unit.strip.span(*found.span(1))
    return [Organisation(*span, found.group(1), SURE)] if span else []


def _continues(group: Sequence[Row], row: Row) -> bool:
    last = group[-1]
    left, right = min(r.x0 for r in group), max(r.x1 for r in group)
    overlap = min(row.x1, right) - max(row.x0, left)
    gap = row.y0 - last.y1
    return overlap > 0.2 * min(row.x1 - row.x0, right - left) and -0.6 * row.height < gap < 2.2 * row.height


def _assemble(
    paper: ParsedPaper,
    sheet: Sheet,
    authors: Sequence[Author],
    pairs: Sequence[tuple[Author, Unit]],
    units: Sequence[Unit],
    hints: Hints,
    raised: frozenset[int],
) -> FrontMatter:
    title_span = (
        Span(min(row.start for row in sheet.title), max(row.end for row in sheet.title)) if sheet.title else None
    )
    people = {author: Mention(author.start_char, author.end_char, "Author", author.score, MODEL) for author in authors}
    found: dict[int, list[Mention]] = {}
    for unit in units:
        if id(unit) not in found:
            organisations = find_organisations(unit.strip, hints) or _lone_name(unit)
            found[id(unit)] = [_mention(organisation) for organisation in organisations]
    _inherit(units, found)
    _drop_departments(paper.text, pairs, found)
    _drop_orphans(pairs, found)
    institutions = {m.mention_id: m for group in found.values() for m in group}
    relations: dict[tuple[str, str], Relation] = {}
    departments: dict[tuple[str, str, str], None] = {}
    for author, unit in pairs:
        parts = find_departments(unit.strip)
        for mention in found[id(unit)]:
            own = [part for part in parts if part != printed(paper.text, mention.start_char, mention.end_char)]
            departments.update(dict.fromkeys((people[author].mention_id, mention.mention_id, part) for part in own))
            head, tail = people[author].mention_id, mention.mention_id
            score = min(people[author].score, mention.score)
            relations.setdefault(
                (head, tail), Relation(head, tail, "affiliated_with", score, MODEL, *_reach(author, mention))
            )
    rows = [row for row in (*sheet.header, *sheet.rest) if row.page == sheet.page]
    emails, orcids = find_emails(rows, authors), find_orcids(rows, authors)
    return FrontMatter(
        _title(paper, sheet, raised),
        title_span,
        tuple(people.values()),
        tuple(sorted(institutions.values(), key=lambda mention: mention.start_char)),
        tuple(relations.values()),
        tuple(departments),
        tuple((people[author].mention_id, address) for author, address in emails.items()),
        tuple((people[author].mention_id, orcid) for author, orcid in orcids.items()),
    )


def _drop_departments(text: str, pairs: Sequence[tuple[Author, Unit]], found: dict[int, list[Mention]]) -> None:
    """A department that stood in for an organisation goes where all its people have a real one by another unit."""
    sure: dict[Author, set[int]] = {}
    for author, unit in pairs:
        if any(mention.score > SURE for mention in found[id(unit)]):
            sure.setdefault(author, set()).add(id(unit))
    for unit_id, mentions in found.items():
        people = [author for author, unit in pairs if id(unit) == unit_id]
        department = [
            m for m in mentions if m.score <= SURE and DEPARTMENT.search(fold(text[m.start_char : m.end_char]))
        ]
        if people and department and all(sure.get(author) for author in people):
            found[unit_id] = []


def _drop_orphans(pairs: Sequence[tuple[Author, Unit]], found: dict[int, list[Mention]]) -> None:
    """What only stands in for an organisation, and is nobody's, is none."""
    used = {id(unit) for _, unit in pairs}
    for unit_id, mentions in found.items():
        if pairs and unit_id not in used:
            found[unit_id] = [mention for mention in mentions if mention.score > SURE]


def _inherit(units: Sequence[Unit], found: dict[int, list[Mention]]) -> None:
    """Departments in a row that end in one organisation share it: ``1Dept. of Boxes; 2Dept. of Things, University``."""
    for unit, following in reversed(list(itertools.pairwise(units))):
        own = found[id(unit)]
        text = unit.strip.text.strip()
        bare = bool(own) and own[0].score <= SURE and text.endswith((";", ",", " and")) and "," not in text[:-1]
        bare = bare and bool(DEPARTMENT.search(fold(text)))
        same_rows = unit.rows == following.rows and unit.marks and following.marks
        if bare and same_rows and any(mention.score > SURE for mention in found[id(following)]):
            found[id(unit)] = [mention for mention in found[id(following)] if mention.score > SURE]


def _mention(organisation: Organisation) -> Mention:
    return Mention(organisation.start_char, organisation.end_char, "Institution", organisation.score, MODEL)


def _reach(author: Author, mention: Mention) -> tuple[int, int]:
    """The stretch of text in which an affiliation is read."""
    return min(author.start_char, mention.start_char), max(author.end_char, mention.end_char)


def _title(paper: ParsedPaper, sheet: Sheet, raised: frozenset[int]) -> str:
    if not sheet.title:
        return ""
    parts = [printed(paper.text, row.start, row.end, _trailing_marks(row, raised)) for row in sheet.title]
    joined = " ".join(part for part in parts if part)
    joined = re.sub(r"(?<=[a-z])[-\u00ad] (?=[a-z])", "-", joined)
    joined = re.sub(r"^Title: ", "", joined)
    joined = re.sub(r"\s*\[version \d+[;:,][^\]]*(?:\]|$)", "", joined)  # open peer review: its state is no title
    joined = re.sub(r"^OPEN(?: ACCESS)? (?=[A-Z]\S*[a-z])", "", joined)  # a label in the title's own line
    return re.sub(r"[\s∗*†‡§¶]+$", "", joined)


def _trailing_marks(row: Row, raised: frozenset[int]) -> frozenset[int]:
    """Superscripts at the end of a title line are marks; those inside belong to it (H2O, 3He)."""
    end = row.end
    while end > row.start and (end - 1 in raised):
        end -= 1
    return frozenset(range(end, row.end))


def front_matter_names(paper: ParsedPaper, front: FrontMatter) -> Names:
    """Names as a reader writes them: each author and institution once, in printed order."""
    raised = raised_offsets(paper.superscripts)
    written = {
        mention.mention_id: printed(paper.text, mention.start_char, mention.end_char, raised)
        for mention in (*front.authors, *front.institutions)
    }
    first: dict[str, str] = {}
    for mention in (*front.authors, *front.institutions):
        first.setdefault(mention.label + _key(written[mention.mention_id]), written[mention.mention_id])

    def name(mention_id: str) -> str:
        label = "Author" if mention_id.endswith("Author") else "Institution"
        return first[label + _key(written[mention_id])]

    return Names(
        front.title,
        tuple(dict.fromkeys(name(mention.mention_id) for mention in front.authors)),
        tuple(dict.fromkeys(name(mention.mention_id) for mention in front.institutions)),
        tuple(dict.fromkeys((name(relation.head_id), name(relation.tail_id)) for relation in front.affiliations)),
        tuple(dict.fromkeys((name(author), name(place), part) for author, place, part in front.departments)),
        tuple((name(author), address) for author, address in front.emails),
        tuple((name(author), orcid) for author, orcid in front.orcids),
    )


def _key(name: str) -> str:
    bare = re.sub(r"^the\s+", "", name.casefold())
    bare = re.sub(r"\buniv\.", "university", bare)
    return "".join(char for char in bare if char.isalnum())
