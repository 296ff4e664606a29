"""Items of a Wikidata JSON dump, those of some types only (https://www.wikidata.org/wiki/Wikidata:Database_download).

The dump is one JSON array with one item a line, packed by gzip or bzip2, 100 million lines and more. A line is decoded
only if it names one of the wanted classes, which the bytes tell.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from linking.sources.concepts import is_acronym
from linking.sources.streams import open_packed, telling_errors
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

INSTANCE_OF, SUBCLASS_OF, OCCUPATION = "P31", "P279", "P106"
ROR_ID, ORCID_ID = "P6782", "P496"
EMPLOYERS: Final = ("P108", "P1416")  # employer, affiliation

CLASSES: Final = {  # entity type: classes of its things
    "Institution": (  # universities, research institutes, laboratories, academies, hospitals, companies, agencies
        "Q3918 Q875538 Q902104 Q15936437 Q31855 Q483242 Q1371037 Q38723 Q23002054 Q23002039 Q414147 Q1664720 Q7315155 "
        "Q162633 Q16917 Q1774898 Q4830453 Q6881511 Q783794 Q891723 Q327333"
    ),
    "Method": (  # algorithms and their kinds, models of machine learning, neural networks, embeddings
        "Q8366 Q2321565 Q1925081 Q816264 Q12727779 Q3276654 Q192776 Q117246276 Q115305900 Q85810444 Q1047185 Q220501"
    ),
    "Dataset": "Q1172284 Q1391125 Q461183 Q104868034",  # data sets, corpora, benchmarks
    "Task": "Q1166142 Q4907718 Q24476018 Q120829446",  # computational problems, tasks of machine learning
    "Metric": "Q10290214 Q2996394 Q180160 Q178639",
}
RESEARCHERS: Final = ("Q1650915", "Q901", "Q82594", "Q170790", "Q169470", "Q593644", "Q864503", "Q3400985", "Q15976092")
LANGUAGES: Final = ("en", "mul", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr", "cs")


def read_wikidata(path: Path, classes: Mapping[str, str] = CLASSES) -> Iterator[KBEntry]:
    """Items that are an instance or a direct subclass of the classes, and people whose occupation is research.

    Args:
        path: The dump: ``latest-all.json.bz2``, ``.gz``, or unpacked.
        classes: Entity type -> Wikidata classes of its things, by spaces. Classes below them are not looked up.

    Raises:
        KnowledgeBaseError: The file is no Wikidata dump.
    """
    label_of = {identity: label for label, listed in classes.items() for identity in listed.split()}
    wanted = re.compile(b'"(?:' + "|".join([*label_of, *RESEARCHERS]).encode() + b')"')
    with telling_errors(path, "Wikidata dump"), open_packed(path) as file:
        for number, line in enumerate(file, 1):
            if number == 1 and not line.lstrip().startswith(b"["):
                raise KnowledgeBaseError(f"{path} is no Wikidata dump: one JSON array with an item a line is expected")
            if not wanted.search(line):
                continue
            item = json.loads(line.strip().removeprefix(b"[").rstrip(b",]\r\n "))
            label = _label(item, label_of)
            if label and (entry := _entry(item, label)):
                yield entry


def _label(item: Mapping[str, Any], label_of: Mapping[str, str]) -> str:
    for identity in (*_values(item, INSTANCE_OF), *_values(item, SUBCLASS_OF)):
        if identity in label_of:
            return label_of[identity]
    return "Author" if set(_values(item, OCCUPATION)) & set(RESEARCHERS) else ""


def _entry(item: Mapping[str, Any], label: str) -> KBEntry | None:
    labels = item.get("labels") or {}
    names = [labels[language]["value"] for language in LANGUAGES if language in labels]
    if not names:
        return None
    for language in LANGUAGES:
        names += [alias["value"] for alias in (item.get("aliases") or {}).get(language, ())]
    names = list(dict.fromkeys(names))
    short = [] if label == "Author" else [name for name in names[1:] if is_acronym(name)]
    outside = (
        _values(item, ROR_ID if label == "Institution" else ORCID_ID) if label in ("Institution", "Author") else []
    )
    registry = "ror" if label == "Institution" else "orcid"
    return KBEntry(
        entity_id=f"{registry}:{outside[0]}" if outside else f"wikidata:{item['id']}",
        label=label,
        name=names[0],
        aliases=tuple(name for name in names[1:] if name not in short),
        acronyms=tuple(short),
        description=((item.get("descriptions") or {}).get("en") or {}).get("value", ""),
        kb="wikidata",
        prior=float(len(item.get("sitelinks") or ())),
        parents=tuple(f"wikidata:{i}" for p in EMPLOYERS for i in _values(item, p)) if label == "Author" else (),
    )


def _values(item: Mapping[str, Any], prop: str) -> list[str]:
    """Values of a property that are items or strings, deprecated statements left out."""
    found: list[str] = []
    claims = item.get("claims") or {}
    for claim in claims.get(prop, ()) if isinstance(claims, dict) else ():
        value = ((claim.get("mainsnak") or {}).get("datavalue") or {}).get("value")
        if claim.get("rank") != "deprecated" and value:
            found.append(value["id"] if isinstance(value, dict) and "id" in value else str(value))
    return found
