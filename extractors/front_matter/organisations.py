"""Affiliation text: which pieces of it are organisations, as opposed to departments, addresses and the rest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.people import JOB
from extractors.front_matter.strip import SYMBOLS, Strip
from extractors.front_matter.words import (
    COUNTRY,
    DEPARTMENT,
    DEPARTMENT_START,
    EMAIL,
    FUSED_SCHOOL,
    KNOWN,
    KNOWN_CAPITALS,
    MEMBERSHIP,
    ORGANISATION,
    POSTCODE,
    STATE,
    STREET,
)

SURE = 0.8  # organisations below this score only stand in for something better
ACRONYM = re.compile(r"^[A-Z][A-Za-z]*[A-Z]{2}[A-Za-z]*(?:[-–/][A-Z][A-Za-z]+)*$|^[A-Z]{2,}-[A-Z]{2,}$")
_BORDER = re.compile(
    r"[,;:•|\n]|\s{3,}|\baffiliated (?:to|with)\b|(?<=\s)[-–—](?=\s)|"
    r"(?<=[a-z]{4})(?<!omput)(?<!chnol)(?<!ectr)(?<!Univ)(?<!univ)(?<!Dept)(?<!Inst)(?<!Math)(?<!Phys)(?<!Chem)(?<!Biol)(?<!Acad)(?<!Coll)\.\s+(?=[A-Z])|\.\s*$|\s/\s|\.\s+(?=[A-Z]{0,3}-?\d{4})"
)
_AND = re.compile(r"(?:^|\s)(?:and|&|und|et|y|e)\s+(?:(?:with|at|also)\s+)*(?:the\s+)?(?=\S)")
_LEAD = re.compile(
    r"^(?:(?:and|&|the|both|is|are|was|were|with|at|of|from|in|by|also|currently|now|to|present|permanent|current|"
    r"address|"
    r"affiliation|visiting|formerly|previously|author|authors|affiliated|affiliations|addresses?)(?=[\s:.])[\s:.]*)+",
    re.IGNORECASE,
)
_OF_PARENT = re.compile(
    r"(?<!department)(?<!dept\.)(?<!division)(?<!school)(?<!faculty)\s(?:of|at|in)\s+(?:the\s+)?"
    r"(?=(?:(?!of\b|at\b|in\b)\S+\s+){0,3}?(?:univ|college|institut|hospital|politec|academ|hochschule))",
    re.IGNORECASE,
)
_HEAD_INSIDE = re.compile(
    r"(?<=[a-z)]) (?=(?:The )?(?:Univ(?:ersit\w+|\.)?|Institut\w*|National|Indian|Technical|Technische|College|"
    r"Hospital|Polit\w+|Academy) "
    r"(?:of|de|di|degli|du|do|della|Univ|Instit|Labor|für|Center|Centre|[A-Z]))"
)
_HEAD_NAME = re.compile(r"(?<=[a-z)]) (?=[A-Z][\w.'’-]+ (?:(?:State|Technical|National|Tech|Medical) )?University\b)")
_MAX_ACRONYM = 5
_MAX_BARE_WORDS = 7  # of a name without a key word
_LEGAL_FORM = re.compile(
    r"(Inc|LLC|Ltd|L\.?P|Corp|GmbH|Limited|Incorporated|S\.?A\.?S?|B\.?V|A\.?G|Co|PLC)\.?(\s(Ltd|KG|Inc)\.?)?"
)
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
    kind: str  # organisation, department, address, unknown, known


def find_organisations(strip: Strip, hints: Sequence[tuple[int, int]] = ()) -> list[Organisation]:
    """Organisations of one affiliation, in printed order.

    Departments count only if nothing else does; a short unknown piece counts as a company only if nothing else does.

    Args:
        strip: The affiliation, without the names of its authors.
        hints: Offsets in the paper of likely organisations.
    """
    pieces = [_classify(strip, start, end, hints) for start, end in _cut(strip)]
    pieces = _join_campus(strip, [piece for piece in pieces if piece.text])
    chosen = [piece for piece in pieces if piece.kind == "organisation"]
    known = [piece for piece in pieces if piece.kind == "known"]
    score = 0.9
    if chosen or known:
        chosen = [piece for piece in pieces if piece in chosen or piece in known]
    else:
        chosen, score = _fallback(pieces), 0.6
    chosen = [piece for piece in chosen if not _is_short_for_another(piece, chosen)]
    found: list[Organisation] = []
    for piece in chosen:
        span = strip.span(piece.start, piece.end)
        if span:
            found.append(Organisation(*span, re.sub(r"\s+", " ", piece.text), score))
    return found


def find_departments(strip: Strip) -> list[str]:
    """Departments, schools and faculties of one affiliation, as printed."""
    pieces = [_classify(strip, start, end, ()) for start, end in _cut(strip)]
    return [re.sub(r"\s+", " ", piece.text) for piece in pieces if piece.text and piece.kind == "department"]


def _is_short_for_another(piece: _Piece, others: Sequence[_Piece]) -> bool:
    """``MERL – Meridian Electric Research Labs``: the acronym of a name right beside it is no other organisation."""
    if not re.fullmatch(r"[A-Z]{3,6}", piece.text):
        return False
    for other in others:
        letters = "".join(word[0] for word in re.findall(r"[A-Z][a-z]+", other.text))
        if letters == piece.text and -8 < other.start - piece.end < 8:
            return True
    return False


def _fallback(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Without any sure organisation: the unknown piece (after a department, else first), else the department."""
    departments = [piece for piece in pieces if piece.kind == "department"]
    unknown = [piece for piece in pieces if piece.kind == "unknown"]
    if departments:
        after = [piece for piece in unknown if piece.start > departments[0].start]
        return after[:1] or departments[:1]
    if unknown and (pieces[0].kind == "unknown" or len(pieces) <= 2):
        return unknown[:1]
    return []


def _cut(strip: Strip) -> list[tuple[int, int]]:
    """Borders of the pieces: commas, lines, marks, brackets, ``and`` between two organisations."""
    text = strip.text
    blank = list(text)
    for found in EMAIL.finditer(text) if re.search("[@＠]|http|www", text) else ():
        if "@" in found.group() or "＠" in found.group() or "http" in found.group() or "www" in found.group():
            start = found.start()
            for position in range(start, found.end()):
                blank[position] = ";"
    text = "".join(blank)
    for pattern in (POSTCODE, MEMBERSHIP):
        for found in pattern.finditer(text):
            blank[found.start() : found.end()] = ";" * (found.end() - found.start())
    for position, char in enumerate(text):
        if (strip.raised[position] or char in SYMBOLS) and char != " ":
            blank[position] = ";"
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda found: _bracket(found.group()), "".join(blank))
    spans: list[tuple[int, int]] = []
    position = 0
    for found in [*_BORDER.finditer(text), None]:
        end = found.start() if found else len(text)
        spans.extend(_split_heads(text, position, end))
        if found:
            position = found.end()
    return spans


def _bracket(text: str) -> str:
    """A bracket with an organisation in it is a piece of its own; any other is left out."""
    if ORGANISATION.search(fold(text)) and len(text) > 8:
        return ";" + text[1:-1] + ";"
    return ";" * len(text)


def _split_heads(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split at ``and`` between two organisations, and before a university that follows a department without comma."""
    part = text[start:end]
    for found in _AND.finditer(part):
        left, right = part[: found.start()], part[found.end() :]
        acronym = ACRONYM.match(right.strip()) or re.fullmatch(r"\s*[A-Z]{3,6}\s*", right)
        if (
            (_is_name(left) and _is_name(right))
            or (acronym and _is_organisation(left))
            or (
                (_is_head_start(right) or (DEPARTMENT_START.match(fold(right)) and right[:1].isupper()))
                and _ends_a_name(left)
            )
        ):
            return [(start, start + found.start()), *_split_heads(text, start + found.end(), end)]
    lead = re.match(r"\s*", part)
    first = part[lead.end() if lead else 0 :]
    if DEPARTMENT_START.match(fold(first)) or DEPARTMENT.search(fold(first)):
        for pattern in (_OF_PARENT, _HEAD_INSIDE, _HEAD_NAME):
            found = pattern.search(part)
            if (
                found
                and DEPARTMENT.search(fold(part[: found.start()]))
                and not ORGANISATION.search(fold(part[: found.start()]))
            ):
                return [(start, start + found.start()), *_split_heads(text, start + found.end(), end)]
    return [(start, end)]


def _is_name(text: str) -> bool:
    bare = text.strip()
    return bool(KNOWN.match(fold(bare)) or ACRONYM.match(bare))


def _is_organisation(text: str) -> bool:
    return bool(ORGANISATION.search(fold(text)) or KNOWN.match(fold(text.strip())))


def _ends_a_name(text: str) -> bool:
    """Whether a name or an address is complete here, so that ``and`` can begin another."""
    folded = fold(text.strip(" .,;"))
    return (
        _is_organisation(re.sub(r"\bresearch$", "", folded))
        or bool(DEPARTMENT_START.match(folded) or re.search(r"\d|^$", folded) or COUNTRY.match(folded))
        or folded in load_lexicon().places
    )


def _is_head_start(text: str) -> bool:
    """Whether an organisation begins here: its key word or a known name is in the first words."""
    first = " ".join(re.split(r"\s(?:and|&)\s", text.strip())[0].split()[:4])
    return bool(ORGANISATION.search(fold(first)) or KNOWN.match(fold(text.strip()))) and text.strip()[:1].isupper()


def _classify(strip: Strip, start: int, end: int, hints: Sequence[tuple[int, int]]) -> _Piece:
    """Trim a piece and say what it is."""
    text = strip.text
    while start < end and not (text[start].isalnum() or text[start] in "("):
        start += 1
    lead = _LEAD.match(text[start:end])
    if lead and not re.match(r"The\s+\S", text[start:end]):
        start += lead.end()
    while end > start and (text[end - 1] in " .,;:-–—'\"" or text[end - 1] in SYMBOLS):
        end -= 1
    if (
        text[start:end].endswith((" Inc", " Ltd", " Corp", " Co", " Univ", " S.A", " S.p.A"))
        and text[end : end + 1] == "."
    ):
        end += 1
    postal = re.match(r"(?:[A-Z]{1,3}-)?\d{3,6}\s+(?=[A-Z])", text[start:end])
    if postal and not STREET.search(fold(text[start:end])):
        start += postal.end()
    while start < end and (text[start].isdigit() and start + 1 < end and text[start + 1] in " )."):
        start += 2
    code = re.search(r",?\s+\(?(UMR|UPR|URA|EA|UMS|USR)\b.*", text[start:end])
    if code and code.start() > 0:
        end = start + code.start()
    piece = text[start:end].strip()
    kind = _kind(piece, strip.span(start, end), hints) if piece else "address"
    if kind == "known" and strip.text.isupper() and len(piece) > _MAX_ACRONYM and not KNOWN.match(fold(piece)):
        kind = "unknown"  # all is in capitals: no sign of an acronym
    return _Piece(start, end, piece, kind)


def _kind(piece: str, span: tuple[int, int] | None, hints: Sequence[tuple[int, int]]) -> str:
    """What a piece is, by its key words, else by its looks and what a tagger says."""
    folded = fold(piece)
    if COUNTRY.match(folded) or STATE.match(folded) or folded in load_lexicon().places:
        return "address"
    if KNOWN_CAPITALS.match(piece) or (KNOWN.match(folded) and (not STREET.search(folded) or "umr" in folded)):
        return "known"
    if DEPARTMENT_START.match(folded):
        return "department"
    if ORGANISATION.search(folded):
        return _organisation_kind(piece, folded)
    if FUSED_SCHOOL.match(folded):
        return "organisation"
    if DEPARTMENT.search(folded):
        return "department"
    if STREET.search(folded) or JOB.search(folded) or re.search(r"\d", piece):
        return "address"
    return _kind_without_key_word(piece, span, hints)


def _kind_without_key_word(piece: str, span: tuple[int, int] | None, hints: Sequence[tuple[int, int]]) -> str:
    if not piece[0].isupper() or len(piece.split()) > _MAX_BARE_WORDS:
        return "address"
    hinted = span is not None and any(low < span[1] and span[0] < high for low, high in hints)
    listed = len(piece) > 2 and (ACRONYM.match(piece) or piece in load_lexicon().organisations)
    return "known" if hinted or listed else "unknown"


def _organisation_kind(piece: str, folded: str) -> str:
    if len(piece.split()) > 14 or (
        piece[0].islower() and not folded.startswith(("universi", "institut", "ecole", "college"))
    ):
        return "address"
    if re.fullmatch(
        r"(the )?(university|institute|college|center|centre|laboratory|research|hospital|"
        r"observatory|academy|museum|clinic|foundation|society|bank|ministry|inc\.?|ltd\.?)",
        folded,
    ):
        return "address"
    generic = re.match(
        r"(computer science|computer|physics|chemistry|mathematics|research) (lab|laboratory|laboratories|center|"
        r"centre)$",
        folded,
    )
    if generic:
        return "department"
    if STREET.search(folded) and re.search(r"\d", piece):
        return "address"
    if (
        DEPARTMENT.search(folded)
        and re.search(r"(department|dept\.?)$", folded)
        and not re.search(r"univ|college", folded)
    ):
        return "department"
    return "organisation"


def _join_campus(strip: Strip, pieces: Sequence[_Piece]) -> list[_Piece]:
    """``University of California, Berkeley`` is one name."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        near = last is not None and piece.start - last.end <= 6
        if last and near and _LEGAL_FORM.fullmatch(piece.text):
            joined[-1] = _Piece(last.start, piece.end, strip.text[last.start : piece.end], "organisation")
        elif last and near and last.kind == "organisation" and _is_campus(strip.text, last, piece):
            text = strip.text[last.start : piece.end]
            joined[-1] = _Piece(last.start, piece.end, text, "organisation")
        else:
            joined.append(piece)
    return joined


def _is_campus(text: str, name: _Piece, place: _Piece) -> bool:
    """Whether what follows belongs to a name: a campus, the rest of a list (``for Brain, Cognition and Sleep``)."""
    folded, where = fold(name.text), re.sub(r"^at ", "", fold(place.text))
    is_list = re.search(r"\b(for|of|fur)( the)? [\w-]+$", folded) and re.fullmatch(r"[\w -]+ (and|&|und) [\w ]+", where)
    if is_list and place.kind in ("unknown", "address") and "\n" not in text[name.end : place.start]:
        return True
    own_line = "\n" in text[name.end : place.start]
    if (
        own_line
        and re.match(r"\W*[A-Z][\w.]+\s+\d{4}|\W*[A-Z][\w.]+(\s\w+)?\W+\d{5}", text[place.end :])
        and "california" not in folded
    ):
        return False
    return any(
        re.search(rf"(^|univ\w* of ){re.escape(system)}$", folded) and re.fullmatch(campuses, where)
        for system, campuses in CAMPUS.items()
    )


def is_address(text: str) -> bool:
    """Whether a line is a postal address, a place or a country."""
    folded = fold(text)
    parts = [part.strip(" .") for part in re.split(r"[,;\n]", folded) if part.strip(" .")]
    places = sum(bool(COUNTRY.match(part) or STATE.match(part) or part in load_lexicon().places) for part in parts)
    return bool(STREET.search(folded) or re.search(r"\b\d{4,6}\b", folded)) or (
        bool(parts) and places >= 0.5 * len(parts)
    )
