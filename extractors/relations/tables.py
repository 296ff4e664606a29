"""Which methods a paper ran on which datasets, from its tables of results.

Sentences seldom say it: the table does. The methods named in the rows (or columns) of a table of numbers were evaluated
on the datasets named in it, or in its caption where the table names none.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.ner.metric_names import find_metric_names
from extractors.relations.names import FoundName, PaperNames
from extractors.tables.reading import is_about_settings
from schemas.records import Block, ParsedPaper, Relation

REVISION = "tables-1"

_CAPTION = re.compile(r"\s*(?:TABLE|Table|Tab\.)\s*([A-Z]?\d+|[IVX]+)")
# Reference numbers in square brackets and those inside ids ("X-2011-07") are none.
_NUMBER = re.compile(r"\[[\d,;\s–-]+\]|(?<![\w.])(?<!\w[-−–])([-−–]?\d*\.?\d+\s?%?)(?![\w])(?![-−–]\w)")
_LEFT_OUT = re.compile(r"(?<!\w)(?:no|w/o|without|minus)\s$", re.IGNORECASE)  # "No attention" runs without it
_OURS = re.compile(r"\b(?:ours?|proposed|this (?:work|paper))\b", re.IGNORECASE)
_FARTHEST_CAPTION = 60.0  # points between a table and its caption
_MIN_NUMBERS = 6
# How often such a pair was right among random ones of papers of all fields (README of this folder).
_SCORES = {"table": 0.5, "caption": 0.4, "main": 0.4}


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table of numbers: its blocks, and its caption if it has one."""

    blocks: tuple[Block, ...]
    caption: Block | None

    @property
    def start_char(self) -> int:
        """First character, caption left aside."""
        return self.blocks[0].start_char

    @property
    def end_char(self) -> int:
        """End of the last block."""
        return max(block.end_char for block in self.blocks)


def find_result_tables(paper: ParsedPaper) -> list[ResultTable]:
    """The tables of a paper that hold numbers, in text order; blocks with the same caption are one table."""
    captions = [b for b in paper.blocks if b.kind == "caption" and _CAPTION.match(paper.text, b.start_char, b.end_char)]
    groups: dict[int, list[Block]] = {}
    for position, block in enumerate(paper.blocks):
        if block.kind != "table":
            continue
        near = [(gap, i) for i, caption in enumerate(captions) if (gap := _gap(block, caption)) is not None]
        groups.setdefault(min(near)[1] if near else -1 - position, []).append(block)
    tables = []
    for key, blocks in groups.items():
        n_numbers = sum(
            match[1] is not None for b in blocks for match in _NUMBER.finditer(paper.text, b.start_char, b.end_char)
        )
        if n_numbers < _MIN_NUMBERS:
            continue
        tables.append(ResultTable(tuple(blocks), captions[key] if key >= 0 else None))
    return sorted(tables, key=lambda table: table.start_char)


def _gap(block: Block, caption: Block) -> float | None:
    """Points between a table and a caption of the same page and column; None if they do not belong together."""
    if block.page != caption.page or min(block.x1, caption.x1) <= max(block.x0, caption.x0):
        return None
    gap = max(block.y0 - caption.y1, caption.y0 - block.y1, 0.0)
    return gap if gap <= _FARTHEST_CAPTION + (block.y1 - block.y0) else None


def relate_tables(
    paper: ParsedPaper, names: PaperNames, own: str = "", main: str = "", read: Sequence[int] = ()
) -> list[Relation]:
    """``evaluated_on`` between the methods and the datasets of each table whose cells could not be read.

    A name counts wherever it is printed in the table, also where the tagger did not mark it; the relation then stands
    between the mentions of that name that are next to the table, and its place is the table.

    Args:
        paper: The paper.
        names: Its names.
        own: Key of its own method, which a row "Ours" stands for; empty if it has none.
        main: Key of the dataset that it speaks of most, for tables that name none; empty if it has none.
        read: Places, ascending, from which results were read cell by cell; their tables are left out.

    Returns:
        One relation a pair of names and table, in text order. The score is how often such evidence is right.
    """
    relations: dict[tuple[str, str], Relation] = {}
    for table in find_result_tables(paper):
        i = bisect_left(read, table.start_char)
        if i < len(read) and read[i] < table.end_char:
            continue
        if table.caption and is_about_settings(paper.text[table.caption.start_char : table.caption.end_char]):
            continue
        methods, _ = _names_in_table(paper, table, names, "Method")
        if own and (not methods or any(_OURS.search(paper.text, b.start_char, b.end_char) for b in table.blocks)):
            methods = [*methods, own]
        datasets, evidence = _names_in_table(paper, table, names, "Dataset")
        if not datasets and main and table.caption is not None:
            datasets, evidence = [main], "main"
        labels = _row_labels(paper, table, names)
        for method in dict.fromkeys(methods):
            for dataset in dict.fromkeys(datasets):
                if {("Method", method), ("Dataset", dataset)} <= labels:
                    continue  # two rows: neither was run on the other
                relation = Relation(
                    names.nearest("Method", method, table.start_char).mention_id,
                    names.nearest("Dataset", dataset, table.start_char).mention_id,
                    "evaluated_on",
                    _SCORES[evidence],
                    REVISION,
                    table.start_char,
                    table.end_char,
                )
                known = relations.get((method, dataset))
                if known is None or known.score < relation.score:
                    relations[method, dataset] = relation
    return sorted(relations.values(), key=lambda r: (r.sentence_start_char, r.head_id, r.tail_id))


def _names_in_table(paper: ParsedPaper, table: ResultTable, names: PaperNames, label: str) -> tuple[list[str], str]:
    """Names of one kind in a table, else in its caption."""
    found = [name for b in table.blocks for name in names.find(paper.text, b.start_char, b.end_char)]
    found = [
        name for name in found if not _is_left_out(paper.text, name.start_char) and not _is_measure(paper.text, name)
    ]
    inside = [name.key for name in found if name.label == label]
    if inside or table.caption is None:
        return inside, "table"
    caption = names.find(paper.text, table.caption.start_char, table.caption.end_char)
    return [name.key for name in caption if name.label == label], "caption"


def _is_measure(text: str, name: FoundName) -> bool:
    """Is what the tagger takes for a method the name of a measure ("minDCF")."""
    printed = text[name.start_char : name.end_char]
    return any(span.end_char - span.start_char == len(printed) for span in find_metric_names(printed))


def _row_labels(paper: ParsedPaper, table: ResultTable, names: PaperNames) -> set[tuple[str, str]]:
    """Kinds and keys of the names in a table that stand nowhere in it but in the first cells of its rows."""
    first: set[tuple[str, str]] = set()
    elsewhere: set[tuple[str, str]] = set()
    for block in table.blocks:
        for name in names.find(paper.text, block.start_char, block.end_char):
            before = paper.text[block.start_char : name.start_char].rpartition("\n")[2]
            behind = paper.text[name.end_char : block.end_char].partition("\n")[0]
            is_label = "\t" in behind and "\t" not in before
            (first if is_label else elsewhere).add((name.label, name.key))
    return first - elsewhere


def _is_left_out(text: str, start_char: int) -> bool:
    return bool(_LEFT_OUT.search(text[max(0, start_char - 10) : start_char]))
