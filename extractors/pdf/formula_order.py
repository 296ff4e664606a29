"""The order in which a formula is read.

A fraction or a sum with limits is printed on several baselines. The pieces are cut again and again at white gaps, as in
the XY-cut of Nagy and Seth (1984): between what stands side by side, then between what stands one above the other.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from extractors.pdf.encodings import is_sign_font
from extractors.pdf.fragments import Fragment, Run

NUMBER: Final = re.compile(r"\((?:[A-Z]{1,3}\.?)?\d{1,3}(?:\.\d{1,3})*[a-z]?\)")  # of a formula
_WITH_LIMITS: Final = frozenset((*"∑∏∐∫∮⋃⋂⨁⨂⋀⋁", "lim", "max", "min", "sup", "inf"))

Box = tuple[float, float, float, float]


def read_formula(fragments: list[Fragment]) -> list[Fragment]:
    """The pieces of a formula as one row, in the order in which it is read aloud; its number comes last."""
    runs = sorted((run for f in fragments for run in f.runs if run.text.strip()), key=_left)
    groups = _side_by_side(runs)
    last = "".join(run.text for run in groups[-1]).strip()
    number = groups.pop() if len(groups) > 1 and NUMBER.fullmatch(last) else []
    parts = _split([run for group in groups for run in group])
    return [_fragment(list(_ordered(part))) for part in (*parts, number) if part]


def _ordered(runs: list[Run]) -> Iterator[Run]:
    if len(runs) < 2:
        yield from runs
        return
    parts = _split(runs)
    if len(parts) == 1:
        yield from sorted(runs, key=_left)
        return
    for part in parts:
        yield from _ordered(part)


def _split(runs: list[Run]) -> list[list[Run]]:
    """The parts of a formula that are read one after the other; the formula itself if it has none."""
    groups = _side_by_side(sorted(runs, key=_left))
    rows = _one_above_another(runs)
    if len(rows) > 1 and not _is_product(groups, rows):
        return rows
    groups = _stacks(groups)
    return groups if len(groups) > 1 else _baselines(runs)


def _stacks(groups: list[list[Run]]) -> list[list[Run]]:
    """Neighbours that stand in rows together put together: a fraction's halves, the cases right of a brace."""
    result: list[list[Run]] = []
    i = 0
    while i < len(groups):
        stack, end = list(groups[i]), i + 1
        rows = _one_above_another(stack)
        while end < len(groups) and len(wider := _one_above_another([*stack, *groups[end]])) > 1:
            stack += groups[end]
            rows = wider
            end += 1
        if end - i > 1 and _is_product(groups[i:end], rows):
            stack, end = list(groups[i]), i + 1
        result.append(stack)
        i = end
    return result


def _is_product(groups: list[list[Run]], rows: list[list[Run]]) -> bool:
    """True for fractions side by side: apart, and each stands in every row, centred. Cases are flush."""
    row_of = {id(run): i for i, row in enumerate(rows) for run in row}
    flush = True
    end = groups[0][0].x0 - groups[0][0].size
    for group in groups:
        starts: dict[int, float] = {}
        for run in group:
            row = row_of[id(run)]
            starts[row] = min(run.x0, starts.get(row, run.x0))
        if len(starts) < len(rows) or min(starts.values()) < end + 0.2 * group[0].size:
            return False
        flush = flush and max(starts.values()) - min(starts.values()) < 0.1 * group[0].size
        end = max(run.x1 for run in group)
    return len(groups) > 1 and not flush


def _side_by_side(runs: list[Run]) -> list[list[Run]]:
    """Runs, from left to right, parted where a gap goes from top to bottom."""
    groups = [[runs[0]]]
    end = runs[0].x1
    for run in runs[1:]:
        if run.x0 >= end - 0.08 * run.size:
            groups.append([])
        groups[-1].append(run)
        end = max(end, run.x1)
    return groups


def _one_above_another(runs: list[Run]) -> list[list[Run]]:
    """Runs parted where a gap goes from left to right, from top to bottom."""
    boxes = sorted(((run_box(run), run) for run in runs), key=lambda pair: pair[0][1])
    rows = [[boxes[0][1]]]
    end = boxes[0][0][3]
    for box, run in boxes[1:]:
        if box[1] >= end - 0.05 * run.size:
            rows.append([])
        rows[-1].append(run)
        end = max(end, box[3])
    return rows


def _baselines(runs: list[Run]) -> list[list[Run]]:
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.baseline, run.x0)):
        if rows and run.baseline - rows[-1][-1].baseline < 0.3 * run.size:
            rows[-1].append(run)
        else:
            rows.append([run])
    return rows


def _fragment(runs: list[Run]) -> Fragment:
    """Runs in their order as one fragment, with spaces where the next one is not just beside the last."""
    spaced: list[Run] = []
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        text = run.text
        if following is not None and not text.endswith(" "):
            gap = following.x0 - run.x1
            if gap > 0.12 * run.size or gap < -0.3 * run.size:
                text += " "
        spaced.append(run if text is run.text else replace(run, text=text))
    main = max(spaced, key=lambda run: run.size * len(run.text))
    boxes = [run_box(run) for run in spaced]
    return Fragment(
        spaced,
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
        main.size,
        main.baseline,
    )


def run_box(run: Run) -> Box:
    """The reach of a run. A sign with limits reaches as far as they do, so that nothing parts it from them."""
    y0, y1 = run.baseline - 0.75 * run.size, run.baseline + 0.22 * run.size
    if is_sign_font(run.font):
        y0, y1 = run.baseline, run.baseline + 1.4 * run.size
    if run.text.strip() in _WITH_LIMITS:
        y0, y1 = y0 - 0.5 * run.size, y1 + 0.5 * run.size
    return run.x0, y0, run.x1, y1


def _left(run: Run) -> float:
    return run.x0
