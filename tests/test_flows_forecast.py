"""Forecasts: the sample, the arithmetic, and a real one that leaves nothing behind."""

import tarfile
from collections import Counter

import pytest
from drawn_papers import draw_paper
from rich.console import Console
from test_flows_ingest import kb, models  # noqa: F401  (fixtures)

from flows.forecast import Forecast, Sizes, describe_bytes, forecast_notes, print_forecast
from flows.forecast_run import Settings, draw_sample, forecast_sources
from flows.sources import list_files

EVEN = Sizes((10.0, 10.0, 10.0, 10.0), (2, 2, 2, 2))
UNEVEN = Sizes((8.0, 12.0, 8.0, 12.0), (2, 2, 2, 2))


def forecast(**changes):
    facts = {
        "n_sample": 8,
        "n_failed": 0,
        "n_papers": 8000,
        "is_counted": True,
        "is_random": True,
        "seconds": 5.0,
        "graph_bytes": 500_000.0,
        "work_bytes": 125_000.0,
        "graph_fixed_bytes": 8_000_000,
        "resident_bytes": 2_400_000_000,
        "time": UNEVEN,
        "disk": EVEN,
    }
    return Forecast(**(facts | changes))


def printed(one, free_bytes=1 << 50):
    console = Console(record=True, width=120)
    print_forecast(one, free_bytes, console)
    return " ".join(console.export_text().replace("│", " ").split())


def test_a_sample_is_drawn_from_all_files_alike_and_the_same_each_time():
    files = [f"{i}.pdf" for i in range(1000)]
    drawn = draw_sample(files, 100)
    assert len(set(drawn)) == 100
    assert draw_sample(iter(files), 100) == drawn
    tenths = Counter(int(name.split(".")[0]) // 100 for name in drawn)
    assert max(tenths.values()) <= 25  # none is much likelier than others
    assert min(tenths.values()) >= 2
    assert draw_sample(files[:5], 100) == files[:5]


def test_figures_are_those_of_the_sample_times_the_papers():
    text = printed(forecast())
    assert "For 8,000 papers" in text
    assert "time 11 h 8.5 h and 14 h" in text
    assert "disk for the graph 4.0 GB 4.0 GB and 4.0 GB" in text
    assert "memory of all processes 2.4 GB the same for any number" in text


def test_where_nobody_knows_how_many_papers_there_are_a_thousand_are_told():
    assert "For 1,000 papers (how many there are is not known)" in printed(forecast(n_papers=None))


def test_the_spread_narrows_with_more_shards():
    few, many = UNEVEN, Sizes(UNEVEN.amounts * 25, UNEVEN.papers * 25)
    assert many.relative_error < few.relative_error / 4
    assert EVEN.relative_error == 0
    assert Sizes((1.0, 2.0), (1, 1)).relative_error is None


NOTES = {
    "the first papers": (forecast(is_random=False), "the first, as"),
    "failures": (forecast(n_failed=3), "3 of 8 could not be read"),
    "too small": (forecast(time=Sizes((), ())), "take more papers"),
    "disk too small": (forecast(n_papers=10**9), "has only 1.0 TB left"),
}


@pytest.mark.parametrize(("one", "note"), NOTES.values(), ids=NOTES.keys())
def test_what_has_to_be_known_is_told(one, note):
    assert note in " ".join(forecast_notes(one, 10**12))
    assert note not in " ".join(forecast_notes(forecast(), 10**12))


def test_sizes_are_said_in_the_unit_that_fits():
    assert [describe_bytes(n) for n in (0, 2_400_000, 5e9, 7.2e12)] == ["1 MB", "2 MB", "5.0 GB", "7.2 TB"]


def test_archives_are_not_drawn_from(tmp_path):
    (tmp_path / "a.pdf").touch()
    assert list(list_files([str(tmp_path)])) == [str(tmp_path / "a.pdf")]
    assert list_files([str(tmp_path), str(tmp_path / "dump.tar")]) is None
    assert list_files(["https://papers.example/a.pdf"]) is None


def test_a_sample_goes_through_the_real_stages(prefect_server, models, kb, tmp_path):  # noqa: F811
    folder, work = tmp_path / "papers", tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    names = ("GridNet", "TreeNet", "StarNet", "RingNet")
    for name in names:
        draw_paper(folder / f"{name}.pdf", f"{name}: Parsing with Care", method=name)
    archive = tmp_path / "papers.tar"
    with tarfile.open(archive, "w") as file:
        file.add(folder, "papers")
    settings = Settings("cpu", 1, kb, **models)
    found = forecast_sources([str(archive)], 3, work, limit=None, settings=settings)
    assert (found.n_sample, found.n_failed, found.is_random, found.is_counted) == (3, 0, False, False)
    assert 3 <= found.n_papers <= 30  # by the size of the archive, of which most is padding here
    assert min(found.seconds, found.graph_fixed_bytes, found.work_bytes, found.resident_bytes) > 0
    assert len(found.time.amounts) == 1  # from the second to the third paper
    assert sum(found.disk.papers) == 3
