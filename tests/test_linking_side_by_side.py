"""Names linked by several processes: the same answers in the same order."""

from linking_examples import example_base

from linking import names
from linking.names import link_names
from linking.side_by_side import link_side_by_side


def test_processes_side_by_side_give_what_one_gives(monkeypatch):
    monkeypatch.setattr(names, "ROWS_AT_ONCE", 2)
    kb = example_base()
    texts = ("University of Quellbach", "GlimmerNet", "QuokkaFormer", "BERT", "Harbour-3k dataset")
    rows = [{"id": i, "text": text, "doc_id": i // 3} for i, text in enumerate(texts * 2)]
    assert list(link_side_by_side(kb.folder, rows, n_workers=2)) == list(link_names(kb, rows))
