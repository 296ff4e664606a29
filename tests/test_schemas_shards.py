"""Shards: what is written is what is read, whole or not at all."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ShardError
from schemas.records import (
    Abbreviation,
    Block,
    Failure,
    Line,
    Link,
    LinkedPaper,
    Mention,
    ParsedPaper,
    Relation,
    Source,
    Span,
    TaggedPaper,
)
from schemas.shards import read_shard, write_shard

PARSED = ParsedPaper(
    paper_id="0123456789abcdef",
    file_name="a.pdf",
    source="dump.tar!/a.pdf",
    text="Ünïcode \N{GRINNING FACE} e\N{COMBINING ACUTE ACCENT}\x00 text",
    n_pages=2,
    blocks=(Block(0, 7, "title", 0, 0.1, 1 / 3, 2.5, 1e-9), Block(9, 12, "paragraph", 1, 0.0, 0.0, 1.0, 1.0)),
    lines=(Line(0, 7, 0, 0.1, 0.2, 0.3, 0.4, 9.96, True, False),),
    superscripts=(Span(3, 4),),
    year=2026,
)
BARE = ParsedPaper("fedcba9876543210", "b.pdf", "b.pdf", "", 1, (), (), ())
FAILURE = Failure("", "c.pdf", "c.pdf", "parse", "not_a_pdf", "this is a text file")

text = st.text(max_size=20)
scores = st.floats(0, 1) | st.just(float("inf"))
spans = st.tuples(st.integers(0, 2**40), st.integers(1, 2**20)).map(lambda pair: (pair[0], sum(pair)))
mentions = st.builds(lambda span, label, score, model: Mention(*span, label, score, model), spans, text, scores, text)
relations = st.builds(Relation, text, text, text, scores, text, st.integers(0), st.integers(0, 9))
abbreviations = st.builds(Abbreviation, *[st.integers(0, 2**40)] * 4)
tagged_papers = st.builds(
    TaggedPaper,
    text,
    st.lists(mentions, max_size=4).map(tuple),
    st.lists(abbreviations, max_size=2).map(tuple),
    st.lists(relations.filter(lambda r: r.sentence_start_char < 2**63), max_size=2).map(tuple),
)
parsed_papers = st.builds(
    lambda paper_id, text, year, scanned: ParsedPaper(
        paper_id, "f", "s", text, 1, (), (), (), year=year, scanned=scanned
    ),
    text,
    st.text(st.characters(codec="utf-8")),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
)
failures = st.builds(Failure, *[text] * 6)


def test_records_and_failures_come_back_as_they_were(tmp_path):
    path = tmp_path / "one.parquet"
    assert write_shard(path, ParsedPaper, iter([PARSED, FAILURE, BARE])) == ([PARSED, BARE], [FAILURE])
    assert read_shard(path, ParsedPaper) == ([PARSED, BARE], [FAILURE])


@settings(max_examples=40, deadline=None)
@given(items=st.lists(tagged_papers | failures, max_size=5))
def test_round_trip_of_any_tagged_papers(items, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tagged.parquet"
    write_shard(path, TaggedPaper, items)
    records, failed = read_shard(path, TaggedPaper)
    assert records == [item for item in items if isinstance(item, TaggedPaper)]
    assert failed == [item for item in items if isinstance(item, Failure)]


@settings(max_examples=40, deadline=None)
@given(items=st.lists(parsed_papers, max_size=5))
def test_round_trip_of_any_parsed_papers(items, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "parsed.parquet"
    write_shard(path, ParsedPaper, items)
    assert read_shard(path, ParsedPaper) == (items, [])


def test_empty_shard(tmp_path):
    assert write_shard(tmp_path / "empty", LinkedPaper, []) == ([], [])
    assert read_shard(tmp_path / "empty", LinkedPaper) == ([], [])


def test_lone_surrogates_are_replaced_one_for_one(tmp_path):
    write_shard(tmp_path / "shard", Source, [Source("p", "a\ud800b", "p", 1), Source("q", "fine", "q", 2)])
    assert [source.uri for source in read_shard(tmp_path / "shard", Source)[0]] == ["a\ufffdb", "fine"]


def test_optional_records(tmp_path):
    items = [Note("a", None, None), Note("b", Span(1, 2), (Span(3, 4), Span(5, 6))), Note("c", None, ())]
    write_shard(tmp_path / "shard", Note, items)
    assert read_shard(tmp_path / "shard", Note)[0] == items


@dataclass(frozen=True, slots=True)
class Note:
    """A record with each kind of optional field."""

    name: str
    where: Span | None
    more: tuple[Span, ...] | None


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_truncated_shard_is_named(tmp_path, kept):
    path = tmp_path / "cut.parquet"
    write_shard(path, ParsedPaper, [PARSED])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ShardError, match=r"cut\.parquet"):
        read_shard(path, ParsedPaper)


def test_flipped_bit_is_found(tmp_path):
    path = tmp_path / "flipped.parquet"
    write_shard(path, ParsedPaper, [ParsedPaper("p", "f", "s", "".join(map(chr, range(32, 8000))), 1, (), (), ())])
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(ShardError, match=r"flipped\.parquet"):
        read_shard(path, ParsedPaper)


def test_missing_shard_is_named(tmp_path):
    with pytest.raises(ShardError, match="nowhere"):
        read_shard(tmp_path / "nowhere", ParsedPaper)


def test_shard_of_another_record_type_is_refused(tmp_path):
    write_shard(tmp_path / "shard", ParsedPaper, [PARSED])
    with pytest.raises(ShardError, match="not a shard of LinkedPaper"):
        read_shard(tmp_path / "shard", LinkedPaper)


def test_item_of_another_type_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(TypeError, match="a shard of LinkedPaper cannot hold a ParsedPaper"):
        write_shard(tmp_path / "shard", LinkedPaper, [PARSED])
    assert list(tmp_path.iterdir()) == []


def test_failed_write_keeps_the_old_shard_and_no_temporary_file(tmp_path):
    path = tmp_path / "shard"
    write_shard(path, Source, [Source("p", "u", "p", 1)])
    with pytest.raises(OverflowError):
        write_shard(path, Source, [Source("p", "u", "p", 2**70)])
    assert read_shard(path, Source)[0] == [Source("p", "u", "p", 1)]
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import sys
from schemas.records import Source
from schemas.shards import write_shard
while True:
    write_shard(sys.argv[1], Source, [Source("p", "u" * 100, "p", n) for n in range(2000)])
    print("written", flush=True)
"""


def test_killed_writer_leaves_a_whole_shard(tmp_path):
    path = tmp_path / "shard"
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    with writer, writer.stdout:
        writer.stdout.readline()
        time.sleep(0.05)
        os.kill(writer.pid, signal.SIGKILL)
    assert len(read_shard(path, Source)[0]) == 2000


def test_thousands_of_links_take_milliseconds(tmp_path):
    links = tuple(Link(f"{n}-{n + 1}-Method", f"pwc:{n}", "name", "Method", "pwc", n / 7, "v1") for n in range(20_000))
    start = time.perf_counter()
    write_shard(tmp_path / "shard", LinkedPaper, [LinkedPaper("p", links)])
    records, _ = read_shard(tmp_path / "shard", LinkedPaper)
    assert records == [LinkedPaper("p", links)]
    assert time.perf_counter() - start < 5  # about 0.05 s on an idle core
