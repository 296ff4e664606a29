"""The report of a run as tables and plots, in the same form as the reports of evaluations."""

from itertools import pairwise

from extractors.evaluation.report import Line, Plot, Report, Section, Table
from flows.figures import RunFigures
from flows.report import RunReport
from flows.timeline import Moment

_MB = 1 << 20


def report_of_run(report: RunReport) -> Report:
    """All that is known of a run, for ``to_markdown`` and ``to_html``."""
    figures = report.figures
    about = {
        "run": report.run_id,
        "graph": str(report.graph),
        "result": report.headline,
        "seconds": f"{report.seconds:,.1f}",
        "processes that read PDFs": str(report.workers),
        "memory of all processes, at most": f"{figures.peak_resident_bytes // _MB:,} MB",
    }
    times = (_stages(figures),) if report.runner != "local" else (_where_time_went(report), _stages(figures))
    sections = [
        Section("Time", " ".join(report.details), times, _plots(figures)),
        Section("Work", "What was done anew; what was used again is not in it.", (_work(figures),)),
    ]
    if report.failures:
        sections.append(Section("Failed", "", (_failures(report),)))
    return Report("papergraph ingest", about, tuple(sections))


def _where_time_went(report: RunReport) -> Table:
    figures = report.figures
    parts = {
        "finding and hashing files": figures.listing_seconds,
        "loading the models": figures.model_seconds,
        "until the first papers were parsed": figures.first_wait_seconds,
        "waiting for parsed papers after that": figures.wait_seconds,
        **{name: stage.seconds for name, stage in figures.stages.items() if name != "parse"},
        "merging entities that are in no registry": figures.merge_seconds,
    }
    parts["all else: start, tasks, settling the graph"] = max(0.0, report.seconds - sum(parts.values()))
    rows = tuple((name, seconds, f"{seconds / report.seconds:.0%}") for name, seconds in parts.items())
    return Table("where the time went", ("", "seconds", "share"), rows, "Parsing goes on beside the other stages.")


def _stages(figures: RunFigures) -> Table:
    columns = ("", "seconds", "papers", "failed", "papers a second", "shards", "used again", "GPU memory, MB")
    rows = tuple(
        (
            name,
            stage.seconds,
            stage.n_papers,
            stage.n_failed,
            stage.n_papers / stage.seconds if stage.seconds else None,
            stage.n_shards,
            stage.n_reused,
            stage.peak_device_bytes // _MB or None,
        )
        for name, stage in figures.stages.items()
    )
    return Table("stages", columns, rows)


def _work(figures: RunFigures) -> Table:
    rows: list[tuple[str, int, float, float | None]] = []
    for name, stage in figures.stages.items():
        for what, count in stage.counts.items():
            a_second = count / stage.seconds if stage.seconds else None
            rows.append((f"{name}: {what.replace('_', ' ')}", count, count / max(1, stage.n_papers), a_second))
        if stage.counts.get("batches"):
            tokens = stage.counts["tokens"] / stage.counts["batches"]
            rows.append((f"{name}: tokens a batch", round(tokens), tokens / max(1, stage.n_papers), None))
    return Table("work", ("", "count", "a paper", "a second"), tuple(rows))


def _plots(figures: RunFigures) -> tuple[Plot, ...]:
    moments = figures.timeline.moments
    if len(moments) < 2:
        return ()
    done = Line("done", tuple((m.seconds, float(m.n_done)) for m in moments))
    memory = Line("all processes", tuple((m.seconds, m.resident_bytes / _MB) for m in moments))
    pace = Line("read", tuple((later.seconds, _pace(before, later)) for before, later in pairwise(moments)))
    return (
        Plot("papers done", "seconds", "papers", (done,), unit_axes=False),
        Plot("papers a second", "seconds", "papers a second", (pace,), unit_axes=False),
        Plot("memory", "seconds", "MB", (memory,), unit_axes=False),
    )


def _pace(before: Moment, later: Moment) -> float:
    passed = later.seconds - before.seconds
    return (later.n_read - before.n_read) / passed if passed > 0 else 0.0


def _failures(report: RunReport) -> Table:
    left_out = report.failed - len(report.failures)
    note = f"{left_out} more are in the table failures of the graph." if left_out > 0 else ""
    rows = tuple((f.file_name, f.stage, f.error, f.message) for f in report.failures)
    return Table("papers that failed", ("paper", "stage", "error", "reason"), rows, note)
