"""What a head of a table names: a method, a data set, a measure; or that its values are no results."""

import re
from dataclasses import dataclass, replace
from typing import Final

from extractors.ner.clean import MODEL_SIZE
from extractors.relations.names import FoundName, PaperNames, name_key
from extractors.tables.pieces import Piece

METHOD_HEAD: Final = re.compile(
    r"(?:the )?(?:models?|methods?|systems?|approach(?:es)?|architectures?|algorithms?|classifiers?|networks?|"
    r"techniques?|strategy|strategies|baselines?|variants?|detectors?|encoders?|teams?|submissions?|learners?)"
    r"(?: names?)?(?:\s*[/\\].*)?",
    re.IGNORECASE,
)
DATASET_HEAD: Final = re.compile(
    r"(?:test |evaluation )?(?:data\s?-?\s?sets?|corpus|corpora|benchmarks?|domains?|databases?)(?: names?)?",
    re.IGNORECASE,
)
_SAID_TO_BE_DATASET: Final = re.compile(r"(?:data\s?-?set|corpus|benchmark)s?\s?[:=]\s*", re.IGNORECASE)
# of columns whose numbers are not results
_NO_RESULT: Final = re.compile(
    r"\b(?:hyper-?)?param|\b[GTMk]?flops\b|\bmacs\b|\bmult(?:s|i?-?adds?)?\b|"
    r"(?<!real-)(?<!real )\b(?:run-?)?times?\b|\bhours?\b|\bspeed(?:-?ups?)?\b|\bepochs?\b|"
    r"\bmemory\b|\bmem\b|\bsizes?\b|#|"
    r"\bnumber of|\bno\. of|\bnum\b|"
    r"\bsteps?\b|\bdim|(?<![\w-])layers?\b|\blr\b|\brates?\b(?<!error rate)(?<!success rate)|\bbatch(?:es)?\b|"
    r"\byears?\b|latency|\bcosts?\b|updates?\b|frames?\b|\bsecs?\b|\bseconds?\b(?!-)|\bms\b|\bfps\b|\bcounts?\b|"
    r"\btokens?\b|\bvocab|^[∆Δ]|^δ(?!\d)|^delta\b|\bgain\b|improvement|\bp-value|"
    r"\bstd\b|\brank\b|variance|sentences\b|examples\b|samples\b|instances\b|classes\b|\blength\b|\bn\b$|bandwidth|"
    r"temperature|\bweights?\b|\bwidth\b|\bdepth\b|\bheads\b|"
    r"train(?:ing)? (?:set|data|size)|data used|percentile|threshold",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(
    r"(?:dev|val|valid|test|eval|train)(?:elopment|idation|uation|ing)?"
    r"(?:[ -]?(?:set|data|split|results?|f1|acc\w*))?s?",
    re.IGNORECASE,
)
_TRAIN: Final = re.compile(r"\btrain(?:ing)?\b", re.IGNORECASE)
AVERAGE: Final = re.compile(r"(?:macro-?|micro-?)?(?:avg|average|mean|overall|all|total|sum|score)s?\.?", re.IGNORECASE)
_OURS: Final = re.compile(
    r"\b(?:ours?|proposed|this (?:work|paper|article|study))\b|^(?:full|complete) (?:model|method|system)$",
    re.IGNORECASE,
)
_NO_METHOD: Final = re.compile(
    r"(?:human|oracle|copy|ground.?truth|gold|random|majority|chance|average|avg|mean|total|none|all|overall|baseline|"
    r"baselines|upper bound|lower bound|default|original|full|published|single|ensemble|yes|no|reference|raw|input|"
    r"base|ours?|we|test|dev|train|state.of.the.art|sota|previous|prior|others?|min|max|median|std|"
    r"(?:[\w-]+ )?sota)"
    r"(?:\s*[(\d].*|\s(?:performance|results?|score|best|work|sota))?",
    re.IGNORECASE,
)
NUMBERED: Final = re.compile(
    r"(?:fold|run|seed|split|trial|round|session|subject|topic|query)s?\s?#?\d+", re.IGNORECASE
)
_ABLATION: Final = re.compile(
    r"\s*(?:[-–−+]\s|[-–−+](?=[A-Za-z])|w/|w/o\b|without\b|no\s|minus\b|only\b|remov|replac|with\b)", re.IGNORECASE
)
_CITED: Final = re.compile(
    r"\s*(?:\[[\d,;\s–-]+\]|\[[^\[\]]*\b(?:19|20)\d\d[a-z]?[^\[\]]*\]|\((?:[^()]*\b(?:19|20)\d\d[a-z]?[^()]*)\)|(?:[A-Z][\w'’-]+,?\s(?:and|&|et)\s(?:al\.?|[A-Z][\w'’-]+),?\s*)\(?(?:19|20)\d\d[a-z]?\)?)"
)
_CITATION_ONLY: Final = re.compile(
    r"[A-Z][\w'’.-]+(?:\s(?:and|&)\s[A-Z][\w'’-]+|\set al\.?)?,?(?:\s+\(?|\()(?:19|20)?\d\d[a-z]?\)?\W*"
)
_VARIANT: Final = re.compile(
    r"(?:(?:few|zero|one|two|five|\d+)[- ]shots?(?: CoT| prompting| learning)? )?(?P<whole>.{3,}?)"
    rf"(?:[ _-]?(?:{MODEL_SIZE})(?:[ -](?:un)?cased)?)?",
    re.IGNORECASE,
)
_BRACKET_END: Final = re.compile(r"\s*\([^()]*\)\s*$")
_MARKS: Final = " \t*†‡§¶⋆◦∗↑↓:;,.⇑⇓#"
_COMBINES: Final = re.compile(r"\s*(?:\+|&|/|→|\bw/|\bwith\b)\s*")
_LEAST_SHORTENED: Final = 3  # letters


@dataclass(frozen=True, slots=True)
class Role:
    """What a head names. ``key`` is that of a name of the paper, empty for a name that only the head prints."""

    label: str
    start_char: int
    end_char: int
    key: str
    score: float  # how surely


def is_no_result(head: str) -> bool:
    """Does the head say that what stands under it is a size, a time, a setting."""
    return _NO_RESULT.search(head) is not None


def is_difference(head: str) -> bool:
    """Are the values under it differences to others."""
    return re.match(r"[∆Δ]|δ(?!\d)", head) is not None


def is_split(head: str) -> bool:
    """Is it a part of a data set: dev, test."""
    return _SPLIT.fullmatch(head.strip()) is not None


def is_training(head: str) -> bool:
    """Are the values under it measured on training data."""
    return _TRAIN.search(head) is not None and not re.search(r"pre-?train", head, re.IGNORECASE)


def find_ours(label: str) -> tuple[int, int] | None:
    """The words of a label that stand for the paper's own method."""
    found = _OURS.search(label)
    return found.span() if found else None


def is_ours(label: str) -> bool:
    """Does a label stand for the paper's own method."""
    return find_ours(label) is not None


def is_ablation(label: str) -> bool:
    """Does a label only say what was added to or taken from a method."""
    return _ABLATION.match(label) is not None


def is_addition(label: str) -> bool:
    """Does a label only say what was added to a method."""
    return label.lstrip()[:1] == "+" or re.match(r"\s*(?:w/(?!o)|with\b)", label) is not None


def find_dataset(text: str, piece: Piece, names: PaperNames) -> Role | None:
    """The data set that a head names: the one that takes most of it, "SQuAD" in "SQuAD dev"."""
    found = [name for name in names.find(text, piece.start_char, piece.end_char) if name.label == "Dataset"]
    said = _SAID_TO_BE_DATASET.match(text, piece.start_char, piece.end_char)
    if said and (not found or found[0].start_char < said.end()):
        return Role("Dataset", said.end(), piece.end_char, "", 0.9) if said.end() < piece.end_char else None
    if not found:
        return None
    best = max(found, key=lambda name: name.end_char - name.start_char)
    return Role("Dataset", best.start_char, best.end_char, without_split(best.key, names), 0.95)


def without_split(key: str, names: PaperNames) -> str:
    """The data set's own name, where the paper has it: "swag" for "swag dev"."""
    words = key.split()
    for n in (1, 2):  # "val", "val set"
        while len(words) > n and is_split(" ".join(words[-n:])) and ("Dataset", " ".join(words[:-n])) in names.mentions:
            del words[-n:]
    return " ".join(words)


def find_method(text: str, piece: Piece, names: PaperNames, *, named: bool) -> Role | None:
    """The method that a label names.

    The whole label without citations and brackets, if the paper knows it; else the name at its start, or the last one
    in it ("few-shot CoT GPT-J"). Names put together ("A + B") are a method of their own.

    Args:
        text: The paper's text.
        piece: The label.
        names: Names of the paper.
        named: Whether the labels of this place are methods, so that an unknown one is taken as a new name.
    """
    start, end = trim_label(text, piece.start_char, piece.end_char)
    label = text[piece.start_char : piece.end_char].strip(_MARKS)
    if start >= end or is_ablation(text[start:end]) or _is_citation(label):
        return None
    printed = text[start:end]
    if NUMBERED.fullmatch(printed):
        return None
    whole = [name for name in names.find(text, start, end) if name.start_char == start and name.end_char >= end - 1]
    if whole and whole[0].label == "Method" and len(whole[0].key) > 1:
        return Role("Method", start, end, whole[0].key, 0.95)
    if text[end : end + 1] == "." and (full := _shortened(printed, names)):
        return Role("Method", start, end, full, 0.8)
    if is_used_in_text(text, printed):
        return Role("Method", start, end, "", 0.85)
    found = [name for name in names.find(text, start, end) if name.label == "Method" and len(name.key) > 1]
    found = [name for name in found if _stands_alone(text, name, start, end)]
    if found and not _is_combined(text, start, end, found):
        at_start = found[0].start_char <= start + 1
        name = found[0] if at_start else found[-1]
        if at_start or name.end_char >= end - 1:
            return Role("Method", name.start_char, name.end_char, name.key, 0.85)
    if named and is_new_name(printed):
        return Role("Method", start, end, "", 0.65)
    return None


def find_whole_method(text: str, role: Role, names: PaperNames) -> Role | None:
    """The method of the paper that one is a variant of, by a size behind its name or a setting before it.

    "BERT" of "BERT-large", "GPT-3" of "Few-shot GPT-3"; None if there is no such method in the paper.
    """
    found = _VARIANT.fullmatch(text, role.start_char, role.end_char)
    start, end = found.span("whole") if found else (role.start_char, role.end_char)
    key = name_key(text[start:end])
    if (start, end) == (role.start_char, role.end_char) or ("Method", key) not in names.mentions:
        return None
    return replace(role, start_char=start, end_char=end, key=key)


def _stands_alone(text: str, name: FoundName, start: int, end: int) -> bool:
    """Is nothing tied to a name by a hyphen or the like, which would make it another one ("BERT-base")."""
    before, behind = text[max(start, name.start_char - 1) : name.start_char], text[name.end_char : name.end_char + 1]
    return not (before and before in "-_+/") and not (name.end_char < end and behind and behind in "-_+/*")


def _is_citation(label: str) -> bool:
    """Is a label no more than authors and a year ("Miller et al. (2019)"); "DPR (2020)" is a name with a year."""
    return _CITATION_ONLY.fullmatch(label) is not None and label.split()[0][1:].islower()


def _shortened(printed: str, names: PaperNames) -> str:
    """Key of the only method of one word that a shortened word begins ("ISA." for ISABELA); empty if there is none."""
    if " " in printed or len(printed) < _LEAST_SHORTENED:
        return ""
    short = printed.casefold()
    longer = {
        k for label, k in names.mentions if label == "Method" and " " not in k and k.startswith(short) and k != short
    }
    return longer.pop() if len(longer) == 1 else ""


def is_used_in_text(text: str, printed: str) -> bool:
    """Is a label of two to four words a name that the paper uses in its sentences, too."""
    if not 2 <= len(printed.split()) <= 4 or not is_new_name(printed) or printed.islower():
        return False
    capital = all(word[:1].isupper() or not word[:1].isalpha() for word in printed.split())
    return capital and len(re.findall(rf"(?<=[a-z,(] ){re.escape(printed)}(?= [a-z(]|[.,)])", text)) > 1


def _is_combined(text: str, start: int, end: int, found: list[FoundName]) -> bool:
    """Does a sign between names, or between a name and more, say that this is another method."""
    outside = "".join(
        text[a:b]
        for a, b in zip([start, *(n.end_char for n in found)], [*(n.start_char for n in found), end], strict=True)
    )
    return _COMBINES.search(outside) is not None


def without_citations(printed: str) -> str:
    """A label, or a piece of one, without the papers that it points to."""
    return "" if _is_citation(printed.strip(_MARKS)) else _CITED.sub("", printed)


def trim_label(text: str, start: int, end: int) -> tuple[int, int]:
    """The label without citations, brackets at its end and marks."""
    printed = text[start:end]
    cited = _CITED.search(printed)
    if cited and cited.start() > 1:
        printed = printed[: cited.start()]
    while (bracket := _BRACKET_END.search(printed)) and bracket.start() > 1:
        printed = printed[: bracket.start()]
    left = len(printed) - len(printed.lstrip(_MARKS + "0123456789") if printed[:1] == "#" else printed.lstrip(_MARKS))
    printed = printed.rstrip(_MARKS)
    return start + left, start + len(printed)


def is_new_name(printed: str) -> bool:
    """May a label that the paper does not mention otherwise be the name of something."""
    words = printed.split()
    letters = sum(c.isalpha() for c in printed)
    return (
        len(words) <= 6
        and letters >= 2
        and letters >= 0.4 * len(printed)
        and any(c.isupper() for c in printed)
        and not _NO_METHOD.fullmatch(printed)
        and not NUMBERED.fullmatch(printed)
        and not _CITATION_ONLY.fullmatch(printed)
        and not is_no_result(printed)
        and not is_split(printed)
        and not _CITED.match(printed)
    )
