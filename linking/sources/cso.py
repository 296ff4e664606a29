"""The Computer Science Ontology as CSV: RDF triples, one a row (https://cso.kmi.open.ac.uk/downloads)."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from linking.sources.concepts import is_acronym
from linking.sources.streams import open_packed, telling_errors
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

TOPICS: Final = "cso.kmi.open.ac.uk/topics/"


def read_cso(path: Path) -> Iterator[KBEntry]:
    """Topics as tasks: one entry for topics that are equivalent, named by the preferred one.

    An ontology of 14,000 topics is held whole, because a topic's triples stand anywhere in the file.

    Raises:
        KnowledgeBaseError: The file holds no topics of the ontology.
    """
    labels: dict[str, str] = {}
    preferred: dict[str, str] = {}
    parents: dict[str, list[str]] = {}
    what = "CSV of the Computer Science Ontology"
    with telling_errors(path, what), io.TextIOWrapper(open_packed(path), "utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) < 3 or not (topic := _topic(row[0])):
                continue
            labels.setdefault(topic, topic.replace("_", " "))
            relation, other = row[1].strip("<> ").rsplit("#", 1)[-1], _topic(row[2])
            if relation == "label":
                labels[topic] = re.sub(r'^"|"?(@[a-z-]+)?\s*\.?\s*$', "", row[2].strip())
            elif relation == "preferentialEquivalent" and other:
                preferred[topic] = other
            elif relation == "superTopicOf" and other:
                labels.setdefault(other, other.replace("_", " "))
                parents.setdefault(other, []).append(topic)
    if not labels:
        raise KnowledgeBaseError(
            f"{path} holds no topics ({TOPICS}...): is it the CSV of the Computer Science Ontology?"
        )
    names: dict[str, list[str]] = {}
    for topic in labels:
        names.setdefault(preferred.get(topic, topic), []).append(labels[topic])
    for topic, others in sorted(names.items()):
        name = labels.get(topic, topic.replace("_", " "))
        further = [other for other in dict.fromkeys(others) if other != name]
        yield KBEntry(
            entity_id=f"cso:{topic}",
            label="Task",
            name=name,
            aliases=tuple(other for other in further if not is_acronym(other)),
            acronyms=tuple(filter(is_acronym, further)),
            kb="cso",
            parents=tuple(dict.fromkeys(f"cso:{preferred.get(p, p)}" for p in parents.get(topic, ()))),
        )


def cso_version(path: Path) -> str:
    """The version in the file's name (``CSO.3.4.1.csv`` gives ``3.4.1``), or ""."""
    found = re.search(r"(?i)cso[._-]?v?(\d+(?:\.\d+)+)", path.name)
    return found[1] if found else ""


def _topic(field: str) -> str:
    _, found, name = field.strip("<> ").partition(TOPICS)
    return unquote(name) if found else ""
