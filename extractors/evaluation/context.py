"""The sentence round a piece of an annotated text, for lists of errors."""

from bisect import bisect_right
from collections.abc import Iterable

from extractors.sentences import split_sentences
from extractors.training.corpora import GoldText

_REACH = 200  # characters shown on each side of a mention where a sentence is longer


class Sentences:
    """The sentences of one text: the corpus's own, else as split by us."""

    def __init__(self, text: GoldText) -> None:
        self.text = text.text
        self.spans = sorted(
            (span.start_char, span.end_char) for span in text.sentences or split_sentences(text.text)
        ) or [(0, len(text.text))]
        self.starts = [start for start, _ in self.spans]

    def show(self, marked: Iterable[tuple[int, int]]) -> str:
        """The sentence of the first piece, all pieces in ⟦brackets⟧; they must not overlap."""
        pieces = sorted(set(marked))
        start, end = self.spans[max(0, bisect_right(self.starts, pieces[0][0]) - 1)]
        start, end = max(start, pieces[0][0] - _REACH), max(min(end, pieces[-1][1] + _REACH), pieces[-1][1])
        shown, place = "", min(start, pieces[0][0])
        for first, last in pieces:
            shown += f"{self.text[place:first]}⟦{self.text[first:last]}⟧"
            place = last
        return " ".join((shown + self.text[place:end]).split())
