"""``papergraph tag``: entities and relations of plain texts, stand-off, as JSON Lines."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from extractors.ner.tagger import tag_texts
from extractors.relations.classifier import relate_texts
from extractors.sentences import split_sentences
from flows.jsonl import dump_line, read_objects, write_whole
from flows.models import NER_MODEL, RELATION_MODEL, load_relation_classifier, load_tagger
from flows.pipeline import check_device, check_models
from schemas.errors import ConfigError
from schemas.records import Mention, Relation, Span

GROUP: Final = 64
"""Texts that are read, tagged and written at a time: memory does not grow with the file."""


def tag_file(texts: Path, out: Path, *, model: Path | None, relation_model: Path | None, device: str) -> None:
    """Tag each line of a file; the keys that a line has stay, ``entities`` and ``relations`` are added.

    ``meta.annotated`` names the tagger's types, so that the file can be trained on as it is.

    Raises:
        ConfigError: The input is wrong (the line is named) or a model is not there; nothing is written.
    """
    check_device(device)
    check_models(model or NER_MODEL, relation_model or RELATION_MODEL)
    lines = read_objects(texts, "text")
    with write_whole(out) as file:
        while group := list(islice(lines, GROUP)):
            passages = [record["text"] for record in group]
            sentences = [_sentences(texts, record) for record in group]
            tagger = load_tagger(model or NER_MODEL, device)  # once, when the first lines have turned out to be right
            classifier = load_relation_classifier(relation_model or RELATION_MODEL, device)
            mentions = tag_texts(tagger, passages)
            relations = relate_texts(classifier, passages, mentions, sentences)
            for record, spans, found, related in zip(group, sentences, mentions, relations, strict=True):
                meta = {"meta": (record.get("meta") or {}) | {"annotated": list(tagger.config.types)}}
                file.write(dump_line(record | meta | _stand_off(spans, found, related)))


def _sentences(path: Path, record: dict[str, Any]) -> list[Span]:
    """The sentences as given, else as split by us."""
    try:
        given = [Span(start, end) for start, end in record.get("sentences") or () if start < end]
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: text {record.get('doc_id', '')!r}: sentences must be [[start, end], ...] ({error})"
        ) from error
    return given or split_sentences(record["text"])


def _stand_off(sentences: Sequence[Span], mentions: Sequence[Mention], relations: Sequence[Relation]) -> dict[str, Any]:
    names = {mention.mention_id: f"T{i}" for i, mention in enumerate(mentions, 1)}
    return {
        "sentences": [[span.start_char, span.end_char] for span in sentences],
        "entities": [
            {
                "id": names[mention.mention_id],
                "start": mention.start_char,
                "end": mention.end_char,
                "type": mention.label,
                "score": round(mention.score, 4),
            }
            for mention in mentions
        ],
        "relations": [
            {
                "head": names[relation.head_id],
                "tail": names[relation.tail_id],
                "type": relation.label,
                "score": round(relation.score, 4),
            }
            for relation in relations
        ],
    }
