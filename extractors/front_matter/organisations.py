"""Affiliation text: which pieces of it are organisations, as opposed to departments, addresses and the rest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from extractors.front_matter.affiliation_tagger import tag
from extractors.front_matter.affiliation_tokens import borders_of, tokenise
from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.strip import Strip
from extractors.front_matter.words import (
    COUNTRY,
    DEPARTMENT,
    DEPARTMENT_START,
    KNOWN,
    KNOWN_CAPITALS,
    ORGANISATION,
    STATE,
    STREET,
)

SURE = 0.8  # organisations below this score only stand in for something better
_LIKELY, _STAND_IN = 0.9, 0.6
_HINT_BONUS, _CERTAIN = 3.0, 50.0  # log-odds
_LEAD = re.compile(r"(?:[^\w(]+|(?:the|and|at|of|with)\s)+")
_SCHOOL = re.compile(r"\bfacult|\bschool of\b|^college of\b|\bfakult")
_GENERIC = re.compile(r"(?:computer(?: science)?|physics|chemistry|mathematics|research) (?:lab\w*|center|centre)")
_LEGAL_FORM = re.compile(r"(?:Inc|LLC|Ltd|L\.?P|Corp|GmbH|Limited|S\.?A\.?S?|B\.?V|A\.?G|Co|PLC|KG)\.?")
_FORM_BEHIND = re.compile(
    r"\.?,?\s(?:Co\.?,?\s)?(?:Inc|LLC|Ltd|Limited|Corp|GmbH|L\.P|S\.?p\.?A|S\.A(?:\.S)?|B\.V|A\.G|PLC|plc|Co|AG|AB|Oy)\b\.?"
    r"(?=\s*(?:[,;.\n(&¤]|and\b|$))"
)
_DASHED = re.compile(r"(?:^|[,;\n¤]\s*)(?P<lead>[^\W\d_]*[a-zà-ÿ](?: [^\W\d_]*[a-zà-ÿ]){0,2}) [–—-] $")
_PAIRED = re.compile(r"(?:^|[,;\n¤]\s*)(?P<lead>[A-Z][\w-]*(?: [A-Z][\w-]*){0,2}) (?:and|&) $")
_FIRM = re.compile(
    r"(?<![\w&])[A-Z][\w&-]*(?: [A-Z&][\w&-]*){0,4}"
    r"(?:,? (?:Inc|LLC|Ltd|GmbH|B\.V|S\.p\.A|S\.A(?=\.,))\b\.?| Corporation\b)"
)
_SHORT_BEHIND = re.compile(r"\s*\([^()\s]*[A-Z][^()\s]*[A-Z][^()]*\)?$")
_PARTICLE = re.compile(r"(?:^|[,;\n¤\d])\s*(v[ao]n(?: de[rnm]?)? )$")
_JOB_TITLE = re.compile(
    r"(?:(?:assistant|associate|full|junior|senior) )?(?:professor|lecturer|head|director|dean|students?|reader)"
)
_UNIT_CODE = re.compile(r"(?:U|UMR|UMS|UPR|EA|UR|CIC)[ -]?(?:S[ -]?)?\d{2,4}")
_SHORT_LEAD = re.compile(r"([A-Z]{2,6})\s[–—-]\s")
_TRAIL = re.compile(r"(?:[\s,;:.&/–—-]|\s(?:and|of|the|at|in|et|und|y))$")
_SHORTENED = re.compile(r"\b(?:Inc|Ltd|Corp|Co|Univ|S\.A|S\.p\.A)$")
# Universities of several places: the place that follows belongs to the name.
CAMPUS = {
    "california": "berkeley|los angeles|san diego|davis|irvine|santa barbara|santa cruz|riverside|merced|san francisco",
    "illinois": "urbana.champaign|at urbana.champaign|chicago|at chicago|urbana|springfield",
    "massachusetts": "amherst|boston|lowell|dartmouth",
    "maryland": "baltimore|baltimore county",
    "texas": "austin|dallas|arlington|el paso|san antonio",
    "wisconsin": "madison|milwaukee",
    "north carolina": "chapel hill|charlotte|greensboro|wilmington",
    "michigan": "dearborn|flint",
    "nevada": "las vegas|reno",
    "alabama": "birmingham|huntsville",
    "indian institute of technology": "bombay|delhi|madras|kanpur|kharagpur|guwahati|roorkee|hyderabad",
    "california state university": "fullerton|long beach|northridge|fresno|sacramento|los angeles",
    "state university of new york": "buffalo|albany|binghamton|stony brook|at .*",
    "national institute of technology": "\\w+",
    "university of technology": "sydney",
    "broad institute of mit": "and harvard",
    "center for astrophysics": "\\| harvard & smithsonian",
    "city university of new york": "queens|brooklyn",
}


@dataclass(frozen=True, slots=True)
class Organisation:
    """A name in an affiliation, in offsets of the paper, with how sure it is an organisation."""

    start_char: int
    end_char: int
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    text: str


def find_organisations(strip: Strip, hints: Sequence[tuple[int, int]] = ()) -> list[Organisation]:
    """Organisations of one affiliation, in printed order.

    Departments count only if nothing else does.

    Args:
        strip: The affiliation, without the names of its authors.
        hints: Offsets in the paper of likely organisations.
    """
    likely = tuple(any(low <= offset < high for low, high in hints) for offset in strip.at) if hints else ()
    chosen, departments = _read(strip.text, strip.raised, likely)
    score = _LIKELY
    if not chosen:
        chosen, score = [_whole(strip.text, piece) for piece in departments[:1]], _STAND_IN
    found: list[Organisation] = []
    for piece in chosen:
        span = strip.span(piece.start, piece.end)
        if span:
            signed = _has_sign(piece.text) or any(likely[piece.start : piece.end])
            own = score if signed else _STAND_IN
            found.append(Organisation(*span, re.sub(r"\s+", " ", piece.text), own))
    return found


def _whole(text: str, piece: _Piece) -> _Piece:
    """A department up to the next border."""
    end = piece.end + len(re.match(r"(?:\s[^\W\d_]+)*", text[piece.end :].partition("\n")[0]).group())  # type: ignore[union-attr]
    return _Piece(piece.start, end, text[piece.start : end])


def _has_sign(text: str) -> bool:
    """Whether a name reads like an organisation's by itself: a key word, a known name, an acronym, a listed name."""
    folded = fold(text)
    return bool(
        ORGANISATION.search(folded)
        or KNOWN.match(folded)
        or re.search(r"[A-Z]{2}", text)
        or _SCHOOL.search(folded)
        or "school" in folded
        or text in load_lexicon().organisations
    )


def find_departments(strip: Strip) -> list[str]:
    """Departments, schools and faculties of one affiliation, as printed."""
    return [re.sub(r"\s+", " ", piece.text) for piece in _read(strip.text, strip.raised, ())[1]]


@lru_cache(maxsize=1000)
def _read(
    text: str, raised: tuple[bool, ...], likely: tuple[bool, ...]
) -> tuple[tuple[_Piece, ...], tuple[_Piece, ...]]:
    """Organisations and departments of an affiliation."""
    tokens = tokenise(text, raised)
    bonus = [-_CERTAIN if border else 0.0 for border in borders_of(tokens)]
    if likely:
        bonus = [weight + _HINT_BONUS * likely[token.start] for weight, token in zip(bonus, tokens, strict=True)]
    labels = tag(tokens, bonus)
    organisations: list[_Piece] = []
    departments: list[_Piece] = []
    for found in re.finditer("BI*|DE*", labels):
        first, last = tokens[found.start()], tokens[found.end() - 1]
        piece = _trim(text, first.start, last.end)
        folded = fold(piece.text)
        part = DEPARTMENT_START.match(folded) and not ORGANISATION.search(folded)
        if part or labels[found.start()] == "D":
            departments.append(piece)
        elif organisations and _goes_on(text[organisations[-1].end : piece.start], piece.text):
            last = organisations.pop()
            organisations.append(_Piece(last.start, piece.end, text[last.start : piece.end]))
        elif len(piece.text) > 1 and not _is_place(piece.text):
            organisations.append(piece)
    organisations = [_extend(text, piece) for piece in _join_campus(text, organisations)]
    organisations = _with_leads(text, _with_forms(text, organisations))
    kept = [
        piece
        for piece in organisations
        if any(likely[piece.start : piece.end]) or not _is_other(text, piece, organisations)
    ]
    return tuple(kept), tuple(departments)


def _goes_on(between: str, following: str) -> bool:
    """``Key Lab of CAD``, ``ELDA/ELRA``: what follows is no other organisation."""
    joined = between == " of " or (between == " with " and bool(KNOWN.fullmatch(fold(following))))
    return (joined and not ORGANISATION.search(fold(following))) or (between == "/" and following.isupper())


def _is_other(text: str, piece: _Piece, others: Sequence[_Piece]) -> bool:
    """What is no organisation beside the others, by the rules for writing them down."""
    folded = fold(piece.text)
    named = bool(ORGANISATION.search(folded))
    if _JOB_TITLE.fullmatch(folded) or _UNIT_CODE.fullmatch(piece.text) or _is_state_code(text, piece):
        return True
    if _GENERIC.fullmatch(folded) and len(others) > 1:
        return True
    if re.fullmatch(r"[A-Z][\w'’-]+ [A-Z]", piece.text) and text[piece.end : piece.end + 1] == ".":
        return True  # John A. Paulson School
    if len(others) > 1 and re.search(r"[,;\n]\s*\d{1,4}[A-Za-z]?\s$", text[: piece.start]) and "univ" not in folded:
        return True  # 525 Davey Laboratory
    if not named and (text[: piece.start].endswith("(") or STREET.search(folded) or _LEGAL_FORM.fullmatch(piece.text)):
        return True
    if _SCHOOL.search(folded) and any(other != piece and "univ" in fold(other.text) for other in others):
        return not re.search("univ|hosp", folded)
    if _is_short_for_another(piece, others):
        return True
    return not named and _is_bare(text, piece, others)


def _is_state_code(text: str, piece: _Piece) -> bool:
    """``Lagoa, MG, Brazil``: two letters between a town and a country."""
    if not re.fullmatch(r"[A-Z]{2}", piece.text) or not text[: piece.start].endswith(", "):
        return False
    following = re.match(r"[\s\d-]*,\s*([^,;\n]+)", text[piece.end :])
    return bool(following and COUNTRY.match(fold(following.group(1)).strip(" .")))


def _is_bare(text: str, piece: _Piece, others: Sequence[_Piece]) -> bool:
    """A name without any sign of an organisation, parted by a comma from one with a key word: a team or a town."""
    if KNOWN.match(fold(piece.text)) or re.search(r"[A-Z]{2}|\d|&|[a-z][A-Z]", piece.text):
        return False
    if piece.text in load_lexicon().organisations:
        return False
    n_words = len(piece.text.split())
    return any(
        other != piece
        and (n_words > 1 or other.start < piece.start)
        and (ORGANISATION.search(fold(other.text)) or KNOWN.match(fold(other.text)) or KNOWN_CAPITALS.match(other.text))
        and not re.search(
            r"\b(?:and|et|und|y)\b|[;/&¤]", text[min(piece.end, other.end) : max(piece.start, other.start)]
        )
        for other in others
    )


def _extend(text: str, piece: _Piece) -> _Piece:
    """The rest of ``Google Assistant`` behind ``Google``, of ``Center for Brain, Heart and Sleep`` behind ``Brain``."""
    rest = text[piece.end :]
    more = None
    if KNOWN.fullmatch(fold(piece.text)):
        more = re.match(r"(?: [A-Z][A-Za-z]+)+(?=[,;.\n(]|$)", rest)
        more = None if more and _is_place(more.group().strip()) else more
    elif re.search(r"\b(?:for|of|on|für)(?: the)? [\w-]+$", piece.text):
        more = re.match(r"(?:, [\w-]+)*, (?:[\w-]+ ){1,3}(?:and|&|und) [\w-]+(?=[,;.\n(]|$)", rest)
        parts = more.group().strip(", ").split(", ") if more else []
        more = None if any(ORGANISATION.search(fold(part)) or _is_place(part) for part in parts) else more
    end = piece.end + (more.end() if more else 0)
    return _Piece(piece.start, end, text[piece.start : end])


def _trim(text: str, start: int, end: int) -> _Piece:
    """A name without words and signs that only lead to or from it."""
    short = _SHORT_LEAD.match(text, start, end)
    if short and short.group(1) == "".join(re.findall(r"\b[A-Z]", text[short.end() : end])):
        start = short.end()
    lead = _LEAD.match(text, start, end)
    start = lead.end() if lead else start
    while found := _TRAIL.search(text, start, end):
        end = found.start()
    country = re.fullmatch(r"([A-Z]{3,6}) (\w+)", text[start:end])
    if country and COUNTRY.match(fold(country.group(2))):
        end = start + country.end(1)
    if text[start:end].count(")") > text[start:end].count("("):
        end = text.index(")", start)
    short = _SHORT_BEHIND.search(text, start, end)
    end = short.start() if short and short.start() > start else end
    particle = _PARTICLE.search(text, 0, start)
    start = particle.start(1) if particle else start
    if text[end : end + 1] == "." and _SHORTENED.search(text, start, end):
        end += 1
    return _Piece(start, end, text[start:end])


def _with_forms(text: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    """``Hitachi, Ltd.`` is one name; legal forms by themselves are none."""
    whole: list[_Piece] = []
    for piece in pieces:
        form = _FORM_BEHIND.match(text, piece.end)
        end = form.end() if form else piece.end
        if _LEGAL_FORM.fullmatch(piece.text):
            continue
        whole.append(_Piece(piece.start, end, text[piece.start : end]))
    for firm in _FIRM.finditer(text):
        if not any(piece.start < firm.end() and firm.start() < piece.end for piece in whole):
            whole.append(_Piece(*firm.span(), firm.group()))
    return sorted(whole, key=lambda piece: piece.start)


def _with_leads(text: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    """``Technion – Israel Institute of Technology``, ``Music and Audio Research Lab``: what opens a name is of it."""
    whole: list[_Piece] = []
    for piece in pieces:
        found = _DASHED.search(text[: piece.start])
        if not found and re.search(r"\b(?:Lab|Laborator(?:y|ies)|Institute|Cent(?:er|re))$", piece.text):
            found = _PAIRED.search(text[: piece.start])
            found = None if found and whole and whole[-1].end > found.start("lead") else found
        lead = found.group("lead") if found else ""
        folded = fold(lead)
        is_own = bool(DEPARTMENT.search(folded) or KNOWN.match(folded) or (ORGANISATION.search(folded) and " " in lead))
        if found is None or not lead[:1].isupper() or _is_place(lead) or is_own:
            whole.append(piece)
        else:
            start = found.start("lead")
            whole = [other for other in whole if other.end <= start]
            whole.append(_Piece(start, piece.end, text[start : piece.end]))
    return whole


def _is_place(text: str) -> bool:
    folded = fold(text)
    return bool(COUNTRY.match(folded) or STATE.match(folded)) or folded in load_lexicon().places


def _is_short_for_another(piece: _Piece, others: Sequence[_Piece]) -> bool:
    """``MERL – Meridian Electric Research Labs``: the acronym of a name right beside it is no other organisation."""
    if not re.fullmatch(r"[A-Z]{3,6}", piece.text):
        return False
    for other in others:
        letters = "".join(word[0] for word in re.findall(r"[A-Z][a-z]+", other.text))
        if letters == piece.text and -8 < other.start - piece.end < 8:
            return True
    return False


def _join_campus(text: str, pieces: Sequence[_Piece]) -> list[_Piece]:
    """``University of California, Berkeley`` is one name."""
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and piece.start < joined[-1].end:
            continue
        folded = fold(piece.text)
        end = piece.end
        for system, campuses in CAMPUS.items():
            if re.search(rf"(^|univ\w* of ){re.escape(system)}$", folded):
                found = re.match(rf"\s*[,–—-]?\s*(?:{campuses})(?!\w)", fold(text[end:]))
                end += found.end() if found else 0
        joined.append(_Piece(piece.start, end, text[piece.start : end]))
    return joined


def is_address(text: str) -> bool:
    """Whether a line is a postal address, a place or a country."""
    folded = fold(text)
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", folded) if part.strip(" .")]
    places = sum(bool(COUNTRY.match(part) or STATE.match(part) or part in load_lexicon().places) for part in parts)
    return bool(STREET.search(folded) or re.search(r"\b\d{4,6}\b", folded)) or (
        bool(parts) and places >= 0.5 * len(parts)
    )
