"""Leaderboards in the explorer: the results on a dataset by a metric, each with the place where it was read."""

from html import escape
from typing import Final

from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target, sentence_mark
from flows.explorer.wording import count_of, draw_chip, draw_message
from schemas.graph.lookup.leaderboards import BoardRow, list_datasets, list_metrics, read_board

NO_METRIC: Final = "not said"
MAX_DATASETS: Final = 2000
_MAX_ROWS: Final = 200
_EMPTY: Final = "Leaderboards appear when papers report results of methods on datasets."


def read_datasets(shelf: Shelf) -> tuple[str, ...]:
    """The datasets with most results, ``MAX_DATASETS`` of them; a leaderboard is drawn of any other too."""
    with shelf.open() as connection:
        return list_datasets(connection, limit=MAX_DATASETS)


def read_metrics(shelf: Shelf, dataset: str) -> list[str]:
    """The metrics by which a dataset has results, the most used first; the unnamed one last."""
    with shelf.open() as connection:
        return [NO_METRIC if name is None else name for name in list_metrics(connection, dataset)]


def draw_board(shelf: Shelf, dataset: str | None, metric: str | None, *, lowest_first: bool = False) -> str:
    """The results on a dataset by a metric, best first."""
    if not dataset and not shelf.once(read_datasets):
        return draw_message(_EMPTY, title="There are no results in this graph yet.")
    if not dataset or not metric:
        return draw_message("No paper reports a result on this dataset.")
    wanted = None if metric == NO_METRIC else metric
    with shelf.open() as connection:
        rows = read_board(connection, dataset, wanted, lowest_first=lowest_first, limit=_MAX_ROWS + 1)
    if not rows:
        return draw_message("No paper reports a result on this dataset by this metric.")
    more = f"<p class='quiet'>The first {_MAX_ROWS}; ask for more in SQL.</p>" if len(rows) > _MAX_ROWS else ""
    shown = rows[:_MAX_ROWS]
    largest = max(abs(row.value) for row in shown) or 1.0
    with_condition = any(row.condition for row in shown)
    under = "<th>Under</th>" if with_condition else ""
    body = "".join(_row(n, row, largest, with_condition=with_condition) for n, row in enumerate(shown, 1))
    by = "" if wanted is None else f" by {wanted}"
    return (
        f"<h3>{escape(dataset)}{escape(by)} <span class='quiet'>{count_of(len(shown), 'result')}</span></h3>"
        "<div class='pg-wide' tabindex='0'><table class='pg-table pg-board'>"
        "<thead><tr><th class='n'>#</th><th>Method</th><th class='n'>Value</th>"
        f"<th></th>{under}<th>Task</th><th>Read in</th></tr></thead><tbody>{body}</tbody></table></div>{more}"
    )


def _row(n: int, row: BoardRow, largest: float, *, with_condition: bool) -> str:
    leads = Target("paper", row.paper_id, row.page, (sentence_mark(row.start_char, row.end_char),)).attribute()
    about = f"{row.title}, page {row.page + 1}" + (f": {row.sentence[:300]}" if row.sentence else "")
    share = 100 * abs(row.value) / largest
    unit = f" {row.unit}" if row.unit else ""
    under = f"<td>{escape(row.condition or '')}</td>" if with_condition else ""
    return (
        f"<tr><td class='n quiet'>{n}</td><td>{draw_chip('Method', row.method, Target('entity', row.method_id))}</td>"
        f"<td class='n'><b title='{escape('printed: ' + row.text)}'>{row.value:g}</b>{escape(unit)}</td>"
        f"<td class='bar' aria-hidden='true'><span style='width:{share:.1f}%'></span></td>"
        f"{under}<td>{escape(row.task or '')}</td>"
        f"<td><button type='button' class='pg-place' title='{escape(about)}' {leads}>{escape(row.title)}, "
        f"page {row.page + 1}</button></td></tr>"
    )
