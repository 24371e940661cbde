"""A small run of the embedded default by the real binary, which all tests read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import serl

# Counts that take a second: two iterations of two rounds.
SMALL = [
    "iterations=2",
    "rounds=2",
    "generate.prompts=4",
    "filter.max_kept=6",
    "vote.n=4",
    "train.bounds=[0.0, 1.0]",
    "train.batch_rollouts=4",
    "train.on_empty=skip",
    "eval.limit=6",
    "eval.k=2",
    "eval.sample_limit=3",
]


def command(*arguments: str) -> str:
    """What `serl ARGUMENTS` prints."""
    done = subprocess.run([serl.find_binary(), "--quiet", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the finished run `quickstart`."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        clean(patch, folder)
        command("run", *SMALL)
    return folder


@pytest.fixture(autouse=True)
def at_home(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests begin in that folder."""
    clean(monkeypatch, finished)
    yield


def clean(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Enters the folder, without what a user may have set."""
    for name in ("SERL_CONFIG", "SERL_STORE", "SERL_THREADS"):
        patch.delenv(name, raising=False)
    patch.chdir(folder)
