"""Figures of a run: work of one shard, of all, moments, memory, and the report made of them."""

import json
import multiprocessing
from dataclasses import asdict
from pathlib import Path

import pytest

from extractors.evaluation.page import to_html
from extractors.evaluation.report import to_json, to_markdown
from flows.figures import RunFigures, StageFigures, StageResult, Work
from flows.memory import Memory
from flows.report import RunReport
from flows.report_page import report_of_run
from flows.timeline import Moment, Timeline
from schemas.meter import Meter
from schemas.records import Failure


def test_work_counts_what_was_metered_within_it():
    meter, work = Meter(), Work()
    meter.add(tokens=100)
    with work.of(meter):
        meter.add(tokens=7, windows=1)
        meter.add(tokens=3)
    meter.add(tokens=1000)
    assert work.counts == {"tokens": 10, "windows": 1}


def test_stages_sum_their_shards_and_keep_the_highest_memory():
    stage = StageFigures()
    stage.add(StageResult(3, (), 1.5, False, {"tokens": 10}, 500))
    stage.add(StageResult(2, (failure("a.pdf"),), 0.5, True, {}, 200))
    assert (stage.seconds, stage.n_shards, stage.n_reused, stage.n_papers, stage.n_failed) == (2.0, 2, 1, 5, 1)
    assert (stage.counts, stage.peak_device_bytes) == ({"tokens": 10}, 500)


@pytest.mark.parametrize("n_moments", [1, 400, 401, 50_000])
def test_a_timeline_stays_small_and_keeps_its_beginning(n_moments):
    timeline = Timeline()
    for i in range(n_moments):
        timeline.add(Moment(float(i), i, i, 0))
    assert min(n_moments, 200) <= len(timeline.moments) <= 400
    assert timeline.moments[0].n_done == 0
    assert timeline.moments[-1].n_done >= n_moments * 0.99 - 1
    steps = {b.n_done - a.n_done for a, b in zip(timeline.moments, timeline.moments[1:], strict=False)}
    assert len(steps) <= 1  # evenly spread


def test_memory_counts_the_processes_that_were_started():
    alone = Memory()
    alone.look()
    context = multiprocessing.get_context("spawn")
    is_over = context.Event()
    process = context.Process(target=is_over.wait)
    process.start()
    try:
        together = Memory()
        together.look()
    finally:
        is_over.set()
        process.join()
    assert together.now_bytes > alone.now_bytes > 0


def failure(name):
    return Failure("", name, f"/papers/{name}", "parse", "damaged", "no <page> | at all")


def report(*, wait_seconds=1.0, **changes):
    stages = {name: StageFigures() for name in ("parse", "tag", "relate", "link", "load")}
    for stage in stages.values():
        for _ in range(4):
            stage.add(StageResult(8, (), 1.0, False, {"tokens": 4000, "batches": 4}))
    figures = RunFigures(stages, [failure("bad.pdf")], 1.0, 2.0, wait_seconds, peak_resident_bytes=3 << 30)
    for i in range(4):
        figures.timeline.add(Moment(5.0 * (i + 1), 8 * (i + 1), 8 * (i + 1), 2 << 30))
    counts = {"found": 33, "loaded": 32, "skipped": 0, "duplicates": 0, "failed": 1}
    return RunReport("run-1", Path("g.duckdb"), **counts, seconds=22.0, workers=2, figures=figures, **changes)


def test_a_report_of_a_run_has_all_forms():
    page = report_of_run(report())
    html, markdown, record = to_html(page), to_markdown(page), json.loads(to_json(page))
    assert html.count("data:image/svg+xml") == 3
    assert "no &lt;page&gt; | at all" in html
    assert "| bad.pdf | parse | damaged |" in markdown
    parts = record["tables"]["where the time went"]
    assert sum(row["seconds"] for row in parts) == pytest.approx(22.0)
    assert {row["name"]: row["count"] for row in record["tables"]["work"]}["tag: tokens a batch"] == 1000
    assert (
        json.loads(json.dumps(asdict(report()), default=str))["figures"]["stages"]["tag"]["counts"]["tokens"] == 16000
    )


def test_models_that_wait_for_papers_are_mentioned():
    assert not [note for note in report().details if "--workers" in note]
    (note,) = [note for note in report(wait_seconds=10.0).details if "--workers" in note]
    assert "50% of the time" in note
    assert "there were 2" in note
