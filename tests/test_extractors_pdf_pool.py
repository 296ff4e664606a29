"""Workers that draw pages: they outlive whoever started them, and one that ends costs at most its own page."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_pdfs
import pymupdf
import pytest
from worker_processes import children, end_a_busy_worker

from extractors.pdf import page_reader
from extractors.pdf.page_reader import PageReader
from schemas.errors import PaperError

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
JPEG = b"\xff\xd8"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "something to read")
    document.save(folder / "quick.pdf")
    (folder / "endless.pdf").write_bytes(hostile_pdfs.forms(30, 10))
    return folder


@pytest.fixture(scope="module")
def others():
    """Processes that were there before."""
    return children()


@pytest.fixture(scope="module")
def reader(others):
    with PageReader(workers=1) as reader:
        yield reader


def started_by(reader, folder):
    """The workers that had to be started for a page."""
    before = children()
    assert reader.draw(folder / "quick.pdf", 0).startswith(JPEG)
    return children() - before


def test_workers_outlive_the_thread_that_started_them(folder):
    """A web server's threads come and go; Linux ends a process of ours with the thread that started it."""
    before, started = children(), set()
    with PageReader(workers=1) as reader:
        visitor = threading.Thread(target=lambda: started.update(started_by(reader, folder)))
        visitor.start()
        visitor.join()
        time.sleep(0.3)
        assert len(started) == 1
        assert started_by(reader, folder) == set()
        assert children() - before == started
    assert children() == before


@pytest.mark.parametrize(
    ("end", "code", "reason"),
    [(signal.SIGKILL, "out_of_memory", "was killed"), (signal.SIGSEGV, "parser_crash", "crashed on this page")],
)
def test_a_worker_that_ends_during_a_page_costs_that_page(reader, folder, others, end, code, reason):
    reader.draw(folder / "quick.pdf", 0)
    killer = end_a_busy_worker(others, end)
    with pytest.raises(PaperError, match=reason) as caught:
        reader.draw(folder / "endless.pdf", 0)
    killer.join()
    assert caught.value.code == code
    assert reader.draw(folder / "quick.pdf", 0).startswith(JPEG)


def test_a_worker_that_ends_between_two_pages_costs_none(reader, folder, others):
    reader.draw(folder / "quick.pdf", 0)
    for worker in children() - others:
        os.kill(worker, signal.SIGKILL)
    assert reader.draw(folder / "quick.pdf", 0).startswith(JPEG)


def test_a_page_that_takes_too_long_costs_itself(reader, folder, monkeypatch):
    reader.draw(folder / "quick.pdf", 0)
    monkeypatch.setattr(page_reader, "_TIMEOUT_S", 0.5)
    with pytest.raises(PaperError, match=r"not drawn within 0\.5 s"):
        reader.draw(folder / "endless.pdf", 0)
    monkeypatch.undo()
    assert reader.draw(folder / "quick.pdf", 0).startswith(JPEG)


def test_many_pages_at_once_while_workers_end(folder):
    others = children()  # and the workers of the other tests
    with PageReader(workers=2) as reader, ThreadPoolExecutor(16) as visitors:
        pages = [visitors.submit(reader.draw, folder / "quick.pdf", 0) for _ in range(40)]
        for _ in range(2):
            time.sleep(0.5)
            for worker in children() - others:
                os.kill(worker, signal.SIGKILL)
        faults = [fault for page in pages if (fault := page.exception(60)) is not None]
        assert len(faults) < len(pages)
    assert all(isinstance(fault, PaperError) for fault in faults)


def test_what_nobody_thought_of_is_an_error_of_ours(reader, folder):
    with pytest.raises(PaperError, match="please report it"):
        reader.mark(folder / "quick.pdf", 0, ["no block"], [(0, 1)])


def test_the_layout_model_of_pymupdf_is_not_loaded_but_left_to_others():
    code = (
        "import extractors.pdf.worker, pymupdf, sys; assert pymupdf._get_layout is None;"
        "import pymupdf.layout; assert pymupdf._get_layout"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
