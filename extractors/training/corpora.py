"""Annotated corpora for training and evaluation: stand-off JSON Lines, one text a line."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from schemas.characters import without_surrogates
from schemas.errors import ConfigError
from schemas.records import ENTITY_TYPES, Span

# Types that a corpus annotates in full, where its name says so (README of the corpora). In the body of a paper there
# are no authors or institutions in our sense (those of the paper itself), so both count as annotated there.
_FRONT = frozenset({"Author", "Institution"})
_ANNOTATED = {
    "scier": frozenset({"Method", "Dataset", "Task"}) | _FRONT,
    "scierc": frozenset({"Method", "Dataset", "Task", "Metric", "OtherScientificTerm", "Generic"}) | _FRONT,
    "scirex": frozenset({"Method", "Dataset", "Task", "Metric"}) | _FRONT,
    "tdmsci": frozenset({"Task", "Metric", "Dataset"}) | _FRONT,
    "grobid-header": _FRONT,
}

_HELD_OUT = ("dev", "test")

CERTAIN: Final = 0.5
"""Score from which on a mention that a model has found counts as one in training: likelier than not."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A gold mention, or one that a model has found with a score."""

    entity_id: str
    start_char: int
    end_char: int
    label: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class GoldRelation:
    """A gold relation between two entities of the same text, by their ids."""

    head_id: str
    tail_id: str
    label: str


@dataclass(frozen=True, slots=True)
class GoldText:
    """One annotated text.

    Attributes:
        annotated: Entity types that are annotated in full: where there is no entity of such a type, there is none.
            Entities of other types are positive examples only.
        relation_scope: Ids of the entities among which relations are annotated in full; None means all of them.
        share: Share of the text's windows that an epoch of training takes.
        split: ``train``, ``dev`` or ``test`` where the corpus says so.
        uncertain: Mentions that a model has found without being sure: training learns nothing from their words.
    """

    text_id: str
    source: str
    text: str
    sentences: tuple[Span, ...]
    entities: tuple[Entity, ...]
    relations: tuple[GoldRelation, ...]
    annotated: frozenset[str]
    relation_scope: frozenset[str] | None = None
    split: str = ""
    share: float = 1.0
    uncertain: tuple[Entity, ...] = ()


def read_corpus(path: Path) -> list[GoldText]:
    """Read a corpus; lines that are blank are passed over.

    Raises:
        ConfigError: The file is not there or a line is not a text with offsets that fit.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the corpus {path}: {error}") from error
    texts: list[GoldText] = []
    says_types: list[bool] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                record = json.loads(line)
                texts.append(_parse_text(record))
                says_types.append(_annotated_types(record) is not None)
            except (ValueError, KeyError, TypeError) as error:
                raise ConfigError(f"{path}:{number}: not a text in stand-off form: {error!r}") from error
    occurring = frozenset(entity.label for text in texts for entity in text.entities)
    return [
        text if is_said else replace(text, annotated=occurring) for text, is_said in zip(texts, says_types, strict=True)
    ]


def _parse_text(record: dict[str, Any]) -> GoldText:
    text = without_surrogates(record["text"])
    entities = tuple(
        Entity(str(e.get("id", f"T{i}")), int(e["start"]), int(e["end"]), str(e["type"]), float(e.get("score", 1.0)))
        for i, e in enumerate(record.get("entities") or ())
    )
    for entity in entities:
        if not 0 <= entity.start_char < entity.end_char <= len(text):
            raise ValueError(f"entity {entity.entity_id} is outside the text")
    relations = tuple(
        GoldRelation(str(r["head"]), str(r["tail"]), str(r["type"])) for r in record.get("relations") or ()
    )
    known = {entity.entity_id for entity in entities}
    if strange := {end for relation in relations for end in (relation.head_id, relation.tail_id)} - known:
        raise ValueError(f"a relation names {min(strange)}, which is no entity of the text")
    meta = record.get("meta") or {}
    scope = meta.get("rel_scope")
    return GoldText(
        text_id=str(record["doc_id"]),
        source=str(record.get("source", "")),
        text=text,
        sentences=tuple(Span(start, end) for start, end in record.get("sentences") or () if start < end),
        entities=entities,
        relations=relations,
        annotated=_annotated_types(record) or frozenset(),
        relation_scope=None if scope is None else frozenset(map(str, scope)),
        split=str(meta.get("split", "")),
    )


def _annotated_types(record: dict[str, Any]) -> frozenset[str] | None:
    """``meta.annotated`` if given; no type for weak labels; by the source's name; None: the types that the file has."""
    meta = record.get("meta") or {}
    if "annotated" in meta:
        return frozenset(meta["annotated"])
    if meta.get("weak"):
        return frozenset()
    return _ANNOTATED.get(record.get("source", ""))


@dataclass(frozen=True, slots=True)
class CorpusArgument:
    """A corpus as it is named in a call: ``FILE``, ``FILE:TYPE,TYPE``, ``FILE@SHARE`` or ``FILE:TYPE,TYPE@SHARE``.

    Attributes:
        types: The types to use; empty means all that are trained.
        share: Share of its windows that an epoch takes, drawn anew each time.
    """

    path: Path
    types: tuple[str, ...] = ()
    share: float = 1.0

    @classmethod
    def parse(cls, argument: str) -> "CorpusArgument":
        """Read the argument from the right; a file whose name holds ``:`` or ``@`` is found as it is.

        Raises:
            ConfigError: The share is no number above 0 and up to 1.
        """
        if Path(argument).exists():
            return cls(Path(argument))
        rest, _, number = argument.rpartition("@") if "@" in argument else (argument, "", "1")
        path, _, names = rest.rpartition(":") if ":" in rest else (rest, "", "")
        try:
            share = float(number)
        except ValueError as error:
            raise ConfigError(f"the share in {argument!r} is not a number") from error
        if not 0 < share <= 1:
            raise ConfigError(f"the share in {argument!r} must be above 0 and at most 1")
        return cls(Path(path), tuple(name for name in names.split(",") if name), share)


def read_corpora(
    arguments: Iterable[str], types: Sequence[str] = ENTITY_TYPES, *, for_training: bool = True
) -> list[GoldText]:
    """Read corpora given as ``FILE``, ``FILE:TYPE,TYPE`` or ``FILE:TYPE,TYPE@SHARE`` and merge equal texts.

    Two annotations of one text, such as hand-made and weak ones, become one text that is annotated for both.

    Args:
        arguments: See ``CorpusArgument``.
        types: Entity types to keep.
        for_training: Leave out texts that their corpus counts as dev or test, whatever file they are in, and set
            uncertain mentions apart: a file of ``papergraph tag`` is a corpus too.

    Raises:
        ConfigError: A file cannot be read or a type is unknown.
    """
    merged: dict[str, GoldText] = {}
    for argument in map(CorpusArgument.parse, arguments):
        unknown = set(argument.types) - set(types)
        if unknown:
            raise ConfigError(f"unknown entity type {min(unknown)!r} for {argument.path}; known: {', '.join(types)}")
        for text in read_corpus(argument.path):
            if for_training and text.split in _HELD_OUT:
                continue
            text = replace(keep_types(text, argument.types or types), share=argument.share)
            text = set_apart(text) if for_training else text
            earlier = merged.get(text.text)
            merged[text.text] = merge_texts(earlier, text) if earlier else text
    return list(merged.values())


def keep_types(text: GoldText, types: Sequence[str]) -> GoldText:
    """The text with entities of these types only. Author and Institution stay negative where they were."""
    return replace(
        text,
        entities=tuple(entity for entity in text.entities if entity.label in types),
        annotated=text.annotated & (frozenset(types) | _FRONT),
    )


def set_apart(text: GoldText) -> GoldText:
    """The text with its mentions of a score below ``CERTAIN`` as uncertain ones, and without their relations."""
    uncertain = {entity.entity_id: entity for entity in text.entities if entity.score < CERTAIN}
    return replace(
        text,
        entities=tuple(entity for entity in text.entities if entity.entity_id not in uncertain),
        relations=tuple(r for r in text.relations if not {r.head_id, r.tail_id} & uncertain.keys()),
        uncertain=tuple(uncertain.values()),
    )


def merge_texts(first: GoldText, second: GoldText) -> GoldText:
    """One text with both annotations; where two entities overlap, that of the first annotation stays."""
    taken = sorted((entity.start_char, entity.end_char) for entity in first.entities)
    fresh = [e for e in second.entities if not _overlaps(e, taken)]
    renamed = tuple(replace(e, entity_id=f"{second.source}-{e.entity_id}") for e in fresh)
    return replace(
        first,
        entities=first.entities + renamed,
        annotated=first.annotated | second.annotated,
        uncertain=first.uncertain + second.uncertain,
    )


def _overlaps(entity: Entity, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < entity.end_char and entity.start_char < end for start, end in spans)
