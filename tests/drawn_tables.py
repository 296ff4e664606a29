"""Tables drawn on a page for a test, with the text around them: real PDFs, invented numbers and names."""

import pymupdf

ABOUT = (
    "We propose Fenwick, a parser of birdsong. We compare Fenwick with Ostrel, Marlin and Tansy. All models are tested "
    "on the Larkset dataset, on Zorp and on Quillbank. Fenwick and Ostrel are strong on Larkset, Marlin and Tansy on "
    "Zorp."
)
NAMES = {
    "Fenwick": "Method",
    "Ostrel": "Method",
    "Marlin": "Method",
    "Tansy": "Method",
    "Larkset": "Dataset",
    "Zorp": "Dataset",
    "Quillbank": "Dataset",
}
ROW = 14


def draw_table(path, rows, caption, *, x=90, ruled=False, also=(), heading="1 Experiments"):
    """Write a PDF with a title, a paragraph, and a table under its caption.

    Args:
        path: Where to.
        rows: Each a list of (x, text) in points; a text is centred on x if it ends in ``^``.
        caption: Printed above the table.
        x: Left edge of the table and its caption.
        ruled: Whether lines are drawn between all rows.
        also: More tables: (rows, caption, x) each, beside the first.
        heading: The last one above the tables.
    """
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 60), "Fenwick: a parser of birdsong", fontsize=17)
    page.insert_text((72, 80), "Ada Example", fontsize=11)
    page.insert_text((72, 105), "Abstract", fontsize=12)
    page.insert_textbox((72, 112, 520, 170), ABOUT, fontsize=10)
    page.insert_text((72, 190), heading, fontsize=12)
    page.insert_textbox((72, 198, 520, 260), ABOUT, fontsize=10)
    for table, said, left in ((rows, caption, x), *also):
        page.insert_text((left, 300), said, fontsize=9)
        for i, row in enumerate(table):
            _draw_row(page, row, 322 + i * ROW)
            if ruled:
                page.draw_line((left - 4, 326 + i * ROW), (left + 300, 326 + i * ROW))
    page.insert_textbox((72, 600, 520, 680), ABOUT, fontsize=10)
    document.save(path, no_new_id=True)
    document.close()
    return path


def _draw_row(page, row, y):
    """Texts of a row: (x, text), or (x, text, points lower); ``|`` before a text sets it upright."""
    for x, text, *lower in row:
        shown = text.rstrip("^").lstrip("|")
        place = y + sum(lower)
        width = pymupdf.get_text_length(shown, fontsize=9)
        left = x - width / 2 if text.endswith("^") else x
        page.insert_text((left, place), shown, fontsize=9, rotate=90 if text.startswith("|") else 0)


def grid(*rows, xs=(90, 200, 250, 300, 350, 400)):
    """Rows of texts put on these places, the first of each flush left, the others centred; None leaves a place free."""
    return [[(xs[i], text if i == 0 else f"{text}^") for i, text in enumerate(row) if text is not None] for row in rows]
