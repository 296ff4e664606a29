"""Papers made by hand for the tests of the graph: from a text and what is named in it to the shards of all stages."""

from schemas.graph.load import settle_entities
from schemas.graph.merge_graphs import merge_graph
from schemas.records import (
    Block,
    Link,
    LinkedPaper,
    Mention,
    ParsedPaper,
    RelatedPaper,
    Relation,
    TaggedPaper,
)
from schemas.shards import write_shard

STAGES = {"parsed": ParsedPaper, "tagged": TaggedPaper, "related": RelatedPaper, "linked": LinkedPaper}
TIMES_AND_RUNS = {"ingested_at", "failed_at", "run_id"}  # all that two ways to the same graph may differ in
FACTS = ["papers", "blocks", "sentences", "mentions", "abbreviations", "relations", "links", "paper_entities"]
VIEWS = [
    "authors",
    "affiliations",
    "method_datasets",
    "results",
    "leaderboard",
    "triples",
    "evidence",
    "entity_counts",
    "neighbours",
    "settled.search_names",
]
SEARCHES = "SELECT * EXCLUDE (number) FROM settled.search_postings JOIN settled.search_sentences USING (number)"


def make_paper(paper_id, text, named, related=(), *, source="", entities=None, conditions=None):
    """The four records of a paper whose text is one block, from the surface forms named in it.

    Args:
        paper_id: Its id.
        text: Its text.
        named: surface form -> entity type; every occurrence becomes a mention.
        related: (head form, relation, tail form, score), between the first occurrences.
        source: Where it came from.
        entities: surface form -> (entity_id, name, kb); an id of our own from the form otherwise.
        conditions: surface form of a result -> what the heads of its table say besides.
    """
    mentions = []
    for form, label in named.items():
        start = text.find(form)
        while start >= 0:
            condition = (conditions or {}).get(form, "")
            mentions.append(Mention(start, start + len(form), label, 0.9, "ner-1", condition))
            start = text.find(form, start + 1)
    first = {form: Mention(text.index(form), text.index(form) + len(form), named[form], 0.9) for form in named}
    links = []
    for mention in mentions:
        form = text[mention.start_char : mention.end_char]
        if mention.label != "Result":
            own = (f"pg:{mention.label.lower()}/{form.casefold()}", form, "")
            entity_id, name, kb = (entities or {}).get(form, own)
            links.append(Link(mention.mention_id, entity_id, name, mention.label, kb, 0.8, "kb-1"))
    relations = tuple(
        Relation(first[head].mention_id, first[tail].mention_id, label, score, "rel-1", 0, len(text))
        for head, label, tail, score in related
    )
    source = source or f"papers/{paper_id}.pdf"
    block = (Block(0, len(text), "paragraph", 0, 0.0, 0.0, 100.0, 10.0),) if text else ()
    return (
        ParsedPaper(paper_id, source.rsplit("/", 1)[-1], source, text, 1, block, (), (), title=f"On {paper_id}"),
        TaggedPaper(paper_id, tuple(sorted(mentions, key=lambda m: m.start_char)), (), ()),
        RelatedPaper(paper_id, relations),
        LinkedPaper(paper_id, tuple(links)),
    )


def write_shards(folder, *papers, failures=()):
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for position, (stage, record_type) in enumerate(STAGES.items()):
        paths[stage] = folder / f"{stage}.parquet"
        items = [paper[position] for paper in papers if paper[position] is not None]
        write_shard(paths[stage], record_type, [*items, *(failures if stage == "parsed" else ())])
    return paths


def dump(graph):
    """All tables and views as sorted rows, without times and run ids."""
    content = {}
    for table in [*FACTS, "entities", "failures", *VIEWS]:
        columns = [name for name, *_ in graph.execute(f"DESCRIBE {table}").fetchall() if name not in TIMES_AND_RUNS]
        rows = graph.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()  # noqa: S608
        content[table] = sorted(rows, key=repr)
    content["search"] = sorted(graph.execute(SEARCHES).fetchall(), key=repr)
    return content


def merge_settled(graph, other):
    """Put another graph into this one and settle it; what was added."""
    counts = merge_graph(graph, other)
    settle_entities(graph)
    return counts
