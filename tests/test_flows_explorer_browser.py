"""The explorer in a real browser (headless Chromium), on the sample papers read by the real pipeline."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from unicodedata import normalize
from urllib.parse import urlsplit

import pymupdf
import pytest
from conftest import SAMPLES
from drawn_papers import draw_paper

from flows.explorer.uploads import read_into_graph
from flows.models import NER_MODEL, RELATION_MODEL, default_knowledge_base
from flows.pipeline import resolve_pipeline
from flows.sources import list_sources
from linking.manifest import read_manifest
from schemas.graph.database import open_graph

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
START_S, WAIT_S = 180, 60
EVIL = "<img src=x onerror='window.evil=1'> ${window.evil=2} {{evil}}"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explored")
    shutil.copytree(SAMPLES, folder / "papers", ignore=shutil.ignore_patterns("*.py"))
    return folder / "papers"


@pytest.fixture(scope="module")
def graph(papers):
    """The samples as the real pipeline reads them, shipped models and starter base included."""
    path = papers.parent / "graph.duckdb"
    base = default_knowledge_base(papers.parent / "base")
    pipeline = resolve_pipeline(
        graph=path,
        work=papers.parent / "work",
        knowledge_base=base,
        knowledge_base_revision=read_manifest(base).revision,
        workers=1,
        device="cpu",
        ner_model=NER_MODEL,
        relation_model=RELATION_MODEL,
    )
    assert len(list(read_into_graph(pipeline, list(list_sources([str(papers)], papers.parent))))) == 4
    return path


@pytest.fixture(scope="module")
def address(graph):
    """The explorer as a user starts it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "flows", "explore", "--graph", str(graph), "--port", str(port), "--device", "cpu"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    found = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command, env=environment, cwd=graph.parent, stderr=subprocess.PIPE) as server:
        try:
            deadline = time.monotonic() + START_S
            while not answers(found):
                assert server.poll() is None, server.stderr.read().decode()
                assert time.monotonic() < deadline
                time.sleep(0.2)
            yield found
        finally:
            server.kill()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310  (http on the loopback interface)
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A browser of its own on the explorer; it notes what is asked of whom, and what goes wrong."""

    def __init__(self, browser, address):
        self.context = browser.new_context(viewport={"width": 1400, "height": 1000})
        self.context.set_default_timeout(WAIT_S * 1000)
        self.page = self.context.new_page()
        self.hosts, self.faults = set(), []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        self.page.goto(address)
        self.page.wait_for_selector("#pg-paper .pg-link, #pg-paper .sheet")

    def open_paper(self, title):
        """Choose a paper from the list."""
        self.page.click(f"#pg-paper .pg-link:has-text('{title}')")
        self.page.wait_for_selector(f".pg-paper h2:has-text('{title}')")

    def type(self, words):
        """Search for words."""
        self.page.click("#pg-search input")
        self.page.keyboard.type(words)

    def open_tab(self, name):
        """Go to a tab."""
        self.page.get_by_role("tab", name=name).click()

    def boxes(self, selector):
        """Where elements are on the screen."""
        return [box.bounding_box() for box in self.page.query_selector_all(selector)]


@pytest.fixture
def visitor(browser, address):
    visitor = Visitor(browser, address)
    yield visitor
    visitor.context.close()
    assert visitor.hosts <= {urlsplit(address).netloc, ""}
    assert visitor.faults == []


def test_a_fact_is_seen_on_the_page(visitor, graph):
    with open_graph(graph, read_only=True) as connection:
        ((title, n_facts, n_mentions),) = connection.execute(
            """SELECT title, (SELECT count(*) FROM relations WHERE relations.paper_id = papers.paper_id),
                (SELECT count(*) FROM mentions WHERE mentions.paper_id = papers.paper_id)
            FROM papers WHERE file_name = 'grid.pdf'"""
        ).fetchall()
    visitor.open_paper(title)
    page = visitor.page
    page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 500")
    assert page.locator(".sheet .mention").count() == n_mentions
    assert page.locator(".pg-fact").count() == n_facts
    sheet = page.locator(".sheet").bounding_box()
    for box in visitor.boxes(".sheet .mention rect"):
        assert sheet["x"] <= box["x"] < box["x"] + box["width"] <= sheet["x"] + sheet["width"]
    fact = page.locator(".pg-fact").first
    fact.click()
    assert fact.get_attribute("aria-pressed") == "true"
    assert page.locator(".sheet .sentence.lit").count() == 1
    assert page.locator(".sheet .mention.lit").count() == 2
    assert page.locator(".pg-fact .quote").first.is_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert fact.get_attribute("aria-pressed") == "false"
    assert page.locator(".pg-fact[aria-pressed=true]").count() == 1
    page.uncheck("[data-type=Method]")
    assert not page.locator(".sheet .mention.Method").first.is_visible()
    assert page.locator(".sheet .mention.Dataset").first.is_visible()
    page.get_by_role("button", name="Text", exact=True).click()
    page.wait_for_selector(".sheet.text span.mention.Method")
    address = page.url
    page.goto(address)  # what is shown can be passed on
    page.wait_for_selector(".sheet.text")


def test_marks_lie_on_the_words(visitor, papers):
    document = pymupdf.open(papers / "shared.pdf")
    lines = [line for block in document[0].get_text("rawdict")["blocks"] for line in block["lines"]]
    letters = [letter for line in lines for span in line["spans"] for letter in span["chars"]]
    middles = [(pymupdf.Rect(letter["bbox"]), letter["c"]) for letter in letters]
    visitor.open_paper(document.metadata["title"])
    found = visitor.page.evaluate(
        """() => [...document.querySelectorAll('.sheet .mention')].map(mention => [
            mention.querySelector('title').textContent,
            [...mention.querySelectorAll('rect')].map(r => ['x', 'y', 'width', 'height'].map(n => +r.getAttribute(n)))
        ])"""
    )
    assert found
    for title, rects in found:
        printed = "".join(
            letter
            for x, y, width, height in rects
            for box, letter in middles
            if x <= (box.x0 + box.x1) / 2 <= x + width and y <= (box.y0 + box.y1) / 2 <= y + height
        )
        said = title.split("“")[-1].rstrip("”)") if "“" in title else title.split(": ", 1)[1]
        assert bare(printed) == bare(said)


def bare(text):
    return "".join(normalize("NFKC", text).split()).replace("-", "")


def test_search_leads_to_an_entity_and_from_there_to_others(visitor, graph):
    with open_graph(graph, read_only=True) as connection:
        ((wanted,),) = connection.execute(
            "SELECT subject FROM triples WHERE subject_type = 'Method' GROUP BY subject ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
    visitor.type(wanted)
    page = visitor.page
    page.keyboard.press("Enter")  # before the answer to all of the name is there
    page.wait_for_selector(".pg-entity .pg-net")
    assert page.locator(".pg-entity h2").inner_text() == wanted
    page.go_back()
    page.wait_for_selector("#pg-paper .pg-papers")
    visitor.type(wanted)
    page.wait_for_function("typed => document.querySelector('.pg-found')?.dataset.typed === typed", arg=wanted)
    assert wanted in page.locator(".pg-found .pg-link").first.inner_text()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.activeElement.closest('.pg-found')")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")  # opens the first result, as a click on it does
    page.wait_for_selector(".pg-entity .pg-net")
    assert page.locator("#pg-search input").input_value() == ""
    assert page.locator(".pg-entity h2").inner_text() == wanted
    neighbour = page.locator(".pg-net .node[data-go]").first
    name = neighbour.locator("title").text_content().split(": ", 1)[1]
    neighbour.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("name => document.querySelector('.pg-entity h2').textContent === name", arg=name)
    page.locator(".pg-entity .pg-place").first.click()
    page.wait_for_selector(".pg-paper .sheet .sentence.lit", state="attached")
    visitor.open_tab("Entities")
    page.get_by_role("button", name="Most named").click()
    page.wait_for_selector("#pg-entity .pg-chip.Dataset")


def test_leaderboards_and_sql(visitor, graph):
    before = sha256(graph.read_bytes()).hexdigest()
    page = visitor.page
    visitor.open_tab("Leaderboards")
    page.wait_for_selector("#pg-board .pg-table td")
    values = [float(text) for text in page.locator("#pg-board td b").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    visitor.open_tab("SQL")
    page.fill("#pg-sql textarea", "SELECT '<b>x</b>' AS bold, count(*) AS n FROM papers")
    page.focus("#pg-sql textarea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#pg-answer td:has-text('<b>x</b>')")
    assert page.locator("#pg-answer td.n").inner_text() == "4"
    page.fill("#pg-sql textarea", "DELETE FROM papers")
    page.click("#pg-run")
    page.wait_for_selector("#pg-answer .warning")
    page.click("[data-example='Who works where']")
    page.wait_for_selector("#pg-answer th:has-text('institution')")
    assert sha256(graph.read_bytes()).hexdigest() == before


def test_an_uploaded_paper_is_read_for_its_visitor_only(visitor, browser, address, graph, tmp_path):
    draw_paper(tmp_path / "own.pdf", "GridNet: Parsing with Care", institution=EVIL)
    (tmp_path / "bad.pdf").write_text("no PDF at all")
    page = visitor.page
    page.set_input_files("#pg-open input[type=file]", tmp_path / "bad.pdf")
    page.wait_for_selector("#pg-status .warning:has-text('not a PDF')")
    page.set_input_files("#pg-open input[type=file]", tmp_path / "own.pdf")
    page.wait_for_selector(".pg-paper h2:has-text('GridNet: Parsing with Care')", timeout=1000 * START_S)
    page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 500")
    assert page.locator(".sheet .mention").count() > 5
    page.get_by_role("button", name="Text", exact=True).click()
    page.wait_for_selector(".sheet.text:has-text('onerror')")
    assert page.evaluate("window.evil") is None
    token = page.locator(".pg-paper").get_attribute("data-shelf")
    other = Visitor(browser, address)
    other.type("GridNet: Parsing with Care")
    other.page.wait_for_selector(".pg-found")
    assert other.page.locator(".pg-found .pg-link:has-text('own.pdf')").count() == 0
    other.context.close()
    with open_graph(graph, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchall() == [(4,)]
    for path in (f"pages/x{token}/y/0.jpg", "pages/-/..%2F..%2Fetc%2Fpasswd/0.jpg", "pages/-/nothing/0.jpg"):
        assert visitor.context.request.get(address + path).status == 404


def test_a_paper_whose_pdf_has_moved_is_shown_as_text(visitor, papers):
    (papers / "marks.pdf").rename(papers / "elsewhere.pdf")
    try:
        visitor.open_paper(pymupdf.open(papers / "elsewhere.pdf").metadata["title"])
        visitor.page.wait_for_selector(".pg-message.warning:has-text('no longer at')")
        assert visitor.page.locator(".sheet.text span.mention").count() > 10
    finally:
        (papers / "elsewhere.pdf").rename(papers / "marks.pdf")


def test_a_picture_that_does_not_come_is_explained(visitor, papers):
    def refuse(route):
        route.fulfill(status=503, body="the process that drew the page was killed: try again")

    visitor.page.route("**/pages/**", refuse)
    visitor.open_paper(pymupdf.open(papers / "grid.pdf").metadata["title"])
    visitor.page.wait_for_selector(".pg-message.warning:has-text('was killed: try again. Choose Text')")
    visitor.page.unroute("**/pages/**")
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 500")
    assert visitor.page.locator(".pg-message.warning").count() == 0
    assert all("503" in fault for fault in visitor.faults)
    visitor.faults.clear()


def test_another_name_for_this_machine_is_refused(visitor, address):
    assert visitor.context.request.get(address, headers={"Host": "papers.example"}).status == 400
