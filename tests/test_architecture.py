"""The house rules that a machine can check: who may import whom, names, and what must not be in the code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "transformers", "sentence_transformers", "pymupdf", "fitz", "faiss"}
FORBIDDEN = {  # package: what it may not import
    "schemas": {"extractors", "linking", "flows", "prefect"} | HEAVY,
    "extractors": {"linking", "flows", "prefect", "duckdb", "faiss", "sentence_transformers"},
    "linking": {"extractors", "flows", "prefect", "duckdb", "pymupdf", "fitz"},
    "flows": {"duckdb"} | HEAVY,
}
BARE = "flows/bench/"  # compares with the bare libraries, so it calls them
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
FILES = [path for package in FORBIDDEN for path in sorted((ROOT / package).rglob("*.py"))]
CODE = [path for path in FILES if path.stat().st_size > 0]
MAX_LINES = 400


def test_there_is_code_to_check():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(FORBIDDEN)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    place = path.relative_to(ROOT)
    allowed = HEAVY if place.as_posix().startswith(BARE) else set()
    assert not imported & (FORBIDDEN[place.parts[0]] - allowed)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_one_idea_with_a_telling_name(path):
    assert path.stem not in VAGUE_NAMES
    assert path.parent.name not in VAGUE_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_knows_nothing_of_measuring_data_or_of_one_machine(path):
    text = path.read_text(encoding="utf-8")
    assert "shared/data" not in text
    assert "shared/bench" not in text
    assert "/home/" not in text
    assert "/root/" not in text


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_tests_are_flat():
    # a folder tests/schemas would hide the real package
    assert not [path for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name in FORBIDDEN]
