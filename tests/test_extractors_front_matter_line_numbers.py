"""Line numbers of manuscripts are told from marks and lists."""

from extractors.front_matter.line_numbers import without_line_numbers
from extractors.front_matter.strip import Row


def rows_of(texts):
    return [Row(100 * n, 100 * n + len(t), t, 0, 50, 20 * n, 300, 20 * n + 12, 12, False) for n, t in enumerate(texts)]


def test_numbers_of_all_lines_go():
    rows = rows_of([f"{n} words of line" for n in range(1, 15)])
    kept = without_line_numbers(rows)
    assert [row.text for row in kept] == ["words of line"] * 14
    assert kept[9].start == rows[9].start + 3  # "10 "


def test_numbers_in_rows_of_their_own_go():
    rows = rows_of([f"{n}" for n in range(1, 15)])
    assert without_line_numbers(rows) == []


def test_numbered_affiliations_stay():
    rows = rows_of(["A title", *(f"{n} University {n}" for n in range(1, 14)), *["text of the body"] * 30])
    assert without_line_numbers(rows) == rows
