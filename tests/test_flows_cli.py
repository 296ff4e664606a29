"""The command line: quick help, clear messages, exit statuses. No model is loaded here."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows import cli
from schemas.graph.database import open_graph

ROOT = Path(__file__).parent.parent
COMMANDS = ["ingest", "status", "sql", "read", "tag", "train", "evaluate", "kb build", "kb info", "link", "serve"]
COMMANDS += ["schema", "export", "diff", "remove", "merge", "publish", "kb add", "entity", "correct link", "bench"]
HEAVY = ["torch", "transformers", "sentence_transformers", "pymupdf", "faiss", "prefect", "duckdb", "pyarrow", "numpy"]


def call(monkeypatch, *arguments):
    """Exit status of a command, run in this process."""
    monkeypatch.setattr(sys, "argv", ["papergraph", *map(str, arguments)])
    monkeypatch.setattr(cli, "quieten_libraries", lambda: None)  # the environment of the tests stays as it is
    monkeypatch.setattr(cli, "silence_teardown", lambda: None)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code or 0


def test_help_imports_nothing_heavy():
    script = (
        "import sys; sys.argv = ['papergraph', '--help']\n"
        "from flows.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(command.split()[0] in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example(monkeypatch, capsys, command):
    assert call(monkeypatch, *command.split(), "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"Example: papergraph {command}" in said
    assert "papergraph[ray]" in said.replace(" │ │ ", "") or "--runner" not in said  # brackets are Rich's to read


WRONG = {  # name: (arguments, what the message says)
    "missing path": (["ingest", "nowhere"], "no such file or folder"),
    "folder without PDFs": (["ingest", "{empty}"], "no *.pdf file"),
    "unknown runner": (["ingest", "{pdf}", "--runner", "slurm"], "unknown runner"),
    "graph is a folder": (["ingest", "{pdf}", "--graph", "{empty}"], "a folder; name the file"),
    "no such GPU": (["ingest", "{pdf}", "--device", "cuda:x"], "unknown device"),
    "no GPU": (["tag", "{pdf}", "{empty}/out.jsonl", "--device", "cuda:99"], "CUDA devices; use cpu or auto"),
    "runner of a schedule": (["serve", "{pdf}", "--runner", "slurm"], "unknown runner"),
    "model of a schedule": (["serve", "{pdf}", "--ner-model", "{empty}"], "no model in"),
    "forecast of a cluster": (["ingest", "{pdf}", "--forecast", "2", "--runner", "ray"], "leave out --runner"),
    "read into a folder": (["read", "{pdf}", "--out", "{empty}"], "it is a folder"),
    "tag nothing": (["tag", "{empty}/in.jsonl", "{empty}/out.jsonl"], "cannot read"),
    "unknown device": (["ingest", "{pdf}", "--device", "tpu"], "unknown device"),
    "no model": (["ingest", "{pdf}", "--ner-model", "{empty}"], "no model in"),
    "no knowledge base": (["ingest", "{pdf}", "--kb", "{empty}"], "no knowledge base"),
    "graph in no folder": (["ingest", "{pdf}", "--graph", "{empty}/x/graph.duckdb"], "does not exist"),
    "limit of nothing": (["ingest", "{pdf}", "--limit", "0"], "greater than or equal to 1"),
    "status of no graph": (["status", "--graph", "{empty}/graph.duckdb"], "no graph here"),
    "query of no graph": (["sql", "SELECT 1", "--graph", "{empty}/graph.duckdb"], "no graph here"),
    "read nothing": (["read", "{empty}", "--out", "{empty}/out.jsonl"], "no *.pdf file"),
    "kb build as of no day": (["kb", "build", "--out", "{empty}/kb", "--as-of", "2022-06-31"], "2022-06-31"),
    "kb info of no kb": (["kb", "info", "{empty}"], "no knowledge base"),
    "kb from nowhere": (["kb", "build", "--out", "{empty}/kb", "--ror", "nowhere.zip"], "no such file"),
    "serve nothing": (["serve", "nowhere"], "no such file or folder"),
    "serve a pattern": (["serve", "{empty}/*.pdf", "--ner-model", "{empty}"], "no model in"),
    "bench of nothing known": (["bench", "{pdf}", "--only", "parse,digest"], "digest: not measured"),
    "bench of many": (["bench", "{pdf}", "--pipeline-papers", "many"], "give numbers of papers"),
    "unknown command": (["digest"], "No such command"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_one_message_and_writes_nothing(monkeypatch, capsys, tmp_path, name):
    arguments, message = WRONG[name]
    empty, pdf = tmp_path / "empty", tmp_path / "paper.pdf"
    empty.mkdir()
    pdf.write_bytes(b"%PDF-1.7")
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, *(part.format(empty=empty, pdf=pdf) for part in arguments)) == 2
    said = capsys.readouterr().err
    assert message in " ".join(said.split())
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "paper.pdf"]
    assert not list(empty.iterdir())


def test_an_option_may_take_several_values():
    arguments = ["train", "ner", "--train", "a", "b", "--dev", "c", "--seed", "1"]
    assert cli.repeat_options(arguments) == [*arguments[:4], "--train", "b", "--dev", "c", "--seed", "1"]


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "graph.duckdb"
    open_graph(path).close()
    return path


def test_sql_prints_in_each_format(monkeypatch, capfdbinary, graph):
    query = "SELECT 1 AS one, 'x,y' AS two"
    assert call(monkeypatch, "sql", query, "--graph", graph, "--format", "csv") == 0
    assert capfdbinary.readouterr().out.split() == [b"one,two", b'1,"x,y"']
    assert call(monkeypatch, "sql", query, "--graph", graph, "--format", "json") == 0
    assert json.loads(capfdbinary.readouterr().out) == {"one": 1, "two": "x,y"}
    assert call(monkeypatch, "sql", query, "--graph", graph, "--format", "parquet") == 0
    assert capfdbinary.readouterr().out.startswith(b"PAR1")
    assert call(monkeypatch, "sql", query, "--graph", graph) == 0
    assert b"x,y" in capfdbinary.readouterr().out


def test_letters_that_a_terminal_lacks_are_no_error(graph):
    command = [
        sys.executable,
        "-m",
        "flows",
        "sql",
        "SELECT 'β-VAE' AS name",
        "--graph",
        str(graph),
        "--format",
        "table",
    ]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "-VAE" in done.stdout


def test_wrong_sql_is_the_callers_fault(monkeypatch, capsys, graph):
    assert call(monkeypatch, "sql", "SELECT nothing", "--graph", graph) == 2
    assert "nothing" in capsys.readouterr().err
    assert call(monkeypatch, "sql", "DROP TABLE papers", "--graph", graph) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_stop_removes_what_no_run_comes_back_for(tmp_path, number):
    code = (
        "import os, signal, sys, time; from pathlib import Path; from flows.interrupt import stop_at_once\n"
        "with stop_at_once(Path(sys.argv[1])):\n    os.kill(os.getpid(), int(sys.argv[2])); time.sleep(60)"
    )
    folder = tmp_path / "forecast"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, folder, str(int(number))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (128 + number, "papergraph: stopped")
    assert not folder.exists()


def test_what_breaks_off_has_a_status_of_its_own(graph):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "flows", "sql", "SELECT 1", "--graph", str(graph), "--format", "csv"]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == cli.BROKEN_OFF
    assert done.stderr.startswith("papergraph: [Errno 28] No space left on device")


def test_who_has_seen_enough_may_leave(graph):
    code = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE); p.stdout.readline(); "
    code += "p.stdout.close(); sys.exit(p.wait())"
    command = [sys.executable, "-m", "flows", "sql", "FROM range(3000000)", "--graph", str(graph), "--format", "csv"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (cli.DONE, "")


def test_status_of_an_empty_graph(monkeypatch, capsys, graph):
    assert call(monkeypatch, "status", "--graph", graph) == 0
    assert "holds 0 papers" in " ".join(capsys.readouterr().out.split())
