"""What MuPDF raises on a broken file, and what it says of it."""

from typing import Final

from extractors.pdf.mupdf import mupdf

# PyMuPDF raises errors of its own, of Python's, and MuPDF's as they are, which have a base class of their own
MUPDF_ERRORS: Final = (RuntimeError, ValueError, mupdf.FzErrorBase)


def describe_fault(error: Exception) -> str:
    """The reason in MuPDF's words, for a message.

    Raises:
        MemoryError: The reason is that there was no memory left, which says nothing about the file.
    """
    reason = " ".join(str(error.__cause__ or error).split())  # PyMuPDF puts words of its own before MuPDF's.rstrip(".")
    if "alloc" in reason and "failed" in reason:  # malloc (1000 bytes) failed
        raise MemoryError(reason) from error
    return reason[:200] or type(error).__name__
