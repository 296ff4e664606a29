"""The link stage: every mention of a paper gets its entity, of a registry or of our own."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from linking.knowledge_base import KnowledgeBase
from linking.linker import LINKED_TYPES, Linker, Resolution
from linking.normal import DETERMINERS, HEAD_WORDS, match_key, normal_form, own_entity_id, simplify
from linking.people import find_person
from linking.queries import Query, with_siblings
from schemas.records import Abbreviation, KBEntry, Link, LinkedPaper, Mention, TaggedPaper

CONTEXT_CHARS: Final = 150  # of text on each side that a mention of a concept is read in
MAX_LINE_CHARS: Final = 300  # of the printed line around an institution
# A wrong merge of two concepts costs the graph more than a node of our own too many: of 52 names of 60 papers that were
# linked by likeness to the starter base with scores from 0.5 to 0.8, a dozen were right, of 54 above it some forty.
LEAST_CONCEPT_SCORE: Final = 0.8
# Of 15 institutions of 12 papers that were linked to the starter base below this, 14 were others.
LEAST_STARTER_SCORE: Final = 0.6

CONCEPTS: Final = tuple(label for label in LINKED_TYPES if label != "Institution")
LEAST_NAMED_SCORE: Final = 0.5  # where the paper prints a name of the entry
BRACKETED: Final = re.compile(r"\s*\(([^()]{1,30})\)\s*$")
SAYS_NOTHING: Final = DETERMINERS | frozenset().union(*HEAD_WORDS.values()) | {"it", "they", "which", "both", "others"}


@dataclass(slots=True)
class Name:
    """All mentions of a paper that print one name of one type: they get one entity."""

    label: str
    mentions: list[Mention] = field(default_factory=list)
    full_names: Counter[str] = field(default_factory=Counter)  # as printed, short forms spelt out

    @property
    def printed(self) -> str:
        """The most frequent form; of equally frequent ones one without trimmings, the longest, by alphabet."""
        plain = {text: simplify(text) == normal_form(text, self.label) for text in self.full_names}
        return min(self.full_names, key=lambda text: (-self.full_names[text], not plain[text], -len(text), text))


def link_papers(
    kb: KnowledgeBase, papers: Sequence[tuple[str, TaggedPaper]], *, linker: Linker | None = None
) -> list[LinkedPaper]:
    """Link the mentions of papers: exactly one link a mention, save Result mentions, in the order of the mentions.

    Short forms are linked as the long forms that the paper gives them. A name that is in no registry gets an id of our
    own, made from its normal form; its score is then the probability that no candidate is meant. A person is never
    linked by name alone: an affiliation must agree too (``find_person``), else the author's id holds the name and the
    first affiliation, or the paper where there is none.

    Args:
        kb: The knowledge base.
        papers: (text, tagged paper) pairs.
        linker: A linker to use again, with what it remembers.
    """
    linker = linker or Linker(kb)
    names = [collect_names(text, tagged) for text, tagged in papers]
    queries = make_queries(papers, names)
    resolved = dict(zip(queries, linker.resolve(list(queries.values())), strict=True))
    return [
        _link_paper(
            linker,
            tagged,
            names[i],
            tell_apart(kb, names[i], {key: resolved.get((i, key), Resolution()) for key in names[i]}),
        )
        for i, (_, tagged) in enumerate(papers)
    ]


def make_queries(
    papers: Sequence[tuple[str, TaggedPaper]], names: Sequence[Mapping[tuple[str, str], Name]]
) -> dict[tuple[int, tuple[str, str]], Query]:
    """The questions to the linker, by paper and name; what is not looked up has none."""
    queries = {
        (i, key): make_query(papers[i][0], name)
        for i, by_key in enumerate(names)
        for key, name in by_key.items()
        if name.label in LINKED_TYPES and not says_nothing(name.printed)
    }
    read_together = with_siblings(list(queries.values()), [papers[i][1].paper_id for i, _ in queries])
    return dict(zip(queries, read_together, strict=True))


def tell_apart(
    kb: KnowledgeBase, names: dict[tuple[str, str], Name], resolved: dict[tuple[str, str], Resolution]
) -> dict[tuple[str, str], Resolution]:
    """Leave an entry to one of the names of a paper that were linked to it by likeness, and to none that is unlikely.

    A paper that prints "QQP 140K" and "QQP 50K", or "LER" and "WER", tells them apart, however alike they look. Names
    and aliases of the entry itself stay with it; where it has none of the names, the one with most mentions does.
    Institutions are left alone: "Univ. of X" and "University of X" are written in one paper. But an entry of the
    starter base, which has few of them, must be likely.
    """
    by_entry: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for key, resolution in resolved.items():
        if resolution.answer and key[0] != "Institution":
            by_entry[resolution.answer[0]].append(key)
    apart = dict(resolved)
    for key, resolution in resolved.items():
        is_far = key[0] == "Institution" and resolution.answer and resolution.score < LEAST_STARTER_SCORE
        if is_far and kb.entry(resolution.answer[0]).kb == "starter":
            apart[key] = Resolution(resolution.ranked)
    for row, keys in by_entry.items():
        entry = kb.entry(row)
        known = {match_key(name, entry.label) for name in (entry.name, *entry.aliases, *entry.acronyms)}
        exact = {key for key in keys if any(_is_name_of(known, form, key[0]) for form in names[key].full_names)}
        least = {key: LEAST_NAMED_SCORE if key in exact else LEAST_CONCEPT_SCORE for key in keys}
        likely = [key for key in keys if resolved[key].score >= least[key]]
        stays = exact.intersection(likely) or sorted(likely, key=lambda key: (-len(names[key].mentions), key))[:1]
        apart |= {key: Resolution(resolved[key].ranked) for key in keys if key not in likely}
        apart |= {key: Resolution() for key in likely if key not in stays}
    return apart


def _is_name_of(known: set[str], printed: str, label: str) -> bool:
    """Is it one of these names, be it with a word behind it that says what it is ("accuracy scores")."""
    words = simplify(printed).split()
    while len(words) > 1 and match_key(" ".join(words), label) not in known and words[-1] in HEAD_WORDS.get(label, ()):
        words.pop()
    return match_key(printed, label) in known or match_key(" ".join(words), label) in known


def link_paper(kb: KnowledgeBase, text: str, tagged: TaggedPaper, *, linker: Linker | None = None) -> LinkedPaper:
    """Link the mentions of one paper, see ``link_papers``."""
    return link_papers(kb, [(text, tagged)], linker=linker)[0]


def collect_names(text: str, tagged: TaggedPaper) -> dict[tuple[str, str], Name]:
    """Mentions by (type, normal form of the full name), Result mentions left out."""
    institutions = [mention for mention in tagged.mentions if mention.label == "Institution"]
    of_institutions = [one for one in tagged.abbreviations if _is_in_any(one, institutions)]
    others = [one for one in tagged.abbreviations if one not in of_institutions]
    long_forms = defaultdict(dict, Institution=_read_long_forms(text, of_institutions))
    long_forms |= dict.fromkeys(CONCEPTS, _read_long_forms(text, others))
    names: dict[tuple[str, str], Name] = {}
    for mention in sorted(tagged.mentions, key=lambda m: (m.start_char, m.end_char, m.label)):
        if mention.label == "Result":
            continue
        full = spell_out(
            " ".join(text[mention.start_char : mention.end_char].split()), mention.label, long_forms[mention.label]
        )
        name = names.setdefault((mention.label, normal_form(full, mention.label)), Name(mention.label))
        name.mentions.append(mention)
        name.full_names[full] += 1
    return names


def _is_in_any(abbreviation: Abbreviation, institutions: Sequence[Mention]) -> bool:
    """Is a long form that of an organisation: "MIT" may be short for a method in a paper from there."""
    start, end = abbreviation.long_start_char, abbreviation.long_end_char
    return any(m.start_char <= start and end <= m.end_char for m in institutions)


def spell_out(printed: str, label: str, long_forms: dict[str, str]) -> str:
    """The long form where the mention is a short form of the paper; ``Long Form (LF)`` loses its bracket."""
    bracket = BRACKETED.search(printed)
    if bracket and simplify(bracket[1]) in long_forms and bracket.start():
        return printed[: bracket.start()]
    for key in (simplify(printed), normal_form(printed, label)):
        if key in long_forms:
            return long_forms[key]
    return printed


def make_query(text: str, name: Name) -> Query:
    """The question to the linker: the printed name, with what stands around its first mention."""
    first = name.mentions[0]
    if name.label == "Institution":
        context = _line_around(text, first)
    else:
        context = text[max(0, first.start_char - CONTEXT_CHARS) : first.end_char + CONTEXT_CHARS]
    return Query(name.printed, name.label, " ".join(context.split()))


def says_nothing(printed: str) -> bool:
    """True for "the model", "these datasets": what names no thing of its own is not looked up."""
    return all(word in SAYS_NOTHING or len(word) == 1 for word in simplify(printed).split())


def author_entity_id(name: str, institution_id: str, paper_id: str) -> str:
    """Id of a person: normal form of the name and the first affiliation's entity, else the paper.

    Of a name with an initial at either end there are many at one place, so it is the paper's.
    """
    identity = own_entity_id(name, "Author")
    words = identity.rpartition("/")[2].split("-")
    place = "" if 1 in (len(words[0]), len(words[-1])) else institution_id
    key = re.sub(r"[^\w-]+", "-", (place or paper_id).lower())
    return f"{identity}/{key}"


def _link_paper(
    linker: Linker, tagged: TaggedPaper, names: dict[tuple[str, str], Name], resolved: dict[tuple[str, str], Resolution]
) -> LinkedPaper:
    links: dict[str, Link] = {}
    for key, name in names.items():
        if name.label != "Author":
            for mention in name.mentions:
                links[mention.mention_id] = _link(linker, mention, name, resolved[key])
    institutions: defaultdict[str, list[str]] = defaultdict(list)
    for relation in tagged.affiliations:
        if relation.tail_id in links:
            institutions[relation.head_id].append(links[relation.tail_id].entity_id)
    places = {link.entity_id: link.name for link in links.values() if link.label == "Institution"}
    topics = [name.printed for name in names.values() if name.label in ("Method", "Task", "Dataset")]
    for name in names.values():
        if name.label == "Author":
            first = next((ids[0] for m in name.mentions if (ids := institutions.get(m.mention_id))), "")
            ids = {identity for m in name.mentions for identity in institutions.get(m.mention_id, ())}
            person = find_person(linker.kb, name.printed, [(i, places[i]) for i in sorted(ids)], topics)
            for mention in name.mentions:
                links[mention.mention_id] = _link_author(linker, mention, name, person, first, tagged.paper_id)
    in_order = (links[m.mention_id] for m in tagged.mentions if m.mention_id in links)
    return LinkedPaper(tagged.paper_id, tuple({link.mention_id: link for link in in_order}.values()))


def _link_author(
    linker: Linker, mention: Mention, name: Name, person: tuple[KBEntry, float] | None, first: str, paper_id: str
) -> Link:
    if person:
        entry, score = person
        return Link(mention.mention_id, entry.entity_id, entry.name, "Author", entry.kb, score, linker.revision)
    identity = author_entity_id(name.printed, first, paper_id)
    return Link(mention.mention_id, identity, name.printed, "Author", "", mention.score, linker.revision)


def _link(linker: Linker, mention: Mention, name: Name, resolution: Resolution) -> Link:
    if resolution.answer:
        entry = linker.kb.entry(resolution.answer[0])
        kb = "" if entry.kb == "starter" else entry.kb
        score = round(resolution.score, 4)
        return Link(mention.mention_id, entry.entity_id, entry.name, name.label, kb, score, linker.revision)
    identity = own_entity_id(name.printed, name.label)
    score = round(1.0 - resolution.score, 4)
    return Link(mention.mention_id, identity, name.printed, name.label, "", score, linker.revision)


def _read_long_forms(text: str, abbreviations: Sequence[Abbreviation]) -> dict[str, str]:
    """Short forms, simplified, with their long forms; a short form defined twice keeps its first long form."""
    long_forms: dict[str, str] = {}
    for abbreviation in sorted(abbreviations, key=lambda a: (a.long_start_char, a.short_start_char)):
        short = simplify(text[abbreviation.short_start_char : abbreviation.short_end_char])
        long = " ".join(text[abbreviation.long_start_char : abbreviation.long_end_char].split())
        if short and long:
            long_forms.setdefault(short, long)
    return long_forms


def _line_around(text: str, mention: Mention) -> str:
    """The printed line of the mention, with the next one where it ends in a comma (an address goes on)."""
    start = text.rfind("\n", 0, mention.start_char) + 1
    end = text.find("\n", mention.end_char)
    if end >= 0 and text[:end].rstrip(" ").endswith(",") and text[end : end + 2] != "\n\n":
        end = text.find("\n", end + 1)
    end = len(text) if end < 0 else end
    return text[max(start, mention.start_char - MAX_LINE_CHARS) : min(end, mention.end_char + MAX_LINE_CHARS)]
