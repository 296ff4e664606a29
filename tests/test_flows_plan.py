"""How papers become shards: the same after a kill, each paper once, and the counts add up."""

from hypothesis import given
from hypothesis import strategies as st

from flows.plan import Known, Plan, Tally
from schemas.records import Failure, Source


def source(name):
    return Source(name, f"{name}.pdf", f"/x/{name}.pdf", 1)


def unreadable(name):
    return Failure("", name, f"/x/{name}", "source", "unreadable", "empty")


def plan(listing, known=None, size=2):
    tally = Tally()
    known = known or {}
    look_up = lambda ids: {i: known[i] for i in ids if i in known}  # noqa: E731
    return Plan(listing, look_up, size, tally), tally


def ids(shards):
    return [[item.paper_id for item in shard] for shard in shards]


def test_shards_follow_the_order_of_the_listing():
    planned, tally = plan([source(c) for c in "abcde"])
    assert ids(planned) == [["a", "b"], ["c", "d"], ["e"]]
    assert tally.found == 5


def test_after_a_kill_the_rest_falls_into_the_same_shards():
    listing = [source(c) for c in "abcdefg"]
    whole = ids(plan(listing)[0])
    for n_loaded in range(len(whole) + 1):
        done = {paper_id: Known.LOADED for shard in whole[:n_loaded] for paper_id in shard}
        assert ids(plan(listing, done)[0]) == whole[n_loaded:]


def test_what_failed_before_comes_last_and_shifts_nothing():
    listing = [source("a"), unreadable("x"), source("b"), source("c"), source("d")]
    assert ids(plan(listing)[0]) == [["a", "b"], ["c", "d"], [""]]
    after_a_kill = {"a": Known.FAILED, "b": Known.LOADED}
    assert ids(plan(listing, after_a_kill)[0]) == [["c", "d"], ["a", ""]]


def test_the_same_bytes_twice_are_one_paper():
    planned, tally = plan([source("a"), source("b"), source("a"), source("c"), source("b")])
    assert ids(planned) == [["a", "b"], ["c"]]
    assert (tally.skipped, tally.duplicates) == (2, 2)


def test_the_same_unreadable_file_twice_fails_once():
    planned, tally = plan([unreadable("x"), source("a"), unreadable("x")])
    assert sum(len(shard) for shard in planned) == 2
    assert tally.skipped == 1


def test_a_copy_that_is_still_needed_is_not_discarded():
    discarded = []
    planned, _ = plan([source("a"), source("a"), source("b")], {"b": Known.LOADED})
    planned.discard = discarded.append
    list(planned)
    assert [item.paper_id for item in discarded] == ["b"]


@given(st.text("abcdefgh", max_size=40), st.sets(st.sampled_from("abcdefgh")), st.integers(1, 5))
def test_every_paper_is_planned_once_or_skipped(names, loaded, size):
    # the graph learns of a shard when it is loaded: here at once
    known = dict.fromkeys(loaded, Known.LOADED)
    tally = Tally()
    planned = Plan([source(c) for c in names], lambda some: {i: known[i] for i in some if i in known}, size, tally)
    taken = []
    for shard in planned:
        taken += [item.paper_id for item in shard]
        known.update(dict.fromkeys(taken, Known.LOADED))
    assert sorted(taken) == sorted(set(names) - loaded)
    assert tally.found == len(names) == len(taken) + tally.skipped
