"""Many papers made of few: the PDFs saved again with another metadata field, so that each is a file of its own."""

from collections.abc import Sequence
from pathlib import Path

import pymupdf


def make_copies(papers: Sequence[Path], n: int, folder: Path) -> list[Path]:
    """Write ``n`` PDFs into a folder, in turn from the papers; what is printed on their pages stays the same.

    Args:
        papers: PDFs that can be read.
        n: How many to write.
        folder: Made if it is not there. Each copy takes about as much disk as its paper.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number in range(n):
        round_, i = divmod(number, len(papers))
        path = folder / f"{number:07d}.pdf"
        with pymupdf.open(papers[i]) as document:
            document.set_metadata({**(document.metadata or {}), "keywords": f"copy {round_} of paper {i}"})
            document.save(path)
        written.append(path)
    return written
