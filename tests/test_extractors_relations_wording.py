"""Sentences that name several things of a type: what belongs together by order and by verbs, on hand-made relations."""

import pytest

from extractors.relations.wording import settle_by_wording
from schemas.records import Mention, Relation

NAMES = {"Kale": "Method", "Vole": "Method", "Marsh": "Dataset", "Zorp": "Dataset", "Fen": "Dataset"}
NAMES |= {"parsing": "Task", "tagging": "Task", "31.5": "Result"}


def settle(text, *said):
    """What stays of relations between the names of a sentence, as (head, label, tail)."""
    mentions = [Mention(text.index(n), text.index(n) + len(n), label, 0.9) for n, label in NAMES.items() if n in text]
    ids = {text[m.start_char : m.end_char]: m.mention_id for m in mentions}
    relations = [Relation(ids[head], ids[tail], label, 0.5, "m", 0, len(text)) for head, label, tail in said]
    names = {identity: name for name, identity in ids.items()}
    return [(names[r.head_id], r.label, names[r.tail_id]) for r in settle_by_wording(text, mentions, relations)]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("We train Kale on Zorp and evaluate it on Zorp and on Marsh.", "evaluated_on"),
        ("Results of Kale fine-tuned on Marsh.", "trained_on"),
        ("The results show that pre-training Kale on Marsh helps.", "trained_on"),
        ("Kale does well on Marsh.", "evaluated_on"),  # no verb says otherwise
        ("Kale is trained for long; on Marsh it is good.", "evaluated_on"),
        ("Kale is good on Marsh, trained or tested.", "evaluated_on"),
    ],
)
def test_data_set_behind_two_verbs_goes_with_the_nearer_one(text, label):
    read = "trained_on" if text.startswith("We train") else "evaluated_on"
    assert settle(text, ("Kale", read, "Marsh")) == [("Kale", label, "Marsh")]


@pytest.mark.parametrize(
    ("text", "label"),
    [("On Marsh, Kale reaches 31.5.", "evaluated_on"), ("Trained on Marsh, Kale reaches 31.5.", "trained_on")],
)
def test_method_is_evaluated_on_what_a_value_is_measured_on(text, label):
    measured = ("31.5", "measured_on", "Marsh")
    assert settle(text, ("Kale", "trained_on", "Marsh"), measured) == [("Kale", label, "Marsh"), measured]
    assert settle(text, ("Kale", "trained_on", "Marsh")) == [("Kale", "trained_on", "Marsh")]


TURNS = "We use Marsh and Zorp for parsing, and Fen for tagging."


def test_where_types_take_turns_relations_stay_within_a_turn():
    within = [("Marsh", "benchmark_for", "parsing"), ("Zorp", "benchmark_for", "parsing")]
    within.append(("Fen", "benchmark_for", "tagging"))
    across = [("Zorp", "benchmark_for", "tagging"), ("Fen", "benchmark_for", "parsing")]
    assert settle(TURNS, *across, *within) == within


def test_relation_across_turns_stays_where_an_end_has_none_of_its_own():
    across = ("Zorp", "benchmark_for", "tagging")
    for own in (("Zorp", "benchmark_for", "parsing"), ("Fen", "benchmark_for", "tagging")):
        assert settle(TURNS, across, own) == [across, own]
    others = [across, ("Zorp", "used_for", "parsing"), ("Fen", "used_for", "tagging")]
    assert settle(TURNS, *others) == others


@pytest.mark.parametrize(
    "text", ["Marsh and Zorp for parsing and tagging.", "Marsh for parsing on Zorp and tagging on Fen."]
)
def test_other_orders_say_nothing(text):
    said = [("Marsh", "benchmark_for", "parsing"), ("Marsh", "benchmark_for", "tagging")]
    said += [("Zorp", "benchmark_for", "parsing"), ("Zorp", "benchmark_for", "tagging")]
    assert settle(text, *said) == said
