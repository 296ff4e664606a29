"""Results of tables as mentions and relations: the same form in which sentences give theirs."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from extractors.ner.clean import MODEL_SIZE
from extractors.relations.experiments import find_own_method
from extractors.relations.names import PaperNames, name_key
from extractors.tables.caption import Context
from extractors.tables.reading import TableResult, read_tables
from extractors.tables.roles import Role
from extractors.tables.upright import stand_up
from schemas.records import Mention, ParsedPaper, Relation

REVISION: Final = "tables-3"
NAMED: Final = ("Method", "Dataset", "Metric")
_VALUE_SCORE: Final = 0.9
_LEAST_VALUES: Final = 3  # that a name must have in tables to say what it names
_VARIANT_SCORE: Final = 0.9  # who runs BERT-large on a data set runs BERT on it, and its results are BERT's
_VARIANT: Final = re.compile(rf" ?(?:\d+|{MODEL_SIZE})(?: .*)?")


@dataclass(frozen=True, slots=True)
class PaperResults:
    """All mentions of a paper, those of its tables among them, and what the tables say of them."""

    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]


def find_table_results(paper: ParsedPaper, mentions: Sequence[Mention]) -> PaperResults:
    """Read the tables of results of a paper.

    Args:
        paper: The paper.
        mentions: What the tagger found in its body.

    Returns:
        The mentions, with values and names that only tables print; where a new one overlaps one of the tagger's, the
        new one stays; a name that tables use as a method or as a data set is one in the text too. And ``achieves``,
        ``measured_on``, ``measured_by`` for each value, ``evaluated_on`` for each method and data set that have a value
        together, ``benchmark_for`` for each data set with a value and the task that the caption or the heading names.
        The place of a relation is the row of the table; of the last, the caption's first sentence or the heading.
    """
    names = PaperNames(paper.text, mentions, NAMED)
    tasks = tuple(sorted((m for m in mentions if m.label == "Task"), key=lambda m: m.start_char))
    context = Context(stand_up(paper), names, find_own_method(paper, names), tasks)
    results = read_tables(context)
    added = _new_mentions(results)
    taken = sorted((m.start_char, m.end_char) for m in added.values())
    kept = _as_tables_use(paper.text, [m for m in mentions if not _overlaps(taken, m)], results)
    ends = _Ends(names, kept, added, paper.text)
    relations = [relation for result in results for relation in _relations(result, ends)]
    known = {m.mention_id for m in kept}
    relations += [one for result in results for one in _task_relations(result, ends) if one.tail_id in known]
    return PaperResults(
        tuple(sorted([*kept, *added.values()], key=lambda m: (m.start_char, m.end_char, m.label))),
        tuple(_best(relations)),
    )


def _new_mentions(results: Iterable[TableResult]) -> dict[tuple[int, int], Mention]:
    """Values, and names that only their heads print; of two that overlap the first."""
    found: dict[tuple[int, int], Mention] = {}
    results = list(results)
    for one in (one for one in results if one.metric is not None):
        span = one.start_char, one.end_char
        found[span] = Mention(*span, "Result", _VALUE_SCORE, REVISION, one.condition)
    for role in (role for one in results for role in one.roles() if not role.key):
        span = role.start_char, role.end_char
        if not any(a < span[1] and span[0] < b and (a, b) != span for a, b in found):
            found.setdefault(span, Mention(*span, role.label, role.score, REVISION))
    return found


def _as_tables_use(text: str, mentions: Sequence[Mention], results: Iterable[TableResult]) -> list[Mention]:
    """The mentions, where a name that has values in tables as a method and never as a data set is one; and vice versa.

    A sentence often leaves open what a rare name stands for, and misleads the tagger; a column of a table does not.
    """
    uses: dict[str, Counter[str]] = defaultdict(Counter)
    for role in (role for one in results for role in (one.method, one.dataset) if role is not None):
        uses[role.key or name_key(text[role.start_char : role.end_char])][role.label] += 1
    labels = {key: label for key, by in uses.items() if len(by) == 1 for label, n in by.items() if n >= _LEAST_VALUES}

    def used(mention: Mention) -> Mention:
        if mention.label not in ("Method", "Dataset"):
            return mention
        label = labels.get(name_key(text[mention.start_char : mention.end_char]), mention.label)
        return mention if label == mention.label else replace(mention, label=label)

    return [*map(used, mentions)] if labels else list(mentions)


def _overlaps(taken: Sequence[tuple[int, int]], mention: Mention) -> bool:
    return any(start < mention.end_char and mention.start_char < end for start, end in taken)


class _Ends:
    """The mention that stands for a head: its own, else that of the name nearest to it."""

    def __init__(
        self, names: PaperNames, kept: Iterable[Mention], added: dict[tuple[int, int], Mention], text: str
    ) -> None:
        ids = {mention.mention_id for mention in kept}
        self.added, self.text = added, text
        self.known: dict[tuple[str, str], list[Mention]] = {
            key: [m for m in some if m.mention_id in ids] for key, some in names.mentions.items()
        }
        for mention in added.values():
            if mention.label != "Result":
                key = mention.label, name_key(text[mention.start_char : mention.end_char])
                self.known.setdefault(key, []).append(mention)

    def of(self, role: Role, place: int) -> Mention | None:
        if not role.key:
            mention = self.added.get((role.start_char, role.end_char))
            return mention if mention is not None and mention.label == role.label else None
        near = self.known.get((role.label, role.key), [])
        return min(near, key=lambda m: (abs(m.start_char - place), m.start_char), default=None)

    def variant_of(self, role: Role, method: Mention) -> Mention | None:
        """The method that one with a size or a number behind its name is a variant of, if the paper names it."""
        key = role.key or name_key(self.text[method.start_char : method.end_char])
        whole = [k for label, k in self.known if label == "Method" and key != k and key.startswith(k)]
        whole = [k for k in whole if _VARIANT.fullmatch(key[len(k) :])]
        near = self.known["Method", max(whole, key=len)] if whole else []
        return min(near, key=lambda m: (abs(m.start_char - method.start_char), m.start_char), default=None)


def _relations(result: TableResult, ends: _Ends) -> Iterable[Relation]:
    value = ends.added.get((result.start_char, result.end_char))
    place = result.row_start_char, result.row_end_char
    dataset = ends.of(result.dataset, result.start_char) if result.dataset else None
    metric = ends.of(result.metric, result.start_char) if result.metric else None
    method = ends.of(result.method, result.start_char)
    whole = ends.of(result.whole, result.start_char) if result.whole else None
    scored = [(method, result.method.score), (whole, _VARIANT_SCORE * result.method.score)]
    methods = [(mention, score) for mention, score in scored if mention is not None]
    if value is not None and metric is not None and result.metric and methods:
        for mention, score in methods:
            yield Relation(mention.mention_id, value.mention_id, "achieves", score, REVISION, *place)
        yield Relation(value.mention_id, metric.mention_id, "measured_by", result.metric.score, REVISION, *place)
        if dataset is not None and result.dataset:
            score = result.dataset.score
            yield Relation(value.mention_id, dataset.mention_id, "measured_on", score, REVISION, *place)
    if dataset is not None and result.dataset:
        if method is not None and whole is None and (other := ends.variant_of(result.method, method)) is not None:
            methods.append((other, _VARIANT_SCORE * result.method.score))
        for mention, score in methods:
            score *= result.dataset.score
            yield Relation(mention.mention_id, dataset.mention_id, "evaluated_on", score, REVISION, *place)


def _task_relations(result: TableResult, ends: _Ends) -> Iterable[Relation]:
    """The data set of a value is a benchmark for the task that the table is said to be about."""
    task = result.task
    if result.dataset is None or task is None:
        return
    dataset = ends.of(result.dataset, task.start_char)
    if dataset is not None:
        score = round(task.score * result.dataset.score * task.mention.score, 4)
        ids = dataset.mention_id, task.mention.mention_id
        yield Relation(*ids, "benchmark_for", score, REVISION, task.start_char, task.end_char)


def _best(relations: Iterable[Relation]) -> list[Relation]:
    """Each relation of two mentions once, where it is surest."""
    best: dict[tuple[str, str, str], Relation] = {}
    for relation in relations:
        key = relation.head_id, relation.tail_id, relation.label
        if key not in best or relation.score > best[key].score:
            best[key] = relation
    return list(best.values())
