"""What a page prints: horizontal runs of text with their looks, straight from one extraction by PyMuPDF."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pymupdf

from extractors.pdf.characters import clean_characters

# Ligatures come expanded, images are left out; a glyph without Unicode value keeps its code, which in old
# TeX fonts is mostly the right letter.
EXTRACTION_FLAGS: Final = (
    pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
)
_SUPERSCRIPT, _ITALIC, _BOLD = 1, 2, 16
_BOLD_NAMES: Final = ("bold", "-medi", "black", "heavy", "semibold", "cmbx", "sfbx", "demi")


@dataclass(slots=True)
class Run:
    """Text in one font on one baseline."""

    text: str
    size: float
    baseline: float
    x0: float
    x1: float
    bold: bool
    italic: bool
    raised: bool  # MuPDF saw a superscript


@dataclass(slots=True)
class Fragment:
    """Runs side by side without a large gap. The box comes from size and baseline: fonts lie about their heights."""

    runs: list[Run]
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    baseline: float

    @property
    def text(self) -> str:
        """The characters, runs joined."""
        return "".join(run.text for run in self.runs)

    @property
    def width(self) -> float:
        """Points."""
        return self.x1 - self.x0


@dataclass(slots=True)
class Page:
    """The upright fragments of a page in file order, and what stands on its side."""

    number: int
    width: float
    height: float
    fragments: list[Fragment]
    turned: list[Fragment] = field(default_factory=list)  # rotated: stamps, axis labels
    stamps: list[str] = field(default_factory=list)  # text taken out of the page: running heads, stamps, numbers


def read_page(page: pymupdf.Page) -> Page:
    """One extraction of a page, sorted into upright and rotated fragments."""
    raw: dict[str, Any] = page.get_text("dict", flags=EXTRACTION_FLAGS)
    result = Page(page.number or 0, raw["width"], raw["height"], [])
    for block in raw["blocks"]:
        for line in block.get("lines", ()):
            cosine, sine = line["dir"]
            upright = cosine > 0.98 and abs(sine) < 0.2
            runs = list(_runs(line["spans"]))
            if not runs:
                continue
            if upright:
                result.fragments.append(_fragment(runs))
            else:
                x0, y0, x1, y1 = line["bbox"]
                result.turned.append(Fragment(runs, x0, y0, x1, y1, runs[0].size, y1))
    return result


def _runs(spans: list[dict[str, Any]]) -> Iterator[Run]:
    """Spans as runs; spans that differ in nothing but a drawn or guessed space are put together."""
    last: Run | None = None
    for span in spans:
        text = clean_characters(span["text"])
        if not text:
            continue
        x0, y0, x1, y1 = span["bbox"]
        size, flags = span["size"], span["flags"]
        height = y1 - y0
        if not 0.4 * size < height < 2.5 * size:  # Type 3 fonts: any size, scaled by their own matrix
            size = height / 1.2
        baseline = span["origin"][1]
        bold = bool(flags & _BOLD) or any(name in span["font"].lower() for name in _BOLD_NAMES)
        italic = bool(flags & _ITALIC)
        if last is not None and (
            text.isspace()
            or (
                bold == last.bold
                and italic == last.italic
                and abs(last.size - size) < 0.05
                and abs(last.baseline - baseline) < 0.05
            )
        ):
            last.text += text
            last.x1 = x1
            continue
        if last is not None:
            yield last
        last = Run(text, size, baseline, x0, x1, bold, italic, bool(flags & _SUPERSCRIPT))
    if last is not None and not (last.text.isspace()):
        yield last


def _fragment(runs: list[Run]) -> Fragment:
    main = max(runs, key=lambda run: len(run.text) * run.size)
    baseline, size = main.baseline, main.size
    return Fragment(
        runs,
        min(run.x0 for run in runs),
        baseline - 0.75 * size,
        max(run.x1 for run in runs),
        baseline + 0.22 * size,
        size,
        baseline,
    )
