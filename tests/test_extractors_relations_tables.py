"""Methods and datasets of tables and experiments, on an invented paper."""

import re
from dataclasses import replace

import pytest

from extractors.relations.experiments import find_own_method, relate_experiments
from extractors.relations.names import PaperNames, name_key
from extractors.relations.tables import find_result_tables, relate_tables
from schemas.records import Block, Mention, ParsedPaper

TABLE = "Model\tQuux-1\tZorp\nOurs\t91.2\t88.1\nELMA\t90.1\t80.0\nBERTILLA-large\t89.9\t79.1"
PIECES = [  # kind, text, x0, y0, x1, y1
    ("title", "Fenwick: a parser of birdsong", 50, 50, 550, 80),
    ("abstract", "We propose Fenwick, a parser. It is tested on Quux-1.", 50, 100, 550, 150),
    ("heading", "3 Experiments", 50, 200, 550, 210),
    ("paragraph", "We compare with ELMA and BERTILLA on Quux-1 and Zorp. Table 2 is on Quux-1.", 50, 220, 550, 260),
    ("table", TABLE, 50, 300, 300, 350),
    ("caption", "Table 1: Results.", 50, 360, 300, 370),
    ("table", "ELMA\t1.0\t2.0\t3.0\nELMA x\t4.0\t5.0\t6.0", 50, 500, 300, 550),
    ("caption", "Table 2: More results.", 50, 560, 300, 570),
    ("paragraph", "The songs of Larkset were used twice.", 50, 600, 550, 620),
    ("paragraph", "On Larkset all is well.", 50, 640, 550, 650),
]


@pytest.fixture
def paper():
    blocks, text = [], ""
    for kind, piece, *box in PIECES:
        blocks.append(Block(len(text), len(text) + len(piece), kind, 0, *map(float, box)))
        text += piece + "\n\n"
    return ParsedPaper("p", "p.pdf", "", text, 1, tuple(blocks), (), ())


@pytest.fixture
def mentions(paper):
    found = []
    names = {"Fenwick": "Method", "ELMA": "Method", "BERTILLA": "Method"}
    names |= {"Quux-1": "Dataset", "Zorp": "Dataset", "Larkset": "Dataset"}
    for block in paper.blocks:
        if block.kind in ("paragraph", "abstract", "title"):
            for name, label in names.items():
                start = paper.text.find(name, block.start_char, block.end_char)
                if start >= 0:
                    found.append(Mention(start, start + len(name), label, 0.9))
    return found


def named(paper, relations):
    def name(mention_id):
        start, end, _ = mention_id.split("-", 2)
        return paper.text[int(start) : int(end)]

    return {(name(r.head_id), name(r.tail_id)): r for r in relations}


@pytest.mark.parametrize(
    ("one", "other"), [("SQuAD v1.1", "SQuAD 1.1"), ("GPT-2", "GPT2"), ("LSTMs", "lstm"), ("PROTO+SIM", "Proto Sim")]
)
def test_forms_of_one_name_have_one_key(one, other):
    assert name_key(one) == name_key(other) != ""


def test_names_are_found_again_longest_first_and_as_variants(paper, mentions):
    names = PaperNames(paper.text, mentions)
    text = "BERTILLALARGE, Quux 1 and quux, BERTILLASUM"
    assert [(name.key, text[name.start_char : name.end_char]) for name in names.find(text, 0, len(text))] == [
        ("bertilla", "BERTILLALARGE"),
        ("quux 1", "Quux 1"),
    ]


def test_a_row_of_names_is_no_name():
    text = "Quux-1, Zorp, Larkset; Quux-1 Zorp Larkset; Zorp Larkset"
    spans = [(0, 6), (8, 12), (14, 21), (23, 42), (44, 56)]
    names = PaperNames(text, [Mention(start, end, "Dataset", 0.9) for start, end in spans])
    assert [key for _, key in names.mentions] == ["quux 1", "zorp", "larkset", "zorp larkset"]


def test_tables_have_their_captions(paper):
    captions = [table.caption for table in find_result_tables(paper)]
    assert [paper.text[one.start_char : one.start_char + 7] for one in captions] == ["Table 1", "Table 2"]


def test_own_method_is_that_of_the_title(paper, mentions):
    assert find_own_method(paper, PaperNames(paper.text, mentions)) == "fenwick"


@pytest.mark.parametrize(
    ("said", "table", "expected"),
    [
        ("We propose lark parsing, with GullNet.", "", "gullnet"),  # one coined word
        ("The resulting network, GullNet, is fast. We extend ELMA.", "", "gullnet"),
        (
            "We compare ELMA with GullNet. Our model GullNet-S is small.",
            "GullNet-S (ours)\t91.2\nELMA\t90.1",
            "gullnet",
        ),
        ("Nothing is new.", "", ""),
    ],
)
def test_own_method_is_what_the_paper_says_is_its_own(said, table, expected):
    text = f"{said}\n\n{table}" if table else said
    blocks = [Block(0, len(said), "abstract", 0, 0, 0, 9, 9)]
    blocks += [Block(len(said) + 2, len(text), "table", 0, 0, 9, 9, 19)] if table else []
    paper = ParsedPaper("p", "p.pdf", "p.pdf", text, 1, tuple(blocks), (), ())
    names = {"lark parsing": "Method", "GullNet": "Method", "GullNet-S": "Method", "ELMA": "Method"}
    mentions = [Mention(m.start(), m.end(), label, 0.9) for n, label in names.items() for m in re.finditer(n, text)]
    assert find_own_method(paper, PaperNames(text, mentions)) == expected


def test_methods_of_a_table_are_evaluated_on_its_datasets(paper, mentions):
    found = named(paper, relate_experiments(paper, mentions))
    assert set(found) == {
        *((method, dataset) for method in ("Fenwick", "ELMA", "BERTILLA") for dataset in ("Quux-1", "Zorp")),
        ("Fenwick", "Larkset"),
    }
    table = found["ELMA", "Zorp"]
    assert (table.label, table.score) == ("evaluated_on", 0.5)
    assert paper.text[table.sentence_start_char : table.sentence_end_char] == TABLE
    assert found["Fenwick", "Larkset"].score == 0.2


def test_two_rows_of_a_table_are_not_run_on_each_other(paper, mentions):
    words = "Fenwick\t1\t2\nZorp\t3\t4\nELMA on Larkset\t5\t6"
    caption = "Table 3: Times of all."
    text, low = paper.text, len(paper.text)
    blocks = (
        Block(low, low + len(words), "table", 1, 0.0, 0.0, 100.0, 50.0),
        Block(low + len(words) + 2, low + len(words) + 2 + len(caption), "caption", 1, 0.0, 55.0, 100.0, 65.0),
    )
    longer = ParsedPaper("p", "p.pdf", "", f"{text}{words}\n\n{caption}", 2, blocks, (), ())
    found = relate_tables(longer, PaperNames(longer.text, mentions))
    assert found == []
    inside = replace(longer, text=longer.text.replace("ELMA on Larkset\t5", "5\tELMA on Larkset"))
    assert {("Fenwick", "Larkset"), ("ELMA", "Zorp"), ("ELMA", "Larkset")} == set(
        named(inside, relate_tables(inside, PaperNames(inside.text, mentions)))
    )


def test_a_paper_without_a_table_of_results_is_not_taken_to_run_its_method(paper, mentions):
    prose = tuple(block for block in paper.blocks if block.kind != "table")
    assert relate_experiments(ParsedPaper("p", "p.pdf", "", paper.text, 1, prose, (), ()), mentions) == []


def test_a_paper_without_mentions_has_no_relations(paper):
    assert relate_experiments(paper, []) == []


def test_a_table_that_names_no_dataset_is_about_the_main_one(paper, mentions):
    text = paper.text
    extra = "We use Larkset again. "
    blocks = list(paper.blocks)
    for _ in range(4):
        blocks.append(Block(len(text), len(text) + len(extra), "paragraph", 0, 0.0, 0.0, 1.0, 1.0))
        text += extra + "\n\n"
    piece = "ELMA\t1\t2\nBERTILLA\t3\t4\nELMA x\t5\t6"
    for kind, words, y in (("table", piece, 10.0), ("caption", "Table 9: Times.", 60.0)):
        blocks.append(Block(len(text), len(text) + len(words), kind, 1, 0.0, y, 100.0, y + 40))
        text += words + "\n\n"
    longer = ParsedPaper("p", "p.pdf", "", text, 2, tuple(blocks), (), ())
    found = named(longer, relate_experiments(longer, mentions))
    assert {pair: r.score for pair, r in found.items() if pair[1] == "Larkset"} == {
        ("ELMA", "Larkset"): 0.4,
        ("BERTILLA", "Larkset"): 0.4,
        ("Fenwick", "Larkset"): 0.2,
    }


def one_table(words):
    caption = "Table 1: All of it."
    blocks = (
        Block(0, len(words), "table", 0, 0.0, 0.0, 100.0, 50.0),
        Block(len(words) + 2, len(words) + 2 + len(caption), "caption", 0, 0.0, 55.0, 100.0, 65.0),
    )
    return ParsedPaper("p", "p.pdf", "", f"{words}\n\n{caption}", 1, blocks, (), ())


def test_reference_numbers_and_ids_make_no_table_of_numbers():
    cited = "\n".join(f"ELMA [{n}]\tZorp [{n}, 7]\tCASE-2011-07{n}" for n in range(1, 7))
    assert find_result_tables(one_table(cited)) == []
    assert find_result_tables(one_table(cited.replace("[", "").replace("]", ""))) != []


def test_a_row_without_a_method_does_not_run_it():
    text = "ELMA\tZorp\nELMA\t9.0\t8.0\nNo Gate\t7.0\t6.0\nw/o Loop\t5.0\t4.0"
    paper = one_table(text)
    labels = {"ELMA": "Method", "Zorp": "Dataset", "Gate": "Method", "Loop": "Method"}
    mentions = [Mention(text.index(name), text.index(name) + len(name), label, 0.9) for name, label in labels.items()]
    assert set(named(paper, relate_experiments(paper, mentions))) == {("ELMA", "Zorp")}
