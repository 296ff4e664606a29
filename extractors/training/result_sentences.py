"""Invented sentences that report results, for the wordings that weak evidence is too thin to teach.

Several values in one sentence, "respectively", values in brackets: who achieves what there is a matter of grammar, so
patterns filled with names from the corpora do for examples.
"""

import random
import re
from collections.abc import Sequence

from extractors.training.corpora import Entity, GoldRelation, GoldText
from extractors.training.relation_examples import NOT_RELATED
from schemas.records import Span

_SLOT = re.compile(r"\{([mdkrt])(\d)\}")
_LABELS = {"m": "Method", "d": "Dataset", "k": "Metric", "r": "Result", "t": "Task"}

# Pattern, and for each value the method, dataset and metric it belongs to ("-" for none).
_PATTERNS = (
    ("{m1} achieves {r1} {k1} on {d1}.", "m1d1k1"),
    ("{m1} achieves {r1} {k1} on {d1}, outperforming {m2}.", "m1d1k1"),
    ("{m1} obtains {r1} {k1} on {d1} and {r2} on {d2}.", "m1d1k1 m1d2k1"),
    ("{m1} obtains {k1} of {r1} on {d1} and {r2} on {d2}, respectively.", "m1d1k1 m1d2k1"),
    ("On {d1}, {m1} reaches {r1} {k1}, while {m2} reaches {r2}.", "m1d1k1 m2d1k1"),
    ("On {d1}, {m1} and {m2} score {r1} and {r2} {k1}, respectively.", "m1d1k1 m2d1k1"),
    ("{m1} reaches a {k1} of {r1} and a {k2} of {r2} on the {d1} test set.", "m1d1k1 m1d1k2"),
    ("Our {m1} improves the {k1} on {d1} from {r1} to {r2}.", "-d1k1 m1d1k1"),
    ("We report {r1} {k1} with {m1} on {d1}.", "m1d1k1"),
    ("The {k1} of {m1} on {d1} is {r1}.", "m1d1k1"),
    ("The {k1} of {m1} is {r1}, compared with {r2} for {m2}.", "m1-k1 m2-k1"),
    ("{m1} ({r1} {k1}) outperforms {m2} ({r2} {k1}) on {d1}.", "m1d1k1 m2d1k1"),
    ("{m1} outperforms {m2} on {d1} ({r1} vs. {r2} {k1}).", "m1d1k1 m2d1k1"),
    ("With {m1} we get {r1} on {d1}, {r2} on {d2} and {r3} on {d3} ({k1}).", "m1d1k1 m1d2k1 m1d3k1"),
    ("{m1} sets a new state of the art for {t1} on {d1} with {r1} {k1}.", "m1d1k1"),
    ("{m1} yields a {k1} of {r1}.", "m1-k1"),
    ("{m1} trained on {d1} achieves {r1} {k1} on {d2}.", "m1d2k1"),
    ("{m1}, pre-trained on {d1}, reaches {r1} on {d2} in terms of {k1}.", "m1d2k1"),
    ("Replacing {m1} with {m2} raises {k1} from {r1} to {r2} on {d1}.", "m1d1k1 m2d1k1"),
    ("Without {m1}, {m2} drops to {r1} {k1} on {d1}.", "m2d1k1"),
    ("{m1} achieves {k1} = {r1} on {d1} and {k2} = {r2} on {d2}.", "m1d1k1 m1d2k2"),
    ("{r1} {k1} is obtained by {m1} on {d1}.", "m1d1k1"),
    ("A {k1} of {r1} was achieved on {d1} by {m1}, a variant of {m2}.", "m1d1k1"),
    ("{m1} based on {m2} attains {r1} {k1} for {t1}.", "m1-k1"),
    ("For {t1} on {d1}, the best {k1} ({r1}) is that of {m1}; {m2} has {r2}.", "m1d1k1 m2d1k1"),
    ("{m1} gets {r1}/{r2} {k1}/{k2} on {d1}.", "m1d1k1 m1d1k2"),
    ("Using {m1} and {m2}, the {k1} on {d1} increases to {r1}.", "m1d1k1 m2d1k1"),
    ("{m1} pushes the {d1} {k1} to {r1}, {d2} {k2} to {r2} and {d3} {k1} to {r3}.", "m1d1k1 m1d2k2 m1d3k1"),
    ("Our single model achieves {r1} {k1} on {d1}, and {m1} only {r2}.", "-d1k1 m1d1k1"),
    ("As shown in the table, {m1} has the highest {k1} on {d1} ({r1}) and on {d2} ({r2}).", "m1d1k1 m1d2k1"),
    ("The accuracy of {m1} is {r1} on {d1}; with {m2} it is {r2}.", "m1d1- m2d1-"),
    ("Compared with {m1} at {r1} {k1}, our {m2} achieves {r2} {k1} on {d1}.", "m1d1k1 m2d1k1"),
)
_VALUES = ("{:.1f}", "{:.2f}", "{:.1f}%", "{:.2f}%", "{:.0f}%", "0.{:02.0f}")


def make_result_sentences(n_texts: int, corpora: Sequence[GoldText], *, seed: int = 0) -> list[GoldText]:
    """Fill the patterns with names of methods, datasets, metrics and tasks that occur in the corpora.

    Of the pairs only those with a value are stated or denied; all else in a sentence stays unknown.

    Args:
        n_texts: How many sentences.
        corpora: Texts whose mentions serve as names.
        seed: The same seed gives the same sentences.
    """
    draw = random.Random(seed)  # noqa: S311  (not for secrets)
    names: dict[str, list[str]] = {label: [] for label in _LABELS.values()}
    for text in corpora:
        for entity in text.entities:
            name = text.text[entity.start_char : entity.end_char]
            if entity.label in names and 2 <= len(name) <= 40 and "\n" not in name:
                names[entity.label].append(name)
    pools = {label: sorted(set(found)) or [label] for label, found in names.items()}
    return [_fill(*draw.choice(_PATTERNS), pools, draw, f"invented-{i}") for i in range(n_texts)]


def _fill(pattern: str, links: str, names: dict[str, list[str]], draw: random.Random, text_id: str) -> GoldText:
    value_format = draw.choice(_VALUES)
    fillings: dict[str, str] = {}
    entities: list[Entity] = []
    text, done = "", 0
    for slot in _SLOT.finditer(pattern):
        kind, key = slot[1], slot[1] + slot[2]
        if key not in fillings:
            is_value = kind == "r"
            fillings[key] = value_format.format(draw.uniform(10, 99)) if is_value else draw.choice(names[_LABELS[kind]])
        text += pattern[done : slot.start()]
        entities.append(Entity(f"{key}-{len(entities)}", len(text), len(text) + len(fillings[key]), _LABELS[kind]))
        text += fillings[key]
        done = slot.end()
    text += pattern[done:]
    return GoldText(
        text_id=text_id,
        source="invented-results",
        text=text,
        sentences=(Span(0, len(text)),),
        entities=tuple(entities),
        relations=tuple(_relations(entities, links)),
        annotated=frozenset(),
        relation_scope=frozenset(),
    )


def _relations(entities: Sequence[Entity], links: str) -> list[GoldRelation]:
    """All pairs with a value: the stated ones, and no relation between the others."""
    relations = []
    for number, linked in enumerate(links.split(), 1):
        for value in entities:
            if not value.entity_id.startswith(f"r{number}-"):
                continue
            for other in entities:
                kind = other.entity_id[0]
                relation = {"m": "achieves", "d": "measured_on", "k": "measured_by"}.get(kind)
                if relation is None:
                    continue
                label = relation if other.entity_id[:2] in linked else NOT_RELATED
                ends = (other, value) if kind == "m" else (value, other)
                relations.append(GoldRelation(ends[0].entity_id, ends[1].entity_id, label))
    return relations
