"""The corpora from which relations are learned, read from files."""

from collections.abc import Sequence
from pathlib import Path

from extractors.training.corpora import GoldText, read_corpus
from extractors.training.result_sentences import make_result_sentences
from extractors.training.weak_results import WEAK_SOURCE, read_weak_results

_HELD_OUT = ("dev", "test")


def read_relation_corpora(paths: Sequence[Path], *, n_invented: int = 600, seed: int = 0) -> list[GoldText]:
    """Read what relations can be learned from: annotated relations, and weak results with the papers they are of.

    A file of weak results (Result entities alone) is joined with the papers of the other files by their ids. Texts that
    their corpus counts as dev or test are left out.

    Args:
        paths: Stand-off JSON Lines, in any order.
        n_invented: So many invented sentences with results (``make_result_sentences``) are added to weak results.
        seed: Seed of those.

    Raises:
        ConfigError: A file cannot be read.
    """
    corpora = {path: [text for text in read_corpus(path) if text.split not in _HELD_OUT] for path in paths}
    is_weak = {path: bool(texts) and not any(text.annotated for text in texts) for path, texts in corpora.items()}
    papers = [path for path in paths if not is_weak[path]]
    found = [text for path in papers for text in corpora[path] if text.relations]
    for path in paths:
        if is_weak[path]:
            found += [text for other in papers for text in read_weak_results(other, path)]
    if any(text.source == WEAK_SOURCE for text in found):
        found += make_result_sentences(n_invented, [text for path in papers for text in corpora[path]], seed=seed)
    return [text for text in found if text.split not in _HELD_OUT]
