"""Who is affiliated with what, from the front matter as plain lines: marks, one affiliation for all, or in turn.

A rule and not the classifier: "1,2" behind a name and "2" before an institution ten lines below is a matter of layout,
and a sentence is not the right window for it. For papers, whose pages are known, there is ``extractors.front_matter``.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from schemas.records import Mention, Relation

REVISION = "affiliation-lines-1"

_SYMBOL = r"(?:\*{1,3}|∗{1,3}|†{1,2}|‡{1,2}|[§¶‖∥#♠♣♥♦⋆$&])"
_MARK = rf"(?:\d{{1,3}}|[a-zA-Z](?![\w.])|{_SYMBOL})"
_DEGREES = r"(?:,?\s(?:[A-Z][A-Za-z]{0,3}\.?\s?){1,5}(?!\w)){0,4}"  # "M.D., MPH"
_MORE_MARKS = rf"(?:[ ,;/]{{0,2}}(?:{_SYMBOL}|(?<=[,;/ ])(?<![^,;/] ){_MARK})){{0,7}}"
_AUTHOR_MARKS = re.compile(rf"{_DEGREES}[\s,]{{0,3}}[\[(]?({_MARK}{_MORE_MARKS})(?![\w-])")
_INSTITUTION_MARK = re.compile(
    rf"(?:(?:^|(?<=[\n;,.:])|(?<=\band))\s{{0,2}}[\[(]?({_MARK})[\])]?[.:]?\s{{0,2}}|(?<=\s)(\d{{1,3}})\n)(?=[A-Z\"'“(])",
    re.MULTILINE,
)
_ONE_MARK = re.compile(_MARK)
_REACH = 40  # characters behind a name in which its marks stand
_FARTHEST = 4000  # characters between an author and the institution, at most
_SCORES = {"marks": 0.95, "shared": 0.9, "in turn": 0.8}
LAYOUTS = tuple(_SCORES)


def relate_people(text: str, mentions: Sequence[Mention]) -> list[Relation]:
    """Relate the authors of one front matter to their institutions.

    Marks that stand behind names and before institutions decide; where there are none and one institution is named, it
    is everybody's; else the authors named since the last institution belong to the next.

    Args:
        text: The text; printed lines matter.
        mentions: Mentions of the text; other types than Author and Institution are passed over.

    Returns:
        ``affiliated_with`` relations, by place of the author.
    """
    by, pairs = _pair_people(text, mentions)
    return [
        Relation(
            author.mention_id,
            institution.mention_id,
            "affiliated_with",
            _SCORES[by],
            REVISION,
            min(author.start_char, institution.start_char),
            max(author.end_char, institution.end_char),
        )
        for author, institution in pairs
    ]


def find_layout(text: str, mentions: Sequence[Mention]) -> str:
    """How a front matter says who is where: one of ``LAYOUTS``, or empty where authors or institutions are missing."""
    return _pair_people(text, mentions)[0]


def _pair_people(text: str, mentions: Sequence[Mention]) -> tuple[str, list[tuple[Mention, Mention]]]:
    """The layout, and each author with each institution."""
    ordered = sorted(mentions, key=lambda mention: (mention.start_char, mention.end_char))
    authors = _first_of_each(text, [m for m in ordered if m.label == "Author"])
    institutions = [m for m in ordered if m.label == "Institution"]
    if not authors or not institutions:
        return "", []
    institutions = [m for m in institutions if m.start_char - authors[-1].end_char < _FARTHEST]
    starts = [mention.start_char for mention in ordered]
    author_marks = [_marks_behind(text, author, starts) for author in authors]
    institution_marks = _marks_before(text, institutions, sorted(m.end_char for m in ordered))
    shared = {m for marks in author_marks for m in marks} & set(institution_marks) - {""}
    if shared:
        return "marks", _pair_by_marks(authors, author_marks, institutions, institution_marks)
    if len({_normal(text, institution) for institution in institutions}) == 1:
        return "shared", [(author, institutions[0]) for author in authors]
    return "in turn", _pair_in_turn(authors, institutions)


def _first_of_each(text: str, authors: Sequence[Mention]) -> list[Mention]:
    """The first mention of each name: later ones are of correspondence lines and footnotes."""
    firsts: dict[str, Mention] = {}
    for author in authors:
        firsts.setdefault(_normal(text, author), author)
    return list(firsts.values())


def _normal(text: str, mention: Mention) -> str:
    return "".join(c for c in text[mention.start_char : mention.end_char].casefold() if c.isalnum())


def _marks_behind(text: str, author: Mention, starts: Sequence[int]) -> tuple[str, ...]:
    """Marks between an author and the next mention; ``starts`` are the sorted starts of all mentions."""
    following = bisect_left(starts, author.end_char)
    limit = starts[following] if following < len(starts) else len(text)
    match = _AUTHOR_MARKS.match(text, author.end_char, min(limit, author.end_char + _REACH))
    return tuple(_ONE_MARK.findall(match[1])) if match else ()


def _marks_before(text: str, institutions: Sequence[Mention], ends: Sequence[int]) -> list[str]:
    """The mark that each institution stands behind; several may share one ("" for none).

    ``ends`` are the sorted ends of all mentions.
    """
    marks: list[str] = []
    for number, institution in enumerate(institutions):
        preceding = bisect_right(ends, institution.start_char)
        low = max(ends[preceding - 1] if preceding else 0, institution.start_char - _FARTHEST)
        before = [m[1] or m[2] for m in _INSTITUTION_MARK.finditer(text, low, institution.start_char + 1)]
        follows_institution = number > 0 and institutions[number - 1].end_char == low
        marks.append(before[-1] if before else marks[-1] if follows_institution else "")
    return marks


def _pair_by_marks(
    authors: Sequence[Mention],
    author_marks: Sequence[Sequence[str]],
    institutions: Sequence[Mention],
    institution_marks: Sequence[str],
) -> list[tuple[Mention, Mention]]:
    """Equal marks; an author without any belongs to the institutions without any."""
    known = set(institution_marks)
    pairs = []
    for author, marks in zip(authors, author_marks, strict=True):
        wanted = {mark for mark in marks if mark in known} or {""}
        pairs += [(author, i) for i, mark in zip(institutions, institution_marks, strict=True) if mark in wanted]
    return pairs


def _pair_in_turn(authors: Sequence[Mention], institutions: Sequence[Mention]) -> list[tuple[Mention, Mention]]:
    """A run of authors and the run of institutions behind it belong together."""
    pairs: list[tuple[Mention, Mention]] = []
    group: list[Mention] = []
    last = ""
    for mention in sorted((*authors, *institutions), key=lambda m: m.start_char):
        if mention.label == "Author":
            group = [*group, mention] if last == "Author" else [mention]
        else:
            pairs += [(author, mention) for author in group]
        last = mention.label
    return pairs
