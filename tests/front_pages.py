"""First pages as publishers set them, drawn from the descriptions in ``tests/data/front_pages``.

A description is a section of a text file::

    == name width height
    title The title
    author Name = Institution; Institution
    left x y size face | text      (center and right: x is the middle or the right end; y is the baseline)
    prose x y width bottom size    (running text)
    page                           (the next page)

Faces: r(oman), b(old), i(talic), t(ypewriter), h and hb (sans serif). In a text ``^{..}`` is raised, ``<b>..</b>`` and
so on change the face, ``<s>..</s>`` is in small capitals. All names are invented, the layouts are those in use.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pymupdf

FOLDER = Path(__file__).parent / "data" / "front_pages"
PROSE = (
    "We study the way in which small things behave when they are put together in a large box and show that the result "
    "of this is not the same as that which one would expect from the theory of large things that is in use today. It "
    "turns out that most of the work is done by the walls of the box, which had been left out of all earlier models. "
)
FACES = {"r": "tiro", "b": "tibo", "i": "tiit", "t": "cour", "h": "helv", "hb": "hebo"}
MARKUP = re.compile(r"(</?[biths]>|\^\{.*?\})")
SMALL, RAISED, LIFT = 0.8, 0.68, 0.35  # sizes of small capitals and superscripts, height of these, of the font size


@dataclass
class Description:
    """What is printed, and what a reader would write down."""

    name: str
    width: float
    height: float
    title: str = ""
    authors: dict[str, list[str]] = field(default_factory=dict)  # name -> institutions
    commands: list[str] = field(default_factory=list)


def read_descriptions() -> list[Description]:
    """All descriptions, in the order of the files."""
    found: list[Description] = []
    for path in sorted(FOLDER.glob("*.txt")):
        for row in filter(None, path.read_text(encoding="utf-8").split("\n")):
            head, _, rest = row.partition(" ")
            if head == "==":
                name, width, height = rest.split()
                found.append(Description(name, float(width), float(height)))
            elif head == "title":
                found[-1].title = rest
            elif head == "author":
                name, _, places = rest.partition(" = ")
                found[-1].authors[name] = places.split("; ")
            else:
                found[-1].commands.append(row)
    return found


def draw(description: Description) -> pymupdf.Document:
    """The paper as a PDF."""
    document = pymupdf.open()
    page = document.new_page(width=description.width, height=description.height)
    for command in description.commands:
        head, _, text = command.partition(" | ")
        kind, *numbers = head.split()
        if kind == "page":
            page = document.new_page(width=description.width, height=description.height)
        elif kind == "prose":
            _prose(page, *map(float, numbers))
        else:
            x, y, size = map(float, numbers[:3])
            _line(page, kind, x, y, list(_pieces(text, size, numbers[3])))
    return document


@cache
def _font(name: str) -> pymupdf.Font:
    return pymupdf.Font(name)


@cache
def _advance(name: str, char: str) -> float:
    """Width of a letter at size 1. MuPDF looks each up anew, of which there are millions in the prose."""
    return _font(name).text_length(char, 1)


def _width(name: str, text: str, size: float) -> float:
    return sum(_advance(name, char) for char in text) * size


@cache
def _wrapped(width, size):
    lines, line = [], ""
    for word in (PROSE * 12).split():
        if _width("tiro", f"{line} {word}", size) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return tuple(lines)


def _prose(page, x, y, width, bottom, size):
    lines = _wrapped(width, size)[: int((bottom - y + 18) / (1.22 * size))]
    page.insert_text((x, y), lines, fontname="tiro", fontsize=size, lineheight=1.22)


def _line(page, align, x, y, pieces):
    length = sum(_width(face, text, size) for text, face, size, _ in pieces)
    x -= {"left": 0, "center": length / 2, "right": length}[align]
    for text, face, size, lift in pieces:
        for part in re.findall(r"[\u2600-\u27bf\u2e80-\uffff]+|[^\u2600-\u27bf\u2e80-\uffff]+", text):
            own = face if all(_font(face).has_glyph(ord(char)) for char in part) else "cjk"
            if part.isascii():
                page.insert_text((x, y - lift), part, fontname=own, fontsize=size)
            else:
                page.insert_font(fontname=f"F{own}", fontbuffer=_font(own).buffer)
                page.insert_text((x, y - lift), part, fontname=f"F{own}", fontsize=size)
            x += _width(own, part, size)


def _pieces(text, size, look):
    """(text, face, size, lift) of the parts of a line."""
    current = look
    for piece in MARKUP.split(text):
        if re.fullmatch(r"</?[biths]>", piece):
            current = look if piece.startswith("</") else piece[1]
        elif piece.startswith("^{"):
            yield piece[2:-1], FACES.get(current, "tiro"), RAISED * size, LIFT * size
        elif current == "s":
            for run in re.findall(r"[a-zà-ÿ]+|[^a-zà-ÿ]+", piece):
                yield run.upper(), "tiro", size * (SMALL if run[0].islower() else 1.0), 0.0
        elif piece:
            yield piece, FACES[current], size, 0.0
