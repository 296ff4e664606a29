"""Tables of results read into cells: each number gets its method, data set and measure, from drawn PDFs."""

import re
from itertools import pairwise

import pytest

from extractors.pdf.read import parse_pdf
from extractors.tables.conditions import tell_captions_apart
from extractors.tables.grid import read_grid
from extractors.tables.headers import read_values
from extractors.tables.measures import find_new_metric
from extractors.tables.pieces import Piece
from extractors.tables.regions import find_tables
from extractors.tables.results import find_table_results
from schemas.records import Mention
from tests.drawn_tables import NAMES, draw_table, grid

CASES = {  # name: (rows, caption, {value: (method, data set, measure)}, how many results)
    "data sets over measures": (
        [
            [(215, "Larkset^"), (295, "Zorp^")],
            *grid(["Model", "F1", "EM", "F1", "EM"], ["Ostrel", "71.2", "60.1", "55.3", "41.0"],
                  ["Marlin", "72.9", "61.4", "57.8", "43.7"], ["Fenwick", "80.4", "70.2", "66.6", "52.5"],
                  xs=(90, 200, 230, 280, 310)),
        ],
        "Table 1: Results on two corpora.",
        {"71.2": ("Ostrel", "Larkset", "F1"), "70.2": ("Fenwick", "Larkset", "EM"), "57.8": ("Marlin", "Zorp", "F1")},
        12,
    ),
    "one measure and one data set in the caption": (
        grid(["System", "dev", "test"], ["Ostrel", "71.2", "70.1"], ["Fenwick", "80.4", "79.9"]),
        "Table 1: Word error rate on Larkset.",
        {"70.1": ("Ostrel", "Larkset", "Word error rate"), "80.4": ("Fenwick", "Larkset", "Word error rate")},
        4,
    ),
    "transposed": (
        grid(["Dataset", "Ostrel", "Marlin", "Fenwick"], ["Larkset", "71.2", "70.1", "74.0"],
             ["Zorp", "60.4", "61.9", "63.3"]),
        "Table 1: Accuracy of all models.",
        {"70.1": ("Marlin", "Larkset", "Accuracy"), "63.3": ("Fenwick", "Zorp", "Accuracy")},
        6,
    ),
    "spread, per cent, marks": (
        grid(["Method", "Accuracy (%)"], ["Ostrel", "71.2 ± 0.4"], ["Marlin", "72.9* ± 0.3"], ["Fenwick", "80.4%†"]),
        "Table 1: Results on Larkset.",
        {"71.2 ± 0.4": ("Ostrel", "Larkset", "Accuracy"), "80.4%": ("Fenwick", "Larkset", "Accuracy")},
        3,
    ),
    "ours": (
        grid(["Method", "BLEU"], ["Ostrel", "21.2"], ["Marlin", "22.9"], ["Ours", "30.4"]),
        "Table 1: Results on Zorp.",
        {"30.4": ("Fenwick", "Zorp", "BLEU")},
        3,
    ),
    "two values in a cell": (
        grid(["Method", "Larkset", "Zorp", "Quillbank"], ["Ostrel", "71.2/70.9", "50.1", "44.0"],
             ["Fenwick", "80.4/80.1", "63.0", "55.5"]),
        "Table 1: Accuracy on three corpora.",
        {"71.2": ("Ostrel", "Larkset", "Accuracy"), "70.9": ("Ostrel", "Larkset", "Accuracy")},
        8,
    ),
    "two measures in a cell": (
        grid(["Method", "F1/EM"], ["Ostrel", "71.2/60.9"], ["Marlin", "72.9/61.4"], ["Fenwick", "80.4/70.1"]),
        "Table 1: Results on Larkset.",
        {"71.2": ("Ostrel", "Larkset", "F1"), "70.1": ("Fenwick", "Larkset", "EM")},
        6,
    ),
    "a new data set among known ones": (
        grid(["Method", "Larkset", "Zorp", "HumBench"], ["Ostrel", "71.2", "50.1", "44.0"],
             ["Fenwick", "80.4", "63.0", "55.5"]),
        "Table 1: Accuracy on three corpora.",
        {"44.0": ("Ostrel", "HumBench", "Accuracy")},
        6,
    ),
    "a new method under the head of methods": (
        grid(["Method", "F1"], ["Ostrel", "71.2"], ["GorseNet (Miller et al., 2019)", "72.9"], ["Fenwick", "80.4"],
             xs=(90, 260)),
        "Table 1: Results on Larkset.",
        {"72.9": ("GorseNet", "Larkset", "F1")},
        3,
    ),
    "a row that only cites": (
        grid(["Method", "F1"], ["Ostrel", "71.2"], ["Miller et al. (2019)", "72.9"], ["DPR (2020)", "74.4"],
             ["Fenwick", "80.4"], xs=(90, 260)),
        "Table 1: Results on Larkset.",
        {"74.4": ("DPR", "Larkset", "F1")},
        3,
    ),
    "titles of rows": (
        grid(["Method", "F1", "EM"], ["Larkset"], ["Ostrel", "71.2", "61.0"], ["Fenwick", "80.4", "70.0"],
             ["Zorp"], ["Ostrel", "51.2", "41.0"], ["Fenwick", "60.4", "50.0"]),
        "Table 1: Results on two corpora.",
        {"80.4": ("Fenwick", "Larkset", "F1"), "41.0": ("Ostrel", "Zorp", "EM")},
        8,
    ),
    "a label beside the middle of its rows": (
        grid(["Model", "Input", "Accuracy"], [None, "raw", "61.2"], ["Ostrel", "clean", "62.3"], [None, "both", "63.4"],
             [None, "raw", "71.5"], ["Marlin", "clean", "72.6"], [None, "both", "73.7"], xs=(90, 160, 240)),
        "Table 1: Results on Larkset.",
        {"61.2": ("Ostrel", "Larkset", "Accuracy"), "71.5": ("Marlin", "Larkset", "Accuracy")},
        6,
    ),
    "a label beside the first of its rows": (
        grid(["Data", "Model", "Accuracy"], ["Larkset", "Ostrel", "61.2"], [None, "Fenwick", "62.3"],
             ["Zorp", "Ostrel", "71.5"], [None, "Fenwick", "72.6"], xs=(90, 160, 240)),
        "Table 1: Results on two corpora.",
        {"62.3": ("Fenwick", "Larkset", "Accuracy"), "72.6": ("Fenwick", "Zorp", "Accuracy")},
        4,
    ),
    "sizes under the header are no results": (
        grid(["Method", "Larkset", "Zorp", "Quillbank"], [None, "392k", "108k", "67k"],
             ["Ostrel", "71.2", "50.1", "44.0"], ["Fenwick", "80.4", "63.0", "55.5"]),
        "Table 1: Accuracy on three corpora.",
        {"50.1": ("Ostrel", "Zorp", "Accuracy")},
        6,
    ),
    "a size over numbers of it": (
        [
            [(245, "Number of tokens^")],
            *grid(["Setting", "48K", "193K"], ["Ostrel", "71.2", "50.1"], ["Marlin", "72.9", "51.0"],
                  ["Fenwick", "80.4", "63.0"], xs=(90, 200, 270)),
        ],
        "Table 1: Accuracy on Larkset.",
        {"50.1": ("Ostrel", "Larkset", "Accuracy"), "80.4": ("Fenwick", "Larkset", "Accuracy")},
        6,
    ),
    "heads beside the middle of two lines": (
        [
            [(225, "Larkset^", 3), (325, "Zorp^", 3), (90, "Model", 8.5), (160, "Params^", 8.5), (420, "Speed^", 8.5)],
            [(200, "F1^"), (250, "EM^"), (300, "F1^"), (350, "EM^")],
            *grid(["Ostrel", "12.1", "71.2", "60.1", "55.3", "41.0", "3.2"],
                  ["Marlin", "13.9", "72.9", "61.4", "57.8", "43.7", "4.1"], xs=(90, 160, 200, 250, 300, 350, 420)),
        ],
        "Table 1: Results on two corpora.",
        {"71.2": ("Ostrel", "Larkset", "F1"), "43.7": ("Marlin", "Zorp", "EM")},
        8,
    ),
    "what is ticked": (
        grid(["Trills", "Rests", "F1"], [None, None, "79.0"], ["•", None, "79.8"], ["•", "•", "80.4"]),
        "Table 1: What makes Fenwick good on Larkset.",
        {"79.0": ("Fenwick", "Larkset", "F1"), "80.4": ("Fenwick", "Larkset", "F1")},
        3,
    ),
    "new measures under data sets": (
        [
            [(215, "Larkset^"), (315, "Zorp^")],
            *grid(["Model", "mAP", "R1", "mAP", "R1"], ["Ostrel", "71.2", "60.1", "55.3", "41.0"],
                  ["Fenwick", "80.4", "70.2", "66.6", "52.5"], xs=(90, 190, 240, 290, 340)),
        ],
        "Table 1: Comparison with others.",
        {"60.1": ("Ostrel", "Larkset", "R1"), "66.6": ("Fenwick", "Zorp", "mAP")},
        8,
    ),
    "a pair of measures in the caption": (
        grid(["Model", "Larkset", "Zorp"], ["Ostrel", "31.2/0.91", "30.1/0.84"], ["Fenwick", "34.4/0.95", "33.0/0.89"]),
        "Table 1: Quality of the songs (PSNR/SSIM).",
        {"31.2": ("Ostrel", "Larkset", "PSNR"), "0.89": ("Fenwick", "Zorp", "SSIM")},
        8,
    ),
    "measures for some data sets and for the others": (
        grid(["Model", "Larkset", "Zorp", "Quillbank"], ["Ostrel", "71.2", "60.1", "55.3"],
             ["Fenwick", "80.4", "70.2", "66.6"]),
        "Table 1: We report F1 for Larkset and Zorp and accuracy for the other corpora.",
        {"71.2": ("Ostrel", "Larkset", "F1"), "70.2": ("Fenwick", "Zorp", "F1"),
         "66.6": ("Fenwick", "Quillbank", "accuracy")},
        6,
    ),
    "numbers before the names": (
        grid(["K", "Model", "Larkset", "Zorp"], ["8", "Ostrel", "71.2", "60.1"], ["16", "Marlin", "72.9", "61.4"],
             ["16", "Fenwick", "80.4", "70.2"], xs=(90, 150, 230, 300)),
        "Table 1: Accuracy with few songs.",
        {"71.2": ("Ostrel", "Larkset", "Accuracy"), "70.2": ("Fenwick", "Zorp", "Accuracy")},
        6,
    ),
    "a row of numbers under the header, by its label": (
        grid(["Songs", "few", "many", "all"], ["Model", "2", "4", "8"], ["Ostrel", "71.2", "72.1", "73.3"],
             ["Fenwick", "80.4", "80.9", "81.6"]),
        "Table 1: Accuracy on Larkset.",
        {"72.1": ("Ostrel", "Larkset", "Accuracy"), "81.6": ("Fenwick", "Larkset", "Accuracy")},
        6,
    ),
    "labels set upright beside their rows": (
        [
            [(150, "Songs"), (230, "Ostrel^"), (300, "Fenwick^")],
            [(135, "|Larkset", 24), (150, "few"), (230, "71.2^"), (300, "80.4^")],
            [(150, "some"), (230, "72.2^"), (300, "81.4^")],
            [(150, "all"), (230, "73.2^"), (300, "82.4^")],
            [(135, "|Zorp", 20), (150, "few"), (230, "61.2^"), (300, "70.4^")],
            [(150, "some"), (230, "62.2^"), (300, "71.4^")],
            [(150, "all"), (230, "63.2^"), (300, "72.4^")],
            [(135, "|Quillbank", 26), (150, "few"), (230, "51.2^"), (300, "60.4^")],
            [(150, "some"), (230, "52.2^"), (300, "61.4^")],
            [(150, "all"), (230, "53.2^"), (300, "62.4^")],
        ],
        "Table 1: Accuracy of two models.",
        {"72.2": ("Ostrel", "Larkset", "Accuracy"), "62.2": ("Ostrel", "Zorp", "Accuracy"),
         "62.4": ("Fenwick", "Quillbank", "Accuracy")},
        18,
    ),
    "short forms that the caption explains": (
        grid(["Model", "LS", "ZP"], ["Ostrel", "71.2", "60.1"], ["Fenwick", "80.4", "70.2"]),
        "Table 1: Accuracy of two models; LS: Larkset; ZP: Zorp.",
        {"71.2": ("Ostrel", "Larkset", "Accuracy"), "70.2": ("Fenwick", "Zorp", "Accuracy")},
        4,
    ),
    "a data set among others whose name is short for a measure": (
        grid(["Model", "Larkset", "Zorp", "Quillbank", "MR"], ["Ostrel", "71.2", "60.1", "55.3", "50.9"],
             ["Fenwick", "80.4", "70.2", "66.6", "61.8"]),
        "Table 1: Accuracy of two models on Larkset and others.",
        {"50.9": ("Ostrel", "MR", "Accuracy"), "66.6": ("Fenwick", "Quillbank", "Accuracy")},
        8,
    ),
    "measures of a kind": (
        grid(["Model", "Balanced Acc.", "I-AUROC"], ["Ostrel", "71.2", "60.1"], ["Fenwick", "80.4", "70.2"]),
        "Table 1: Results on Larkset.",
        {"71.2": ("Ostrel", "Larkset", "Balanced Acc"), "70.2": ("Fenwick", "Larkset", "I-AUROC")},
        4,
    ),
    "versions of a data set": (
        grid(["Model", "Larkset 1.1", "Larkset 2.0"], ["Ostrel", "71.2", "60.1"], ["Fenwick", "80.4", "70.2"]),
        "Table 1: Accuracy of two models.",
        {"71.2": ("Ostrel", "Larkset 1.1", "Accuracy"), "70.2": ("Fenwick", "Larkset 2.0", "Accuracy")},
        4,
    ),
    "parameters and times beside a measure": (
        grid(["Method", "Params", "Time (s)", "F1"], ["Ostrel", "12.1", "3.4", "71.2"],
             ["Marlin", "13.4", "2.2", "72.9"], ["Fenwick", "9.7", "1.1", "80.4"]),
        "Table 1: Results on Larkset.",
        {"72.9": ("Marlin", "Larkset", "F1")},
        3,
    ),
    "measures that the caption explains": (
        grid(["Method", "SEQ", "ALL"], ["Ostrel", "41.2", "71.2"], ["Fenwick", "50.4", "80.4"]),
        "Table 1: Results on Zorp. SEQ is the exact match, ALL is the accuracy of all questions.",
        {"41.2": ("Ostrel", "Zorp", "exact match"), "80.4": ("Fenwick", "Zorp", "accuracy")},
        4,
    ),
    "what was left out": (
        grid(["Method", "F1"], ["Fenwick", "80.4"], ["Ostrel", "70.4"], ["w/o context", "79.0"],
             ["- attention", "78.1"]),
        "Table 1: Results on Larkset.",
        {"80.4": ("Fenwick", "Larkset", "F1"), "79.0": ("Fenwick", "Larkset", "F1")},
        4,
    ),
    "rows of data sets, some of them new, without a head that says so": (
        grid(["Song", "Ostrel", "Marlin", "Fenwick"], ["Larkset", "71.2", "70.1", "74.0"],
             ["HumBench", "60.4", "61.9", "63.3"], ["Zorp", "50.4", "51.9", "53.3"], ["Average", "1.1", "2.2", "3.3"]),
        "Table 1: Accuracy of all models.",
        {"70.1": ("Marlin", "Larkset", "Accuracy"), "63.3": ("Fenwick", "HumBench", "Accuracy"),
         "2.2": ("Marlin", None, "Accuracy")},
        12,
    ),
    "numbered rows": (
        grid(["Part", "Ostrel", "Marlin", "Fenwick"], ["Fold 1", "71.2", "70.1", "74.0"],
             ["Fold 2", "60.4", "61.9", "63.3"], ["Fold 3", "50.4", "51.9", "53.3"]),
        "Table 1: Accuracy on Larkset.",
        {"70.1": ("Marlin", "Larkset", "Accuracy"), "53.3": ("Fenwick", "Larkset", "Accuracy")},
        9,
    ),
    "a measure that the caption begins with": (
        grid(["Model", "Larkset", "Zorp"], ["Ostrel", "12.5", "13.1"], ["Marlin", "14.2", "15.3"],
             ["Fenwick", "8.4", "9.7"]),
        "Table 1: Average song decoding time on two corpora.",
        {"15.3": ("Marlin", "Zorp", "song decoding time")},
        6,
    ),
    "measures that the caption lists": (
        grid(["Model", "Larkset", "Zorp", "Quillbank"], ["Ostrel", "71.2", "50.1", "44.0"],
             ["Fenwick", "80.4", "63.0", "55.5"]),
        "Table 1: F1 is reported for Larkset, BLEU is reported for Zorp, and accuracy is given for the others.",
        {"71.2": ("Ostrel", "Larkset", "F1"), "63.0": ("Fenwick", "Zorp", "BLEU"),
         "55.5": ("Fenwick", "Quillbank", "accuracy")},
        6,
    ),
    "a column beside that of the caption's data set": (
        grid(["Model", "Larkset", "Humming"], ["Ostrel", "71.2", "50.1"], ["Marlin", "72.9", "51.1"],
             ["Fenwick", "80.4", "63.0"]),
        "Table 1: Accuracy, on Larkset and on hummed songs.",
        {"71.2": ("Ostrel", "Larkset", "Accuracy"), "50.1": ("Ostrel", "Humming", "Accuracy")},
        6,
    ),
    "variants of one method": (
        grid(["Songs", "F1"], ["Fenwick", "80.4"], ["No context", "79.0"], ["No rhythm & pitch", "78.1"],
             ["Marsh & Moor", "70.3"], xs=(90, 260)),
        "Table 1: Results on Larkset.",
        {"80.4": ("Fenwick", "Larkset", "F1"), "78.1": ("Fenwick", "Larkset", "F1")},
        4,
    ),
    "factors of an architecture": (
        grid(["Stage", "Ostrel", "Fenwick"], ["one", "2", "3"], ["two", "3", "6"], ["three", "4", "3"]),
        "Table 1: Block scaling ratio of the models for Larkset.",
        {},
        0,
    ),
    "whole numbers of a measure in the caption": (
        grid(["Model", "Larkset", "Zorp"], ["Ostrel", "71", "55"], ["Marlin", "72", "57"], ["Fenwick", "80", "66"]),
        "Table 1: Accuracy on two corpora.",
        {"57": ("Marlin", "Zorp", "Accuracy")},
        6,
    ),
    "words of a header in small type, a shortened name, and a name that holds a word for settings": (
        grid(["Data", "Ostrel w/o cache", "Ostrel with cache", "Fenw."], ["Larkset", "7.1", "5.2", "9.3"],
             ["MultiZorp", "6.4", "8.1", "2.2"], ["Zorp", "4.4", "3.1", "1.2"], xs=(90, 180, 280, 390)),
        "Table 1: Error rate on three corpora.",
        {"7.1": ("Ostrel w/o cache", "Larkset", "Error rate"), "5.2": ("Ostrel with cache", "Larkset", "Error rate"),
         "9.3": ("Fenwick", "Larkset", "Error rate"), "8.1": ("Ostrel with cache", "MultiZorp", "Error rate")},
        9,
    ),
    "a setting that has the name of a measure in it": (
        grid(["Method", "error bound", "F1"], ["Ostrel", "0.1", "71.2"], ["Marlin", "0.2", "72.9"],
             ["Fenwick", "0.3", "80.4"]),
        "Table 1: Results on Larkset.",
        {"72.9": ("Marlin", "Larkset", "F1")},
        3,
    ),
    "two sets of precision and recall": (
        grid(["Method", "Arg P", "Arg R"], ["Ostrel", "71.2", "61.0"], ["Marlin", "72.9", "62.3"],
             ["Fenwick", "80.4", "63.5"]),
        "Table 1: Results on Larkset.",
        {"72.9": ("Marlin", "Larkset", "Arg P"), "63.5": ("Fenwick", "Larkset", "Arg R")},
        6,
    ),
    "hyper-parameters": (
        grid(["Method", "Rate", "Layers"], ["Ostrel", "0.01", "12"], ["Marlin", "0.02", "6"], ["Fenwick", "0.03", "4"]),
        "Table 1: Hyper-parameters of all models on Larkset.",
        {},
        0,
    ),
    "statistics of data sets": (
        grid(["Dataset", "Train", "Dev", "Test"], ["Larkset", "1,200", "300", "310"], ["Zorp", "2,200", "400", "410"]),
        "Table 1: Statistics of the corpora.",
        {},
        0,
    ),
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def read(rows, caption, tasks=(), labels=NAMES, **options):
        paper = parse_pdf(draw_table(tmp_path / "table.pdf", rows, caption, **options))
        body = paper.text.index("We propose")
        mentions = [
            Mention(match.start(), match.end(), label, 0.9)
            for name, label in labels.items()
            for match in re.finditer(name, paper.text[: paper.text.index("Table 1")])
            if match.start() >= body
        ]
        mentions += [Mention(m.start(), m.end(), "Task", 0.8) for name in tasks for m in re.finditer(name, paper.text)]
        return paper, find_table_results(paper, mentions)

    return read


def tuples(paper, found):
    """{value as printed: (method, data set, measure)} of all results."""

    def printed(mention_id):
        start, end, _ = mention_id.split("-", 2)
        return paper.text[int(start) : int(end)]

    parts = {}
    for relation in found.relations:
        if relation.label == "achieves":
            parts.setdefault(relation.tail_id, {})["method"] = printed(relation.head_id)
        elif relation.label.startswith("measured"):
            parts.setdefault(relation.head_id, {})[relation.label] = printed(relation.tail_id)
    return {printed(i): (p.get("method"), p.get("measured_on"), p.get("measured_by")) for i, p in parts.items()}


@pytest.mark.parametrize("ruled", [False, True], ids=["borderless", "ruled"])
@pytest.mark.parametrize(("rows", "caption", "expected", "n_results"), CASES.values(), ids=CASES.keys())
def test_values_of_a_table(read, rows, caption, expected, n_results, ruled):
    found = tuples(*read(rows, caption, ruled=ruled))
    assert {value: found.get(value) for value in expected} == expected
    assert len(found) == n_results


COLUMNS = grid(["Method", "Larkset", "Zorp", "Quillbank"], ["Ostrel", "71.2", "50.1", "44.0"],
               ["Marlin", "72.9", "52.4", "48.1"], ["Fenwick", "80.4", "63.0", "55.5"])  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), [(COLUMNS, "Dataset"), (COLUMNS[:3], "Method")], ids=["three", "two"])
def test_a_name_is_in_the_text_what_tables_use_it_as(read, rows, expected):
    paper, found = read(rows, "Table 1: Accuracy on three corpora.", labels=NAMES | {"Quillbank": "Method"})
    labels = {m.label for m in found.mentions if paper.text[m.start_char : m.end_char] == "Quillbank"}
    assert labels == {expected, "Dataset"}


CONDITIONS = {  # name: (rows, caption, {value: what its heads say besides method, data set and measure})
    "parts of a data set": (
        grid(["System", "dev F1", "test F1 (%)"], ["Ostrel", "71.2", "70.1"], ["Fenwick", "80.4", "79.9"]),
        "Table 1: Results on Larkset.",
        {"71.2": "dev", "79.9": "test"},
    ),
    "nothing more": (
        grid(["Model", "F1 score"], ["Ostrel [12]", "71.2"], ["Marlin (Example et al., 2019)", "72.9"],
             ["Our method", "80.4"], xs=(90, 260)),
        "Table 1: Results on Larkset.",
        {"71.2": "", "72.9": "", "80.4": ""},
    ),
    "what stands beside names": (
        grid(["Model", "Input", "F1"], ["Ostrel (large)", "raw", "71.2"], ["few-shot Marlin", "clean", "72.9"],
             ["Ours w/o song", "clean", "80.4"], xs=(90, 190, 260)),
        "Table 1: Results on Larkset.",
        {"71.2": "large; raw", "72.9": "few-shot; clean", "80.4": "w/o song; clean"},
    ),
    "sizes and settings of methods that the paper names": (
        grid(["Model", "F1"], ["Ostrel-large (single)", "71.2"], ["Few-shot Marlin", "72.9"], ["Tansy+", "73.9"],
             ["FENWICKBASE", "80.4"]),
        "Table 1: Results on Larkset.",
        {"71.2": "large; single", "72.9": "Few-shot", "73.9": "", "80.4": "BASE"},
    ),
    "two parts in a cell": (
        grid(["Method", "F1", "Accuracy (dev/test)"], ["Ostrel", "61.0", "71.2/70.9"], ["Fenwick", "70.0", "80.4/80.1"],
             xs=(90, 200, 290)),
        "Table 1: Results on Larkset.",
        {"71.2": "dev", "80.1": "test"},
    ),
    "titles of rows and heads over columns": (
        [
            [(225, "Males^"), (325, "Females^")],
            *grid(["Method", "F1", "EM", "F1", "EM"], ["Zero shots"], ["Ostrel", "71.2", "61.0", "62.5", "55.1"],
                  ["Five shots"], ["Ostrel", "75.2", "66.0", "64.5", "58.1"],
                  ["Fenwick", "79.1", "70.3", "69.9", "60.2"]),
        ],
        "Table 1: Results on Larkset.",
        {"71.2": "Zero shots; Males", "58.1": "Five shots; Females"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "caption", "expected"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_condition_of_a_value_is_what_its_heads_say_besides(read, rows, caption, expected):
    paper, found = read(rows, caption)
    said = {paper.text[m.start_char : m.end_char]: m.condition for m in found.mentions if m.label == "Result"}
    assert {value: said.get(value) for value in expected} == expected


def test_what_tells_like_captions_apart_is_a_condition(read):
    tables = [
        (grid(["Method", "F1"], ["Ostrel", own], ["Marlin", "72.9"], ["Tansy", "73.9"], xs=(x, x + 80)), caption, x)
        for own, caption, x in (
            ("71.2", "Table 1: Results with the Gull Large net on Larkset.", 60),
            ("81.2", "Table 2: Results with the Gull Small net on Larkset.", 320),
        )
    ]
    (rows, caption, _), other = tables
    paper, found = read(rows, caption, x=60, also=[other])
    said = {paper.text[m.start_char : m.end_char]: m.condition for m in found.mentions if m.label == "Result"}
    assert (said["71.2"], said["81.2"]) == ("Gull Large", "Gull Small")


@pytest.mark.parametrize(
    ("captions", "expected"),
    [
        (["Results of methods with nets on the songs of larks", "Results of methods with nets on the songs"], [[], []]),
        (["The approachs to nets for songs of larks", "The approaches to nets for songs of larks"], [[], []]),
        (["The ways of Gull to parse songs", "The size of all larks"], [[], []]),
        (["Songs of larks, Oak large, dev", "Songs of larks, Oak small, dev", ""], [["Oak large"], ["Oak small"], []]),
    ],
)
def test_captions_are_told_apart_where_they_are_nearly_the_same(captions, expected):
    assert tell_captions_apart(captions) == expected


@pytest.mark.parametrize(
    ("head", "is_sure", "expected"),
    [
        ("AbsRel ↓", False, "AbsRel"),
        ("lcon ↑", False, "lcon"),
        ("Params ↓", False, None),
        ("R1", True, "R1"),
        ("R1", False, None),
        ("of the songs", True, None),
        ("Average", True, None),
    ],
)
def test_an_arrow_or_its_place_tells_a_new_measure(head, is_sure, expected):
    role = find_new_metric(head, Piece(0, len(head), 0, 0, 9, 9, head), is_sure=is_sure)
    assert (head[role.start_char : role.end_char] if role else None) == expected


def test_tables_side_by_side_keep_to_themselves(read):
    left = grid(["Model", "Acc"], ["Ostrel", "71.2"], ["Marlin", "72.9"], ["Fenwick", "80.4"], xs=(90, 170))
    right = grid(["Model", "BLEU"], ["Ostrel", "21.2"], ["Marlin", "22.9"], ["Fenwick", "30.4"], xs=(320, 400))
    found = tuples(*read(left, "Table 1: Results on Larkset.", also=[(right, "Table 2: Results on Zorp.", 320)]))
    assert found["72.9"][:2] == ("Marlin", "Larkset")
    assert found["22.9"] == ("Marlin", "Zorp", "BLEU")


def test_tables_side_by_side_whose_captions_are_one_line_keep_to_themselves(read):
    left = grid(["Model", "Acc"], ["Ostrel", "71.2"], ["Marlin", "72.9"], ["Fenwick", "80.4"], xs=(90, 170))
    right = grid(["Songs", "Ostrel", "Tansy"], ["Zorp", "61.2", "70.4"], ["Quillbank", "51.2", "60.4"],
                 ["Larkset", "71.2", "73.9"], xs=(300, 380, 440))  # fmt: skip
    rows = [[*one, *other] for one, other in zip(left, right, strict=True)]
    found = tuples(*read(rows, "Table 1: Results on Larkset.    Table 2: Accuracy on three corpora."))
    assert found["80.4"] == ("Fenwick", "Larkset", "Acc")
    assert found["60.4"] == ("Tansy", "Quillbank", "Accuracy")


def test_who_has_a_value_on_a_data_set_was_evaluated_on_it(read):
    rows = grid(["Method", "F1"], ["Ostrel", "71.2"], ["Marlin", "72.9"], ["Fenwick-large", "80.4"])
    paper, found = read(rows, "Table 1: Results on Larkset.")
    pairs = {
        tuple(paper.text[slice(*map(int, end.split("-")[:2]))] for end in (r.head_id, r.tail_id))
        for r in found.relations
        if r.label == "evaluated_on"
    }
    assert pairs == {(name, "Larkset") for name in ("Ostrel", "Marlin", "Fenwick-large", "Fenwick")}


def test_a_value_of_a_method_with_a_size_is_of_the_method_too_less_surely(read):
    rows = grid(["Method", "F1"], ["Ostrel", "71.2"], ["Marlin", "72.9"], ["Fenwick-large", "80.4"])
    paper, found = read(rows, "Table 1: Results on Larkset.")
    scores = {
        paper.text[slice(*map(int, r.head_id.split("-")[:2]))]: r.score
        for r in found.relations
        if r.label == "achieves" and paper.text[slice(*map(int, r.tail_id.split("-")[:2]))] == "80.4"
    }
    assert set(scores) == {"Fenwick-large", "Fenwick"}
    assert scores["Fenwick"] < scores["Fenwick-large"]


def test_a_relation_of_a_table_is_placed_in_its_row(read):
    rows = grid(["Method", "F1"], ["Ostrel", "71.2"], ["Marlin", "72.9"], ["Fenwick", "80.4"])
    paper, found = read(rows, "Table 1: Results on Larkset.")
    places = {paper.text[r.sentence_start_char : r.sentence_end_char] for r in found.relations if r.label == "achieves"}
    assert places == {"Ostrel\t71.2", "Marlin\t72.9", "Fenwick\t80.4"}


def test_values_under_several_new_names_are_not_of_the_papers_own_method(read):
    heads = ["Measure", "Qwibble-7B", "Drabnet-9B", "Plonkai-2"]
    rows = grid(heads, ["Accuracy", "71.2", "72.9", "80.4"], ["F1", "61.2", "62.9", "70.4"], xs=(90, 160, 240, 320))
    assert not {found[0] for found in tuples(*read(rows, "Table 1: Results on Larkset.")).values()} & {"Fenwick"}


def test_a_measure_is_no_data_set_of_its_own_values(read):
    rows = grid(["System", "Ostrel", "Marlin"], ["LAS", "71.2", "72.9"], ["UAS", "74.2", "75.9"], xs=(90, 160, 240))
    _, found = read(rows, "Table 1: Systems.", heading="1 LAS and UAS", labels={**NAMES, "[LU]AS": "Dataset"})
    assert {relation.label for relation in found.relations} == {"achieves", "measured_by"}


def test_mentions_of_a_table_do_not_overlap(read):
    rows = grid(["Method", "Larkset F1"], ["GorseNet", "71.2 ± 0.1"], ["Marlin", "72.9"], ["Fenwick", "80.4"])
    _, found = read(rows, "Table 1: Results.")
    spans = [(m.start_char, m.end_char) for m in found.mentions]
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_rows_and_columns_of_a_table_whose_numbers_stand_close(tmp_path):
    rows = [[(90, "Ostrel (single)"), (160, "71.2"), (180, "60.1"), (200, "-")]] * 3
    paper = parse_pdf(draw_table(tmp_path / "close.pdf", rows, "Table 1: Results."))
    (table,) = find_tables(paper)
    cells = read_grid(paper, table)
    assert [column.is_value for column in cells.columns[:3]] == [False, True, True]
    assert [value.piece.text for value in read_values(cells)][:2] == ["71.2", "60.1"]


def test_heads_a_space_apart_are_two_where_both_stand_flush_with_a_column(tmp_path):
    xs = 90, 122.8, 200
    texts = ["Method", "Larkset v1.1", "Zorp set"], ["Ostrel", "71.2", "60.1"], ["Marlin", "80.4", "70.2"]
    rows = [list(zip(xs, row, strict=True)) for row in texts]
    paper = parse_pdf(draw_table(tmp_path / "close.pdf", rows, "Table 1: Results."))
    (table,) = find_tables(paper)
    heads = [[piece.text for piece in value.heads.columns] for value in read_values(read_grid(paper, table))]
    assert heads == [["Larkset v1.1"], ["Zorp set"]] * 2


TASKS = {  # name: (caption, heading, what the data sets of the table are a benchmark for, where that is said)
    "caption": ("Table 1: Accuracy of song parsing. Bold: bird naming.", "1 Bird naming", "song parsing", "Table 1"),
    "heading": ("Table 1: Accuracy.", "1 Bird naming", "Bird naming", "1 Bird naming"),
    "heading, where the caption names two": (
        "Table 1: Accuracy of song parsing and bird naming.", "1 Bird naming", "Bird naming", "1 Bird naming",
    ),
    "nowhere": ("Table 1: Accuracy.", "1 Experiments", None, None),
}  # fmt: skip


@pytest.mark.parametrize(("caption", "heading", "task", "place"), TASKS.values(), ids=TASKS.keys())
def test_task_of_a_table_is_named_by_its_caption_or_the_heading_above(read, caption, heading, task, place):
    rows = grid(["Method", "Larkset", "Zorp"], ["Ostrel", "71.2", "50.1"], ["Fenwick", "80.4", "63.0"])
    paper, found = read(rows, caption, tasks=("song parsing", "[Bb]ird naming"), heading=heading)

    def printed(mention_id):
        return paper.text[slice(*map(int, mention_id.split("-")[:2]))]

    said = [r for r in found.relations if r.label == "benchmark_for"]
    assert {(printed(r.head_id), printed(r.tail_id)) for r in said} == (
        {("Larkset", task), ("Zorp", task)} if task else set()
    )
    assert all(paper.text[r.sentence_start_char : r.sentence_end_char].startswith(place) for r in said)
