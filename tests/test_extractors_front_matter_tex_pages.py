"""Front matter of pages typeset with the LaTeX classes of publishers, through the real parser."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from extractors.evaluation.scores import Counts
from extractors.front_matter.front_matter import extract_front_matter, front_matter_names
from extractors.pdf.read import parse_pdf
from flows.front_scores import LISTS, list_errors, score_front_matter

PAGES: Final = Path(__file__).parent / "data" / "tex_pages"
GOLD: Final = [json.loads(line) for line in (PAGES / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
NOT_YET: Final = {  # what is still wrong on the page
    "acm-small": "an institute named in the note of addresses alone",
    "authblk": "a name that goes over two lines of a centred affiliation",
    "els-3p": "a name with a dash between its parts",
    "ieee-conf-grid": "four narrow blocks side by side are read across",
    "ieee-conf-marks": "a comma accent below a letter becomes a comma",
    "jss-like": "an institute in the postal address on the last page",
    "neurips": "an acronym before its university",
    "revtex-prl": "references without a heading above them",
    "thesis": "the university stands in the sentence on the degree alone",
}
REACHED: Final = {"title": 1.0, "authors": 0.99, "institutions": 0.94, "affiliations": 0.94}  # strict F1


@cache
def read(name: str) -> dict[str, Any]:
    paper = parse_pdf(PAGES / name)
    names = front_matter_names(paper, extract_front_matter(paper))
    lists = {kind: [*getattr(names, kind)] for kind in LISTS}
    return {"pdf": name, "title": names.title, **lists}


@pytest.mark.parametrize("row", GOLD, ids=lambda row: Path(row["pdf"]).stem)
def test_page(row, request):
    name = Path(row["pdf"]).stem
    if name in NOT_YET:
        request.applymarker(pytest.mark.xfail(reason=NOT_YET[name], strict=True))
    assert list_errors([row], [read(row["pdf"])]) == []


@pytest.mark.parametrize("kind", REACHED)
def test_level(kind):
    counts: Counts = score_front_matter(GOLD, [read(row["pdf"]) for row in GOLD])[kind]
    assert counts.f1 >= REACHED[kind]
