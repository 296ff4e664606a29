"""The views: the columns of the contract, and right answers on two small papers."""

import re
from dataclasses import replace
from itertools import combinations

import duckdb
import pandas
import pytest
from graph_papers import make_paper, write_shards

from schemas import records
from schemas.graph.database import open_graph
from schemas.graph.definitions import define_views
from schemas.graph.load import load_shard, settle_entities
from schemas.graph.lookup.leaderboards import read_board
from schemas.records import Block, Line, Mention, Relation, Word

CONTRACT = {
    "authors": "paper_id, position, name, entity_id, score",
    "affiliations": "paper_id, author, institution, author_id, institution_id, score",
    "method_datasets": "paper_id, method, dataset, relation, method_id, dataset_id, n_mentions, score",
    "results": "paper_id, method, task, dataset, metric, value, unit, text, score, page, x0, y0, x1, y1, condition",
    "leaderboard": "task, dataset, metric, value, method, paper_id, title, page, sentence, x0, y0, x1, y1, condition",
    "triples": "subject_id, subject, subject_type, predicate, object_id, object, object_type, n_papers, n_mentions,"
    " score",
    "evidence": "subject_id, predicate, object_id, paper_id, page, start_char, end_char, sentence, model, score,"
    " reading, reading_score",
}
PAPERS_COLUMNS = (
    "paper_id, file_name, source, title, doi, arxiv_id, year, language, n_pages, n_chars, scanned, status, ingested_at,"
    " run_id"
)
MENTIONS_COLUMNS = "paper_id, label, text, page, start_char, end_char, score, entity_id"

SQUAD = {"SQuAD": ("pwc:squad", "Stanford QA Dataset", "pwc")}
BERT = make_paper(
    "bert",
    "BERT, our bidirectional encoder, gets 93.2% F1 on SQuAD, a benchmark for question answering. BERT beats GPT.",
    {
        "BERT": "Method",
        "bidirectional encoder": "Method",
        "93.2%": "Result",
        "F1": "Metric",
        "SQuAD": "Dataset",
        "question answering": "Task",
        "GPT": "Method",
    },
    [
        ("bidirectional encoder", "achieves", "93.2%", 0.8),
        ("93.2%", "measured_by", "F1", 0.5),
        ("93.2%", "measured_on", "SQuAD", 0.9),
        ("SQuAD", "benchmark_for", "question answering", 0.9),
        ("BERT", "compared_with", "GPT", 0.6),
        ("bidirectional encoder", "synonym_of", "BERT", 0.9),
    ],
    entities=SQUAD | {"bidirectional encoder": ("pg:method/bert", "BERT", "")},
)
GPT = make_paper(
    "gpt",
    "GPT is like BERT. We test GPT on SQuAD and reach 88 EM.",
    {"GPT": "Method", "BERT": "Method", "SQuAD": "Dataset", "88": "Result"},
    [
        ("GPT", "compared_with", "BERT", 0.5),
        ("GPT", "evaluated_on", "SQuAD", 0.7),
        ("GPT", "achieves", "88", 0.6),
    ],
    entities=SQUAD,
)


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("views")
    with open_graph(folder / "graph.duckdb") as connection:
        load_shard(connection, run_id="r", **write_shards(folder / "shards", BERT, GPT, _front_matter()))
        settle_entities(connection)
        yield connection


def _front_matter():
    """A paper with two authors; a third name stands in the references, one author is named again in the text."""
    text = "Ada\nLovelace, Bob Li\n\nUni X, Uni Y\n\nThanks to Bob Li\n\nEve Old. 1999."
    parsed, tagged, related, linked = make_paper(
        "front",
        text,
        {"Ada\nLovelace": "Author", "Bob Li": "Author", "Eve Old": "Author", "Uni X": "Institution"}
        | {"Uni Y": "Institution"},
        [("Ada\nLovelace", "affiliated_with", "Uni X", 0.9), ("Ada\nLovelace", "affiliated_with", "Uni Y", 0.8)],
    )
    kinds = ("authors", "affiliations", "paragraph", "reference")
    blocks, start = [], 0
    for kind, part in zip(kinds, text.split("\n\n"), strict=True):
        blocks.append(Block(start, start + len(part), kind, 0, 0, 0, 1, 1))
        start += len(part) + 2
    return replace(parsed, blocks=tuple(blocks)), tagged, related, linked


def rows(graph, sql):
    return [
        tuple(round(value, 6) if isinstance(value, float) else value for value in row)
        for row in graph.execute(sql).fetchall()
    ]


@pytest.mark.parametrize(("view", "columns"), CONTRACT.items(), ids=CONTRACT.keys())
def test_columns_are_those_of_the_contract(graph, view, columns):
    assert [name for name, *_ in graph.execute(f"DESCRIBE {view}").fetchall()] == columns.split(", ")


@pytest.mark.parametrize(("table", "columns"), [("papers", PAPERS_COLUMNS), ("mentions", MENTIONS_COLUMNS)])
def test_tables_have_the_columns_of_the_contract(graph, table, columns):
    assert set(columns.split(", ")) <= {name for name, *_ in graph.execute(f"DESCRIBE {table}").fetchall()}


def test_authors_are_those_of_the_front_matter_in_order(graph):
    assert rows(graph, "SELECT position, name, entity_id FROM authors WHERE paper_id = 'front' ORDER BY position") == [
        (1, "Ada Lovelace", "pg:author/ada\nlovelace"),
        (2, "Bob Li", "pg:author/bob li"),
    ]


def test_affiliations(graph):
    assert rows(graph, "SELECT author, institution, score FROM affiliations ORDER BY ALL") == [
        ("Ada Lovelace", "Uni X", 0.9),
        ("Ada Lovelace", "Uni Y", 0.8),
    ]


def test_method_datasets_hold_relations_and_what_follows_from_results(graph):
    # the paper says "BERT" twice, "bidirectional encoder" once: one method, by the form it prints most often
    assert rows(graph, "FROM method_datasets ORDER BY paper_id") == [
        ("bert", "BERT", "SQuAD", "evaluated_on", "pg:method/bert", "pwc:squad", 1, 0.72),
        ("gpt", "GPT", "SQuAD", "evaluated_on", "pg:method/gpt", "pwc:squad", 1, 0.7),
    ]


def test_results_have_value_unit_and_what_is_known(graph):
    assert rows(graph, "SELECT * EXCLUDE (page, x0, y0, x1, y1, condition) FROM results ORDER BY paper_id") == [
        ("bert", "BERT", "question answering", "SQuAD", "F1", 93.2, "%", "93.2%", 0.36),
        ("gpt", "GPT", None, None, None, 88.0, None, "88", 0.6),
    ]


def test_result_has_a_row_for_each_method_and_dataset(tmp_path):
    paper = make_paper(
        "p",
        "A and B get 5 on C and D.",
        {"A": "Method", "B": "Method", "5": "Result", "C": "Dataset", "D": "Dataset"},
        [
            ("A", "achieves", "5", 0.5),
            ("B", "achieves", "5", 0.5),
            ("5", "measured_on", "C", 0.5),
            ("5", "measured_on", "D", 0.5),
        ],
    )
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", paper))
        assert rows(graph, "SELECT method, dataset, value FROM results ORDER BY ALL") == [
            ("A", "C", 5.0),
            ("A", "D", 5.0),
            ("B", "C", 5.0),
            ("B", "D", 5.0),
        ]


def test_task_of_a_result_is_that_of_the_data_set_else_of_the_title_else_of_the_method(tmp_path):
    text = "Kale parsing\n\nT5 gets 5 on A and 6 on B, a benchmark for tagging. T5 is for naming."
    named = {"Kale parsing": "Task", "T5": "Method", "5 ": "Result", "A ": "Dataset", "6 ": "Result", "B,": "Dataset"}
    named |= {"tagging": "Task", "naming": "Task"}
    said = [("T5", "achieves", "5 ", 0.9), ("T5", "achieves", "6 ", 0.9), ("5 ", "measured_on", "A ", 0.9)]
    said += [
        ("6 ", "measured_on", "B,", 0.9),
        ("B,", "benchmark_for", "tagging", 0.3),
        ("T5", "used_for", "naming", 0.9),
    ]
    parsed, *rest = make_paper("p", text, named, said)
    with open_graph(tmp_path / "graph.duckdb") as graph:
        for kind, task in (("title", "Kale parsing"), ("paragraph", "naming")):
            blocks = (Block(0, 12, kind, 0, 0, 0, 9, 9), Block(14, len(text), "paragraph", 0, 0, 9, 9, 19))
            load_shard(graph, run_id="r", **write_shards(tmp_path / kind, (replace(parsed, blocks=blocks), *rest)))
            assert rows(graph, "SELECT value, task FROM results ORDER BY value") == [(5.0, task), (6.0, "tagging")]


def test_leaderboard_uses_names_that_hold_for_all_papers(graph):
    sentence = BERT[0].text
    assert rows(graph, "SELECT * EXCLUDE (x0, y0, x1, y1, condition) FROM leaderboard") == [
        ("question answering", "Stanford QA Dataset", "F1", 93.2, "BERT", "bert", "On bert", 0, sentence)
    ]


def test_leaderboard_has_what_a_paper_says_twice_once(tmp_path):
    text = "T5 gets 88.1 on SQuAD. Again T5 has 88.10 there."
    named = {"T5": "Method", "88.1": "Result", "SQuAD": "Dataset", "88.10": "Result"}
    said = [("T5", "achieves", "88.1", 0.9), ("88.1", "measured_on", "SQuAD", 0.6)]
    said += [("T5", "achieves", "88.10", 0.9), ("88.10", "measured_on", "SQuAD", 0.9)]
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", make_paper("p", text, named, said)))
        assert rows(graph, "SELECT count(*) FROM results") == [(2,)]
        assert rows(graph, "SELECT method, dataset, value FROM leaderboard") == [("T5", "SQuAD", 88.1)]


def test_leaderboard_has_a_number_once_under_the_likeliest_method(tmp_path):
    text = "T5 and GPT-2. T5-large\t88.1 on SQuAD"
    named = {"T5 ": "Method", "GPT-2": "Method", "T5-large": "Method", "88.1": "Result", "SQuAD": "Dataset"}
    said = [("T5 ", "achieves", "88.1", 0.8), ("T5-large", "achieves", "88.1", 0.9)]
    said.append(("88.1", "measured_on", "SQuAD", 0.9))
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", make_paper("p", text, named, said)))
        assert rows(graph, "SELECT method FROM results ORDER BY method") == [("T5",), ("T5-large",)]
        assert rows(graph, "SELECT method FROM leaderboard") == [("T5-large",)]
        assert [row.method for row in read_board(graph, "SQuAD", None)] == ["T5-large"]


@pytest.mark.parametrize(
    ("text", "printed", "name"),
    [
        ("T5\tTop-1\tAcc.", ("Top-1", "Acc."), ("Accuracy", "Top-1 Accuracy")),
        ("By Top-1, or top-1 accuracy, Acc.", ("Top-1", "top-1 accuracy", "Acc."), ("Accuracy", "top-1 accuracy")),
        ("By accuracies.", ("accuracies",), ("accuracies",)),
    ],
)
def test_a_measure_is_not_called_by_the_beginning_of_its_name(tmp_path, text, printed, name):
    linked = {"acc": ("pg:metric/accuracy", "Accuracy", ""), "top": ("pg:metric/top-1-accuracy", "Top-1 Accuracy", "")}
    entities = {form: linked[form[:3].lower()] for form in printed}
    paper = make_paper("p", text, dict.fromkeys(printed, "Metric"), entities=entities)
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", paper))
        settle_entities(graph)
        assert rows(graph, "SELECT name FROM entities ORDER BY name") == [(one,) for one in name]


def test_condition_of_a_value_is_told_with_it(tmp_path):
    text = "T5 gets 88.1 on SQuAD. T5\t88.1\t90.2"
    named = {"T5": "Method", "88.1 ": "Result", "SQuAD": "Dataset", "88.1\t": "Result", "90.2": "Result"}
    said = [("T5", "achieves", value, 0.9) for value in ("88.1 ", "88.1\t", "90.2")]
    said += [(value, "measured_on", "SQuAD", 0.9) for value in ("88.1 ", "88.1\t", "90.2")]
    paper = make_paper("p", text, named, said, conditions={"88.1\t": "dev", "90.2": "test"})
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", paper))
        expected = [(88.1, None), (88.1, "dev"), (90.2, "test")]
        assert rows(graph, "SELECT value, condition FROM results ORDER BY ALL NULLS FIRST") == expected
        assert rows(graph, "SELECT value, condition FROM leaderboard ORDER BY value") == expected[1:]
        assert rows(graph, "SELECT value, condition FROM best_on('SQuAD', NULL)") == expected[:0:-1]
        assert [row.condition for row in read_board(graph, "SQuAD", None)] == ["test", "dev"]


def test_value_has_the_box_of_its_cell_in_a_table_and_of_its_line_in_a_sentence(tmp_path):
    text = "T5 gets 88.1 on SQuAD.\n\nT5\t91.2 ± 0.3"
    named = {"T5": "Method", "88.1": "Result", "SQuAD": "Dataset", "91.2 ± 0.3": "Result"}
    said = [("T5", "achieves", "88.1", 0.9), ("88.1", "measured_on", "SQuAD", 0.9)]
    said += [("T5", "achieves", "91.2 ± 0.3", 0.9), ("91.2 ± 0.3", "measured_on", "SQuAD", 0.9)]
    parsed, *rest = make_paper("p", text, named, said)
    table, line = text.index("T5\t"), text.index("\n\n")
    blocks = (
        Block(0, line, "paragraph", 0, 50, 60, 500, 200),
        Block(table, len(text), "table", 2, 50, 300, 500, 400),
    )
    lines = (
        Line(0, line, 0, 50, 180, 300, 190, 10, False, False),
        Line(table, len(text), 2, 50, 310, 500, 320, 10, False, False),
    )
    words = tuple(
        Word(table + start, table + end, x0, 310, x1, 320 + lower)
        for start, end, x0, x1, lower in (
            (0, 2, 50, 60, 0),
            (3, 7, 200, 220, 0),
            (8, 9, 222, 226, 2),
            (10, 13, 228, 240, 0),
        )
    )
    paper = (replace(parsed, blocks=blocks, lines=lines, table_words=words), *rest)
    with open_graph(tmp_path / "graph.duckdb") as graph:
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", paper))
        expected = [("88.1", 0, 50, 180, 300, 190), ("91.2 ± 0.3", 2, 200, 310, 240, 322)]
        assert rows(graph, "SELECT text, page, x0, y0, x1, y1 FROM results ORDER BY value") == expected
        board = rows(graph, "SELECT page, x0, y0, x1, y1 FROM leaderboard ORDER BY value")
        assert board == [row[1:] for row in expected]


def test_triples_are_merged_over_papers_whichever_way_round_they_were_read(graph):
    assert rows(graph, "FROM triples WHERE predicate = 'compared_with'") == [
        ("pg:method/bert", "BERT", "Method", "compared_with", "pg:method/gpt", "GPT", "Method", 2, 2, 0.8)
    ]


def test_thing_is_not_related_to_itself(graph):
    assert rows(graph, "FROM triples WHERE predicate = 'synonym_of'") == []


def test_sentences_of_a_paper_raise_the_score_of_a_fact_but_repetitions_in_one_do_not(tmp_path):
    text = "A on B. A on B. A on B and A on B."
    parsed, tagged, _, linked = make_paper("p", text, {"A": "Method", "B": "Dataset"})
    heads = [mention for mention in tagged.mentions if mention.label == "Method"]
    tails = [mention for mention in tagged.mentions if mention.label == "Dataset"]
    places = [(0, 7), (8, 15), (16, 34), (16, 34)]
    said = tuple(
        Relation(head.mention_id, tail.mention_id, "evaluated_on", score, "", *place)
        for head, tail, place, score in zip(heads, tails, places, (0.5, 0.6, 0.4, 0.3), strict=True)
    )
    with open_graph(tmp_path / "graph.duckdb") as graph:
        for number in (1, 3):
            related = records.RelatedPaper("p", said[:number])
            load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, tagged, related, linked)))
            ((n_mentions, score),) = rows(graph, "SELECT n_mentions, score FROM triples")
            assert n_mentions == number
            assert score == 0.5 if number == 1 else 0.6 < score < 0.8  # noisy-or would have 0.88
        related = records.RelatedPaper("p", said)
        load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, tagged, related, linked)))
        assert rows(graph, "SELECT n_papers, n_mentions, score FROM triples") == [(1, 4, score)]
        assert rows(graph, "SELECT n_mentions, score FROM method_datasets") == [(4, score)]


@pytest.fixture(scope="module")
def disputed(tmp_path_factory):
    """Papers that contradict each other and themselves about A and B; C and D are for comparison."""
    folder = tmp_path_factory.mktemp("disputed")
    named = {"A": "Method", "B": "Method", "C": "Method"}
    said = {
        "one": [("A", "used_for", "B", 0.8), ("A", "part_of", "B", 0.6), ("A", "compared_with", "C", 0.7)],
        "two": [("B", "used_for", "A", 0.5), ("B", "subclass_of", "A", 0.5), ("B", "synonym_of", "A", 0.3)],
        "three": [("B", "subclass_of", "A", 0.5), ("C", "part_of", "A", 0.2), ("B", "part_of", "C", 0.2)],
    }
    papers = [make_paper(key, f"A and B and C in {key}.", named, relations) for key, relations in said.items()]
    with open_graph(folder / "graph.duckdb") as connection:
        load_shard(connection, run_id="r", **write_shards(folder / "shards", *papers))
        settle_entities(connection)
        yield connection


def test_of_contradicting_readings_the_likeliest_holds(disputed):
    assert rows(disputed, "SELECT subject, predicate, object, score FROM triples ORDER BY ALL") == [
        ("A", "compared_with", "C", 0.7),
        ("A", "used_for", "B", 0.8),
        ("B", "part_of", "C", 0.2),
        ("B", "subclass_of", "A", 0.75),  # two papers; A is a part of B by one
    ]


def test_evidence_shows_what_was_read_against_a_fact(disputed):
    sql = """
        SELECT paper_id, reading, score, reading_score FROM evidence
        WHERE subject_id = 'pg:method/b' AND predicate = 'subclass_of' ORDER BY paper_id, reading"""
    assert rows(disputed, sql) == [
        ("one", "<- part_of", 0.6, 0.6),
        ("three", "subclass_of", 0.5, None),
        ("two", "subclass_of", 0.5, None),
    ]
    sql = "SELECT DISTINCT reading, reading_score FROM evidence WHERE predicate = 'used_for' ORDER BY ALL"
    assert rows(disputed, sql) == [("<- used_for", 0.5), ("synonym_of", 0.3), ("used_for", None)]


def test_disputes_are_the_readings_that_no_triple_has(disputed):
    sql = "SELECT predicate, score, reading, other_predicate, other_score, other_n_papers FROM disputes ORDER BY ALL"
    assert rows(disputed, sql) == [
        ("compared_with", 0.7, "<- part_of", "part_of", 0.2, 1),
        ("subclass_of", 0.75, "<- part_of", "part_of", 0.6, 1),
        ("used_for", 0.8, "<- used_for", "used_for", 0.5, 1),
        ("used_for", 0.8, "synonym_of", "synonym_of", 0.3, 1),
    ]


def test_every_triple_has_its_evidence(graph):
    counted = """
        SELECT count(*) FROM triples JOIN (
            SELECT subject_id, predicate, object_id, count(*) AS n FROM evidence WHERE reading = predicate GROUP BY ALL
        ) USING (subject_id, predicate, object_id) WHERE n = n_mentions"""
    assert rows(graph, counted) == rows(graph, "SELECT count(*) FROM triples")
    assert rows(graph, "SELECT sentence, model, start_char, page FROM evidence WHERE predicate = 'evaluated_on'") == [
        (GPT[0].text, "rel-1", 0, 0)
    ]


def test_evidence_of_a_result_names_paper_and_mention(graph):
    result = Mention(BERT[0].text.index("93.2%"), BERT[0].text.index("93.2%") + 5, "Result", 1.0)
    assert rows(graph, "SELECT object_id FROM evidence WHERE predicate = 'achieves' AND paper_id = 'bert'") == [
        (f"bert/{result.mention_id}",)
    ]


def test_symmetric_relations_are_those_of_the_records(graph):
    define_views(graph)  # reading the facts themselves
    sql = graph.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'facts'").fetchone()[0]
    for name in records.SYMMETRIC_RELATIONS:
        assert f"'{name}'" in sql
    assert len(re.findall("'[a-z_]+_(?:of|with|on|by|for)'", sql)) == len(records.SYMMETRIC_RELATIONS)


PRINTED = {  # as printed: (value, unit)
    "84.2%": (84.2, "%"),
    "84.2 %": (84.2, "%"),
    "84.2 percent": (84.2, "%"),
    "28.4 BLEU": (28.4, "BLEU"),
    "28.4 ± 0.2 BLEU": (28.4, "BLEU"),
    "84.2±0.3%": (84.2, "%"),
    "85.3 (±0.2) F1": (85.3, "F1"),
    "0.912": (0.912, None),
    ".912": (0.912, None),
    "−0.5": (-0.5, None),
    "1,234": (1234.0, None),
    "1,234,567 parameters": (1234567.0, "parameters"),
    "84,2": (84.2, None),
    "1e-5": (1e-5, None),
    "1.2e-3": (0.0012, None),
    "2.1·10−2": (0.021, None),
    "5 × 10^-4 m": (5e-4, "m"),
    "F1 of 93.2": (93.2, None),
    "BLEU-4 of 28.1": (28.1, None),
    "R@1 45.2": (45.2, None),
    "84.2/83.1": (84.2, None),
    "93.2†": (93.2, None),
    "3.5x": (3.5, "x"),
    "(84.2).": (84.2, None),
    "state of the art": (None, None),
    "": (None, None),
}


@pytest.mark.parametrize(("printed", "expected"), PRINTED.items(), ids=PRINTED.keys())
def test_value_and_unit_of_a_result(graph, printed, expected):
    assert graph.execute("SELECT result_value(?), result_unit(?)", [printed, printed]).fetchone() == expected


def test_every_table_view_and_column_is_explained(graph):
    unexplained = """
        SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND NOT internal AND NOT temporary
        UNION ALL SELECT view_name FROM duckdb_views() WHERE comment IS NULL AND NOT internal AND NOT temporary"""
    assert graph.execute(unexplained).fetchall() == []
    sql = """
        SELECT table_name, column_name FROM duckdb_columns()
        WHERE comment IS NULL AND NOT internal AND database_name NOT IN ('temp', 'system')"""
    assert graph.execute(sql).fetchall() == []


def test_measure_behind_a_number_is_its_unit(tmp_path):
    relations = [("T5", "achieves", "28.4", 0.9), ("T5", "achieves", "91%", 0.9)]
    entities = {"T5": "Method", "28.4": "Result", "BLEU": "Metric", "91%": "Result", "accuracy": "Metric"}
    paper = make_paper("unit", "T5 gets 28.4 BLEU and 91% accuracy.", entities, relations)
    with open_graph(tmp_path / "graph.duckdb") as connection:
        load_shard(connection, run_id="r", **write_shards(tmp_path / "shards", paper))
        assert rows(connection, "SELECT value, unit FROM results ORDER BY value") == [(28.4, "BLEU"), (91.0, "%")]


def test_every_view_can_be_read_twice_in_a_query(tmp_path):
    """DuckDB 2.0 answers some unions that hold the same joins twice wrongly; here pandas puts the rows together.

    The views are asked as any client asks them, and while they are not kept in tables.
    """
    with open_graph(tmp_path / "graph.duckdb") as own:
        load_shard(own, run_id="r", **write_shards(tmp_path / "s", BERT, GPT, _front_matter()))
    with duckdb.connect(tmp_path / "graph.duckdb", read_only=True) as client:
        views = client.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL").fetchall()
        assert len(views) > 10
        for (view,) in views:
            frame = client.table(view).df()
            described = client.execute(f"DESCRIBE {view}").fetchall()
            texts = [column for column, kind, *_ in described if kind == "VARCHAR" and not column.endswith("_id")]
            for one, other in combinations(texts, 2):
                sql = f'SELECT "{one}" FROM {view} UNION ALL SELECT "{other}" FROM {view}'  # noqa: S608
                found = client.execute(sql).df().iloc[:, 0]
                expected = pandas.concat([frame[one], frame[other]])
                assert sorted(found.fillna("")) == sorted(expected.fillna("")), (view, one, other)
