"""Parsing: papergraph's reading of PDFs, in one process, against libraries that give the text of a PDF."""

import logging
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pymupdf

from extractors.pdf.read import parse_pdf
from flows.bench.material import SETTINGS, Material
from flows.bench.timing import NOT_INSTALLED, Comparison, Way, time_ways


def compare_parse(material: Material) -> Comparison:
    """Seconds to read all papers, one after another on one core."""
    for talkative in ("pypdf", "pdfminer"):  # about each oddity of a PDF
        logging.getLogger(talkative).setLevel(logging.CRITICAL)

    def way(name: str, read: Callable[[Path], object], package: str = "pymupdf") -> Way:
        if find_spec(package) is None:
            return Way(name, None, material.n_pages, NOT_INSTALLED)
        return Way(name, lambda: [read(path) for path in material.paths], material.n_pages)

    ways = [
        way("papergraph: text in reading order, blocks", lambda path: parse_pdf(path, settings=SETTINGS)),
        way("PyMuPDF get_text()", read_raw),
        way('PyMuPDF get_text("dict")', _read_dict),
        *(way(name, read, package) for name, (package, read) in _OTHERS.items()),
    ]
    about = f"{len(material.paths)} papers, {material.n_pages} pages, one process, no OCR"
    return Comparison("parse", "pages", about, time_ways(ways, material.call.rounds))


def read_raw(path: Path) -> int:
    """Characters of a PDF's text as PyMuPDF gives it, the columns not told apart."""
    with pymupdf.open(path) as document:
        return sum(len(page.get_text()) for page in document)


def _read_dict(path: Path) -> int:
    with pymupdf.open(path) as document:
        return sum(len(page.get_text("dict")) for page in document)


def _read_pypdf(path: Path) -> int:
    return sum(len(page.extract_text()) for page in import_module("pypdf").PdfReader(path).pages)


def _read_pdfminer(path: Path) -> int:
    return len(import_module("pdfminer.high_level").extract_text(path))


def _read_pdfplumber(path: Path) -> int:
    n_characters = 0
    with import_module("pdfplumber").open(path) as document:
        for page in document.pages:
            n_characters += len(page.extract_text())
            page.close()  # else all pages stay in memory
    return n_characters


_OTHERS: Final = {  # name: (module, how it is called)
    "pypdf": ("pypdf", _read_pypdf),
    "pdfminer.six": ("pdfminer", _read_pdfminer),
    "pdfplumber": ("pdfplumber", _read_pdfplumber),
}
