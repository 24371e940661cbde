"""The binary is found, and started as a module."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import serl
from serl import _binary


def test_the_module_is_the_binary() -> None:
    found = subprocess.run([serl.find_binary(), "--version"], capture_output=True, text=True, check=True)
    module = subprocess.run([sys.executable, "-m", "serl", "--version"], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("serl ")
    assert module.stdout == found.stdout


def test_the_exit_code_is_that_of_the_binary() -> None:
    command = [sys.executable, "-m", "serl", "check", "nothing"]
    module = subprocess.run(command, check=False, capture_output=True, text=True)
    assert module.returncode == 2
    assert "there is no run `nothing`" in module.stderr


def test_a_binary_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = tmp_path / "other"
    named.symlink_to(serl.find_binary())
    monkeypatch.setenv("SERL_BINARY", str(named))
    assert serl.find_binary() == str(named)
    assert serl.Run().name == "quickstart"
    monkeypatch.setenv("SERL_BINARY", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"`SERL_BINARY` names `.*`, which is no program"):
        serl.find_binary()


def test_packages_in_a_folder_of_their_own_have_programs_beside_them(tmp_path: Path) -> None:
    shutil.copytree(Path(serl.__file__).parent, tmp_path / "serl", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / _binary.program()).symlink_to(serl.find_binary())
    environment = {name: value for name, value in os.environ.items() if name != "SERL_BINARY"}
    found = subprocess.run(
        [sys.executable, "-c", "import serl; print(serl.find_binary())"],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"PYTHONPATH": str(tmp_path)},
    )
    assert found.stdout.strip() == str(tmp_path / "bin" / _binary.program())


def test_a_missing_binary_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SERL_BINARY", raising=False)
    monkeypatch.setattr(_binary, "installed", lambda: iter([tmp_path]))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError) as refused:
        serl.find_binary()
    assert str(refused.value) == (
        f"there is no binary `serl` in {tmp_path} or on the PATH; install it with `pip install serl`, or name it in "
        "`SERL_BINARY`"
    )
