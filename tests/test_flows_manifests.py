"""Manifests name papers and say what is known of them: each row is a paper or a failure."""

import hashlib
import json
import math
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.manifests import read_rows
from flows.sources import check_sources, count_files, list_sources
from schemas.errors import ConfigError
from schemas.records import Failure

ONE, TWO = b"%PDF-1.7 one", b"%PDF-1.7 two"
ROWS = [
    {"path": "a.pdf", "Title": "On  A", "DOI": "https://doi.org/10.1/a", "year": 2021.0, "venue": "ACL", "pages": 9},
    {"path": "b/c.pdf", "Title": None, "DOI": "doi:10.1/c", "year": math.nan, "venue": "", "pages": 8},
]
SAID = [
    {"title": "On A", "doi": "10.1/a", "year": 2021, "venue": "ACL", "pages": 9},
    {"doi": "10.1/c", "pages": 8},
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a.pdf").write_bytes(ONE)
    (tmp_path / "b" / "c.pdf").write_bytes(TWO)
    (tmp_path / "inbox").mkdir()
    return tmp_path


def write_manifest(path, rows):
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n\n" for row in rows))
    else:
        separator = ";" if path.suffix == ".csv" else "\t"
        cells = [list(rows[0]), *([("" if v is None or v != v else str(v)) for v in row.values()] for row in rows)]
        path.write_text("".join(separator.join(row) + "\r\n" for row in cells), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.parquet", "m.jsonl"])
def test_a_row_is_a_paper_with_what_is_said_of_it(folder, name):
    manifest = str(write_manifest(folder / name, ROWS))
    check_sources([manifest])
    found = list(list_sources([manifest], folder / "inbox"))
    assert [source.paper_id for source in found] == [hashlib.sha256(c).hexdigest()[:16] for c in (ONE, TWO)]
    assert [source.uri for source in found] == [str(folder / "a.pdf"), str(folder / "b" / "c.pdf")]
    said = [json.loads(source.metadata) for source in found]
    if name.endswith("sv"):  # a CSV file does not say what is a number
        said = [row | {"pages": int(row["pages"])} for row in said]
    assert said == SAID
    assert count_files([manifest]) == 2


def test_bad_rows_are_failures_that_say_where_and_why(folder):
    manifest = folder / "m.csv"
    manifest.write_text(
        'path,title\na.pdf,A\n,no path\nb/c.pdf,too,many\nmissing.pdf,M\nnosuch://x/y.pdf,N\nb,folder\n"open,quote\n'
    )
    first, *failures = list_sources([str(manifest)], folder / "inbox")
    assert json.loads(first.metadata) == {"title": "A"}
    assert [(failure.source, failure.message) for failure in failures[:2]] == [
        (f"{manifest}, line 3", "no path, url or file is given"),
        (f"{manifest}, line 4", "3 values under 2 column names"),
    ]
    for failure, told in zip(
        failures[2:], ["No such file", "no driver", "is a folder", "not readable as CSV"], strict=True
    ):
        assert told in failure.message
    assert count_files([str(manifest)]) == 1 + len(failures)


def test_what_an_open_quote_swallows_is_told(folder):
    manifest = folder / "m.csv"
    manifest.write_text('path,title\na.pdf,"two\nlines"\nb/c.pdf,"open\na.pdf,A\na.pdf,B\n')
    first, failure = list_sources([str(manifest)], folder / "inbox")
    assert json.loads(first.metadata) == {"title": "two lines"}
    assert failure.source == f"{manifest}, line 4"
    assert "Lines 4 to 6 are left out" in failure.message


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_table_in_another_encoding_is_refused(folder, encoding):
    manifest = folder / "m.csv"
    manifest.write_bytes("path,title\na.pdf,A\nb/c.pdf,Über\n".encode(encoding))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        check_sources([str(manifest)])


def test_bad_lines_of_json_are_failures(folder):
    manifest = folder / "m.jsonl"
    manifest.write_text('{"file": "a.pdf"}\n{"file"\n["a.pdf"]\n{"file": "a.pdf", "deep": [NaN]}\n{"title": "A"}\n')
    first, *failures = list_sources([str(manifest)], folder / "inbox")
    assert first.metadata == ""  # nothing is said, so nothing is changed
    assert all(isinstance(failure, Failure) for failure in failures)
    assert [failure.message.split(":")[0].split(" (")[0] for failure in failures] == [
        "not readable as JSON",
        "not a JSON object",
        "a value cannot be kept as JSON",
        "no path, url or file is given",
    ]


def test_a_url_counts_where_there_is_no_path_and_is_kept_where_there_is(folder):
    rows = [{"url": "https://x.org/a", "path": "a.pdf"}, {"url": "https://x.org/b", "path": None}]
    one, two = read_rows(write_manifest(folder / "m.parquet", rows))
    assert (one.path, json.loads(one.metadata)) == ("a.pdf", {"url": "https://x.org/a"})
    assert (two.path, json.loads(two.metadata)) == ("https://x.org/b", {})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2021", 2021),
        (2021, 2021),
        (2021.0, 2021),
        (date(2021, 5, 1), 2021),
        ("2021/05", 2021),
        ("in press", "in press"),
    ],
)
def test_a_year_is_a_number_where_it_is_one(folder, given, kept):
    [row] = read_rows(write_manifest(folder / "m.parquet", [{"path": "a.pdf", "year": given}]))
    assert json.loads(row.metadata) == {"year": kept}


WRONG = {
    "m.csv": ("pdf,title\na.pdf,A\n", "no column named path, url or file .* the columns are: pdf, title"),
    "n.csv": ("path,title\n", "no row"),
    "m.jsonl": ("no json\n", "no row"),
    "m.parquet": ("no parquet", "cannot be opened"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_manifest_that_names_no_papers_is_refused(folder, name):
    content, message = WRONG[name]
    (folder / name).write_text(content)
    with pytest.raises(ConfigError, match=message):
        check_sources([str(folder / name)])
