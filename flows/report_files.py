"""Reports as files: Markdown, JSON, and one HTML page with plots."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Final

from extractors.evaluation.report import Report, to_markdown
from flows.jsonl import write_whole
from flows.report import RunReport
from flows.report_page import report_of_run
from flows.work import REPORT_PAGE, reports_folder
from schemas.errors import ConfigError

_KEPT: Final = 50  # reports of runs in a work folder


def make_report_folder(folder: Path) -> None:
    """Before the work, so that hours of it are not lost for a wrong path.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {folder} for the report: {error.strerror}") from error


def write_report(report: Report, folder: Path, record: str) -> None:
    """Write report.md, report.json and report.html.

    Args:
        report: For people.
        folder: Where to.
        record: The same as JSON, for machines.
    """
    from extractors.evaluation.page import to_html  # draws with matplotlib, which takes a second to import

    for name, content in (("report.md", to_markdown(report)), ("report.json", record), (REPORT_PAGE, to_html(report))):
        with write_whole(folder / name) as file:
            file.write(content)


def write_run_report(report: RunReport, folder: Path) -> None:
    """Write the report of a run; the JSON has all figures under their names in ``RunReport``."""
    make_report_folder(folder)
    record = json.dumps(asdict(report), default=str, indent=1, ensure_ascii=False) + "\n"
    write_report(report_of_run(report), folder, record)


def run_report_folder(work: Path, run_id: str) -> Path:
    """Where the report of a run lies, unless the user says otherwise."""
    return reports_folder(work) / run_id


def forget_old_reports(work: Path) -> None:
    """Keep the reports of the last runs in the work folder."""
    for folder in sorted(reports_folder(work).glob("*"))[:-_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)
