"""Whether a name is a method or a data set, by the words beside all of its mentions in a text.

A tagger judges by one window, and where a name is new it may take every mention of it for the wrong kind. But who makes
a data set "trains on" it, and it "contains" things, dozens of times in one paper. The weights of such words are learnt
from annotated papers (``extractors/training/name_types.py``).
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from schemas.records import Mention

WEIGHTS_FILE: Final = Path(__file__).with_name("name_types.json")
METHOD, DATASET = "Method", "Dataset"
N_WORDS: Final = 3  # on each side of a mention
LEAST_MENTIONS: Final = 2
LEAST_PROBABILITY: Final = 0.98  # of the other kind, for the tagger's to be given up
_REACH: Final = 60  # characters on each side in which the words are looked for
_WORD: Final = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LIKE_A_NAME: Final = re.compile(r"[A-Z0-9]")


@dataclass(frozen=True, slots=True)
class NameTypeWeights:
    """A logistic regression. A word counts by the logarithm of how often it stands there.

    Attributes:
        bias: Log-odds of a data set without any of the words.
        weights: What a word adds, by its place and itself: ``-1 on`` stands right before a mention.
    """

    bias: float
    weights: dict[str, float]

    def probability(self, contexts: Counter[str]) -> float:
        """Of a name with these words beside its mentions to be a data set, not a method."""
        known = ((self.weights[word], n) for word, n in contexts.items() if word in self.weights)
        log_odds = self.bias + sum(weight * math.log1p(n) for weight, n in known)
        return (1 + math.tanh(log_odds / 2)) / 2


@cache
def load_name_type_weights() -> NameTypeWeights:
    """The shipped weights."""
    content = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return NameTypeWeights(content["bias"], content["weights"])


def settle_name_types(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions, in the same order; all of one name are methods, or data sets, where what is beside them says so."""
    by_name: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if mention.label in (METHOD, DATASET):
            by_name[text[mention.start_char : mention.end_char]].append(mention)
    settled: dict[Mention, Mention] = {}
    for name, some in by_name.items():
        if len(some) >= LEAST_MENTIONS and is_like_a_name(name):
            contexts = count_contexts(text, ((m.start_char, m.end_char) for m in some))
            probability = load_name_type_weights().probability(contexts)
            if max(probability, 1 - probability) >= LEAST_PROBABILITY:
                label = DATASET if probability > 0.5 else METHOD
                settled |= {m: replace(m, label=label) for m in some if m.label != label}
    return [settled.get(mention, mention) for mention in mentions]


def is_like_a_name(name: str) -> bool:
    """Has it a capital or a digit; else it may be a common word, which stands for several things."""
    return _LIKE_A_NAME.search(name) is not None


def count_contexts(text: str, spans: Iterable[tuple[int, int]]) -> Counter[str]:
    """How often each word stands at each place beside some spans of a text, see ``NameTypeWeights.weights``."""
    counts: Counter[str] = Counter()
    for start, end in spans:
        before = _WORD.findall(text[max(0, start - _REACH) : start].lower())[: -N_WORDS - 1 : -1]
        behind = _WORD.findall(text[end : end + _REACH].lower())[:N_WORDS]
        counts.update(f"-{i} {'0' if word.isdigit() else word}" for i, word in enumerate(before, 1))
        counts.update(f"+{i} {'0' if word.isdigit() else word}" for i, word in enumerate(behind, 1))
    return counts
