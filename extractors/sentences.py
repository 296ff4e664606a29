"""Sentences of scientific prose by rule, as spans of the text."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.records import Block, Span

LINE_KINDS: Final = ("authors", "affiliations", "table", "reference")
"""Kinds of blocks in which every printed line stands for itself."""

_BLOCK = re.compile(r"\S(?:[^\n]|\n(?!\s*\n))*")  # text up to an empty line
_STOP = re.compile(
    r"""(?:
        (?<=[^\W\d_]{2})\.\d{1,3}(?:[,–-]\d{1,3}){0,9}(?=\s+[A-Z])  # "systems.12,13 We": marks of notes or citations
        | [.!?…]{1,20}["'”’)\]]{0,5}(?=\s)
        | [。！？]
    )""",
    re.VERBOSE,
)
_NEWLINE = re.compile(r"\n")
_LAST_WORD = re.compile(r"[^\s(\[{\"“]*\Z")
_NEXT_WORD = re.compile(r"[\s\"'“‘(\[]*([\w'’-]*)")
_LOOK_BACK = 40  # characters in which the word before a full stop is sought
_LONGEST_BRACKET = 400  # characters; a bracket that is open for longer was never closed

# Words after whose full stop a sentence mostly goes on.
_NEVER_LAST_WORDS = """
    al fig figs eq eqs eqn sec sect secs ref refs tab tabs ch chap thm lem prop def cor alg app no nos vol pp p ed eds
    cf cfr e.g i.e eg ie viz vs resp approx ca dr prof mr mrs ms st inc ltd co corp dept univ jr sr proc trans conf int
    intl symp j lett rev phys chem biol med assoc gen min max avg dim w.r.t a.k.a ph.d m.sc b.sc
"""
# Words that begin a sentence even after one of those.
_STARTER_WORDS = """
    The We In This These Those Our It They However For As To There Here An A If When While Although Since On At By With
    From Moreover Furthermore Finally First Second Third Then Thus Therefore Hence Note All Both Each Such Their Its He
    She I After Before During Also Another Additionally Instead Similarly Consequently Unlike Unfortunately Because
    Given Let Most Many Some Several What Where Which Who How Why That Recently Table Figure
"""
_NUMBERED_WORDS = "fig figs eq eqs eqn sec sect secs ref refs tab tabs ch chap no nos vol pp p"
_NEVER_LAST = frozenset(_NEVER_LAST_WORDS.split())
_STARTERS = frozenset(_STARTER_WORDS.split())
_NUMBERED = frozenset(_NUMBERED_WORDS.split())


def split_sentences(text: str, spans: Sequence[Span | Block] | None = None) -> list[Span]:
    """Split a text into sentences. Takes time linear in the length of the text.

    A sentence never crosses an empty line, nor the limits of ``spans``, save between blocks of one kind that are a
    single space apart: those are one paragraph. A full stop ends no sentence after an abbreviation ("et al.", "Fig."),
    an initial, a lone number, inside brackets, or before a small letter.

    Args:
        text: The text.
        spans: The pieces to split, in text order; default the whole text. In a ``Block`` of ``LINE_KINDS`` every line
            is a unit, in a title the whole block is. In all else a line end counts as a space where the line was
            only wrapped.

    Returns:
        Spans without surrounding white space, in text order.
    """
    if spans is None:
        spans = [Span(0, len(text))] if text else []
    return [sentence for span in _joined(spans) for sentence in _split_span(text, span)]


def _joined(spans: Sequence[Span | Block]) -> Iterator[Span | Block]:
    """The spans, with the parts of one paragraph (blocks of one kind, a single space apart) put together."""
    first = last = None
    for span in spans:
        if isinstance(first, Block) and isinstance(last, Block) and _goes_on(last, span):
            last = span
            continue
        if first is not None and last is not None:
            yield first if last is first else Span(first.start_char, last.end_char)
        first = last = span
    if first is not None and last is not None:
        yield first if last is first else Span(first.start_char, last.end_char)


def _goes_on(block: Block, span: Span | Block) -> bool:
    same_kind = isinstance(span, Block) and span.kind == block.kind and block.kind not in (*LINE_KINDS, "title")
    return same_kind and span.start_char == block.end_char + 1


def _split_span(text: str, span: Span | Block) -> Iterator[Span]:
    kind = span.kind if isinstance(span, Block) else ""
    if kind == "title":
        yield from _trimmed(text, span.start_char, span.end_char)
        return
    for block in _BLOCK.finditer(text, span.start_char, span.end_char):
        start = block.start()
        ends = _line_ends(text, *block.span(), every=kind in LINE_KINDS)
        for end in (*ends, block.end()):
            if kind in LINE_KINDS:
                yield from _trimmed(text, start, end)
            else:
                yield from _split_prose(text, start, end)
            start = end


def _line_ends(text: str, start: int, end: int, *, every: bool) -> Iterator[int]:
    """Line ends of a block that end a unit: all, or those of headings, list items and paragraphs."""
    line_start = start
    for match in _NEWLINE.finditer(text, start, end):
        position = match.start()
        if every or not _is_wrapped(text, line_start, position, end):
            yield position
        line_start = position + 1


def _is_wrapped(text: str, line_start: int, newline: int, end: int) -> bool:
    """Was the sentence only broken here to fit the page?"""
    following = text[newline + 1 : min(end, newline + 20)].lstrip()[:1]
    if not following:
        return True
    last = text[newline - 1]
    return following.islower() or last in ",;:-–—(" or (newline - line_start >= 60 and last not in ".!?…")


def _split_prose(text: str, start: int, end: int) -> Iterator[Span]:
    scanned, depth, opened = start, 0, start
    for stop in _STOP.finditer(text, start, end):
        for position in range(scanned, stop.end()):
            if text[position] in "([{":
                depth, opened = depth + 1, position if depth == 0 else opened
            elif text[position] in ")]}":
                depth = max(0, depth - 1)
        scanned = stop.end()
        if depth and stop.end() - opened < _LONGEST_BRACKET:
            continue
        if _is_end(text, start, stop, end):
            yield from _trimmed(text, start, stop.end())
            start, depth = stop.end(), 0
    yield from _trimmed(text, start, end)


def _is_end(text: str, start: int, stop: re.Match[str], end: int) -> bool:
    """Does this stop end the sentence that began at ``start``?"""
    if stop.group()[0] in "。！？":
        return True
    following = _NEXT_WORD.match(text, stop.end(), min(end, stop.end() + _LOOK_BACK))
    next_word = following.group(1) if following else ""
    if next_word[:1].islower():
        return False
    if stop.group()[0] != "." or stop.group()[1:2].isdigit():
        return True
    word = _last_word(text, max(start, stop.start() - _LOOK_BACK), stop.start())
    if next_word[:1].isdigit() and (word.lower() in _NUMBERED or (word.isdigit() and len(word) <= 3)):
        return False  # "Fig. 3", and "42. 2 %" as some texts space it
    if word.rstrip(".").isdigit() and not text[start : stop.start() - len(word)].strip():
        return False  # "1. Introduction"
    if next_word in _STARTERS:
        return word.lower() not in ("e.g", "i.e", "cf", "vs", "dr", "prof", "mr", "mrs", "ms")
    return not _is_abbreviation(word)


def _last_word(text: str, low: int, high: int) -> str:
    match = _LAST_WORD.search(text[low:high])
    return match.group() if match else ""


def _is_abbreviation(word: str) -> bool:
    """Is this word before a full stop usually followed by more of the sentence?"""
    is_initial = len(word) == 1 and word.isupper()
    has_inner_stop = "." in word and all(len(part) <= 2 for part in word.split("."))
    return is_initial or has_inner_stop or word.lower() in _NEVER_LAST


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """The span without white space around it; nothing if it is all white space."""
    piece = text[start:end]
    body = piece.strip()
    if body:
        offset = start + len(piece) - len(piece.lstrip())
        yield Span(offset, offset + len(body))
