"""What a whole paper says about which methods were run on which datasets, beyond its single sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence

from extractors.ner.clean import MODEL_SIZE
from extractors.relations.names import PaperNames
from extractors.relations.tables import relate_tables
from schemas.records import Block, Mention, ParsedPaper, Relation

REVISION = "experiments-1"

_PROPOSES = re.compile(
    r"\b(?:we|paper|work|study|article|here)\b[^.]{0,160}?"
    r"\b(?:propos|present|introduc|develop|describ|call|term|nam|dubb)\w*"
    r"|\b(?:resulting|our|proposed|new) (?:\w+ )?(?:network|model|method|system|framework|approach|algorithm)\b",
    re.IGNORECASE,
)
_OURS = re.compile(r"\s*\((?:ours|proposed|this work)\)", re.IGNORECASE)
_COINED = re.compile(r"(?=.*[a-zA-Z].*[A-Z\d])[A-Z\d][\w+-]*", re.DOTALL)  # one word, made for the method
_REACH = 120  # characters behind "we propose" in which the method is named
_LABEL = 40  # characters of a label before "(ours)"
_COINED_WEIGHT = 3
_SIZE = rf"{MODEL_SIZE}|[a-z]|\d+"
_FIRST_PAGES = 3
_EXPERIMENTS = re.compile(r"experiment|evaluation|result|benchmark|data\s?set|corpora|ablation", re.IGNORECASE)
_ELSEWHERE = re.compile(r"related|introduction|background|conclusion|discussion|acknowledg|references", re.IGNORECASE)
_RUNS = re.compile(
    r"\b(?:evaluat|experiment|test(?:ed|s)? on|compar|perform|result|score|report|benchmark|accura|error)",
    re.IGNORECASE,
)
_SCORE = 0.2
_MIN_MENTIONS = 2  # blocks in which the experiments speak of a dataset
_MIN_MAIN = 4  # and those for the main one


def relate_experiments(
    paper: ParsedPaper, mentions: Sequence[Mention], results: Sequence[Relation] = ()
) -> list[Relation]:
    """``evaluated_on`` relations from the tables of results and from the sections on experiments.

    Not sure, hence the scores: 0.5 for a dataset named in the table beside the method, 0.4 for one in the caption, 0.3
    for one where the text points to the table, 0.4 for the dataset that the paper speaks of most, where a table has
    none of these; 0.2 for the paper's own method and a dataset that its experiments speak of, which is only believed of
    a paper with a table of results. Mentions of any place may be the ends of a relation; its place is the table or the
    paragraph.

    Args:
        paper: The paper.
        mentions: Its mentions.
        results: What was read from the cells of its tables; tables that they are from are not read again.

    Returns:
        Relations between mentions that are not in one sentence, at most one for a pair of names.
    """
    names = PaperNames(paper.text, mentions)
    own = find_own_method(paper, names)
    places = _datasets_of_experiments(paper, names)
    main = find_main_dataset(places)
    read = sorted({relation.sentence_start_char for relation in results})
    relations = relate_tables(paper, names, own, main, read)
    if not own or not (relations or results):
        return relations
    own_ids = {mention.mention_id for mention in names.mentions["Method", own]}
    known = {one.tail_id for one in (*relations, *results) if one.head_id in own_ids and one.label == "evaluated_on"}
    for dataset, (block, *_) in places.items():
        if not known & {mention.mention_id for mention in names.mentions["Dataset", dataset]}:
            relations.append(
                Relation(
                    names.nearest("Method", own, block.start_char).mention_id,
                    names.nearest("Dataset", dataset, block.start_char).mention_id,
                    "evaluated_on",
                    _SCORE,
                    REVISION,
                    block.start_char,
                    block.end_char,
                )
            )
    return relations


def find_main_dataset(places: Mapping[str, Sequence[Block]]) -> str:
    """Key of the dataset that the experiments speak of twice as often as of any other; empty if there is none."""
    counts = sorted(((len(blocks), key) for key, blocks in places.items()), reverse=True)
    if not counts or counts[0][0] < _MIN_MAIN or (len(counts) > 1 and counts[0][0] < 2 * counts[1][0]):
        return ""
    return counts[0][1]


def find_own_method(paper: ParsedPaper, names: PaperNames) -> str:
    """Key of the method that the paper is about; empty if none is.

    It is named in the title, behind "we propose" or before "(ours)", and is mostly one coined word.
    """
    support: dict[str, int] = {}
    for block in paper.blocks:
        if block.kind == "title":
            for name in names.find(paper.text, block.start_char, block.end_char):
                support[name.key] = support.get(name.key, 0) + 4
        elif block.kind in ("abstract", "paragraph") and block.page < _FIRST_PAGES:
            for match in _PROPOSES.finditer(paper.text, block.start_char, block.end_char):
                found = names.find(paper.text, match.end(), min(block.end_char, match.end() + _REACH))
                for i, name in enumerate(name for name in found if name.label == "Method"):
                    support[name.key] = support.get(name.key, 0) + (2 if i == 0 else 1)
        elif block.kind == "table":
            for match in _OURS.finditer(paper.text, block.start_char, block.end_char):
                for name in names.find(paper.text, max(block.start_char, match.start() - _LABEL), match.start())[-1:]:
                    support[name.key] = support.get(name.key, 0) + 2
    counts = {
        key: n
        * (1 + len(names.mentions["Method", key]))
        * (_COINED_WEIGHT if _is_coined(paper.text, names, key) else 1)
        for key, n in support.items()
        if ("Method", key) in names.mentions and _is_proper(paper.text, names.mentions["Method", key])
    }
    own = max(sorted(counts), key=lambda key: counts[key], default="")
    whole = re.fullmatch(rf"(.+) (?:{_SIZE})", own)
    return whole[1] if whole and ("Method", whole[1]) in names.mentions else own


def _is_coined(text: str, names: PaperNames, key: str) -> bool:
    return any(_COINED.fullmatch(text[m.start_char : m.end_char]) for m in names.mentions["Method", key])


def _is_proper(text: str, mentions: Sequence[Mention]) -> bool:
    """Is it mostly printed like a name: with a capital behind the first letter, a digit, or each word capitalised."""
    printed = [text[m.start_char : m.end_char] for m in mentions]
    proper = [p for p in printed if any(c.isupper() or c.isdigit() for c in p[1:]) or (" " not in p and p.istitle())]
    return 2 * len(proper) >= len(printed) or " " in printed[0]


def _datasets_of_experiments(paper: ParsedPaper, names: PaperNames) -> dict[str, list[Block]]:
    """Datasets that at least two blocks on the experiments speak of, each with those blocks in text order."""
    places: dict[str, list[Block]] = {}
    for block in _experiment_blocks(paper):
        for name in names.find(paper.text, block.start_char, block.end_char):
            if name.label == "Dataset" and any(c.isupper() for c in paper.text[name.start_char : name.end_char]):
                places.setdefault(name.key, []).append(block)
    return {key: blocks for key, blocks in places.items() if len(blocks) >= _MIN_MENTIONS}


def _experiment_blocks(paper: ParsedPaper) -> Iterator[Block]:
    """Paragraphs and captions of sections on experiments, and paragraphs of other sections that speak of runs."""
    inside = False
    for block in paper.blocks:
        printed = paper.text[block.start_char : block.end_char]
        if block.kind == "heading":
            inside = bool(_EXPERIMENTS.search(printed)) or (inside and not _ELSEWHERE.search(printed))
        elif block.kind == "abstract" or (block.kind in ("paragraph", "caption") and (inside or _RUNS.search(printed))):
            yield block
