"""Front matter of whole first pages: small PDFs in the layouts of many publishers, through the real parser."""

import re
from pathlib import Path

import pymupdf
import pytest

from extractors.front_matter.front_matter import extract_front_matter, front_matter_names
from extractors.pdf.read import parse_pdf
from schemas.records import Mention

TITLE = "A Study of Small Things in Large Boxes"
ADA, TOMAS, WEI, BELA = "Ada Brambleworth", "Tomas Quillfeather", "Wei Sunderling", "Bela Ostrava"
NOWHERE, ZEMBLA = "University of Nowhere", "Zembla Institute of Technology"
ALL_THREE = {ADA: [NOWHERE], TOMAS: [ZEMBLA], WEI: [NOWHERE, ZEMBLA]}
BODY = (
    "We study the way in which small things behave when they",
    "are put together in a large box and show that the result",
    "of this is not the same as that which one would expect",
    "from the theory of large things that is in use today.",
)
FONTS = {"plain": "tiro", "bold": "tibo", "italic": "tiit"}


class Sheet:
    """A page on which text is set where a publisher would set it. ``^{...}`` is a superscript."""

    def __init__(self):
        self.document = pymupdf.open()
        self.page = self.document.new_page(width=612, height=792)

    def at(self, x, y, text, size=10, look="plain", align="left"):
        """Set a line."""
        pieces = [
            (piece, FONTS["plain"] if raised else FONTS[look], size * (0.65 if raised else 1), raised)
            for raised, piece in (
                (number % 2 == 1, piece) for number, piece in enumerate(re.split(r"\^\{(.*?)\}", text))
            )
            if piece
        ]
        if align == "center":
            x -= sum(pymupdf.get_text_length(piece, font, points) for piece, font, points, _ in pieces) / 2
        for piece, font, points, raised in pieces:
            self.page.insert_text((x, y - (0.35 * size if raised else 0)), piece, fontname=font, fontsize=points)
            x += pymupdf.get_text_length(piece, font, points)
        return self

    def center(self, y, text, size=10, look="plain", x=306):
        """Set a line around x."""
        return self.at(x, y, text, size, look, "center")

    def rows(self, x, y, texts, size=8, look="plain", align="left"):
        """Set lines below one another."""
        for text in texts:
            self.at(x, y, text, size, look, align)
            y += 1.2 * size
        return self

    def body(self, y, heading="Abstract", columns=(54, 318), bottom=590):
        """Fill columns with prose."""
        if heading:
            self.at(72, y, heading, 11, "bold")
        for x in columns:
            for number, line_y in enumerate(range(int(y) + 16, bottom, 12)):
                self.at(x, line_y, BODY[number % 4], 10)
        return self

    def next_page(self):
        """Go on on a new page."""
        self.page = self.document.new_page(width=612, height=792)
        return self

    def title(self, y=90, size=16):
        """Set the title."""
        return self.center(y, TITLE, size, "bold")


def marks_under_the_authors():
    sheet = Sheet().title().center(120, f"{ADA}^{{1}}, {TOMAS}^{{2}}, {WEI}^{{1,2}}", 12)
    sheet.center(145, f"^{{1}}Department of Things, {NOWHERE}, Utopia").center(158, f"^{{2}}{ZEMBLA}, Zembla")
    return sheet.center(172, "{ada,tomas}@nowhere.edu, wei@zembla.com", 9).body(200), ALL_THREE


def symbols():
    sheet = Sheet().title().center(120, f"{ADA}^{{§}}, {TOMAS}^{{¶}} and {WEI}^{{§¶}}", 12)
    return sheet.center(145, f"^{{§}}{NOWHERE}   ^{{¶}}{ZEMBLA}", 11).body(180), ALL_THREE


def numbers_in_brackets():
    sheet = Sheet().title().center(120, f"{ADA}(1), {TOMAS}(2) and {WEI}(1,2)", 11)
    sheet.center(140, f"(1) {NOWHERE}, Nowhere, Utopia").center(153, f"(2) {ZEMBLA}, Zembla City, Zembla")
    return sheet.body(180), ALL_THREE


def journal_with_banner_and_letters():
    sheet = Sheet().at(72, 60, "Contents lists available at ScienceDirect", 8).at(72, 80, "Journal of Small Things", 15)
    sheet.at(72, 130, TITLE, 14).at(72, 160, f"{ADA}^{{a,*}}, {TOMAS}^{{b}}, {WEI}^{{a,b}}", 11)
    sheet.rows(
        72, 180, [f"^{{a}} Department of Physics, {NOWHERE}, 12345 Nowhere, Utopia", f"^{{b}} {ZEMBLA}, Zembla"], 7
    )
    return sheet.at(72, 215, "A B S T R A C T", 8).body(222, None).at(54, 700, "* Corresponding author.", 7), ALL_THREE


def numbers_in_one_paragraph():
    sheet = Sheet().at(54, 60, "RESEARCH ARTICLE", 8).at(54, 90, TITLE, 18, "bold")
    sheet.at(54, 120, f"{ADA}^{{1}}*, {TOMAS}^{{2}}, {WEI}^{{1,2}}", 10, "bold")
    sheet.at(54, 140, f"1 Department of Medicine, {NOWHERE}, Nowhere, Utopia, 2 {ZEMBLA}, Zembla City, Zembla", 8)
    return sheet.at(54, 165, "* ada@nowhere.edu", 8).body(200, columns=(72,)), ALL_THREE


def authors_in_three_columns():
    sheet = Sheet().title()
    for x, name, place in ((140, ADA, NOWHERE), (306, TOMAS, ZEMBLA), (472, WEI, NOWHERE)):
        sheet.rows(x, 120, [name], 12, "plain", "center")
        sheet.rows(
            x, 133, ["Dept. of Computer Science", place, "Nowhere, CA 94305", "someone@nowhere.edu"], 10, align="center"
        )
    return sheet.body(200), {ADA: [NOWHERE], TOMAS: [ZEMBLA], WEI: [NOWHERE]}


def grid_of_two_rows():
    sheet = Sheet().title(80)
    cells = ((150, 120, ADA, NOWHERE), (306, 120, TOMAS, ZEMBLA), (462, 120, WEI, NOWHERE), (306, 190, BELA, ZEMBLA))
    for x, y, name, place in cells:
        sheet.center(y, name, 12, x=x).rows(x, y + 12, [place, "1 Main Street", "some@nowhere.edu"], 10, align="center")
    return sheet.body(250), {ADA: [NOWHERE], TOMAS: [ZEMBLA], WEI: [NOWHERE], BELA: [ZEMBLA]}


def ordinals():
    sheet = Sheet().center(80, TITLE, 22)
    for x, ordinal, name, place in (
        (130, "1^{st}", ADA, NOWHERE),
        (306, "2^{nd}", TOMAS, ZEMBLA),
        (482, "3^{rd}", WEI, NOWHERE),
    ):
        sheet.center(120, f"{ordinal} {name}", 11, x=x)
        sheet.rows(x, 133, ["Dept. of Computer Science", place], 10, "italic", "center").center(
            157, "Nowhere, Utopia", x=x
        )
    return sheet.at(54, 205, "Abstract—We study", 9, "bold").body(200, None), {
        ADA: [NOWHERE],
        TOMAS: [ZEMBLA],
        WEI: [NOWHERE],
    }


def groups_side_by_side():
    sheet = Sheet().title()
    sheet.rows(170, 120, [f"{ADA}, {BELA}", NOWHERE, "{ada,bela}@nowhere.edu"], 11, align="center")
    sheet.rows(440, 120, [TOMAS, ZEMBLA, "tomas@zembla.com"], 11, align="center")
    return sheet.body(190), {ADA: [NOWHERE], BELA: [NOWHERE], TOMAS: [ZEMBLA]}


def blocks_below_one_another():
    sheet = Sheet().title()
    for y, name, place in ((120, ADA, NOWHERE), (180, TOMAS, ZEMBLA)):
        sheet.center(y, name, 11).center(y + 13, "Department of Things", 10, "italic").center(
            y + 25, place, 10, "italic"
        )
    return sheet.body(260), {ADA: [NOWHERE], TOMAS: [ZEMBLA]}


def physics_blocks_without_abstract_heading():
    sheet = (
        Sheet()
        .center(90, TITLE, 12, "bold")
        .center(120, ADA)
        .center(132, f"Department of Physics, {NOWHERE}, Utopia", 9, "italic")
    )
    sheet.center(156, f"{TOMAS} and {WEI}").center(168, f"{ZEMBLA}, Zembla City 6789, Zembla", 9, "italic")
    return sheet.center(182, "(Dated: May 1, 2009)", 9).body(205, None), {
        ADA: [NOWHERE],
        TOMAS: [ZEMBLA],
        WEI: [ZEMBLA],
    }


def one_affiliation_for_all():
    sheet = Sheet().title().center(120, f"{ADA}, {TOMAS},", 12).center(134, f"{WEI} and {BELA}", 12)
    sheet.center(150, "Institute for Odd Studies").center(162, NOWHERE).center(174, "Paris, France")
    return sheet.body(200), {name: ["Institute for Odd Studies", NOWHERE] for name in (ADA, TOMAS, WEI, BELA)}


def names_one_below_the_other():
    sheet = (
        Sheet()
        .title()
        .rows(54, 120, [ADA, TOMAS], 11, "bold")
        .at(54, 155, f"Department of Things, {NOWHERE}, Utopia", 9)
    )
    return sheet.body(190), {ADA: [NOWHERE], TOMAS: [NOWHERE]}


def name_and_affiliation_in_a_line():
    sheet = Sheet().at(54, 90, TITLE, 14, "bold").at(54, 115, f"{ADA.upper()}, {NOWHERE}, Utopia", 11)
    sheet.at(54, 129, f"{TOMAS.upper()} and {WEI.upper()}, {ZEMBLA}, Zembla", 11)
    return sheet.body(150, None, (72,)), {ADA.upper(): [NOWHERE], TOMAS.upper(): [ZEMBLA], WEI.upper(): [ZEMBLA]}


def affiliations_in_brackets():
    sheet = Sheet().title().center(120, f"{ADA} ({NOWHERE}), {TOMAS} ({ZEMBLA})", 11)
    return sheet.body(150), {ADA: [NOWHERE], TOMAS: [ZEMBLA]}


def footnote_with_marks():
    sheet = Sheet().title().center(130, f"{ADA} ^{{* 1}}  {TOMAS} ^{{* 2}}  {WEI} ^{{1 2}}", 10, "bold").body(170)
    notes = [
        "^{*}Equal contribution  ^{1}Department of Computer Science,",
        f"{NOWHERE}, Utopia  ^{{2}}{ZEMBLA},",
        "Zembla. Correspondence to: Ada <ada@nowhere.edu>.",
    ]
    return sheet.rows(54, 620, notes), ALL_THREE


def footnote_in_sentences():
    sheet = Sheet().center(80, TITLE, 22).center(115, f"{ADA}, Member, IEEE, {TOMAS}, and {WEI}", 11).body(150, None)
    notes = [
        "   Manuscript received May 1, 2009; revised June 2, 2010.",
        "   A. Brambleworth and W. Sunderling are with the",
        f"Department of Things, {NOWHERE}, Utopia (e-mail: a@b.edu).",
        "   T. Quillfeather was with Zembla Labs, Zembla City. He is now",
        f"with the {ZEMBLA}, Zembla City.",
    ]
    return sheet.at(54, 160, "Abstract—We study", 9, "bold").rows(54, 620, notes), {
        ADA: [NOWHERE],
        TOMAS: ["Zembla Labs", ZEMBLA],
        WEI: [NOWHERE],
    }


def footnote_headed_by_names():
    sheet = Sheet().at(54, 90, TITLE, 16, "bold").at(54, 130, f"{ADA} · {TOMAS} · {WEI}", 10, "bold").body(180)
    sheet.rows(
        54, 620, ["A. Brambleworth · W. Sunderling", f"Department of Physics, {NOWHERE},", "12345 Nowhere, Utopia"]
    )
    return sheet.rows(54, 670, ["T. Quillfeather", f"{ZEMBLA}, Zembla City"]), {
        ADA: [NOWHERE],
        TOMAS: [ZEMBLA],
        WEI: [NOWHERE],
    }


def footnote_with_names_in_brackets():
    sheet = Sheet().at(54, 90, TITLE, 18, "bold").at(54, 120, f"{ADA}, MD, PhD; {TOMAS}, MD; {WEI}, PhD").body(150)
    notes = [
        f"Author Affiliations: Department of Medicine, {NOWHERE},",
        "Nowhere, Utopia (Drs Brambleworth and Sunderling);",
        "Zembla General Hospital, Zembla City (Dr Quillfeather).",
    ]
    return sheet.rows(54, 620, notes), {ADA: [NOWHERE], TOMAS: ["Zembla General Hospital"], WEI: [NOWHERE]}


def footnote_with_initials_in_brackets():
    sheet = (
        Sheet()
        .at(54, 90, TITLE, 18, "bold")
        .at(54, 120, f"{ADA}, M.D., {TOMAS}, M.D., Ph.D., and {WEI}, Ph.D.")
        .body(150)
    )
    notes = [
        f"From the Department of Medicine, {NOWHERE}, Nowhere",
        "(A.B., W.S.); and Zembla General Hospital, Zembla (T.Q.).",
        "Address reprint requests to Dr. Brambleworth.",
    ]
    return sheet.rows(54, 620, notes), {ADA: [NOWHERE], TOMAS: ["Zembla General Hospital"], WEI: [NOWHERE]}


def second_affiliation_in_a_footnote():
    sheet = (
        Sheet()
        .title()
        .center(120, f"{ADA} and {TOMAS}^{{*}}", 12)
        .center(140, f"Department of Things, {NOWHERE}, Utopia")
    )
    return sheet.body(170).at(54, 640, f"^{{*}}Present address: {ZEMBLA}, Zembla City.", 8), {
        ADA: [NOWHERE],
        TOMAS: [NOWHERE, ZEMBLA],
    }


def margin():
    sheet = Sheet().at(54, 90, TITLE, 16, "bold").at(54, 120, f"{ADA}^{{1}} | {TOMAS}^{{2}} | {WEI}^{{1,2}}", 11)
    notes = [
        "^{1}Department of Medicine,",
        f"{NOWHERE}, Nowhere,",
        "Utopia",
        "^{2}Zembla Institute of",
        "Technology, Zembla",
    ]
    notes += ["City, Zembla", "", "Correspondence", "Ada Brambleworth, Nowhere.", "Email: ada@nowhere.edu"]
    return sheet.rows(54, 160, notes, 7.5).at(220, 160, "Abstract", 10, "bold").body(158, None, (220,)), ALL_THREE


def details_at_the_end():
    sheet = (
        Sheet()
        .at(54, 90, TITLE, 18, "bold")
        .at(54, 120, f"{ADA}^{{1}}, {TOMAS}^{{2}} and {WEI}^{{1,2}}", 11)
        .body(150, columns=(72,))
    )
    sheet.next_page().body(60, "Discussion", bottom=400).at(54, 430, "Author details", 9, "bold")
    return sheet.rows(
        54, 444, [f"^{{1}}Department of Medicine, {NOWHERE}, Utopia.", f"^{{2}}{ZEMBLA}, Zembla."], 9
    ), ALL_THREE


def addresses_at_the_end():
    sheet = (
        Sheet()
        .center(110, TITLE, 12, "bold")
        .center(140, f"{ADA.upper()} AND {TOMAS.upper()}")
        .body(170, columns=(72,))
    )
    sheet.next_page().body(60, "References", (72,), 400)
    end = [
        f"Department of Mathematics, {NOWHERE}, Utopia",
        "Email address: ada@nowhere.edu",
        "",
        f"{ZEMBLA}, Zembla",
        "Email address: t@zembla.edu",
    ]
    return sheet.rows(72, 440, end, 9), {ADA.upper(): [NOWHERE], TOMAS.upper(): [ZEMBLA]}


def cover_page():
    sheet = Sheet().at(72, 90, "Small things in boxes (cover)", 20, "bold").at(72, 130, "Some Reader", 12)
    sheet.rows(
        72, 200, ["HAL is a multi-disciplinary open access archive for the deposit", "To cite this version:"], 10
    ).next_page()
    sheet.title().center(120, f"{ADA} and {TOMAS}", 12).center(140, NOWHERE)
    return sheet.body(170), {ADA: [NOWHERE], TOMAS: [NOWHERE]}


LAYOUTS = (
    marks_under_the_authors,
    symbols,
    numbers_in_brackets,
    journal_with_banner_and_letters,
    numbers_in_one_paragraph,
    authors_in_three_columns,
    grid_of_two_rows,
    ordinals,
    groups_side_by_side,
    blocks_below_one_another,
    physics_blocks_without_abstract_heading,
    one_affiliation_for_all,
    names_one_below_the_other,
    name_and_affiliation_in_a_line,
    affiliations_in_brackets,
    footnote_with_marks,
    footnote_in_sentences,
    footnote_headed_by_names,
    footnote_with_names_in_brackets,
    footnote_with_initials_in_brackets,
    second_affiliation_in_a_footnote,
    margin,
    details_at_the_end,
    addresses_at_the_end,
    cover_page,
)


def read(sheet, folder):
    sheet.document.save(folder / "paper.pdf")
    return parse_pdf(folder / "paper.pdf")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_layout(layout, tmp_path):
    sheet, expected = layout()
    paper = read(sheet, tmp_path)
    names = front_matter_names(paper, extract_front_matter(paper))
    assert names.title == TITLE
    assert {
        author: [place for person, place in names.affiliations if person == author] for author in names.authors
    } == expected
    assert list(names.authors) == list(expected)


def test_mentions_and_relations_point_into_the_text(tmp_path):
    paper = read(marks_under_the_authors()[0], tmp_path)
    front = extract_front_matter(paper)
    assert front.title_span is not None
    assert paper.text[front.title_span.start_char : front.title_span.end_char] == TITLE
    assert [paper.text[mention.start_char : mention.end_char] for mention in front.authors] == [ADA, TOMAS, WEI]
    ids = {mention.mention_id for mention in (*front.authors, *front.institutions)}
    assert len(front.affiliations) == 4
    assert all(relation.head_id in ids and relation.tail_id in ids for relation in front.affiliations)
    assert all(0 < relation.score <= 1 and relation.label == "affiliated_with" for relation in front.affiliations)


def test_no_authors_at_all(tmp_path):
    paper = read(Sheet().title().body(130, "Introduction"), tmp_path)
    front = extract_front_matter(paper)
    assert (front.title, front.authors, front.institutions, front.affiliations) == (TITLE, (), (), ())


def test_hints_of_a_tagger_bring_in_a_company_without_a_key_word(tmp_path):
    sheet = Sheet().title().center(120, f"{ADA} and {TOMAS}", 12).center(140, f"{NOWHERE}, Quillfeather").body(170)
    paper = read(sheet, tmp_path)
    start = paper.text.index("Quillfeather", paper.text.index(NOWHERE))
    hint = Mention(start, start + len("Quillfeather"), "Institution", 0.9)
    assert len(extract_front_matter(paper).institutions) == 1
    assert len(extract_front_matter(paper, [hint]).institutions) == 2


def test_hints_of_a_tagger_bring_in_a_name_that_looks_like_none(tmp_path):
    paper = read(Sheet().title().center(120, "learning", 12).center(140, NOWHERE).body(170), tmp_path)
    start = paper.text.index("learning")
    hint = Mention(start, start + len("learning"), "Author", 0.9)
    assert extract_front_matter(paper).authors == ()
    assert len(extract_front_matter(paper, [hint]).affiliations) == 1


def test_kinds_of_the_blocks(tmp_path):
    sheet = Sheet().title().center(120, f"{ADA} and {TOMAS}", 12).center(140, f"{NOWHERE}, Utopia").body(180)
    paper = read(sheet, tmp_path)
    kinds = {block.kind: paper.text[block.start_char : block.end_char] for block in reversed(paper.blocks)}
    assert (kinds["title"], kinds["authors"], kinds["affiliations"]) == (
        TITLE,
        f"{ADA} and {TOMAS}",
        f"{NOWHERE}, Utopia",
    )
    assert kinds["abstract"].startswith("We study")


def test_a_cover_page_is_of_no_kind(tmp_path):
    paper = read(cover_page()[0], tmp_path)
    assert {block.kind for block in paper.blocks if block.page == 0} == {"other"}


def test_a_heading_that_tops_the_next_column_is_no_affiliation():
    paper = parse_pdf(Path(__file__).parent / "data" / "samples" / "footnote.pdf")
    names = front_matter_names(paper, extract_front_matter(paper))
    assert set(names.affiliations) == {
        ("Ines P. Phantom", "University of Brobdingnag"),
        ("Jorge L. Mirage", "Laputa Research Center"),
        ("Katya Notreal", "University of Brobdingnag"),
    }


def test_text_at_the_top_of_the_next_column_that_goes_on_from_the_first_is_no_affiliation():
    paper = parse_pdf(Path(__file__).parent / "data" / "samples" / "marks.pdf")
    start = paper.text.index("77.3 F1. On MNLI")
    assert {block.kind for block in paper.blocks if block.start_char <= start < block.end_char} == {"paragraph"}
    assert "whereas BiDAF reaches 77.3 F1" in paper.text


def test_the_state_of_open_peer_review_is_no_title(tmp_path):
    sheet = Sheet().center(100, TITLE + " [version 2; peer", 14, "bold")
    sheet.center(118, "review: 2 approved]", 14, "bold")
    sheet.center(150, f"{ADA}^{{1}}, {TOMAS}^{{2}}", 11)
    sheet.center(170, f"^{{1}}{NOWHERE}, Nowhere, Utopia", 9).center(182, f"^{{2}}{ZEMBLA}, Zembla, Utopia", 9).body(
        230
    )
    path = tmp_path / "review.pdf"
    sheet.document.save(path)
    assert extract_front_matter(parse_pdf(path)).title == TITLE
