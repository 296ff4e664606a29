"""Scores of a tagger on annotated texts."""

from collections.abc import Sequence

from extractors.evaluation.scores import EntityScores, score_entities
from extractors.ner.tagger import Tagger, tag_texts
from extractors.training.corpora import GoldText


def evaluate_ner(tagger: Tagger, texts: Sequence[GoldText], types: Sequence[str] = ()) -> EntityScores:
    """Tag annotated texts and score the mentions.

    Args:
        tagger: The tagger to score.
        texts: Annotated texts.
        types: Entity types to score; empty are those that the texts annotate in full and that occur in them.
    """
    found = tag_texts(tagger, [text.text for text in texts])
    occurring = {entity.label for text in texts for entity in text.entities}
    annotated = frozenset[str]().union(*(text.annotated for text in texts))
    return score_entities(
        [[(e.start_char, e.end_char, e.label) for e in text.entities] for text in texts],
        [[(m.start_char, m.end_char, m.label) for m in mentions] for mentions in found],
        frozenset(types) or annotated & occurring & set(tagger.config.types),
    )
