"""A report of an evaluation as records, and as JSON and Markdown. ``page.py`` makes the HTML page of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape

from extractors.evaluation.scores import Counts, Score
from extractors.evaluation.spread import Spread

Cell = str | int | float | Spread | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns. A name is unique within its report."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y), in the order in which they are joined."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines over two axes, from 0 to 1 or as far as they go; ``diagonal`` draws what perfect calibration would be."""

    name: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    diagonal: bool = False
    unit_axes: bool = True


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Counts in cells, coloured by their share of the row."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together under a heading."""

    title: str
    note: str = ""
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot | Heatmap, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that an evaluation found.

    Attributes:
        title: What was evaluated.
        about: How: files, models, counts.
        sections: The findings.
    """

    title: str
    about: Mapping[str, str]
    sections: tuple[Section, ...] = field(default=())

    @property
    def tables(self) -> list[Table]:
        """The tables of all sections."""
        return [table for section in self.sections for table in section.tables]

    @property
    def plots(self) -> list[Plot | Heatmap]:
        """The plots of all sections."""
        return [plot for section in self.sections for plot in section.plots]


def score_table(name: str, rows: Mapping[str, Counts], *, note: str = "") -> Table:
    """Precision, recall, F1 and the counts behind them."""
    columns = ("", "precision", "recall", "f1", "right", "found", "gold")
    return Table(
        name,
        columns,
        tuple(
            (label, counts.precision, counts.recall, counts.f1, counts.n_right, counts.n_found, counts.n_gold)
            for label, counts in rows.items()
        ),
        note,
    )


def with_totals(table: Table, score: Score) -> Table:
    """The table with a micro row and a macro row at its end."""
    micro = score_table("", {"micro": score.micro}).rows
    return replace(table, rows=table.rows + micro + (("macro", *score.macro, None, None, None),))


def to_json(report: Report) -> str:
    """Tables as lists of objects and plots as points, by their names; the same numbers as in the other forms."""
    record = {
        "title": report.title,
        "about": dict(report.about),
        "tables": {t.name: [_row_object(t.columns, row) for row in t.rows] for t in report.tables},
        "plots": {plot.name: asdict(plot) for plot in report.plots},
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def _row_object(columns: Sequence[str], row: Sequence[Cell]) -> dict[str, object]:
    plain = [asdict(cell) if isinstance(cell, Spread) else cell for cell in row]
    return {column or "name": cell for column, cell in zip(columns, plain, strict=True)}


def to_markdown(report: Report) -> str:
    """Headings and tables; the plots are on the HTML page."""
    parts = [f"# {_plain(report.title)}"]
    parts.append(_markdown_table(("", ""), [(key, value) for key, value in report.about.items()]))
    for section in report.sections:
        parts.append(f"## {_plain(section.title)}")
        if section.note:
            parts.append(_plain(section.note))
        for table in section.tables:
            parts.append(f"**{_plain(table.name)}**" + (f": {_plain(table.note)}" if table.note else ""))
            parts.append(_markdown_table(table.columns, table.rows))
    return "\n\n".join(parts) + "\n"


def _markdown_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    lines = [columns, ["---"] * len(columns), *([format_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def _plain(text: str) -> str:
    """One line of Markdown that shows the text as it is."""
    marked = "".join(f"\\{char}" if char in "\\|*`[]" else char for char in escape(text, quote=False))
    return " ".join(marked.split())


def format_cell(cell: Cell) -> str:
    """Scores with four places, larger numbers with one."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4f}" if abs(cell) <= 1 else f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
