"""Where the binary is."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path


def find_binary() -> str:
    """The path of the binary `serl`.

    It is the one that was installed with this package. Without one, as in a checkout, it is the one on the `PATH`. The
    environment variable `SERL_BINARY` names another.

    >>> import serl, subprocess
    >>> subprocess.run([serl.find_binary(), "--version"], capture_output=True, text=True).stdout
    'serl ...'

    Raises:
        FileNotFoundError: there is none.
    """
    named = os.environ.get("SERL_BINARY")
    if named:
        if not is_program(Path(named)):
            raise FileNotFoundError(f"`SERL_BINARY` names `{named}`, which is no program")
        return named
    looked = [folder / program() for folder in installed()]
    for path in looked:
        if is_program(path):
            return str(path)
    on_path = shutil.which("serl")
    if on_path is not None:
        return on_path
    places = ", ".join(str(path.parent) for path in looked)
    raise FileNotFoundError(
        f"there is no binary `serl` in {places} or on the PATH; install it with `pip install serl`, or name it in "
        "`SERL_BINARY`"
    )


def program() -> str:
    """The file name of the binary."""
    return "serl" + (sysconfig.get_config_var("EXE") or "")


def installed() -> Iterator[Path]:
    """Folders in which an installer puts programs, the one of this package first."""
    # `pip install --target DIR` puts packages into DIR and programs into DIR/bin.
    target = Path(__file__).resolve().parent.parent
    of_environment = Path(sysconfig.get_path("scripts"))
    of_user = Path(sysconfig.get_path("scripts", scheme=sysconfig.get_preferred_scheme("user")))
    folders = [of_environment, of_user]
    if not is_within(target, Path(sys.prefix)):
        folders.insert(0, target / "bin")
    yield from folders


def is_within(path: Path, folder: Path) -> bool:
    """Whether `path` is in `folder`, both with their links followed."""
    return path.is_relative_to(folder.resolve())


def is_program(path: Path) -> bool:
    """Whether `path` is a file that can be executed."""
    return path.is_file() and os.access(path, os.X_OK)
