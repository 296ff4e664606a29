"""The heads of one table with what each names, and what follows from the heads beside it."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from extractors.relations.names import PaperNames, name_key
from extractors.tables.grid import Grid
from extractors.tables.headers import Heads, ValueCell
from extractors.tables.measures import find_metric
from extractors.tables.pieces import Piece
from extractors.tables.roles import (
    AVERAGE,
    DATASET_HEAD,
    METHOD_HEAD,
    Role,
    find_dataset,
    find_method,
    find_whole_method,
    is_ablation,
    is_new_name,
    is_ours,
    is_split,
    is_training,
    trim_label,
)

_SEVERAL: Final = 3  # data sets
_LONGEST_SUFFIX: Final = 8  # characters behind a name that make it another one


class HeadRoles:
    """Roles of the heads of one table, each looked up once.

    Attributes:
        by_column: Heads over each column of values.
        by_row: Heads of each row.
        dataset_rows: Columns of labels that name data sets.
        in_rows: The column of labels that name methods; None if there is none.
        in_header: The row of the header that names methods; None if there is none, or if the labels do.
    """

    def __init__(self, text: str, names: PaperNames, grid: Grid, values: Sequence[ValueCell]) -> None:
        self.text, self.names, self.grid = text, names, grid
        self.by_column = {v.column: v.heads.columns for v in values}
        self.by_row: dict[int, Heads] = {v.row: v.heads for v in values}
        self._roles: dict[tuple[str, int, int], Role | None] = {}
        self.dataset_rows = self._rows_of_datasets()
        self.headed = False
        self.in_rows = self._methods_in_rows()
        self.in_header = self._methods_in_header() if self.in_rows is None else None
        self.dataset_rows |= self._datasets_beside_methods()

    def _role(self, label: str, piece: Piece, find: Callable[[], Role | None]) -> Role | None:
        key = label, piece.start_char, piece.end_char
        if key not in self._roles:
            self._roles[key] = find()
        return self._roles[key]

    def metric(self, piece: Piece) -> Role | None:
        """The measure that a head names."""
        return self._role("Metric", piece, lambda: find_metric(self.text, piece, self.names))

    def joined_metric(self, heads: Heads) -> str:
        """Key of the measure whose name two lines of a head make together; empty if the paper has none."""
        pairs = [a.text + b.text for a, b in pairwise(heads.columns) if a.text.endswith("-")]
        return next((key for pair in pairs if ("Metric", key := name_key(pair)) in self.names.mentions), "")

    def metric_of_row(self, piece: Piece) -> Role | None:
        """A measure that a label names, if those of most rows do."""
        return None if self.place(piece) in self._other_rows else self.metric(piece)

    @cached_property
    def _other_rows(self) -> frozenset[int]:
        """Columns of labels most of which name no measures."""
        return frozenset(
            j
            for j, cells in self._stubs().items()
            if sum(self.metric(piece) is not None for piece, _ in cells) < 0.5 * len(cells)
        )

    def dataset(self, piece: Piece) -> Role | None:
        """The data set that a head names."""
        return self._role("Dataset", piece, lambda: find_dataset(self.text, piece, self.names))

    def method(self, piece: Piece, *, named: bool) -> Role | None:
        """The method that a head names; where heads are ``named`` after methods, an unknown one is one, too."""
        return self._role(f"Method{named}", piece, lambda: find_method(self.text, piece, self.names, named=named))

    def whole_method(self, role: Role) -> Role | None:
        """The method that a name with a size or a setting is a variant of; None if it is none."""
        return find_whole_method(self.text, role, self.names)

    def place(self, piece: Piece) -> int:
        """The column that a label shares most with."""
        shares = [min(piece.x1, c.x1) - max(piece.x0, c.x0) for c in self.grid.columns]
        return max(range(len(shares)), key=shares.__getitem__)

    def _stubs(self) -> dict[int, list[tuple[Piece, tuple[Piece, ...]]]]:
        """Labels of the rows by their place from the left."""
        stubs: dict[int, list[tuple[Piece, tuple[Piece, ...]]]] = {}
        for heads in self.by_row.values():
            for piece, over in heads.row:
                stubs.setdefault(self.place(piece), []).append((piece, over))
        return stubs

    def _rows_of_datasets(self) -> frozenset[int]:
        """Columns of labels that name data sets, for nearly all rows."""
        found: set[int] = set()
        stubs = self._stubs()
        for j, cells in stubs.items():
            heads = [head for _, hs in cells for head in hs]
            if any(is_training(head.text) for head in heads):
                continue
            known = sum(self.dataset(piece) is not None and not self._method_whole(piece) for piece, _ in cells)
            headed = any(DATASET_HEAD.fullmatch(head.text.strip()) for head in heads)
            if len(cells) >= 0.8 * len(self.by_row) and (headed or known >= 0.6 * len(cells)):
                found.add(j)
        return frozenset(found)

    def _datasets_beside_methods(self) -> frozenset[int]:
        """The first column of labels under a header of methods, if some of them are data sets and none is a measure."""
        stubs = self._stubs()
        if self.in_header is None or not stubs:
            return frozenset()
        labels = [*{piece.text: piece for piece, _ in stubs[min(stubs)]}.values()]
        known = sum(self.dataset(piece) is not None for piece in labels)
        new = sum(is_new_name(piece.text) for piece in labels)
        is_named = len(labels) >= 3 and known >= max(1, 0.2 * len(labels)) and not any(map(self.metric, labels))
        return frozenset([min(stubs)]) if is_named and known + new >= len(labels) else frozenset()

    def _method_whole(self, piece: Piece) -> bool:
        role = self.method(piece, named=False)
        dataset = self.dataset(piece)
        return role is not None and (dataset is None or role.start_char < dataset.start_char)

    def _methods_in_rows(self) -> int | None:
        """The column of labels that name methods; None if there is none."""
        best, most = None, 0.0
        in_columns = self._share_of_columns()
        for j, cells in self._stubs().items():
            if j in self.dataset_rows:
                continue
            headed = any(METHOD_HEAD.fullmatch(head.text.strip(" :")) for _, hs in cells for head in hs[-2:])
            known = sum(self.method(piece, named=False) is not None or is_ours(piece.text) for piece, _ in cells)
            variants = sum(is_ablation(piece.text) or "&" in piece.text for piece, _ in cells)
            n_others = max(1, len(self.by_row) - variants if known and variants > 1 else len(self.by_row))
            if headed and known < 0.3 * n_others and in_columns > 0.5:
                continue  # "Models" stands before the heads
            share = max(known / n_others, 1.0 if headed else 0.0)
            if share > max(most, 0.25) + (0.3 if best is not None else 0):
                best, most = j, share
        self.headed = best is not None and any(
            METHOD_HEAD.fullmatch(head.text.strip(" :")) for _, hs in self._stubs()[best] for head in hs[-2:]
        )
        return best if most >= in_columns else None

    def _share_of_columns(self) -> float:
        known = sum(
            any(self._names_method(p) or is_ours(p.text) for p in heads) and not any(map(self.dataset, heads))
            for heads in self.by_column.values()
        )
        return known / max(1, len(self.by_column))

    def _names_method(self, piece: Piece) -> bool:
        """Is a head a known method, or one that begins with it, as "SZ w/o Gzip"."""
        if self.method(piece, named=False) is not None:
            return True
        names = self.names.find(self.text, piece.start_char, piece.end_char)
        begins = any(name.label == "Method" and name.start_char == piece.start_char for name in names)
        return begins and self.method(piece, named=True) is not None

    def _methods_in_header(self) -> int | None:
        """The row of the header that names methods."""
        counts: Counter[int] = Counter()
        for heads in self.by_column.values():
            for level, piece in enumerate(heads):
                if self._names_method(piece) or is_ours(piece.text):
                    counts[level] += 1
        level, n = max(counts.items(), key=lambda item: item[1], default=(None, 0))
        return level if n >= 0.5 * len(self.by_column) and n > 1 else None

    @cached_property
    def takes_new_names(self) -> bool:
        """Is an unknown head, where the others name methods, taken for the name of one."""
        if self.in_header is not None:
            return True
        labels = [p for heads in self.by_row.values() for p, _ in heads.row if self.place(p) == self.in_rows]
        known = sum(self.method(p, named=False) is not None for p in labels)
        ablations = sum(is_ablation(p.text) for p in labels)
        return (self.headed and ablations <= 0.3 * len(labels)) or known >= 0.5 * max(1, len(labels) - ablations)

    def metric_like_its_neighbours(self, heads: Heads) -> Role | None:
        """An unknown head in a row of the header that names measures."""
        for piece in reversed(heads.columns):
            row = self._beside(piece)
            known = sum(self.metric(p) is not None for p in row.values())
            start, end = trim_label(self.text, piece.start_char, piece.end_char)
            printed = self.text[start:end]
            if known >= 0.5 * len(row) and len(row) > 2 and is_new_name(printed) and not self.dataset(piece):
                return Role("Metric", start, end, "", 0.7)
        return None

    def dataset_like_its_neighbours(self, heads: Heads) -> Role | None:
        """An unknown head in a row of the header that names data sets."""
        for piece in heads.columns:
            row = self._beside(piece)
            known = sum(self.dataset(p) is not None for p in row.values())
            start, end = trim_label(self.text, piece.start_char, piece.end_char)
            printed = self.text[start:end]
            if (
                known >= 0.5 * len(row)
                and len(row) > 1
                and is_new_name(printed)
                and not AVERAGE.fullmatch(printed)
                and not self.metric(piece)
            ):
                return Role("Dataset", start, end, "", 0.7)
        return None

    @cached_property
    def has_many_datasets(self) -> bool:
        """Do heads of columns name several data sets, so that none in the caption is that of the other columns."""
        found = (self.dataset(piece) for heads in self.by_column.values() for piece in heads)
        return len({role.key for role in found if role is not None}) >= _SEVERAL

    def dataset_among_many(self, heads: Heads, metric: Role | None) -> Role | None:
        """An unknown head that stands beside the names of several data sets."""
        if metric is not None and any(piece.start_char == metric.start_char for piece in heads.columns):
            return None
        for piece in heads.columns[-1:]:
            start, end = trim_label(self.text, piece.start_char, piece.end_char)
            if is_new_name(self.text[start:end]) and any(map(self.dataset, self._beside(piece).values())):
                return Role("Dataset", start, end, "", 0.6)
        return None

    @cached_property
    def titles_are_datasets(self) -> bool:
        """Does a title of rows name a data set, so that others do, too."""
        titles = {piece.text: piece for heads in self.by_row.values() for piece in heads.groups[:1]}
        return len(titles) > 1 and any(self.dataset(piece) is not None for piece in titles.values())

    def n_new_names_over_values(self) -> int:
        """How many heads over values may be names, of methods that the paper does not speak of."""
        leaves = {heads[-1].text: heads[-1] for heads in self.by_column.values() if heads}
        return sum(
            is_new_name(piece.text) and not (self.metric(piece) or self.dataset(piece)) for piece in leaves.values()
        )

    def metric_over_values(self, piece: Piece) -> Role | None:
        """The measure that a head over values names, unless it stands beside data sets ("MR" is one, too)."""
        return None if self._is_among_datasets(piece) else self.metric(piece)

    def _is_among_datasets(self, piece: Piece) -> bool:
        """Does the only head of its row that may be a measure stand beside data sets."""
        beside = self._beside(piece).values()
        n_measures = len({p.text for p in beside if self.metric(p) is not None})
        return n_measures == 1 and sum(self.dataset(p) is not None for p in beside) >= _SEVERAL

    def _beside(self, piece: Piece) -> dict[int, Piece]:
        """Heads in the same row of the header, it among them, by where they begin."""
        heads = [head for over in self.by_column.values() for head in over]
        return {head.start_char: head for head in heads if abs(head.y1 - piece.y1) < 0.3 * self.grid.size}

    def told_apart(self, role: Role, piece: Piece) -> Role:
        """Heads that begin alike and go on differently name different data sets ("VoxCeleb1", "VoxCeleb1-E")."""
        heads = {p.text: p for hs in self.by_column.values() for p in hs} | {
            p.text: p for hs in self.by_row.values() for p, _ in hs.row if self.place(p) in self.dataset_rows
        }
        same = [p for p in heads.values() if (r := self.dataset(p)) and r.key == role.key]
        rest = {_without_splits(self.text[p.start_char : p.end_char]) for p in same}
        start, end = trim_label(self.text, piece.start_char, piece.end_char)
        if len(rest) < 2 or role.start_char > start + 1 or role.end_char >= end:
            return role
        after = self.text[role.end_char : end]
        is_version = re.fullmatch(r" v?\d[\d.]*", after) is not None
        if is_version or (
            _without_splits(after).strip(" -_/()") and after[0] in "-_" and len(after) <= _LONGEST_SUFFIX
        ):
            return Role("Dataset", start, end, "", 0.8)
        return role

    def names_dataset(self, key: str) -> bool:
        """Does a head of a column name this data set."""
        return any((r := self.dataset(p)) and r.key == key for heads in self.by_column.values() for p in heads)

    def labels_row(self, key: str) -> bool:
        """Is a label of a row this name."""
        return any(name_key(piece.text) == key for heads in self.by_row.values() for piece, _ in heads.row)

    def is_average(self, heads: Heads) -> bool:
        """Is it a mean over the data sets beside it."""
        return any(AVERAGE.fullmatch(p.text.strip()) for p in heads.columns) and self._n_datasets_over() > 1

    def _n_datasets_over(self) -> int:
        return len({r.key for heads in self.by_column.values() for p in heads if (r := self.dataset(p))})


def _without_splits(printed: str) -> str:
    """What is left of a head without dev, test and the like."""
    words = [word for word in re.split(r"[\s_-]+", printed.strip(" ()")) if not is_split(word.strip("()"))]
    return " ".join(words).casefold()
