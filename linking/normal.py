"""Normal forms of names: what two spellings of one name have in common, and the ids of our own made from them."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTERS: Final = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ı": "i"}
    | dict.fromkeys("'’‘`´ʼ", "")
)
"""Letters that Unicode's decomposition leaves alone, and apostrophes, which join (``L'Oréal``, ``People's``)."""

PLAIN: Final = str.maketrans(
    {chr(i): chr(i).lower() if chr(i).isalnum() else " " for i in range(128)} | dict.fromkeys("'`", "")
)
"""What ``simplify`` makes of ASCII."""

STOP_WORDS: Final = _words(
    "a an the of and for in at on to by with de del della degli dei delle di da do dos das du des la le les el "
    "los las y studi "
    "e et der die das und fur zu zur von van het en voor i"
)
ELIDED: Final = re.compile(r"\b(?:d|l|un|(?:d|n|s|c)?(?:all|ell|ull))['’`´](?=\w)", re.IGNORECASE)
"""Small words of French and Italian that lean on the next: "dell'Università", "d'Orsay"."""

DETERMINERS: Final = _words("the a an our their this these that those its")
HEAD_WORDS: Final = {
    "Dataset": _words("dataset datasets data corpus corpora collection benchmark benchmarks database"),
    "Method": _words(
        "model models algorithm algorithms method methods approach approaches architecture architectures "
        "framework frameworks system systems technique techniques optimizer"
    ),
    "Metric": _words("metric metrics score scores measure measures value values"),
    "Task": _words("task tasks problem problems"),
}
"""Words that say what a thing is without naming it: "the SQuAD dataset" is SQuAD."""

ORDINARY: Final = _words(
    "language neural generative statistical linear probabilistic mixed deep learning topic translation "
    "baseline graph probability regression sequence discriminative pretrained hybrid training test "
    "validation development our new proposed full base final best mean average loss error risk similarity "
    "accuracy"
)
"""Words that do not become a name by losing their head word: a "language model" is not "language"."""

AFFILIATION_WORDS: Final = {
    "univ": "university", "uni": "university", "universitaet": "university", "inst": "institute", "sci": "sciences",
    "tech": "technology", "technol": "technology", "natl": "national", "nat": "national", "acad": "academy",
    "hosp": "hospital", "coll": "college", "ctr": "center", "cent": "center", "centre": "center", "cntr": "center",
    "lab": "laboratory", "labs": "laboratory", "laboratories": "laboratory", "dept": "department", "dep": "department",
    "med": "medical", "res": "research", "eng": "engineering", "engg": "engineering", "engn": "engineering",
    "intl": "international", "assoc": "association", "fac": "faculty", "sch": "school", "div": "division",
    "min": "ministry", "st": "saint", "sainte": "saint", "mt": "mount", "ft": "fort", "agr": "agricultural",
    "agric": "agricultural", "phys": "physics", "chem": "chemistry", "biol": "biology", "math": "mathematics",
    "calif": "california", "mass": "massachusetts", "penn": "pennsylvania", "sinica": "sinica", "govt": "government",
    "polytech": "polytechnic", "accel": "accelerator", "autom": "automation", "econ": "economics",
    "inf": "information", "info": "information", "technolog": "technology", "surg": "surgery", "vet": "veterinary",
    "pharm": "pharmacy", "bus": "business", "astron": "astronomy", "astrophys": "astrophysics", "geol": "geology",
    "oceanogr": "oceanography", "meteorol": "meteorology", "bot": "botany", "zool": "zoology",
    "psychol": "psychology", "biomed": "biomedical", "mech": "mechanical", "elec": "electrical", "soc": "society",
    "fed": "federal", "int": "international", "mus": "museum", "obs": "observatory", "fdn": "foundation",
    "found": "foundation", "hlth": "health", "clin": "clinic", "tecnol": "tecnologia", "cienc": "ciencias",
    "nacl": "nacional", "corp": "corporation", "comput": "computing", "comp": "computer", "electr": "electronic",
}  # fmt: skip
"""What indexes of the literature shorten in affiliations, after the abbreviations of ISO 4 as far as they are plain."""

INITIALS: Final[dict[str, tuple[str, ...]]] = {"tu": ("technical", "university"), "mpi": ("max", "planck", "institute")}
"""What stands for these words before the rest of a name ("TU Munich"); alone it is an acronym like any other."""

ROMAN: Final = {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "xi": "11",
    "xii": "12",
}
"""Numbers of universities ("Paris VI" is "Paris 6"); single letters are left alone."""

STEM_CHARS: Final = 5
_SIGNS: Final = re.compile(r"(?<=\w)[+#]+(?!\w)")
_LETTER_A: Final = re.compile(r"(?<!\w)A-(?=[A-Z])")
_SPACE: Final = re.compile(r"(?<!\d) | (?!\d)")


@lru_cache(maxsize=200_000)
def simplify(text: str) -> str:
    """Lower case, accents and apostrophes off, all else that is no letter or digit as one space."""
    if text.isascii():
        return " ".join(text.translate(PLAIN).split())
    text = unicodedata.normalize("NFKD", text.translate(LETTERS)).casefold()
    text = "".join(c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


@lru_cache(maxsize=200_000)
def name_words(text: str, label: str) -> tuple[str, ...]:
    """The words that carry a name, in order; for institutions shortened ones spelt out and small ones left out."""
    if label != "Institution":
        words = simplify(spell_signs(text)).split()
        return tuple(_singular(word) for word in words if word not in DETERMINERS)
    words = _join_initials(simplify(ELIDED.sub(" ", text)).split())
    words = [word for word in words if word not in STOP_WORDS] or words
    spelt = [*chain.from_iterable(INITIALS.get(word, (word,)) for word in words[:-1]), *words[-1:]]
    return tuple(AFFILIATION_WORDS.get(word) or ROMAN.get(word, word) for word in spelt)


def match_key(text: str, label: str) -> str:
    """Two names with the same key are the same string for the linker."""
    if label == "Institution":
        return " ".join(name_words(text, label)) or simplify(text)
    return normal_form(text, label)


@lru_cache(maxsize=200_000)
def normal_form(text: str, label: str) -> str:
    """The name without case, accents, punctuation, determiner, plural and trivial head word.

    "the SQuAD dataset" and "SQuAD" meet; "BERT-base" and "BERT", "UNet++" and "UNet" do not; "language model" keeps
    its head word.
    """
    signs = unicodedata.normalize("NFKC", text)
    if label not in {"Institution", "Author"}:
        signs = spell_signs(signs)
    raw = [word for word in re.split(r"[\W_]+", signs) if word]
    while label != "Author" and len(raw) > 1 and raw[0].lower() in DETERMINERS:  # A. Quill has an initial
        raw = raw[1:]
    heads = HEAD_WORDS.get(label, frozenset())
    kept = raw
    while len(kept) > 1 and kept[-1].lower() in heads:
        kept = kept[:-1]
        if label == "Dataset" and kept[-1].lower() in {"data", "training", "test"} and len(kept) > 1:
            kept = kept[:-1]
    if not _is_name(kept):
        kept = raw
    words = simplify(" ".join(kept)).split()
    if label not in {"Institution", "Author"} and words:
        words[-1] = _singular(words[-1])
    return " ".join(words) or simplify(text) or text.casefold().strip()


def spell_signs(text: str) -> str:
    """Signs that make another thing of a name as words (``UNet++``, ``C#``); an A before a hyphen is no article."""
    if "+" in text or "#" in text:
        text = _SIGNS.sub(lambda found: "".join(" plus" if sign == "+" else " sharp" for sign in found[0]), text)
    return _LETTER_A.sub("A", text)


def letters_of(name: str) -> str:
    """A simplified name without its spaces, but those between digits: "gpt 2" is "gpt2", 1.5 is not 15."""
    return _SPACE.sub("", name)


def own_entity_id(text: str, label: str) -> str:
    """Id of a thing that no registry has: ``pg:<type>/<normal form>``, the same in every run."""
    return f"pg:{label.lower()}/{normal_form(text, label).replace(' ', '-')}"


def stem(word: str) -> str:
    """The word's beginning: crude, but it joins ``comput``, ``computer``, ``computing``, and works in any language."""
    return word[:STEM_CHARS]


def initials(words: Sequence[str]) -> str:
    """First letters of the words, small words left out: what an acronym is usually made of."""
    return "".join(word[0] for word in words if word not in STOP_WORDS)


def _is_name(words: Sequence[str]) -> bool:
    """False where only ordinary words are left, which then need their head word to mean anything."""
    return bool(words) and not all(word.lower() in ORDINARY for word in words)


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as", "os")):
        return word[:-1]
    return word


def _join_initials(words: Sequence[str]) -> list[str]:
    """``m i t`` (from M.I.T.) as ``mit``."""
    joined: list[str] = []
    run = ""
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            joined.extend([run] if len(run) > 2 else list(run))
            run = ""
        if word:
            joined.append(word)
    return joined
