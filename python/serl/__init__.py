"""Runs of `serl` in Python: their tables as Polars frames, and all that the binary says of them.

    >>> import serl
    >>> run = serl.Run()  # the most recent run of the store in this folder
    >>> run.name
    'quickstart'
    >>> [row["iteration"] for row in run.iterations]
    [0, 1, 2]
    >>> serl.read(run).votes.columns[:3]
    ['instruction_id', 'iteration', 'round']

The package computes nothing itself. Figures come from `serl ... --json`, tables are the files that a run wrote. To
start a run, call the binary: `subprocess.run([serl.find_binary(), "run"], check=True)`.
"""

from importlib.metadata import PackageNotFoundError, version

from ._binary import find_binary
from ._command import Error
from ._run import Finding, Run, runs
from ._tables import Tables, read

__all__ = ["Error", "Finding", "Run", "Tables", "find_binary", "read", "runs"]

try:
    __version__ = version("serl")
except PackageNotFoundError:  # read from a checkout
    __version__ = "unknown"
