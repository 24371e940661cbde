"""Asks the binary."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Collection, Sequence
from typing import Any

from ._binary import find_binary

Store = str | os.PathLike[str]


class Error(Exception):
    """`serl` refused, or failed. The text is its message, with its hint.

    >>> import serl
    >>> serl.Run("quikstart")
    Traceback (most recent call last):
    serl.Error: there is no run `quikstart` in ...

    Attributes:
        code: the exit code: 1 if something failed, 2 if the input is at fault.
    """

    __module__ = "serl"

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def ask(arguments: Sequence[str], store: Store | None, codes: Collection[int] = (0,)) -> Any:
    """What `serl ARGUMENTS --json` prints.

    `codes` are the exit codes with which the command prints an answer.

    Raises:
        Error: the command ends with another one.
    """
    command = [find_binary(), "--quiet", *arguments, "--json"]
    if store is not None:
        command += ["--store", os.fspath(store)]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    if done.returncode not in codes or not done.stdout:
        raise Error(message(done.stderr) or f"`serl` ended with {done.returncode}", done.returncode)
    return json.loads(done.stdout)


def message(stderr: str) -> str:
    """The message in what the binary printed, without the word before it."""
    return stderr.strip().removeprefix("error: ")
