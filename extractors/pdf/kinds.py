"""What a block is, for the body of a paper: heading, paragraph, caption, table, reference, footnote or other."""

import re
from typing import Final

from extractors.pdf.blocks import CAPTION, Looks
from extractors.pdf.lines import PrintedLine

_NUMBERED: Final = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,5}\.|[A-H](?:\.\d{1,2}){0,2}\.?|Appendix [A-Z\d]\b[.:]?)"
    r"\s+[A-ZÀ-Þ][^=]{2,}"
)
_NAMES: Final = re.compile(
    r"(?:abstract|introduction|background|related works?|methods?|materials and methods|patients and methods|results?"
    r"|discussions?|results and discussion|experiments?|evaluation|conclusions?|conclusions? and future work"
    r"|acknowledge?ments?|references|bibliography|appendix|keywords|future work|limitations|supplementary material"
    r"|preliminaries|analysis|summary|overview|introduction and background|author contributions|competing interests"
    r"|funding|disclosure|data availability|ethics statement|résumé|bibliographie|remerciements)[.:]?",
    re.IGNORECASE,
)
_AFTER_REFERENCES: Final = re.compile(
    r"(?:appendix|appendices|supplement|a\.?\s|a\.\d|annex|acknowledge?ment|author|figure|biograph|about the)",
    re.IGNORECASE,
)
_FOOTNOTE_MARK: Final = re.compile(r"[*∗†‡§¶♯#]|\d{1,2}\s?[A-Z(h]|[a-z]\s?[A-Z]")


def classify_blocks(groups: list[list[PrintedLine]], looks: Looks, page_heights: list[float]) -> list[str]:
    """A kind for each group of lines, in order."""
    kinds: list[str] = []
    in_references = False
    for i, group in enumerate(groups):
        kind = _kind(group, looks, page_heights[group[0].page], is_last=_is_last_of_segment(groups, i))
        text = _joined(group)
        in_references = in_references or group[0].reference_list == "entry"
        if group[0].reference_list == "heading":
            in_references = True
        elif in_references and kind == "heading" and (_AFTER_REFERENCES.match(text) or _is_section(text, group, looks)):
            in_references = False
        elif in_references and kind in ("paragraph", "other", "table", "footnote", "heading"):
            kind = "reference"
        kinds.append(kind)
    return kinds


def _is_section(text: str, group: list[PrintedLine], looks: Looks) -> bool:
    return _NAMES.fullmatch(text) is not None or (group[0].size > 1.1 * looks.size and len(text) < 80)


def _joined(group: list[PrintedLine]) -> str:
    return " ".join(line.text for line in group).strip()


def _is_last_of_segment(groups: list[list[PrintedLine]], i: int) -> bool:
    if i + 1 == len(groups):
        return True
    here, after = groups[i][-1], groups[i + 1][0]
    return (here.page, here.segment) != (after.page, after.segment)


def _kind(group: list[PrintedLine], looks: Looks, page_height: float, *, is_last: bool) -> str:
    text = _joined(group)
    if group[0].aside:
        return "table" if _is_table(group) else "other"
    if group[0].reference_list == "heading":
        return "heading"
    if CAPTION.match(text):
        return "caption"
    if _is_heading(group, text, looks):
        return "heading"
    if _is_table(group):
        return "table"
    if _is_footnote(group, text, looks, page_height):
        return "footnote"
    letters = sum(line.n_letters for line in group)
    share = letters / max(1, len(text.replace(" ", "")))
    plain = group[0].font == looks.font and abs(group[0].size - looks.size) < 0.3
    return "paragraph" if share >= (0.5 if len(text) >= 25 else 0.75 if plain and len(text) > 3 else 2) else "other"


def _is_heading(group: list[PrintedLine], text: str, looks: Looks) -> bool:
    if (
        len(group) > 3
        or len(text) > 150
        or sum(line.n_letters for line in group) < 3
        or any(line.n_cells > 2 for line in group)
    ):
        return False
    if _NAMES.fullmatch(text):
        return True
    if text.endswith((".", ",", ";")) and not (group[0].bold and len(text) < 60):
        return False
    first = group[0]
    emphasised = all(line.bold for line in group) or first.size > 1.12 * looks.size
    letters = sum(line.n_letters for line in group) + text.count(" ")
    emphasised |= all(line.font != looks.font for line in group) and letters > 0.8 * len(text) and len(text) < 80
    if _NUMBERED.fullmatch(text) and len(text) < 100:
        return emphasised or text.isupper() or (len(group) == 1 and first.size > 0.95 * looks.size and len(text) < 70)
    starts_well = text[:1].isupper() or text[:1].isdigit() or (first.size > 1.04 * looks.size and len(group) == 1)
    if emphasised and starts_well and first.size > (0.95 if len(group) > 1 else 0.88) * looks.size:
        return True
    return text.isupper() and len(group) == 1 and 5 < len(text) < 60 and first.size > 0.9 * looks.size


def _is_table(group: list[PrintedLine]) -> bool:
    rows = sum(line.n_cells > 1 for line in group)
    return (rows >= 2 and rows >= 0.5 * len(group)) or (len(group) == 1 and group[0].n_cells > 2)


def _is_footnote(group: list[PrintedLine], text: str, looks: Looks, page_height: float) -> bool:
    small = group[0].size < 0.93 * looks.size
    low = group[0].y0 > 0.6 * page_height
    return small and low and _FOOTNOTE_MARK.match(text) is not None
