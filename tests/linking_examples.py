"""A small knowledge base for the linking tests: invented organisations as ROR has them, concepts, the starter base."""

import atexit
import functools
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from linking.build import build_knowledge_base
from linking.embeddings import NameEncoder
from linking.knowledge_base import KnowledgeBase, open_knowledge_base

ENCODER = NameEncoder(device="cpu")


def organisation(
    number,
    name,
    *,
    city,
    country,
    acronyms=(),
    aliases=(),
    region="",
    status="active",
    parents=(),
    children=(),
    made=None,
):
    """One record of the ROR v2 schema, with the fields that the dump has and the reader uses."""
    names = [{"value": name, "lang": "en", "types": ["ror_display", "label"]}]
    names += [{"value": alias, "lang": None, "types": ["alias"]} for alias in aliases]
    names += [{"value": acronym, "lang": None, "types": ["acronym"]} for acronym in acronyms]
    place = {"name": city, "country_name": country, "country_subdivision_name": region, "country_code": "XX"}
    return {
        "id": f"https://ror.org/0zz{number:04d}",
        "status": status,
        "names": names,
        "types": ["education"],
        "locations": [{"geonames_id": number, "geonames_details": place}],
        "relationships": [
            *({"type": "parent", "id": f"https://ror.org/0zz{p:04d}", "label": ""} for p in parents),
            *(
                {"type": "child", "id": f"https://ror.org/0zz9{i:03d}", "label": name}
                for i, name in enumerate(children)
            ),
        ],
        "external_ids": [],
        "links": [],
        "admin": {"created": {"date": made, "schema_version": "2.0"}},
    }


ORGANISATIONS = [
    organisation(1, "University of Quellbach", city="Quellbach", country="Germany", acronyms=["UQB"],
                 aliases=["Universität Quellbach"]),
    organisation(2, "Marlow Institute of Technology", city="Marlow Falls", country="Canada", acronyms=["MRLT"]),
    organisation(3, "Sainte-Orane University", city="Sainte-Orane", country="France", acronyms=["SOU"]),
    organisation(4, "Southern Ostland University", city="Ostby", country="Norway", acronyms=["SOU"]),
    organisation(5, "Closed College of Quellbach", city="Quellbach", country="Germany", status="withdrawn"),
    organisation(6, "Massachusetts Institute of Technology", city="Cambridge", country="United States",
                 region="Massachusetts"),
    organisation(7, "Quellbach Laser Laboratory", city="Quellbach", country="Germany", parents=[1]),
    organisation(8, "Brightwater Systems (Norway)", city="Ostby", country="Norway"),
]  # fmt: skip
CONCEPTS = [
    {
        "id": "x:method/glimmer",
        "type": "Method",
        "name": "GlimmerNet",
        "aliases": ["Glimmer Network"],
        "source": "tests",
    },
    {"id": "x:dataset/harbour", "type": "Dataset", "name": "Harbour-3k", "aliases": [], "source": "tests", "uses": 12},
    {"id": "x:method/bert", "type": "Method", "name": "BERT", "aliases": [], "source": "tests"},
]


def write_ror(path: Path, records=ORGANISATIONS) -> Path:
    """A dump as ROR publishes it: a zip with one JSON array."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("v9.1-2026-01-01-ror-data.json", json.dumps(records, ensure_ascii=False, indent=1))
    return path


def write_concepts(path: Path, rows=CONCEPTS) -> Path:
    """A concepts file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@functools.cache
def example_base() -> KnowledgeBase:
    """The example base, built once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="papergraph-tests-"))
    atexit.register(shutil.rmtree, folder)
    build_example(folder)
    return open_knowledge_base(folder / "kb", encoder=ENCODER)


def build_example(folder: Path, *, starter: bool = True):
    """Build the example base in ``folder/kb``."""
    return build_knowledge_base(
        folder / "kb",
        ror=write_ror(folder / "v9.1-2026-01-01-ror-data.zip"),
        concepts=[write_concepts(folder / "concepts.jsonl")],
        starter=starter,
        encoder=ENCODER,
    )
