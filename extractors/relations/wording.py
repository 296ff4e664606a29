"""Sentences that name several things of a type: which of them belong together, by their order and by their verbs."""

import re
from bisect import bisect_left
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import groupby
from typing import Final, TypeAlias

from schemas.records import Mention, Relation

_Sentence: TypeAlias = tuple[int, int]  # start and end in the text

_TRAINS: Final = re.compile(r"\b(?:pre-?|re-?)?train(?:ed|ing|s)?\b|\bfine-?\s?tun(?:e|ed|es|ing)\b", re.IGNORECASE)
_TESTS: Final = re.compile(
    r"\b(?:evaluat(?:e|ed|es|ing|ions?)|test(?:ed|s|ing)?|validat(?:e|ed|es|ing)|assess(?:ed|es|ing)?|"
    r"experiments?|results?|transfer(?:red|ring)?)\b",
    re.IGNORECASE,
)
_BY_VERB: Final = ("trained_on", "evaluated_on")


def settle_by_wording(text: str, mentions: Sequence[Mention], relations: Sequence[Relation]) -> list[Relation]:
    """Mend what a classifier, which looks at one pair at a time, mixes up in a sentence.

    * "We train X on A and evaluate it on B": a data set that both verbs stand before goes with the nearer one. "On A, X
      reaches 31.5": without a word of training, a method is evaluated on what a value is measured on.
    * "A and B for x, and C for y": where things of two types take turns, those of a turn belong together. A relation
      across turns is left out if both its ends have the same relation within their own turns.

    Args:
        text: The text.
        mentions: Its mentions.
        relations: Its relations, each with the sentence in which it was read.

    Returns:
        The relations that stay, in the same order.
    """
    measured = {relation.tail_id for relation in relations if relation.label == "measured_on"}
    relations = [_by_verb(text, relation, measured) for relation in relations]
    turns = _Turns(mentions)
    crossing = [turns.is_across(relation) for relation in relations]
    own = {
        (relation.label, end)
        for relation, across in zip(relations, crossing, strict=True)
        if across is False
        for end in (relation.head_id, relation.tail_id)
    }
    return [
        relation
        for relation, across in zip(relations, crossing, strict=True)
        if not (across and {(relation.label, relation.head_id), (relation.label, relation.tail_id)} <= own)
    ]


def _by_verb(text: str, relation: Relation, measured: Set[str]) -> Relation:
    """The relation as the verbs of its sentence have it; ``measured`` has the ids of what values are measured on."""
    if relation.label not in _BY_VERB:
        return relation
    sentence = relation.sentence_start_char, relation.sentence_end_char
    if relation.tail_id in measured and not _TRAINS.search(text, *sentence):
        return replace(relation, label="evaluated_on")
    place = relation.sentence_start_char, int(relation.tail_id.split("-")[0])
    trains = [match.start() for match in _TRAINS.finditer(text, *place)]
    tests = [match.start() for match in _TESTS.finditer(text, *place)]
    if not trains or not tests:
        return relation
    return replace(relation, label=_BY_VERB[tests[-1] > trains[-1]])


class _Turns:
    """In which turn each mention stands where the mentions of two types take turns in a sentence."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = sorted(mentions, key=lambda m: (m.start_char, m.end_char))
        self.labels = {mention.mention_id: mention.label for mention in mentions}
        self.known: dict[tuple[_Sentence, frozenset[str]], dict[str, int]] = {}

    def is_across(self, relation: Relation) -> bool | None:
        """Do the ends of a relation stand in different turns; None if their types do not take turns."""
        types = frozenset((self.labels[relation.head_id], self.labels[relation.tail_id]))
        if len(types) < 2:
            return None
        sentence = relation.sentence_start_char, relation.sentence_end_char
        if (sentence, types) not in self.known:
            self.known[sentence, types] = self._number(sentence, types)
        turns = self.known[sentence, types]
        return turns[relation.head_id] != turns[relation.tail_id] if turns else None

    def _number(self, sentence: _Sentence, types: frozenset[str]) -> dict[str, int]:
        """Mention id -> turn; empty unless there are two turns or more, each with both types."""
        i, j = (bisect_left(self.mentions, place, key=lambda m: m.start_char) for place in sentence)
        inside = [m for m in self.mentions[i:j] if m.label in types and m.end_char <= sentence[1]]
        runs = [list(run) for _, run in groupby(inside, key=lambda m: m.label)]
        if len(runs) < 4 or len(runs) % 2:
            return {}
        return {mention.mention_id: n // 2 for n, run in enumerate(runs) for mention in run}
