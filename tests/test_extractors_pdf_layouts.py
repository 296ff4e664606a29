"""Reading order on page layouts that the tests draw themselves: every line in its place, once."""

import re
from collections.abc import Callable
from pathlib import Path

import pymupdf
import pytest

from extractors.pdf.read import parse_pdf
from schemas.records import ParsedPaper

WIDTH, HEIGHT = 612, 792
LEFT, RIGHT, COLUMN = 54, 318, 240  # borders of two columns, points


class Sheet:
    """Draws words that name their own place in reading order: w0001 w0002 ..."""

    def __init__(self) -> None:
        self.document = pymupdf.open()
        self.page = self.document.new_page(width=WIDTH, height=HEIGHT)
        self.n = 0

    def new_page(self) -> None:
        """Go on on a new page."""
        self.page = self.document.new_page(width=WIDTH, height=HEIGHT)

    def text(self, x: float, y: float, text: str, size: float = 10, font: str = "tiro", **options: float) -> None:
        """One piece of text; ``y`` is its baseline."""
        self.page.insert_text((x, y), text, fontsize=size, fontname=font, **options)

    def words(self, n: int) -> str:
        """The next words."""
        self.n += n
        return " ".join(f"w{i:04d}" for i in range(self.n - n + 1, self.n + 1))

    def lines(self, x: float, y: float, n_lines: int, n_words: int, size: float = 10) -> float:
        """Lines of numbered words; a word is 30 points wide at size 10. Returns the y below them."""
        for _ in range(n_lines):
            self.text(x, y, self.words(n_words), size)
            y += 1.2 * size
        return y

    def save(self, path: Path) -> Path:
        """Write the PDF."""
        self.document.save(path)
        return path


def one_column(sheet: Sheet) -> None:
    sheet.lines(60, 100, 40, 15)


def two_columns(sheet: Sheet) -> None:
    sheet.lines(LEFT, 100, 50, 7)
    sheet.lines(RIGHT, 100, 50, 7)


def two_columns_off_the_grid(sheet: Sheet) -> None:
    sheet.lines(LEFT, 100, 50, 7)
    sheet.lines(RIGHT, 105, 48, 7)


def title_over_two_columns(sheet: Sheet) -> None:
    sheet.lines(120, 80, 2, 9, size=14)
    sheet.lines(LEFT, 150, 45, 7)
    sheet.lines(RIGHT, 150, 45, 7)


def spanning_float_on_top(sheet: Sheet) -> None:
    sheet.page.draw_rect(pymupdf.Rect(60, 60, 550, 180))
    sheet.text(LEFT, 195, f"Figure 1: {sheet.words(13)}", 9)
    sheet.text(LEFT, 206, sheet.words(4), 9)
    sheet.lines(LEFT, 240, 38, 7)
    sheet.lines(RIGHT, 240, 38, 7)


def spanning_float_at_the_foot(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 38, 7)
    sheet.lines(RIGHT, 80, 38, 7)
    sheet.text(LEFT, 700, f"Figure 1: {sheet.words(14)}", 9)


def spanning_float_in_the_middle(sheet: Sheet) -> None:
    for y in (80, 460):
        sheet.lines(LEFT, y, 20, 7)
        sheet.lines(RIGHT, y, 20, 7)
        if y == 80:
            sheet.text(LEFT, 390, f"Figure 1: {sheet.words(14)}", 9)


def figure_in_one_column(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 15, 7)
    sheet.page.draw_rect(pymupdf.Rect(LEFT, 270, LEFT + 200, 380))
    sheet.text(LEFT, 400, f"Figure 2: {sheet.words(5)}", 9)
    sheet.lines(LEFT, 430, 22, 7)
    sheet.lines(RIGHT, 80, 51, 7)


def footnote_in_each_column(sheet: Sheet) -> None:
    for x in (LEFT, RIGHT):
        sheet.lines(x, 80, 45, 7)
        sheet.text(x, 700, "1", 6)
        sheet.text(x + 4, 703, sheet.words(6), 8)


def footnote_across_columns(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 45, 7)
    sheet.lines(RIGHT, 80, 45, 7)
    sheet.text(LEFT, 700, sheet.words(18), 8)


def three_columns(sheet: Sheet) -> None:
    for x in (40, 226, 412):
        sheet.lines(x, 80, 50, 5)


def one_column_then_two(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 12, 16)
    sheet.lines(LEFT, 300, 30, 7)
    sheet.lines(RIGHT, 300, 30, 7)


def right_column_drawn_first(sheet: Sheet) -> None:
    drawn = sheet.n
    sheet.n = 7 * 40
    sheet.lines(RIGHT, 100, 40, 7)
    sheet.n = drawn
    sheet.lines(LEFT, 100, 40, 7)
    sheet.n = 2 * 7 * 40


def uneven_columns(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 50, 7)
    sheet.lines(RIGHT, 80, 9, 7)


def running_heads_and_numbers(sheet: Sheet) -> None:
    for number in range(4):
        if number:
            sheet.new_page()
        sheet.text(200, 40, "A Study of Invented Words" if number % 2 else "Author and Other", 9)
        sheet.text(300, 770, str(number + 7), 9)
        sheet.lines(LEFT, 80, 50, 7)
        sheet.lines(RIGHT, 80, 50, 7)


def line_numbers(sheet: Sheet) -> None:
    for i in range(40):
        sheet.text(30, 100 + 12 * i, f"{i + 1:3d}", 7)
    sheet.lines(60, 100, 40, 15)


def stamp_on_its_side(sheet: Sheet) -> None:
    sheet.text(30, 560, "arXiv:2101.00001v3  [cs.CL]  5 Jan 2021", 16, rotate=90)
    sheet.lines(60, 100, 40, 15)


def page_on_its_side(sheet: Sheet) -> None:
    x = 100
    for _ in range(30):
        sheet.text(x, 700, sheet.words(18), 10, rotate=90)
        x += 12


def drop_cap(sheet: Sheet) -> None:
    sheet.text(60, 121, "W", 34)
    x, text = 95, sheet.words(13)
    sheet.text(x, 100, text[1:], 10)  # the capital is the first letter of the first word
    for y in (112, 124):
        sheet.text(x, y, sheet.words(13), 10)
    sheet.lines(60, 136, 30, 15)


def table_across_columns(sheet: Sheet) -> None:
    sheet.text(LEFT, 80, f"Table 1: {sheet.words(14)}", 9)
    for row in range(6):
        for x in (60, 150, 240, 330, 420, 510):
            sheet.text(x, 100 + 12 * row, sheet.words(1), 9)
    sheet.lines(LEFT, 200, 40, 7)
    sheet.lines(RIGHT, 200, 40, 7)


def column_that_begins_higher(sheet: Sheet) -> None:
    sheet.lines(120, 80, 2, 9, size=14)
    sheet.text(LEFT, 160, "Abstract", 11, "tibo")
    sheet.lines(LEFT, 176, 30, 7)
    sheet.text(RIGHT, 140, "3. Experiments", 11, "tibo")
    sheet.lines(RIGHT, 156, 35, 7)


def cover_page(sheet: Sheet) -> None:
    sheet.lines(100, 120, 6, 10)
    sheet.lines(100, 400, 4, 10, size=9)
    sheet.new_page()
    title_over_two_columns(sheet)


def formula_in_a_column(sheet: Sheet) -> None:
    sheet.lines(LEFT, 80, 20, 7)
    sheet.text(LEFT + 60, 335, sheet.words(1), 10)
    sheet.text(LEFT + 95, 335, "=", 10)
    sheet.text(LEFT + 110, 328, sheet.words(2), 10)
    sheet.text(LEFT + 125, 342, sheet.words(1), 10)
    sheet.lines(LEFT, 365, 25, 7)
    sheet.lines(RIGHT, 80, 48, 7)


def margin_notes(sheet: Sheet) -> None:
    sheet.lines(60, 100, 40, 12)
    for y in (160, 300):
        sheet.lines(450, y, 3, 4, size=7)


def text_around_a_figure(sheet: Sheet) -> None:
    sheet.page.draw_rect(pymupdf.Rect(320, 190, 500, 280))
    sheet.text(320, 296, f"Figure 1: {sheet.words(4)}", 9)
    sheet.text(320, 308, sheet.words(6), 9)
    y = sheet.lines(60, 80, 10, 15)
    y = sheet.lines(60, y, 10, 8)
    sheet.lines(60, y, 25, 15)


def hanging_numbers(sheet: Sheet) -> None:
    """Two columns; the numbers of the entries stand far from their texts."""
    for x in (LEFT, RIGHT):
        for i in range(18):
            sheet.text(x, 100 + 36 * i, f"{i + 1}.", 10)
            sheet.lines(x + 25, 100 + 36 * i, 3, 6)


def columns_of_one_entry_list(sheet: Sheet) -> None:
    """A list in the second column only, with numbers that stand in a stack."""
    sheet.lines(LEFT, 100, 50, 7)
    for i in range(25):
        sheet.text(RIGHT, 100 + 24 * i, str(i + 1), 10)
        sheet.lines(RIGHT + 18, 100 + 24 * i, 2, 6)


def entries_beside_little_text(sheet: Sheet) -> None:
    """A list in the second column that holds more than the first one."""
    sheet.lines(LEFT, 100, 14, 7)
    for i in range(14):
        sheet.text(RIGHT, 100 + 36 * i, f"{i + 1}.", 10)
        sheet.lines(RIGHT + 22, 100 + 36 * i, 3, 6)


LAYOUTS: list[Callable[[Sheet], None]] = [
    one_column,
    two_columns,
    two_columns_off_the_grid,
    title_over_two_columns,
    spanning_float_on_top,
    spanning_float_at_the_foot,
    spanning_float_in_the_middle,
    figure_in_one_column,
    footnote_in_each_column,
    footnote_across_columns,
    three_columns,
    one_column_then_two,
    right_column_drawn_first,
    uneven_columns,
    running_heads_and_numbers,
    line_numbers,
    stamp_on_its_side,
    page_on_its_side,
    drop_cap,
    table_across_columns,
    column_that_begins_higher,
    cover_page,
    formula_in_a_column,
    margin_notes,
    text_around_a_figure,
    hanging_numbers,
    columns_of_one_entry_list,
    entries_beside_little_text,
]


def read(sheet: Sheet, tmp_path: Path) -> ParsedPaper:
    return parse_pdf(sheet.save(tmp_path / "paper.pdf"))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_word_comes_once_and_in_order(layout, tmp_path):
    sheet = Sheet()
    layout(sheet)
    words = re.findall(r"w\d{4}", read(sheet, tmp_path).text.lower())
    assert words == [f"w{i:04d}" for i in range(1, sheet.n + 1)]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_offsets_are_exact_and_in_order(layout, tmp_path):
    sheet = Sheet()
    layout(sheet)
    paper = read(sheet, tmp_path)
    assert paper.blocks[0].start_char == 0
    assert paper.blocks[-1].end_char == len(paper.text)
    for block, following in zip(paper.blocks, paper.blocks[1:], strict=False):
        goes_on = (block.kind, following.kind) == ("paragraph", "paragraph")
        assert paper.text[block.end_char : following.start_char] in (("\n\n", " ") if goes_on else ("\n\n",))
    for line, following in zip(paper.lines, paper.lines[1:], strict=False):
        assert paper.text[line.end_char : following.start_char] in (" ", "\n", "\n\n")
        assert paper.text[line.start_char : line.end_char].strip()
    assert all(0 <= line.x0 < line.x1 <= WIDTH and 0 <= line.y0 < line.y1 <= HEIGHT for line in paper.lines)


def test_running_heads_page_numbers_line_numbers_and_stamps_are_left_out(tmp_path):
    for layout in (running_heads_and_numbers, line_numbers, stamp_on_its_side):
        sheet = Sheet()
        layout(sheet)
        rest = [word for word in read(sheet, tmp_path).text.split() if not re.fullmatch(r"w\d{4}", word)]
        assert rest == [], layout.__name__


def test_a_stamp_gives_the_arxiv_id_and_the_year(tmp_path):
    sheet = Sheet()
    stamp_on_its_side(sheet)
    paper = read(sheet, tmp_path)
    assert (paper.arxiv_id, paper.year) == ("2101.00001v3", 2021)


def first_page(sheet: Sheet) -> None:
    """Title, author, affiliation, abstract and the start of the text, in two columns."""
    sheet.text(150, 80, "A Study of Invented Words in Columns", 16, "tibo")
    sheet.text(260, 110, "Ada Example", 11)
    sheet.text(230, 124, "University of Nowhere", 10)
    sheet.text(LEFT, 160, "Abstract", 11, "tibo")
    sheet.text(LEFT, 380, "1 Introduction", 11, "tibo")
    for x, y, n_lines in ((LEFT, 176, 15), (LEFT, 396, 25), (RIGHT, 160, 45)):
        for i in range(n_lines):
            sheet.text(x, y + 12 * i, "The words of this text are invented and mean nothing", 10)


def test_a_table_across_the_page_is_read_by_rows(tmp_path):
    sheet = Sheet()
    first_page(sheet)
    sheet.new_page()
    rows = [
        ("System", "Alpha", "Beta", "Gamma", "Delta"),
        *((f"S{i}", *(f"{i}{j}.5" for j in range(4))) for i in range(1, 6)),
    ]
    for i, row in enumerate(rows):
        for cell, x in zip(row, (60, 160, 230, 400, 500), strict=True):
            sheet.text(x, 80 + 12 * i, cell, 9)
    sheet.text(LEFT, 165, "Table 1: " + sheet.words(15), 9)
    sheet.lines(LEFT, 200, 40, 7)
    sheet.lines(RIGHT, 200, 40, 7)
    paper = read(sheet, tmp_path)
    tables = [paper.text[b.start_char : b.end_char] for b in paper.blocks if b.kind == "table"]
    assert tables == ["\n".join("\t".join(row) for row in rows)]
    assert [b.kind for b in paper.blocks if b.page == 1][:2] == ["table", "caption"]


def test_rows_under_upright_heads_keep_together_where_the_gutter_runs_between_two_columns(tmp_path):
    sheet = Sheet()
    first_page(sheet)
    sheet.new_page()
    sheet.text(LEFT, 70, "Table 1: " + sheet.words(16), 9)
    xs = [130 + 42 * i for i in range(10)]
    for i, x in enumerate(xs):
        sheet.text(x + 9, 112, f"class{i}", 8, rotate=90)
    sheet.text(60, 112, "System", 8)
    rows = [(f"S{i}", *(f"{i}{j}.5" for j in range(10))) for i in range(1, 7)]
    for i, row in enumerate(rows):
        for cell, x in zip(row, (60, *xs), strict=True):
            sheet.text(x, 124 + 11 * i, cell, 8)
    sheet.lines(LEFT, 230, 40, 7)
    sheet.lines(RIGHT, 230, 40, 7)
    paper = read(sheet, tmp_path)
    tables = [paper.text[b.start_char : b.end_char] for b in paper.blocks if b.kind == "table"]
    assert any(all("\t".join(row) in table for row in rows) for table in tables)


@pytest.mark.parametrize(("layout", "n"), [(columns_of_one_entry_list, 25), (entries_beside_little_text, 14)])
def test_numbers_of_a_list_stay_with_their_entries(layout, n, tmp_path):
    sheet = Sheet()
    layout(sheet)
    text = " ".join(read(sheet, tmp_path).text.split())
    assert re.findall(r"\b(\d{1,2})\.? w\d{4}", text) == [str(i + 1) for i in range(n)]


def test_numbers_of_a_list_are_no_page_numbers(tmp_path):
    sheet = Sheet()
    for page in range(2):
        if page:
            sheet.new_page()
        for i in range(18):
            sheet.text(LEFT, 60 + 36 * i, str(18 * page + i + 4), 10)
            sheet.lines(LEFT + 18, 60 + 36 * i, 3, 14)
    text = " ".join(read(sheet, tmp_path).text.split())
    assert re.findall(r"\b(\d{1,2}) w\d{4}", text) == [str(i + 4) for i in range(36)]


@pytest.mark.parametrize(
    ("head", "size", "font", "stays"),
    [
        ("Invented Words in Columns", 12, "tiro", True),
        ("Invented Words in Columns", 10, "tibo", True),
        ("2 Invented Words", 10, "tiit", True),
        ("Invented Words in Columns", 9, "tiit", False),
    ],
)
def test_a_heading_at_the_top_of_a_page_is_no_running_head(head, size, font, stays, tmp_path):
    sheet = Sheet()
    first_page(sheet)
    sheet.new_page()
    sheet.text(LEFT, 60, head, size, font)
    sheet.lines(LEFT, 90, 45, 7)
    sheet.lines(RIGHT, 90, 45, 7)
    paper = read(sheet, tmp_path)
    on_second = " ".join(paper.text[b.start_char : b.end_char] for b in paper.blocks if b.page == 1)
    assert (head in on_second) == stays


def test_the_running_heads_of_a_chapter_are_left_out_of_a_long_document(tmp_path):
    sheet = Sheet()
    for number in range(24):
        if number:
            sheet.new_page()
        sheet.text(250, 40, f"Chapter of Invented {'ABCDEF'[number // 4]}", 9)
        sheet.lines(60, 100, 30, 15)
    assert "Chapter" not in read(sheet, tmp_path).text
