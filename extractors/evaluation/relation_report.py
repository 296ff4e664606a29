"""The report on relations: Rel and Rel+, with predicted and with gold entities, by type and distance, with errors."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from extractors.evaluation.calibration import Judged
from extractors.evaluation.context import Sentences
from extractors.evaluation.groups import DISTANCES, distance_group
from extractors.evaluation.predictions import Found, Run, gold_relations, gold_spans, relation_scope
from extractors.evaluation.relations import SYMMETRIC, gold_mentions, relation_types, score_run
from extractors.evaluation.report import Cell, Report, Section, Table, score_table, with_totals
from extractors.evaluation.score_sections import calibration_section, spread_table, threshold_section
from extractors.evaluation.scores import Counts, RelationScores, TypedRelation, comparable_relations, in_order
from extractors.relations.affiliations import LAYOUTS, find_layout
from extractors.training.corpora import GoldText

ERROR_KINDS: Final = (
    "missed",
    "missed, a mention was not found",
    "wrong type",
    "wrong direction",
    "spurious",
    "spurious, a mention is wrong",
)
Sides = tuple[set[TypedRelation], set[TypedRelation]]  # gold and found relations of one text


def relation_report(
    texts: Sequence[GoldText],
    runs: Sequence[Run],
    gold_entity_runs: Sequence[Run] = (),
    *,
    kind: str = "predicted entities",
    about: Mapping[str, str],
    types: Collection[str] = (),
    more: Iterable[Section] = (),
) -> Report:
    """Everything about the relations that runs found.

    Args:
        texts: The gold texts.
        runs: One or several; the tables that are not on the spread are of the first.
        gold_entity_runs: The same models between the gold entities.
        kind: Between what the runs found relations.
        about: What stands at the top of the report.
        types: Relation types to score; empty are those that occur in the gold.
        more: Sections to put before the errors.
    """
    types = frozenset(types) or relation_types(texts)
    sections: list[Section] = []
    for name, of_kind in ((kind, runs), ("gold entities", gold_entity_runs)):
        if of_kind:
            sections.append(_score_section(name, texts, of_kind, types))
    for name, of_kind in ((kind, runs), ("gold entities", gold_entity_runs)):
        if of_kind:
            sections.append(_distance_section(name, texts, _sides(texts, of_kind[0].found, types)))
    if "affiliated_with" in types:
        sections.append(_layout_section(texts, _sides(texts, runs[0].found, {"affiliated_with"})))
    if runs[0].has_scores:
        sections.append(calibration_section(_judge(texts, runs[0].found, types)))
        sections.append(threshold_section(_judge(texts, runs[0].loose or runs[0].found, types)))
    sections += [*more, _error_section(texts, runs[0].found, types)]
    return Report("Relations: " + ", ".join(sorted(types)), about, tuple(sections))


def _score_section(kind: str, texts: Sequence[GoldText], runs: Sequence[Run], types: Collection[str]) -> Section:
    scores = [score_run(texts, run.found, types) for run in runs]
    tables = [
        with_totals(score_table(f"rel+, {kind}", scores[0].rel_plus.per_type), scores[0].rel_plus),
        with_totals(score_table(f"rel, {kind}", scores[0].rel.per_type), scores[0].rel),
    ]
    if len(runs) > 1:
        table = spread_table(_measures(scores, types), [run.name for run in runs])
        tables.append(Table(f"over runs, {kind}", table.columns, table.rows, table.note))
    note = "Rel: both mentions' bounds, direction and relation type are right. Rel+: the mentions' types too."
    return Section(f"Scores with {kind}", note, tuple(tables))


def _measures(
    scores: Sequence[RelationScores], types: Collection[str]
) -> dict[str, list[Counts] | list[tuple[float, float, float]]]:
    return {
        "rel+ micro": [s.rel_plus.micro for s in scores],
        "rel+ macro": [s.rel_plus.macro for s in scores],
        "rel micro": [s.rel.micro for s in scores],
        "rel macro": [s.rel.macro for s in scores],
        **{f"rel+ {label}": [s.rel_plus.per_type.get(label, Counts()) for s in scores] for label in sorted(types)},
    }


def _sides(texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]) -> list[Sides]:
    return [
        comparable_relations(
            gold_relations(text),
            of_text.typed_relations,
            scope=relation_scope(text),
            gold_spans=gold_spans(text),
            symmetric=SYMMETRIC,
            types=types,
        )
        for text, of_text in zip(texts, found, strict=True)
    ]


def _distance_section(kind: str, texts: Sequence[GoldText], sides: Sequence[Sides]) -> Section:
    counts: dict[str, Counts] = defaultdict(Counts)
    for text, (right, guess) in zip(texts, sides, strict=True):
        for relation in right | guess:
            group = distance_group(text.text, relation)
            is_right, is_found = relation in right, relation in guess
            counts[group] += Counts(int(is_right and is_found), int(is_found), int(is_right))
    table = score_table(f"by distance, {kind}", {name: counts[name] for name in DISTANCES})
    return Section(f"By distance, {kind}", "Rel+, by the words between the two mentions.", (table,))


def _layout_section(texts: Sequence[GoldText], sides: Sequence[Sides]) -> Section:
    counts: dict[str, Counts] = defaultdict(Counts)
    for text, (right, guess) in zip(texts, sides, strict=True):
        layout = find_layout(text.text, gold_mentions(text))
        counts[layout] += Counts(len(right & guess), len(guess), len(right))
    table = score_table("by layout, affiliated_with", {name: counts[name] for name in LAYOUTS})
    note = "Marks behind names and before institutions; one institution for all; institutions behind their authors."
    return Section("Affiliations by layout", note, (table,))


def _judge(texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]) -> dict[str, Judged]:
    """Per type, and for ``all``: the scores of the found relations, and whether each is right (Rel+)."""
    pairs: dict[str, list[tuple[float, bool]]] = {label: [] for label in sorted(types)}
    n_gold = Counter[str]()
    for of_text, (right, guess) in zip(found, _sides(texts, found, types), strict=True):
        scores = _scores(of_text)
        n_gold.update(relation[2] for relation in right)
        for relation in guess:
            pairs[relation[2]].append((scores[relation], relation in right))
    judged = {label: Judged.collect(of_type, n_gold[label]) for label, of_type in pairs.items()}
    return {"all": Judged.collect([p for of_type in pairs.values() for p in of_type], n_gold.total()), **judged}


def _scores(found: Found) -> dict[TypedRelation, float]:
    scored = zip(found.typed_relations, found.relations, strict=True)
    return {in_order(typed, SYMMETRIC): relation.score for typed, relation in scored}


def _error_section(texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for text, of_text, (right, guess) in zip(texts, found, _sides(texts, found, types), strict=True):
        rows += _error_rows(text, of_text, right, guess)
    rows.sort(key=lambda row: ERROR_KINDS.index(str(row[0])))
    counts = Counter(row[0] for row in rows)
    kinds = Table("errors by kind", ("kind", "number"), tuple((kind, counts[kind]) for kind in ERROR_KINDS))
    columns = ("kind", "gold type", "found type", "head", "tail", "score", "sentence", "text", "start", "end")
    return Section("Errors", "The mentions stand in ⟦brackets⟧.", (kinds, Table("errors", columns, tuple(rows))))


def _error_rows(
    text: GoldText, found: Found, right: set[TypedRelation], guess: set[TypedRelation]
) -> list[tuple[Cell, ...]]:
    """The errors of one text, one row for a missed and a found relation between the same two mentions."""
    sentences, scores = Sentences(text), _scores(found)
    found_spans, real_spans = set(found.spans), set(gold_spans(text))
    open_guesses: dict[frozenset[tuple[int, int]], list[TypedRelation]] = defaultdict(list)
    for relation in sorted(guess - right):
        open_guesses[_ends(relation)].append(relation)
    rows: list[tuple[Cell, ...]] = []

    def add(kind: str, gold: TypedRelation | None, said: TypedRelation | None) -> None:
        shown = gold or said
        if shown:
            head, tail = shown[0], shown[1]
            spelled = [f"{text.text[span[0] : span[1]]} ({span[2]})" for span in (head, tail)]
            labels = (gold[2] if gold else "", said[2] if said else "", *spelled, scores[said] if said else None)
            start, end = min(head[0], tail[0]), max(head[1], tail[1])
            apart = head[1] <= tail[0] or tail[1] <= head[0]
            sentence = sentences.show([head[:2], tail[:2]] if apart else [(start, end)])
            rows.append((kind, *labels, sentence, text.text_id, start, end))

    for relation in sorted(right - guess):
        between = open_guesses[_ends(relation)]
        said = between.pop() if between else None
        if said is None:
            is_found = {relation[0], relation[1]} <= found_spans
            add("missed" if is_found else "missed, a mention was not found", relation, None)
        else:
            add("wrong type" if said[2] != relation[2] else "wrong direction", relation, said)
    for relation in chain.from_iterable(open_guesses.values()):
        is_real = {relation[0], relation[1]} <= real_spans
        add("spurious" if is_real else "spurious, a mention is wrong", None, relation)
    return rows


def _ends(relation: TypedRelation) -> frozenset[tuple[int, int]]:
    return frozenset((relation[0][:2], relation[1][:2]))
