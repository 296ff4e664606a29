"""Reported results: who reached which value by which metric on what."""

from collections.abc import Iterable

from schemas.records import Relation

RESULT_RELATIONS = ("achieves", "measured_by", "measured_on")


def keep_best_of_results(relations: Iterable[Relation]) -> list[Relation]:
    """Leave each value its likeliest method, dataset and metric: a value is reached once, on one set, by one measure.

    Relations of other kinds stay, and so does the order.
    """
    relations = list(relations)
    best: dict[tuple[str, str], Relation] = {}
    for relation in relations:
        if relation.label in RESULT_RELATIONS:
            key = (relation.label, _result_id(relation))
            if key not in best or relation.score > best[key].score:
                best[key] = relation
    return [
        relation
        for relation in relations
        if relation.label not in RESULT_RELATIONS or best[relation.label, _result_id(relation)] is relation
    ]


def _result_id(relation: Relation) -> str:
    return relation.tail_id if relation.label == "achieves" else relation.head_id
