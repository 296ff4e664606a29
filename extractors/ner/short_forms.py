"""Short forms that a paper defines are of the type of their long forms: "joint goal accuracy (JGA)" is a measure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from extractors.ner.metric_names import find_metric_names
from schemas.records import Abbreviation, Mention

_TYPES: Final = frozenset({"Method", "Dataset", "Task", "Metric"})
_SURE: Final = 0.9  # of the long form's score, where the tagger missed the short form


def with_short_forms(text: str, mentions: Sequence[Mention], abbreviations: Iterable[Abbreviation]) -> list[Mention]:
    """The mentions, with short forms where they are defined, and those of measures as measures wherever they are.

    A tagger that meets "JGA" in a table takes it for a method; its definition says what it is.

    Args:
        text: The paper's text.
        mentions: What the tagger found.
        abbreviations: What the paper defines.
    """
    by_span = {(m.start_char, m.end_char): m for m in mentions}
    measures: set[str] = set()
    added: list[Mention] = []
    for one in abbreviations:
        long = by_span.get((one.long_start_char, one.long_end_char))
        short = text[one.short_start_char : one.short_end_char]
        if (long is not None and long.label == "Metric") or _is_measure(text[one.long_start_char : one.long_end_char]):
            measures.add(short)
        is_free = not any(m.start_char < one.short_end_char and one.short_start_char < m.end_char for m in mentions)
        if long is not None and long.label in _TYPES and is_free:
            score = round(_SURE * long.score, 4)
            added.append(Mention(one.short_start_char, one.short_end_char, long.label, score, long.model))
    return [
        replace(m, label="Metric") if m.label in _TYPES and text[m.start_char : m.end_char] in measures else m
        for m in sorted([*mentions, *added], key=lambda m: (m.start_char, m.end_char))
    ]


def _is_measure(printed: str) -> bool:
    return any(span.end_char - span.start_char == len(printed) for span in find_metric_names(printed, only_sure=True))
