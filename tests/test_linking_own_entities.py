"""Which entities of our own are one thing, and which are not, with the shipped encoder."""

import duckdb
import pytest
from linking_examples import ENCODER

from linking.own_entities import LEAST_COAUTHORS, MAX_GROUP, merge_people, merge_short_forms, merge_spellings
from schemas.graph.own_entities import ShortForm, read_namesakes

ONE = [
    ("pg:method/wave-net", "pg:method/wavenet"),
    ("pg:method/lantern-convolution-network", "pg:method/lantern-convolutional-network"),
    ("pg:dataset/harbour-scene-labeling", "pg:dataset/harbour-scene-labelling"),
    ("pg:institution/univ-of-quellbach", "pg:institution/university-of-quellbach"),
]
TWO = [
    ("pg:method/bert-base", "pg:method/bert-large"),
    ("pg:method/resnet-50", "pg:method/resnet-101"),
    ("pg:method/supervised-learning", "pg:method/unsupervised-learning"),
    ("pg:method/sparse-encoder", "pg:method/sparse-decoder"),
    ("pg:task/text-to-speech", "pg:task/speech-to-text"),
    ("pg:metric/macro-average", "pg:metric/micro-average"),
    ("pg:institution/shanxi-university", "pg:institution/shaanxi-university"),
    ("pg:method/wavenet", "pg:dataset/wavenet"),
    ("pg:method/voxelnet", "pg:method/voxnet"),
    ("pg:dataset/lanternlu", "pg:dataset/lanternli"),
    ("pg:task/intersentential-relation-extraction", "pg:task/intrasentential-relation-extraction"),
    ("pg:method/lantern-1-5", "pg:method/lantern-15"),
]


@pytest.mark.parametrize("pair", ONE)
def test_spellings_of_one_name(pair):
    (merge,) = merge_spellings(sorted(pair), ENCODER)
    assert {merge.entity_id, merge.target_id} == set(pair)
    assert (merge.reason, merge.evidence != "") == ("spelling", True)
    assert 0.8 <= merge.score < 1


@pytest.mark.parametrize("pair", TWO)
def test_names_that_look_alike_and_are_two(pair):
    assert merge_spellings(sorted(pair), ENCODER) == []


def test_a_short_form_on_its_own_is_what_papers_define_it_as():
    form = ShortForm("WFN", "Wobble Field Network", "Method", "pg:method/wobble-field-network", "p1")
    own = {"pg:method/wfn", "pg:method/wobble-field-network"}
    (merge,) = merge_short_forms(own, [form])
    assert (merge.entity_id, merge.target_id, merge.reason) == (
        "pg:method/wfn", "pg:method/wobble-field-network", "abbreviation")  # fmt: skip
    assert "“WFN” is short for “Wobble Field Network” in paper p1" in merge.evidence
    other = ShortForm("WFN", "Weighted Filter Network", "Method", "pg:method/weighted-filter-network", "p2")
    assert list(merge_short_forms(own, [form, other])) == [], "it stands for two things"
    assert list(merge_short_forms({"pg:method/wf"}, [ShortForm("WF", "Wobble Field", "Method", "x:1", "p")])) == []


def test_people_are_one_by_two_shared_coauthors_never_by_name_alone():
    papers = {"p1": "ada-quill/ror-1 bo-fern/ror-1 cy-lane/ror-2", "p2": "ada-quill/p2 bo-fern/p2 cy-lane/p2",
              "p3": "ada-quill/ror-9 bo-fern/ror-9", "p4": "a-quill/p4 bo-fern/p4 cy-lane/p4"}  # fmt: skip
    rows = [(p, f"pg:author/{name}") for p, names in papers.items() for name in names.split()]
    with duckdb.connect() as graph:
        graph.execute("CREATE TABLE links (paper_id VARCHAR, entity_id VARCHAR)")
        graph.executemany("INSERT INTO links VALUES (?, ?)", rows)
        merges = list(merge_people(read_namesakes(graph, least_coauthors=LEAST_COAUTHORS, max_group=MAX_GROUP)))
        assert read_namesakes(graph, least_coauthors=LEAST_COAUTHORS, max_group=1) == []
    ada = [m for m in merges if "quill" in m.entity_id]
    assert [{m.entity_id, m.target_id} for m in ada] == [{"pg:author/ada-quill/ror-1", "pg:author/ada-quill/p2"}]
    assert ada[0].evidence == "co-authors in both: Bo Fern, Cy Lane"
