"""One entry for one thing: the starter base folded into the registries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from linking.normal import match_key
from linking.places import country_key
from linking.sources.ror import UNLISTED
from schemas.errors import KnowledgeBaseError
from schemas.records import KBEntry

Key = tuple[str, str]  # entity type, match key


def merge_entries(entries: Iterable[KBEntry]) -> tuple[list[KBEntry], int]:
    """Fold entries with one id, and starter entries that a registry has too, into one.

    A starter entry goes into the registry entry of its type that bears its name as the main name, or alone bears it as
    an alias; else the same with its aliases. Organisations must agree in country, and in city where several do. The
    registry's id and name stay, unless it only names the organisation.

    Returns:
        The entries in order of first appearance, and how many starter entries were folded in.

    Raises:
        KnowledgeBaseError: One id is of entries of two types.
    """
    merged: dict[str, KBEntry] = {}
    starter: list[KBEntry] = []
    for entry in entries:
        if entry.kb == "starter":
            starter.append(entry)
        elif entry.entity_id in merged:
            merged[entry.entity_id] = _join(merged[entry.entity_id], entry)
        else:
            merged[entry.entity_id] = entry
    main, other = defaultdict[Key, list[str]](list), defaultdict[Key, list[str]](list)
    for entry in merged.values() if starter else ():
        main[entry.label, match_key(entry.name, entry.label)].append(entry.entity_id)
        for alias in entry.aliases:
            other[entry.label, match_key(alias, entry.label)].append(entry.entity_id)
    n_folded = 0
    for entry in starter:
        same = _find_same(entry, merged, (main, other))
        if same and UNLISTED in same.kinds:  # the starter base knows more of it than the registry
            del merged[same.entity_id]
            merged[entry.entity_id] = _join(entry, replace(same, kinds=()))
            n_folded += 1
        elif same:
            merged[same.entity_id] = _join(same, entry)
            n_folded += 1
        elif entry.entity_id in merged:
            merged[entry.entity_id] = _join(merged[entry.entity_id], entry)
        else:
            merged[entry.entity_id] = entry
    return list(merged.values()), n_folded


def _find_same(entry: KBEntry, merged: dict[str, KBEntry], indexes: Iterable[dict[Key, list[str]]]) -> KBEntry | None:
    """The one registry entry that bears the entry's name, or else one of its aliases, as its main name or another."""
    for name in (entry.name, *entry.aliases):
        for ids in indexes:
            named = [merged[i] for i in ids.get((entry.label, match_key(name, entry.label)), ()) if i in merged]
            same = _same_place(entry, [other for other in named if UNLISTED not in other.kinds] or named)
            if len(same) == 1:
                return same[0]
            if same:
                break
    return None


def _same_place(entry: KBEntry, others: list[KBEntry]) -> list[KBEntry]:
    """Those that may be the same thing: organisations must agree in country, then in city if more than one is left."""
    if entry.label != "Institution":
        return others
    others = [other for other in others if country_key(other.country) == country_key(entry.country)]
    if len(others) > 1:
        others = [other for other in others if other.city == entry.city]
    return others


def _join(kept: KBEntry, added: KBEntry) -> KBEntry:
    if kept.label != added.label:
        raise KnowledgeBaseError(
            f"{kept.entity_id!r} is the {kept.label} {kept.name!r} in {kept.kb}, and in {added.kb} the {added.label} "
            f"{added.name!r}: give the entries of each source ids of their own"
        )
    acronyms = tuple(dict.fromkeys((*kept.acronyms, *added.acronyms)))
    is_person = kept.label == "Author"
    names = dict.fromkeys((*kept.aliases, added.name, *added.aliases))
    return replace(
        kept,
        aliases=tuple(name for name in names if name != kept.name and name not in acronyms),
        acronyms=acronyms,
        description=kept.description or added.description,
        city=kept.city or added.city,
        country=kept.country or added.country,
        region=kept.region or added.region,
        prior=max(kept.prior, added.prior),
        kinds=tuple(dict.fromkeys((*kept.kinds, *added.kinds))),
        parents=tuple(dict.fromkeys((*kept.parents, *added.parents))) if is_person else kept.parents or added.parents,
        affiliations=tuple(dict.fromkeys((*kept.affiliations, *added.affiliations))),
    )
