"""The words, signs and marks of author lines."""

import re
from dataclasses import dataclass

from extractors.front_matter.strip import SYMBOLS, Strip

WORD_OR_SIGN = re.compile(
    r"(?P<mark>[(\[](?:\d{1,2}|[a-z])(?:\s?,\s?(?:\d{1,2}|[a-z]))*[)\]]|\d+(?:,\d+)*\)?|[" + re.escape(SYMBOLS) + r"]+)"
    r"|(?P<nick>\([^\W\d_][\w.'’-]*\)|[\"“][^\W\d_]+[\"”])"
    r"|(?P<apostrophe>['’‘`´]t(?= ))"
    r"|(?P<letter>[a-z](?=\s*(?:[,;\n*∗†]|$))|[abcf-xz](?=\s+(?:[A-Z]|and\b|on behalf\b))|[a-z](?=\)))"
    r"|(?P<word>[^\W\d_¹²³⁴-⁹⁰](?:[^\W\d_¹²³⁴-⁹⁰]|['’`´.‐‑-](?=\w)|\.)*)"
    r"|(?P<sign>[,;·•Æ|&/:–—⋅∙])|(?P<line>\n)|(?P<other>\S)"
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
    r"Aff\.|(?:[A-Z]\.){1,2}ASCE|Dipl\.?-?\w*\.?|FMedSci|FRS|ID|iD|PhD\.?)$"
)
_KINDS = {"nick": "word", "apostrophe": "word", "letter": "mark"}
_PLAIN = str.maketrans("∗⁎＊⋆¹²³⁴⁵⁶⁷⁸⁹⁰", "****1234567890")
_SINGLE = re.compile(r"\d+|[^\W\d_]+|[" + re.escape(SYMBOLS) + r"+$^~∇∘∞@&%?!=]")
_FIRST_CJK = 0x2E80
_WIDE_SPACES = 3  # in a row: a border between names


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an author line, in characters of the strip."""

    kind: str  # word, mark, sign, line, other
    text: str
    start: int
    end: int


def read_tokens(strip: Strip) -> list[Token]:
    """Words, signs and marks; a run of superscript characters is one mark."""
    tokens: list[Token] = []
    position, text = 0, strip.text
    while position < len(text):
        if text[position] == " ":
            end = position
            while end < len(text) and text[end] == " ":
                end += 1
            if end - position >= _WIDE_SPACES and tokens and end < len(text):
                tokens.append(Token("sign", text[position:end], position, end))
            position = end
            continue
        token = _raised_token(strip, position) if strip.raised[position] else _plain_token(strip, position)
        if token.text.strip(" "):
            tokens.append(token)
        position = token.end
    return tokens


def _raised_token(strip: Strip, position: int) -> Token:
    """A run of superscripts: a mark, or a raised comma between two marks."""
    end = position
    while end < len(strip.text) and (strip.raised[end] or strip.text[end] == " "):
        end += 1
    content = strip.text[position:end].rstrip()
    end = position + max(1, len(content))
    return Token("mark" if content.strip(" ,;") else "sign", content, position, end)


def _plain_token(strip: Strip, position: int) -> Token:
    found = WORD_OR_SIGN.match(strip.text, position)
    if found is None:
        return Token("other", "", position, position + 1)
    end = next((inner for inner in range(position + 1, found.end()) if strip.raised[inner]), found.end())
    text = strip.text[position:end]
    if text == "Æ":  # a broken bullet between names
        return Token("sign", text, position, end)
    kind = _KINDS.get(found.lastgroup or "other", found.lastgroup or "other")
    if found.lastgroup == "nick" and ord(text[1]) >= _FIRST_CJK:  # the name again, in its own script
        kind = "aside"
    return Token(kind, text, position, end)


def split_marks(mark: str) -> tuple[str, ...]:
    """A printed run of marks as single ones: ``1,2∗`` gives 1, 2, ∗. A number of two digits stays one."""
    found = _SINGLE.findall(mark)
    single: list[str] = []
    for item in found:
        single.append(item.translate(_PLAIN))
    return tuple(single)
