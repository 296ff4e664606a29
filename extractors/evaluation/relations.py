"""A relation classifier against gold relations, with gold or with predicted mentions, and its threshold on dev."""

from collections.abc import Sequence
from dataclasses import replace

from extractors.evaluation.scores import RelationScores, TypedRelation, TypedSpan, score_relations
from extractors.relations.classifier import RelationClassifier, relate_texts
from extractors.sentences import split_sentences
from extractors.training.corpora import GoldText
from schemas.records import Mention, Relation

_LEAST = 0.1  # relations less likely than this are not looked at


def gold_mentions(text: GoldText) -> list[Mention]:
    """The gold entities of a text as mentions."""
    return [Mention(e.start_char, e.end_char, e.label, 1.0) for e in text.entities]


def evaluate_relations(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]] | None = None
) -> RelationScores:
    """Score a classifier on annotated texts.

    Args:
        classifier: A loaded classifier.
        texts: Texts with gold relations.
        mentions: Per text, the mentions between which relations are sought; default the gold ones.
    """
    mentions = mentions if mentions is not None else [gold_mentions(text) for text in texts]
    return _score(texts, mentions, _relate(classifier, texts, mentions))


def choose_threshold(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]]
) -> tuple[float, float]:
    """The threshold with the best Rel+ F1 on dev for mentions as they will be, and that F1.

    With predicted mentions, whose scores count, it is another one than with gold mentions.
    """
    config = classifier.config
    classifier.config = replace(config, threshold=_LEAST)
    try:
        found = _relate(classifier, texts, mentions)
    finally:
        classifier.config = config
    best = (config.threshold, -1.0)
    for threshold in (step / 50 for step in range(5, 46)):
        kept = [[relation for relation in relations if relation.score >= threshold] for relations in found]
        f1 = _score(texts, mentions, kept).rel_plus.micro.f1
        if f1 > best[1]:
            best = (threshold, f1)
    return best


def _relate(
    classifier: RelationClassifier, texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]]
) -> list[tuple[Relation, ...]]:
    sentences = [text.sentences or split_sentences(text.text) for text in texts]
    return relate_texts(classifier, [text.text for text in texts], mentions, sentences)


def _score(
    texts: Sequence[GoldText], mentions: Sequence[Sequence[Mention]], found: Sequence[Sequence[Relation]]
) -> RelationScores:
    return score_relations(
        [_gold(text) for text in texts],
        [_typed(relations, of_text) for relations, of_text in zip(found, mentions, strict=True)],
        scopes=[_scope(text) for text in texts],
        gold_spans=[[(e.start_char, e.end_char, e.label) for e in text.entities] for text in texts],
        types={relation.label for text in texts for relation in text.relations},
    )


def _gold(text: GoldText) -> list[TypedRelation]:
    spans = {e.entity_id: (e.start_char, e.end_char, e.label) for e in text.entities}
    return [(spans[r.head_id], spans[r.tail_id], r.label) for r in text.relations]


def _typed(relations: Sequence[Relation], mentions: Sequence[Mention]) -> list[TypedRelation]:
    spans = {m.mention_id: (m.start_char, m.end_char, m.label) for m in mentions}
    return [(spans[r.head_id], spans[r.tail_id], r.label) for r in relations]


def _scope(text: GoldText) -> list[TypedSpan] | None:
    if text.relation_scope is None:
        return None
    return [(e.start_char, e.end_char, e.label) for e in text.entities if e.entity_id in text.relation_scope]
