"""The cookbook's queries run, and give the answers that are printed below them.

After a change on purpose: ``PAPERGRAPH_UPDATE_COOKBOOK=1 python -m pytest tests/test_schemas_graph_cookbook.py``,
then read what has changed.
"""

import os
import re

import pytest
from cookbook import PATH, read_questions, write_answers
from sample_graph import load_samples

from schemas.graph.database import open_graph


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("cookbook") / "graph.duckdb"
    with open_graph(path) as graph:
        assert load_samples(graph) == 34
    return path


def test_answers_are_those_in_the_cookbook(path):
    with open_graph(path, read_only=True) as graph:
        text = write_answers(graph)
    if os.environ.get("PAPERGRAPH_UPDATE_COOKBOOK"):
        PATH.write_text(text, encoding="utf-8")
    assert text == PATH.read_text(encoding="utf-8")


def test_there_are_twenty_questions_and_each_has_an_answer():
    assert len(read_questions()) == 20
    for section in PATH.read_text(encoding="utf-8").split("\n## ")[1:]:
        assert len(re.findall(r"^\| ", section, re.MULTILINE)) > 2, section


def test_python_of_the_cookbook_runs(path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PATH.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(path.parent)
    names = {}
    exec(code, names)  # noqa: S102
    assert len(names["best"]) > 0
    assert list(names["frame"].columns)[:2] == ["paper_id", "title"]


def test_update_is_off_in_ci():
    assert not (os.environ.get("CI") and os.environ.get("PAPERGRAPH_UPDATE_COOKBOOK"))
