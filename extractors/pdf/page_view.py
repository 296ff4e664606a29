"""A paper as one HTML page for looking at mistakes of reading: its pages with the blocks drawn on them, in order.

The page needs nothing but itself: pictures are embedded, and all that a paper brings along is escaped.
"""

import base64
from collections.abc import Callable, Generator
from contextlib import contextmanager
from html import escape
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Final

from pebble import ProcessExpired, ProcessPool

from extractors.pdf.faults import MUPDF_ERRORS
from extractors.pdf.mupdf import pymupdf
from schemas.records import Block, ParsedPaper

_DPI: Final = 80
_MAX_POINTS: Final = 2000.0  # a larger page is drawn smaller, so that no picture outgrows the memory
_QUALITY: Final = 70  # of the JPEG pictures
_TIMEOUT_S: Final = 120.0  # for the drawing of one paper
_COLOURS: Final = {
    "title": "#d00000",
    "authors": "#e85d04",
    "affiliations": "#b8860b",
    "abstract": "#6a4c93",
    "heading": "#c2185b",
    "paragraph": "#1565c0",
    "caption": "#00838f",
    "table": "#2e7d32",
    "reference": "#795548",
    "footnote": "#546e7a",
    "formula": "#ad1457",
    "other": "#9e9e9e",
}
_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Papers as read</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>STYLE</style></head><body>
<p class="key">KEY</p>
"""
_STYLE: Final = """
body { font: 14px/1.4 sans-serif; margin: 1em; color: #222; background: #f4f4f4; }
h1 { font-size: 1.2em; } h2 { font-size: 1em; margin: 1.5em 0 .3em; }
.key span { color: #fff; padding: 0 .5em; margin-right: .3em; border-radius: 3px; }
.page { display: flex; gap: 1em; align-items: flex-start; }
.sheet { position: relative; flex: none; background: #fff; box-shadow: 0 0 4px #999; }
.sheet img { display: block; width: 100%; height: 100%; }
.box { position: absolute; border: 1.5px solid var(--c); box-sizing: border-box; }
.box:hover, .box:target { background: color-mix(in srgb, var(--c) 25%, transparent); }
.box b { position: absolute; right: 100%; top: -1px; font: bold 10px/12px sans-serif; color: #fff; background: var(--c);
  padding: 0 2px; text-decoration: none; }
ol { margin: 0; padding: 0; list-style: none; max-height: 95vh; overflow: auto; flex: 1; min-width: 20em; }
li { border-left: 4px solid var(--c); background: #fff; margin-bottom: 4px; padding: 2px 8px; white-space: pre-wrap; }
li:target { outline: 2px solid var(--c); } li i { color: #777; font-size: 11px; display: block; }
"""


@contextmanager
def open_page_view(file: IO[str]) -> Generator[Callable[[ParsedPaper, Path], None]]:
    """A function that adds a paper, given with its PDF, to a page view; the HTML goes to ``file``.

    Papers are drawn in a process of their own, as their files may be of any kind.
    """
    kinds = "\n".join(f".{kind} {{ --c: {colour}; }}" for kind, colour in _COLOURS.items())
    key = "".join(f'<span style="background:{colour}">{kind}</span>' for kind, colour in _COLOURS.items())
    numbers = count()
    with ProcessPool(max_workers=1, context=get_context("spawn")) as pool:

        def add(paper: ParsedPaper, path: Path) -> None:
            drawing = pool.schedule(draw_paper, args=(next(numbers), paper, path), timeout=_TIMEOUT_S)
            try:
                file.write(drawing.result())
            except (TimeoutError, ProcessExpired, MemoryError, *MUPDF_ERRORS) as error:
                reason = str(error).strip() or type(error).__name__
                file.write(f"<h1>{escape(paper.file_name)}</h1><p>This paper cannot be drawn: {escape(reason)}</p>\n")

        file.write(_HEAD.replace("STYLE", _STYLE + kinds).replace("KEY", key))
        yield add
        file.write("</body></html>\n")


def draw_paper(n: int, paper: ParsedPaper, path: Path) -> str:
    """The HTML of one paper, the ``n``-th of the file: for each page its picture with the blocks, and their texts."""
    about = [paper.paper_id, f"{paper.n_pages} pages", f"{len(paper.blocks)} blocks", paper.language, paper.doi]
    about += [paper.arxiv_id, str(paper.year or ""), "scanned" if paper.scanned else ""]
    parts = [f"<h1>{escape(paper.file_name)}</h1>\n<p>{escape(' · '.join(part for part in about if part))}</p>\n"]
    with pymupdf.open(path, filetype="pdf") as document:
        if document.needs_pass:
            document.authenticate("")
        for number in range(paper.n_pages):
            own = [(f"{n}-{i}", i, block) for i, block in enumerate(paper.blocks, 1) if block.page == number]
            parts.append(f"<h2>{escape(paper.file_name)}, page {number + 1}</h2>\n<div class='page'>")
            parts.append(_sheet(document, number, own))
            parts.append("<ol>" + "".join(_entry(*entry, paper.text) for entry in own) + "</ol></div>\n")
    return "".join(parts)


def _sheet(document: pymupdf.Document, number: int, blocks: list[tuple[str, int, Block]]) -> str:
    """The picture of a page, with boxes over it."""
    try:
        page = document[number]
        width, height = page.rect.width, page.rect.height
        scale = _DPI / 72 * min(1.0, _MAX_POINTS / max(width, height, 1.0))
        pixels = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), alpha=False)
        picture = base64.b64encode(pixels.tobytes("jpeg", jpg_quality=_QUALITY)).decode()
    except MUPDF_ERRORS as error:
        return f"<p>This page cannot be drawn: {escape(str(error))}</p>"
    boxes = "".join(_box(identity, i, block, width, height) for identity, i, block in blocks)
    return (
        f"<div class='sheet' style='width:{width * scale:.0f}px;height:{height * scale:.0f}px'>"
        f"<img alt='' src='data:image/jpeg;base64,{picture}'>{boxes}</div>"
    )


def _box(identity: str, i: int, block: Block, width: float, height: float) -> str:
    left, top = 100 * block.x0 / width, 100 * block.y0 / height
    right, bottom = 100 * block.x1 / width, 100 * block.y1 / height
    return (
        f"<a class='box {block.kind}' id='b{identity}' href='#t{identity}' title='{_about(i, block)}' style='"
        f"left:{left:.2f}%;top:{top:.2f}%;width:{right - left:.2f}%;height:{bottom - top:.2f}%'><b>{i}</b></a>"
    )


def _entry(identity: str, i: int, block: Block, text: str) -> str:
    printed = escape(text[block.start_char : block.end_char])
    head = f"<i><a href='#b{identity}'>{_about(i, block)}</a></i>"
    return f"<li class='{block.kind}' id='t{identity}'>{head}{printed}</li>"


def _about(i: int, block: Block) -> str:
    return escape(f"{i} {block.kind}" + (f" in {block.section}" if block.section else ""))
