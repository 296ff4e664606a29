"""``papergraph kb build`` and ``kb add``: the flows, on a real Prefect server."""

import pytest
from linking_examples import ORGANISATIONS, write_concepts, write_ror

from flows import knowledge
from linking.knowledge_base import describe_knowledge_base
from schemas.errors import ConfigError


def test_a_knowledge_base_is_built_and_added_to(prefect_server, tmp_path, capsys):
    ror = write_ror(tmp_path / "v9.1-2026-01-01-ror-data.zip", ORGANISATIONS[:3])
    (tmp_path / "labs.tsv").write_text("code\ttitle\nL1\tLighthouse Lab\n")
    sources = knowledge.list_kb_sources(ror=ror, concepts=[write_concepts(tmp_path / "c.jsonl")], cso=None)
    knowledge.build(tmp_path / "kb", sources, starter=False)
    assert "v9.1" in capsys.readouterr().out
    table = f"{tmp_path}/labs.tsv:entity_id=code,name=title,fixed_label=Institution"
    knowledge.add(tmp_path / "kb", knowledge.list_kb_sources(table=[table]))
    info = describe_knowledge_base(tmp_path / "kb", thorough=True)
    assert [(source.kb, source.n_entries) for source in info.sources] == [("ror", 3), ("concepts", 3), ("labs", 1)]
    assert info.n_entries == {"Dataset": 1, "Institution": 4, "Method": 2}
    with pytest.raises(ConfigError, match="nothing to add"):
        knowledge.add(tmp_path / "kb", [])
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".kb-")], "nothing half-made is left"


def test_sources_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"people\.xml: no such file"):
        knowledge.list_kb_sources(people=[tmp_path / "people.xml"])
