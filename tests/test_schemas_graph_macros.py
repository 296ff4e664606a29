"""Macros for common questions, the search in words, and the tables that keep the rows of views."""

import subprocess
import sys
from math import log, prod
from pathlib import Path
from random import Random

import pytest
from graph_papers import make_paper, write_shards

from schemas.graph import describe
from schemas.graph.database import open_graph
from schemas.graph.definitions import SETTLED_VIEWS
from schemas.graph.describe import describe_graph, draw_relationships, write_markdown
from schemas.graph.load import load_shard, remove_papers, settle_entities
from schemas.graph.publish import publish_graph

ONE = make_paper(
    "one",
    "Ann Lee (MIT) and Bo Kim (ETH). BERT on SQuAD gets 93.2 F1. RoBERTa reaches 94.6 F1.",
    {
        "Ann Lee": "Author",
        "Bo Kim": "Author",
        "MIT": "Institution",
        "ETH": "Institution",
        "BERT": "Method",
        "RoBERTa": "Method",
        "SQuAD": "Dataset",
        "93.2": "Result",
        "94.6": "Result",
        "F1": "Metric",
    },
    [
        ("Ann Lee", "affiliated_with", "MIT", 0.9),
        ("Bo Kim", "affiliated_with", "ETH", 0.9),
        ("BERT", "evaluated_on", "SQuAD", 0.8),
        *((method, "achieves", value, 0.9) for method, value in (("BERT", "93.2"), ("RoBERTa", "94.6"))),
        *((value, "measured_on", "SQuAD", 0.9) for value in ("93.2", "94.6")),
        *((value, "measured_by", "F1", 0.9) for value in ("93.2", "94.6")),
    ],
)
TWO = make_paper(
    "two",
    "Ann Lee. RoBERTa is compared with BERT and the naïve XLNet on GLUE for parsing.",
    {
        "Ann Lee": "Author",
        "RoBERTa": "Method",
        "BERT": "Method",
        "XLNet": "Method",
        "GLUE": "Dataset",
        "parsing": "Task",
    },
    [
        ("RoBERTa", "compared_with", "BERT", 0.7),
        ("XLNet", "evaluated_on", "GLUE", 0.6),
        ("XLNet", "used_for", "parsing", 0.6),
        ("RoBERTa", "used_for", "parsing", 0.5),
    ],
)


@pytest.fixture
def graph(tmp_path):
    with open_graph(tmp_path / "graph.duckdb") as connection:
        load_shard(connection, run_id="r1", **write_shards(tmp_path / "one", ONE))
        load_shard(connection, run_id="r1", **write_shards(tmp_path / "two", TWO))
        settle_entities(connection)
        yield connection


ANSWERS = {  # query: rows
    "SELECT paper_id, position FROM papers_of('ann lee') ORDER BY ALL": [("one", 1), ("two", 1)],
    "SELECT paper_id FROM papers_of('pg:author/bo kim')": [("one",)],
    "FROM papers_of('nobody')": [],
    "SELECT institution, n_papers FROM collaborators('mit')": [("ETH", 1)],
    "SELECT method, value FROM best_on('squad', 'f1')": [("RoBERTa", 94.6), ("BERT", 93.2)],
    "SELECT method FROM best_on('SQuAD', NULL, highest := false)": [("BERT",), ("RoBERTa",)],
    "FROM best_on('SQuAD', 'accuracy')": [],
    "SELECT hop, \"from\", predicate, \"to\" FROM path('SQuAD', 'GLUE', max_hops := 9)": [
        (1, "SQuAD", "<- evaluated_on", "BERT"),
        (2, "BERT", "compared_with", "RoBERTa"),
        (3, "RoBERTa", "used_for", "parsing"),
        (4, "parsing", "<- used_for", "XLNet"),
        (5, "XLNet", "evaluated_on", "GLUE"),
    ],
    "FROM path('SQuAD', 'GLUE')": [],  # more than four hops
    "FROM path('SQuAD', 'SQuAD')": [],
    "FROM path('SQuAD', 'nowhere')": [],
    "SELECT paper_id FROM search_sentences('NAIVE xlnet') ORDER BY score DESC": [("two",)],
    "FROM search_sentences('the of and')": [],  # nothing but common words
    "FROM search_sentences('')": [],
    "SELECT count(*) FROM search_sentences('bert', max_rows := 1)": [(1,)],
    "SELECT name, n_papers FROM search_entities('lee ANN')": [("Ann Lee", 2)],
    "FROM search_entities('lee kim')": [],
    "SELECT neighbour, predicate, outgoing FROM neighbours WHERE entity_id = 'pg:task/parsing' ORDER BY ALL": [
        ("RoBERTa", "used_for", False),
        ("XLNet", "used_for", False),
    ],
    "SELECT label, sum(n_papers) FROM entity_counts WHERE label = 'Method' GROUP BY ALL": [("Method", 5)],
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("macros")
    with open_graph(folder / "graph.duckdb") as connection:
        load_shard(connection, run_id="r1", **write_shards(folder / "s", ONE, TWO))
        settle_entities(connection)
        yield connection


@pytest.mark.parametrize(("sql", "rows"), ANSWERS.items(), ids=ANSWERS.keys())
def test_answers(asked, sql, rows):
    assert asked.execute(sql).fetchall() == rows


def _random_papers(draw):
    """Facts among nine methods: seven in a tree with a few more facts, two apart from them."""
    names = [f"M{i}" for i in range(9)]
    pairs = [(i, draw.choice((i - 1, max(0, i - 2)))) for i in range(1, 7)] + [(7, 8)]
    pairs += [tuple(draw.sample(range(7), 2)) for _ in range(2)]
    for number in range(3):  # papers that agree in part
        facts = [
            (names[head], draw.choice(("used_for", "part_of")), names[tail], draw.choice((0.3, 0.5, 0.5, 0.8)))
            for head, tail in pairs
            if number == 0 or draw.random() < 0.4
        ]
        yield make_paper(f"p{number}", " ".join(names), dict.fromkeys(names, "Method"), facts)


def _likeliest(triples, start):
    """What can be reached: hops, and the greatest product of scores over that many."""
    scores = {}
    for head, _, tail, score in triples:
        for pair in ((head, tail), (tail, head)):
            scores[pair] = max(score, scores.get(pair, 0))
    reached, tips = {start: (0, 1.0)}, {start}
    while tips:
        found = {}
        for (head, tail), score in scores.items():
            if head in tips and tail not in reached:
                hop, likelihood = reached[head]
                found[tail] = (hop + 1, max(likelihood * score, found.get(tail, (0, 0))[1]))
        reached |= found
        tips = set(found)
    return reached


@pytest.mark.parametrize("seed", [1, 6])  # of which the longest chains have four facts or more
def test_path_is_the_likeliest_of_the_shortest_chains(tmp_path, seed):
    draw = Random(seed)  # noqa: S311  (no secret)
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r1", **write_shards(tmp_path / "s", *_random_papers(draw)))
        settle_entities(graph)
        triples = graph.execute("SELECT subject, predicate, object, score FROM triples").fetchall()
        lengths = set()
        for start, end in draw.sample([(f"M{i}", f"M{j}") for i in range(9) for j in range(9) if i != j], 36):
            hops, likelihood = _likeliest(triples, start).get(end, (0, 0))
            most = draw.randint(1, 6)
            sql = 'SELECT hop, "from", predicate, "to", score FROM path(?, ?, max_hops := ?)'
            rows = graph.execute(sql, [start, end, most]).fetchall()
            assert [hop for hop, *_ in rows] == list(range(1, hops + 1) if hops <= most else ())
            if rows:
                assert [rows[0][1], *(to for *_, to, _ in rows)] == [*(row[1] for row in rows), end]
                assert rows[0][1] == start
                assert prod(score for *_, score in rows) == pytest.approx(likelihood)
                for _, head, predicate, tail, score in rows:
                    turned = predicate.startswith("<- ")
                    fact = (tail, predicate[3:], head, score) if turned else (head, predicate, tail, score)
                    assert fact in triples
            lengths.add(len(rows))
        assert lengths >= {0, 1, 2, 3, 4}


def test_search_ranks_as_bm25_says(asked):
    # two documents; "bert" is in both: ln(1 + 0.5 / 2.5); k1 = 1.2, b = 0.75, one occurrence in each
    rows = asked.execute("SELECT paper_id, round(score, 3) FROM search_sentences('bert') ORDER BY paper_id").fetchall()
    lengths = dict(asked.execute("SELECT paper_id, n_words FROM settled.search_sentences").fetchall())
    mean = sum(lengths.values()) / 2
    expected = [
        (paper, round(log(1 + 0.5 / 2.5) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * lengths[paper] / mean)), 3))
        for paper in ("one", "two")
    ]
    assert rows == expected


def test_text_that_looks_like_sql_is_text(asked):
    for macro in ("papers_of", "collaborators", "search_sentences", "search_entities"):
        assert asked.execute(f"FROM {macro}(?)", ["x'); DROP TABLE papers; --"]).fetchall() == []


def test_views_read_tables_once_a_run_has_ended_and_facts_while_one_loads(graph, tmp_path):
    def rows(view):
        return sorted(graph.execute(f"FROM {view}").fetchall(), key=repr)

    def source(view):
        sql = "SELECT sql FROM duckdb_views() WHERE view_name = ? AND schema_name = 'main'"
        return graph.execute(sql, [view]).fetchall()[0][0]

    settled = {view: rows(view) for view in SETTLED_VIEWS}
    assert all(f"settled.{view}" in source(view) for view in SETTLED_VIEWS)
    load_shard(graph, run_id="r2", **write_shards(tmp_path / "new", make_paper("new", "ELMo.", {"ELMo": "Method"})))
    assert not any("settled." in source(view) for view in SETTLED_VIEWS)
    assert graph.execute("SELECT name FROM entity_counts WHERE name = 'ELMo'").fetchall() == [("ELMo",)]
    remove_papers(graph, ["new"])
    graph.execute("DELETE FROM entities WHERE name = 'ELMo'")
    assert {view: rows(view) for view in SETTLED_VIEWS} == settled


def test_search_follows_the_papers(graph, tmp_path):
    def found():
        return graph.execute("SELECT paper_id FROM search_sentences('bert') ORDER BY ALL").fetchall()

    remove_papers(graph, ["one"])
    assert found() == [("two",)]
    changed = make_paper(
        "two", "XLNet beats ELMo.", {"XLNet": "Method", "ELMo": "Method"}, [("XLNet", "compared_with", "ELMo", 0.5)]
    )
    load_shard(graph, run_id="r2", **write_shards(tmp_path / "s", changed))
    settle_entities(graph)
    assert found() == []
    assert graph.execute("SELECT paper_id FROM search_sentences('elmo')").fetchall() == [("two",)]


def test_schema_explains_everything(asked):
    described = describe_graph(asked)
    assert all(relation.comment for relation in described)
    assert all(column.comment for relation in described for column in relation.columns if relation.kind != "macro")
    names = {relation.name for relation in described}
    assert {"papers", "triples", "papers_of", "search_sentences"} <= names
    text = write_markdown(described)
    assert all(name in text for name in names)
    picture = draw_relationships(described)
    assert picture.startswith("erDiagram")
    assert "papers ||--o{ mentions" in picture
    readme = Path(describe.__file__).with_name("README.md").read_text(encoding="utf-8")
    for line in picture.splitlines():
        assert "||--o{" not in line or line in readme


def test_readers_get_whole_papers_while_another_process_loads(tmp_path):
    path, n_papers = tmp_path / "graph.duckdb", 24
    open_graph(path).close()
    publish_graph(path, tmp_path / "copy.duckdb")
    for number in range(n_papers):
        paper = make_paper(f"p{number}", "BERT on SQuAD, BERT.", {"BERT": "Method", "SQuAD": "Dataset"})
        write_shards(tmp_path / str(number), paper)
    code = """
import sys
from pathlib import Path
from schemas.graph.database import open_graph
from schemas.graph.load import load_shard
folder = Path(sys.argv[1])
for number in range(int(sys.argv[2])):
    with open_graph(folder / "graph.duckdb", wait_s=60) as graph:
        stages = ("parsed", "tagged", "related", "linked")
        load_shard(graph, run_id="r", **{stage: folder / str(number) / f"{stage}.parquet" for stage in stages})
"""
    counted = "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM mentions), (SELECT count(*) FROM blocks)"
    seen = []
    with (
        open_graph(tmp_path / "copy.duckdb", read_only=True) as published,  # kept open all the while
        subprocess.Popen([sys.executable, "-c", code, tmp_path, str(n_papers)]) as loader,
    ):
        while loader.poll() is None:
            with open_graph(path, read_only=True, wait_s=60) as reader:
                seen += reader.execute(counted).fetchall()
            assert published.execute("SELECT count(*) FROM papers").fetchall() == [(0,)]
            publish_graph(path, tmp_path / "copy.duckdb", wait_s=60)
    assert loader.returncode == 0
    assert all(mentions == 3 * papers and blocks == papers for papers, mentions, blocks in seen)
    assert len(seen) > 1
    publish_graph(path, tmp_path / "copy.duckdb")
    with open_graph(tmp_path / "copy.duckdb", read_only=True) as reader:
        assert reader.execute(counted).fetchall() == [(n_papers, 3 * n_papers, n_papers)]
