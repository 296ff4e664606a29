"""Author lines: which pieces of text are names of people, and the marks that stand at them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.strip import SYMBOLS, Strip
from extractors.front_matter.words import COUNTRY, DEPARTMENT, EMAIL, KNOWN, ORGANISATION, STREET

PARTICLES = frozenset(
    "van von de der den del della di da dos do das du la le el al bin ibn ben ter ten zu zur af av y e san st st. mac mc "
    "'t d' dal dalla degli ap abu".split()
)
DEGREE = re.compile(
    r"^(M\.?D\.?|M\.D|P[Hh]\.?\s?D\.?|Dr\.?P[Hh]|D\.?Phil\.?|[MB]\.?[Ss]c\.?|MSC|BSC|M\.?S\.?|B\.?S\.?|M\.?A\.|"
    r"B\.?A\.|MA|BA|M\.?P\.?H\.?|"
    r"MBA|R\.?N\.?|D\.?Sc\.?|Sc\.?D\.?|Psy\.?D\.?|Ed\.?D\.?|D\.?O\.|DO|MBB?S|MB|ChB|BCh|FRC\w+|MRC\w+|FACC|FAHA|FACS|"
    r"FACP|FESC|"
    r"Pharm\.?D\.?|D\.?D\.?S\.?|D\.?V\.?M\.?|DMD|M\.?Phil\.?|M\.?Eng\.?|MSPH|MHS|PT|DPT|OT|MSW|LICSW|ACSW|CSW|BSN|"
    r"MSN|RNC|J\.?D\.?|LL\.?M\.?|"
    r"[Ss]tudent|[Ss]enior|[Ll]ife|[Gg]raduate|[Aa]ssociate|[Ff]ellow|[Mm]embers?|MEMBER|STUDENT|SENIOR|FELLOW|IEEE|"
    r"ACM|OSA|Esq\.?|CFA|"
    r"Dipl\.?-?\w*\.?|FMedSci|FRS|ID|iD|PhD\.?)$"
)
SUFFIX = re.compile(r"^(jr\.?|sr\.?|ii|iii|iv)$", re.IGNORECASE)
TITLE_OF_ADDRESS = re.compile(r"^(dr|prof|professor|mr|mrs|ms|sir|by|authors?:?|auteurs?:?)\.?$", re.IGNORECASE)
INITIALS = re.compile(r"^(?:[^\W\d_a-z]\.?[-‐]?){1,4}$")
NAME_WORD = re.compile(r"^[^\W\d_][^\W\d_'’`´.‐‑-]*(?:[.'’`´‐‑-]+[^\W\d_]+)*\.?$")
WORD_OR_SIGN = re.compile(
    r"(?P<mark>[(\[](?:\d{1,2}|[a-z])(?:\s?,\s?(?:\d{1,2}|[a-z]))*[)\]]|\d+(?:,\d+)*\)?|[" + re.escape(SYMBOLS) + r"]+)"
    r"|(?P<nick>\([^\W\d_][\w.'’-]*\)|[\"“][^\W\d_]+[\"”])"
    r"|(?P<letter>[a-z](?=\s*(?:[,;\n*∗†]|$))|[abcf-xz](?=\s+[A-Z]))"
    r"|(?P<word>[^\W\d_](?:[^\W\d_]|['’`´.‐‑-](?=\w)|\.)*)"
    r"|(?P<sign>[,;·•Æ|&/:–—⋅∙])|(?P<line>\n)|(?P<other>\S)"
)
JOB = re.compile(
    r"\b(professor|lecturer|officer|director|head|chairman|researcher|students?|manager|engineer|scientist|consultant|editor|"
    r"author|authors|"
    r"collaborations?|corresponding|physician|anatomy|biology|physiology|chemistry|physics|medicine|surgery|"
    r"engineering|mathematics)\b"
)
JOINERS = frozenset({"and", "und", "et", "y", "e", "with", "en", "og"})


@dataclass(frozen=True, slots=True)
class Person:
    """A name in an author line, with its marks, in characters of the strip."""

    start: int
    end: int
    marks: tuple[str, ...]
    likeness: float  # about -3 (surely none) to 6


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # word, mark, sign, line, other
    text: str
    start: int
    end: int


def _tokens(strip: Strip) -> list[_Token]:
    """Words, signs and marks; a run of superscript characters is one mark."""
    tokens: list[_Token] = []
    position, text = 0, strip.text
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        if strip.raised[position]:
            end = position
            while end < len(text) and (strip.raised[end] or text[end] == " "):
                end += 1
            while text[end - 1] == " ":
                end -= 1
            content = text[position:end]
            if content.strip(" ,;"):
                tokens.append(_Token("mark", content, position, end))
            elif content.strip():
                tokens.append(_Token("sign", ",", position, end))
            position = end
            continue
        found = WORD_OR_SIGN.match(text, position)
        if found is None:
            position += 1
            continue
        end = found.end()
        for inner in range(position, end):
            if strip.raised[inner]:
                end = inner
                break
        kind = found.lastgroup or "other"
        if kind == "letter":
            kind = "mark"
        tokens.append(_Token("word" if kind == "nick" else kind, text[position:end], position, end))
        position = end
    return tokens


def split_marks(mark: str) -> tuple[str, ...]:
    """A printed run of marks as single ones: ``1,2∗`` gives 1, 2, ∗. A number of two digits stays one."""
    found = re.findall(r"\d+|[^\W\d_]+|[" + re.escape(SYMBOLS) + r"]", mark)
    single: list[str] = []
    for item in found:
        item = item.translate(str.maketrans("∗⁎＊⋆¹²³⁴⁵⁶⁷⁸⁹⁰", "****1234567890"))
        single.append(item)
    return tuple(single)


def name_likeness(name: str) -> float:
    """How much a few words look like one person's name: mean log2 odds of its words, about -3 to 6."""
    words = re.sub(r"(?<=\b[^\W\d_a-z])\.(?=[^\W\d_])", ". ", name.replace("\n", " ")).split()
    if not 1 < len(words) <= 7 and not (len(words) == 1 and len(name) > 3 and not name.isascii()):
        return -3.0
    folded = fold(name)
    if ORGANISATION.search(folded) or DEPARTMENT.search(folded) or KNOWN.match(folded) or COUNTRY.match(folded):
        return -3.0
    if STREET.search(folded) or JOB.search(folded):
        return -3.0
    scores = [_word_score(word) for word in words]
    bare = all(INITIALS.match(word) and (len(word) < 4 or "." in word) for word in words)
    if (bare and not all(load_lexicon().persons.get(fold(word), 0) > 0 for word in words)) or not words[-1][
        :1
    ].isalpha():
        return -3.0
    lexicon = load_lexicon()
    last = fold(words[-1]).strip(".")
    places = [fold(word).strip(".,") in lexicon.places for word in words]
    if (folded in lexicon.places or all(places)) and max(scores) < 5:
        return -2.0
    if places[-1] and lexicon.persons.get(last, 0) < 0:
        return -2.0
    return sum(scores) / len(scores)


def _word_score(word: str) -> float:
    lexicon = load_lexicon()
    bare = word.strip('()"“”,.')
    if INITIALS.match(word) and (len(word) < 4 or "." in word):
        return 2.0 if "." in word or len(word) == 1 else max(0.5, float(lexicon.persons.get(fold(word), 0)))
    if bare.lower() in PARTICLES:
        return 1.0
    if not NAME_WORD.match(bare or "?"):
        return -3.0
    if bare[:1].islower():
        return -3.0
    parts = [part for part in re.split(r"[-‐‑'’]", fold(bare)) if len(part) > 1]
    if not parts:
        return 0.0
    known = [lexicon.persons.get(part, -2 if part in lexicon.common else 0.8) for part in parts]
    return max(-3.0, max(known) if len(known) > 1 else known[0])


def read_people(strip: Strip, hints: Sequence[tuple[int, int]] = ()) -> list[Person]:
    """Names in author lines, in printed order, each with the marks that belong to it.

    Args:
        strip: Lines that hold names and little else.
        hints: Offsets in the paper of likely names; a name that overlaps one is more likely.
    """
    tokens = _tokens(strip)
    separated = any(token.kind == "sign" or token.text.lower() in JOINERS for token in tokens if token.kind != "mark")
    runs: list[tuple[list[_Token], list[str]]] = []
    words: list[_Token] = []
    marks: list[str] = []
    before: list[str] = []  # marks printed before the first word: 1 John Smith
    mark_first = bool(tokens) and tokens[0].kind == "mark"

    def close() -> None:
        if words:
            runs.append((list(words), [*before, *marks] if mark_first else list(marks)))
            before.clear()
        elif marks and runs and not mark_first:
            runs[-1][1].extend(marks)
        elif marks:
            before.extend(marks)
        words.clear()
        marks.clear()

    idle = False  # after "on behalf of", "for the": nobody's name until the next border
    depth = 0  # of brackets: what stands in them names nobody
    for token in tokens:
        if token.kind == "other" and token.text in "([":
            close()
            depth += 1
        elif token.kind == "other" and token.text in ")]":
            depth = max(0, depth - 1)
        if depth:
            continue
        if token.kind == "word" and token.text[0].islower() and _is_plain_word(token.text):
            close()
            idle = True
            continue
        if idle and token.kind not in ("sign", "line"):
            continue
        if token.kind == "sign" or token.kind == "line":
            idle = False
        if token.kind == "mark":
            if mark_first and words:
                close()
            marks.extend(split_marks(token.text))
            if mark_first and not words:
                before.extend(marks)
                marks.clear()
        elif token.kind == "word" and token.text.lower() not in JOINERS - ({"y", "e"} if words else set()):
            if marks and not mark_first:
                close()
            words.append(token)
        elif token.kind == "line":
            if not separated or _complete(words) or all(DEGREE.match(word.text) for word in words):
                close()
        elif token.kind == "other":
            continue
        else:
            close()
    close()
    return _people(strip, _split_unseparated(_join_reversed(runs)), hints)


def _split_unseparated(runs: list[tuple[list[_Token], list[str]]]) -> list[tuple[list[_Token], list[str]]]:
    """Names set side by side with nothing but space between: a new one begins where a given name follows a surname."""
    result: list[tuple[list[_Token], list[str]]] = []
    for words, marks in runs:
        start = 0
        for position in range(2, len(words) - 1):
            before, here = words[position - 1].text, words[position].text
            opens = _is_given(here) or (
                _is_given(words[start].text) and INITIALS.match(words[position + 1].text) and len(here) > 2
            )
            closed = (
                position - start >= 2
                and not _is_given(before)
                and not INITIALS.match(before)
                and before.lower() not in PARTICLES
            )
            if len(words) > 3 and opens and closed:
                result.append((words[start:position], []))
                start = position
        result.append((words[start:], marks))
    return result


def _is_given(word: str) -> bool:
    return any(part in load_lexicon().given for part in re.split(r"[-‐‑]", fold(word)))


def _is_plain_word(word: str) -> bool:
    lowered = word.rstrip(".").lower()
    return (
        len(lowered) > 1
        and lowered not in PARTICLES
        and lowered not in JOINERS
        and word not in PARTICLES
        and "'" not in word
    )


def _complete(words: Sequence[_Token]) -> bool:
    """Whether a name cannot go on in the next line; a line break after one or two words may be inside a name."""
    return len(words) >= 4


def _join_reversed(runs: list[tuple[list[_Token], list[str]]]) -> list[tuple[list[_Token], list[str]]]:
    """``Smith, J., Jones, C.``: put surname and initials together; ``Smith, Jr.`` too."""
    joined: list[tuple[list[_Token], list[str]]] = []
    for words, marks in runs:
        short = all(INITIALS.match(word.text) for word in words)
        lone = joined and not joined[-1][1] and not any(INITIALS.match(word.text) for word in joined[-1][0])
        suffix = len(words) == 1 and SUFFIX.match(words[0].text)
        degree = any(DEGREE.match(word.text) for word in words)
        dotted = any("." in word.text or len(word.text) == 1 for word in words)
        surname = joined and (len(joined[-1][0]) == 1 or (dotted and len(joined[-1][0]) == 2))
        if joined and (suffix or (short and lone and surname and not degree)):
            joined[-1] = ([*joined[-1][0], *words], [*joined[-1][1], *marks])
        else:
            joined.append((words, marks))
    return joined


def _trim(words: list[_Token]) -> list[_Token]:
    while words and TITLE_OF_ADDRESS.match(words[0].text):
        words = words[1:]
    while words and DEGREE.match(words[-1].text) and len(words) != 2:
        words = words[:-1]
    if len(words) == 2 and DEGREE.match(words[0].text) and DEGREE.match(words[1].text):
        return []
    return words[:-1] if len(words) == 2 and words[1].text in ("ID", "iD", "PhD", "MD", "M.D.", "Ph.D.") else words


def _people(strip: Strip, runs: list[tuple[list[_Token], list[str]]], hints: Sequence[tuple[int, int]]) -> list[Person]:
    people: list[Person] = []
    for words, marks in runs:
        kept = _trim(words)
        if not kept:
            if marks and people:
                last = people[-1]
                people[-1] = Person(last.start, last.end, (*last.marks, *marks), last.likeness)
            continue
        start, end = kept[0].start, kept[-1].end
        name = strip.text[start:end]
        likeness = name_likeness(re.sub(r"\s+", " ", name))
        span = strip.span(start, end)
        if span and any(low < span[1] and span[0] < high for low, high in hints):
            likeness += 2.0
        people.append(Person(start, end, tuple(dict.fromkeys(marks)), likeness))
    return people


def has_email(text: str) -> bool:
    """Whether an e-mail address or a link is printed."""
    return bool(EMAIL.search(text)) and ("@" in text or "＠" in text or "http" in text or "www" in text)
