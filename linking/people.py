"""People linked to a registry, cautiously: a name alone never suffices, an organisation that agrees must join it."""

from collections.abc import Iterable, Sequence
from typing import Final

from linking.knowledge_base import KnowledgeBase
from linking.normal import match_key, name_words
from schemas.records import KBEntry

MAX_NAMESAKES: Final = 1_000
ALONE, CHOSEN, TOPICAL = 0.95, 0.85, 0.8  # only bearer of the name; only one at the place; told apart by topics


def find_person(
    kb: KnowledgeBase, name: str, institutions: Sequence[tuple[str, str]], topics: Iterable[str] = ()
) -> tuple[KBEntry, float] | None:
    """The person of the knowledge base who bears the name and has worked at one of the organisations.

    Of several such namesakes the one whose topics agree with the paper's, if that is one only. A name of initials and
    a family name is borne by too many.

    Args:
        kb: The knowledge base.
        name: As printed.
        institutions: Entity ids and names of the author's affiliations.
        topics: What the paper speaks of.

    Returns:
        The entry and the probability that it is meant; None if nobody is, or more than one may be.
    """
    words = name_words(name, "Author")
    if "Author" not in kb.labels or not institutions or len(words) < 2 or len(words[0]) < 2 or len(words[-1]) < 2:
        return None
    rows = kb.lexical.exact("Author", match_key(name, "Author"))
    if len(rows) > MAX_NAMESAKES:  # some may be at the same place
        return None
    entries = [kb.entry(i) for i in sorted({int(kb.entity_of[row]) for row in rows})]
    ids = {identity for identity, _ in institutions}
    names = {match_key(printed, "Institution") for _, printed in institutions}
    there = [entry for entry in entries if _worked_at(entry, ids, names)]
    if len(there) == 1:
        return there[0], ALONE if len(entries) == 1 else CHOSEN
    spoken = {word for topic in topics for word in name_words(topic, "Task") if len(word) > 3}
    shared = [len(spoken & set(name_words(entry.description, "Task"))) for entry in there]
    if sorted(shared)[-2:] != [0, max(shared, default=0)] or not any(shared):
        return None
    return there[shared.index(max(shared))], TOPICAL


def _worked_at(entry: KBEntry, ids: set[str], names: set[str]) -> bool:
    return not ids.isdisjoint(entry.parents) or any(match_key(a, "Institution") in names for a in entry.affiliations)
