"""What the caption of a table and the sentences that point to it say where its heads are silent."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from extractors.ner.metric_names import find_metric_names
from extractors.relations.names import PaperNames
from extractors.tables.grid import Grid
from extractors.tables.measures import is_metric_key, plain_measure
from extractors.tables.pieces import Piece
from extractors.tables.regions import TableRegion
from extractors.tables.roles import METHOD_HEAD, Role, without_split
from schemas.records import Mention, ParsedPaper

_POINTER: Final = r"(?:Table|Tab\.|Tables)\s*(?:\d+\s*(?:,|and|&)\s*)?{number}(?!\d)"
_REPORTED_FOR: Final = re.compile(
    r"([^.;,]{2,60}?)\s+(?:is|are|was|were)\s+(?:reported|used|given|shown)\s+(?:for|on)\s+([^.;]{2,160}?)"
    r"(?=[.;]|(?:,\s+(?:and\s+)?|\s+and\s+)[^.;,]{2,60}?(?:is|are)\s+(?:reported|used|given|shown)|$)",
    re.IGNORECASE,
)
_ON: Final = re.compile(r"\b(?:on|for|of|from)\s+(?:the\s+)?(?:[\w-]+\s+){0,2}?$", re.IGNORECASE)
_NAME_LIKE: Final = (
    r"(?:[A-Z][\w.’'-]*\s)?(?=[\w.-]*[A-Z\d][\w.-]*[A-Z\d])(?=[\w.-]*[A-Z])[A-Z][\w.-]*\w(?:\s\d[\d.]*\w)?"
)
_NEW_DATASET: Final = re.compile(
    rf"(?:TABLE|Table|Tab\.)\s*[\dA-Z.]+\W+(?P<lead>{_NAME_LIKE})"
    r"(?=\s(?:[\w-]+\s){0,4}?(?:results?|test|dev|development|validation)\b)"
    rf"|\b(?:on|over)\s(?:the\s)?(?P<on>{_NAME_LIKE})(?=[.,;:)\s]|$)"
)
# "Table 3: Total decompression time on 1,000 snapshots": a measure is what the table begins with.
_LEADING_METRIC: Final = re.compile(
    r"\s*(?:Table|Tab\.)\s*[\dIVX]+[.:]?\s+(?:(?:the|average|mean|median|total|overall)\s){0,2}"
    r"(?P<metric>(?:[\w-]+\s){1,2}?(?:errors?|times?|ratios?|latenc(?:y|ies)|throughput|speed-?ups?|overheads?|distances?|"
    r"delays?|scores?|rates?|accurac(?:y|ies)|correlations?))(?=\s(?:on|of|for|in|by|with|at)\s|\s?\(|[.:;,]|$)",
    re.IGNORECASE,
)
_LONG_HEAD: Final = 14  # characters; heads are shorter on average
# "F1 for MRPC and QQP, and accuracy for the other tasks"
_NO_AND: Final = r"(?:(?!\sand\s)[^.,;]){2,40}?"
_FOR: Final = re.compile(
    rf"(?P<metric>(?:(?!\sand\s)[^.,;()]){{2,40}}?(?:\s?\(%\))?)\s(?:for|on)\s(?P<of>[^.;,]{{2,80}}?)"
    rf"(?=[.;]|,\s(?:and\s)?{_NO_AND}\s(?:for|on)\s|\sand\s{_NO_AND}\s(?:for|on)\s|,|$)"
)
_PAIR: Final = re.compile(r"([\w@-]+)\s?/\s?([\w@-]+)")
_IN_BRACKETS: Final = re.compile(r"\(([^()]{2,30}?),?\s*(?:in\s)?[%↑↓]\s*\)")
_VERB: Final = r"is|are|denotes?|means?|stands for|refers to|represents?|indicates?"
_IS: Final = rf"(?!\w)\W{{0,2}}\s?(?:{_VERB}|=|:|\()\s?(?:the )?"


@dataclass(frozen=True, slots=True)
class Context:
    """What a paper says beyond its tables: its text, its names, which of them is its own method, mentions of tasks."""

    paper: ParsedPaper
    names: PaperNames
    own: str
    tasks: tuple[Mention, ...] = ()


class Said:
    """The caption of one table, its own text or put together from lines, and the text around its number.

    Attributes:
        text: The caption; it need not be a piece of the paper's text.
    """

    def __init__(self, context: Context, table: TableRegion, caption: str) -> None:
        self.paper, self.names, self.table = context.paper, context.names, table
        self.text = caption
        self._metrics = self._find_metrics()

    def metric_of(self, dataset: Role | None) -> Role | None:
        """The measure that the caption states for a data set, else for all (or all others)."""
        rest = None
        for role, keys in self._metrics:
            if dataset is not None and dataset.key in keys:
                return role
            rest = rest or (role if not keys else None)
        return rest

    def defined_metric(self, piece: Piece) -> Role | None:
        """The measure as which the caption explains a head: "SEQ is the sequence accuracy"."""
        role = self._metric_in(self._definition_of(piece))
        return replace(role, score=0.85) if role else None

    def defined_dataset(self, piece: Piece) -> Role | None:
        """The data set for which the caption says that a head stands: "LSC: Lark Song Corpus"."""
        said = self._definition_of(piece)
        found = [name for name in self.names.find(said, 0, len(said)) if name.label == "Dataset"]
        return Role("Dataset", 0, 0, without_split(found[0].key, self.names), 0.85) if found else None

    def _definition_of(self, piece: Piece) -> str:
        """What the caption says that a head is; empty if it does not."""
        printed = re.sub(r"\s*\([^()]*\)$", "", piece.text)
        if printed not in self.text:
            return ""
        match = re.search(rf"(?<![\w-]){re.escape(printed)}{_IS}", self.text)
        return re.split(r"[.;,()]", self.text[match.end() :])[0] if match else ""

    def first_sentence(self) -> str:
        """What the table is about, without "Table 3"."""
        return re.split(r"(?<=[a-z])[.:]\s", re.sub(r"^\W*\w+\W+[\dIVX.]+\W*", "", self.text))[0]

    @cached_property
    def dataset(self) -> Role | None:
        """The data set that the caption names, else the one that the text names where it points to the table."""
        found = [n for n in self.names.find(self.text, 0, len(self.text)) if n.label == "Dataset"]
        if found:
            on = [n for n in found if _ON.search(self.text[: n.start_char])]
            keys = {without_split(n.key, self.names) for n in found}
            key = without_split((on or found)[0].key, self.names)
            return Role("Dataset", 0, 0, key, 0.85 if len(keys) == 1 else 0.6)
        if self.new_dataset is not None:
            return self.new_dataset
        pointed = self._dataset_at_pointers()
        if pointed:
            return Role("Dataset", 0, 0, pointed, 0.6)
        return None

    @cached_property
    def new_dataset(self) -> Role | None:
        """A name in the caption that the tagger missed, where a data set is expected."""
        if self.table.caption is None:
            return None
        start, end = self.table.caption.start_char, self.table.caption.end_char
        for match in _NEW_DATASET.finditer(self.paper.text, start, end):
            a, b = match.span("lead") if match["lead"] else match.span("on")
            if not self.names.find(self.paper.text, a, b) and not find_metric_names(self.paper.text[a:b]):
                return Role("Dataset", a, b, "", 0.6)
        return None

    def _dataset_at_pointers(self) -> str:
        """The one data set in the sentences that point to the table, or in the headings above them."""
        sentences: set[str] = set()
        headings: set[str] = set()
        pointer = re.compile(_POINTER.format(number=re.escape(self.table.number)))
        heading: list[str] = []
        for block in self.paper.blocks if self.table.number else ():
            if block.kind == "heading":
                heading = self._datasets_in(block.start_char, block.end_char)
            if block.kind != "paragraph":
                continue
            for match in pointer.finditer(self.paper.text, block.start_char, block.end_char):
                low = max(block.start_char, self.paper.text.rfind(". ", 0, match.start()))
                high = self.paper.text.find(". ", match.end(), block.end_char)
                sentences |= set(self._datasets_in(low, block.end_char if high < 0 else high))
                headings |= set(heading)
        return next((keys.pop() for keys in (sentences, headings) if len(keys) == 1), "")

    def _datasets_in(self, start: int, end: int) -> list[str]:
        return [n.key for n in self.names.find(self.paper.text, start, end) if n.label == "Dataset"]

    @cached_property
    def metric_pair(self) -> list[Role]:
        """The measures of two numbers in one cell: "PSNR/SSIM"; empty if the caption names no such pair."""
        for match in _PAIR.finditer(self.text):
            roles = [role for role in map(self._metric_in, match.groups()) if role is not None]
            if len(roles) == len(match.groups()):
                return roles
        return []

    def _find_metrics(self) -> list[tuple[Role, frozenset[str]]]:
        """Measures in the caption, each with the data sets that it is said of (none: of all)."""
        found: list[tuple[Role, frozenset[str]]] = []
        for match in _REPORTED_FOR.finditer(self.text):
            role = self._metric_in(match[1])
            keys = frozenset(n.key for n in self.names.find(match[2], 0, len(match[2])) if n.label == "Dataset")
            if role and (keys or re.search(r"\bother", match[2])):
                found.append((role, keys))
        if not found:
            found = self._metrics_for_datasets()
        in_brackets = _IN_BRACKETS.search(self.text)
        if not found and in_brackets and (role := self._metric_in(in_brackets[1])):
            found.append((role, frozenset()))
        if not found and (role := self._metric_in(self.text)):
            found.append((role, frozenset()))
        if not found and (caption := self.table.caption) is not None:
            leading = _LEADING_METRIC.match(self.paper.text, caption.start_char, caption.end_char)
            found += [(Role("Metric", *leading.span("metric"), "", 0.75), frozenset())] if leading else []
        return found

    def _metrics_for_datasets(self) -> list[tuple[Role, frozenset[str]]]:
        """From "F1 for MRPC and QQP and accuracy for the others": at least one measure is said of some data sets."""
        found: list[tuple[Role, frozenset[str]]] = []
        for match in _FOR.finditer(self.text):
            role = self._metric_in(match["metric"])
            names = self.names.find(match["of"], 0, len(match["of"]))
            keys = frozenset(n.key for n in names if n.label == "Dataset")
            if role is not None and (keys or re.search(r"\b(?:other|rest|remaining|first|last)", match["of"])):
                found.append((role, keys))
        return found if sum(bool(keys) for _, keys in found) and len(found) > 1 else []

    def _metric_in(self, said: str) -> Role | None:
        """The first measure in a piece of caption, as one that the paper names; the longest where they overlap."""
        names = self.names.find(said, 0, len(said))
        sure = [
            span
            for span in find_metric_names(said, only_sure=True)  # GLUE may be both
            if not any(n.label == "Dataset" and n.start_char <= span.start_char < n.end_char for n in names)
        ]
        named = [n for n in names if n.label == "Metric" and is_metric_key(n.key)]
        named = [n for n in named if self._is_trusted(n.key)]
        with_sure = [n for n in named if any(n.start_char <= s.start_char < n.end_char for s in sure)]
        found = [(n.start_char, -n.end_char, n.key) for n in (with_sure if sure else named)]
        found += [(span.start_char, -span.end_char, "") for span in sure]
        for start, end, key in sorted(found, key=lambda f: (f[0], f[1], not f[2])):
            if key:
                caption = self.table.caption
                span = (caption.start_char, caption.end_char) if caption else (0, 0)
                return plain_measure(Role("Metric", 0, 0, key, 0.85), self.paper.text, *span, self.names)
            place = self.paper.text.find(said[start:-end], self.table.caption.start_char if self.table.caption else 0)
            if place >= 0:
                return Role("Metric", place, place - end - start, "", 0.8)
        return None

    def _is_trusted(self, key: str) -> bool:
        """Does the tagger take a name for a measure often, and surely."""
        scores = [m.score for m in self.names.mentions["Metric", key]]
        known = find_metric_names(key, only_sure=True)
        return bool(known) or (len(scores) > 2 and sum(scores) > 0.7 * len(scores))


def split_captions(paper: ParsedPaper, table: TableRegion, n_parts: int) -> list[str]:
    """A caption for each part: of tables side by side, reading put one caption behind the other."""
    first = table.caption_text(paper.text)
    if n_parts == 1 or table.caption is None:
        return [first] * n_parts
    rest = paper.text[table.caption.start_char + len(first) : table.caption.end_char]
    return [first, *[rest or first] * (n_parts - 1)]


def without_caption_rows(grid: Grid, caption: str) -> tuple[Grid, str]:
    """The table without the last lines of its caption, which stand over it as rows.

    The caption breaks off in the middle of a sentence, which such a row ends, or all of both is in capitals.
    """
    rows = list(grid.rows)
    while not rows[0].is_data:
        line = " ".join(piece.text for piece in rows[0].pieces)
        capitals = caption.isupper() and line.isupper() and len(line) > _LONG_HEAD * len(rows[0].pieces)
        ends = caption.rstrip()[-1:].isalnum() and line.endswith(".") and line[:1].islower()
        if not (capitals or ends):
            break
        rows.pop(0)
        caption = f"{caption.rstrip()} {line}"
    return replace(grid, rows=tuple(rows)), caption


def with_rows_above(grid: Grid, caption: str) -> str:
    """The caption with rows that stand over the header: the caption's last lines, read as rows."""
    first = next(i for i, row in enumerate(grid.rows) if row.is_data)
    label = next((i for i, row in enumerate(grid.rows[:first]) if METHOD_HEAD.fullmatch(row.pieces[0].text)), 0)
    for text in (piece.text for row in grid.rows[:label] for piece in row.pieces):
        caption = caption[:-1] + text if caption.endswith("-") else f"{caption} {text}"
    return caption
