"""Files that cannot be read, alone and in the sandbox: each is a typed failure, and no other paper suffers."""

import hashlib
import os
import signal
from pathlib import Path

import hostile_pdfs
import pymupdf
import pytest
from worker_processes import children, end_a_busy_worker

from extractors.pdf.fragments import Page, read_page
from extractors.pdf.read import parse_pdf
from extractors.pdf.sandbox import Sandbox, parse_papers
from extractors.pdf.settings import ParseSettings
from schemas.errors import PaperError
from schemas.records import Failure, ParsedPaper, Source

TEXT = [f"Line {i} of a text that is here so that there is something to read" for i in range(30)]
OCR_OFF = ParseSettings(ocr=False)


def write_pdf(path: Path, n_pages: int = 1, **options: object) -> Path:
    document = pymupdf.open()
    for _ in range(n_pages):
        page = document.new_page()
        for i, line in enumerate(TEXT):
            page.insert_text((72, 72 + 12 * i), line, fontsize=10)
    document.save(path, **options)
    return path


def write_dense_pdf(path: Path, n_words: int = 300_000) -> Path:
    """A page of more than 10^6 glyphs, compressed to little."""
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 72), "word", fontsize=10)
    xref = page.get_contents()[0]
    document.update_stream(xref, document.xref_stream(xref) + b"BT /helv 9 Tf 50 50 Td (word) Tj 1 1 Td ET\n" * n_words)
    document.save(path, deflate=True)
    return path


def encrypted(path: Path) -> Path:
    return write_pdf(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner")


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def text_file(path: Path) -> Path:
    path.write_text("This is no PDF at all.\n" * 50)
    return path


def headless(path: Path) -> Path:
    path.write_bytes(b"%PDF-1.7\n" + b"nothing that could be repaired\n" * 50)
    return path


def cut_off(path: Path) -> Path:
    whole = write_pdf(path, n_pages=3).read_bytes()
    path.write_bytes(whole[:300])
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def image_only(path: Path) -> Path:
    document = pymupdf.open()
    document.new_page().draw_rect(pymupdf.Rect(50, 50, 500, 700), fill=(0, 0, 0))
    document.save(path)
    return path


FILES = {
    encrypted: "encrypted",
    empty: "not_a_pdf",
    text_file: "not_a_pdf",
    headless: "damaged",
    cut_off: "damaged",
    folder: "not_a_pdf",
    pipe: "not_a_pdf",
    image_only: "no_text",
}


@pytest.mark.parametrize(("make", "code"), FILES.items(), ids=[make.__name__ for make in FILES])
def test_a_file_that_cannot_be_read_is_a_typed_failure(make, code, tmp_path):
    with pytest.raises(PaperError) as caught:
        parse_pdf(make(tmp_path / "paper.pdf"), settings=OCR_OFF)
    assert caught.value.code == code
    assert len(caught.value.message) > 20


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(PaperError, match=r"unreadable: cannot read none\.pdf"):
        parse_pdf(tmp_path / "none.pdf")


def test_a_file_that_changes_after_it_was_listed_waits_for_the_next_run(tmp_path):
    path = write_pdf(tmp_path / "paper.pdf")
    paper_id = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    assert parse_pdf(path, paper_id=paper_id, settings=OCR_OFF).paper_id == paper_id
    write_pdf(path, n_pages=2)
    (failure,) = parse_papers([Source(paper_id, "paper.pdf", str(path), 1)], OCR_OFF, workers=1)
    assert (failure.error, failure.message) == (
        "unreadable",
        "the file has changed since it was listed: the next run reads it",
    )


def test_limits_on_pages_and_bytes(tmp_path):
    path = write_pdf(tmp_path / "paper.pdf", n_pages=3)
    with pytest.raises(PaperError, match=r"too_large: 3 pages, the limit is 2"):
        parse_pdf(path, settings=ParseSettings(max_pages=2))
    with pytest.raises(PaperError, match=r"too_large: .* bytes, the limit is 100"):
        parse_pdf(path, settings=ParseSettings(max_bytes=100))


def test_an_empty_password_is_no_obstacle(tmp_path):
    path = write_pdf(tmp_path / "paper.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="", owner_pw="owner")
    assert "something to read" in parse_pdf(path).text


def test_a_pdf_behind_other_bytes_is_read(tmp_path):
    path = write_pdf(tmp_path / "paper.pdf")
    path.write_bytes(b"Content-Type: application/pdf\r\n\r\n" + path.read_bytes())
    assert "something to read" in parse_pdf(path).text


def sources(*paths: Path) -> list[Source]:
    return [Source(f"paper-{i}", str(path), str(path), 1) for i, path in enumerate(paths)]


def test_the_sandbox_gives_one_result_per_source_in_order(tmp_path):
    paths = [make(tmp_path / f"{make.__name__}.pdf") for make in FILES]
    good = [write_pdf(tmp_path / f"good{i}.pdf") for i in range(3)]
    given = sources(good[0], *paths, good[1], tmp_path / "none.pdf", good[2])
    results = list(parse_papers(given, OCR_OFF, workers=2))
    assert [result.paper_id for result in results] == [source.paper_id for source in given]
    codes = [result.error if isinstance(result, Failure) else "read" for result in results]
    assert codes == ["read", *FILES.values(), "read", "unreadable", "read"]
    assert all(result.stage == "parse" and result.message for result in results if isinstance(result, Failure))


def test_a_paper_that_takes_too_long_costs_itself_only(tmp_path):
    slow = write_dense_pdf(tmp_path / "slow.pdf")
    quick = write_pdf(tmp_path / "quick.pdf")
    given = sources(quick, slow, quick)
    settings = ParseSettings(timeout_s=1.0)
    results = list(parse_papers(given, settings, workers=1))
    assert [type(result) for result in results] == [ParsedPaper, Failure, ParsedPaper]
    assert isinstance(results[1], Failure)
    assert results[1].error == "timeout"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("end", "code"), [(signal.SIGKILL, "out_of_memory"), (signal.SIGSEGV, "parser_crash")])
def test_a_worker_that_dies_costs_its_paper_only_and_none_is_left_behind(end, code, tmp_path):
    endless, quick = tmp_path / "endless.pdf", write_pdf(tmp_path / "quick.pdf")
    endless.write_bytes(hostile_pdfs.forms(30, 10))
    before = children()
    killer = end_a_busy_worker(before, end)
    results = list(parse_papers(sources(endless, quick), ParseSettings(), workers=1))
    killer.join()
    assert isinstance(results[0], Failure)
    assert results[0].error == code
    assert isinstance(results[1], ParsedPaper)
    assert children() - before == set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
def test_closing_the_iterator_early_ends_the_workers(tmp_path):
    before = children()
    papers = parse_papers(sources(*[write_pdf(tmp_path / f"{i}.pdf") for i in range(8)]), workers=2)
    assert isinstance(next(papers), ParsedPaper)
    papers.close()
    assert children() - before == set()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
def test_a_sandbox_keeps_its_workers_over_calls_and_ends_them(tmp_path):
    before = children()
    given = sources(*[write_pdf(tmp_path / f"{i}.pdf") for i in range(3)])
    with Sandbox(OCR_OFF, workers=1) as sandbox:
        assert children() == before  # none is started before there is work
        early = sandbox.parse(given)
        assert isinstance(next(early), ParsedPaper)
        early.close()
        first = list(sandbox.parse(given))
        workers = children() - before
        second = list(sandbox.parse(given))
        assert children() - before == workers
        assert len(workers) == 1
    assert [type(result) for result in (*first, *second)] == [ParsedPaper] * 6
    assert children() - before == set()


def test_a_paper_that_needs_too_much_memory_is_a_failure(tmp_path):
    dense = write_dense_pdf(tmp_path / "dense.pdf")
    results = list(parse_papers(sources(dense), ParseSettings(memory_mb=100), workers=1))
    assert [result.error for result in results if isinstance(result, Failure)] == ["out_of_memory"]


def test_reading_does_not_import_torch():
    import subprocess
    import sys

    code = "import sys, extractors.pdf.sandbox; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_a_page_that_cannot_be_read_is_told_of(tmp_path, monkeypatch):
    def read_but_one(page: pymupdf.Page) -> Page:
        if page.number == 1:
            raise RuntimeError("its tree is broken")
        return read_page(page)

    monkeypatch.setattr("extractors.pdf.read.read_page", read_but_one)
    paper = parse_pdf(write_pdf(tmp_path / "a.pdf", n_pages=3))
    assert paper.n_pages == 3
    assert {block.page for block in paper.blocks} == {0, 2}
    assert paper.notes == ("page 2 is unreadable: its tree is broken",)
