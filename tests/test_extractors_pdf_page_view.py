"""The HTML view of papers: a picture a page, every block in its place, nothing of a paper's own left unescaped."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pymupdf

from extractors.pdf.page_view import draw_paper, open_page_view
from extractors.pdf.read import parse_pdf
from schemas.records import ParsedPaper


def draw(path: Path) -> ParsedPaper:
    document = pymupdf.open()
    for title, word in (("Introduction", "Some"), ("Conclusions", "Other")):
        page = document.new_page(width=612, height=792)
        page.insert_text((72, 80), title, fontsize=14, fontname="tibo")
        for i in range(8):
            page.insert_text(
                (72, 120 + 12 * i), f"{word} <script>alert(1)</script> & more words on line {word * i}", fontsize=10
            )
    document.save(path)
    return parse_pdf(path, file_name="<b>a.pdf")


def test_every_page_is_a_picture_and_every_block_a_box(tmp_path):
    paper = draw(tmp_path / "a.pdf")
    html = draw_paper(0, paper, tmp_path / "a.pdf")
    assert html.count("data:image/jpeg;base64,") == 2
    boxes = re.findall(r"<a class='box (\w+)' id='b0-(\d+)' href='#t0-(\d+)'", html)
    assert boxes == [(block.kind, str(i), str(i)) for i, block in enumerate(paper.blocks, 1)]
    assert html.count("<li ") == len(paper.blocks)


def test_what_is_printed_is_escaped(tmp_path):
    paper = draw(tmp_path / "a.pdf")
    html = draw_paper(0, paper, tmp_path / "a.pdf")
    assert "<script" not in html
    assert "<b>a.pdf" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html


def test_boxes_lie_where_the_blocks_are(tmp_path):
    paper = draw(tmp_path / "a.pdf")
    left, top = re.findall(r"left:([\d.]+)%;top:([\d.]+)%", draw_paper(0, paper, tmp_path / "a.pdf"))[0]
    assert abs(float(left) - 100 * 72 / 612) < 1
    assert abs(float(top) - 100 * 70 / 792) < 1


def test_one_file_for_several_papers_and_one_that_cannot_be_drawn(tmp_path):
    paper = draw(tmp_path / "a.pdf")
    (tmp_path / "b.pdf").write_bytes(b"no PDF")
    file = io.StringIO()
    with open_page_view(file) as add:
        add(paper, tmp_path / "a.pdf")
        add(replace(paper, file_name="b.pdf"), tmp_path / "b.pdf")
        add(paper, tmp_path / "a.pdf")
    html = file.getvalue()
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</body></html>")
    assert html.count("data:image/jpeg") == 4
    assert "b.pdf</h1><p>This paper cannot be drawn" in html
    assert not re.search(r"(?:src|href)=['\"]https?:", html)
    assert len(set(re.findall(r"id='([bt][\d-]+)'", html))) == 4 * len(paper.blocks)
