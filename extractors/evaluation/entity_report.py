"""The report on entities: every view that helps to see what a tagger can and cannot do."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from extractors.evaluation.alignment import ERROR_KINDS, NONE, RIGHT, Pair, align_mentions, count_confusions
from extractors.evaluation.calibration import Judged, calibration_error
from extractors.evaluation.context import Sentences
from extractors.evaluation.groups import (
    FORMS,
    KNOWN,
    LENGTHS,
    count_groups,
    form_group,
    known_group,
    known_mentions,
    length_group,
)
from extractors.evaluation.predictions import Found, Run, gold_spans
from extractors.evaluation.report import Heatmap, Report, Section, Table, score_table, with_totals
from extractors.evaluation.score_sections import calibration_section, spread_table, threshold_section
from extractors.evaluation.scores import Counts, EntityScores, TypedSpan, score_entities
from extractors.training.corpora import GoldText


def entity_report(
    texts: Sequence[GoldText],
    runs: Sequence[Run],
    *,
    about: Mapping[str, str],
    types: Collection[str] = (),
    training: Mapping[str, Sequence[GoldText]] | None = None,
    more: Iterable[Section] = (),
) -> Report:
    """Everything about the mentions that runs found.

    Args:
        texts: The gold texts.
        runs: One or several, such as one for each seed; the tables that are not on the spread are of the first.
        about: What stands at the top of the report.
        types: Entity types to score; empty are those that occur in the gold.
        training: Named training corpora, by which mentions are called seen or unseen.
        more: Sections to put before the errors, such as those on speed.
    """
    types = frozenset(types) or gold_types(texts)
    scores = [score_run(texts, run, types) for run in runs]
    pairs = [align_mentions(gold, found) for gold, found in _both_sides(texts, runs[0].found, types)]
    sections = [_score_section(scores, runs, texts, types), _group_section(texts, runs[0], types, training or {})]
    sections.append(_confusion_section(pairs, types))
    if runs[0].has_scores:
        given = judge(texts, runs[0].found, types)
        loose = judge(texts, runs[0].loose, types) if runs[0].loose else given
        sections += [calibration_section(given), threshold_section(loose)]
    sections += [*more, _error_section(texts, runs[0], pairs)]
    return Report("Entities: " + ", ".join(sorted(types)), about, tuple(sections))


def gold_types(texts: Iterable[GoldText]) -> frozenset[str]:
    """The entity types that occur."""
    return frozenset(entity.label for text in texts for entity in text.entities)


def score_run(texts: Sequence[GoldText], run: Run, types: Collection[str]) -> EntityScores:
    """Exact, relaxed and boundary scores of one run."""
    return score_entities([gold_spans(text) for text in texts], [found.spans for found in run.found], types)


def judge(texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]) -> dict[str, Judged]:
    """Per type, and for ``all``: the scores of the found mentions, and whether each is right (exact match)."""
    pairs: dict[str, list[tuple[float, bool]]] = {label: [] for label in sorted(types)}
    n_gold = Counter[str]()
    for text, of_text in zip(texts, found, strict=True):
        right = {span for span in gold_spans(text) if span[2] in types}
        n_gold.update(span[2] for span in right)
        for span, score in {(m.start_char, m.end_char, m.label): m.score for m in of_text.mentions}.items():
            if span[2] in types:
                pairs[span[2]].append((score, span in right))
    judged = {label: Judged.collect(found, n_gold[label]) for label, found in pairs.items()}
    everything = Judged.collect([pair for found in pairs.values() for pair in found], n_gold.total())
    return {"all": everything, **judged}


def _both_sides(
    texts: Sequence[GoldText], found: Sequence[Found], types: Collection[str]
) -> list[tuple[set[TypedSpan], set[TypedSpan]]]:
    return [
        ({s for s in gold_spans(text) if s[2] in types}, {s for s in of_text.spans if s[2] in types})
        for text, of_text in zip(texts, found, strict=True)
    ]


def _score_section(
    scores: Sequence[EntityScores], runs: Sequence[Run], texts: Sequence[GoldText], types: Collection[str]
) -> Section:
    first = scores[0]
    tables = [
        with_totals(score_table("exact match", first.exact.per_type), first.exact),
        with_totals(score_table("relaxed match", first.relaxed.per_type), first.relaxed),
        score_table("boundary only", {"all": first.boundary.micro}),
    ]
    if len(runs) > 1:
        measures = {
            "exact micro": [s.exact.micro for s in scores],
            "exact macro": [s.exact.macro for s in scores],
            "relaxed micro": [s.relaxed.micro for s in scores],
            "boundary": [s.boundary.micro for s in scores],
            **{f"exact {label}": [s.exact.per_type.get(label, Counts()) for s in scores] for label in sorted(types)},
        }
        tables.append(spread_table(measures, [run.name for run in runs]))
        errors = [calibration_error(judge(texts, run.found, types)["all"]) for run in runs if run.has_scores]
        names = [run.name for run in runs if run.has_scores]
        tables.append(Table("calibration error by run", ("run", "error"), tuple(zip(names, errors, strict=True))))
    note = (
        "Exact: start, end and type are right. Relaxed: the type is right and a character is shared, one to one. "
        "Boundary: start and end are right. Repeats count once; macro is the mean over the types of the gold."
    )
    return Section("Scores", note, tuple(tables))


def _group_section(
    texts: Sequence[GoldText], run: Run, types: Collection[str], training: Mapping[str, Sequence[GoldText]]
) -> Section:
    sides = _both_sides(texts, run.found, types)
    gold, found = [side[0] for side in sides], [side[1] for side in sides]
    plain = [text.text for text in texts]

    def table(name: str, groups: Sequence[str], counts: Mapping[str, Counts], note: str = "") -> Table:
        return score_table(name, {group: counts.get(group, Counts()) for group in groups}, note=note)

    tables = [
        table("by length", LENGTHS, count_groups(plain, gold, found, length_group)),
        table("by form", FORMS, count_groups(plain, gold, found, form_group)),
    ]
    if training:
        known = known_group(known_mentions(text for corpus in training.values() for text in corpus))
        note = f"Seen: the same words, without case, are a mention in {', '.join(training)}."
        tables.append(table("seen and unseen", KNOWN, count_groups(plain, gold, found, known), note))
        rows: dict[str, Counts] = {}
        for label in sorted(types):
            sides = _both_sides(texts, run.found, {label})
            counts = count_groups(plain, [side[0] for side in sides], [side[1] for side in sides], known)
            rows |= {f"{label}, {group}": counts.get(group, Counts()) for group in KNOWN}
        tables.append(score_table("seen and unseen by type", rows))
    return Section("By kind of mention", "Exact match.", tuple(tables))


def _confusion_section(pairs: Sequence[Sequence[Pair]], types: Collection[str]) -> Section:
    counts = count_confusions(pair for of_text in pairs for pair in of_text)
    names = (*sorted(types), NONE)
    matrix = tuple(tuple(counts[gold, found] for found in names) for gold in names)
    table = Table("confusion", ("gold", *names), tuple((name, *row) for name, row in zip(names, matrix, strict=True)))
    note = "Rows are gold, columns found. Mentions that overlap are matched one to one, whatever their bounds."
    return Section("Confusion", note, (table,), (Heatmap("confusion of types", names, names, matrix),))


def _error_section(texts: Sequence[GoldText], run: Run, pairs: Sequence[Sequence[Pair]]) -> Section:
    counts = Counter(pair.kind for of_text in pairs for pair in of_text)
    kinds = Table("errors by kind", ("kind", "number"), tuple((kind, counts[kind]) for kind in ERROR_KINDS))
    columns = ("kind", "gold type", "gold", "found type", "found", "score", "sentence", "text", "start", "end")
    rows = [
        row
        for text, found, of_text in zip(texts, run.found, pairs, strict=True)
        for row in _error_rows(text, found, of_text)
    ]
    rows.sort(key=lambda row: ERROR_KINDS.index(row[0]))
    return Section("Errors", "The mentions stand in ⟦brackets⟧.", (kinds, Table("errors", columns, tuple(rows))))


def _error_rows(text: GoldText, found: Found, pairs: Iterable[Pair]) -> list[tuple]:
    sentences = Sentences(text)
    scores = {(m.start_char, m.end_char, m.label): m.score for m in found.mentions}
    rows = []
    for pair in pairs:
        if pair.kind != RIGHT:
            sides = [span for span in (pair.gold, pair.found) if span]
            start, end = min(span[0] for span in sides), max(span[1] for span in sides)
            spelled = [
                (span[2], text.text[span[0] : span[1]]) if span else ("", "") for span in (pair.gold, pair.found)
            ]
            score = scores[pair.found] if pair.found else None
            sentence = sentences.show([(start, end)])
            rows.append((pair.kind, *spelled[0], *spelled[1], score, sentence, text.text_id, start, end))
    return rows
