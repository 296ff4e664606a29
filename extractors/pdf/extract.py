"""What PyMuPDF finds on a page, placed as the page is shown.

Of a page that is shown turned (``/Rotate``) PyMuPDF gives the places as if it were not, and the picture as shown. Every
place that papergraph keeps is that on the page as shown, so that boxes lie on the words, and tables that are set across
the page stand upright.
"""

from typing import Any, Final

from extractors.pdf.mupdf import pymupdf

# Ligatures come expanded, images are left out; a glyph without Unicode value keeps its code, which in old
# TeX fonts is mostly the right letter.
EXTRACTION_FLAGS: Final = (
    pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
)


def extract_lines(page: pymupdf.Page, kind: str, text_page: pymupdf.TextPage | None = None) -> list[dict[str, Any]]:
    """The lines of a page, as ``get_text`` gives them.

    Args:
        page: The page.
        kind: "dict" or "rawdict".
        text_page: What was recognised on it.
    """
    raw: Any = page.get_text(kind, flags=EXTRACTION_FLAGS, textpage=text_page)
    lines = [line for block in raw["blocks"] for line in block.get("lines", ())]
    if page.rotation:
        for line in lines:
            _turn_line(line, page.rotation_matrix)
    return lines


def extract_words(page: pymupdf.Page) -> list[tuple[float, float, float, float, str]]:
    """The words of a page: x0, y0, x1, y1 in points, and the word."""
    found: Any = page.get_text("words", flags=EXTRACTION_FLAGS)
    turn = page.rotation_matrix
    boxes = [_turn_box(one[:4], turn) if page.rotation else one[:4] for one in found]
    return [(x0, y0, x1, y1, one[4]) for (x0, y0, x1, y1), one in zip(boxes, found, strict=True)]


def _turn_line(line: dict[str, Any], matrix: pymupdf.Matrix) -> None:
    line["dir"] = _turn_point(line["dir"], pymupdf.Matrix(matrix.a, matrix.b, matrix.c, matrix.d, 0, 0))
    for span in line["spans"]:
        for part in (span, *span.get("chars", ())):
            part["bbox"] = _turn_box(part["bbox"], matrix)
            part["origin"] = _turn_point(part["origin"], matrix)


def _turn_point(place: tuple[float, float], matrix: pymupdf.Matrix) -> tuple[float, float]:
    point: Any = pymupdf.Point(place) * matrix
    return point.x, point.y


def _turn_box(box: tuple[float, float, float, float], matrix: pymupdf.Matrix) -> tuple[float, float, float, float]:
    rect: Any = pymupdf.Rect(box) * matrix
    return rect.x0, rect.y0, rect.x1, rect.y1
