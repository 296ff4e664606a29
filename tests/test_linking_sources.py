"""Registries read from their own formats, on files made here."""

import json
from datetime import date

import pytest
from linking_examples import ORGANISATIONS, organisation, write_concepts, write_ror

from linking.sources import ColumnMapping, read_concepts, read_ror, read_starter, read_table, ror
from linking.sources.table import parse_mapping
from schemas.errors import KnowledgeBaseError


def test_ror_names_places_and_parents(tmp_path):
    entries = {entry.entity_id: entry for entry in read_ror(write_ror(tmp_path / "v9.1-ror.zip"))}
    first = entries["ror:0zz0001"]
    assert (first.name, first.aliases, first.acronyms) == (
        "University of Quellbach",
        ("Universität Quellbach",),
        ("UQB",),
    )
    assert (first.label, first.city, first.country, first.kb) == ("Institution", "Quellbach", "Germany", "ror")
    assert entries["ror:0zz0007"].parents == ("ror:0zz0001",)
    assert entries["ror:0zz0008"].aliases == ("Brightwater Systems",), "the country in brackets is no part of the name"


def test_ror_marks_what_is_not_active_or_only_named(tmp_path):
    known = organisation(1, "Quell Holding (Germany)", city="Quellbach", country="Germany")
    known["relationships"] = [
        {"type": "child", "id": "https://ror.org/0zz0008", "label": "Quell Works (Norway)"},
        {"type": "related", "id": "https://ror.org/0zz0009", "label": "Quell Museum"},
    ]
    closed = organisation(2, "Quell College", city="Quellbach", country="Germany", status="withdrawn")
    abroad = organisation(3, "Ostby Works", city="Ostby", country="Norway")
    abroad["relationships"] = [{"type": "related", "id": "https://ror.org/0zz0009", "label": "Quell Museum"}]
    entries = {entry.entity_id: entry for entry in read_ror(write_ror(tmp_path / "ror.zip", [known, closed, abroad]))}
    unlisted = {identity for identity, entry in entries.items() if ror.UNLISTED in entry.kinds}
    assert unlisted == {"ror:0zz0002", "ror:0zz0008", "ror:0zz0009"}
    works, museum = entries["ror:0zz0008"], entries["ror:0zz0009"]
    assert (works.aliases, works.country, works.parents) == (("Quell Works",), "Norway", ("ror:0zz0001",))
    assert (museum.country, museum.parents) == ("", ()), "those who name it are in two countries"


def test_ror_as_of_a_day_has_no_trace_of_later_records(tmp_path):
    older = organisation(1, "Quell Holding", city="Quellbach", country="Germany", made="2022-06-30")
    older["relationships"] = [{"type": "child", "id": "https://ror.org/0zz0002", "label": "Quell Works"}]
    later = organisation(2, "Quell Works", city="Quellbach", country="Germany", made="2022-07-01")
    later["relationships"] = [{"type": "related", "id": "https://ror.org/0zz0009", "label": "Quell Museum"}]
    undated = organisation(3, "Ostby Works", city="Ostby", country="Norway", parents=[2])
    del undated["admin"]
    path = write_ror(tmp_path / "ror.zip", [older, later, undated])
    assert [entry.entity_id for entry in read_ror(path, date(2022, 6, 30))] == ["ror:0zz0001", "ror:0zz0003"]
    assert len(list(read_ror(path, date(2022, 7, 1)))) == 4
    assert len(list(read_ror(path))) == 4


def test_ror_records_longer_than_a_chunk_and_letters_cut_by_it(tmp_path, monkeypatch):
    monkeypatch.setattr(ror, "CHUNK_CHARS", 7)
    path = write_ror(tmp_path / "ror.zip", ORGANISATIONS[:2])
    assert [entry.name for entry in read_ror(path)] == ["University of Quellbach", "Marlow Institute of Technology"]


def test_ror_version_is_in_the_file_name(tmp_path):
    assert ror.ror_version(tmp_path / "v1.66-2025-05-20-ror-data.zip") == "v1.66"
    assert ror.ror_version(tmp_path / "subset.zip") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"id": "https://ror.org/0zz0001", "name": "a v1 record"}]', "not ROR schema v2"),
        ('{"an": "object"}', "not a whole ROR dump"),
        (json.dumps([organisation(1, "A", city="B", country="C")])[:-30], "not a whole ROR dump"),
        ("", "not a whole ROR dump"),
    ],
    ids=["schema v1", "no array", "cut off", "empty"],
)
def test_ror_refuses_what_is_no_dump(tmp_path, content, message):
    (tmp_path / "ror.json").write_text(content)
    with pytest.raises(KnowledgeBaseError, match=message):
        list(read_ror(tmp_path / "ror.json"))


def test_ror_refuses_a_broken_zip_and_a_missing_file(tmp_path):
    (tmp_path / "ror.zip").write_bytes(b"PK no zip")
    with pytest.raises(KnowledgeBaseError, match="download it again"):
        list(read_ror(tmp_path / "ror.zip"))
    with pytest.raises(KnowledgeBaseError, match="no ROR dump at"):
        list(read_ror(tmp_path / "absent.zip"))


def test_concepts_tell_acronyms_from_aliases(tmp_path):
    row = {"id": "x:1", "type": "Method", "name": "Lantern Network", "aliases": ["LN", "lantern net"], "uses": 3}
    (entry,) = read_concepts(write_concepts(tmp_path / "c.jsonl", [row]))
    assert (entry.aliases, entry.acronyms, entry.prior) == (("lantern net",), ("LN",), 3.0)


SORTING = {"id": 1, "type": "Task", "name": "Sorting"}
WRONG = [{"id": "x:1", "type": "Planet", "name": "Mars"}, {"id": "x:1", "type": "Task"}, [1],
         SORTING | {"uses": "many"},
         SORTING | {"aliases": "order"}, SORTING | {"aliases": [{}, 1]}, SORTING | {"city": 3}]  # fmt: skip


def test_concepts_may_have_numbers_for_ids_and_half_characters(tmp_path):
    row = SORTING | {"aliases": [None, "half \ud835"], "acronyms": None}
    (entry,) = read_concepts(write_concepts(tmp_path / "c.jsonl", [row]))
    assert (entry.entity_id, entry.aliases, entry.acronyms) == ("1", ("half \N{REPLACEMENT CHARACTER}",), ())


@pytest.mark.parametrize("row", WRONG)
def test_concepts_name_the_line_that_is_wrong(tmp_path, row):
    path = write_concepts(tmp_path / "c.jsonl", [{"id": "x:0", "type": "Task", "name": "Sorting"}, row])
    with pytest.raises(KnowledgeBaseError, match="line 2"):
        list(read_concepts(path))


def test_table_by_column_mapping(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("code,title,other,town\nL1,Lighthouse Lab,LHL|Light Lab,Ostby\n", encoding="utf-8")
    mapping = parse_mapping("entity_id=code,name=title,aliases=other,city=town,fixed_label=Institution")
    (entry,) = read_table(path, mapping)
    assert (entry.entity_id, entry.name, entry.aliases) == ("L1", "Lighthouse Lab", ("LHL", "Light Lab"))
    assert (entry.city, entry.label, entry.kb) == ("Ostby", "Institution", "labs")


def test_table_in_json_lines(tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"id": "t1", "name": "Sorting", "type": "Task", "aliases": ["ordering"]}\n')
    assert [entry.aliases for entry in read_table(path)] == [("ordering",)]


def test_table_says_which_columns_it_has(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("code,title\nL1,Lighthouse Lab\n")
    with pytest.raises(KnowledgeBaseError, match=r"row 1.*it has the columns code, title"):
        list(read_table(path, ColumnMapping(fixed_label="Institution")))
    with pytest.raises(KnowledgeBaseError, match="no column mapping"):
        parse_mapping("nmae=title")


def test_starter_entries_are_whole_and_their_ids_differ():
    entries = list(read_starter())
    assert len({entry.entity_id for entry in entries}) == len(entries) >= 400
    assert {entry.label for entry in entries} == {"Institution", "Method", "Dataset", "Task", "Metric"}
    assert all(entry.city and entry.country for entry in entries if entry.label == "Institution")
    assert all(entry.entity_id.startswith(f"pg:{entry.label.lower()}/") for entry in entries)
