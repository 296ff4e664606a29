"""Practice for the concept model, made from the knowledge base itself: its names as papers would vary them.

No annotated links are needed. Each example asks for one entry under a changed name: another case, a plural, initials, a
word less, a head word more. In every fifth the entry is hidden, so that none of the candidates is right.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from linking.gold import GoldRow
from linking.knowledge_base import KnowledgeBase
from linking.normal import HEAD_WORDS, initials, name_words, simplify
from linking.queries import Query
from schemas.records import KBEntry

SHARES: Final = {"Method": 0.3, "Dataset": 0.25, "Task": 0.3, "Metric": 0.15}
HIDDEN_SHARE: Final = 0.2
NO_SIBLINGS: Final = 0.3
FULL_NAME_SHARE: Final = 0.5
MODIFIERS: Final = ("standard", "large-scale", "automatic", "end-to-end", "unsupervised", "public", "original", "test")


def practise(kb: KnowledgeBase, n: int, *, seed: int = 0) -> list[GoldRow]:
    """So many examples, the same for the same knowledge base and seed; entries that are used more come more often."""
    chance = random.Random(seed)  # noqa: S311 (no secrets)
    of_label: dict[str, list[KBEntry]] = {label: [] for label in SHARES}
    for entry in kb.entries():
        if entry.label in of_label:
            of_label[entry.label].append(entry)
    rows: list[GoldRow] = []
    relatives = _Relatives(of_label)
    for label, share in SHARES.items():
        entries = of_label[label]
        weights = [1.0 + entry.prior for entry in entries]
        for entry in chance.choices(entries, weights, k=round(n * share)) if entries else ():
            name = chance.choice([entry.name, entry.name, *entry.aliases, *entry.acronyms])
            text = vary(name, label, chance)
            hidden = chance.random() < HIDDEN_SHARE
            answers = frozenset() if hidden else frozenset({entry.entity_id})
            without = frozenset({entry.entity_id}) if hidden else frozenset[str]()
            query = Query(text, label, siblings=relatives.draw(entry, text, chance))
            rows.append(GoldRow(str(len(rows)), query, answers, entry.entity_id, without, is_practice=True))
    return rows


class _Relatives:
    """Draws the other names that the paper of an example prints: often the full name, and what shares words with it."""

    def __init__(self, of_label: dict[str, list[KBEntry]]) -> None:
        self._entries = of_label
        self._with_word: defaultdict[tuple[str, str], list[KBEntry]] = defaultdict(list)
        for label, entries in of_label.items():
            for entry in entries:
                for word in set(name_words(entry.name, label)):
                    self._with_word[label, word].append(entry)

    def draw(self, entry: KBEntry, text: str, chance: random.Random) -> tuple[str, ...]:
        """Names of the entry's type, ``text`` not among them; none in a third of the cases."""
        if chance.random() < NO_SIBLINGS:
            return ()
        names = {entry.name} if chance.random() < FULL_NAME_SHARE else set[str]()
        words = sorted(set(name_words(entry.name, entry.label)))
        for _ in range(chance.randrange(3)):
            if near := self._with_word[entry.label, chance.choice(words)] if words else []:
                names.add(chance.choice(near).name)
        names.update(chance.choice(self._entries[entry.label]).name for _ in range(chance.randrange(4)))
        return tuple(sorted(names - {text}))


def vary(name: str, label: str, chance: random.Random) -> str:
    """The name as a paper might print it: one or two changes at random, or none."""
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        name = chance.choice(list(_changes(name, label, chance)))
    return name


def _changes(name: str, label: str, chance: random.Random) -> Iterator[str]:
    words = name.split()
    yield name.lower()
    yield f"{name} {chance.choice(sorted(HEAD_WORDS[label]))}"
    yield f"{chance.choice(MODIFIERS)} {name}"
    yield name if name.endswith("s") else f"{name}s"
    yield name.replace("-", " ") if "-" in name else name.replace(" ", "-")
    short = initials(simplify(name).split()).upper()
    if len(words) > 1:
        yield " ".join(words[:-1])
        yield " ".join(words[:-1])
        yield " ".join(words[1:])
        yield chance.choice((words[0], words[-1]))
        dropped = chance.randrange(len(words))
        yield " ".join(word for i, word in enumerate(words) if i != dropped)
        yield "".join(words) if len(words) == 2 else " ".join(words[:2])
    if len(short) > 1:
        yield short
        yield short
        yield f"{name} ({short})"
