"""The section of the paper that each block stands in, told from the headings."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from extractors.pdf.references import is_references_heading
from schemas.records import Block, Line

_FRONT_KINDS: Final = ("title", "authors", "affiliations")
_NUMBER: Final = re.compile(
    r"(?:section |chapter )?(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.):]?|(?P<roman>[IVX]{1,5})[.):]"
    r"|(?P<letter>[A-Z](?:\.\d{1,2}){0,3})(?:[.):]|(?=\s)))\s*(?=[^\W\d_])",
    re.IGNORECASE,
)
_APPENDIX: Final = re.compile(r"appendi(?:x|ces)|supplement(?:ary|al)?\b|annex\b|supporting information", re.IGNORECASE)
_SPACED_CAPITALS: Final = re.compile(r"\b([A-Z]) (?=[A-Z]{2})")
_BACK_MATTER: Final = re.compile(  # neither science nor thanks: of no section
    r"(?:authors?['’]? contributions?|contributions? of|competing|conflicts? of|(?:financial )?disclosure|declaration"
    r"|ethic|(?:data|code|software|materials?).{0,20} availability|availability|additional information|abbreviations"
    r"|key\s?words|index terms|categories and|general terms|contents|correspondence|about the|biograph|copyright)",
    re.IGNORECASE,
)
# the word that comes first in a heading decides: "Results and discussion", "Discussion and conclusions"
_WORDS: Final = {
    "abstract": r"abstract|résumé|zusammenfassung|resumen",
    "introduction": r"introduction|motivation|introducción|einleitung",
    "related": r"related|background|(?:previous|prior|earlier) (?:work|approaches|research)|literature review"
    r"|state[- ]of[- ]the[- ]art|review of (?:the )?literature|preliminaries",
    "method": r"(?:materials?|patients|subjects|participants) and methods?|experimental (?:procedures?|methods?)"
    r"|methods?|methodology|approach|models?|architecture|algorithms?|problem|(?:the|our) (?:system|framework)"
    r"|implementation|formulation|proposed|observations?|study design|design(?: of|$)",
    "experiments": r"experiments?|experimental|evaluations?|empirical|simulations?|case stud(?:y|ies)|ablations?"
    r"|data ?sets?|data(?: and|$)|data collection|performance|set-?up|evaluation"
    r"|(?:error|statistical|data|comparative|sensitivity|subgroup) analys[ie]s",
    "results": r"results?|findings|résultats|resultados",
    "discussion": r"discussions?|limitations?|interpretation|diskussion|discusión",
    "conclusion": r"conclusions?|concluding|summary(?: and|$)|future (?:work|directions)|outlook|conclusiones|fazit",
    "acknowledgements": r"acknowledge?ments?|acknowledge?ment|remerciements|funding|thanks|agradecimientos|danksagung",
}
_SECTION: Final = re.compile(
    r"\b(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items()) + r")\b", re.I
)
_PLAIN: Final = re.compile(r"(?:" + "|".join(_WORDS.values()) + r")(?: (?:and|&) .*)?\s*[.:]?", re.IGNORECASE)
_CANONICAL: Final = re.compile(  # these open a section wherever and however they are printed
    r"(?:abstract|introduction|background|related works?|(?:materials?|patients) and methods?|methods?|methodology"
    r"|experiments?|results?|results and discussions?|discussions?|conclusions?|acknowledge?ments?)\s*[.:]?",
    re.IGNORECASE,
)
_RUN_IN: Final = re.compile(r"(?:acknowledge?ments?|funding)\s*[.:—–-]", re.IGNORECASE)
_MIN_NUMBERED: Final = 3  # headings of a paper that numbers its sections


def mark_sections(blocks: Sequence[Block], lines: Sequence[Line], text: str) -> tuple[Block, ...]:
    """The blocks with their sections (``SECTIONS``); a heading belongs to the section that it opens.

    A heading within a section ("4.1 Data" in "4 Experiments") does not end it, whatever it says.
    """
    looks = {line.start_char: line for line in lines}
    headings = {
        block.start_char: _SPACED_CAPITALS.sub(r"\1", text[block.start_char : block.end_char])
        for block in blocks
        if block.kind == "heading"
    }
    numbers = [_NUMBER.match(heading) for heading in headings.values()]
    styles = _Styles(headings, looks, [match for match in numbers if match])
    marked: list[Block] = []
    top = section = ""  # what the last heading of a section names, and the last heading of any kind
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.kind == "heading":
            heading = headings[block.start_char]
            in_abstract = following is not None and following.kind == "abstract"
            if in_abstract or section_of(heading) == "abstract":
                top = section = "abstract"
            else:
                top, section = _section_after("" if top == "abstract" else top, block.start_char, heading, styles)
            if section == "related" and _is_first(marked):  # medical papers call their introduction so
                top = section = "introduction"
        elif block.kind in _FRONT_KINDS or (block.kind == "paragraph" and section == "abstract"):
            top = section = ""
        own = {"abstract": "abstract", "reference": "references"}.get(block.kind, section)
        if block.kind == "paragraph" and _RUN_IN.match(text, block.start_char):
            own = "acknowledgements"
        marked.append(replace(block, section=own))
    return tuple(marked)


def _is_first(before: Sequence[Block]) -> bool:
    return all(block.section in ("", "abstract") for block in before)


class _Styles:
    """How a paper prints the headings of its sections: with numbers, or in a look of their own."""

    def __init__(self, headings: dict[int, str], looks: dict[int, Line], numbers: list[re.Match[str]]) -> None:
        self._looks = looks
        self.numbered = sum(match["letter"] is None for match in numbers) >= _MIN_NUMBERED
        self.roman = sum(match["roman"] is not None for match in numbers) > 1
        plain = [self._look(start, heading) for start, heading in headings.items() if _CANONICAL.fullmatch(heading)]
        self._top = Counter(plain).most_common(1)[0][0] if plain else None

    def _look(self, start: int, heading: str) -> tuple[int, bool, bool] | None:
        line = self._looks.get(start)
        return (round(line.font_size), line.bold, heading.isupper()) if line else None

    def is_top(self, start: int, heading: str) -> bool:
        """True for a heading of a section rather than of a part of one."""
        match = _NUMBER.match(heading)
        if match is not None and match["arabic"]:
            return "." not in match["arabic"]
        if match is not None and self.roman:
            return match["roman"] is not None
        first, _, rest = heading.partition(" ")
        run_on = first.isupper() and not rest.isupper() and _CANONICAL.fullmatch(first)  # "RESULTS Search results"
        if run_on or _CANONICAL.fullmatch(heading) or _BACK_MATTER.match(heading):
            return True
        same_look = self._top is not None and self._look(start, heading) == self._top
        return same_look and (not self.numbered or _PLAIN.fullmatch(heading) is not None)


def _section_after(top: str, start: int, heading: str, styles: _Styles) -> tuple[str, str]:
    """The section on the highest level and the one right after a heading."""
    if is_references_heading(heading):
        return "references", "references"
    number = _NUMBER.match(heading)
    title = heading[number.end() :] if number else heading
    lettered = number is not None and number["letter"] is not None
    if _APPENDIX.match(title) or _APPENDIX.match(heading) or (lettered and top in ("references", "appendix")):
        return "appendix", "appendix"
    named = section_of(title)
    if not styles.is_top(start, heading):
        return top, top or named
    if top == "appendix" and named != "acknowledgements" and not (number and number["arabic"]):
        return top, top
    return named, named


def section_of(title: str) -> str:
    """The section that a heading without its number names, or empty."""
    if _BACK_MATTER.match(title):
        return ""
    match = _SECTION.search(title)
    return match.lastgroup or "" if match else ""
