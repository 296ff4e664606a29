"""PyMuPDF without its layout model, which it loads on import: a second and 60 MB a process, and never used here."""

import sys

LAYOUT = "pymupdf.layout"

sys.modules.setdefault(LAYOUT, None)  # type: ignore[arg-type]  # Python's way to say that there is no such module
try:
    import pymupdf
    from pymupdf import mupdf
finally:
    if sys.modules[LAYOUT] is None:
        del sys.modules[LAYOUT]  # who wants it can still import it

__all__ = ["mupdf", "pymupdf"]
