"""The records that stages exchange. Offsets are Python code points, half-open, into ``ParsedPaper.text``.

Pages count from 0. Boxes are in points (1/72 inch), origin top left. Scores are probabilities in [0, 1].
"""

from dataclasses import dataclass
from typing import Final

ENTITY_TYPES: Final = ("Author", "Institution", "Method", "Dataset", "Task", "Metric", "Result")

RELATION_TYPES: Final = {
    # relation: (allowed head types, allowed tail types), DESIGN section 6
    "affiliated_with": (("Author",), ("Institution",)),
    "evaluated_on": (("Method",), ("Dataset",)),
    "trained_on": (("Method",), ("Dataset",)),
    "used_for": (("Method", "Dataset"), ("Task", "Method")),
    "part_of": (("Method", "Dataset", "Task"), ("Method", "Dataset", "Task")),
    "subclass_of": (("Method", "Dataset", "Task"), ("Method", "Dataset", "Task")),
    "subtask_of": (("Task",), ("Task",)),
    "synonym_of": (("Method", "Dataset", "Task", "Metric"), ("Method", "Dataset", "Task", "Metric")),
    "compared_with": (("Method", "Dataset"), ("Method", "Dataset")),
    "benchmark_for": (("Dataset",), ("Task", "Method")),
    "achieves": (("Method",), ("Result",)),
    "measured_by": (("Result",), ("Metric",)),
    "measured_on": (("Result",), ("Dataset",)),
}

SYMMETRIC_RELATIONS: Final = ("synonym_of", "compared_with")

BLOCK_KINDS: Final = (
    "title",
    "authors",
    "affiliations",
    "abstract",
    "heading",
    "paragraph",
    "caption",
    "table",
    "reference",
    "footnote",
    "formula",  # set off from the text
    "other",  # anything else that is printed: cover pages, keywords, notices
)

SECTIONS: Final = (
    "abstract",
    "introduction",
    "related",
    "method",
    "experiments",
    "results",
    "discussion",
    "conclusion",
    "acknowledgements",
    "references",
    "appendix",
)


def _check_span(start_char: int, end_char: int) -> None:
    if not 0 <= start_char < end_char:
        raise ValueError(f"a span needs 0 <= start_char < end_char, got {start_char}, {end_char}")


@dataclass(frozen=True, slots=True)
class Source:
    """One PDF to ingest.

    ``uri`` is where it came from (a path; ``archive.tar!/member.pdf`` inside an archive); ``path`` is a local file
    with its bytes.
    """

    paper_id: str  # first 16 hex digits of the SHA-256 of the bytes
    uri: str
    path: str
    n_bytes: int
    metadata: str = ""  # what a manifest says of it, as a JSON object; empty if none does


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line of the paper, in reading order, with its looks. Layout features for front matter and tables."""

    start_char: int
    end_char: int
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    font_size: float  # points, of most of the characters
    bold: bool
    italic: bool

    def __post_init__(self) -> None:
        _check_span(self.start_char, self.end_char)


@dataclass(frozen=True, slots=True)
class Word:
    """One printed word in or beside a table and its box on the page of its block."""

    start_char: int
    end_char: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines of one kind (``BLOCK_KINDS``). Blocks are in reading order and do not overlap.

    ``section`` is one of ``SECTIONS``, or empty before the first heading and under headings that name none of them.
    """

    start_char: int
    end_char: int
    kind: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    section: str = ""

    def __post_init__(self) -> None:
        _check_span(self.start_char, self.end_char)
        if self.kind not in BLOCK_KINDS:
            raise ValueError(f"unknown block kind {self.kind!r}; known: {', '.join(BLOCK_KINDS)}")
        if self.section and self.section not in SECTIONS:
            raise ValueError(f"unknown section {self.section!r}; known: {', '.join(SECTIONS)}")


@dataclass(frozen=True, slots=True)
class Span:
    """A bare piece of text."""

    start_char: int
    end_char: int

    def __post_init__(self) -> None:
        _check_span(self.start_char, self.end_char)


@dataclass(frozen=True, slots=True)
class ParsedPaper:
    r"""One paper as one text. All else is offsets into it.

    Blocks are separated by ``"\n\n"`` in the text, save two blocks of one kind that are one paragraph across the end of
    a column or page, separated by a space, and parts of one block of the front page, separated by ``"\n"``. Inside
    title, authors, affiliations, table, reference and footnote blocks printed lines are separated by ``"\n"``; in the
    other kinds lines are joined by a space, and words hyphenated at a line end are mended. Superscripts stay in the
    text as plain characters and are listed apart.
    """

    paper_id: str
    file_name: str
    source: str
    text: str
    n_pages: int
    blocks: tuple[Block, ...]
    lines: tuple[Line, ...]
    superscripts: tuple[Span, ...]
    title: str = ""
    doi: str = ""
    arxiv_id: str = ""
    year: int | None = None
    language: str = ""
    scanned: bool = False
    notes: tuple[str, ...] = ()  # what of the paper could not be read, one sentence each
    table_words: tuple[Word, ...] = ()  # of the table blocks and of short lines beside them, in text order


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of text that names something. ``label`` is one of ``ENTITY_TYPES``."""

    start_char: int
    end_char: int
    label: str
    score: float
    model: str = ""  # revision of the model or rule set that found it
    condition: str = ""  # of a value in a table: what its heads say besides method, data set and measure

    def __post_init__(self) -> None:
        _check_span(self.start_char, self.end_char)

    @property
    def mention_id(self) -> str:
        """Key of the mention within its paper."""
        return f"{self.start_char}-{self.end_char}-{self.label}"


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form and the long form that defines it (Schwartz and Hearst 2003)."""

    short_start_char: int
    short_end_char: int
    long_start_char: int
    long_end_char: int


@dataclass(frozen=True, slots=True)
class Relation:
    """head -> tail, ids of mentions of the same paper. ``label`` is a key of ``RELATION_TYPES``."""

    head_id: str
    tail_id: str
    label: str
    score: float
    model: str = ""
    sentence_start_char: int = 0  # the sentence (or block) in which it was read
    sentence_end_char: int = 0


@dataclass(frozen=True, slots=True)
class TaggedPaper:
    """Output of the tag stage: mentions (front matter and body) in text order, and abbreviations."""

    paper_id: str
    mentions: tuple[Mention, ...]
    abbreviations: tuple[Abbreviation, ...]
    affiliations: tuple[Relation, ...]  # affiliated_with, settled together with the front matter
    results: tuple[Relation, ...] = ()  # of the paper's tables, settled together with the mentions in them
    field: str = ""  # of science, see extractors.fields


@dataclass(frozen=True, slots=True)
class RelatedPaper:
    """Output of the relate stage: all relations of the paper, ``affiliated_with`` among them."""

    paper_id: str
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A mention and the entity it names.

    ``entity_id`` is an id of a registry (``ror:...``, ``pwc:...``) or, where no registry has the thing, an id of our
    own (``pg:method/...``), stable over runs; ``kb`` is then empty.
    """

    mention_id: str
    entity_id: str
    name: str  # preferred name of the entity
    label: str  # entity type
    kb: str
    score: float
    model: str = ""  # revision of linker and knowledge base


@dataclass(frozen=True, slots=True)
class LinkedPaper:
    """Output of the link stage: exactly one link per mention, Result mentions excepted."""

    paper_id: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A paper that could not be processed: a row, not a crash."""

    paper_id: str  # empty if the bytes could not be read at all
    file_name: str
    source: str
    stage: str
    error: str  # code, see errors.PaperError
    message: str


@dataclass(frozen=True, slots=True)
class KBEntry:
    """One thing in a knowledge base."""

    entity_id: str
    label: str  # entity type
    name: str
    aliases: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    description: str = ""
    city: str = ""
    country: str = ""  # English name
    kb: str = ""  # ror, paperswithcode, starter, ...
    prior: float = 0.0  # how often it is meant, any scale, larger is more
    region: str = ""  # state or province
    kinds: tuple[str, ...] = ()  # what it is, in the registry's words: education, facility, funder, ...
    parents: tuple[str, ...] = ()  # entity ids of what it is a part of; of a person, where he or she works or worked
    affiliations: tuple[str, ...] = ()  # of a person: names of organisations, as the registry prints them
