"""Sentences with their mentions written into them, for tests that train on a handful of texts."""

import json

from schemas.records import ENTITY_TYPES

MARKED = [  # eight sentences; mentions are written [text]Type
    "We train [BERT]Method on [SQuAD]Dataset .",
    "[BERT]Method is good at [question answering]Task .",
    "The [residual network]Method is tested on [ImageNet]Dataset .",
    "[ImageNet]Dataset is a set for [image classification]Task .",
    "A [residual network]Method and [BERT]Method are compared .",
    "There is nothing to see in this sentence .",
    "[Question answering]Task on [SQuAD]Dataset is hard .",
    "For [image classification]Task we use a [residual network]Method .",
]


def parse(marked):
    """Text and entities of a marked sentence."""
    text, entities, start = "", [], 0
    for part in marked.replace("]", "[").split("["):
        label = next((name for name in ENTITY_TYPES if part.startswith(name)), None)
        if label and text and len(entities) < marked.count("["):
            entities.append({"start": start, "end": len(text), "type": label})
            part = part.removeprefix(label)
        start = len(text)
        text += part
    return text, entities


def write_corpus(path, sentences, **meta):
    records = []
    for index, sentence in enumerate(sentences):
        text, entities = parse(sentence)
        records.append(
            {"doc_id": f"{path.stem}{index}", "source": "scier", "text": text, "entities": entities, "meta": meta}
        )
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return str(path)
