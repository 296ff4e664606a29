"""``papergraph kb build`` and ``kb add``: the flows, on a real Prefect server."""

from datetime import date

import pytest
from linking_examples import ORGANISATIONS, organisation, write_concepts, write_ror

from flows import knowledge
from linking.knowledge_base import describe_knowledge_base
from schemas.errors import ConfigError, KnowledgeBaseError


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


def test_a_knowledge_base_as_of_a_day_says_so(prefect_server, tmp_path, capsys):
    later = organisation(9, "Newlight College", city="Ostby", country="Norway", made="2023-02-01")
    ror = write_ror(tmp_path / "v9.1-2026-01-01-ror-data.zip", [*ORGANISATIONS[:3], later])
    concepts = [write_concepts(tmp_path / "c.jsonl")]
    knowledge.build(
        tmp_path / "kb",
        knowledge.list_kb_sources(ror=ror, concepts=concepts, as_of=date(2022, 6, 30)),
        starter=False,
    )
    capsys.readouterr()
    knowledge.show(tmp_path / "kb")
    assert "v9.1 as of 2022-06-30" in capsys.readouterr().out
    sources = describe_knowledge_base(tmp_path / "kb").sources
    assert [(source.kb, source.as_of, source.n_entries) for source in sources] == [
        ("ror", "2022-06-30", 3),
        ("concepts", "", 3),
    ]
    with pytest.raises(ConfigError, match="--as-of counts for --ror and --openalex"):
        knowledge.list_kb_sources(concepts=concepts, as_of=date(2022, 6, 30))
    ror = write_ror(tmp_path / "ror.zip", [later])
    with pytest.raises(KnowledgeBaseError, match=r"ror\.zip has no record made by 2022-06-30: give a later day"):
        knowledge.build(tmp_path / "kb", knowledge.list_kb_sources(ror=ror, as_of=date(2022, 6, 30)), starter=True)
    assert describe_knowledge_base(tmp_path / "kb").sources == sources, "the older one is as it was"


def test_sources_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"people\.xml: no such file"):
        knowledge.list_kb_sources(people=[tmp_path / "people.xml"])
