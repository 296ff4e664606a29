"""The front page: which page it is, where its title stands and where its front matter ends."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.organisations import is_address
from extractors.front_matter.people import GOOD_NAME, read_people
from extractors.front_matter.strip import Row, make_strip
from extractors.front_matter.words import MEMBERSHIP, NOTICE, ORGANISATION

MAX_COVER_PAGES = 3
_LARGE = 1.25  # of the body's size
_LARGISH = 1.1
_LIKELY_NAME = 1.2  # likeness above that of words that nothing is known of
_MOSTLY_NAMES = 0.6  # of the letters
_OPENING = 3  # characters before the first name
_ALIGNED = 3.0  # points
_BRIEF = 7  # words of a journal's name
_LEAST_SUBTITLE_WORDS, _MOST_SUBTITLE_ROWS = 3, 3
_BEST_SETTING = 2.0  # what authors below add to the score of a title, in units of a third of the body size
_FOREIGN = re.compile(
    r"\b(?:la|el|los|las|der|die|das|und|fur|le|les|des|du|et|della|di|del|da|do|em|eine?[rsnm]?|sur|por|para|de)\b"
)
_COVER = re.compile(
    r"see discussions, stats, and author profiles|hal is a multi-?disciplinary open|to cite this version|"
    r"stable url:|jstor is a not-for-profit|your use of the jstor archive|use of the jstor archive indicates|"
    r"this content downloaded from|"
    r"citation for published version|link to publication|this is the accepted (version|manuscript)|"
    r"document status and date|general rights|this is an electronic reprint|downloaded from orbit|"
    r"the user has requested enhancement|research online|follow this and additional works|"
    r"this article appeared in a journal published by elsevier|please scroll down for article|view online|"
    r"recommended citation|view crossmark|pubs\.acs\.org.*downloaded|creative commons .* licen[cs]e.*repository|"
    r"for additional information about this article|published version: https?|archived version",
)
_BODY = re.compile(
    r"(abstract|a b s t r a c t|author note|summary|resume|resumen|zusammenfassung|riassunto|resumo|key ?words?|"
    r"index terms|"
    r"introduction|importance|context|purpose|aims?|hypothesis|motivation|\d\.? ?introduction|i\.? ?introduction|"
    r"additional key words|article ?info|a r t i c l e|contents|categories and subject|"
    r"ccs concepts|1\.? introduction|background|objectives?|synopsis|general terms|table of contents)\b(?! of)"
)
_SECTION = re.compile(r"(?:III?|IV|VI{1,3}|IX)\.\s+[A-Z][A-Z ,:&-]+$")  # no initial has two letters
_BANNER = re.compile(
    r"^(journal of|the journal|annals of|proceedings|transactions on|international journal|physical review|"
    r"physics letters|"
    r"available online|contents lists|sciencedirect|research ?article|open access|case report|plos|nature|science|"
    r"lecture notes|www\.|http|vol|arxiv|preprint|technical report|"
    r"accepted|published|submitted|ieee|acm|elsevier|springer|biorxiv|medrxiv|full paper)"
)
_LABELLED = re.compile(r"original|articles?\b|review|letters?\b|report|brief|research|perspective|editorial")


_LABEL = re.compile(
    r"(original |full )?(research |review |short |regular )?(article|paper|communication|report|letter|note|review)s?|"
    r"open|(original|open) (research|access)|case report|brief communication"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The front page cut in three. Rows are in reading order."""

    page: int
    title: tuple[Row, ...]
    header: tuple[Row, ...]  # below the title, above abstract and body
    rest: tuple[Row, ...]  # the body with its footnotes and margins
    body_y: float


def is_prose(text: str) -> bool:
    """Running text rather than names and addresses: many words in lower case, common ones among them."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]
    if len(words) < 5:
        return False
    lower = sum(word[0].islower() for word in words)
    common = sum(word[0].islower() and fold(word) in load_lexicon().common for word in words)
    return lower >= 0.6 * len(words) and common >= 3


def find_sheet(text: str, rows: Sequence[Row], raised: frozenset[int]) -> Sheet | None:
    """Cut the front page; None if the paper has no text on its first pages."""
    pages = sorted({row.page for row in rows})[: MAX_COVER_PAGES + 1]
    page = next((number for number in pages if not _is_cover(rows, number, pages)), pages[0] if pages else None)
    if page is None:
        return None
    own = [row for row in rows if row.page == page]
    body_size = _body_size(rows)
    title = _find_title(text, own, body_size, raised)
    top = max((row.y1 for row in title), default=0.0)
    body_y = _body_top(own, top, title)
    inside = set(map(id, title))
    above = _names_above(text, own, title, raised)
    taken = inside | _run_on(own, body_y)
    header = above + tuple(
        row
        for row in own
        if id(row) not in taken and row.y0 >= top - 0.5 * row.height and row.y1 <= body_y + 0.3 * row.height
        if not _SECTION.match(row.text.strip()) and not (_is_beside(row, title) and is_prose(row.text))
    )
    header += _names_beside_body(text, own, header, body_y, raised)
    header += _blocks_beside_title(text, own, title, header, raised)
    inside |= set(map(id, header))
    return Sheet(page, tuple(title), header, tuple(row for row in own if id(row) not in inside), body_y)


def _run_on(own: Sequence[Row], body_y: float) -> set[int]:
    """Ids of the body's rows that go on, at the top of the next column, with a paragraph of the one before.

    The lines of a block are one character apart.
    """
    found: set[int] = set()
    for row, following in pairwise(own):
        from_foot = row.y0 > body_y and following.y1 < row.y0
        if (from_foot or id(row) in found) and following.start - row.end == 1:
            found.add(id(following))
    return found


def _is_beside(row: Row, title: Sequence[Row]) -> bool:
    """Whether a row stands in the column right of the title's own."""
    return bool(title) and row.x0 > max(other.x1 for other in title)


def _names_above(text: str, own: Sequence[Row], title: Sequence[Row], raised: frozenset[int]) -> tuple[Row, ...]:
    """Rows of names right above the title, where no names stand right below it."""
    if not title:
        return ()
    top, bottom = min(row.y0 for row in title), max(row.y1 for row in title)
    reach = 7 * title[0].height
    if any(_share_of_people(text, [row], raised) > _MOSTLY_NAMES for row in own if 0 <= row.y0 - bottom + 2 < reach):
        return ()
    near = [row for row in own if 0 <= top - row.y1 + 2 < reach and not re.search(r"\d{3}", row.text)]
    return tuple(row for row in near if _share_of_people(text, [row], raised) > _MOSTLY_NAMES)


def _names_beside_body(
    text: str, own: Sequence[Row], header: Sequence[Row], body_y: float, raised: frozenset[int]
) -> tuple[Row, ...]:
    """Names one below the other that go on where the body begins in the next column."""
    if not header or _share_of_people(text, [header[-1]], raised) < 0.5:
        return ()
    last = header[-1]
    found: list[Row] = []
    for row in own:
        follows = 0 <= row.y0 - last.y1 + 0.4 * last.height < 0.8 * last.height and row.y1 > body_y
        alike = abs(row.x0 - last.x0) < 1 and abs(row.size - last.size) < 0.3
        if follows and alike and _share_of_people(text, [row], raised) > 0.5:
            found.append(row)
            last = row
    return tuple(found)


def _blocks_beside_title(
    text: str, own: Sequence[Row], title: Sequence[Row], header: Sequence[Row], raised: frozenset[int]
) -> tuple[Row, ...]:
    """A column of names and addresses left of title and abstract, as in journals of engineering."""
    left = min((row.x0 for row in title), default=0.0)
    column = sorted((row for row in own if row.x1 < left - row.size), key=lambda row: row.y0)
    beside = [row for row in column if title[0].y0 - 4 * row.height < row.y0 < title[-1].y1]
    if not any(_share_of_people(text, [row], raised) > _MOSTLY_NAMES for row in beside[:2]):
        return ()
    found: list[Row] = []
    for row in column[column.index(beside[0]) :]:
        if _BODY.match(fold(row.text).strip(" .:—-–1I0")) or is_prose(row.text):
            break
        found.append(row)
    return tuple(row for row in found if row not in header)


def _is_cover(rows: Sequence[Row], page: int, pages: Sequence[int]) -> bool:
    if page == pages[-1]:
        return False
    content = fold(" ".join(row.text for row in rows if row.page == page))
    found = len(set(_COVER.findall(content)))
    return found > 0 and len(content) < 4500 and not re.search(r"\b1?\.? ?introduction\b|\babstract\b.{400}", content)


def _body_size(rows: Sequence[Row]) -> float:
    counts: Counter[float] = Counter()
    for row in rows:
        counts[round(row.size * 2) / 2] += len(row.text)
    return counts.most_common(1)[0][0] if counts else 10.0


def _body_top(own: Sequence[Row], top: float, title: Sequence[Row]) -> float:
    """Where abstract or body begins: a heading, or two rows of running text one below the other."""
    below = sorted(
        (row for row in own if row.y0 >= top - 1 and row not in title and not _is_beside(row, title)),
        key=lambda row: row.y0,
    )
    for row in below:
        if _BODY.match(fold(row.text).strip(" .:—-–1I0")) and not re.match(r"^\s*background", row.text):
            return row.y0
        if is_prose(row.text):
            follows = [
                other
                for other in below
                if 0 < other.y0 - row.y0 < 2 * row.height
                and min(other.x1, row.x1) - max(other.x0, row.x0) > 0.3 * (row.x1 - row.x0)
            ]
            if any(is_prose(other.text) for other in follows):
                return row.y0
    return max((row.y1 for row in own), default=0.0) + 1


def _find_title(text: str, own: Sequence[Row], body_size: float, raised: frozenset[int]) -> list[Row]:
    """The group of large rows that reads and stands most like a title."""
    height = max((row.y1 for row in own), default=1.0)
    groups = _groups([row for row in own if row.y0 < 0.7 * height and len(row.text.strip()) > 1], body_size)
    best: list[Row] = []
    best_score = -100.0
    ranked = sorted(((_title_looks(group, body_size, height), group) for group in groups), key=lambda pair: -pair[0])
    for looks, group in ranked:
        if looks + _BEST_SETTING <= best_score or looks < -20:
            break
        score = looks + _title_setting(text, group, own, body_size, raised)
        if score > best_score:
            best, best_score = group, score
    while len(best) > 1 and _LABEL.fullmatch(fold(best[0].text).strip(" :.")):
        best = best[1:]
    return _with_subtitle(text, best, groups, own, body_size, raised) if best else []


def _groups(rows: Sequence[Row], body_size: float) -> list[list[Row]]:
    """Rows of about one size right below one another; large ones may be set with double space."""
    groups: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (round(row.y0), row.x0)):
        for group in reversed(groups[-4:]):
            last = group[-1]
            gap = row.y0 - last.y1
            same = abs(row.size - last.size) < 0.06 * last.size and (row.bold == last.bold or row.size > 11)
            reach = 1.4 if min(row.size, last.size) > _LARGISH * body_size and row.bold == last.bold else 0.75
            close = -0.7 * last.height < gap < reach * last.height
            overlap = min(row.x1, max(r.x1 for r in group)) - max(row.x0, min(r.x0 for r in group)) > 0
            same_row = abs(row.y0 - last.y0) < 0.3 * last.height
            if same and close and (overlap or same_row):
                group.append(row)
                break
        else:
            groups.append([row])
    return groups


def _title_looks(group: Sequence[Row], body_size: float, height: float) -> float:
    """How much a group looks like a title by size, place and first words."""
    content = " ".join(row.text for row in group)
    folded = fold(content).strip()
    words = re.findall(r"[^\W\d_]{2,}", content)
    if len(words) < 2 and not (len(words) == 1 and len(words[0]) > 3 and group[0].size > 1.5 * body_size):
        return -50.0
    score = 3.0 * min(2.2, group[0].size / body_size) + (0.4 if group[0].bold else 0.0) + 0.08 * min(len(words), 10)
    score -= 2.0 * (group[0].y0 / height)
    if (_BANNER.match(folded) and len(words) < 9) or (_LABELLED.match(folded) and len(words) < 4):
        score -= 2.5
    if NOTICE.match(content) and len(words) < 6:
        score -= 1.5
    if re.match(
        r"anonymous (author|submission)|paper under|"
        r"(under review|published|accepted|submitted|to appear)\b.*\b(as|at|in|to)\b",
        folded,
    ):
        score -= 3.0
    heading = _BODY.match(folded) and (len(words) < 3 or group[0].size < _LARGISH * body_size)
    if heading or "@" in content or re.match(r"^\d+$", folded):
        score -= 6.0
    if len(group) > 6 or len(words) > 45 or (len(group) > 4 and group[0].size < 1.1 * body_size and is_prose(content)):
        score -= 5.0
    return score


def _title_setting(
    text: str, group: Sequence[Row], own: Sequence[Row], body_size: float, raised: frozenset[int]
) -> float:
    """What stands in a group and below it: authors below speak for a title, names and organisations in it against."""
    score = 0.0
    surely = _LIKELY_NAME if group[0].size > _LARGE * body_size else GOOD_NAME
    content = " ".join(row.text for row in group)
    placed = ORGANISATION.search(fold(content)) and (is_address(content) or group[0].start in raised)
    if placed or _share_of_people(text, group, raised, surely) > _MOSTLY_NAMES:
        score -= 3.0
    if len(content.split()) <= _BRIEF or (len(content) < 70 and ORGANISATION.search(fold(content))):
        score -= 1.0
    bottom = max(row.y1 for row in group)
    below = [row for row in own if 0 <= row.y0 - bottom + 2 < 7 * group[0].height and row not in group][:6]
    below = list(takewhile(lambda row: row.size < 1.3 * group[0].size, below))
    if any(_names_someone(text, row, raised) for row in below):
        score += _BEST_SETTING
    return score


def _share_of_people(text: str, rows: Sequence[Row], raised: frozenset[int], least: float = GOOD_NAME) -> float:
    """Share of the letters that stand in likely names of people."""
    strip = make_strip(text, [(row.start, row.end, "\n") for row in rows], raised)
    letters = sum(char.isalpha() and not up for char, up in zip(strip.text, strip.raised, strict=True))
    letters -= sum(char.isalpha() for found in MEMBERSHIP.findall(strip.text) for char in found)
    named = sum(
        sum(char.isalpha() for char in strip.text[person.start : person.end])
        for person in read_people(strip)
        if person.likeness > least
    )
    return named / letters if letters else 0.0


def _with_subtitle(
    text: str,
    best: list[Row],
    groups: Sequence[list[Row]],
    own: Sequence[Row],
    body_size: float,
    raised: frozenset[int],
) -> list[Row]:
    """Large type right above or below the title, in the same weight, is part of it, and so is smaller type at it."""
    title = list(best)
    for group in groups:
        large = group[0].size >= 1.17 * body_size and group[0].bold == best[0].bold
        below = min(row.y0 for row in group) - max(row.y1 for row in title)
        above = min(row.y0 for row in title) - max(row.y1 for row in group)
        if group is best or not (-2 < below < title[-1].height or -2 < above < title[0].height):
            continue
        content = " ".join(row.text for row in group)
        if "@" in content or any(pattern.match(fold(content)) for pattern in (NOTICE, _BANNER, _BODY)):
            continue
        surely = GOOD_NAME if re.search(r"[,;∗*†‡]|\d\s|\band\b", content) else _LIKELY_NAME
        if _share_of_people(text, group, raised, surely) > _MOSTLY_NAMES:
            continue
        following = [row for row in own if row.y0 > max(r.y1 for r in group) - 1 and row not in group][:3]
        stands_out = not following or group[0].size > 1.1 * max(row.size for row in following)
        near = below < 0.75 * title[-1].height and large and stands_out
        fits = below > -2 and group[0].size <= 1.02 * best[0].size
        if fits and (near or _is_subtitle(text, title, group, following, raised)):
            title = [*title, *group]
        elif large and -2 < above < 0.75 * best[0].height and best[0].size <= group[0].size < 1.4 * best[0].size:
            title = [*group, *title]
    return title


def _is_subtitle(
    text: str, title: Sequence[Row], group: Sequence[Row], following: Sequence[Row], raised: frozenset[int]
) -> bool:
    """Smaller type that hangs together with the title, is set apart from the names below it and names no one."""
    content = " ".join(row.text for row in group)
    words = re.findall(r"[^\W\d_]+", content)
    if not following or len(group) > _MOST_SUBTITLE_ROWS or len(words) < _LEAST_SUBTITLE_WORDS:
        return False
    if re.match(r"\W*(\(|by\b|for the\b|dedicated|in memor|to professor)|.*\b(19|20)\d\d\b", content, re.IGNORECASE):
        return False
    last, first = title[-1], group[0]
    if _is_foreign(content) != _is_foreign(" ".join(row.text for row in title)):  # a translation
        return False
    aligned = abs(first.x0 - last.x0) < _ALIGNED or abs(first.center - last.center) < _ALIGNED
    gap, next_gap = first.y0 - last.y1, min(row.y0 for row in following) - group[-1].y1
    named = any(_names_someone(text, row, raised) for row in following)
    return aligned and named and next_gap > max(gap, 0.4 * first.height) and not ORGANISATION.search(fold(content))


def _is_foreign(content: str) -> bool:
    """Whether a title is in another language than English."""
    return len(_FOREIGN.findall(fold(content))) > 1 or bool(re.search(r"[^\W\d_a-z]", fold(content)))


def _names_someone(text: str, row: Row, raised: frozenset[int]) -> bool:
    """Whether a row is of names, or begins with one."""
    strip = make_strip(text, [(row.start, row.end, "\n")], raised)
    people = [person for person in read_people(strip) if person.likeness > GOOD_NAME]
    opened = bool(people) and people[0].start <= _OPENING and people[0].likeness > _LIKELY_NAME
    return opened or _share_of_people(text, [row], raised) > _MOSTLY_NAMES
