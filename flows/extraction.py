"""From parsed papers to mentions and relations: which blocks each model reads, and what of its findings counts."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from extractors.abbreviations import find_abbreviations
from extractors.fields import FieldFinder
from extractors.front_matter.front_matter import FrontMatter, extract_front_matter, read_title
from extractors.ner.short_forms import with_short_forms
from extractors.ner.tagger import Tagger, tag_texts
from extractors.relations.classifier import RelationClassifier, relate_texts
from extractors.relations.experiments import relate_experiments
from extractors.relations.facts import doubt_other_fields, drop_impossible
from extractors.sentences import split_sentences
from extractors.tables.results import find_table_results
from schemas.records import Block, Failure, Mention, ParsedPaper, RelatedPaper, Relation, Span, TaggedPaper

BODY_KINDS: Final = frozenset({"title", "abstract", "heading", "paragraph", "caption", "table", "footnote"})
PROSE_KINDS: Final = BODY_KINDS - {"table"}  # the relation classifier was trained on sentences
FRONT_KINDS: Final = frozenset({"title", "authors", "affiliations"})
PEOPLE: Final = frozenset({"Author", "Institution"})
FRONT_PAGES: Final = 3  # a cover page or two may come before the article's first page


def with_title(paper: ParsedPaper | Failure) -> ParsedPaper | Failure:
    """The paper with its title, if its front matter shows one."""
    if isinstance(paper, Failure) or paper.title:
        return paper
    return replace(paper, title=read_title(paper))


def tag_papers(tagger: Tagger, fields: FieldFinder, papers: Sequence[ParsedPaper]) -> list[TaggedPaper]:
    """Find the mentions of each paper, its abbreviations, its field, and who is affiliated with what.

    Authors and institutions are those of the front matter, for which the tagger only gives hints: a name in the body is
    mostly a citation. All other mentions are the tagger's, from title, abstract, text, tables and footnotes.
    """
    texts = [paper.text for paper in papers]
    found = tag_texts(tagger, texts, [regions_to_tag(paper) for paper in papers])
    return [
        _tagged(paper, mentions, field)
        for paper, mentions, field in zip(papers, found, fields.find(papers), strict=True)
    ]


def read_front_matter(tagger: Tagger, papers: Sequence[ParsedPaper]) -> list[FrontMatter]:
    """Title, authors, institutions and affiliations of each paper, with the tagger's hints; the body is not tagged."""
    regions = [[span] if (span := _front_span(paper)) else [] for paper in papers]
    found = tag_texts(tagger, [paper.text for paper in papers], regions)
    return [_front_matter(paper, mentions) for paper, mentions in zip(papers, found, strict=True)]


def relate_papers(
    classifier: RelationClassifier, papers: Sequence[ParsedPaper], tagged: Sequence[TaggedPaper]
) -> list[RelatedPaper]:
    """Find the relations of each paper: affiliations that came with its mentions, its sentences', its experiments'."""
    mentions = [[mention for mention in one.mentions if mention.label not in PEOPLE] for one in tagged]
    sentences = [split_sentences(paper.text, [b for b in paper.blocks if b.kind in PROSE_KINDS]) for paper in papers]
    found = relate_texts(classifier, [paper.text for paper in papers], mentions, sentences)
    return [
        RelatedPaper(
            one.paper_id,
            _facts(paper, one, [*relations, *relate_experiments(paper, found_in, one.results)]),
        )
        for paper, one, found_in, relations in zip(papers, tagged, mentions, found, strict=True)
    ]


def _facts(paper: ParsedPaper, tagged: TaggedPaper, relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """What came with the mentions and what was found since, once each, without what cannot be."""
    found = _surest([*tagged.affiliations, *tagged.results, *relations])
    possible = drop_impossible(paper.text, tagged.mentions, tagged.abbreviations, found)
    return tuple(doubt_other_fields(possible, tagged.field))


def _surest(relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """Each relation once, with the higher score where a sentence and a table both say it."""
    best: dict[tuple[str, str, str], Relation] = {}
    for relation in relations:
        key = relation.head_id, relation.tail_id, relation.label
        if key not in best or relation.score > best[key].score:
            best[key] = relation
    return tuple(best.values())


def regions_to_tag(paper: ParsedPaper) -> list[Span]:
    """What the tagger reads: the front matter in one piece, then each run of body blocks."""
    front = _front_span(paper)
    low = front.end_char if front else 0
    regions = [front] if front else []
    for is_body, run in groupby(paper.blocks, key=lambda block: block.kind in BODY_KINDS and block.start_char >= low):
        if is_body:
            blocks = list(run)
            regions.append(Span(blocks[0].start_char, blocks[-1].end_char))
    return sorted([*regions, *_before(paper, front)], key=lambda region: region.start_char)


def _front_span(paper: ParsedPaper) -> Span | None:
    """From the first to the last block of the front matter on the first pages."""
    front = [block for block in paper.blocks if block.kind in FRONT_KINDS and block.page < FRONT_PAGES]
    return Span(front[0].start_char, front[-1].end_char) if front else None


def _before(paper: ParsedPaper, front: Span | None) -> Iterator[Span]:
    """Body blocks that stand before the front matter."""
    for block in paper.blocks:
        if front and block.end_char <= front.start_char and block.kind in BODY_KINDS:
            yield Span(block.start_char, block.end_char)


def _tagged(paper: ParsedPaper, found: Sequence[Mention], field: str) -> TaggedPaper:
    front = _front_matter(paper, found)
    people = (*front.authors, *front.institutions)
    body = [mention for mention in found if mention.label not in PEOPLE and _is_in_body(paper.blocks, mention)]
    abbreviations = tuple(find_abbreviations(paper.text))
    results = find_table_results(paper, with_short_forms(paper.text, _without_overlap(body, people), abbreviations))
    mentions = sorted((*people, *results.mentions), key=lambda m: (m.start_char, m.end_char, m.label))
    return TaggedPaper(paper.paper_id, tuple(mentions), abbreviations, front.affiliations, results.relations, field)


def _front_matter(paper: ParsedPaper, found: Sequence[Mention]) -> FrontMatter:
    return extract_front_matter(paper, [mention for mention in found if mention.label in PEOPLE])


def _is_in_body(blocks: Sequence[Block], mention: Mention) -> bool:
    """True if the mention begins in a block whose facts count."""
    i = bisect_right(blocks, mention.start_char, key=lambda block: block.start_char) - 1
    return i >= 0 and mention.start_char < blocks[i].end_char and blocks[i].kind in BODY_KINDS


def _without_overlap(body: Sequence[Mention], people: Sequence[Mention]) -> list[Mention]:
    return [
        mention
        for mention in body
        if not any(mention.start_char < other.end_char and other.start_char < mention.end_char for other in people)
    ]
