"""E-mail addresses and ORCID iDs of authors, where they are printed in the text."""

import re
from collections.abc import Iterator, Sequence

from extractors.front_matter.author_list import Author
from extractors.front_matter.header import is_organisational
from extractors.front_matter.lexicon import fold
from extractors.front_matter.pairing import match_name
from extractors.front_matter.strip import Row

_ADDRESS = re.compile(
    r"(?:[{\[(<](?P<group>[^{}\[\]()<>@]{3,200})[}\])>]|(?P<local>[\w.+'-]*\w))\s?[@＠]\s?(?P<domain>[\w-]+(?:\.[\w-]+)+)"
)
_ORCID = re.compile(r"\b(\d{4})[-−–‐](\d{4})[-−–‐](\d{4})[-−–‐](\d{3}[\dX])\b")
_MIN_MATCH = 3  # letters of a name that an address must share with it
_ACADEMIC = frozenset({"edu", "ac"})
_MAX_WORDS = 6  # of an organisation that its domain names
_PUBLIC = frozenset(
    {"gmail", "googlemail", "hotmail", "outlook", "yahoo", "mail", "email", "live", "icloud", "inbox", "proton", "univ"}
)


def read_addresses(text: str) -> Iterator[tuple[str, int]]:
    """E-mail addresses in a text with their offsets; ``{ada,tom}@x.org`` gives two."""
    for found in _ADDRESS.finditer(text):
        domain = found.group("domain").rstrip(".").lower()
        for local in re.split(r"[,;|/\s]+", found.group("group") or found.group("local")):
            if local and re.fullmatch(r"[\w.+'-]+", local):
                yield f"{local}@{domain}", found.start()


def find_emails(rows: Sequence[Row], authors: Sequence[Author]) -> dict[Author, str]:
    """The address of each author: the one that spells the name, else the only one in the author's column below."""
    addresses = [(address, row) for row in rows if "@" in row.text for address, _ in read_addresses(row.text)]
    likeness = sorted(
        (
            (-_likeness(address.partition("@")[0], author.name), number, place)
            for number, author in enumerate(authors)
            for place, (address, _) in enumerate(addresses)
        ),
    )
    found: dict[Author, str] = {}
    used: set[int] = set()
    for score, number, place in likeness:
        if -score >= _MIN_MATCH and authors[number] not in found and place not in used:
            found[authors[number]] = addresses[place][0]
            used.add(place)
    rest = [author for author in authors if author not in found]
    for place, (address, row) in enumerate(addresses):
        above = [author for author in rest if _is_above(author.row, row)]
        if place not in used and len(above) == 1 and sum(other is row for _, other in addresses) == 1:
            found.setdefault(above[0], address)
    return {author: found[author] for author in authors if author in found}


def _likeness(local: str, name: str) -> int:
    """Letters that an address shares with a name: given name, surname, initials and surname, or all initials."""
    bare = "".join(re.findall(r"[a-z]", fold(local)))
    words = re.findall(r"[^\W\d_]+", fold(name))
    if not bare or not words:
        return 0
    given, surname = words[0], words[-1]
    initials = "".join(word[0] for word in words)
    shared = max((len(word) for word in words if len(word) > 1 and word in bare), default=0)
    if bare == initials or (len(bare) > 1 and bare == given[0] + surname[0]):
        return max(shared, _MIN_MATCH)
    if surname in bare and given[0] in bare.replace(surname, "", 1):
        shared += 1
    if len(bare) > _MIN_MATCH and surname.startswith(bare[1:]) and bare[0] == given[0]:
        shared = max(shared, len(bare))
    return shared if shared >= _MIN_MATCH or bare in words else 0


def _is_above(name: Row, address: Row) -> bool:
    overlap = min(name.x1, address.x1) - max(name.x0, address.x0)
    return name.page == address.page and overlap > 0 and 0 < address.y0 - name.y0 < 8 * name.height


def find_orcids(rows: Sequence[Row], authors: Sequence[Author]) -> dict[Author, str]:
    """ORCID iDs that stand right behind a name, or in a line that names one author."""
    found: dict[Author, str] = {}
    for row in rows:
        for orcid in _ORCID.finditer(row.text):
            at = row.start + orcid.start()
            before = [author for author in authors if author.start_char < at and row.start <= author.start_char]
            named = before[-1:] or _named(row.text[: orcid.start()] or row.text[orcid.end() :], authors)
            if named:
                found.setdefault(named[-1], "-".join(orcid.groups()))
    return found


def _named(text: str, authors: Sequence[Author]) -> list[Author]:
    words = re.findall(r"[^\W\d_][\w.'’-]*", re.sub(r"orcid\S*|https?\S*|\bid\b", " ", text, flags=re.IGNORECASE))
    return match_name(" ".join(words[-4:]), authors) if words else []


def named_by_domains(rows: Sequence[Row], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Offsets of pieces of the header that an e-mail domain names: ``Quibbix Systems`` beside ``ada@quibbix.com``.

    Args:
        rows: The rows between title and body.
        taken: Offsets of people's names, which are nothing else.
    """
    domains = [address.partition("@")[2].split(".") for row in rows for address, _ in read_addresses(row.text)]
    labels = {
        label
        for domain in domains
        if not _ACADEMIC.intersection(domain)  # universities are called after towns, which stand in their addresses
        for label in domain[:-1]
        if len(label) > _MIN_MATCH and label not in _PUBLIC
    }
    found: list[tuple[int, int]] = []
    for row in rows if labels else ():
        words = re.findall(r"[^\W_]+", fold(row.text.partition(",")[0]))
        named = 0 < len(words) < _MAX_WORDS and (words[0] in labels or "".join(words) in labels)
        start, end = row.start, row.start + len(row.text.partition(",")[0])
        if not named or "@" in row.text or any(low < end and start < high for low, high in taken):
            continue
        if not any(_stands_on(row, other) and is_organisational(other.text) for other in rows):
            found.append((start, end))
    return found


def _stands_on(row: Row, other: Row) -> bool:
    overlap = min(row.x1, other.x1) - max(row.x0, other.x0)
    return row.page == other.page and overlap > 0 and -0.5 * row.height < row.y0 - other.y1 < row.height
