"""Registries read from files written here after their official documentation."""

import bz2
import gzip
import io
import json
import tarfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linking.sources import KBSourceFile, read_source, source_version
from linking.sources.table import parse_mapping
from schemas.errors import KnowledgeBaseError

INSTITUTION = {
    "id": "https://openalex.org/I1", "ror": "https://ror.org/0zz0001", "display_name": "University of Quellbach",
    "display_name_acronyms": ["UQB"], "display_name_alternatives": ["Universität Quellbach"], "type": "education",
    "country_code": "DE", "geo": {"city": "Quellbach", "region": None, "country": "Germany"}, "works_count": 12,
    "associated_institutions": [{"id": "https://openalex.org/I9", "ror": None, "relationship": "parent"}],
    "created_date": "2022-07-01",
}  # fmt: skip
AUTHOR = {
    "id": "https://openalex.org/A7", "orcid": "https://orcid.org/0000-0001-2345-6789", "display_name": "Ada Quill",
    "display_name_alternatives": ["A. Quill", "Ada Quill"], "works_count": 3,
    "affiliations": [{"institution": {k: INSTITUTION[k] for k in ("id", "ror", "display_name")}, "years": [2024]}],
    "last_known_institutions": [], "topics": [{"display_name": "Optics of Lamps", "count": 3}],
}  # fmt: skip


def write_openalex(folder):
    for entity, row in (("institutions", INSTITUTION), ("authors", AUTHOR)):
        part = folder / "data" / entity / "updated_date=2026-01-20" / "part_000.gz"
        part.parent.mkdir(parents=True)
        part.write_bytes(gzip.compress(json.dumps(row).encode() + b"\n"))
    (folder / "RELEASE_NOTES.txt").write_text("NOTES\nRELEASE 2026-02-03\n- new\nRELEASE 2026-01-15\n")
    return folder


def read(kind, path, mapping=None):
    source = KBSourceFile(kind, path, mapping)
    return list(read_source(source)), source_version(source)


def test_openalex(tmp_path):
    (place, person), version = read("openalex", write_openalex(tmp_path))
    assert (place.entity_id, place.acronyms, place.country, place.kinds) == (
        "ror:0zz0001", ("UQB",), "Germany", ("education",))  # fmt: skip
    assert place.parents == ("openalex:I9",)
    assert (person.entity_id, person.label, person.aliases) == ("orcid:0000-0001-2345-6789", "Author", ("A. Quill",))
    assert (person.parents, person.affiliations) == (("ror:0zz0001",), ("University of Quellbach",))
    assert person.description == "Optics of Lamps"
    assert version == "2026-02-03"
    with pytest.raises(KnowledgeBaseError, match="give the folder of an OpenAlex snapshot"):
        read("openalex", tmp_path / "data" / "authors" / "updated_date=2026-01-20" / "nothing")


def test_openalex_as_of_a_day_leaves_out_later_institutions_but_no_people(tmp_path):
    path = write_openalex(tmp_path)
    kept = {day: [e.label for e in read_source(KBSourceFile("openalex", path, as_of=date(2022, *day)))]
            for day in ((6, 30), (7, 1))}  # fmt: skip
    assert kept == {(6, 30): ["Author"], (7, 1): ["Institution", "Author"]}


def test_sources_that_tell_no_days_cannot_be_asked_as_of_one(tmp_path):
    with pytest.raises(KnowledgeBaseError, match="wikidata does not tell when a record was made"):
        KBSourceFile("wikidata", tmp_path, as_of=date(2022, 6, 30))


def item(identity, **claims):
    return {
        "type": "item", "id": identity, "labels": {"en": {"language": "en", "value": f"Name of {identity}"}},
        "aliases": {"en": [{"language": "en", "value": "NOQ"}]}, "sitelinks": {"enwiki": {}},
        "descriptions": {"en": {"language": "en", "value": "a thing"}},
        "claims": {p: [{"mainsnak": {"datavalue": {"value": v}}, "rank": "normal"}] for p, v in claims.items()},
    }  # fmt: skip


@pytest.mark.parametrize(("name", "pack"), [("20260105-all.json.bz2", bz2.compress), ("x.json.gz", gzip.compress)])
def test_wikidata(tmp_path, name, pack):
    items = [
        item("Q1", P31={"id": "Q3918"}, P6782="0zz0001"),
        item("Q2", P31={"id": "Q8366"}),
        item("Q3", P31={"id": "Q5"}, P106={"id": "Q1650915"}, P108={"id": "Q1"}),
        item("Q4", P31={"id": "Q5"}),
        item("Q5", P17={"id": "Q3918"}),
    ]
    path = tmp_path / f"wikidata-{name}"
    path.write_bytes(pack(("[\n" + ",\n".join(map(json.dumps, items)) + "\n]\n").encode()))
    (school, method, person), version = read("wikidata", path)
    assert (school.entity_id, school.label, school.acronyms) == ("ror:0zz0001", "Institution", ("NOQ",))
    assert (method.entity_id, method.label, method.description) == ("wikidata:Q2", "Method", "a thing")
    assert (person.label, person.parents) == ("Author", ("wikidata:Q1",))
    assert version == ("2026-01-05" if name.startswith("2026") else "")


def test_cso(tmp_path):
    t, cso = "https://cso.kmi.open.ac.uk/topics/", "http://cso.kmi.open.ac.uk/schema/cso#"
    rows = [
        (f"<{t}machine_learning>", f"<{cso}superTopicOf>", f"<{t}neural_networks>"),
        (f"<{t}neural_networks>", f"<{cso}relatedEquivalent>", f"<{t}neural_network>"),
        (f"<{t}neural_network>", f"<{cso}preferentialEquivalent>", f"<{t}neural_networks>"),
        (f"<{t}neural_networks>", "<http://www.w3.org/2000/01/rdf-schema#label>", '"neural networks"@en .'),
    ]
    path = tmp_path / "CSO.3.4.1.csv"
    path.write_text("".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows))
    entries, version = read("cso", path)
    found = {entry.entity_id: entry for entry in entries}
    assert set(found) == {"cso:machine_learning", "cso:neural_networks"}
    entry = found["cso:neural_networks"]
    assert (entry.name, entry.aliases, entry.parents) == (
        "neural networks", ("neural network",), ("cso:machine_learning",))  # fmt: skip
    assert version == "3.4.1"


def test_papers_with_code(tmp_path):
    methods = [{"url": "https://paperswithcode.com/method/lgn", "name": "LGN", "full_name": "Lantern Graph Network",
                "description": "d", "num_papers": 5}]  # fmt: skip
    datasets = [{"url": "https://paperswithcode.com/dataset/harbour", "name": "Harbour", "full_name": "Harbour Scenes",
                 "variants": ["Harbour-3k"], "modalities": [], "num_papers": 2}]  # fmt: skip
    tables = [{"task": "Lamp Counting", "description": "", "synonyms": ["Counting Lamps"], "subtasks": [
        {"task": "Night Lamp Counting", "datasets": []}], "datasets": [
        {"dataset": "Harbour", "sota": {"metrics": ["Accuracy"], "rows": [{}]}}]}]  # fmt: skip
    found = []
    for name, rows in (("methods", methods), ("datasets", datasets), ("evaluation-tables", tables)):
        path = tmp_path / f"{name}.json.gz"
        path.write_bytes(gzip.compress(json.dumps(rows).encode()))
        found += read("pwc", path)[0]
    assert [(e.entity_id, e.label, e.aliases) for e in found[:3]] == [
        ("pwc:method/lgn", "Method", ("Lantern Graph Network",)),
        ("pwc:dataset/harbour", "Dataset", ("Harbour Scenes", "Harbour-3k")),
        ("pwc:task/lamp-counting", "Task", ("Counting Lamps",)),
    ]
    assert [(e.label, e.name) for e in found[3:]] == [
        ("Dataset", "Harbour"), ("Metric", "Accuracy"), ("Task", "Night Lamp Counting")]  # fmt: skip
    (tmp_path / "odd.json").write_text('[{"what": 1}]')
    with pytest.raises(KnowledgeBaseError, match="record 1 is no method"):
        read("pwc", tmp_path / "odd.json")


SUMMARY = """<?xml version="1.0" encoding="UTF-8"?>
<record:record path="/0000-0001-2345-6789" xmlns:record="http://www.orcid.org/ns/record"
  xmlns:common="http://www.orcid.org/ns/common" xmlns:person="http://www.orcid.org/ns/person"
  xmlns:pd="http://www.orcid.org/ns/personal-details" xmlns:on="http://www.orcid.org/ns/other-name"
  xmlns:activities="http://www.orcid.org/ns/activities" xmlns:employment="http://www.orcid.org/ns/employment"
  xmlns:keyword="http://www.orcid.org/ns/keyword">
 <common:orcid-identifier><common:path>0000-0001-2345-6789</common:path></common:orcid-identifier>
 <person:person>
  <person:name><pd:given-names>Ada</pd:given-names><pd:family-name>Quill</pd:family-name></person:name>
  <on:other-names><on:other-name><on:content>Ada B. Quill</on:content></on:other-name></on:other-names>
  <keyword:keywords><keyword:keyword><keyword:content>lamps</keyword:content></keyword:keyword></keyword:keywords>
 </person:person>
 <activities:activities-summary><activities:employments><activities:affiliation-group>
  <employment:employment-summary><common:organization><common:name>University of Quellbach</common:name>
   <common:disambiguated-organization>
    <common:disambiguated-organization-identifier>https://ror.org/0zz0001</common:disambiguated-organization-identifier>
    <common:disambiguation-source>ROR</common:disambiguation-source>
   </common:disambiguated-organization></common:organization></employment:employment-summary>
 </activities:affiliation-group></activities:employments></activities:activities-summary>
</record:record>"""


def test_orcid_summaries(tmp_path):
    path = tmp_path / "ORCID_2025_10_summaries.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        nameless = SUMMARY.replace("Ada", "").replace("Quill", "")
        for name, text in (("789/0000-0001-2345-6789.xml", SUMMARY), ("788/x.xml", nameless)):
            data = text.encode()
            member = tarfile.TarInfo(f"ORCID_2025_10_summaries/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    (person,), version = read("people", path)
    assert (person.entity_id, person.name, person.aliases) == (
        "orcid:0000-0001-2345-6789", "Ada Quill", ("Ada B. Quill",))  # fmt: skip
    assert (person.parents, person.affiliations) == (("ror:0zz0001",), ("University of Quellbach",))
    assert (person.kb, person.description, version) == ("orcid", "lamps", "2025-10")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(KnowledgeBaseError, match="get it again"):
        read("people", path)


def test_dblp(tmp_path):
    path = tmp_path / "dblp-2026-01-01.xml.gz"
    path.write_bytes(
        gzip.compress(b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE dblp SYSTEM "dblp.dtd">
<dblp>
<article key="journals/x/1"><author>Ada Quill</author><title>On &lt;lamps&gt;</title></article>
<www key="homepages/q/AdaQuill"><author>Ada Qu&iuml;ll 0002</author><author>A. Quill</author><title>Home Page</title>
<note type="affiliation">Universit&auml;t Quellbach</note><url>https://orcid.org/0000-0001-2345-6789</url></www>
<www key="homepages/m/Merged"><crossref>homepages/q/AdaQuill</crossref></www>
</dblp>""")
    )
    (person,), version = read("people", path)
    assert (person.entity_id, person.name, person.aliases) == (
        "orcid:0000-0001-2345-6789", "Ada Quïll", ("A. Quill",))  # fmt: skip
    assert (person.affiliations, person.kb, version) == (("Universität Quellbach",), "dblp", "2026-01-01")


def test_people_in_json_lines(tmp_path):
    path = tmp_path / "people.jsonl.gz"
    row = {"id": "p:1", "name": "Ada Quill 0002", "aliases": ["Ada B. Quill"], "affiliations": ["ror:1", "Ostby Lab"]}
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    (person,), _ = read("people", path)
    assert (person.name, person.parents, person.affiliations) == ("Ada Quill", ("ror:1",), ("Ostby Lab",))


def test_parquet_and_packed_tables(tmp_path):
    columns = {"code": ["L1"], "title": ["Lighthouse Lab"], "other": [["LHL"]]}
    pq.write_table(pa.table(columns), tmp_path / "labs.parquet")
    mapping = parse_mapping("entity_id=code,name=title,aliases=other,fixed_label=Institution")
    (entry,), _ = read("table", tmp_path / "labs.parquet", mapping)
    assert (entry.entity_id, entry.aliases, entry.kb) == ("L1", ("LHL",), "labs")
    (tmp_path / "labs.csv.gz").write_bytes(gzip.compress(b"id,name,type\nL1,Lighthouse Lab,Institution\n"))
    assert read("table", tmp_path / "labs.csv.gz")[0][0].name == "Lighthouse Lab"
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(KnowledgeBaseError, match="is no table"):
        read("table", tmp_path / "bad.parquet")


DAMAGED = {
    "cut off": ("people.jsonl.gz", gzip.compress(b'{"id": "p", "name": "A B"}\n' * 99)[:40], "ends too early"),
    "not packed": ("people.jsonl.gz", b'{"id": "p"}', "not packed as its name says"),
    "no JSON": ("people.jsonl", b"{", "line 1 is no JSON"),
    "no XML": ("dblp.xml", b"<dblp><www></dblp>", "is no DBLP XML"),
    "no dump": ("people.jsonl", b"[1]", "line 1 is no object"),
}


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_sources_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(KnowledgeBaseError, match=message):
        read("people", tmp_path / name)
    with pytest.raises(KnowledgeBaseError, match="check the path"):
        read("people", tmp_path / "absent.jsonl")
