"""A run in Python says what the binary says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import serl
from conftest import SMALL, command


def test_the_most_recent_run_is_the_default(finished: Path) -> None:
    run = serl.Run()
    assert run.name == "quickstart"
    assert run.store == finished / ".serl"
    assert repr(run) == f"serl.Run('quickstart', store='{finished / '.serl'}')"
    assert (run.folder / "1" / "vote.0" / "votes.parquet").is_file()
    assert [other.name for other in serl.runs()] == ["quickstart"]


def test_a_run_stays_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here, by_path = serl.Run(), serl.Run("quickstart", Path(".serl"))
    monkeypatch.chdir(tmp_path)
    assert here.iterations == by_path.iterations != []
    assert serl.runs(here.store)[0].config == here.config


def test_iterations_and_findings_are_those_that_the_run_ended_with() -> None:
    ended = json.loads(command("run", *SMALL, "--json"))
    run = serl.Run()
    assert run.iterations == ended["iterations"]
    findings = [serl.Finding(**finding) for finding in ended["findings"]]
    assert run.findings == findings
    assert {finding.question for finding in findings} == {"learned", "trust", "wrote", "next"}


def test_the_configuration_has_what_was_set_and_defaults() -> None:
    config = serl.Run().config
    assert config["vote"]["n"] == 4
    assert config["train"]["bounds"] == [0.0, 1.0]
    assert config["model"]["path"] == "builtin:quickstart"
    assert config["vote"]["max_new_tokens"] > 0


def test_metrics_have_a_row_per_step_and_node() -> None:
    run = serl.Run()
    assert run.metrics == json.loads(command("metrics", "--json"))
    nodes = [row["node"] for row in run.metrics if row["step"] is None]
    assert len(nodes) == run.summary["nodes"] == run.summary["progress"]["nodes"]


def test_tables_of_the_binary_take_its_options() -> None:
    all_rounds = serl.Run().inspect("r-mean")
    second = serl.Run().inspect("r-mean", "--where", "iteration = 2")
    assert second == [row for row in all_rounds if row["iteration"] == 2] != []


def test_messages_are_those_of_the_binary(tmp_path: Path) -> None:
    with pytest.raises(serl.Error) as refused:
        serl.Run("quikstart")
    assert refused.value.code == 2
    assert str(refused.value).startswith("there is no run `quikstart` in ")
    assert "`quickstart`" in str(refused.value)
    with pytest.raises(serl.Error, match="there is no column `rewrad`") as refused:
        serl.Run().inspect("train", "--where", "rewrad > 0")
    assert "hint: did you mean `reward`?" in str(refused.value)
    with pytest.raises(serl.Error) as refused:
        serl.runs(tmp_path / "nowhere")
    assert str(tmp_path / "nowhere") in str(refused.value)


def test_findings_that_fail_are_findings(tmp_path: Path) -> None:
    # The policy puts no answer into a box, so no answer is read.
    boxed = [*SMALL, "iterations=1", 'answers.order=["boxed"]', f"execution.store={tmp_path}"]
    command("run", *boxed)
    found = {finding.id: finding for finding in serl.Run(store=tmp_path).findings}
    assert found["unparsed-responses"].verdict == "fail"
    assert found["unparsed-responses"].advice is not None
