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
_KEYWORDS: Final = re.compile(r"(?:keywords?|key words|index terms)\b.{5}", re.IGNORECASE)
_TABLE_CAPTION: Final = re.compile(r"(?:table|tab\.)\s*(?:\d|[ivx]+\b|[a-h]\.?\d)", re.IGNORECASE)
_SMALL: Final = 0.93  # of the body's font size
_MIN_STRETCHED: Final = 4  # lines of running text
_LOW: Final = 0.6  # of the page's height
_FOOTNOTE_MARK: Final = re.compile(r"[*∗†‡§¶♯#]|\d{1,2}\s?[A-Z(h]|[a-z]\s?[A-Z]")


def is_named_heading(text: str) -> bool:
    """True for a line that reads as the heading of a section: numbered, or one of the usual names."""
    return len(text) < 80 and (_NUMBERED.fullmatch(text) is not None or _NAMES.fullmatch(text) is not None)


def classify_blocks(groups: list[list[PrintedLine]], looks: Looks, page_heights: list[float]) -> list[str]:
    """A kind for each group of lines, in order."""
    kinds: list[str] = []
    in_references = False
    for i, group in enumerate(groups):
        kind = _kind(group, looks, page_heights[group[0].page])
        if kind in ("paragraph", "other") and _in_foot(groups, kinds, i, looks, page_heights[group[0].page]):
            kind = "footnote"
        in_references = in_references or group[0].reference_list == "entry"
        if group[0].reference_list == "heading":
            in_references = True
        elif kind == "heading":
            in_references = False
        elif in_references and kind in ("paragraph", "other", "table", "footnote") and not _is_float(groups, kinds, i):
            kind = "reference"
        kinds.append(kind)
    return kinds


def _is_float(groups: list[list[PrintedLine]], kinds: list[str], i: int) -> bool:
    """True for rows under or over the caption of a table, which may stand on a page of the list of references."""
    if not _is_table(groups[i]):
        return False
    page = groups[i][0].page
    beside = [j for j in (i - 1, i + 1) if 0 <= j < len(groups) and groups[j][0].page == page]
    return any(_TABLE_CAPTION.match(_joined(groups[j])) or (j < i and kinds[j] == "table") for j in beside)


def _joined(group: list[PrintedLine]) -> str:
    return " ".join(line.text for line in group).strip()


def _in_foot(groups: list[list[PrintedLine]], kinds: list[str], i: int, looks: Looks, page_height: float) -> bool:
    """True for notes without a mark: the small type below the text of a column, down to its end."""
    first = groups[i][0]
    if first.size > _SMALL * looks.size or first.y0 < _LOW * page_height or i == 0:
        return False
    before = groups[i - 1][-1]
    if (before.page, before.segment) != (first.page, first.segment):
        return False
    follows_note = kinds[i - 1] == "footnote"
    if not follows_note and (kinds[i - 1] != "paragraph" or before.size < _SMALL * looks.size):
        return False
    if not follows_note and first.y0 - before.y1 < 0.4 * first.size:
        return False
    for group in groups[i:]:
        if (group[0].page, group[0].segment) != (first.page, first.segment):
            return True
        if group[0].size > _SMALL * looks.size or CAPTION.match(group[0].text) or _is_table(group):
            return False
    return True


def _kind(group: list[PrintedLine], looks: Looks, page_height: float) -> str:
    text = _joined(group)
    if group[0].aside:
        return "table" if _is_table(group) else "other"
    if group[0].reference_list == "heading":
        return "heading"
    if CAPTION.match(text):
        return "caption"
    if group[0].formula:
        return "formula"
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
    if _KEYWORDS.match(text):
        return False
    if text.endswith((".", ",", ";")) and not (group[0].bold and len(text) < 60):
        return False
    first = group[0]
    emphasised = all(line.bold for line in group) or (first.size > 1.12 * looks.size and not _is_text(group, looks))
    letters = sum(line.n_letters for line in group) + text.count(" ")
    emphasised |= all(line.font != looks.font for line in group) and letters > 0.8 * len(text) and len(text) < 80
    if _NUMBERED.fullmatch(text) and len(text) < 100:
        return emphasised or text.isupper() or (len(group) == 1 and first.size > 0.95 * looks.size and len(text) < 70)
    starts_well = text[:1].isupper() or text[:1].isdigit() or (first.size > 1.04 * looks.size and len(group) == 1)
    if emphasised and starts_well and first.size > (0.95 if len(group) > 1 else 0.88) * looks.size:
        return True
    return text.isupper() and len(group) == 1 and 5 < len(text) < 60 and first.size > 0.9 * looks.size


def _is_text(group: list[PrintedLine], looks: Looks) -> bool:
    """Two lines or more that fill their column, in type that much of the paper is set in."""
    full = all(line.x1 > line.column_x1 - 2 * line.size for line in group)
    return len(group) > 1 and full and (group[0].font, round(group[0].size)) in looks.styles


def _is_table(group: list[PrintedLine]) -> bool:
    rows = sum(line.n_cells > 1 for line in group)
    if len(group) == 1:
        return group[0].n_cells > 2
    return rows >= 2 and rows >= 0.5 * len(group) and not _is_stretched(group)


def _is_stretched(group: list[PrintedLine]) -> bool:
    """True for running text whose words stand far apart, as its lines fill their column from edge to edge."""
    if len(group) < _MIN_STRETCHED or all(line.n_cells > 1 for line in group):
        return False
    left, right = min(line.x0 for line in group), max(line.x1 for line in group)
    full = sum(line.x0 - left < 2.5 * line.size and right - line.x1 < 2 for line in group[:-1])
    flush = sum(line.x0 - left < 1.5 for line in group)
    n_letters = sum(line.n_letters for line in group)
    n_characters = sum(len("".join(line.text.split())) for line in group)
    numbers = sum(line.text[-1:].isdigit() for line in group)  # at line ends: cells
    return (
        full >= 0.6 * (len(group) - 1)
        and flush >= 0.5 * len(group)
        and n_letters > 0.8 * n_characters
        and numbers < 0.3 * len(group)
    )


def _is_footnote(group: list[PrintedLine], text: str, looks: Looks, page_height: float) -> bool:
    small = group[0].size < _SMALL * looks.size
    low = group[0].y0 > _LOW * page_height
    return small and low and _FOOTNOTE_MARK.match(text) is not None
