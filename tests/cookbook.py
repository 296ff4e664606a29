"""The questions of ``schemas/graph/COOKBOOK.md``: their SQL, and how an answer is written below it."""

import re
from pathlib import Path

PATH = Path(__file__).parent.parent / "schemas" / "graph" / "COOKBOOK.md"
QUESTION = re.compile(
    r"^(## \d+\. [^\n]+\n\n(?:\([^\n]+\)\n\n)?```sql\n(.+?)\n```\n)(?:\n\|.*?)?(?=\n## |\Z)", re.MULTILINE | re.DOTALL
)
MAX_CELL = 90


def read_questions():
    """Question -> SQL."""
    found = QUESTION.findall(PATH.read_text(encoding="utf-8"))
    return {head.splitlines()[0].removeprefix("## "): sql for head, sql in found}


def write_answers(graph):
    """The text of the cookbook with the answers of this graph in the place of those it has."""

    def answer(match):
        return f"{match[1]}\n{draw(graph.execute(match[2]))}"

    return QUESTION.sub(answer, PATH.read_text(encoding="utf-8"))


def draw(result):
    """An answer as a Markdown table."""
    names = [name for name, *_ in result.description]
    rows = [[_cell(value) for value in row] for row in result.fetchall()]
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value):
    text = "" if value is None else " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"
