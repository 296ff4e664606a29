"""Which relations of a paper cannot be facts, whatever their score."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from extractors.fields import LEARNT_FIELD
from extractors.ner.numbers import find_p_values
from extractors.relations.names import name_key
from extractors.relations.results import RESULT_RELATIONS
from extractors.tables.results import REVISION as TABLES
from schemas.records import Abbreviation, Mention, Relation

# Of 71 facts read by hand in papers of other fields 4 were right, of those in papers of computer science seven in ten:
# the models take genes, players and symbols for methods. Affiliations, and synonyms, which rest on the spelling, hold.
_SHARE_ELSEWHERE: Final = 0.1
_HOLD_EVERYWHERE: Final = frozenset({"affiliated_with", "synonym_of"})


def doubt_other_fields(relations: Sequence[Relation], field: str) -> list[Relation]:
    """Lower the scores of what the models say of papers unlike those that they learnt from.

    Args:
        relations: Of a paper.
        field: Of the paper; '' if it is not known, which changes nothing.
    """
    if field in ("", LEARNT_FIELD):
        return list(relations)
    return [
        one if one.label in _HOLD_EVERYWHERE else replace(one, score=round(one.score * _SHARE_ELSEWHERE, 4))
        for one in relations
    ]


def drop_impossible(
    text: str, mentions: Sequence[Mention], abbreviations: Sequence[Abbreviation], relations: Sequence[Relation]
) -> list[Relation]:
    """Leave out what no paper means to say; what stays keeps its order.

    * A relation of a thing to itself, by its full name or its short form ("X outperforms the original X"). Only
      ``synonym_of`` is about two names of one thing.
    * A method evaluated on what has its own name ("wav2vec" on "wav2vec WSJ"): that is a variant, not a data set.
    * A value in a sentence that names not both, the method and the measure: of 16 such one was right. One in a table of
      which neither method nor data set is known. A p-value, which says how sure a test is.
    * All but the likeliest ``subclass_of`` of a name in a sentence: in "lossy coders such as A, and lossless coders
      such as B" each belongs to one kind.

    Args:
        text: The paper's text.
        mentions: Its mentions.
        abbreviations: Its short forms with their long forms.
        relations: Its relations, of whatever origin.
    """
    long_forms = _long_forms(text, abbreviations)
    spelled = {m.mention_id: text[m.start_char : m.end_char] for m in mentions}
    keys = {identity: long_forms.get(key, key) for identity, name in spelled.items() if (key := name_key(name))}
    founded = _founded_results(spelled, relations)
    kinds = _likeliest_kinds(keys, relations)
    return [
        relation
        for relation in relations
        if not _is_about_itself(relation, keys)
        and (relation.label not in RESULT_RELATIONS or _result_of(relation) in founded)
        and (relation.label != "subclass_of" or kinds[_said_of(relation, keys)] is relation)
    ]


def _is_about_itself(relation: Relation, keys: Mapping[str, str]) -> bool:
    head, tail = keys.get(relation.head_id), keys.get(relation.tail_id)
    if relation.label == "synonym_of" or head is None or tail is None:
        return False
    return head == tail or (relation.label == "evaluated_on" and tail.startswith(head + " ") and len(head) > 2)


def _result_of(relation: Relation) -> str:
    return relation.tail_id if relation.label == "achieves" else relation.head_id


def _founded_results(spelled: Mapping[str, str], relations: Iterable[Relation]) -> set[str]:
    """Ids of the values of which enough is said, see ``drop_impossible``; p-values left out."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    in_table: set[str] = set()
    for relation in relations:
        if relation.label in RESULT_RELATIONS:
            said[_result_of(relation)].add(relation.label)
            if relation.model == TABLES and relation.label != "measured_by":
                in_table.add(_result_of(relation))
    founded = in_table | {identity for identity, labels in said.items() if {"achieves", "measured_by"} <= labels}
    return {identity for identity in founded if not find_p_values(spelled.get(identity, ""))}


def _said_of(relation: Relation, keys: Mapping[str, str]) -> tuple[str, int]:
    return keys.get(relation.head_id, relation.head_id), relation.sentence_start_char


def _likeliest_kinds(keys: Mapping[str, str], relations: Iterable[Relation]) -> dict[tuple[str, int], Relation]:
    """The likeliest ``subclass_of`` of each name in each sentence; relations of a thing to itself do not count."""
    said: defaultdict[tuple[str, int], list[Relation]] = defaultdict(list)
    for relation in relations:
        if relation.label == "subclass_of":
            said[_said_of(relation, keys)].append(relation)
    return {key: max(some, key=lambda r: (not _is_about_itself(r, keys), r.score)) for key, some in said.items()}


def _long_forms(text: str, abbreviations: Iterable[Abbreviation]) -> dict[str, str]:
    """Keys of short forms with the keys of what they are short for; the first definition counts."""
    forms: dict[str, str] = {}
    for one in sorted(abbreviations, key=lambda a: a.short_start_char):
        short = name_key(text[one.short_start_char : one.short_end_char])
        forms.setdefault(short, name_key(text[one.long_start_char : one.long_end_char]))
    return {short: long for short, long in forms.items() if short and long}
