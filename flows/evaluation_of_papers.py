"""Evaluation of front matter: titles, authors, institutions and affiliations of papers."""

from pathlib import Path
from tempfile import TemporaryDirectory

from extractors.evaluation.report import Report, Section, Table, score_table
from flows.evaluation_call import Evaluation, Outcome, counts_row
from flows.front_scores import list_errors, score_front_matter
from flows.jsonl import read_objects
from flows.reading import read_files


def evaluate_papers(call: Evaluation) -> Outcome:
    """Score a file of ``papergraph read``; without one, the PDFs that the gold names are read from its folder."""
    right = list(read_objects(call.gold, "pdf"))
    predictions = call.only_predictions
    with TemporaryDirectory(prefix="papergraph-") as folder:
        if predictions is None:
            predictions = Path(folder) / "read.jsonl"
            read_files(
                [str(call.gold.parent / row["pdf"]) for row in right], predictions, workers=None, device=call.device
            )
        found = list(read_objects(predictions, "pdf"))
    counts = score_front_matter(right, found)
    scores = Section("Scores", "Strings are equal if their letters and digits are.", (score_table("papers", counts),))
    errors = Table("errors", ("kind", "what", "item", "paper"), tuple(list_errors(right, found)))
    about = {"gold": call.gold.name, "papers": str(len(right))}
    report = Report("Front matter", about, (scores, Section("Errors", tables=(errors,))))
    return Outcome({kind: counts_row(count) for kind, count in counts.items()}, report)
