"""Fields of papers written here, by the real encoder."""

import pytest
import torch

from extractors.fields import FIELDS, FieldFinder, opening_of
from extractors.relations.facts import doubt_other_fields
from schemas.records import Block, ParsedPaper, Relation

ABSTRACTS = {
    "computer science": """
We fine-tune a pre-trained language model to answer questions over tables. A cross-entropy loss over
the cells is enough to outperform systems with hand-written grammars on three benchmarks.""",
    "medicine": """
Ninety adults with mild asthma were randomised to twelve weeks of breathing exercises or usual care. Symptoms
were scored at the clinic; fewer patients of the first group needed their inhaler at night.""",
    "physics": """
We compute the radiative corrections to the decay of a heavy lepton at two loops. The scattering amplitudes are
infrared finite, and the cross section agrees with the measurements at the collider.""",
    "biology": """
The gene is expressed in root tips and encodes a transcription factor. In knock-out mutants the protein is
missing, and cells of the cortex divide more often than those of wild-type seedlings.""",
    "earth science": """
Cores from the floor of the lake record four thousand years of rainfall. Dry centuries fall together
with a cooler ocean, as simulations of the atmosphere over the basin would have it.""",
}


def paper(abstract, title="", kind="abstract"):
    blocks = (Block(0, len(abstract), kind, 0, 0.0, 0.0, 1.0, 1.0),) if abstract else ()
    return ParsedPaper("aa", "a.pdf", "a.pdf", abstract, 1, blocks, (), (), title)


@pytest.fixture(scope="module")
def finder():
    return FieldFinder.load(torch.device("cpu"))


def test_fields_by_abstracts(finder):
    papers = [paper(abstract) for abstract in ABSTRACTS.values()]
    assert finder.find(papers) == list(ABSTRACTS)
    assert finder.find(papers[::-1]) == list(ABSTRACTS)[::-1]


def test_a_paper_without_text_has_no_field(finder):
    assert finder.find([paper(""), paper(ABSTRACTS["physics"])]) == ["", "physics"]
    assert finder.find([paper("")]) == [""]
    assert finder.find([]) == []


def test_no_description_is_nearer_to_another_field(finder):
    for field, descriptions in FIELDS.items():
        assert finder.find([paper(description) for description in descriptions]) == [field] * len(descriptions)


def test_the_opening_is_the_title_and_the_abstract():
    abstract = "An abstract of some length. " * 40
    assert opening_of(paper(abstract, "A Title")).startswith("A Title. An abstract")
    assert len(opening_of(paper(abstract, "A Title"))) < 900
    assert opening_of(paper("Short text.", "A Title", kind="paragraph")) == "A Title. Short text."


def test_facts_of_other_fields_are_doubted():
    facts = [Relation("a", "b", label, 0.8, "m", 0, 1) for label in ("used_for", "affiliated_with", "synonym_of")]
    assert [fact.score for fact in doubt_other_fields(facts, "medicine")] == [0.08, 0.8, 0.8]
    assert doubt_other_fields(facts, "computer science") == facts == doubt_other_fields(facts, "")
