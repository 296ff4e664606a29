"""``papergraph evaluate``: models or files of predictions against gold, as a table, as JSON, or as a report."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from extractors.evaluation.report import to_json
from flows.evaluation_call import Evaluation, Outcome, Row
from flows.evaluation_of_names import evaluate_links
from flows.evaluation_of_papers import evaluate_papers
from flows.evaluation_of_texts import evaluate_entities, evaluate_relations
from flows.report_files import make_report_folder, write_report

_MOST_COLUMNS: Final = 8  # of a table in a terminal

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
        make_report_folder(call.report)
    outcome: Outcome = _EVALUATIONS[call.target](call)
    if call.as_json:
        json.dump(outcome.rows, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _print_table(outcome.rows)
    if call.report is not None and outcome.report is not None:
        write_report(outcome.report, call.report, to_json(outcome.report))
        told = f"report.md, report.json and report.html are in {call.report}"
        Console(stderr=True).print(told, highlight=False, markup=False)


def _print_table(rows: Mapping[str, Row]) -> None:
    columns: Sequence[str] = tuple(next(iter(rows.values()), {}))
    table = Table(show_edge=False)
    if len(columns) <= _MOST_COLUMNS:
        lines = [("", *columns), *((name, *(_cell(value) for value in row.values())) for name, row in rows.items())]
    else:  # the measures below each other: all fit into a terminal
        lines = [("", *rows), *((column, *(_cell(row[column]) for row in rows.values())) for column in columns)]
    for head in lines[0]:
        table.add_column(head, justify="right" if head else "left")
    for line in lines[1:]:
        table.add_row(*line)
    Console().print(table)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
