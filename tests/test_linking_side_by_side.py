"""Names linked by several processes: the same answers in the same order."""

from linking_examples import ENCODER, write_ror

from linking import side_by_side
from linking.build import build_knowledge_base
from linking.knowledge_base import open_knowledge_base
from linking.names import link_names
from linking.side_by_side import link_side_by_side


def test_processes_side_by_side_give_what_one_gives(tmp_path, monkeypatch):
    monkeypatch.setattr(side_by_side, "BATCH", 2)
    monkeypatch.setattr(side_by_side, "PRELOADED", ("linking.linker",))
    base = tmp_path / "kb"
    build_knowledge_base(base, ror=write_ror(tmp_path / "ror.zip"), starter=False, encoder=ENCODER)
    # names that stand whole in their string need no vectors: the process starts without the encoder
    texts = ("University of Quellbach", "Sainte-Orane University, France", "Marlow Institute of Technology")
    rows = [{"id": i, "text": text} for i, text in enumerate(texts * 2)]
    expected = list(link_names(open_knowledge_base(base, encoder=ENCODER), rows, "Institution"))
    assert all(linked["set"] for linked in expected)
    assert list(link_side_by_side(base, rows, "Institution", n_workers=2)) == expected
