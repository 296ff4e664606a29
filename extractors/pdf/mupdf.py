"""PyMuPDF without its layout model, which it loads on import: a second and 60 MB a process, and never used here."""

import os
import sys

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # PyMuPDF brings onnxruntime, which would call its maker's host
LAYOUT = "pymupdf.layout"

sys.modules.setdefault(LAYOUT, None)  # type: ignore[arg-type]  # Python's way to say that there is no such module
try:
    import pymupdf
    from pymupdf import mupdf
finally:
    if sys.modules[LAYOUT] is None:
        del sys.modules[LAYOUT]  # who wants it can still import it

__all__ = ["mupdf", "pymupdf"]
