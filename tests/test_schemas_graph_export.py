"""Exports are read by real readers and say what the views say."""

import csv
import json
import re

import networkx as nx
import pyarrow.dataset as ds
import pytest
import rdflib
from graph_papers import make_paper, write_shards
from sample_graph import load_samples

from schemas.errors import ConfigError
from schemas.graph.database import open_graph
from schemas.graph.export.names import BASE, Names
from schemas.graph.export.write import ExportFormat, export_graph
from schemas.graph.load import load_shard, settle_entities

NASTY = 'A "quoted" \\ <b>&amp; \n \u0001 \ud83d\ude00 name | x'.encode("utf-16", "surrogatepass").decode("utf-16")
PAPER = make_paper(
    "nasty",
    f"{NASTY} on SQuAD at MIT, Aaa or Bbb.",
    {NASTY: "Method", "SQuAD": "Dataset", "MIT": "Institution", "Aaa": "Institution", "Bbb": "Institution"},
    [(NASTY, "evaluated_on", "SQuAD", 0.9)],
    entities={
        "MIT": ("ror:042nb2s44", "MIT", "ror"),
        NASTY: ("pg:method/<a b>'\"", NASTY, ""),
        "Aaa": ("lab:a b", "Aaa", "labs"),  # two ids that differ in a line break only
        "Bbb": ("lab:a\nb", "Bbb", "labs"),
    },
)
RDFLIB_ITSELF = pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")  # in its own parsers
PREFIXES = f"""
    PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX schema: <https://schema.org/>
    PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX pg: <{Names().vocabulary}>
    PREFIX np: <http://www.nanopub.org/nschema#>"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    with open_graph(folder / "graph.duckdb") as connection:
        load_samples(connection)
        load_shard(connection, run_id="r", **write_shards(folder / "s", PAPER))
        connection.execute("UPDATE papers SET doi = '10.1000/a(b)<c>' WHERE paper_id = 'nasty'")
        settle_entities(connection)
        yield connection


def count(graph, table):
    return graph.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608


@pytest.fixture(scope="module")
def rdf(graph, tmp_path_factory):
    out = tmp_path_factory.mktemp("rdf") / "graph.ttl"
    export_graph(graph, ExportFormat.rdf, out)
    return rdflib.Graph().parse(out, format="turtle")


def test_sparql_answers_as_sql_does(graph, rdf):
    sparql = rdf.query(f"""{PREFIXES}
        SELECT ?subject ?object ?papers ?mentions ?score WHERE {{
            ?fact a rdf:Statement ; rdf:predicate pg:evaluated_on ; rdf:subject [schema:identifier ?subject] ;
                rdf:object [schema:identifier ?object] ; pg:papers ?papers ; pg:mentions ?mentions ; pg:score ?score
        }}""")
    sql = "SELECT subject_id, object_id, n_papers, n_mentions, score FROM triples WHERE predicate = 'evaluated_on'"
    assert sorted(tuple(value.toPython() for value in row) for row in sparql) == sorted(graph.execute(sql).fetchall())


def test_facts_are_stated_as_such_too(graph, rdf):
    stated = rdf.query(f"""{PREFIXES} SELECT ?person ?place WHERE {{
        ?a schema:affiliation ?b . ?a schema:name ?person . ?b schema:name ?place }}""")
    sql = "SELECT subject, object FROM triples WHERE predicate = 'affiliated_with'"
    assert sorted((str(a), str(b)) for a, b in stated) == sorted(graph.execute(sql).fetchall())


RDF_COUNTS = {  # class: what it counts
    "schema:ScholarlyArticle": "papers",
    "schema:Person": "(FROM entities WHERE label = 'Author')",
    "schema:Organization": "(FROM entities WHERE label = 'Institution')",
    "rdf:Statement": "triples",
    "pg:Result": "results",
    "pg:Evidence": "(FROM evidence WHERE predicate NOT IN ('achieves', 'measured_by', 'measured_on'))",
    "prov:Activity": "runs",
}


@pytest.mark.parametrize(("kind", "table"), RDF_COUNTS.items(), ids=RDF_COUNTS.keys())
def test_there_are_as_many_as_in_the_views(graph, rdf, kind, table):
    ((found,),) = rdf.query(f"{PREFIXES} SELECT (count(DISTINCT ?x) AS ?n) WHERE {{ ?x a {kind} }}")
    assert found.toPython() == count(graph, table)


def test_evidence_leads_to_sentence_paper_model_and_run(graph, rdf):
    found = rdf.query(f"""{PREFIXES}
        SELECT ?sentence ?page WHERE {{
            ?e pg:supports [rdf:subject [schema:name "SLN"] ; rdf:object [schema:name "MNLI"]] ; schema:text ?sentence ;
                pg:page ?page ; prov:wasDerivedFrom [a schema:ScholarlyArticle] ;
                prov:wasAttributedTo [a prov:SoftwareAgent] ; prov:wasGeneratedBy [a prov:Activity]
        }}""")
    sql = """
        SELECT sentence, page FROM evidence WHERE subject_id IN (SELECT entity_id FROM named('SLN'))
        AND object_id IN (SELECT entity_id FROM named('MNLI'))"""
    assert sorted((str(s), p.toPython()) for s, p in found) == sorted(graph.execute(sql).fetchall())


def test_known_things_have_the_addresses_of_their_registries(rdf):
    schema = rdflib.Namespace("https://schema.org/")
    assert str(rdf.value(rdflib.URIRef("https://ror.org/042nb2s44"), schema.name)) == "MIT"
    assert (rdflib.URIRef("https://doi.org/10.1000/a(b)%3Cc%3E"), None, None) in rdf


def test_text_comes_through_unharmed(graph, rdf):
    names = {str(name) for name in rdf.objects(None, rdflib.URIRef("https://schema.org/name"))}
    ((name,),) = graph.execute("SELECT name FROM entities WHERE starts_with(entity_id, 'pg:method/<a')").fetchall()
    assert name in names


@RDFLIB_ITSELF
def test_jsonld_is_the_same_graph_as_turtle(graph, rdf, tmp_path):
    export_graph(graph, ExportFormat.jsonld, tmp_path / "graph.jsonld")
    other = rdflib.Graph().parse(tmp_path / "graph.jsonld", format="json-ld")

    def named(triples):
        return {triple for triple in triples if not any(isinstance(part, rdflib.BNode) for part in triple)}

    assert named(other) == named(rdf)
    assert len(other) == len(rdf)
    json.loads((tmp_path / "graph.jsonld").read_text(encoding="utf-8"))


@RDFLIB_ITSELF
def test_each_triple_is_a_nanopublication(graph, tmp_path):
    export_graph(graph, ExportFormat.nanopub, tmp_path / "graph.trig", base="https://example.org/statement-g/")
    dataset = rdflib.Dataset()
    dataset.parse(tmp_path / "graph.trig", format="trig")
    parts = list(
        dataset.query(f"""{PREFIXES} SELECT ?np ?a ?p ?i ?h WHERE {{ GRAPH ?h {{ ?np a np:Nanopublication ;
        np:hasAssertion ?a ; np:hasProvenance ?p ; np:hasPublicationInfo ?i }} }}""")
    )
    assert len(parts) == count(graph, "triples")
    for this, assertion, provenance, info, head in parts:
        assert len(dataset.graph(assertion)) == 1
        assert dataset.graph(provenance).value(assertion, rdflib.PROV.wasDerivedFrom)
        assert dataset.graph(info).value(this, rdflib.DCTERMS.created)
        assert len({this, assertion, provenance, info, head}) == 5


def test_networkx_reads_the_graphml(graph, tmp_path):
    export_graph(graph, ExportFormat.graphml, tmp_path / "graph.graphml")
    read = nx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert read.number_of_nodes() == count(graph, "entities")
    edges = [(a, d["predicate"], b, d["n_papers"], d["score"]) for a, b, d in read.edges(data=True)]
    sql = "SELECT subject_id, predicate, object_id, n_papers, score FROM triples"
    assert sorted(edges) == sorted(graph.execute(sql).fetchall())
    assert read.nodes["ror:042nb2s44"]["name"] == "MIT"


def test_neo4j_files_follow_the_format_of_its_bulk_import(graph, tmp_path):
    out = tmp_path / "neo4j"
    export_graph(graph, ExportFormat.neo4j, out)
    field = re.compile(r"\w*(:(ID|START_ID|END_ID)\(\w+\)|:LABEL|:TYPE|:long|:double)?")
    ids, ends = {}, []
    for path in sorted(out.glob("*.csv"), reverse=True):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)  # one line a row: no --multiline-fields
        header, *rows = list(csv.reader(text.splitlines()))
        assert all(field.fullmatch(name) for name in header), header
        assert all(len(row) == len(header) for row in rows)
        for position, name in enumerate(header):
            values = [row[position] for row in rows]
            if ":ID(" in name:
                assert len(set(values)) == len(values)
                ids[name.split("(")[1]] = set(values)
            elif "_ID(" in name:
                ends.append((name.split("(")[1], values))
            elif name.endswith((":long", ":double")):
                assert all(float(value) >= 0 for value in values if value)
            elif name in (":TYPE", ":LABEL"):
                assert all(values)
        assert f"={path.name}" in (out / "import.txt").read_text(encoding="utf-8")
    assert all(set(values) <= ids[space] for space, values in ends)
    assert {"lab:a b", "lab:a%0Ab"} <= ids["Entity)"]
    assert (out / "import.txt").read_text(encoding="utf-8").startswith("neo4j-admin database import full neo4j --")
    for name, table in {
        "entities": "entities",
        "papers": "papers",
        "facts": "triples",
        "authors": "authors",
        "mentions": "paper_entities",
    }.items():
        assert len((out / f"{name}.csv").read_text(encoding="utf-8").splitlines()) - 1 == count(graph, table)


def test_parquet_has_all_rows_in_partitions(graph, tmp_path):
    counts = export_graph(graph, ExportFormat.parquet, tmp_path / "out")
    for view, n_rows in counts.items():
        table = ds.dataset(tmp_path / "out" / view, partitioning="hive").to_table()
        assert table.num_rows == n_rows == count(graph, view)
    assert (tmp_path / "out" / "triples" / "predicate=evaluated_on").is_dir()
    read = f"FROM read_parquet('{tmp_path}/out/triples/**/*.parquet', hive_partitioning = true)"
    columns = "subject_id, predicate, object_id, n_papers, score"
    sql = f"SELECT {columns} FROM ({read}) EXCEPT SELECT {columns} FROM triples"  # noqa: S608
    assert graph.execute(sql).fetchall() == []


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_nothing_is_replaced_unless_told(graph, tmp_path, export_format):
    out = tmp_path / "out"
    export_graph(graph, export_format, out)
    with pytest.raises(ConfigError, match="there already"):
        export_graph(graph, export_format, out)
    export_graph(graph, export_format, out, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_folder_of_somebody_else_is_never_replaced(graph, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("...")
    with pytest.raises(ConfigError, match="holds other things"):
        export_graph(graph, ExportFormat.parquet, tmp_path / "thesis", overwrite=True)
    assert (tmp_path / "thesis" / "chapter1.tex").is_file()


@pytest.mark.parametrize("name", ["papers/a.pdf", "papers/list.parquet", "import.txt/a.txt", "runs/.hidden"])
def test_a_folder_with_names_of_ours_is_replaced_only_if_all_in_it_is(graph, tmp_path, name):
    mine = tmp_path / "data" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("...")
    for export_format in (ExportFormat.parquet, ExportFormat.neo4j):
        with pytest.raises(ConfigError, match="holds other things"):
            export_graph(graph, export_format, tmp_path / "data", overwrite=True)
    assert mine.is_file()


def test_export_that_fails_leaves_nothing(graph, tmp_path, monkeypatch):
    monkeypatch.setattr("schemas.graph.export.rdf._turtle", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_graph(graph, ExportFormat.rdf, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "base",
    ["example.org/", "https://example.org", "javascript:x/", "https://example.org/g#", "https://example.org/my <g>/"],
)
def test_base_that_is_no_address_is_refused(graph, tmp_path, base):
    with pytest.raises(ConfigError, match="--base"):
        export_graph(graph, ExportFormat.rdf, tmp_path / "out", base=base)


def test_uris_below_a_base_of_ones_own():
    names = Names("https://example.org/g/")
    assert names.entity("pg:method/a b") == "https://example.org/g/entity/pg%3Amethod%2Fa%20b"
    assert names.vocabulary == "https://example.org/g/vocabulary#"
    assert Names(BASE).entity("ror:x y").startswith(BASE)  # no id of ROR
