"""Papers a second and time to go, on clocks that are told what time it is."""

import pytest

from flows.pace import Pace, describe_seconds


def pace_of(*marks):
    pace = Pace()
    for now, n_read in marks:
        pace.mark(now, n_read)
    return pace


def test_nothing_is_foretold_before_a_shard_is_done():
    for pace in (pace_of(), pace_of((5.0, 0)), pace_of((5.0, 0), (6.0, 0))):
        assert pace.papers_per_second is None
        assert pace.seconds_left(100) is None


def test_time_before_the_first_shard_does_not_count():
    pace = pace_of((1000.0, 0), (1010.0, 20))  # a thousand seconds went by with skipping
    assert pace.papers_per_second == pytest.approx(2.0)
    assert pace.seconds_left(100) == pytest.approx(50.0)


def test_a_shard_of_skipped_papers_does_not_hide_the_pace():
    assert pace_of((0.0, 0), (10.0, 20), (10.0, 20)).papers_per_second == pytest.approx(2.0)


def test_only_the_last_shards_count():
    slow = [(100.0 * i, i) for i in range(20)]
    fast = [(1900.0 + i, 19 + 10 * i) for i in range(1, 11)]
    assert pace_of(*slow, *fast).papers_per_second == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (150, "2.5 min"),
        (600, "10 min"),
        (5400, "1.5 h"),
        (36000, "10 h"),
        (600000, "6.9 days"),
    ],
)
def test_times_are_said_in_the_unit_that_fits(seconds, said):
    assert describe_seconds(seconds) == said
