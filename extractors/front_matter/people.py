"""Author lines: which pieces of text are names of people, and the marks that stand at them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.front_matter.lexicon import fold, load_lexicon
from extractors.front_matter.name_breaks import INITIALS, JOINERS, is_given, mend_breaks
from extractors.front_matter.name_tokens import DEGREE, Token, read_tokens, split_marks
from extractors.front_matter.strip import Strip
from extractors.front_matter.words import COUNTRY, DEPARTMENT, EMAIL, KNOWN, KNOWN_CAPITALS, ORGANISATION, STATE, STREET

PARTICLES = frozenset(
    re.findall(
        r"\S+",
        "van von de der den del della di da dos do das du la le el al bin ibn ben ter ten zu zur af av y e san st st. "
        "mac mc 't d' dal dalla degli ap abu ní nic te",
    )
)
SUFFIX = re.compile(r"^(jr\.?|sr\.?|ii|iii|iv)$", re.IGNORECASE)
TITLE_OF_ADDRESS = re.compile(
    r"^(dr|prof|professor|univ\.-prof|dipl\.?-?\w*|mr|mrs|ms|sir|by|authors?:?|auteurs?:?)\.?$", re.IGNORECASE
)
NAME_WORD = re.compile(r"^[^\W\d_][^\W\d_'’`´.‐‑-]*(?:[.'’`´‐‑-]+[^\W\d_]+)*\.?$")
JOB = re.compile(
    r"\b(professor|lecturer|officer|director|head|chairman|researcher|students?|manager|engineer|scientist|"
    r"consultant|editor|"
    r"author|authors|"
    r"collaborations?|investigators|committee|initiative|task ?force|network|"
    r"corresponding|physician|fellow(?![a-z])|registrar|statistician|"
    r"epidemiologist|nurse|anatomy|biology|physiology|chemistry|physics|medicine|surgery|"
    r"engineering|mathematics)\b"
)
_CJK_NAME = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]{2,4}")
_ACADEMIC = frozenset({"rer.", "nat.", "med.", "phil.", "habil.", "techn.", "oec.", "jur.", "hab.", "h.c."})
_SHORT = 4  # characters of a word that may be shortened
_MONONYM = 0.4  # likeness of one word that carries a mark in a list of names


GOOD_NAME = 0.35  # likeness from which words are a name by themselves
FAIR_NAME = -0.6  # likeness that is enough between other names
Hints = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Person:
    """A name in an author line, with its marks, in characters of the strip."""

    start: int
    end: int
    marks: tuple[str, ...]
    likeness: float  # about -3 (surely none) to 6


def name_likeness(name: str) -> float:
    """How much a few words look like one person's name: mean log2 odds of its words, about -3 to 6."""
    if _CJK_NAME.fullmatch(name):
        return 1.0
    words = re.sub(r"(?<=\b[^\W\d_a-z])\.(?=[^\W\d_])", ". ", name.replace("\n", " ")).split()
    if not 1 < len(words) <= 7 and not (len(words) == 1 and len(name) > 3 and not name.isascii()):
        return -3.0
    folded = fold(name)
    if ORGANISATION.search(folded) or DEPARTMENT.search(folded) or KNOWN.match(folded) or COUNTRY.match(folded):
        return -3.0
    if STREET.search(folded) or JOB.search(folded) or _opens_as_no_name(words):
        return -3.0
    scores = [_word_score(word) for word in words]
    bare = all(INITIALS.match(word) and (len(word) < 4 or "." in word) for word in words)
    bare = bare and not ("." in words[0] and len(words[-1]) > 1 and "." not in words[-1])  # E. LIS
    if (bare and not any(load_lexicon().persons.get(fold(word), 0) > 2 for word in words)) or not words[-1][
        :1
    ].isalpha():
        return -3.0
    lexicon = load_lexicon()
    last = fold(words[-1]).strip(".")
    places = [fold(word).strip(".,") in lexicon.places for word in words]
    if (folded in lexicon.places or all(places)) and max(scores) < 5:
        return -2.0
    if places[-1] and lexicon.persons.get(last, 0) < 0 and (places[0] or not is_given(words[0])):
        return -2.0
    if COUNTRY.match(last) and all(INITIALS.match(word) for word in words[:-1]):
        return -3.0
    return sum(scores) / len(scores)


def _opens_as_no_name(words: Sequence[str]) -> bool:
    """``UC Berkeley``, ``A Randomized Trial``: capitals of a university before a place, an article before no name."""
    lexicon = load_lexicon()
    rest = [fold(word) for word in words[1:]]
    is_campus = KNOWN_CAPITALS.match(" ".join(words)) is not None and " ".join(rest) in lexicon.places
    is_phrase = words[0] in ("A", "An") and len(rest) > 1 and not any(lexicon.persons.get(w, 0) > 0 for w in rest)
    return is_campus or is_phrase


def _word_score(word: str) -> float:
    lexicon = load_lexicon()
    bare = word.strip('()"“”,.')
    if INITIALS.match(word) and (len(word) < 4 or "." in word):
        return 2.0 if "." in word or len(word) == 1 else max(0.5, float(lexicon.persons.get(fold(word), 0)))
    if bare.lower() in PARTICLES or bare in ("’t", "‘t"):
        return 1.0
    if not NAME_WORD.match(bare or "?"):
        return -3.0
    if bare[:1].islower() and not (_is_lower_given(bare) or _is_particled(bare)):
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
    tokens = mend_breaks(read_tokens(strip))
    runs = _NameRuns(tokens)
    for token in tokens:
        runs.add(token)
    runs.close()
    return _people(strip, _split_unseparated(_join_reversed(runs.done)), hints)


class _NameRuns:
    """Collects tokens into runs of words, each with the marks at it."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.done: list[tuple[list[Token], list[str]]] = []
        self.words: list[Token] = []
        self.marks: list[str] = []
        self.before: list[str] = []  # marks printed before the first word: 1 John Smith
        self.mark_first = bool(tokens) and tokens[0].kind == "mark"
        self.idle = False  # after "on behalf of", "for the": nobody's name until the next border
        self.job = False  # after a word such as "professor": the mark behind it is the person's
        self.titled = False  # behind a degree: more of them until a border or another name
        self.depth = 0  # of brackets: what stands in them names nobody

    def close(self) -> None:
        """End a name."""
        if self.words:
            self.done.append((list(self.words), [*self.before, *self.marks] if self.mark_first else list(self.marks)))
            self.before.clear()
        elif self.marks and self.done and not self.mark_first:
            self.done[-1][1].extend(self.marks)
        elif self.marks:
            self.before.extend(self.marks)
        self.words.clear()
        self.marks.clear()

    def add(self, token: Token) -> None:
        """Take the next token."""
        if self._is_skipped(token):
            return
        if token.kind == "mark":
            self._add_mark(token)
        elif token.kind == "word" and not self._joins(token.text):
            if self.marks and not self.mark_first:
                self.close()
            self.words.append(token)
            if _ends_with_stop(token.text) and len(self.words) > 1:
                self.close()
        elif token.kind not in ("other", "aside"):
            self.close()

    def _joins(self, word: str) -> bool:
        """Whether a word stands between two names; ``y`` and ``e`` may also stand in one, ``E`` is an initial."""
        inside = bool(self.words) and not self.marks
        return word.lower() in JOINERS and not (len(word) == 1 and (inside or word.isupper()))

    def _is_skipped(self, token: Token) -> bool:
        """Whether a token is in brackets or in words that say something else than a name."""
        if token.kind == "other" and token.text in "([":
            self.close()
            self.depth += 1
        elif token.kind == "other" and token.text in ")]":
            self.depth = max(0, self.depth - 1)
        if self._is_title(token) or token.text in _ACADEMIC:
            return True
        if token.kind == "word" and token.text[0].islower() and _is_plain_word(token.text):
            self.close()
            self.idle, self.job = True, self.job or bool(JOB.search(token.text.lower()))
        if token.kind in ("sign", "line"):
            self.idle = self.job = False
        is_job_mark = token.kind == "mark" and bool(self.done) and self.job
        return self.depth > 0 or (self.idle and not is_job_mark)

    def _is_title(self, token: Token) -> bool:
        """Whether a word is a degree behind a name: a known one, or capitals behind a known one."""
        if token.kind in ("sign", "line", "mark"):
            self.titled = False
        if token.kind != "word":
            return False
        if len(self.words) > 1 and not self.marks and DEGREE.match(token.text) and "." not in token.text[:2]:
            self.titled = True
        elif self.titled and not (DEGREE.match(token.text) or _is_acronym(token.text)):
            self.titled = False
            self.close()
        return self.titled

    def _add_mark(self, token: Token) -> None:
        if self.mark_first and self.words:
            self.close()
        (self.marks if self.words or not self.mark_first else self.before).extend(split_marks(token.text))


def _split_unseparated(runs: list[tuple[list[Token], list[str]]]) -> list[tuple[list[Token], list[str]]]:
    """Names set side by side with nothing but space between: a new one begins where a given name follows a surname."""
    result: list[tuple[list[Token], list[str]]] = []
    for words, marks in runs:
        start = 0
        for position in range(2, len(words) - 1):
            before, here = words[position - 1].text, words[position].text
            opens = is_given(here) or (
                is_given(words[start].text) and INITIALS.match(words[position + 1].text) and len(here) > 2
            )
            closed = (
                position - start >= 2
                and not is_given(before)
                and not INITIALS.match(before)
                and before.lower() not in PARTICLES
            )
            if len(words) > 3 and opens and closed:
                result.append((words[start:position], []))
                start = position
        result.append((words[start:], marks))
    return result


def _is_plain_word(word: str) -> bool:
    lowered = word.rstrip(".").lower()
    return (
        len(lowered) > 1
        and not (_is_lower_given(word) or _is_particled(word))
        and lowered not in PARTICLES
        and lowered not in JOINERS
        and word not in PARTICLES
        and not re.search("['’‘`´]", word)
    )


def _ends_with_stop(word: str) -> bool:
    """``Smith.`` ends a name; initials, ``Jr.`` and degrees do not."""
    return word.endswith(".") and len(word) > _SHORT and not (SUFFIX.match(word) or "." in word[:-1])


def _is_particled(word: str) -> bool:
    """``al-Saud``."""
    before, _, after = word.partition("-")
    return before in PARTICLES and after[:1].isupper()


def _is_lower_given(word: str) -> bool:
    """``andrew``: a font without capitals of its own."""
    lexicon, folded = load_lexicon(), fold(word)
    return len(word) > 3 and folded in lexicon.given and folded not in lexicon.common


def _is_acronym(word: str) -> bool:
    return word.isupper() and len(word) < 6 and load_lexicon().persons.get(fold(word), 0) <= 0


def _join_reversed(runs: list[tuple[list[Token], list[str]]]) -> list[tuple[list[Token], list[str]]]:
    """``Smith, J., Jones, C.``: put surname and initials together; ``Smith, Jr.`` too."""
    joined: list[tuple[list[Token], list[str]]] = []
    for words, marks in runs:
        short = all(INITIALS.match(word.text) for word in words) and not _is_place_code(words, len(runs))
        lone = joined and not joined[-1][1] and not any(INITIALS.match(word.text) for word in joined[-1][0])
        suffix = len(words) == 1 and SUFFIX.match(words[0].text)
        degree = any(DEGREE.match(word.text) for word in words)
        dotted = any("." in word.text or len(word.text) == 1 for word in words)
        degree = degree or bool(joined and any(DEGREE.match(word.text) for word in joined[-1][0]))
        surname = joined and (len(joined[-1][0]) == 1 or (dotted and len(joined[-1][0]) == 2))
        if joined and (suffix or (short and lone and surname and not degree)):
            joined[-1] = ([*joined[-1][0], *words], [*joined[-1][1], *marks])
        else:
            joined.append((words, marks))
    return joined


def _is_place_code(words: Sequence[Token], n_runs: int) -> bool:
    """``Nowhere, UK`` and, on its own, ``Nowhere, CA`` are places."""
    code = fold(words[0].text) if len(words) == 1 else ""
    return bool(COUNTRY.match(code) or (n_runs == 2 and len(code) == 2 and STATE.match(code)))


def _trim(words: list[Token]) -> list[Token]:
    while words and TITLE_OF_ADDRESS.match(words[0].text):
        words = words[1:]
    while words and DEGREE.match(words[-1].text) and len(words) != 2:
        words = words[:-1]
    if len(words) == 2 and DEGREE.match(words[0].text) and DEGREE.match(words[1].text):
        return []
    return words[:-1] if len(words) == 2 and words[1].text in ("ID", "iD", "PhD", "MD", "M.D.", "Ph.D.") else words


def _people(strip: Strip, runs: list[tuple[list[Token], list[str]]], hints: Sequence[tuple[int, int]]) -> list[Person]:
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
        if len(kept) == 1 and marks and len(runs) > 1 and _may_be_mononym(name):
            likeness = _MONONYM
        span = strip.span(start, end)
        if span and any(low < span[1] and span[0] < high for low, high in hints):
            likeness += 2.0
        people.append(Person(start, end, tuple(dict.fromkeys(marks)), likeness))
    return people


def _may_be_mononym(word: str) -> bool:
    lexicon = load_lexicon()
    folded = fold(word)
    known = folded in lexicon.common or folded in lexicon.places or word in lexicon.organisations
    return len(word) > 4 and word[0].isupper() and word[1:].islower() and not known and _word_score(word) > 0


def has_email(text: str) -> bool:
    """Whether an e-mail address or a link is printed."""
    return bool(EMAIL.search(text)) and ("@" in text or "＠" in text or "http" in text or "www" in text)
