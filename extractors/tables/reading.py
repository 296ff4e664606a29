"""From the cells of a table to results: which method reached which value on what, by which measure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final

from extractors.ner.metric_names import find_metric_names
from extractors.relations.values import parse_value
from extractors.tables.caption import Context, Said, split_captions, with_rows_above, without_caption_rows
from extractors.tables.conditions import read_condition, tell_captions_apart
from extractors.tables.grid import Grid, read_grid
from extractors.tables.headers import Heads, ValueCell, is_mark, read_values, split_side_by_side
from extractors.tables.lookup import HeadRoles
from extractors.tables.measures import find_new_metric, is_single_letter, looks_like_metric
from extractors.tables.pieces import Piece, merge_pieces
from extractors.tables.regions import TableRegion, find_tables
from extractors.tables.roles import (
    Role,
    find_ours,
    is_ablation,
    is_addition,
    is_difference,
    is_new_name,
    is_no_result,
    is_ours,
    is_split,
    is_training,
    trim_label,
)
from extractors.tables.tasks import TableTask, find_task

_NUMBER: Final = re.compile(r"[-−–]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:\s?(?:±|\+/-)\s?\d*\.?\d+)?(?:\s?%)?")
_COUNT: Final = re.compile(r"\d[\d.,]*\s?[kKmMGB%]?")
_NO_RESULTS: Final = re.compile(
    r"hyper-?\s?param|\bstatistics?\b|split sizes?|\bnumber of|\bnotations?\b|\bexamples? of|search space|"
    r"configuration|size compar|architecture details|network structure|dataset details|symbols|running time|"
    r"run-?time|"
    r"inter-?annotator",
    re.IGNORECASE,
)
_SPEAKS_OF_RESULTS: Final = re.compile(
    r"result|perform|compar|evaluat|accura|score|error|ablation|effect|state.of.the.art|baseline", re.IGNORECASE
)
_BETWEEN_NUMBERS: Final = "/|"
_MIN_VALUES: Final = 3
_ONE_SIZE: Final = 5.0  # times may the medians of columns differ that are of one measure
_SEVERAL: Final = 3  # heads over values that look like names of methods
_MANY: Final = 4  # columns without a measure beside some with one
_LONGEST_ROW: Final = 400  # characters; a longer one was put together from lines that are not one row


def is_about_settings(caption: str) -> bool:
    """Does a caption, or its first sentence, speak of settings or sizes, and of no measure."""
    return bool(_NO_RESULTS.search(caption)) and not find_metric_names(caption, only_sure=True)


@dataclass(frozen=True, slots=True)
class TableResult:
    """One value of a table with what it is of; None where nothing says on what or by what it is measured, not both.

    ``condition`` is what its heads say besides, and what tells its caption from one that is nearly the same. ``whole``
    is the method that ``method`` is a variant of, by a size or a setting; that is in the condition then.
    """

    start_char: int
    end_char: int
    method: Role
    dataset: Role | None
    metric: Role | None
    row_start_char: int
    row_end_char: int
    task: TableTask | None = None
    condition: str = ""
    whole: Role | None = None

    def roles(self) -> list[Role]:
        """What the value is of."""
        return [role for role in (self.method, self.dataset, self.metric) if role is not None]


def read_tables(context: Context) -> list[TableResult]:
    """The results in all tables of a paper, in text order."""
    readers: list[_Reader] = []
    for table in find_tables(context.paper):
        grid = read_grid(context.paper, table)
        if grid is None:
            continue
        parts = split_side_by_side(grid)
        for part, said in zip(parts, split_captions(context.paper, table, len(parts)), strict=True):
            if any(row.is_data for row in part.rows) and any(column.is_value for column in part.columns):
                bare, caption = without_caption_rows(part, said)
                readers.append(_Reader(context, table, bare, with_rows_above(bare, caption)))
    differences = tell_captions_apart([reader.said.first_sentence() for reader in readers])
    found = [one for reader, said in zip(readers, differences, strict=True) for one in reader.read(said)]
    unique = {(one.start_char, one.end_char): one for one in found}
    return sorted(unique.values(), key=lambda one: one.start_char)


class _Reader:
    """One table: the roles of its heads, and what its caption says where they are silent."""

    def __init__(self, context: Context, table: TableRegion, grid: Grid, caption: str) -> None:
        self.text, self.own, self.grid = context.paper.text, context.own, grid
        self.values = read_values(grid)
        self.roles = HeadRoles(self.text, context.names, grid, self.values)
        self.said = Said(context, table, caption)
        self.task = find_task(context.paper, table, context.tasks)
        letters = [p for heads in self.roles.by_column.values() for p in heads[-1:] if is_single_letter(p)]
        self.letters = len(letters) > 1
        labels = [piece for heads in self.roles.by_row.values() for piece, _ in heads.row]
        self.ticked = bool(labels) and all(is_mark(piece.text) for piece in labels)

    def read(self, differences: Sequence[str]) -> list[TableResult]:
        """The results of the table; none if it is about something else.

        Args:
            differences: What its caption says otherwise than one that is nearly the same.
        """
        self.differences = differences
        if len(self.values) < _MIN_VALUES or self._is_about_settings():
            return []
        self.alike = self._columns_of_one_measure()
        results = [result for value in self.values for result in self._results(value)]
        return results if self._are_plausible(results) else []

    def _is_about_settings(self) -> bool:
        """Does the caption's first sentence speak of settings or sizes, and no head of a measure."""
        return is_about_settings(self.said.first_sentence()) and not self._has_metric_heads()

    def _has_metric_heads(self) -> bool:
        return any(self.roles.metric(piece) for heads in self.roles.by_column.values() for piece in heads)

    def _are_plausible(self, results: Sequence[TableResult]) -> bool:
        """Are there enough, and do their numbers look like results where no measure is known for sure."""
        numbers = [self.text[result.start_char : result.end_char] for result in results]
        is_measured = self._has_metric_heads() or bool(find_metric_names(self.said.text, only_sure=True))
        if not is_measured and not any("." in number or "%" in number for number in numbers):
            return False
        unmeasured = [self.text[r.start_char : r.end_char] for r in results if r.metric is None]
        decimal = sum("." in printed or "%" in printed for printed in unmeasured)
        return len(results) > 1 and (2 * len(unmeasured) <= len(results) or 2 * decimal >= len(unmeasured))

    def _results(self, value: ValueCell) -> Iterable[TableResult]:
        heads = value.heads
        if self._has_no_result(heads):
            return []
        metric = self._metric_of(heads)
        if metric is None and self._is_no_result(heads):
            return []
        method = self._method_of(heads) or self._varied_method(value)
        if method is None:
            return []
        dataset = self._dataset_of(heads, metric, method)
        metric = metric or self._unheaded_metric(value, dataset)
        if metric is None and (dataset is None or not self._looks_like_result(value)):
            return []
        if dataset is None and self.roles.is_average(heads):
            return []
        return self._split(value, method, dataset, metric)

    def _has_no_result(self, heads: Heads) -> bool:
        """Are values measured on training data, differences, or under half a name ("Self-" over "TER")."""
        of_values = _heads_of_values(heads)
        return any(is_training(piece.text) or is_difference(piece.text) for piece in of_values) or (
            self._broken_head(heads) is not None and not self.roles.joined_metric(heads)
        )

    def _is_no_result(self, heads: Heads) -> bool:
        """Does a head say that values are sizes, times or settings."""
        labels = heads.row[:1] if self.roles.in_rows is None else ()
        return any(is_no_result(piece.text) for piece in (*_heads_of_values(heads), *(piece for piece, _ in labels)))

    def _unheaded_metric(self, value: ValueCell, dataset: Role | None) -> Role | None:
        """The measure of a value whose heads name none that is known: the caption's, else a new one's."""
        said = self.said.metric_of(dataset) if value.column in self.alike else None
        return said if said or self.said.metric_of(None) is not None else self._new_metric(value.heads)

    def _looks_like_result(self, value: ValueCell) -> bool:
        """May a number be a result although nothing says by what it is measured."""
        decimal = "." in value.piece.text or "%" in value.piece.text
        return decimal and _SPEAKS_OF_RESULTS.search(self.said.text) is not None

    def _metric_of(self, heads: Heads) -> Role | None:
        if (broken := self._broken_head(heads)) is not None:
            return Role("Metric", broken.start_char, broken.end_char, self.roles.joined_metric(heads), 0.9)
        for piece in reversed(heads.columns):
            if self.letters and is_single_letter(piece):
                return Role("Metric", piece.start_char, piece.end_char, "", 0.8)
            if role := self.roles.metric_over_values(piece):
                return role
        labels = [p for p, _ in heads.row if self.roles.place(p) != self.roles.in_rows]
        found = [*map(self.roles.metric_of_row, labels), *map(self.roles.metric, heads.groups)]
        found += map(self.said.defined_metric, [*reversed(heads.columns), *(p for p, _ in heads.row)])
        found.append(self.roles.metric_like_its_neighbours(heads))
        is_under_dataset = any(map(self.roles.dataset, heads.columns[:-1]))
        found += [
            find_new_metric(self.text, p) for p in heads.columns[-1:] if is_under_dataset or not self.roles.dataset(p)
        ]
        return next(filter(None, found), None)

    def _new_metric(self, heads: Heads) -> Role | None:
        """An unknown head under the name of a data set: what else could tell such columns apart."""
        if len(heads.columns) < 2 or not any(map(self.roles.dataset, heads.columns[:-1])):
            return None
        leaf = heads.columns[-1]
        if self.roles.dataset(leaf) or self.roles.method(leaf, named=False):
            return None
        return find_new_metric(self.text, leaf, is_sure=True)

    def _varied_method(self, value: ValueCell) -> Role | None:
        """The method that a row of an ablation varies: that of the row above it, else the paper's own."""
        labels = [piece for piece, _ in value.heads.row]
        if self.roles.in_header is None and labels and all(is_mark(piece.text) for piece in labels):
            return self._own_method(labels[0], 0.6) if self.own else None
        if self.roles.in_header is None and not labels and self.ticked and self.own:
            return self._own_method(value.piece, 0.6)
        label = next((piece for piece in labels if self.roles.place(piece) == self.roles.in_rows), None)
        if label is None or not is_ablation(label.text):
            return None
        found = {i: self._method_of(heads) for i, heads in self.roles.by_row.items()}
        above = [role.key for i, role in sorted(found.items()) if role is not None and i < value.row]
        key = above[-1] if above else ""
        is_own = any(role is not None and role.key == self.own for role in found.values())
        if not is_addition(label.text) and not key.startswith(self.own) and (is_own or not above):
            key = self.own
        return Role("Method", label.start_char, label.start_char, key, 0.6) if key else None

    def _broken_head(self, heads: Heads) -> Piece | None:
        """The head whose name begins on the line above it, with a hyphen at that line's end."""
        return next((below for above, below in pairwise(heads.columns) if above.text.endswith("-")), None)

    def _method_of(self, heads: Heads) -> Role | None:
        if self.roles.in_rows is not None:
            labels = [p for p, _ in heads.row if self.roles.place(p) == self.roles.in_rows]
            labels = labels or [p for p, _ in heads.row[:1]]
            return self._label_method(labels[0]) if labels else None
        if self.roles.in_header is not None and self.roles.in_header < len(heads.columns):
            return self._label_method(heads.columns[self.roles.in_header])
        for group in heads.groups:
            if role := self.roles.method(group, named=False):
                return replace(role, score=0.7)
        if self._is_of_one_method():
            return self._own_method(heads.row[0][0] if heads.row else self.values[0].piece, 0.45)
        return None

    def _label_method(self, piece: Piece) -> Role | None:
        role = self.roles.method(piece, named=self.roles.takes_new_names)
        if (role is None or not role.key) and is_ours(piece.text) and self.own:
            return self._own_method(piece, 0.75)
        return role

    def _is_of_one_method(self) -> bool:
        """Are the rows measures or data sets, so that all values are of one method: the paper's own."""
        if self.roles.n_new_names_over_values() >= _SEVERAL:
            return False
        rows = [piece for one in self.roles.by_row.values() for piece, _ in one.row[:1]]
        known = sum(bool(self.roles.metric(piece) or self.roles.dataset(piece)) for piece in rows)
        return bool(self.own) and known >= 0.6 * max(1, len(rows))

    def _own_method(self, piece: Piece, score: float) -> Role:
        start, end = find_ours(self.text[piece.start_char : piece.end_char]) or (0, 0)
        return Role("Method", piece.start_char + start, piece.start_char + end, self.own, score)

    def _dataset_of(self, heads: Heads, metric: Role | None, method: Role) -> Role | None:
        found = self._headed_dataset(heads, metric, method)
        return None if found and metric and self._are_alike(found, metric) else found  # LAS is no data set

    def _are_alike(self, one: Role, other: Role) -> bool:
        printed = {self.text[role.start_char : role.end_char].casefold() for role in (one, other)}
        return (len(printed) == 1 and "" not in printed) or bool(one.key and one.key == other.key)

    def _headed_dataset(self, heads: Heads, metric: Role | None, method: Role) -> Role | None:
        rows = [piece for piece, _ in heads.row if self.roles.place(piece) in self.roles.dataset_rows]
        others = {role.start_char for role in (metric, method) if role is not None}
        over = [p for p in reversed(heads.columns) if p.start_char not in others]
        for piece in [*rows, *(p for p in over if not is_split(p.text))]:
            if role := self.roles.dataset(piece):
                return self.roles.told_apart(role, piece)
        found = [*map(self.said.defined_dataset, over), *map(self._new_dataset, rows)]
        found.append(self.roles.dataset_like_its_neighbours(heads))
        found += [replace(role, score=0.85) for role in map(self.roles.dataset, heads.groups) if role is not None]
        found += map(self._new_dataset, heads.groups[:1] if self.roles.titles_are_datasets else ())
        if (first := next(filter(None, found), None)) or self.roles.is_average(heads):
            return first
        return self.roles.dataset_among_many(heads, metric) if self.roles.has_many_datasets else self._said_dataset()

    def _new_dataset(self, label: Piece) -> Role | None:
        """The name of a data set that only the label of a row prints."""
        start, end = trim_label(self.text, label.start_char, label.end_char)
        return Role("Dataset", start, end, "", 0.65) if is_new_name(self.text[start:end]) else None

    def _said_dataset(self) -> Role | None:
        """The data set that the caption or the text names, unless it is that of another column, or a row."""
        said = self.said.dataset
        if said is None or not said.key:
            return said
        if self.roles.labels_row(said.key):
            return self.said.new_dataset
        return None if self.roles.names_dataset(said.key) else said

    def _columns_of_one_measure(self) -> frozenset[int]:
        """Columns to which a measure that only the caption names may apply.

        Those under data sets, methods or parts of data sets; others only if they hold numbers of one size, and no head
        names a measure or they are many, as classes are: else each has a measure of its own that we do not know.
        """
        known, unknown = set[int](), set[int]()
        is_measured = False
        for j, heads in {value.column: value.heads for value in self.values}.items():
            if any(self.roles.metric_over_values(p) or self.said.defined_metric(p) for p in heads.columns):
                is_measured = True
                continue
            named = self.roles.in_header is not None and self.roles.in_header < len(heads.columns)
            named = named or any(map(self._is_condition, heads.columns[-1:]))
            named = named or (any(map(self._is_condition, heads.columns)) and not looks_like_metric(heads.columns[-1]))
            named = named or self.roles.dataset_like_its_neighbours(heads)
            (known if named else unknown).add(j)
        sizes = [self._usual_size(j) for j in unknown]
        if is_measured and len(unknown) < _MANY:
            return frozenset(known)
        if not sizes or max(sizes) > _ONE_SIZE * min(sizes):
            return frozenset(known)
        return frozenset(known | unknown)

    def _is_condition(self, piece: Piece) -> bool:
        """Does a head say of what the values are, not by what they are measured."""
        named = self.roles.dataset(piece) or self.roles.method(piece, named=False)
        return named is not None or is_split(piece.text)

    def _usual_size(self, j: int) -> float:
        numbers = [parse_value(v.piece.text.strip("*†‡@"))[0] or 0.0 for v in self.values if v.column == j]
        return median(map(abs, numbers)) or 1e-9

    def _split(
        self, value: ValueCell, method: Role, dataset: Role | None, metric: Role | None
    ) -> Iterable[TableResult]:
        """One result a number of the cell: "86.7/85.9" are two, also where the head is "EM/F1" or "dev/test".

        A number in brackets is a spread or a difference.
        """
        row = merge_pieces(sorted(self.grid.rows[value.row].pieces, key=lambda p: p.start_char))
        if row.end_char - row.start_char > _LONGEST_ROW:
            row = value.piece
        start = value.piece.start_char
        whole = self.roles.whole_method(method)
        printed = self.text[start : value.piece.end_char]
        matches = list(_NUMBER.finditer(re.sub(r"\([^()]*\)\s*$", "", printed) or printed))
        matches = matches if any(sign in printed for sign in _BETWEEN_NUMBERS) else matches[:1]
        for i, match in enumerate(matches):
            columns = tuple(_part(piece, i, len(matches)) for piece in value.heads.columns)
            parts = [piece for piece in reversed(columns) if piece not in value.heads.columns]
            measure = next(filter(None, map(self.roles.metric, parts)), metric)
            if len(matches) > 1 and not parts and metric is not None and len(self.said.metric_pair) == len(matches):
                measure = self.said.metric_pair[i]
            roles = [role for role in (whole or method, dataset, measure) if role is not None]
            yield TableResult(
                start + match.start(),
                start + match.end(),
                method,
                dataset,
                measure,
                row.start_char,
                row.end_char,
                self.task,
                read_condition(self.text, replace(value.heads, columns=columns), roles, self.differences),
                whole,
            )


def _heads_of_values(heads: Heads) -> Sequence[Piece]:
    """Heads that may say what the values are: one over numbers says what those are ("number of tokens" over 48K)."""
    return heads.columns[-1:] if heads.columns and _COUNT.fullmatch(heads.columns[-1].text) else heads.columns


def _part(piece: Piece, i: int, n: int) -> Piece:
    """The part of a head that is over the i-th of n numbers of a cell, where the head has as many as the cell."""
    parts = list(re.finditer(rf"[^{_BETWEEN_NUMBERS}]+", piece.text))
    if n < 2 or len(parts) != n or piece.end_char - piece.start_char != len(piece.text):
        return piece
    start, end = parts[i].span()
    return replace(piece, start_char=piece.start_char + start, end_char=piece.start_char + end, text=parts[i][0])
