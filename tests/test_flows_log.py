"""Log lines of runs: none unless asked for, for people, and as JSON for programs."""

import json

import pytest
from test_flows_metrics import run_one_shard

from flows.figures import StageResult
from flows.plan import Tally
from flows.watch import RunWatch
from schemas.errors import ConfigError
from schemas.records import Failure

FAILURE = Failure("p1", "bad.pdf", "/papers/bad.pdf", "parse", "damaged", "no page")


def test_json_lines_tell_run_stage_shard_counts_and_seconds(monkeypatch, capsys):
    monkeypatch.setenv("PAPERGRAPH_LOG", "json")
    run_one_shard()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"].split(" in ")[0] for line in lines] == [
        "run began",
        "parse of shard 1",
        "tag of shard 1",
        "run done",
    ]
    assert {line["run_id"] for line in lines} == {"run-1"}
    tagged = lines[2]
    assert (tagged["level"], tagged["stage"], tagged["shard"], tagged["seconds"]) == ("INFO", "tag", 1, 2.0)
    assert tagged["counts"] == {"papers": 9, "failed": 0, "tokens": 1000}
    assert "timestamp" in tagged
    assert lines[3]["counts"]["loaded"] == 9


def test_a_paper_that_fails_and_a_run_that_breaks_off_are_told(monkeypatch, capsys):
    monkeypatch.setenv("PAPERGRAPH_LOG", "json")

    def break_off():
        with RunWatch("run-2", Tally(), None) as watch:
            watch.stage("parse", 1, lambda: StageResult(0, (FAILURE,), 0.1))
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        break_off()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (warning,) = [line for line in lines if line["level"] == "WARNING"]
    assert (warning["source"], warning["error"], warning["stage"]) == ("/papers/bad.pdf", "damaged", "parse")
    assert (lines[-1]["level"], lines[-1]["error"]) == ("ERROR", "OSError")
    assert "the disk is full" in lines[-1]["message"]


def test_text_lines_are_for_people(monkeypatch, capsys):
    monkeypatch.setenv("PAPERGRAPH_LOG", "text")
    run_one_shard()
    line = capsys.readouterr().err.splitlines()[2]
    assert line.endswith("INFO tag of shard 1 in 2.0 s: 9 papers, 0 failed, 1000 tokens")


def test_without_being_asked_for_there_are_no_log_lines(monkeypatch, capsys):
    monkeypatch.delenv("PAPERGRAPH_LOG", raising=False)
    run_one_shard()
    assert capsys.readouterr().err.startswith("10 of 10 papers: 9 loaded, 0 skipped, 1 failed, ")


def test_a_format_that_there_is_not_is_refused(monkeypatch):
    monkeypatch.setenv("PAPERGRAPH_LOG", "xml")
    with pytest.raises(ConfigError, match="'xml'; known: text, json"):
        RunWatch("run-3", Tally(), None)
