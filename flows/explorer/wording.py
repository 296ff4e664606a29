"""The words and colours of the explorer, and the small pieces of HTML that all its parts use."""

from html import escape
from typing import Final

from flows.explorer.targets import Target
from schemas.records import ENTITY_TYPES

# Okabe and Ito's palette (2008), made to be told apart with any colour vision; types are also always named.
COLOURS: Final = {
    "Author": "#0072b2",
    "Institution": "#56b4e9",
    "Method": "#e69f00",
    "Dataset": "#009e73",
    "Task": "#cc79a7",
    "Metric": "#b8a900",  # the palette's yellow, darker: it has to show on white paper
    "Result": "#d55e00",
}
PLURALS: Final = {
    "Author": "Authors",
    "Institution": "Institutions",
    "Method": "Methods",
    "Dataset": "Datasets",
    "Task": "Tasks",
    "Metric": "Metrics",
    "Result": "Results",
}


def say_predicate(predicate: str) -> str:
    """A relation in plain words."""
    return predicate.replace("_", " ")


def count_of(n: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 paper, 2 papers, 1,000 papers."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def type_class(label: str) -> str:
    """The CSS class of an entity type; none for a type that is not ours."""
    return label if label in ENTITY_TYPES else ""


def draw_chip(label: str, name: str, target: Target | None, note: str = "") -> str:
    """An entity as a small coloured button, or as a plain label if it leads nowhere."""
    inner = f"<span class='dot' aria-hidden='true'></span>{escape(name)}"
    inner += f"<span class='note'>{escape(note)}</span>" if note else ""
    about = f"class='pg-chip {type_class(label)}' title='{escape(f'{label}: {name}')}'"
    if target is None:
        return f"<span {about}>{inner}</span>"
    return f"<button type='button' {about} {target.attribute()}>{inner}</button>"


def draw_message(text: str, *, title: str = "", kind: str = "") -> str:
    """A sentence in place of what cannot be shown."""
    head = f"<strong>{escape(title)}</strong> " if title else ""
    return f"<div class='pg-message {escape(kind)}' role='status'>{head}{escape(text)}</div>"
