"""The names of methods and datasets that a paper uses, found again wherever they are printed."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extractors.ner.clean import MODEL_SIZE
from extractors.ner.metric_names import find_metric_names
from schemas.records import Mention

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_SIZE = re.compile(f"{MODEL_SIZE}|xl|[sbl]")
_LONGEST_NAME = 10  # tokens
_OFTEN = 3  # mentions
_GENERIC_WORDS = """
    model method approach system baseline network algorithm dataset data corpus corpora benchmark training test dev
    validation set task result
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())


@dataclass(frozen=True, slots=True)
class FoundName:
    """A known name at a place of the text."""

    start_char: int
    end_char: int
    key: str
    label: str


class PaperNames:
    """Names of a paper by normal form: case, hyphens, spaces and a plural s do not matter.

    Attributes:
        mentions: For each label and key, the mentions with that name, in text order.
    """

    def __init__(self, text: str, mentions: Iterable[Mention], labels: Sequence[str] = ("Method", "Dataset")) -> None:
        weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        grouped: dict[tuple[str, str], list[Mention]] = defaultdict(list)
        for mention in sorted(mentions, key=lambda m: (m.start_char, m.end_char)):
            printed = text[mention.start_char : mention.end_char]
            key = "" if "\t" in printed else name_key(printed)  # a tab stands between the cells of a table
            if key and not all(word in _GENERIC for word in key.split()):
                weights[key][mention.label] += mention.score
                grouped[mention.label, key].append(mention)
        self._labels: dict[str, str] = {}
        for key, by_label in weights.items():
            label = max(sorted(by_label), key=lambda name: by_label[name])
            if label in labels and _is_name(text, grouped[label, key]):
                self._labels[key] = label
        for key in [key for key in self._labels if self._is_row_of_names(key) or self._is_measure_on_dataset(key)]:
            del self._labels[key]
        self.mentions = {(label, key): grouped[label, key] for key, label in self._labels.items()}
        self._prefixes = [key for key in self._labels if " " not in key and len(key) >= 3]
        self._first_words = {key.split()[0] for key in self._labels} | {"v"}  # a "v" may be left out of a key

    def find(self, text: str, start_char: int, end_char: int) -> list[FoundName]:
        """Known names in a piece of text, the longest at each place, not overlapping."""
        tokens = list(_TOKEN.finditer(text, start_char, end_char))
        words = [_fold(token.group()) for token in tokens]
        found = []
        i = 0
        while i < len(tokens):
            longest = min(_LONGEST_NAME, len(tokens) - i) if words[i] in self._first_words else 0
            for length in range(longest, 0, -1):
                key = _join(words[i : i + length])
                if key in self._labels:
                    found.append(FoundName(tokens[i].start(), tokens[i + length - 1].end(), key, self._labels[key]))
                    i += length
                    break
            else:
                variant = self._variant_of(tokens[i].group())
                if variant:
                    found.append(FoundName(tokens[i].start(), tokens[i].end(), variant, self._labels[variant]))
                i += 1
        return found

    def nearest(self, label: str, key: str, place: int) -> Mention:
        """The mention of a name that is next to a place of the text."""
        return min(self.mentions[label, key], key=lambda mention: (abs(mention.start_char - place), mention.start_char))

    def _is_row_of_names(self, key: str) -> bool:
        """Is it a row of a table taken for one name: three or more known names, which are most of its words."""
        words, n_names, n_words, i = key.split(), 0, 0, 0
        while i < len(words):
            ends = range(i + 1, len(words) + bool(i))
            end = next((end for end in ends if " ".join(words[i:end]) in self._labels), None)
            n_names, n_words, i = (n_names + 1, n_words + end - i, end) if end else (n_names, n_words, i + 1)
        return n_names >= 3 and 4 * n_words >= 3 * len(words)

    def _is_measure_on_dataset(self, key: str) -> bool:
        """Is it a measure with the name of a data set before it ("SQuAD dev accuracy")."""
        words = key.split() if self._labels[key] == "Metric" else []
        i = next((i for i in range(len(words) - 1, 0, -1) if self._labels.get(" ".join(words[:i])) == "Dataset"), 0)
        return i > 0 and bool(find_metric_names(" ".join(words[i:]), only_sure=True))

    def _variant_of(self, word: str) -> str:
        """The known name that a name in capitals begins with, as BERT in BERTBASE; empty if none."""
        if not word.isupper():
            return ""
        lowered = word.casefold()
        known = (key for key in self._prefixes if lowered.startswith(key) and _SIZE.fullmatch(lowered, len(key)))
        return max(known, key=len, default="")


def name_key(name: str) -> str:
    """Normal form of a name; empty if it has no letter."""
    words = [_fold(token.group()) for token in _TOKEN.finditer(name)]
    return _join(words) if any(word.isalpha() for word in words) else ""


def _fold(word: str) -> str:
    lowered = word.casefold()
    if len(lowered) > 5 and lowered.endswith("cies"):  # accuracies, frequencies
        return lowered[:-3] + "y"
    return lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") and not lowered.endswith("ss") else lowered


def _join(words: Sequence[str]) -> str:
    """Words as one key; the v of a version number is left out ("SQuAD v1.1", "SQuAD 1.1")."""
    kept = [
        word for i, word in enumerate(words) if not (word == "v" and words[i + 1 : i + 2] and words[i + 1].isdigit())
    ]
    return " ".join(kept)


def _is_name(text: str, mentions: Sequence[Mention]) -> bool:
    """Is it printed with a capital or digit, in several words, or often with a hyphen; others are found everywhere."""
    printed = [text[m.start_char : m.end_char] for m in mentions]
    if len(mentions) >= _OFTEN and mentions[0].label == "Dataset" and any("-" in name for name in printed):
        return True  # ogbn-arxiv
    return any(any(c.isupper() or c.isdigit() for c in name) or " " in name.strip() for name in printed)
