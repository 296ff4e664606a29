"""Untrained models over the tiny encoder: they find something, it does not matter what."""

from pathlib import Path

import torch
from tiny_encoder import write_tiny_encoder

from extractors.encoder import load_encoder
from extractors.ner.architectures import Plan, build_network
from extractors.ner.readers import SubwordReader
from extractors.ner.tagger import Tagger, TaggerConfig
from extractors.relations.classifier import RelationClassifier, RelationConfig
from schemas.records import ENTITY_TYPES, RELATION_TYPES, SYMMETRIC_RELATIONS


def write_tiny_models(folder: Path) -> tuple[Path, Path]:
    """Write a tagger and a relation classifier; their folders come back."""
    path = str(write_tiny_encoder(folder / "encoder"))
    torch.manual_seed(3)
    encoder = load_encoder(path)
    config = TaggerConfig(encoder=path, encoder_checksum=encoder.checksum, max_tokens=64, overlap=8)
    reader = SubwordReader(encoder)
    plan = Plan(ENTITY_TYPES, config.scheme, reader, config.max_tokens, config.max_width, dropout=0.0)
    network = build_network("bert", plan, freeze_words=True)
    Tagger(network, reader, config, torch.device("cpu")).save(folder / "ner")
    encoder = load_encoder(path)
    triples = tuple(
        (relation, head, tail)
        for relation, (heads, tails) in RELATION_TYPES.items()
        if relation != "affiliated_with"
        for head in heads
        for tail in tails
    )
    types = tuple(label for label in ENTITY_TYPES if label not in ("Author", "Institution"))
    relation_config = RelationConfig(
        encoder=path,
        checksum=encoder.checksum,
        entity_types=types,
        triples=triples,
        symmetric=SYMMETRIC_RELATIONS,
        width=16,
        max_tokens=64,
        threshold=0.02,  # random weights are sure of nothing
    )
    RelationClassifier.create(relation_config, encoder).save(folder / "relations")
    return folder / "ner", folder / "relations"
