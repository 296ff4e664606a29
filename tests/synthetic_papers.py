"""Shards of made-up papers in any number, for measuring: 40 mentions and 10 relations a paper, names after Zipf.

All names of a kind have the same length, so all papers have their mentions at the same places, and a shard is one
query of DuckDB. The same paper comes out the same, whatever shard it is in.
"""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.records import LinkedPaper, ParsedPaper, RelatedPaper, TaggedPaper
from schemas.shards import _shard_schema

KINDS = {  # kind: (prefix, how many there are for a million papers)
    "Author": ("Alex Author", 2_000_000),
    "Institution": ("University", 30_000),
    "Method": ("Method", 200_000),
    "Dataset": ("Dataset", 20_000),
    "Task": ("task", 5_000),
    "Metric": ("Score", 300),
}
PEOPLE = [
    "Author:0",
    ", ",
    "Author:1",
    ", ",
    "Author:2",
    ", ",
    "Author:3",
    "\n",
    "Institution:0",
    "; ",
    "Institution:1",
]
SENTENCE = [  # sentence k says this of its method, dataset, task, metric and result
    "We run ", "Method:{k}", " on ", "Dataset:{k}", " for ", "Task:{k}", ", where it reaches ", "Result:{k}", " ",
    "Metric:{k}", " with ", "Method:{j}", " and word:{k}0 word:{k}1 word:{k}2 word:{k}3 word:{k}4 word:{k}5.",
]  # fmt: skip
RELATIONS = [
    *((f"Author:{i}", "affiliated_with", f"Institution:{i % 2}", "people") for i in range(4)),
    ("Method:0", "achieves", "Result:0", 0),
    ("Result:0", "measured_on", "Dataset:0", 0),
    ("Result:0", "measured_by", "Metric:0", 0),
    ("Method:1", "evaluated_on", "Dataset:1", 1),
    ("Method:2", "used_for", "Task:2", 2),
    ("Method:3", "compared_with", "Method:4", 3),
]
N_SENTENCES = 6  # of 5 to 6 mentions each: 34 with the second methods of the first four, and 6 people and places
DIGITS = 7


def write_synthetic_shard(folder: Path, first: int, n_papers: int) -> dict[str, Path]:
    """Write the shards of all stages for the papers ``first`` to ``first + n_papers - 1``."""
    folder.mkdir(parents=True, exist_ok=True)
    text, spans, sentences = _lay_out()
    mentions = ", ".join(
        f"{{'start_char': {start}, 'end_char': {end}, 'label': '{_kind(slot)}', 'score': 0.9, 'model': 'made-up'}}"
        for slot, (start, end) in spans.items()
    )
    links = ", ".join(
        f"{{'mention_id': '{_mention(slot, spans)}', 'entity_id': 'pg:{_kind(slot).lower()}/' || lower({_name(slot)}),"
        f" 'name': {_name(slot)}, 'label': '{_kind(slot)}', 'kb': '', 'score': 0.9, 'model': 'made-up'}}"
        for slot in spans
        if _kind(slot) != "Result"
    )
    relations = ", ".join(
        f"{{'head_id': '{_mention(head, spans)}', 'tail_id': '{_mention(tail, spans)}', 'label': '{label}',"
        f" 'score': 0.5 + {_random(head + label)} % 500 / 1000, 'model': 'made-up',"
        f" 'sentence_start_char': {sentences[place][0]}, 'sentence_end_char': {sentences[place][1]}}}"
        for head, label, tail, place in RELATIONS
    )
    stages = {
        "parsed": (
            ParsedPaper,
            """{'paper_id': id, 'file_name': id || '.pdf', 'source': 'made-up/' || id || '.pdf', 'text': text,
            'n_pages': 1, 'blocks': [{'start_char': 0, 'end_char': length(text), 'kind': 'paragraph', 'page': 0,
            'x0': 0.0, 'y0': 0.0, 'x1': 1.0, 'y1': 1.0, 'section': 'results'}], 'lines': [], 'superscripts': [],
            'title': 'Paper ' || id, 'doi': '', 'arxiv_id': '', 'year': 2000 + paper % 27, 'language': 'en',
            'scanned': false, 'notes': []}""",
        ),
        "tagged": (
            TaggedPaper,
            f"{{'paper_id': id, 'mentions': [{mentions}], 'abbreviations': [], 'affiliations': []}}",
        ),
        "related": (RelatedPaper, f"{{'paper_id': id, 'relations': [{relations}]}}"),
        "linked": (LinkedPaper, f"{{'paper_id': id, 'links': [{links}]}}"),
    }
    paths = {}
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"CREATE TABLE papers AS SELECT *, {text} AS text FROM"  # noqa: S608
            f" (SELECT range AS paper, printf('%016x', hash(range)) AS id FROM range({first}, {first + n_papers}))"
        )
        for stage, (record_type, record) in stages.items():
            schema = _shard_schema(record_type)
            table = connection.sql(f"SELECT {record} AS record FROM papers").to_arrow_table()  # noqa: S608
            record_column = table.column("record").cast(schema.field("record").type)
            table = table.set_column(0, schema.field("record"), record_column)
            table = table.append_column(schema.field("failure"), pa.nulls(table.num_rows, schema.field("failure").type))
            paths[stage] = folder / f"{stage}-{first}.parquet"
            pq.write_table(table, paths[stage], write_page_checksum=True)
    return paths


def _lay_out():
    """The SQL of a paper's text, where each slot's mention is, and where the sentences are."""
    parts, spans, sentences, at = [], {}, {}, 0
    lines = [("people", PEOPLE)]
    for k in range(N_SENTENCES):
        line = [piece.format(k=k, j=(k + 1) % N_SENTENCES + 10) for piece in SENTENCE]
        lines.append((k, line if k < 4 else [*line[:-2], line[-1]]))
    for name, line in lines:
        begin = at
        for piece in line:
            if ":" in piece and _kind(piece) in {*KINDS, "Result"}:
                width = 5 if _kind(piece) == "Result" else len(KINDS[_kind(piece)][0]) + 1 + DIGITS
                spans[piece] = (at, at + width)
                parts.append(_name(piece))
                at += width
                continue
            for i, literal in enumerate(piece.split("word:")):
                if i:
                    parts.append(f"printf('w%05d', {_skewed('word' + literal[:2], 50_000)})")
                    at += 6
                literal = literal[2:] if i else literal
                quoted = literal.replace("'", "''").replace("\n", "' || chr(10) || '")
                parts.append(f"'{quoted}'")
                at += len(literal)
        sentences[name] = (begin, at)
        parts.append("chr(10) || chr(10)")
        at += 2
    return " || ".join(parts[:-1]), spans, sentences


def _kind(slot):
    return slot.split(":")[0]


def _mention(slot, spans):
    start, end = spans[slot]
    return f"{start}-{end}-{_kind(slot)}"


def _random(salt):
    return f"(hash(paper, '{salt}') % 1000003)"


def _skewed(salt, n):
    """A number below n, small ones far more often: about 1/x of the time below n/x**3."""
    return f"({n} * pow({_random(salt)} / 1000003.0, 3))::INTEGER"


def _name(slot):
    kind = _kind(slot)
    if kind == "Result":
        return f"printf('%4.1f%%', 10 + {_random(slot)} % 900 / 10.0)"
    prefix, n = KINDS[kind]
    return f"printf('{prefix} %0{DIGITS}d', {_skewed(slot, n)})"
