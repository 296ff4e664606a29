"""Reading PDFs with PyMuPDF: lines, reading order, blocks, one text per paper; the sandbox around it."""
