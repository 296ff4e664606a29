"""A report as one HTML page that needs nothing but itself: plots are drawn into it and all text is escaped."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from extractors.evaluation.plots import draw_svg
from extractors.evaluation.report import Cell, Report, Section, Table, format_cell

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 0.6em 0 1.4em }
th, td { padding: 0.2em 0.7em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
caption { text-align: left; font-weight: bold; padding: 0.3em 0 }
img { max-width: 100% }
h2 { margin-top: 2em; border-bottom: 2px solid #888 }
p.note { color: #555; max-width: 60em }
"""
_LONG = 25  # rows from which a table is folded away


def to_html(report: Report) -> str:
    """The whole page."""
    title = escape(report.title)
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        _table(("", ""), report.about.items()),
        *map(_section, report.sections),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    if section.note:
        parts.append(f'<p class="note">{escape(section.note)}</p>')
    for plot in section.plots:
        # As a picture, so that equal ids in two plots do not meet.
        data = b64encode(draw_svg(plot).encode()).decode()
        parts.append(f'<img alt="{escape(plot.name)}" src="data:image/svg+xml;base64,{data}">')
    parts += map(_named_table, section.tables)
    return "\n".join(parts)


def _named_table(table: Table) -> str:
    name = escape(table.name)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    if len(table.rows) < _LONG:
        return _table(table.columns, table.rows, caption=name) + note
    body = _table(table.columns, table.rows)
    return f"<details><summary>{name} ({len(table.rows):,} rows)</summary>{note}{body}</details>"


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str = "") -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    caption = f"<caption>{caption}</caption>" if caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _cell(cell: Cell) -> str:
    kind = "" if isinstance(cell, str) else ' class="number"'
    return f"<td{kind}>{escape(format_cell(cell))}</td>"
