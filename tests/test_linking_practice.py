"""Examples for the concept model: made from the base's names, and read from papers with named clusters."""

import json

from linking_examples import example_base

from linking.practice import practise
from linking.salient import read_salient


def test_practice_is_the_same_for_a_seed_and_hides_some_entries():
    rows = practise(example_base(), 200, seed=1)
    assert rows == practise(example_base(), 200, seed=1)
    hidden = [row for row in rows if not row.answers]
    assert 0.1 < len(hidden) / len(rows) < 0.3
    assert all(row.without for row in hidden)
    assert all(row.query.text.strip() for row in rows)


def test_clusters_named_as_one_entry_link_to_it_and_papers_can_be_left_out(tmp_path):
    text = "GlimmerNet helps. The glimmer net wins on Harbour."
    entities = [(0, 10, "Method"), (22, 33, "Method"), (42, 49, "Dataset")]
    paper = {
        "doc_id": "a",
        "text": text,
        "sentences": [[0, 17], [18, 50]],
        "entities": [{"start": start, "end": end, "type": label} for start, end, label in entities],
        "meta": {"coref": {"GlimmerNet": [[0, 10], [22, 33]], "Unknown": [[42, 49]]}},
    }
    papers, gold = tmp_path / "papers.jsonl", tmp_path / "gold.jsonl"
    papers.write_text(json.dumps(paper) + "\n" + json.dumps(paper | {"doc_id": "b"}) + "\n")
    gold.write_text(json.dumps({"doc_id": "b"}) + "\n")
    rows = read_salient(papers, example_base(), gold)
    assert [(row.query.text, row.query.context, sorted(row.answers)) for row in rows] == [
        ("GlimmerNet", "GlimmerNet helps.", ["x:method/glimmer"]),
        ("glimmer net", "The glimmer net wins on Harbour.", ["x:method/glimmer"]),
    ]
