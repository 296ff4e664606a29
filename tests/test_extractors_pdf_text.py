"""What reading makes of characters, line ends, kinds of blocks and the imprint, on PDFs drawn here."""

import time
from pathlib import Path

import pymupdf
import pytest

from extractors.pdf.assemble import set_separators
from extractors.pdf.characters import accent_votes, clean_characters, compose_accents, garbage_share
from extractors.pdf.encodings import decode_raw_codes
from extractors.pdf.fragments import Fragment, Run, join_drop_caps
from extractors.pdf.hyphens import Lexicon, mend
from extractors.pdf.imprint import find_arxiv_id, find_doi, find_year, guess_language
from extractors.pdf.read import parse_pdf
from extractors.sentences import split_sentences
from schemas.records import Block, Line, ParsedPaper


def draw(path: Path, lines: list[tuple[float, float, str, float, str]]) -> ParsedPaper:
    """A paper of one page; each line is x, y, text, size, font."""
    document = pymupdf.open()
    page = document.new_page(width=612, height=792)
    for x, y, text, size, font in lines:
        page.insert_text((x, y), text, fontsize=size, fontname=font)
    document.save(path)
    return parse_pdf(path)


def texts(paper: ParsedPaper, kind: str) -> list[str]:
    return [paper.text[b.start_char : b.end_char] for b in paper.blocks if b.kind == kind]


CHARACTERS = {
    "ligatures": ("eﬃcient ﬁne ﬂow", "efficient fine flow"),
    "decomposed accents": ("Poincare\u0301", "Poincaré"),
    "no-break and thin spaces": ("a\u00a0b\u2009c", "a b c"),
    "zero width": ("wo\u200brd", "word"),
    "control characters": ("a\x01b\x7f", "ab"),
    "lone surrogates": ("a\ud800b", "ab"),
    "brackets of Symbol": ("\uf8eex\uf8f9", "⎡x⎤"),
}


@pytest.mark.parametrize(("raw", "expected"), CHARACTERS.values(), ids=CHARACTERS.keys())
def test_clean_characters(raw, expected):
    assert clean_characters(raw) == expected


ACCENTS = {
    "acute first": ("Fran¸cois Poincar´e", True, "François Poincaré"),
    "umlaut first": ("Schr¨odinger", True, "Schrödinger"),
    "dotless i": ("Mar´ıa", True, "María"),
    "dotless i then accent": ("Saı¨d", True, "Saïd"),
    "with a space": ("Universit ´ e", True, "Universit é"),
    "accent after": ("Pe´rez cafe´ noir", False, "Pérez café noir"),
    "cedilla after": ("Franc¸ois", False, "François"),
    "opening quotes stay": ("the `adjective' and ``other''", True, "the `adjective' and ``other''"),
    "hats on Greek stay": ("ˆΣ", True, "ˆΣ"),
}


@pytest.mark.parametrize(("raw", "accent_first", "expected"), ACCENTS.values(), ids=ACCENTS.keys())
def test_compose_accents(raw, accent_first, expected):
    assert compose_accents(raw, accent_first=accent_first) == expected


def test_an_accent_that_opens_a_word_tells_that_accents_come_first():
    assert accent_votes("Poincar´e") > 0
    assert accent_votes("Vjekoslav ´Cosi´c") > 0
    assert accent_votes("cafe´ noir") < 0
    assert accent_votes("Gda´nsk") == 0


def test_raw_codes_of_tex_fonts():
    assert decode_raw_codes("\x0b + \x0c", "ABCDEF+CMMI10") == "α + β"
    assert decode_raw_codes("e\x0ecient", "CMR10") == "efficient"
    assert decode_raw_codes("TREC \x03", "Type3 (115 0 R)") == "TREC 3"
    assert decode_raw_codes("\x0b", "Helvetica") == "\x0b"


def test_signs_that_a_font_gives_out_as_letters():
    assert decode_raw_codes("ð1 þ x\x02y 2Þ ¼ 3", "ABCDEF+AdvP4C4E74") == "(1 + x−y 2) = 3"
    assert decode_raw_codes("ð", "Times-Roman") == "ð"


def test_garbage_share():
    assert garbage_share("plain text") == 0
    assert garbage_share("\ufffd\ue001(cid:12)") == 1
    assert garbage_share("") == 0


HYPHENS = {
    "the joined word occurs": ("a transfor-", "mer model", "the transformer is", ("a transformer", "model")),
    "neither form occurs": ("a quux-", "ification here", "", ("a quuxification", "here")),
    "the hyphenated form occurs": ("a pre-", "trained model", "is pre-trained", ("a pre-trained", "model")),
    "a chain of hyphens": (
        "state-of-",
        "the-art results",
        "state of the art of the art",
        ("state-of-the-art", "results"),
    ),
    "punctuation moves along": ("transfor-", "mer, which", "transformer", ("transformer,", "which")),
    "a whole second line": ("transfor-", "mer", "transformer", ("transformer", "")),
    "a name in two parts": ("by Smith-", "Jones et al", "", ("by Smith-Jones", "et al")),
    "a number follows": ("a QuuxNet-", "50 model", "", ("a QuuxNet-50", "model")),
    "a range": ("from 3-", "5 of", "", ("from 3-5", "of")),
    "a bracket before": ("a (2)-", "form of", "", ("a (2)-form", "of")),
    "a single letter": ("the q-", "test of", "", ("the q-test", "of")),
    "an abbreviation": ("all QRX-", "based ones", "", ("all QRX-based", "ones")),
    "two words of the paper": ("a zorbic-", "plinth here", "zorbic and plinth", ("a zorbic-plinth", "here")),
    "an ending that is a word": ("a zorb-", "ability", "zorb and ability", ("a zorbability", "")),
    "an ending within a chain": ("a zorb-plinth-", "over-quux", "plinth over", ("a zorb-plinth-over-quux", "")),
    "the word ends in and": ("a bri-", "and here", "a briand", ("a briand", "here")),
    "soft hyphen": ("a transfor\u00ad", "mer", "", ("a transformer", "")),
}


@pytest.mark.parametrize(("last", "following", "paper", "expected"), HYPHENS.values(), ids=HYPHENS.keys())
def test_mend(last, following, paper, expected):
    mended = mend(last, following, Lexicon([paper, last, following]))
    assert mended is not None
    assert (mended.last, mended.rest) == expected


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("ends here", "next"),
        ("a dash -", "more"),
        ("of first-", "and second-order"),
        ("a 2-", "to 3-fold"),
        ("before", "(a bracket)"),
    ],
)
def test_mend_leaves_other_line_ends(last, following):
    assert mend(last, following, Lexicon([])) is None


def test_a_split_word_belongs_to_the_line_where_it_starts(tmp_path):
    rows = [
        "The long sentence of this paragraph ends with a transfor-",
        "mer that is one word and goes on for a while here",
    ]
    lines = [
        (72, 300 + 12 * i, text, 10, "tiro") for i, text in enumerate([*rows, "and the transformer occurs once more."])
    ]
    paper = draw(tmp_path / "a.pdf", lines)
    printed = [paper.text[line.start_char : line.end_char] for line in paper.lines]
    assert printed[0].endswith("with a transformer")
    assert printed[1].startswith("that is one word")


def two_columns(left: list[str], right: list[str], path: Path) -> ParsedPaper:
    full = "Words that fill the whole line of a column in"
    lines = [(54.0, 200 + 12.0 * i, text, 10.0, "tiro") for i, text in enumerate([full] * 20 + left)]
    lines += [(318.0, 200 + 12.0 * i, text, 10.0, "tiro") for i, text in enumerate(right + [full] * 20)]
    return draw(path, lines)


def test_a_paragraph_goes_on_in_the_next_column(tmp_path):
    paper = two_columns(
        ["and here it ends with the long word transfor-"], ["mer that goes on. It is here"], tmp_path / "a.pdf"
    )
    assert "the long word transformer that goes on. It is here" in paper.text
    first, second = (b for b in paper.blocks if b.kind == "paragraph")
    assert paper.text[first.end_char : second.start_char] == " "
    assert paper.text[first.start_char : first.end_char].endswith("the long word transformer")
    sentences = [paper.text[s.start_char : s.end_char] for s in split_sentences(paper.text, paper.blocks)]
    assert any(sentence.endswith("the long word transformer that goes on.") for sentence in sentences)


@pytest.mark.parametrize(
    ("last", "first"), [("and here it ends, as all must end one day.", "mer"), ("it goes on and on, up to the", "Next")]
)
def test_a_new_paragraph_in_the_next_column(tmp_path, last, first):
    paper = two_columns([last], [first + " is the word that begins this column"], tmp_path / "a.pdf")
    first_block, second = (b for b in paper.blocks if b.kind == "paragraph")
    assert paper.text[first_block.end_char : second.start_char] == "\n\n"


def test_a_drop_cap_belongs_to_the_first_of_its_lines(tmp_path):
    full = "words that fill a whole line of the only column, one after the other, to its very end"
    lines = [
        (72.0, 423.0, "T", 34.0, "tiro"),
        (94.0, 400.0, "his is the first line and it goes on with more", 10.0, "tiro"),
    ]
    lines += [(94.0 if i < 3 else 72.0, 400 + 12.0 * i, full, 10.0, "tiro") for i in range(1, 12)]
    paper = draw(tmp_path / "a.pdf", lines)
    assert " ".join(paper.text.split()).startswith("This is the first line and it goes on with more words that fill")


def test_text_printed_twice_to_look_bold_is_read_once(tmp_path):
    lines = [(72.0 + shift, 80.0, "Shadowed heading", 12.0, "tiro") for shift in (0, 0.4, 0.8)]
    lines += [(72.0, 110 + 12.0 * i, "A line of the text with the words aha aha in it", 10.0, "tiro") for i in range(6)]
    paper = draw(tmp_path / "a.pdf", lines)
    assert paper.text.count("Shadowed heading") == 1
    assert paper.text.count("aha aha") == 6


def test_many_large_letters_cost_little_time():
    def letter(i: int) -> Fragment:
        x, y = 7.0 * (i % 80), 9.0 * (i // 80)
        run = Run("A", 8.0, y, x, x + 5, bold=False, italic=False, font="Helvetica")
        return Fragment([run], x, y - 6, x + 5, y + 2, 8.0, y)

    fragments = [letter(i) for i in range(8000)]
    start = time.process_time()
    assert join_drop_caps(fragments) == fragments
    assert time.process_time() - start < 2


def test_text_with_wide_spaces_is_no_table(tmp_path):
    lines = [(150, 70, "A Study of Invented Words", 16, "tibo"), (72, 100, "Introduction", 11, "tibo"), *body(118, 8)]
    end = 72 + pymupdf.get_text_length("these words of one line stand together as they should to its end", "tiro", 10)
    for i in range(6):
        middle = "stand together as they should" if i % 3 == 2 else "stand apart"
        starts = (72.0, 72 + pymupdf.get_text_length("these words of one line ", "tiro", 10) + (i % 3 != 2) * 20)
        last = end - pymupdf.get_text_length("to its end", "tiro", 10)
        for x, words in zip((*starts, last), ("these words of one line", middle, "to its end"), strict=True):
            lines.append((x, 240 + 12.0 * i, words, 10.0, "tiro"))
    rows = [("Alpha", "1.5", "2.5"), ("Beta", "3.5", "4.5"), ("Gamma", "5.5", "6.5")]
    for i, row in enumerate(rows):
        lines += [(x, 360 + 12.0 * i, cell, 10.0, "tiro") for x, cell in zip((72.0, 220.0, 372.0), row, strict=True)]
    paper = draw(tmp_path / "a.pdf", lines)
    assert [text.split()[0] for text in texts(paper, "table")] == ["Alpha"]
    assert sum(text.count("these words of one line") for text in texts(paper, "paragraph")) == 6


def test_superscripts_stay_in_the_text_and_are_listed(tmp_path):
    lines = [(72, 100, "Ada Example", 12, "tiro"), (136, 96, "1,2", 7, "tiro")]
    lines += [(72, 300 + 12 * i, "Some text follows below so that a usual size is known", 10, "tiro") for i in range(9)]
    paper = draw(tmp_path / "a.pdf", lines)
    assert "Ada Example1,2" in paper.text
    assert [paper.text[s.start_char : s.end_char] for s in paper.superscripts] == ["1,2"]


def body(y: float, n_lines: int) -> list[tuple[float, float, str, float, str]]:
    return [
        (
            72,
            y + 12 * i,
            "The body of the paper goes on with words that fill a whole line of its only column here",
            10,
            "tiro",
        )
        for i in range(n_lines)
    ]


def test_kinds_of_blocks(tmp_path):
    lines = [
        (150, 80, "On the Drawing of Papers for Tests", 16, "tibo"),
        (250, 110, "Ada Example", 11, "tiro"),
        (230, 124, "University of Nowhere", 10, "tiro"),
        (72, 160, "Abstract", 11, "tibo"),
        *body(176, 4),
        (72, 250, "1 Introduction", 12, "tibo"),
        *body(268, 6),
        (72, 370, "Figure 1: A figure that is not there.", 9, "tiro"),
        *body(400, 6),
        (72, 500, "References", 12, "tibo"),
        (72, 520, "[1] A. Author. 2001. A first title that is long enough. In Some Proceedings.", 9, "tiro"),
        (72, 534, "[2] B. Author. 2002. A second title that is long enough. In Some Journal.", 9, "tiro"),
    ]
    paper = draw(tmp_path / "a.pdf", lines)
    assert texts(paper, "title") == ["On the Drawing of Papers for Tests"]
    assert texts(paper, "authors") == ["Ada Example"]
    assert texts(paper, "caption") == ["Figure 1: A figure that is not there."]
    assert [text for text in texts(paper, "heading") if text != "Abstract"] == ["1 Introduction", "References"]
    assert [text[:3] for text in texts(paper, "reference")] == ["[1]", "[2]"]
    assert len(texts(paper, "abstract")) == 1
    assert len(texts(paper, "paragraph")) == 2


def test_separators_follow_the_kinds():
    lines = tuple(Line(a, b, 0, 0, 0, 1, 1, 10, False, False) for a, b in ((0, 2), (3, 5), (7, 9), (10, 12)))
    blocks = (Block(0, 5, "authors", 0, 0, 0, 1, 1), Block(7, 12, "paragraph", 0, 0, 0, 1, 1))
    assert set_separators("aa bb\n\ncc\ndd", blocks, lines) == "aa\nbb\n\ncc dd"


IMPRINTS = {
    "doi": (find_doi, "see https://doi.org/10.1234/ABC.5-6(7). Next", "10.1234/abc.5-6(7"),
    "no doi": (find_doi, "version 10.12 of it", ""),
    "new arXiv id": (find_arxiv_id, "arXiv:1810.04805v2  [cs.CL]", "1810.04805v2"),
    "old arXiv id": (find_arxiv_id, "arXiv:hep-th/9901001v1 5 Jan 1999", "hep-th/9901001v1"),
    "English": (guess_language, "this is the text of a paper and it is in that language " * 5, "en"),
    "French": (guess_language, "nous avons dans le texte les mots de la langue et des autres " * 5, "fr"),
    "no language": (guess_language, "1 2 3 x y z", ""),
}


@pytest.mark.parametrize(("find", "text", "expected"), IMPRINTS.values(), ids=IMPRINTS.keys())
def test_imprint(find, text, expected):
    assert find(text).startswith(expected) if expected else find(text) == ""


def test_find_year_takes_the_first_text_that_has_one_in_range():
    assert find_year(["no year", "Proceedings of 2019, Vol. 3000"], latest=2030) == 2019
    assert find_year(["in 2077"], latest=2030) is None
