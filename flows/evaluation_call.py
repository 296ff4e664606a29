"""What ``papergraph evaluate`` is asked for, and what comes back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from extractors.evaluation.report import Report
from extractors.evaluation.scores import Counts, Score
from schemas.errors import ConfigError

Row = dict[str, float | int | None]

_OPTIONS: Final = {
    "ner": {"models", "training", "types"},
    "relations": {"models", "ner_model", "types"},
    "linking": {"kb"},
    "papers": set[str](),
}
"""What applies to each target, besides what applies to all."""

_NAMES: Final = {
    "models": "--model",
    "ner_model": "--ner-model",
    "kb": "--kb",
    "training": "--train",
    "types": "--types",
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One call.

    Attributes:
        target: ``ner``, ``relations``, ``linking`` or ``papers``.
        gold: File with the right answers.
        predictions: Files with answers, one for each run; without them models answer.
        models: Folders of taggers or relation classifiers, one for each run; the shipped one if there is none.
        ner_model: The tagger whose entities are related.
        given: What a relation classifier is told: ``nothing``, the gold ``entities``, or the ``pairs`` to name too.
        kb: Knowledge base to link to.
        training: Corpora by which mentions are called seen or unseen, as in training.
        types: Types to score; empty are those of the gold.
        report: Folder for the report; None writes none.
        device: Where models run.
        as_json: Print JSON rather than a table.
    """

    target: str
    gold: Path
    predictions: tuple[Path, ...] = ()
    models: tuple[Path, ...] = ()
    ner_model: Path | None = None
    given: str = "nothing"
    kb: Path | None = None
    training: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    report: Path | None = None
    device: str = "auto"
    as_json: bool = False

    def __post_init__(self) -> None:
        if self.predictions and self.models:
            raise ConfigError("--predictions are answers already: give them or --model, not both")
        known = _OPTIONS[self.target]
        if alien := [name for field, name in _NAMES.items() if getattr(self, field) and field not in known]:
            raise ConfigError(f"no option of evaluate {self.target}: {', '.join(alien)}")
        if self.given != "nothing" and (self.target != "relations" or self.predictions or self.ner_model):
            raise ConfigError("--given is for relations that a model finds, without --predictions or --ner-model")

    @property
    def only_predictions(self) -> Path | None:
        """The one file of answers, or None.

        Raises:
            ConfigError: There are several.
        """
        if len(self.predictions) > 1:
            raise ConfigError(f"evaluate {self.target} takes one file of predictions")
        return self.predictions[0] if self.predictions else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scores by name, and the report where one was asked for."""

    rows: dict[str, Row]
    report: Report | None = None


def counts_row(counts: Counts) -> Row:
    """Precision, recall and F1 with four places, and the counts."""
    return {
        "precision": round(counts.precision, 4),
        "recall": round(counts.recall, 4),
        "f1": round(counts.f1, 4),
        "right": counts.n_right,
        "found": counts.n_found,
        "gold": counts.n_gold,
    }


def macro_row(score: Score) -> Row:
    """The same of the mean over types, which has no counts."""
    names = ("precision", "recall", "f1")
    rounded = {name: round(value, 4) for name, value in zip(names, score.macro, strict=True)}
    return {**rounded, "right": None, "found": None, "gold": None}
