"""Files as Papers with Code published them: methods.json, datasets.json and evaluation-tables.json, packed or not.

Each is one JSON array; which one it is, its records tell (https://github.com/paperswithcode/paperswithcode-data).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from linking.normal import normal_form
from linking.sources.concepts import is_acronym
from linking.sources.ror import stream_array
from linking.sources.streams import list_of, open_packed, telling_errors
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry


def read_paperswithcode(path: Path) -> Iterator[KBEntry]:
    """Methods, data sets with their variants, or tasks with their data sets and metrics.

    Raises:
        KnowledgeBaseError: The file is none of them.
    """
    with telling_errors(path, "file of Papers with Code"), open_packed(path) as file:
        for number, row in enumerate(stream_array(file), 1):
            if isinstance(row, dict) and "task" in row and "datasets" in row:
                yield from _task(row)
            elif isinstance(row, dict) and row.get("name"):
                is_dataset = "variants" in row or "modalities" in row or "/dataset/" in (row.get("url") or "")
                yield _named(row, "Dataset" if is_dataset else "Method")
            else:
                raise KnowledgeBaseError(f"{path} record {number} is no method, data set or task of Papers with Code")


def _named(row: Mapping[str, Any], label: str) -> KBEntry:
    names = [row["name"], row.get("full_name") or "", *map(str, list_of(row.get("variants")))]
    return _entry(label, names, row.get("url") or "", row.get("description") or "", float(row.get("num_papers") or 0))


def _task(row: Mapping[str, Any]) -> Iterator[KBEntry]:
    """A task, its subtasks, and what its tables are about."""
    tables = [table for table in list_of(row.get("datasets")) if table.get("dataset")]
    names = [row["task"], *list_of(row.get("synonyms"))]
    yield _entry("Task", names, "", row.get("description") or "", float(len(tables)))
    for table in tables:
        scores = table.get("sota") or {}
        yield _entry(
            "Dataset", [table["dataset"]], "", table.get("description") or "", float(len(scores.get("rows") or ()))
        )
        for metric in list_of(scores.get("metrics")):
            yield _entry("Metric", [metric], "", "", 1.0)
    for subtask in list_of(row.get("subtasks")):
        yield from _task(subtask)


def _entry(label: str, names: list[str], url: str, description: str, prior: float) -> KBEntry:
    slug = url.rstrip("/").rsplit("/", 1)[-1] or normal_form(names[0], label).replace(" ", "-")
    further = [name for name in dict.fromkeys(names) if name and name != names[0]]
    return KBEntry(
        entity_id=f"pwc:{label.lower()}/{slug}",
        label=label,
        name=names[0],
        aliases=tuple(name for name in further if not is_acronym(name)),
        acronyms=tuple(filter(is_acronym, further)),
        description=description,
        kb="paperswithcode",
        prior=prior,
    )
