"""From relations to reported results: who reached which value by which metric on what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extractors.relations.values import parse_value
from schemas.records import Mention, Relation, Span

RESULT_RELATIONS = ("achieves", "measured_by", "measured_on")


@dataclass(frozen=True, slots=True)
class ReportedResult:
    """One reported value and what it is of; ids are those of mentions, empty where nothing is said.

    Attributes:
        value: The number, None if none can be read.
        unit: As printed, ``%`` for percent.
        text: The value as printed.
        sentence_start_char: Where it is said.
        sentence_end_char: End of that sentence.
        score: Product of the scores of the relations it rests on.
    """

    result_id: str
    method_id: str
    dataset_id: str
    metric_id: str
    value: float | None
    unit: str
    text: str
    sentence_start_char: int
    sentence_end_char: int
    score: float


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


def find_results(
    text: str, mentions: Sequence[Mention], relations: Sequence[Relation], sentences: Sequence[Span] = ()
) -> list[ReportedResult]:
    """Gather the relations round each Result mention.

    Args:
        text: The text.
        mentions: Its mentions.
        relations: Its relations.
        sentences: Its sentences, to place values of which a relation does not say where it was read.

    Returns:
        One record for each Result mention that stands in at least one relation, in text order.
    """
    by_result: dict[str, dict[str, Relation]] = {}
    for relation in keep_best_of_results(relations):
        if relation.label in RESULT_RELATIONS:
            by_result.setdefault(_result_id(relation), {})[relation.label] = relation
    found = []
    for mention in sorted((m for m in mentions if m.label == "Result"), key=lambda m: m.start_char):
        parts = by_result.get(mention.mention_id)
        if not parts:
            continue
        printed = text[mention.start_char : mention.end_char]
        value, unit = parse_value(printed)
        place = _place(mention, parts.values(), sentences)
        score = 1.0
        for relation in parts.values():
            score *= relation.score
        found.append(
            ReportedResult(
                result_id=mention.mention_id,
                method_id=parts["achieves"].head_id if "achieves" in parts else "",
                dataset_id=parts["measured_on"].tail_id if "measured_on" in parts else "",
                metric_id=parts["measured_by"].tail_id if "measured_by" in parts else "",
                value=value,
                unit=unit,
                text=printed,
                sentence_start_char=place[0],
                sentence_end_char=place[1],
                score=score,
            )
        )
    return found


def _result_id(relation: Relation) -> str:
    return relation.tail_id if relation.label == "achieves" else relation.head_id


def _place(mention: Mention, relations: Iterable[Relation], sentences: Sequence[Span]) -> tuple[int, int]:
    best = max(relations, key=lambda relation: relation.score)
    if best.sentence_end_char:
        return best.sentence_start_char, best.sentence_end_char
    for sentence in sentences:
        if sentence.start_char <= mention.start_char and mention.end_char <= sentence.end_char:
            return sentence.start_char, sentence.end_char
    return mention.start_char, mention.end_char
