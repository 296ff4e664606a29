"""Loading shards into a real DuckDB: whole, idempotent, in any order."""

import subprocess
import sys
from dataclasses import replace

import pytest
from graph_papers import STAGES, dump, make_paper, write_shards

from schemas.errors import ShardError
from schemas.graph.database import open_graph
from schemas.graph.load import LoadCounts, load_shard, remove_papers, settle_entities
from schemas.records import (
    Abbreviation,
    Block,
    Failure,
    Line,
    Link,
    LinkedPaper,
    Mention,
    ParsedPaper,
    RelatedPaper,
    Relation,
    TaggedPaper,
)

BERT = make_paper(
    "bert",
    "BERT is evaluated on SQuAD. Bidirectional encoders help; BERT reaches 93.2% F1.",
    {"BERT": "Method", "SQuAD": "Dataset", "Bidirectional encoders": "Method", "93.2%": "Result", "F1": "Metric"},
    [("BERT", "evaluated_on", "SQuAD", 0.9), ("BERT", "achieves", "93.2%", 0.8), ("93.2%", "measured_by", "F1", 0.7)],
    entities={"SQuAD": ("pwc:squad", "Stanford QA Dataset", "pwc")},
)
GPT = make_paper(
    "gpt",
    "GPT and BERT on SQuAD and Squad.",
    {"GPT": "Method", "BERT": "Method", "SQuAD": "Dataset", "Squad": "Dataset"},
    [("GPT", "compared_with", "BERT", 0.6), ("BERT", "evaluated_on", "SQuAD", 0.5)],
    entities={
        "SQuAD": ("pwc:squad", "Stanford QA Dataset", "pwc"),
        "Squad": ("pwc:squad", "Stanford QA Dataset", "pwc"),
    },
)
LOWER = make_paper("low", "bert and bert", {"bert": "Method"})
BROKEN = Failure("", "x.pdf", "papers/x.pdf", "parse", "not_a_pdf", "a text file")


def loaded_papers(graph):
    """paper_id -> fingerprint."""
    return dict(graph.execute("SELECT paper_id, fingerprint FROM papers").fetchall())


def test_what_is_loaded_is_what_was_read(graph, tmp_path):
    counts = load_shard(graph, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "s", BERT, failures=[BROKEN]))
    assert counts == LoadCounts(n_loaded=1, n_unchanged=0, n_failed=1)
    assert graph.execute(
        "SELECT label, text, page, block_kind, entity_id FROM mentions ORDER BY start_char"
    ).fetchall()[:2] == [
        ("Method", "BERT", 0, "paragraph", "pg:method/bert"),
        ("Dataset", "SQuAD", 0, "paragraph", "pwc:squad"),
    ]
    assert graph.execute("SELECT title, doi, n_chars, status, run_id FROM papers").fetchall() == [
        ("On bert", None, 79, "loaded", "r1")
    ]
    assert graph.execute("SELECT source, error, run_id FROM failures").fetchall() == [
        ("papers/x.pdf", "not_a_pdf", "r1")
    ]
    assert loaded_papers(graph) == {"bert": "f1"}


def test_loading_twice_changes_nothing(graph, tmp_path):
    paths = write_shards(tmp_path / "s", BERT, GPT, failures=[BROKEN])
    load_shard(graph, run_id="r1", fingerprint="f1", **paths)
    settle_entities(graph)
    before, papers = dump(graph), graph.execute("FROM papers ORDER BY ALL").fetchall()
    assert load_shard(graph, run_id="r2", fingerprint="f1", **paths) == LoadCounts(0, 2, 1)
    settle_entities(graph)
    assert dump(graph) == before
    assert graph.execute("FROM papers ORDER BY ALL").fetchall() == papers  # ingested_at and run_id too


def test_connection_may_be_in_the_middle_of_an_answer(graph, tmp_path):
    graph.execute("FROM range(10)").fetchone()
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", BERT))
    settle_entities(graph)
    assert set(loaded_papers(graph)) == {"bert"}


def test_load_repeated_within_a_run_counts_as_loaded(graph, tmp_path):
    # the transaction was committed, but the process was killed before it could say so
    paths = write_shards(tmp_path / "s", BERT)
    load_shard(graph, run_id="r1", fingerprint="f1", **paths)
    assert load_shard(graph, run_id="r1", fingerprint="f1", **paths) == LoadCounts(1, 0, 0)


def test_without_fingerprint_a_paper_is_always_replaced(graph, tmp_path):
    paths = write_shards(tmp_path / "s", BERT)
    load_shard(graph, run_id="r1", **paths)
    assert load_shard(graph, run_id="r2", **paths) == LoadCounts(1, 0, 0)
    assert graph.execute("SELECT count(*), min(run_id) FROM papers").fetchall() == [(1, "r2")]


@pytest.mark.parametrize("order", [[LOWER, GPT, BERT], [GPT, LOWER, BERT]], ids=["reversed", "turned"])
def test_order_of_shards_does_not_matter(graph, tmp_path, order):
    load_shard(graph, run_id="r", **write_shards(tmp_path / "all", BERT, GPT, LOWER))
    settle_entities(graph)
    with open_graph(tmp_path / "other.duckdb") as other:
        for number, paper in enumerate(order):
            load_shard(other, run_id=str(number), **write_shards(tmp_path / str(number), paper))
        settle_entities(other)
        assert dump(other) == dump(graph)


def test_entity_goes_by_the_form_of_most_papers_or_its_registry_name(graph, tmp_path):
    load_shard(graph, run_id="r", **write_shards(tmp_path / "a", LOWER))
    load_shard(graph, run_id="r", **write_shards(tmp_path / "b", BERT, GPT))
    settle_entities(graph)
    names = dict(graph.execute("SELECT entity_id, name FROM entities").fetchall())
    assert names["pg:method/bert"] == "BERT"
    assert names["pwc:squad"] == "Stanford QA Dataset"
    # a paper's own form is what it prints
    assert graph.execute("SELECT name FROM paper_entities WHERE paper_id = 'low'").fetchall() == [("bert",)]


def test_replacing_a_paper_leaves_nothing_of_the_old_facts(graph, tmp_path):
    load_shard(graph, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "old", BERT, GPT))
    changed = make_paper("bert", "Nothing but ELMo.", {"ELMo": "Method"})
    load_shard(graph, run_id="r2", fingerprint="f2", **write_shards(tmp_path / "new", changed))
    settle_entities(graph)
    with open_graph(tmp_path / "fresh.duckdb") as fresh:
        load_shard(fresh, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "gpt", GPT))
        load_shard(fresh, run_id="r2", fingerprint="f2", **write_shards(tmp_path / "new", changed))
        settle_entities(fresh)
        assert dump(graph) == dump(fresh)
    assert graph.execute("SELECT count(*) FROM entities WHERE name = 'F1'").fetchall() == [(0,)]


def test_removing_and_adding_again_gives_the_same_graph(graph, tmp_path):
    paths = write_shards(tmp_path / "s", BERT, GPT)
    load_shard(graph, run_id="r1", **paths)
    settle_entities(graph)
    before = dump(graph)
    remove_papers(graph, ["bert"])
    settle_entities(graph)
    assert loaded_papers(graph) == {"gpt": ""}
    load_shard(graph, run_id="r2", **write_shards(tmp_path / "again", BERT))
    settle_entities(graph)
    assert dump(graph) == before


def test_failure_goes_when_the_paper_loads(graph, tmp_path):
    late = Failure("bert", "bert.pdf", "papers/bert.pdf", "link", "timeout", "took too long")
    parsed, tagged, related, _ = BERT
    paths = write_shards(tmp_path / "one", (parsed, tagged, related, None), failures=[late, BROKEN])
    assert load_shard(graph, run_id="r1", **paths) == LoadCounts(0, 0, 2)
    assert loaded_papers(graph) == {}
    assert load_shard(graph, run_id="r2", **write_shards(tmp_path / "two", BERT)) == LoadCounts(1, 0, 0)
    assert graph.execute("SELECT source FROM failures").fetchall() == [("papers/x.pdf",)]


def test_paper_that_fails_later_keeps_its_facts(graph, tmp_path):
    load_shard(graph, run_id="r1", fingerprint="f1", **write_shards(tmp_path / "one", BERT))
    failure = Failure("bert", "bert.pdf", "papers/bert.pdf", "parse", "timeout", "took too long")
    counts = load_shard(graph, run_id="r2", fingerprint="f2", **write_shards(tmp_path / "two", failures=[failure]))
    assert counts == LoadCounts(0, 0, 1)
    assert loaded_papers(graph) == {"bert": "f1"}
    assert graph.execute("SELECT error FROM failures").fetchall() == [("timeout",)]


def test_two_papers_of_one_name_are_two_failures(graph, tmp_path):
    """An archive may hold a name twice; the counts have to add up all the same."""
    first, second, third = (Failure(key, "x.pdf", "a.tar!/x.pdf", "parse", "damaged", "no") for key in "abc")
    parsed, tagged, related, linked = BERT
    whole = (replace(parsed, source=first.source), tagged, related, linked)
    for run_id in ("r1", "r2"):
        counts = [
            load_shard(
                graph, run_id=run_id, **write_shards(tmp_path / f"{run_id}-{number}", *papers, failures=failures)
            )
            for number, (papers, failures) in enumerate([([], [first, second]), ([whole], []), ([], [third])])
        ]
        assert sum(count.n_failed for count in counts) == 3
        assert sorted(graph.execute("SELECT paper_id, source, run_id FROM failures").fetchall()) == [
            ("a", "a.tar!/x.pdf", run_id),
            ("b", "a.tar!/x.pdf (b)", run_id),
            ("c", "a.tar!/x.pdf (c)", run_id),
        ]


def test_a_full_disk_is_told_as_such(tmp_path):
    """A limit on the size of files stands for it; DuckDB has no transaction left to roll back then."""
    code = (
        "import resource, sys\n"
        "from schemas.graph.database import open_graph\n"
        "from schemas.graph.load import transaction\n"
        "graph = open_graph(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        "with transaction(graph) as cursor:\n"
        "    sql = 'INSERT INTO entities (entity_id, label, name, kb) SELECT uuid(), ?, uuid(), ? FROM range(9999)'\n"
        "    cursor.execute(sql, ['Method', ''])"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "g"], capture_output=True, text=True, check=False)
    assert "Could not write file" in done.stderr
    assert "rollback" not in done.stderr


def test_empty_paper_is_loaded_as_empty(graph, tmp_path):
    load_shard(graph, run_id="r1", **write_shards(tmp_path / "s", make_paper("scan", "", {})))
    assert graph.execute("SELECT status, n_chars FROM papers").fetchall() == [("empty", 0)]


def test_spans_are_code_points_wherever_they_lie(graph, tmp_path):
    # around the borders of the pieces that texts are cut into, with all that makes characters hard to count
    filler = "\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT}ß\N{REGIONAL INDICATOR SYMBOL LETTER A}x\0" * 2000
    starts = [0, 1, 3990, 3999, 4000, 4001, 7999, 8000, len(filler) - 12]
    mentions = [Mention(start, start + 12, "Task", 0.5) for start in starts]
    mentions.append(Mention(100, 9000, "Method", 0.5))  # longer than a piece
    links = [Link(m.mention_id, "pg:x", "x", m.label, "", 1.0) for m in mentions]
    relation = Relation(mentions[0].mention_id, mentions[-1].mention_id, "part_of", 0.5, "", 3990, 9999)
    text_paper = ParsedPaper("p", "p", "p", filler, 1, (), (), ())
    records = (
        text_paper,
        TaggedPaper("p", tuple(mentions), (Abbreviation(4, 6, 4000, 4010),), ()),
        RelatedPaper("p", (relation,)),
        LinkedPaper("p", tuple(links)),
    )
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", records))
    for start, end, text in graph.execute("SELECT start_char, end_char, text FROM mentions").fetchall():
        assert text == filler[start:end]
    assert graph.execute("SELECT text FROM sentences").fetchall() == [(filler[3990:9999],)]
    assert graph.execute("SELECT short, long FROM abbreviations").fetchall() == [(filler[4:6], filler[4000:4010])]


def test_text_comes_back_from_its_blocks(graph, tmp_path):
    parsed, *others = make_paper("p", "A title \N{GRINNING FACE}\n\nTwo\nlines\n\nELMo.", {"ELMo": "Method"})
    spans = [(0, 9), (11, 20), (22, 27)]
    parsed = replace(parsed, blocks=tuple(Block(*span, "paragraph", 0, 0, 0, 1, 1) for span in spans))
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, *others)))
    assert graph.execute("SELECT text FROM texts").fetchall() == [(parsed.text,)]
    assert graph.execute("SELECT text FROM blocks ORDER BY start_char").fetchall() == [
        (parsed.text[start:end],) for start, end in spans
    ]


def test_text_comes_back_where_blocks_are_one_character_apart(graph, tmp_path):
    parsed, *others = make_paper(
        "p", "Ada Ex\nExample University\n\nWe goes on here\nFig. 1\n\nELMo.", {"ELMo": "Method"}
    )
    starts_and_kinds = [
        (0, "authors"),
        (7, "affiliations"),
        (27, "paragraph"),
        (35, "paragraph"),
        (43, "caption"),
        (51, "paragraph"),
    ]
    ends = [6, 25, 34, 42, 49, 56]
    blocks = tuple(
        Block(start, end, kind, 0, 0, 0, 1, 1) for (start, kind), end in zip(starts_and_kinds, ends, strict=True)
    )
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (replace(parsed, blocks=blocks), *others)))
    assert graph.execute("SELECT text FROM texts").fetchall() == [(parsed.text,)]


def test_page_is_that_of_the_line(graph, tmp_path):
    parsed, *others = make_paper("p", "BERT on one page, ELMo on the next", {"BERT": "Method", "ELMo": "Method"})
    lines = tuple(
        Line(start, end, page, 0, 0, 1, 1, 10, False, False) for start, end, page in [(0, 17, 3), (18, 34, 4)]
    )
    parsed = replace(parsed, lines=lines, blocks=(Block(0, 34, "paragraph", 3, 0, 0, 1, 1),))
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, *others)))
    assert graph.execute("SELECT text, page FROM mentions ORDER BY ALL").fetchall() == [("BERT", 3), ("ELMo", 4)]


def test_relation_read_twice_is_one_row_the_likeliest(graph, tmp_path):
    parsed, tagged, related, linked = BERT
    twice = replace(related, relations=(*related.relations, replace(related.relations[0], score=0.95)))
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, tagged, twice, linked)))
    assert graph.execute("SELECT score FROM relations WHERE label = 'evaluated_on'").fetchall() == [(0.95,)]


def test_relation_without_sentence_takes_what_lies_between_its_ends(graph, tmp_path):
    parsed, tagged, related, linked = BERT
    bare = replace(related, relations=(replace(related.relations[0], sentence_start_char=0, sentence_end_char=0),))
    load_shard(graph, run_id="r", **write_shards(tmp_path / "s", (parsed, tagged, bare, linked)))
    assert graph.execute("SELECT sentence FROM evidence").fetchall() == [("BERT is evaluated on SQuAD",)]


def _faulty(stage, **changes):
    records = dict(zip(STAGES, BERT, strict=True))
    records[stage] = replace(records[stage], **changes) if changes else None
    return [tuple(records.values())]


LINKS = BERT[3].links
FAULTS = {
    "neither went through all stages nor failed": _faulty("linked"),
    "the same paper twice": [BERT, BERT],
    "a span beyond the end of its text": _faulty("parsed", text="short", blocks=()),
    "a mention without an entity": _faulty("linked", links=LINKS[1:]),
    "a mention or a link twice": _faulty("linked", links=(*LINKS, LINKS[0])),
    "a link of a mention that is not there": _faulty(
        "linked", links=(*LINKS, replace(LINKS[0], mention_id="0-2-Method"))
    ),
    "a relation of a mention that is not there": _faulty(
        "related", relations=(replace(BERT[2].relations[0], tail_id="0-2-Method"),)
    ),
}


@pytest.mark.parametrize(("message", "papers"), FAULTS.items(), ids=FAULTS.keys())
def test_shards_that_do_not_fit_are_refused_whole(graph, tmp_path, message, papers):
    load_shard(graph, run_id="r", fingerprint="f", **write_shards(tmp_path / "good", GPT))
    before = dump(graph)
    with pytest.raises(ShardError, match=rf"{message} \(papers bert\).*linked\.parquet"):
        load_shard(graph, run_id="r", **write_shards(tmp_path / "bad", *papers, GPT))
    assert dump(graph) == before
    load_shard(graph, run_id="r", **write_shards(tmp_path / "next", BERT))  # the connection is still of use
    assert set(loaded_papers(graph)) == {"bert", "gpt"}


def test_broken_shard_is_named_and_loads_nothing(graph, tmp_path):
    paths = write_shards(tmp_path / "s", BERT)
    paths["related"].write_bytes(paths["related"].read_bytes()[:-20])
    with pytest.raises(ShardError, match=r"related\.parquet"):
        load_shard(graph, run_id="r", **paths)
    assert loaded_papers(graph) == {}


def test_folder_with_wildcards_in_its_name(graph, tmp_path):
    assert load_shard(graph, run_id="r", **write_shards(tmp_path / "[a]*?", BERT)).n_loaded == 1
