"""The page: Gradio's blocks, and what happens when something is typed, clicked or uploaded."""

from collections.abc import Callable, Iterator
from functools import wraps
from importlib import resources
from pathlib import Path, PurePath
from typing import Any, Final, TypeVar

import gradio as gr
from gradio.themes import Base

from flows.explorer import board_view, sql_view
from flows.explorer.entity_view import draw_common, draw_entity
from flows.explorer.paper_view import draw_paper, draw_shelf
from flows.explorer.search_view import draw_found
from flows.explorer.shelf import Shelf
from flows.explorer.targets import Target, read_address, read_target
from flows.explorer.uploads import Upload
from flows.explorer.wording import COLOURS, count_of, draw_message
from schemas.errors import PaperError, PapergraphError
from schemas.graph.lookup.papers import graph_size

F = TypeVar("F", bound=Callable[..., str])

# Clicks on whatever bears data-go are told to the server, unless the page itself can do what is asked (explorer.js).
_TELL: Final = """
element.addEventListener('click', event => {
  const place = event.target.closest('[data-go]');
  if (place && element.contains(place) && !window.papergraph.here(place)) trigger('go', JSON.parse(place.dataset.go));
});
"""
_EXAMPLE: Final = """
element.addEventListener('click', event => {
  const chosen = event.target.closest('[data-example]');
  if (chosen) trigger('example', {name: chosen.dataset.example});
});
"""
_PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
_HOME: Final = "papers"
_HOUR_S: Final = 3600  # what is received and never read goes after that


def read_asset(name: str) -> str:
    """A file that lies beside this one."""
    return resources.files("flows.explorer").joinpath(name).read_text(encoding="utf-8")


def page_css() -> str:
    """The style sheet, with the colours of the types."""
    colours = "\n".join(f".{label} {{ --type: {colour}; }}" for label, colour in COLOURS.items())
    return read_asset("explorer.css") + colours


def quiet_theme() -> Base:
    """Gradio's plain theme in the fonts that the reader's system has: none is fetched."""
    return Base(
        primary_hue="blue",
        neutral_hue="slate",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )


def say_errors(draw: F) -> F:
    """An error of ours as a message in the place of what was to be drawn."""

    @wraps(draw)
    def drawn(*arguments: Any, **named: Any) -> str:  # noqa: ANN401
        try:
            return draw(*arguments, **named)
        except PapergraphError as error:
            return draw_message(str(error), title="This cannot be shown now.", kind="warning")

    return drawn  # type: ignore[return-value]


class Page:
    """The blocks of the page and their handlers; all that they know is the shelf.

    Args:
        shelf: What is shown.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def build(self) -> gr.Blocks:
        """Lay the page out."""
        with gr.Blocks(
            title="papergraph", analytics_enabled=False, fill_width=True, delete_cache=(_HOUR_S, _HOUR_S)
        ) as blocks:
            with gr.Row(elem_id="pg-top"):
                heading = gr.HTML(apply_default_css=False, elem_id="pg-head")
                search = gr.Textbox(
                    placeholder="Search papers, people, institutions, methods, datasets, tasks, metrics …",
                    label="Search",
                    elem_id="pg-search",
                    max_length=200,
                    max_lines=1,
                    show_label=False,
                    container=False,
                    scale=3,
                )
            found = gr.HTML(apply_default_css=False, elem_id="pg-found", js_on_load=_TELL)
            with gr.Tabs(selected=_HOME, elem_id="pg-tabs") as tabs:
                with gr.Tab("Papers", id="papers"):
                    with gr.Row(elem_id="pg-open"):
                        home = gr.Button("Latest papers", size="sm", scale=0, min_width=120, elem_id="pg-latest")
                        upload = gr.UploadButton(
                            "Read a PDF of yours", file_types=[".pdf"], size="sm", scale=0, min_width=180
                        )
                        status = gr.HTML(apply_default_css=False, elem_id="pg-status")
                    paper = gr.HTML(apply_default_css=False, elem_id="pg-paper", js_on_load=_TELL)
                with gr.Tab("Entities", id="entities"):
                    common = gr.Button("Most named", size="sm", scale=0, min_width=120, elem_id="pg-common")
                    entity = gr.HTML(apply_default_css=False, elem_id="pg-entity", js_on_load=_TELL)
                with gr.Tab("Leaderboards", id="boards") as boards_tab:
                    boards = self._build_boards(boards_tab)
                with gr.Tab("SQL", id="sql") as sql_tab:
                    self._build_sql(sql_tab)
            places = [tabs, paper, entity, found, search]
            for clickable in (found, paper, entity, boards):
                clickable.go(self.go, outputs=places, **_PRIVATE)
            search.change(
                say_errors(lambda typed: draw_found(self.shelf, typed or "")),
                search,
                found,
                trigger_mode="always_last",
                **_PRIVATE,
            )
            home.click(say_errors(lambda: draw_shelf(self.shelf)), outputs=paper, **_PRIVATE)
            common.click(self.draw_common, outputs=entity, **_PRIVATE)
            upload.upload(  # one is read after the other
                lambda: draw_message("Waiting for its turn …", kind="busy"), outputs=status, queue=False, **_PRIVATE
            ).then(
                self.read_upload,
                upload,
                [status, paper],
                concurrency_id="upload",
                concurrency_limit=1,
                **_PRIVATE,
            )
            blocks.load(self.open, outputs=[heading, tabs, paper, entity], **_PRIVATE)
        blocks.queue(default_concurrency_limit=8, max_size=100)
        return blocks

    def _build_boards(self, tab: gr.Tab) -> gr.HTML:
        with gr.Row():
            dataset = gr.Dropdown([], label="Dataset", filterable=True, allow_custom_value=True, elem_id="pg-dataset")
            metric = gr.Dropdown([], label="Metric", filterable=True, elem_id="pg-metric")
            order = gr.Radio(["Highest first", "Lowest first"], value="Highest first", label="Order")
        board = gr.HTML(apply_default_css=False, elem_id="pg-board", js_on_load=_TELL)
        tab.select(self.list_datasets, dataset, [dataset, metric], **_PRIVATE).then(
            self.draw_board, [dataset, metric, order], board, **_PRIVATE
        )
        dataset.input(self.list_metrics, dataset, metric, **_PRIVATE).then(
            self.draw_board, [dataset, metric, order], board, **_PRIVATE
        )
        for choice in (metric, order):
            choice.input(self.draw_board, [dataset, metric, order], board, **_PRIVATE)
        return board

    def _build_sql(self, tab: gr.Tab) -> None:
        examples = "".join(f"<button type='button' data-example='{name}'>{name}</button>" for name in sql_view.EXAMPLES)
        chosen = gr.HTML(f"<p class='pg-examples'>{examples}</p>", apply_default_css=False, js_on_load=_EXAMPLE)
        query = gr.Textbox(
            next(iter(sql_view.EXAMPLES.values())),
            lines=6,
            max_lines=20,
            max_length=sql_view.MAX_SQL,
            label="Query",
            elem_id="pg-sql",
            info="One statement that reads. Ctrl+Enter runs it; the first "
            f"{sql_view.LIMITS.max_rows} rows are shown, and it may take {sql_view.LIMITS.max_seconds:g} seconds.",
        )
        run = gr.Button("Run", variant="primary", scale=0, min_width=120, elem_id="pg-run")
        answer = gr.HTML(apply_default_css=False, elem_id="pg-answer")
        columns = gr.HTML(apply_default_css=False)

        def ask(sql: str | None) -> str:
            return sql_view.draw_answer(self.shelf, sql or "")

        run.click(ask, query, answer, api_visibility="private", concurrency_limit=2)
        chosen.example(self.pick_example, outputs=query, **_PRIVATE).then(ask, query, answer, **_PRIVATE)
        tab.select(say_errors(lambda: sql_view.draw_columns(self.shelf)), outputs=columns, **_PRIVATE)

    def open(self, request: gr.Request) -> tuple[str, Any, str, str]:
        """What a visitor sees first: what the address names, or what there is."""
        try:
            with self.shelf.open():
                pass
        except PapergraphError as error:  # said once, and waited for once
            said = draw_message(str(error), title="This cannot be shown now.", kind="warning")
            return "<h1>papergraph</h1>", gr.Tabs(selected=_HOME), said, said
        target = read_address(request.query_params.get("at"))
        shown = "entities" if target is not None and target.view == "entity" else _HOME
        paper = target if target is not None and target.view == "paper" else None
        entity = target if target is not None and target.view == "entity" else None
        return (
            self.draw_heading(),
            gr.Tabs(selected=shown),
            self.draw_paper(paper) if paper else say_errors(draw_shelf)(self.shelf),
            self.draw_entity(entity) if entity else self.draw_common(),
        )

    def go(self, event: gr.EventData) -> tuple[Any, ...]:
        """Lead to what was clicked; what is found above is put away."""
        target = read_target(event._data)
        if target is None:
            return tuple(gr.skip() for _ in range(5))
        if target.view == "entity":
            return gr.Tabs(selected="entities"), gr.skip(), self.draw_entity(target), "", ""
        return gr.Tabs(selected="papers"), self.draw_paper(target), gr.skip(), "", ""

    def read_upload(self, path: str | None) -> Iterator[tuple[Any, Any]]:
        """Read an uploaded paper, saying what is being done, and show it."""
        if path is None:
            return
        try:
            for step in self.shelf.uploads.read(Path(path), PurePath(path).name):
                if isinstance(step, Upload):
                    yield "", self.draw_paper(Target("paper", step.paper_id, shelf=step.token))
                else:
                    yield draw_message(f"{step} …", kind="busy"), gr.skip()
        except PaperError as error:
            yield draw_message(f"{error.message}.", title="This file cannot be read:", kind="warning"), gr.skip()
        except PapergraphError as error:
            yield draw_message(str(error), title="This file was not read:", kind="warning"), gr.skip()
        finally:
            Path(path).unlink(missing_ok=True)

    @say_errors
    def draw_heading(self) -> str:
        """The name of the graph, and how much is in it."""
        with self.shelf.open() as connection:
            n_papers, n_entities, n_relations = graph_size(connection)
        counts = (count_of(n_papers, "paper"), count_of(n_entities, "entity", "entities"))
        counts += (count_of(n_relations, "relation"),)
        return f"<h1>papergraph</h1><p class='quiet'>{' · '.join(counts)}</p>"

    @say_errors
    def draw_common(self) -> str:
        """The entities named in most papers."""
        return self.shelf.once(draw_common)

    @say_errors
    def draw_paper(self, target: Target) -> str:
        """A page of a paper."""
        return draw_paper(self.shelf, target)

    @say_errors
    def draw_entity(self, target: Target) -> str:
        """An entity."""
        return draw_entity(self.shelf, target)

    @say_errors
    def draw_board(self, dataset: str | None, metric: str | None, order: str) -> str:
        """A leaderboard."""
        return board_view.draw_board(self.shelf, dataset, metric, lowest_first=order == "Lowest first")

    def list_datasets(self, dataset: str | None) -> tuple[Any, Any]:
        """The datasets and metrics to choose from; a dataset that was chosen before stays chosen."""
        try:
            names = self.shelf.once(board_view.read_datasets)
            chosen = dataset or next(iter(names), None)
            metrics = board_view.read_metrics(self.shelf, chosen) if chosen else []
        except PapergraphError:  # draw_board, which comes next, says why
            return gr.skip(), gr.skip()
        most = board_view.MAX_DATASETS
        told = f"The {most} with most results; type the name of any other." if len(names) == most else None
        return gr.Dropdown(names, value=chosen, info=told), gr.Dropdown(metrics, value=next(iter(metrics), None))

    def list_metrics(self, dataset: str | None) -> Any:  # noqa: ANN401
        """The metrics of a dataset, the most used one chosen."""
        return self.list_datasets(dataset)[1]

    def pick_example(self, event: gr.EventData) -> str:
        """The SQL of an example."""
        return sql_view.EXAMPLES.get(event._data.get("name", ""), "")
