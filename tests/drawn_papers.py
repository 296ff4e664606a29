"""Small papers drawn for a test: real PDFs, whose wording makes each a file of its own."""

import pymupdf


def draw_paper(path, title, *, authors="Ada Example", institution="University of Nowhere", method="GridNet", n_pages=1):
    """Write a PDF of one column: title, authors, institution, abstract and a paragraph of results."""
    document = pymupdf.open()
    for number in range(n_pages):
        page = document.new_page()
        if number == 0:
            page.insert_text((72, 90), title, fontsize=18)
            page.insert_text((72, 120), authors, fontsize=12)
            page.insert_text((72, 138), institution, fontsize=10)
            page.insert_text((72, 180), "Abstract", fontsize=12)
        page.insert_textbox(
            (72, 200, 520, 700),
            f"We present {method}, a method for parsing. We evaluate {method} on the ToyBank dataset and compare it "
            f"with BaseNet. {method} reaches an accuracy of 84.2% on ToyBank, page {number + 1}.",
            fontsize=10,
        )
    document.save(path, no_new_id=True)
    document.close()
    return path
