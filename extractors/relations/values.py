"""Number and unit of a reported value: "84.2%", "28.4 BLEU", "p < 0.01", "1.2 ± 0.3 ms"."""

import re

_NUMBER = re.compile(
    r"(?:(?<![\w)\]])(?P<sign>[-−–+])\s?)?(?<![\w.])(?<!\w[-−–])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<exponent>\s?[x×·]\s?10\s?\^?\s?[-−–]?\d{1,3}|[eE][-+−–]?\d{1,3})?"
)
_UNCERTAINTY = re.compile(r"\s*(?:±|\+/-|\+-)\s*\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_UNIT = re.compile(r"\s*(%|‰|°C?|[^\W\d_][\w@./^-]*(?:\s[^\W\d_][\w@./^-]*)?)")
_POINTS = re.compile(r"\s*(?:percentage\s+points?|points?|pts?\.?)(?!\w)", re.IGNORECASE)
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9}
_PERCENT_WORDS = ("percent", "per cent", "pct")
_MINUS = str.maketrans("−–", "--")


def parse_value(text: str) -> tuple[float | None, str]:
    """Read the number and the unit of a reported value.

    The first number counts: "p < 0.01" is 0.01, "93.2 ± 0.4 F1" is 93.2. A number with K, M or B directly behind it is
    multiplied out. A hyphen before a number is a minus sign only at the start or after a space or a bracket.

    Returns:
        The number, None if there is none; and the unit as printed, ``%`` for percent, empty if there is none.
    """
    match = _NUMBER.search(text)
    if match is None:
        return None, ""
    exponent = re.search(r"-?\d+\Z", (match["exponent"] or "").translate(_MINUS))
    value = float(match["digits"].replace(",", "") + (f"e{exponent.group()}" if exponent else ""))
    if match["sign"] and match["sign"] != "+":
        value = -value
    rest = text[match.end() :]
    if rest[:1].lower() in _SCALES and not rest[1:2].isalnum():
        return value * _SCALES[rest[0].lower()], _unit_of(rest[1:])
    return value, _unit_of(rest)


def _unit_of(rest: str) -> str:
    """Unit at the start of what follows the number, the uncertainty passed over."""
    before = _UNIT.match(rest) if rest.lstrip().startswith("%") else None
    if before:
        return "%"
    uncertainty = _UNCERTAINTY.match(rest)
    rest = rest[uncertainty.end() :] if uncertainty else rest
    if _POINTS.match(rest):
        return "points"
    unit = _UNIT.match(rest)
    if unit is None:
        return ""
    return "%" if unit[1].lower().startswith(_PERCENT_WORDS) else unit[1].rstrip(".,;:-/")
