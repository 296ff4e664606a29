"""The command line. Imports are inside the commands, so that ``--help`` costs nothing."""

import os
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from flows.cli_bench import bench
from flows.cli_entities import correct_app, entity
from flows.cli_graph import diff, export, merge, publish, remove, schema
from flows.cli_knowledge import kb_app
from flows.cli_options import (
    GRAPH,
    DeviceOption,
    GraphOption,
    KbOption,
    LogOption,
    MetricsOption,
    NerModelOption,
    RayAddressOption,
    RelationModelOption,
    RunnerOption,
    WorkersOption,
    repeat_options,
)
from flows.cli_training import compare, fit_consistency, fit_threshold, quantize, train
from flows.environment import collect_less_often, print_what_can_be, quieten_libraries, silence_teardown
from flows.log import ask_for_log
from schemas.errors import ConfigError, PapergraphError

DONE, DONE_WITH_FAILURES, WRONG_CALL, BROKEN_OFF, INTERRUPTED = 0, 1, 2, 3, 130


class Commands(TyperGroup):
    """All is well too if whoever reads the output has seen enough, as in ``papergraph sql ... | head``."""

    def invoke(self, ctx: typer.Context) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be written
            raise typer.Exit(DONE) from None


app = typer.Typer(
    name="papergraph",
    cls=Commands,
    help="Turns PDFs of scientific papers into a graph of linked facts that is queried in SQL.",
    epilog="Exit status: 0 all well; 1 finished, but some papers failed (they are listed); 2 the call was wrong and "
    "nothing was written; 3 the run broke off, the next one goes on from there. Examples: papergraph COMMAND --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(kb_app, name="kb")
app.add_typer(correct_app, name="correct")


class Format(StrEnum):
    """How ``sql`` prints."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


class Given(StrEnum):
    """What a relation classifier is told of the right answers."""

    nothing = "nothing"
    entities = "entities"
    pairs = "pairs"


class EvaluateTarget(StrEnum):
    """What can be evaluated."""

    ner = "ner"
    relations = "relations"
    linking = "linking"
    papers = "papers"


@app.command(epilog="Example: papergraph ingest papers/ dump.tar.gz --graph graph.duckdb")
def ingest(
    source: Annotated[
        list[str],
        typer.Argument(
            help="PDFs, folders, patterns, .txt lists, manifests (.csv, .parquet, .jsonl), tar and zip archives; "
            "addresses of PDFs and archives (https, s3, gs)."
        ),
    ],
    graph: GraphOption = GRAPH,
    work: Annotated[
        Path | None, typer.Option(help="Folder for intermediate files; .papergraph beside the graph if not given.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take only the first N papers of the sources.")] = None,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    runner: RunnerOption = "local",
    ray_address: RayAddressOption = None,
    kb: KbOption = None,
    ner_model: NerModelOption = None,
    relation_model: RelationModelOption = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for report.md, report.json and report.html; one in --work if not given."
        ),
    ] = None,
    log: LogOption = None,
    metrics: MetricsOption = None,
    forecast: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="N", help="Only tell what time, disk and memory it would take, from a sample of N papers."
        ),
    ] = None,
) -> None:
    """Read papers into a graph. What is there already is skipped; what was half done is resumed."""
    ask_for_log(log)
    if forecast is not None:
        from flows.forecast_run import Settings, run_forecast
        from flows.models import NER_MODEL, RELATION_MODEL

        models = ner_model or NER_MODEL, relation_model or RELATION_MODEL
        settings = Settings(device, workers, kb, *models)
        run_forecast(source, forecast, limit=limit, graph=graph, runner=runner, settings=settings)
        return

    from flows.run import run_ingest

    failed = run_ingest(
        source,
        graph=graph,
        work=work,
        limit=limit,
        workers=workers,
        device=device,
        runner=runner,
        ray_address=ray_address,
        kb=kb,
        ner_model=ner_model,
        relation_model=relation_model,
        report=report,
        metrics=metrics,
    )
    raise typer.Exit(DONE_WITH_FAILURES if failed else DONE)


@app.command(epilog="Example: papergraph status --graph graph.duckdb")
def status(graph: GraphOption = GRAPH) -> None:
    """Show the last runs, what the graph holds, and what failed."""
    from flows.query import print_status

    print_status(graph)


@app.command(epilog='Example: papergraph sql "SELECT method, dataset, score FROM method_datasets LIMIT 10"')
def sql(
    query: Annotated[str, typer.Argument(help="One SQL query; the graph is opened for reading only.")],
    graph: GraphOption = GRAPH,
    output: Annotated[
        Format, typer.Option("--format", help="How to print; parquet writes bytes to the standard output.")
    ] = Format.table,
) -> None:
    """Query the graph."""
    from flows.query import print_query

    print_query(graph, query, output.value)


app.command(epilog="Example: papergraph schema --graph graph.duckdb")(schema)
app.command(epilog="Example: papergraph export rdf graph.ttl --base https://graph.example.org/")(export)
app.command(epilog="Example: papergraph diff 20261127T020000 20261128T020000")(diff)
app.command(epilog="Example: papergraph remove papers/retracted.pdf")(remove)
app.command(epilog="Example: papergraph merge other.duckdb --graph graph.duckdb")(merge)
app.command(epilog="Example: papergraph publish dashboard.duckdb --graph graph.duckdb")(publish)
app.command(epilog="Example: papergraph entity pg:method/wavenet-x")(entity)


@app.command(epilog="Example: papergraph read papers/*.pdf --out papers.jsonl")
def read(
    pdf: Annotated[list[str], typer.Argument(help="PDFs, folders, lists or archives.")],
    out: Annotated[Path | None, typer.Option(help="JSON Lines file to write, one line a PDF.")] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            help="One HTML file to write, which shows all pages with the blocks read on them, in their order."
        ),
    ] = None,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Read title, authors, institutions, affiliations, text and blocks of PDFs."""
    from flows.reading import read_files

    failures = read_files(pdf, out, html=html, workers=workers, device=device)
    raise typer.Exit(DONE_WITH_FAILURES if failures else DONE)


@app.command(epilog="Example: papergraph tag texts.jsonl tagged.jsonl")
def tag(
    texts: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="Lines {doc_id, text, sentences?}.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="The same lines with entities and relations.")],
    model: NerModelOption = None,
    relation_model: RelationModelOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Find entities and relations in texts (stand-off, offsets in characters)."""
    from flows.tagging import tag_file

    tag_file(texts, out, model=model, relation_model=relation_model, device=device)


app.command(epilog="Example: papergraph train ner --train train.jsonl --dev dev.jsonl --out my-tagger --arch span")(
    train
)
app.command(
    epilog="Example: papergraph fit-consistency --model m --twin t --train scier-train.jsonl --dev scier-dev.jsonl"
)(fit_consistency)
app.command("fit-threshold", epilog="Example: papergraph fit-threshold --model r --ner-model t --dev scier-dev.jsonl")(
    fit_threshold
)
app.command(epilog="Example: papergraph quantize ner --model my-tagger --texts train.jsonl")(quantize)
app.command(epilog="Example: papergraph compare ner --train train.jsonl --dev dev.jsonl --out runs --seeds 0,1,2")(
    compare
)


@app.command(epilog="Example: papergraph evaluate ner --gold dev.jsonl --model my-tagger --report report")
def evaluate(
    target: Annotated[EvaluateTarget, typer.Argument(help="What to score.")],
    gold: Annotated[Path, typer.Option(help="File with the right answers.")],
    predictions: Annotated[
        list[Path] | None, typer.Option(help="File with answers, one for each run; made by the model if not given.")
    ] = None,
    model: Annotated[
        list[Path] | None, typer.Option(help="Folder of the model, one for each seed; the shipped one if not given.")
    ] = None,
    ner_model: NerModelOption = None,
    given: Annotated[
        Given,
        typer.Option(
            help="What relations are told: nothing; the gold entities; or the pairs too, with head and tail, to name."
        ),
    ] = Given.nothing,
    kb: Annotated[Path | None, typer.Option(help="Knowledge base, for linking.")] = None,
    train: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE...", help="Corpora of the training, to tell seen mentions from unseen ones."),
    ] = None,
    types: Annotated[str, typer.Option(help="Types to score, by comma; those of the gold if not given.")] = "",
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for report.md, report.json and report.html.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON rather than a table.")] = False,
    device: DeviceOption = "auto",
) -> None:
    """Score models, or predictions, against gold; with --report, everything about their errors."""
    from flows.evaluation import evaluate_target
    from flows.evaluation_call import Evaluation

    evaluate_target(
        Evaluation(
            target.value,
            gold,
            predictions=tuple(predictions or ()),
            models=tuple(model or ()),
            ner_model=ner_model,
            given=given.value,
            kb=kb,
            training=tuple(train or ()),
            types=tuple(name for part in types.split(",") if (name := part.strip())),
            report=report,
            device=device,
            as_json=as_json,
        )
    )


@app.command(epilog="Example: papergraph link names.jsonl linked.jsonl --kb kb --type Institution")
def link(
    names: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="Lines {id, text, context?}.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="Lines {id, ids: [ranked], score}.")],
    kb: Annotated[Path, typer.Option(help="The knowledge base.")],
    label: Annotated[str | None, typer.Option("--type", help="Entity type: Institution, Method, ...")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that link side by side; worth it for long files.")] = 1,
) -> None:
    """Look up names in a knowledge base."""
    from flows.knowledge import link_file

    link_file(names, out, kb=kb, label=label, n_workers=workers)


@app.command(epilog='Example: papergraph serve papers/ --cron "0 3 * * *" --graph graph.duckdb')
def serve(
    source: Annotated[list[str], typer.Argument(help="Folders (or other sources) to ingest on schedule.")],
    cron: Annotated[str, typer.Option(help="When to run, as a cron expression, in UTC.")] = "0 * * * *",
    graph: GraphOption = GRAPH,
    work: Annotated[Path | None, typer.Option(help="Folder for intermediate files.")] = None,
    workers: WorkersOption = None,
    device: DeviceOption = "auto",
    runner: RunnerOption = "local",
    ray_address: RayAddressOption = None,
    kb: KbOption = None,
    ner_model: NerModelOption = None,
    relation_model: RelationModelOption = None,
    log: LogOption = None,
    metrics: MetricsOption = None,
) -> None:
    """Ingest on a schedule, only what is new, until stopped. Runs never overlap."""
    from flows.serve import serve_ingest

    ask_for_log(log)
    serve_ingest(
        source,
        cron=cron,
        graph=graph,
        work=work,
        workers=workers,
        device=device,
        runner=runner,
        ray_address=ray_address,
        kb=kb,
        ner_model=ner_model,
        relation_model=relation_model,
        metrics=metrics,
    )


@app.command(epilog="Example: papergraph deploy --init, change prefect.yaml, then papergraph deploy")
def deploy(
    file: Annotated[Path, typer.Option("--file", help="The deployments, as Prefect writes them.")] = Path(
        "prefect.yaml"
    ),
    init: Annotated[bool, typer.Option("--init", help="Write such a file to start from.")] = False,
) -> None:
    """Register scheduled runs with a Prefect server (PREFECT_API_URL); a Prefect worker runs them."""
    from flows.deploy import register, write_template

    if init:
        write_template(file)
        print(f"wrote {file}; set sources and graph in it, then: papergraph deploy")
    else:
        print(f"registered: {', '.join(register(file))}")


@app.command(epilog="Example: papergraph explore --graph graph.duckdb --port 7860")
def explore(
    graph: GraphOption = GRAPH,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve at.")] = 7860,
    host: Annotated[
        str, typer.Option(help="Address to serve at; there is no login, so all who reach it see the papers.")
    ] = "127.0.0.1",
    papers: Annotated[
        Path | None, typer.Option(help="Folder with the PDFs, if they have moved since they were read.")
    ] = None,
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base to link uploaded papers to; the starter base if not given.")
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Look at the graph, and at papers with what was found in them, on a web page."""
    from flows.explore import explore as serve_explorer

    serve_explorer(graph, papers=papers, kb=kb, device=device, host=host, port=port)


app.command(epilog="Example: papergraph bench papers/ --only parse,tag --papers 10")(bench)


def main() -> None:
    """Run a command; an error of ours is one clear paragraph, not a traceback."""
    collect_less_often()
    quieten_libraries()
    silence_teardown()
    print_what_can_be()
    try:
        app(repeat_options(sys.argv[1:]), prog_name="papergraph")
    except PapergraphError as error:
        print(f"papergraph: {error}", file=sys.stderr)
        sys.exit(WRONG_CALL if isinstance(error, ConfigError) else BROKEN_OFF)
    except KeyboardInterrupt:
        print("papergraph: stopped; the next run goes on from here", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:  # a full disk, say
        print(f"papergraph: {error}", file=sys.stderr)
        sys.exit(BROKEN_OFF)
    except Exception:  # a fault of ours: Python's own status for it would say that some papers failed
        traceback.print_exc()
        sys.exit(BROKEN_OFF)
