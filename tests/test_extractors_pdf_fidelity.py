"""No text of a paper is lost: letters of the raw text, running heads and stamps aside, are in the paper's text."""

from pathlib import Path

import pytest
from measure_reading import compare_letters

SAMPLES = sorted((Path(__file__).parent / "data" / "samples").glob("*.pdf"))
PAPERS = Path(__file__).parent.parent.parent / "shared" / "data" / "papers"
REAL = [path for path in sorted(PAPERS.glob("*.pdf"))[::10] if path.stat().st_size < 1_000_000]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_keep_every_letter(path):
    expected, missing, extra = compare_letters(path)
    assert expected > 1000
    assert (missing, extra) == (0, 0)


@pytest.mark.skipif(not REAL, reason="../shared/data/papers is not there")
def test_real_papers_keep_their_letters_once():
    letters = [compare_letters(path) for path in REAL]
    expected, missing, extra = (sum(column) for column in zip(*letters, strict=True))
    assert missing < 0.005 * expected
    assert extra < 0.005 * expected
