"""What the explorer draws, without a browser: on a small graph made by hand, with hostile text in it."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from xml.etree import ElementTree

import hostile_pdfs
import pymupdf
import pytest
from fastapi import FastAPI
from graph_papers import make_paper, write_shards
from starlette.testclient import TestClient
from worker_processes import children, end_a_busy_worker

from extractors.pdf.locate import PlacedText
from extractors.pdf.page_reader import PageReader
from flows.explorer import board_view, sql_view
from flows.explorer.entity_view import draw_common, draw_entity
from flows.explorer.neighbourhood import Node, draw_neighbourhood
from flows.explorer.page import Page
from flows.explorer.paper_view import draw_paper, draw_shelf
from flows.explorer.pdf_files import find_pdf
from flows.explorer.search_view import draw_found
from flows.explorer.server import add_pictures
from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target, read_address, read_target
from flows.explorer.uploads import Uploads
from schemas.errors import PaperError
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard
from schemas.graph.lookup.entities import search_entities
from schemas.graph.lookup.papers import PaperCard, find_papers
from schemas.graph.runs import RunCounts, finish_run, start_run

EVIL = "<img src=x onerror=alert(1)>'\"${alert(2)}{{alert}}"
TEXT = f"GridNet reaches 84.2% accuracy on ToyBank for {EVIL} parsing. GridNet beats BaseNet."


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    named = {"GridNet": "Method", "BaseNet": "Method", "ToyBank": "Dataset", "84.2%": "Result", "accuracy": "Metric"}
    related = [
        ("GridNet", "evaluated_on", "ToyBank", 0.9),
        ("GridNet", "achieves", "84.2%", 0.8),
        ("84.2%", "measured_on", "ToyBank", 0.8),
        ("84.2%", "measured_by", "accuracy", 0.7),
        ("GridNet", "compared_with", EVIL, 0.6),
        ("GridNet", "compared_with", "BaseNet", 0.6),
    ]
    one = make_paper("aaaaaaaaaaaaaaaa", TEXT, named | {EVIL: "Method"}, related, conditions={"84.2%": EVIL})
    two = make_paper(
        "bbbbbbbbbbbbbbbb",
        "BaseNet reaches 80.0% accuracy on ToyBank, and 100%_more.",
        {"BaseNet": "Method", "ToyBank": "Dataset", "80.0%": "Result", "accuracy": "Metric", "100%_more": "Task"},
        [
            ("BaseNet", "achieves", "80.0%", 0.8),
            ("80.0%", "measured_on", "ToyBank", 0.8),
            ("80.0%", "measured_by", "accuracy", 0.7),
        ],
        source=f"papers/{EVIL.replace('/', '')}.pdf",
    )
    path = folder / "graph.duckdb"
    with open_graph(path) as connection:
        start_run(connection, run_id="r1", source="test", settings={})
        load_shard(connection, run_id="r1", **write_shards(folder / "shards", one, two))
        finish_run(connection, run_id="r1", counts=RunCounts(2, 2, 0, 0))
    return path


@pytest.fixture(scope="module")
def shelf(graph, tmp_path_factory):
    with PageReader() as reader:
        yield Shelf(graph, Uploads(tmp_path_factory.mktemp("uploads")), reader)


def text_of(html):
    return unescape(re.sub(r"<[^>]*>", "", html))


def assert_escaped(html):
    assert "<img src=x" not in html
    assert not re.search(r"<[^>]*\sonerror=", re.sub(r'"[^"]*"|\'[^\']*\'', "", html))


def targets_in(html):
    return [json.loads(unescape(found)) for found in re.findall(r'data-go="([^"]*)"', html)]


def test_everything_that_a_paper_brings_along_is_escaped(shelf):
    drawn = [
        draw_paper(shelf, Target("paper", "aaaaaaaaaaaaaaaa")),
        draw_paper(shelf, Target("paper", "bbbbbbbbbbbbbbbb")),
        draw_shelf(shelf),
        draw_common(shelf),
        draw_found(shelf, "img"),
        draw_found(shelf, EVIL + "?"),
        draw_entity(shelf, Target("entity", f"pg:method/{EVIL.casefold()}")),
        draw_entity(shelf, Target("entity", "pg:method/gridnet")),
        board_view.draw_board(shelf, "ToyBank", "accuracy"),
        sql_view.draw_answer(shelf, "SELECT text AS \"<b onclick='x'>\" FROM blocks"),
        sql_view.draw_answer(shelf, f"SELECT {EVIL}"),
    ]
    for html in drawn:
        assert_escaped(html)
        assert "<b onclick" not in html
    assert EVIL in text_of(drawn[0])


def test_a_paper_whose_pdf_has_gone_is_shown_as_text(shelf):
    html = draw_paper(shelf, Target("paper", "aaaaaaaaaaaaaaaa"))
    assert "no longer at papers/aaaaaaaaaaaaaaaa.pdf" in text_of(html)
    assert "class='mention Method' data-mark='0-7-Method" in html
    assert TEXT in text_of(html)


def test_a_fact_is_listed_with_its_ends_and_lights_its_sentence(shelf):
    html = draw_paper(shelf, Target("paper", "aaaaaaaaaaaaaaaa"))
    wanted = {"view": "paper", "id": "aaaaaaaaaaaaaaaa", "lit": [f"s0-{len(TEXT)}", "0-7-Method", "34-41-Dataset"]}
    assert wanted in targets_in(html)
    assert "GridNet evaluated on ToyBank" in text_of(html)
    lit = draw_paper(shelf, Target("paper", "aaaaaaaaaaaaaaaa", lit=tuple(wanted["lit"])))
    assert lit.count("aria-pressed='true' data-go") == 2  # the fact, and the way of showing it


def test_papers_and_entities_that_are_not_there_are_said_so(shelf):
    assert "no such paper" in draw_paper(shelf, Target("paper", "nothing"))
    assert "no such entity" in draw_entity(shelf, Target("entity", "nothing"))
    assert "Nothing is called" in draw_found(shelf, "zzz")
    assert draw_found(shelf, "  ") == ""


def test_several_people_at_once(shelf):
    with ThreadPoolExecutor(8) as people:
        drawn = list(
            people.map(
                lambda n: draw_found(shelf, "net") if n % 2 else draw_paper(shelf, Target("paper", "a" * 16)), range(24)
            )
        )
    assert len(set(drawn)) == 2


WRITER = """
import sys, time, duckdb
while True:
    try:
        graph = duckdb.connect(sys.argv[1])
        break
    except duckdb.IOException:  # somebody reads
        time.sleep(0.01)
input()
"""


def test_a_graph_that_is_being_written_is_said_so(graph, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.explorer.shelf.WAIT_S", 0.2)
    shutil.copyfile(graph, tmp_path / "graph.duckdb")
    page = Page(Shelf(tmp_path / "graph.duckdb", Uploads(tmp_path), PageReader()))
    assert "2 papers" in page.draw_heading()
    with subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "graph.duckdb"], stdin=subprocess.PIPE) as process:
        for _ in range(200):
            if "cannot be shown now" in page.draw_heading():
                break
            time.sleep(0.1)
        assert "another process has the graph open" in page.draw_paper(Target("paper", "a" * 16))
        process.communicate(b"\n")
    assert "2 papers" in page.draw_heading()
    (tmp_path / "graph.duckdb").unlink()
    assert "there is no graph here" in page.draw_common()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
def test_a_picture_whose_worker_is_killed_has_a_reason_and_the_next_one_comes(tmp_path):
    pymupdf.open().new_page().parent.save(tmp_path / "quick.pdf")
    (tmp_path / "endless.pdf").write_bytes(hostile_pdfs.forms(30, 10))
    ids = {path.stem: sha256(path.read_bytes()).hexdigest()[:16] for path in tmp_path.glob("*.pdf")}
    papers = [make_paper(paper_id, "text", {}, source=f"{name}.pdf") for name, paper_id in ids.items()]
    with open_graph(tmp_path / "graph.duckdb") as connection:
        load_shard(connection, run_id="r1", **write_shards(tmp_path / "shards", *papers))
    others = children()
    with PageReader() as reader:
        shelf = Shelf(tmp_path / "graph.duckdb", Uploads(tmp_path), reader)
        add_pictures(app := FastAPI(), shelf)
        visitor = TestClient(app, raise_server_exceptions=False)
        assert visitor.get(f"/pages/-/{ids['quick']}/0.jpg").headers["content-type"] == "image/jpeg"
        killer = end_a_busy_worker(others, signal.SIGKILL)
        answer = visitor.get(f"/pages/-/{ids['endless']}/0.jpg")
        killer.join()
        assert answer.status_code == 503
        assert "the process that drew the page was killed" in answer.text
        assert visitor.get(f"/pages/-/{ids['endless']}/1.jpg").status_code == 404
        assert visitor.get("/pages/nobody/x/0.jpg").status_code == 404
        shelf._draw.cache_clear()
        assert visitor.get(f"/pages/-/{ids['quick']}/0.jpg").status_code == 200
        (tmp_path / "quick.pdf").unlink()
        assert "no longer at quick.pdf" in visitor.get(f"/pages/-/{ids['quick']}/0.jpg").text


def test_an_empty_graph_has_words_for_it(tmp_path):
    open_graph(tmp_path / "graph.duckdb").close()
    empty = Shelf(tmp_path / "graph.duckdb", Uploads(tmp_path), PageReader())
    assert "no papers in this graph yet" in draw_shelf(empty)
    assert "no entities yet" in draw_common(empty)
    assert board_view.read_datasets(empty) == ()
    assert "no results in this graph yet" in board_view.draw_board(empty, None, None)


def test_search_finds_letters_that_have_no_capital(tmp_path):
    with open_graph(tmp_path / "graph.duckdb") as connection:
        paper = make_paper("p", "Universität Gießen", {"Universität Gießen": "Institution"})
        load_shard(connection, run_id="r", **write_shards(tmp_path / "s", paper))
        for typed in ("gießen", "Gießen", "UNIVERSITÄT GIEßEN", "universitat gießen"):
            assert [card.name for card in search_entities(connection, typed)] == ["Universität Gießen"]


def test_search_takes_what_is_typed_literally_and_puts_the_best_first(graph):
    with open_graph(graph, read_only=True) as connection:
        assert [card.name for card in search_entities(connection, "net")][:2] == ["BaseNet", "GridNet"]
        assert [card.name for card in search_entities(connection, "NET grid")] == ["GridNet"]
        assert [card.name for card in search_entities(connection, "%_")] == ["100%_more"]
        assert search_entities(connection, "' OR true --") == ()
        assert [card.paper_id[0] for card in find_papers(connection, "on AAAA")] == ["a"]
        assert len(find_papers(connection)) == 2


def test_leaderboard_of_a_dataset_and_a_metric(shelf):
    assert board_view.read_datasets(shelf) == ("ToyBank",)
    assert board_view.read_metrics(shelf, "ToyBank") == ["accuracy"]
    html = board_view.draw_board(shelf, "ToyBank", "accuracy")
    assert html.index("84.2") < html.index("80<")
    lowest = board_view.draw_board(shelf, "ToyBank", "accuracy", lowest_first=True)
    assert lowest.index("80<") < lowest.index("84.2")
    assert "No paper reports" in board_view.draw_board(shelf, "ToyBank", "BLEU")

    assert f"<td>{escape(EVIL)}</td>" in html


def test_sql_reads_and_nothing_else(shelf, tmp_path):
    assert "2 rows" in sql_view.draw_answer(shelf, "FROM papers")
    assert "the first 500 rows; there are more" in sql_view.draw_answer(shelf, "FROM range(501)")
    for sql in (
        "DELETE FROM papers",
        f"COPY papers TO '{tmp_path}/x.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        f"ATTACH '{tmp_path}/y.duckdb'",
        "INSTALL httpfs",
        "SELECT 1; DROP TABLE papers",
    ):
        assert "class='pg-message warning'" in sql_view.draw_answer(shelf, sql)
    assert list(tmp_path.iterdir()) == []
    assert "characters at most" in sql_view.draw_answer(shelf, "-" * 20_001)
    assert "leaderboard" in sql_view.draw_columns(shelf)


def test_neighbourhood_is_a_picture_with_words_that_do_not_overlap():
    neighbours = [Node(f"pg:{i}", "Dataset", f"{EVIL if i == 3 else 'Neighbour'} {i}") for i in range(14)]
    edges = [("c", "evaluated_on", node.entity_id) for node in neighbours]
    edges += [("c", "trained_on", "pg:1"), ("pg:1", "part_of", "pg:2"), ("c", "used_for", "elsewhere")]
    svg = draw_neighbourhood(Node("c", "Method", "Centre & Co"), neighbours, edges)
    picture = ElementTree.fromstring(re.sub(r"\bdata-go", "data-go", svg))  # noqa: S314  (it is well-formed XML)
    boxes = [tuple(float(rect.get(name)) for name in ("x", "y", "width", "height")) for rect in picture.iter("rect")]
    assert len(boxes) == 15
    assert all(x >= 0 and y >= 0 and x + w <= 900 and y + h <= 560 for x, y, w, h in boxes)
    for i, (x, y, w, h) in enumerate(boxes):
        assert not any(x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h for x2, y2, w2, h2 in boxes[:i])
    assert "evaluated on, trained on" in text_of(svg)
    assert svg == draw_neighbourhood(Node("c", "Method", "Centre & Co"), neighbours, edges)
    assert draw_neighbourhood(Node("c", "Method", "Alone"), [], []).count("<rect") == 1


STRANGE = {
    "no view": {"view": "files", "id": "x"},
    "id no text": {"view": "paper", "id": 3},
    "id empty": {"view": "paper", "id": ""},
    "page below zero": {"view": "paper", "id": "x", "page": -1},
    "page no number": {"view": "paper", "id": "x", "page": "1"},
    "lit no list": {"view": "paper", "id": "x", "lit": "s1-2"},
    "lit no texts": {"view": "paper", "id": "x", "lit": [1]},
    "shelf no text": {"view": "paper", "id": "x", "shelf": ["x"]},
    "nothing": None,
}


@pytest.mark.parametrize("given", STRANGE.values(), ids=STRANGE.keys())
def test_a_target_that_makes_no_sense_is_none(given):
    assert read_target(given) is None


def test_a_target_survives_its_way_through_html_and_address():
    target = Target("paper", EVIL, 3, ("s1-2", "3-4-Task"), "token", as_text=True)
    assert read_target(targets_in(f"<button {target.attribute()}>")[0]) == target
    assert read_address(json.dumps({"view": "entity", "id": "ror:1"})) == Target("entity", "ror:1")
    assert read_address("{") is read_address(None) is read_address("[1]") is read_address("[" * 100_000) is None


def test_marks_are_exactly_on_the_words(tmp_path):
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 100), "We train GridNet on Toy-", fontsize=11)
    page.insert_text((72, 114), "Bank (84.2%) with e\u0301lan.", fontsize=11)
    page.insert_text((320, 100), "GridNet in the other column", fontsize=11)
    document.save(tmp_path / "a.pdf")
    text = "We train GridNet on ToyBank (84.2%) with élan."
    block = PlacedText(100, text, (72, 90, 220, 118))
    words = ["GridNet", "ToyBank", "84.2%", "absent"]
    spans = [(100 + text.find(word), 100 + text.find(word) + len(word)) for word in words[:3]] + [(900, 910)]
    with PageReader() as reader:
        marks = reader.mark(tmp_path / "a.pdf", 0, [block], spans)
        assert reader.draw(tmp_path / "a.pdf", 0).startswith(b"\xff\xd8")
        with pytest.raises(PaperError, match="unreadable"):
            reader.draw(tmp_path / "b.pdf", 0)
    assert (marks.width, marks.height) == (595, 842)
    printed = [
        [page.get_textbox((box[0] + 0.5, box[1] + 2, box[2] - 0.5, box[3] - 2)).strip() for box in boxes]
        for boxes in marks.boxes
    ]
    assert printed == [["GridNet"], ["Toy", "Bank"], ["84.2%"], []]
    assert all(box[2] < 220 for boxes in marks.boxes for box in boxes)


def test_what_is_printed_in_another_order_is_searched_for(tmp_path):
    document = pymupdf.open()
    page = document.new_page()
    for i, word in enumerate(("delta", "gamma", "beta", "alpha")):
        page.insert_text((72, 100 + 14 * i), word, fontsize=11)
    document.save(tmp_path / "a.pdf")
    block = PlacedText(0, "alpha beta gamma delta", (70, 88, 200, 146))
    with PageReader() as reader:
        marks = reader.mark(tmp_path / "a.pdf", 0, [block], [(0, 5), (6, 10), (11, 16), (17, 22)])
    tops = [boxes[0][1] for boxes in marks.boxes]
    assert tops == sorted(tops, reverse=True)


def test_the_pdf_of_a_paper_is_known_by_its_bytes(tmp_path):
    data = b"%PDF-1.4 one"
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    paper = PaperCard(sha256(data).hexdigest()[:16], "a.pdf", "here/a.pdf", "A", None, 1, False, None)
    graph = tmp_path / "graph.duckdb"
    with pytest.raises(PaperError, match=r"no longer at here/a\.pdf"):
        find_pdf(paper, graph)
    (here / "a.pdf").write_bytes(b"%PDF-1.4 another")
    with pytest.raises(PaperError, match="has changed since"):
        find_pdf(paper, graph)
    (there / "a.pdf").write_bytes(data)
    assert find_pdf(paper, graph, there) == there / "a.pdf"
    below = there / "2024"
    below.mkdir()
    (there / "a.pdf").rename(below / "a.pdf")
    assert find_pdf(paper, graph, there) == below / "a.pdf"
    (here / "a.pdf").write_bytes(data)
    assert find_pdf(paper, graph) == here / "a.pdf"
    packed = PaperCard(paper.paper_id, "b.pdf", "dump.tar!/b.pdf", "A", None, 1, False, None)
    with pytest.raises(PaperError, match="unpack it"):
        find_pdf(packed, graph, there)
