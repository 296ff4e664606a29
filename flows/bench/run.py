"""``papergraph bench``: the comparisons in turn, and their results on the screen and in a folder."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from flows.bench.latency import measure_latency
from flows.bench.link import compare_link
from flows.bench.load import compare_load
from flows.bench.machine import describe_machine
from flows.bench.material import BenchCall, Material
from flows.bench.parse import compare_parse
from flows.bench.pipeline import run_pipeline
from flows.bench.relate import compare_relate
from flows.bench.report import to_markdown, write_results
from flows.bench.results import Results
from flows.bench.tag import compare_tag
from flows.pipeline import check_device, check_knowledge_base, check_models
from linking.gold import read_gold
from schemas.errors import ConfigError

MEASURES: Final[Mapping[str, Callable[[Material, Results], None]]] = {
    "parse": lambda material, results: results.comparisons.append(compare_parse(material)),
    "tag": lambda material, results: results.comparisons.append(compare_tag(material)),
    "relate": lambda material, results: results.comparisons.append(compare_relate(material)),
    "link": lambda material, results: results.comparisons.extend(compare_link(material)),
    "load": lambda material, results: results.comparisons.append(compare_load(material)),
    "latency": lambda material, results: results.latency.update(measure_latency(material)),
    "pipeline": lambda material, results: results.runs.extend(run_pipeline(material)),
}


def bench(call: BenchCall) -> None:
    """Measure, print the tables, write them with all figures to ``call.out``.

    Raises:
        ConfigError: The call is wrong; nothing was measured.
    """
    check_device(call.device)
    check_models(call.ner_model, call.relation_model)
    check_knowledge_base(call.kb)
    if call.names is not None:
        read_gold(call.names)
    try:
        call.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot make the folder {call.out} ({error}); choose another with --out") from error
    console = Console(stderr=True)
    with TemporaryDirectory(prefix=".bench-", dir=call.out) as work:
        results = Results(describe_machine(), asdict(call))
        with console.status("reading the papers"):
            material = Material(call, Path(work))
        for left in material.left_out:
            console.print(f"left out: {left}", markup=False, highlight=False)
        for stage in call.stages:
            with console.status(f"measuring: {stage}"):
                MEASURES[stage](material, results)
            write_results(results, call.out)  # what was measured stays if the rest does not go well
    print(to_markdown(results))  # noqa: T201
    console.print(f"all figures are in {call.out}", markup=False, highlight=False)
