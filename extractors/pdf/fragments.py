"""What a page prints: horizontal runs of text with their looks, straight from one extraction by PyMuPDF."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from functools import cache
from operator import attrgetter
from typing import Any, Final

from extractors.pdf.characters import ACCENTS, accent_votes, clean_characters, compose_accents
from extractors.pdf.encodings import (
    decode_bitmap_text,
    decode_large_signs,
    decode_raw_codes,
    is_sign_font,
    lost_mark,
)
from extractors.pdf.extract import extract_lines
from extractors.pdf.mupdf import pymupdf

_BASELINE: Final = attrgetter("baseline")
_RAISED, _ITALIC, _BOLD = 1, 2, 16
_MARK_SIZE: Final = 0.85  # of the largest type of a line: what is smaller may be a mark
_RAW_TEX_CODES: Final = re.compile(r"[\x01-\x09\x0b-\x0f]")
_LETTER_GAP, _WORD_GAP = 0.12, 0.6  # of the font size
_PRINTED_TWICE: Final = 0.12  # of the font size: between two prints of one text
_INITIAL_LENGTH, _INITIAL_LINES = 3, 2  # characters of a drop cap (a quote and a letter, say), lines beside it
_MARK_LENGTH: Final = 8  # characters of author marks and exponents
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
    font: str


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
        runs = self.runs
        return runs[0].text if len(runs) == 1 else "".join([run.text for run in runs])

    @property
    def width(self) -> float:
        """Points."""
        return self.x1 - self.x0


@dataclass(slots=True)
class Page:
    """The fragments of a page by the direction in which they are read.

    Attributes:
        number: From 0.
        width: Points, of the page as it stands, as is ``height``.
        turn: Quarter turns to the left of most of the text; 0 on upright pages, 1 where a table stands on its side.
        fragments: What is printed in that direction, in the frame in which it stands upright.
        others: What is printed in other directions, each in its own frame, by quarter turns.
        stamps: Text taken out of the page: running heads, page numbers, stamps.
    """

    number: int
    width: float
    height: float
    turn: int = 0
    fragments: list[Fragment] = field(default_factory=list)
    others: dict[int, list[Fragment]] = field(default_factory=dict)
    stamps: list[str] = field(default_factory=list)

    @property
    def frame_width(self) -> float:
        """Width of the page as seen by a reader of ``fragments``."""
        return self.height if self.turn % 2 else self.width

    @property
    def frame_height(self) -> float:
        """Height of the page as seen by a reader of ``fragments``."""
        return self.width if self.turn % 2 else self.height


def read_page(page: pymupdf.Page, text_page: pymupdf.TextPage | None = None) -> Page:
    """One extraction of a page (or of what was recognised on it), sorted by the direction of the text."""
    result = Page(page.number or 0, page.rect.width, page.rect.height)
    lines = extract_lines(page, "dict", text_page)
    _prepare_bitmap_fonts(lines)
    frames: dict[int, list[Fragment]] = {}
    for line in lines:
        turn = _quarter_turns(*line["dir"])
        if turn:
            _turn_spans(line["spans"], turn, result.width, result.height)
        runs = _runs(line["spans"])
        if runs:
            frames.setdefault(turn, []).append(_fragment(runs))
    if frames:
        result.turn = max(frames, key=lambda turn: sum(len(f.text) for f in frames[turn]) if len(frames) > 1 else 1)
        result.fragments = glue_marks(join_drop_caps(join_broken(frames.pop(result.turn))))
        result.others = frames
    return result


def _quarter_turns(cosine: float, sine: float) -> int:
    """How often a page must be turned to the right until the text stands upright, 0 to 3; slanted text counts as 0."""
    if abs(sine) < abs(cosine):
        return 0 if cosine > 0 else 2
    return 1 if sine < 0 else 3


def _turn_spans(spans: list[dict[str, Any]], turn: int, width: float, height: float) -> None:
    """Put the places of spans into the frame in which they stand upright."""
    for span in spans:
        span["bbox"] = turn_box(span["bbox"], turn, width, height)
        x, y = span["origin"]
        span["origin"] = turn_box((x, y, x, y), turn, width, height)[:2]


def turn_box(
    box: tuple[float, float, float, float], turn: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """A box on a page of this size, seen after so many quarter turns of the page to the right."""
    x0, y0, x1, y1 = box
    if turn == 1:
        return height - y1, x0, height - y0, x1
    if turn == 2:
        return width - x1, height - y1, width - x0, height - y0
    if turn == 3:
        return y0, width - x1, y1, width - x0
    return box


def _prepare_bitmap_fonts(lines: list[dict[str, Any]]) -> None:
    """Type 3 fonts: sizes from the widths of their characters (the stated size says nothing), TeX's codes decoded."""
    names = {span["font"] for line in lines for span in line["spans"]}
    fonts: dict[str, list[dict[str, Any]]] = {name: [] for name in names if name.startswith("Type3")}
    if not fonts:
        return
    for line in lines:
        for span in line["spans"]:
            if span["font"] in fonts:
                fonts[span["font"]].append(span)
    usual = _character_width([span for spans in fonts.values() for span in spans])
    for spans in fonts.values():
        text = "".join(span["text"] for span in spans)
        size = 2.1 * (_character_width(spans) if len(text) > 40 else usual)
        raw_tex = len(_RAW_TEX_CODES.findall(text)) > 0.002 * len(text) and sum(c.isalpha() for c in text) > 20
        for span in spans:
            span["size"] = size
            if raw_tex:
                span["text"] = decode_bitmap_text(span["text"])


def _character_width(spans: list[dict[str, Any]]) -> float:
    """Mean width in points."""
    width = sum(span["bbox"][2] - span["bbox"][0] for span in spans)
    return width / max(1, sum(len(span["text"]) for span in spans))


def _runs(spans: list[dict[str, Any]]) -> list[Run]:
    """Spans as runs; spans that differ in nothing but a drawn or guessed space are put together."""
    if len(spans) == 1 or len({(span["font"], span["size"], span["flags"], span["origin"][1]) for span in spans}) == 1:
        return _plain_run(spans)
    runs: list[Run] = []
    last: Run | None = None
    for span in spans:
        text = span["text"]
        if not (text.isascii() and text.isprintable()):
            text = clean_characters(decode_raw_codes(text, span["font"]))
        elif is_sign_font(span["font"]):
            text = decode_large_signs(text, span["font"])
        if not text and (span["flags"] & _RAISED or span["size"] < _MARK_SIZE * max(s["size"] for s in spans)):
            text = lost_mark(span["text"])
        if not text:
            continue
        x0, _, x1, _ = span["bbox"]
        if last is not None and text == " ":
            last.text += text
            last.x1 = x1
            continue
        size, baseline, font = span["size"], span["origin"][1], span["font"]
        bold, italic = _weight_and_slant(font, span["flags"])
        if (
            last is not None
            and -0.05 < last.size - size < 0.05
            and -0.05 < last.baseline - baseline < 0.05
            and bold == last.bold
            and italic == last.italic
        ):
            last.text += text
            last.x1 = x1
            continue
        last = Run(text, size, baseline, x0, x1, bold, italic, font)
        runs.append(last)
    if last is not None and last.text.isspace():
        runs.pop()
    return runs


def _plain_run(spans: list[dict[str, Any]]) -> list[Run]:
    """Most lines: all spans look the same, every guessed space between them is a span of its own."""
    first = spans[0]
    text = "".join([span["text"] for span in spans])
    if not (text.isascii() and text.isprintable()):
        text = clean_characters(decode_raw_codes(text, first["font"]))
    elif is_sign_font(first["font"]):
        text = decode_large_signs(text, first["font"])
    if not text or text.isspace():
        return []
    bold, italic = _weight_and_slant(first["font"], first["flags"])
    baseline, x0, x1 = first["origin"][1], first["bbox"][0], spans[-1]["bbox"][2]
    return [Run(text, first["size"], baseline, x0, x1, bold, italic, first["font"])]


@cache
def _weight_and_slant(font: str, flags: int) -> tuple[bool, bool]:
    """Whether a font is bold, and whether it is italic."""
    name = font.lower()
    return bool(flags & _BOLD) or any(part in name for part in _BOLD_NAMES), bool(flags & _ITALIC)


def join_broken(fragments: list[Fragment]) -> list[Fragment]:
    """Neighbours on one baseline, no further apart than words, put into one fragment."""
    joined: list[Fragment] = []
    before = float("-inf"), ""  # left end and text of the fragment before
    for fragment in sorted(fragments, key=lambda f: (round(f.baseline, 1), f.x0)):
        last = joined[-1] if joined else None
        (x0, text), before = before, (fragment.x0, fragment.text.strip())
        if (
            last is not None
            and abs(last.baseline - fragment.baseline) < 0.06
            and last.size < 1.05 * fragment.size < 1.11 * last.size
        ):
            if abs(fragment.x0 - x0) < _PRINTED_TWICE * fragment.size and before[1] == text:
                continue  # so that it looks bold
            gap = fragment.x0 - last.x1
            if -0.3 * last.size < gap < _WORD_GAP * last.size:
                if gap > _LETTER_GAP * last.size:
                    last.runs[-1].text = last.runs[-1].text.rstrip(" ") + " "
                last.runs.extend(fragment.runs)
                last.x1 = max(last.x1, fragment.x1)
                continue
        joined.append(fragment)
    return joined


def join_drop_caps(fragments: list[Fragment]) -> list[Fragment]:
    """Initials that are several lines tall put before the first of the lines that stand to the right of them."""
    caps = [f for f in fragments if len(f.runs) == 1 and len(f.text) < _INITIAL_LENGTH]
    ordered = sorted(fragments, key=_BASELINE) if caps else []
    gone: set[int] = set()
    for cap in caps:
        letter = cap.text.strip()
        if not (letter[-1:].isalpha() and letter.isupper()):
            continue
        start = bisect_right(ordered, cap.baseline - 0.8 * cap.size, key=_BASELINE)
        end = bisect_left(ordered, cap.baseline + 0.1 * cap.size, key=_BASELINE)
        beside = [
            f
            for f in ordered[start:end]
            if 1.9 * f.size < cap.size and -0.2 * cap.size < f.x0 - cap.x1 < 0.35 * cap.size and id(f) not in gone
        ]
        if len({round(f.baseline) for f in beside}) < _INITIAL_LINES:
            continue
        first = min(beside, key=_BASELINE)
        is_word = letter in ("A", "I") and first.x0 - cap.x1 > 0.45 * first.size
        first.runs[0].text = letter + (" " if is_word else "") + first.runs[0].text.lstrip(" ")
        first.x0 = first.runs[0].x0 = cap.x0
        gone.add(id(cap))
    return [f for f in fragments if id(f) not in gone] if gone else fragments


def glue_marks(fragments: list[Fragment]) -> list[Fragment]:
    """Small raised or lowered fragments put onto the fragment that they touch, as author marks and exponents do."""
    small = [f for f in fragments if len(f.runs) <= _MARK_LENGTH and len(f.text) <= _MARK_LENGTH]
    if not small:
        return fragments
    rows: dict[int, list[Fragment]] = {}
    for fragment in fragments:
        rows.setdefault(int(fragment.baseline // 16), []).append(fragment)
    gone: set[int] = set()
    for mark in small:
        row = int(mark.baseline // 16)
        top, bottom, left, right = mark.y0, mark.y1, mark.x0 - 20, mark.x1 + 20  # what is further away is no host
        for host in [
            f
            for key in (row - 1, row, row + 1)
            for f in rows.get(key, ())
            if f.y0 < bottom and f.y1 > top and f.x1 > left and f.x0 < right
        ]:
            if host is mark or id(host) in gone:
                continue
            if _touches(mark, host):
                _put_on(mark, host)
            elif _stands_within(mark, host):
                _put_into(mark, host)
            else:
                continue
            gone.add(id(mark))
            break
    return [f for f in fragments if id(f) not in gone] if gone else fragments


def _touches(mark: Fragment, host: Fragment) -> bool:
    """True if a smaller fragment stands at the right end of a line, or just before it, raised or lowered a little."""
    if mark.size > 0.95 * host.size and len(mark.text) > 1:
        return False
    overlap = min(mark.y1, host.y1) - max(mark.y0, host.y0)
    if overlap < 0.15 * (mark.y1 - mark.y0):
        return False
    return (
        -0.3 * mark.size < mark.x0 - host.x1 < 0.25 * host.size
        or -0.2 * mark.size < host.x0 - mark.x1 < 0.2 * host.size
    )


def _put_on(mark: Fragment, host: Fragment) -> None:
    after = mark.x0 >= host.x1 - 0.3 * mark.size
    host.runs = [*host.runs, *mark.runs] if after else [*mark.runs, *host.runs]
    host.x0, host.x1 = min(host.x0, mark.x0), max(host.x1, mark.x1)


def _fragment(runs: list[Run]) -> Fragment:
    main = runs[0] if len(runs) == 1 else max(runs, key=lambda run: len(run.text) * run.size)
    baseline, size = main.baseline, main.size
    x0 = main.x0 if len(runs) == 1 else min([run.x0 for run in runs])
    x1 = main.x1 if len(runs) == 1 else max([run.x1 for run in runs])
    return Fragment(runs, x0, baseline - 0.75 * size, x1, baseline + 0.22 * size, size, baseline)


def _stands_within(mark: Fragment, host: Fragment) -> bool:
    """True for an index that stands under an exponent within a line."""
    if mark.size > 0.85 * host.size or not host.x0 < mark.x0 < host.x1:
        return False
    overlap = min(mark.y1, host.y1) - max(mark.y0, host.y0)
    return overlap > 0.3 * (mark.y1 - mark.y0)


def _put_into(mark: Fragment, host: Fragment) -> None:
    """Put a mark after the last run that starts left of it; a run of plain text is parted where the mark stands."""
    i = max((i for i, run in enumerate(host.runs) if run.x0 <= mark.x0 + 0.5), default=0)
    run = host.runs[i]
    if run.x1 > mark.x1 and run.x1 - run.x0 > 2 * run.size:
        cut = round((mark.x0 - run.x0) / (run.x1 - run.x0) * len(run.text))
        rest = replace(run, text=run.text[cut:], x0=mark.x0)
        run.text, run.x1 = run.text[:cut], mark.x0
        host.runs[i + 1 : i + 1] = [*mark.runs, rest] if rest.text else mark.runs
    else:
        host.runs[i + 1 : i + 1] = mark.runs


def compose_page_accents(pages: list[Page]) -> None:
    """Put accents on their letters, on the side on which most of a page's accents stand."""
    for page in pages:
        if not ACCENTS.isdisjoint(page_text(page)):
            everything = (page.fragments, *page.others.values())
            accented = [f for fragments in everything for f in fragments if not ACCENTS.isdisjoint(f.text)]
            _compose(accented, accent_first=sum(accent_votes(fragment.text) for fragment in accented) >= 0)


def _compose(fragments: list[Fragment], *, accent_first: bool) -> None:
    for fragment in fragments:
        for run, following in zip(fragment.runs, fragment.runs[1:], strict=False):
            if accent_first and run.text[-1:] in ACCENTS and following.text[:1].isalpha():
                run.text, following.text = run.text[:-1], run.text[-1] + following.text
            elif not accent_first and following.text[:1] in ACCENTS and run.text[-1:].isalpha():
                run.text, following.text = run.text + following.text[0], following.text[1:]
        for run in fragment.runs:
            run.text = compose_accents(run.text, accent_first=accent_first)


def page_text(page: Page) -> str:
    """All characters of a page in file order, for a look at their quality."""
    return " ".join(f.text for fragments in (page.fragments, *page.others.values()) for f in fragments)
