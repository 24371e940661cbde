"""Tables are the files of a run, and their figures those of the binary."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import serl
from conftest import SMALL, command


def test_each_file_is_a_part_of_one_table() -> None:
    run = serl.Run()
    tables = serl.read(run)
    files = list(run.folder.glob("*/*/*.parquet"))
    rows = sum(pl.scan_parquet(file).select(pl.len()).collect().item() for file in files)
    assert sum(table.height for table in tables.values()) == rows
    names = {f"{file.parent.name.partition('.')[0]}/{file.stem}" for file in files}
    assert set(tables) == names
    assert {"vote/votes", "filter/filtered", "train/train_log", "evaluate/eval_summary"} <= names


def test_rows_know_their_iteration_and_round() -> None:
    tables = serl.read()
    responses = tables["respond/responses"]
    places = responses.select("iteration", "round").unique().sort("iteration", "round")
    assert places.rows() == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert set(tables["solve/responses"]["iteration"]) == {0, 1, 2}
    assert "round" not in tables["solve/responses"].columns
    assert tables.votes.filter(pl.col("iteration") == 2)["round"].unique().sort().to_list() == [0, 1]


def test_rollouts_are_those_of_the_binary() -> None:
    run = serl.Run()
    rollouts = run.read().rollouts
    by_round = rollouts.group_by("iteration", "round", maintain_order=True).agg(pl.len(), pl.mean("reward"))
    told = run.inspect("rollouts")
    assert by_round["len"].to_list() == [row["responses"] for row in told]
    assert by_round["reward"].to_list() == pytest.approx([row["reward"] for row in told])
    assert (
        rollouts.null_count().select("instruction", "text", "reward", "r_mean", "selected").sum_horizontal().item() == 0
    )


def test_candidates_and_accuracy_are_those_of_the_binary() -> None:
    run = serl.Run()
    tables = run.read()
    kept = tables.candidates.filter("kept").group_by("iteration", maintain_order=True).len()["len"].to_list()
    assert kept == [row["kept"] for row in run.iterations[1:]]
    greedy = tables.eval.filter("greedy").group_by("iteration", maintain_order=True).agg(pl.mean("correct"))
    assert greedy["correct"].to_list() == pytest.approx([row["pass_at_1"] for row in run.iterations])


def test_a_run_that_is_not_done_has_the_tables_that_it_wrote(tmp_path: Path) -> None:
    command("run", *SMALL, "rounds=1", "--stage", "respond", f"execution.store={tmp_path}")
    begun = serl.read(store=tmp_path)
    assert "votes" not in begun
    assert begun.rollouts.height > 0
    assert "reward" not in begun.rollouts.columns


def test_a_name_of_several_tables_needs_its_stage() -> None:
    tables = serl.read()
    with pytest.raises(KeyError, match="`responses` may be solve/responses or respond/responses"):
        _ = tables["responses"]
    with pytest.raises(KeyError, match="there is no table `vots`; there are .*vote/votes"):
        _ = tables["vots"]
    with pytest.raises(AttributeError, match="there is no table `vots`"):
        _ = tables.vots
    assert "responses" not in tables and "votes" in dir(tables) and "responses" not in dir(tables)
    assert "vote/votes" in repr(tables)


def test_stale_nodes_are_told_of(finished: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(finished / ".serl", store, symlinks=True)
    command("run", *SMALL, "vote.n=3", "--stage", "vote", "--iteration", "1", f"execution.store={store}")
    with pytest.warns(UserWarning, match=r"\d+ nodes of run `quickstart` are stale"):
        serl.read("quickstart", store)


def test_only_tables_need_polars() -> None:
    script = (
        "import sys; sys.modules['polars'] = None\n"
        "import serl\n"
        "print(serl.Run().name)\n"
        "try: serl.read()\n"
        "except ImportError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told == "quickstart\ntables are read with Polars: pip install 'serl[polars]'\n"
