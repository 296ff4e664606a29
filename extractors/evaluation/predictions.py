"""What was found in annotated texts: read from a file of ``papergraph tag``, or made by models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors.evaluation.scores import TypedRelation, TypedSpan
from extractors.training.corpora import GoldText
from schemas.errors import ConfigError
from schemas.records import Mention, Relation


@dataclass(frozen=True, slots=True)
class Found:
    """Mentions and relations of one text; the ids in the relations are those of the mentions."""

    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def spans(self) -> list[TypedSpan]:
        """The mentions as (start, end, type)."""
        return [(m.start_char, m.end_char, m.label) for m in self.mentions]

    @property
    def typed_relations(self) -> list[TypedRelation]:
        """The relations as (head, tail, type)."""
        spans = {m.mention_id: (m.start_char, m.end_char, m.label) for m in self.mentions}
        return [(spans[r.head_id], spans[r.tail_id], r.label) for r in self.relations]


@dataclass(frozen=True, slots=True)
class Run:
    """One model's answers.

    Attributes:
        name: The model's folder or the file of predictions.
        found: One for each gold text, in their order.
        loose: The same without least scores, for curves over thresholds; empty where only a file is there.
        has_scores: Whether the scores say anything: a file may have none, all are 1 then.
    """

    name: str
    found: tuple[Found, ...]
    loose: tuple[Found, ...] = ()
    has_scores: bool = True


def gold_spans(text: GoldText) -> list[TypedSpan]:
    """The gold mentions of a text."""
    return [(e.start_char, e.end_char, e.label) for e in text.entities]


def gold_relations(text: GoldText) -> list[TypedRelation]:
    """The gold relations of a text."""
    spans = {e.entity_id: (e.start_char, e.end_char, e.label) for e in text.entities}
    return [(spans[r.head_id], spans[r.tail_id], r.label) for r in text.relations]


def relation_scope(text: GoldText) -> list[TypedSpan] | None:
    """The gold mentions among which relations are annotated in full; None means all."""
    if text.relation_scope is None:
        return None
    return [(e.start_char, e.end_char, e.label) for e in text.entities if e.entity_id in text.relation_scope]


def read_predictions(path: Path, texts: Sequence[GoldText], name: str = "") -> Run:
    """Read stand-off predictions, one text a line; texts that are not in the gold are passed over.

    Args:
        path: File with ``doc_id``, ``entities``, ``relations`` and, if it has it, ``text``.
        texts: The gold texts; one that has no line counts as nothing found.
        name: Of the run; the file's if not given.

    Raises:
        ConfigError: A line is no prediction, comes twice, or is on another text.
    """
    expected = {text.text_id: text.text for text in texts}
    found: dict[str, Found] = {}
    has_scores = False
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the predictions {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            text_id = str(record["doc_id"])
            _check(record, text_id, expected, found)
            has_scores |= any("score" in item for key in ("entities", "relations") for item in record.get(key) or ())
            found[text_id] = _found(record)
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{path}:{number}: no predictions in stand-off form: {error!r}") from error
    return Run(name or path.name, tuple(found.get(text.text_id, Found()) for text in texts), has_scores=has_scores)


def _check(record: Mapping[str, Any], text_id: str, expected: Mapping[str, str], found: Mapping[str, Found]) -> None:
    if text_id in found:
        raise ValueError(f"doc_id {text_id!r} comes twice")
    if text_id in expected and record.get("text", expected[text_id]) != expected[text_id]:
        raise ValueError(f"the predictions for {text_id!r} are on another text")


def _found(record: Mapping[str, Any]) -> Found:
    by_id = {
        str(e.get("id", index)): Mention(int(e["start"]), int(e["end"]), str(e["type"]), float(e.get("score", 1.0)))
        for index, e in enumerate(record.get("entities") or ())
    }
    relations = tuple(
        Relation(
            by_id[str(r["head"])].mention_id,
            by_id[str(r["tail"])].mention_id,
            str(r["type"]),
            float(r.get("score", 1.0)),
        )
        for r in record.get("relations") or ()
    )
    return Found(tuple(by_id.values()), relations)
