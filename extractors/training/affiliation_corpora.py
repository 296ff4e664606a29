"""Real affiliations for training: front pages with marked institutions, strings with the organisations they mean."""

import gzip
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from extractors.front_matter.lexicon import fold
from extractors.training.affiliation_strings import DEPARTMENT, ORGANISATION, Labelled

OWN = re.compile(  # departments by their corpus, organisations beside their parent by our rules
    r"insti?tut|laborato|\bcent(er|re|ro)\b|zentrum|observator|hospital|hopita|ospedal|\blabs?\b|academy|museum|klinikum"
)
_CODE = re.compile(r"\b(UMR|UPR|URA|UMS|EA)\b")
_PLAIN_LINES = 6  # of a front page beside its affiliations


def read_front_pages(path: Path) -> Iterator[Labelled]:
    """Affiliations of front pages with their addresses, and some lines that are none (titles, names, prose)."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            blocks = _affiliation_blocks(page["meta"]["blocks"])
            spans = _marked(page)
            if not any(label == ORGANISATION for *_, label in spans):
                continue
            for start, end in blocks:
                own = [(low - start, high - start, label) for low, high, label in spans if start <= low and high <= end]
                if any(label == ORGANISATION for *_, label in own):
                    yield Labelled(page["text"][start:end], tuple(own))
            others = [
                b
                for b in page["meta"]["blocks"]
                if b[2].startswith(("title", "author", "abstract", "note", "date", "ref"))
            ]
            for start, end, _ in others[:_PLAIN_LINES]:
                text = page["text"][start : min(end, start + 160)]
                if not any(low < end and start < high for low, high, _ in spans):
                    yield Labelled(text, ())


def read_prose(path: Path, n: int) -> Iterator[Labelled]:
    """The beginnings of running texts, in which no name counts; ``{"text"}`` a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in itertools.islice(lines, n):
            yield Labelled(json.loads(line)["text"][:120], ())


def _affiliation_blocks(blocks: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Affiliations, each with the address right behind it."""
    found: list[tuple[int, int]] = []
    for start, end, kind in blocks:
        if kind.startswith("affiliation"):
            found.append((start, end))
        elif kind.startswith("address") and found and 0 <= start - found[-1][1] < 4:
            found[-1] = (found[-1][0], end)
    return found


def _marked(page: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    text = page["text"]
    found = [(e["start"], e["end"], ORGANISATION) for e in page["entities"] if e["type"] == "Institution"]
    for start, end in page["meta"].get("departments", []):
        name = fold(text[start:end])
        own = OWN.search(name) and not _CODE.search(text[start:end]) and " and dep" not in name
        found.append((start, end, ORGANISATION if own else DEPARTMENT))
    return sorted(found)


def read_strings(path: Path, names: Mapping[str, Sequence[str]]) -> Iterator[Labelled]:
    """Affiliation strings with the organisations whose registered names they print; nothing is said of the rest.

    Args:
        path: ``{"text", "ror_ids"}`` a line.
        names: Names of each organisation, by its ROR id.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = row["text"].replace("#TAB#", "").strip()
            folded = _flat(text)
            spans: list[tuple[int, int, str]] = []
            for ror_id in row["ror_ids"]:
                for name in sorted(names.get(ror_id, ()), key=len, reverse=True):
                    found = re.search(rf"(?<!\w){re.escape(_flat(name))}(?!\w)", folded) if len(name) > 2 else None
                    if found and text[found.start()].isupper() and "," not in name:
                        spans.append((found.start(), found.end(), ORGANISATION))
                        break
            yield Labelled(text, tuple(span for span in spans if not _inside_another(span, spans)))


def _flat(text: str) -> str:
    """Folded text of the same length."""
    return "".join((fold(char) or " ")[0] for char in text)


def _inside_another(span: tuple[int, int, str], spans: Sequence[tuple[int, int, str]]) -> bool:
    return any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in spans)
