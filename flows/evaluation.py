"""``papergraph evaluate``: models or files of predictions against gold, as a table, as JSON, or as a report."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from extractors.evaluation.report import Report, to_json, to_markdown
from flows.evaluation_call import Evaluation, Outcome, Row
from flows.evaluation_of_names import evaluate_links
from flows.evaluation_of_papers import evaluate_papers
from flows.evaluation_of_texts import evaluate_entities, evaluate_relations
from flows.jsonl import write_whole
from schemas.errors import ConfigError

_EVALUATIONS: Final = {
    "ner": evaluate_entities,
    "relations": evaluate_relations,
    "linking": evaluate_links,
    "papers": evaluate_papers,
}


def evaluate_target(call: Evaluation) -> None:
    """Print scores and write the report if one is wanted.

    Raises:
        ConfigError: A file, model or knowledge base is missing or not what it should be.
    """
    if call.report is not None:
        _make_folder(call.report)
    outcome: Outcome = _EVALUATIONS[call.target](call)
    if call.as_json:
        json.dump(outcome.rows, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print_table(outcome.rows)
    if call.report is not None and outcome.report is not None:
        _write_report(outcome.report, call.report)


def _make_folder(folder: Path) -> None:
    """Before the work, so that hours of it are not lost for a wrong path."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder} for the report: {error.strerror}") from error


def _write_report(report: Report, folder: Path) -> None:
    from extractors.evaluation.page import to_html  # draws with matplotlib, which takes a second to import

    for name, content in (("md", to_markdown(report)), ("json", to_json(report)), ("html", to_html(report))):
        with write_whole(folder / f"report.{name}") as file:
            file.write(content)
    Console(stderr=True).print(f"report.md, report.json and report.html are in {folder}", highlight=False, markup=False)


def _print_table(rows: Mapping[str, Row]) -> None:
    columns: Iterable[str] = next(iter(rows.values()), {})
    table = Table("", *columns, show_edge=False)
    for name, row in rows.items():
        table.add_row(name, *(_cell(value) for value in row.values()))
    Console().print(table)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
