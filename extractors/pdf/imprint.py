"""What a paper says of itself in print: DOI, arXiv id, year, language."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from schemas.records import Block

_DOI: Final = re.compile(r"\b10\.\d{4,9}/[^\s\"<>|{}]+", re.IGNORECASE)
_ARXIV: Final = re.compile(r"arXiv:\s?((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,2})?)", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?<![\d.,/:-])(19[5-9]\d|20[0-4]\d)(?![\d.,]*\d)")
_NOTICE: Final = re.compile(
    r"\W*(doi\b|https?://(dx\.)?doi|digital object|cite this|citation|copyright|\(c\)|received|accepted|published|"
    r"submitted|arxiv|available online|to appear|manuscript received|proceedings of|permission to)|"
    r".*(©|copyright)\s*(\(c\)\s*)?(19|20)\d\d",
    re.IGNORECASE,
)
_PAGES: Final = re.compile(r"\d\s?[–-]\s?\d+\s*[,(]\s?(19|20)\d\d")  # 272-273 (1999)
_NOT_OURS: Final = re.compile(r"download|accessed|grants?\b|support|fund(ed|ing)|^\W*\d{1,5}\W*$", re.IGNORECASE)
_DATED: Final = re.compile(
    r"©|\(c\)|⃝|copyright|publi|receiv|accept|submitted|dated|\bvol|proceedings|conference|workshop|symposium|journal|"
    r"doi|issn|\d\s*\(\d|:\s?\d+\s?[–-]\s?\d|\b(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)
_STOP_WORDS: Final = {
    "en": frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "is",
            "for",
            "that",
            "with",
            "we",
            "are",
            "this",
            "on",
            "by",
            "as",
            "from",
            "be",
            "which",
            "it",
        ]
    ),
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "des",
            "et",
            "est",
            "une",
            "dans",
            "que",
            "pour",
            "qui",
            "sur",
            "par",
            "du",
            "nous",
            "sont",
            "avec",
            "au",
            "ce",
            "plus",
        ]
    ),
    "de": frozenset(
        [
            "der",
            "die",
            "und",
            "das",
            "ist",
            "nicht",
            "ein",
            "eine",
            "mit",
            "von",
            "den",
            "auf",
            "für",
            "dem",
            "im",
            "zu",
            "des",
            "sich",
            "werden",
            "wir",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "los",
            "las",
            "de",
            "que",
            "y",
            "en",
            "una",
            "por",
            "con",
            "para",
            "del",
            "se",
            "es",
            "como",
            "su",
            "al",
            "lo",
            "más",
            "son",
        ]
    ),
    "pt": frozenset(
        [
            "o",
            "os",
            "as",
            "de",
            "que",
            "e",
            "em",
            "uma",
            "por",
            "com",
            "para",
            "do",
            "da",
            "se",
            "é",
            "como",
            "não",
            "ao",
            "mais",
            "são",
        ]
    ),
    "it": frozenset(
        [
            "il",
            "gli",
            "di",
            "che",
            "e",
            "in",
            "una",
            "per",
            "con",
            "del",
            "della",
            "si",
            "è",
            "come",
            "non",
            "al",
            "dei",
            "sono",
            "le",
            "nel",
        ]
    ),
}
_WORD: Final = re.compile(r"[^\W\d_]+")


def find_doi(text: str) -> str:
    """The first DOI in the text without trailing punctuation, lower-cased, or empty."""
    match = _DOI.search(text)
    if match is None:
        return ""
    doi = match[0].rstrip(".,;:)]}'’”*†")
    return doi.lower()


def find_arxiv_id(text: str) -> str:
    """The first arXiv id in the text (``1810.04805v2``, ``hep-th/9901001``), or empty."""
    match = _ARXIV.search(text)
    return match[1] if match else ""


def find_notices(text: str, blocks: Sequence[Block], page: int) -> list[str]:
    """Lines up to the front page that speak of the paper itself: running heads, dates, rights, how to cite it.

    Args:
        text: The paper's text.
        blocks: Its blocks.
        page: The page with the title.
    """
    return [
        line
        for block in blocks
        if block.page <= page and block.kind not in ("title", "heading", "reference", "caption", "table")
        for line in text[block.start_char : block.end_char].split("\n")
        if block.kind in ("other", "footnote")
        or _NOTICE.match(line)
        or (block.kind in ("authors", "affiliations") and _PAGES.search(line))
    ]


def find_year_of(stamps: Iterable[str], notices: Iterable[str], *, latest: int) -> int | None:
    """The year printed in a running head or stamp, else in a dated notice, else in any; downloads and grants aside."""
    heads = [stamp for stamp in stamps if not _NOT_OURS.search(stamp)]
    own = [notice for notice in notices if not _NOT_OURS.search(notice)]
    dated = [notice for notice in own if _DATED.search(notice)]
    return find_year(["\n".join(heads), "\n".join(dated), "\n".join(own)], latest=latest)


def find_year(texts: list[str], *, latest: int) -> int | None:
    """The year printed in the first of the texts that has one: a stamp or notice before the page's text."""
    for text in texts:
        years = [int(year) for year in _YEAR.findall(text) if int(year) <= latest]
        if years:
            return max(years, key=lambda year: (years.count(year), year))
    return None


def year_of_arxiv_id(arxiv_id: str) -> int | None:
    """Year in which an arXiv id was given out, from its digits."""
    digits = arxiv_id.rsplit("/", 1)[-1][:2]
    if not digits.isdecimal():
        return None
    year = int(digits)
    return 1900 + year if year > 90 else 2000 + year


def guess_language(text: str) -> str:
    """ISO 639-1 code by a vote of stop words over the first 20,000 characters; empty if none wins clearly."""
    words = Counter(_WORD.findall(text[:20_000].lower()))
    votes = {language: sum(words[word] for word in stop) for language, stop in _STOP_WORDS.items()}
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] >= max(3, 0.08 * words.total()) else ""
