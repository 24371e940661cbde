"""A run, as the binary describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._command import Store, ask

if TYPE_CHECKING:
    from ._tables import Tables

# Exit codes of `serl check` for findings that are well, and for others.
CHECKED = (0, 1)


@dataclass(frozen=True)
class Finding:
    """One sentence of `serl check` about a run."""

    id: str
    """What was looked at; the same in every version."""
    question: str
    """`learned`, `trust`, `wrote` or `next`."""
    verdict: str
    """`ok`, `warn` or `fail`."""
    text: str
    """The sentence, with its figures rounded."""
    figures: Mapping[str, float]
    """The figures, unrounded."""
    advice: str | None = None
    """What to do, if all is not well."""


class Run:
    """A run in a store.

    >>> import serl
    >>> run = serl.Run("quickstart")
    >>> run.config["vote"]["n"]
    4
    >>> {finding.verdict for finding in run.findings} <= {"ok", "warn", "fail"}
    True

    Each property asks the binary again, so a run in progress can be followed.

    Args:
        name: its name; by default the most recent run.
        store: its store; by default that of `SERL_STORE`, of the nearest `serl.toml`, or `.serl`.

    Raises:
        Error: there is no such run.
    """

    name: str
    """Its name."""
    store: Path
    """The folder of its store, absolute."""

    def __init__(self, name: str | None = None, store: Store | None = None) -> None:
        self.store = Path(ask(["env"], store)["store"])
        self.name = settings(name, self.store)["name"]

    def __repr__(self) -> str:
        return f"serl.Run({self.name!r}, store={str(self.store)!r})"

    @property
    def folder(self) -> Path:
        """The folder with all that it wrote: `ITERATION/STAGE/TABLE.parquet`."""
        return self.store / "runs" / self.name

    @property
    def summary(self) -> dict[str, Any]:
        """Its row in `serl runs`: state, progress, Pass@1, size.

        >>> import serl
        >>> serl.Run().summary["state"]
        'complete'
        """
        rows = ask(["runs"], self.store)
        found: dict[str, Any] = next(row for row in rows if row["name"] == self.name)
        return found

    @property
    def config(self) -> dict[str, Any]:
        """The configuration that it was last run with, defaults included, nested as in a file."""
        return settings(self.name, self.store)

    @property
    def iterations(self) -> list[dict[str, Any]]:
        """The rows of the table that `serl run` ends with, unrounded."""
        rows: list[dict[str, Any]] = self.inspect("iterations")
        return rows

    @property
    def findings(self) -> list[Finding]:
        """What `serl check` finds."""
        return [Finding(**finding) for finding in ask(["check", self.name], self.store, CHECKED)]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """What `serl metrics` lists: a row for each optimizer step, and for each complete node.

        >>> import serl
        >>> steps = [row for row in serl.Run().metrics if row["step"] is not None]
        >>> steps[0]["global_step"]
        1
        """
        rows: list[dict[str, Any]] = ask(["metrics", self.name], self.store)
        return rows

    def inspect(self, what: str, *options: str) -> Any:
        """What `serl inspect WHAT OPTIONS` shows, as rows of unrounded figures.

        >>> import serl
        >>> rows = serl.Run().inspect("eval", "--where", "iteration = 2 and not sampled")
        >>> rows[0]["group"]
        'all'
        """
        return ask(["inspect", what, *options, "--run", self.name], self.store)

    def read(self) -> Tables:
        """Its tables: `serl.read(run)`."""
        from ._tables import read

        return read(self)


def runs(store: Store | None = None) -> list[Run]:
    """The runs of a store, the most recent first.

    >>> import serl
    >>> [run.name for run in serl.runs()]
    ['quickstart']

    Raises:
        Error: there is no store, or it cannot be read.
    """
    found = Path(ask(["env"], store)["store"])
    return [known(row["name"], found) for row in ask(["runs"], found)]


def known(name: str, store: Path) -> Run:
    """A run that is there; nothing is asked of it, since its record may be damaged."""
    run = Run.__new__(Run)
    run.name, run.store = name, store
    return run


def settings(name: str | None, store: Store | None) -> dict[str, Any]:
    """The configuration of the run, or of the most recent one."""
    which = [] if name is None else ["--run", name]
    found: dict[str, Any] = ask(["inspect", "settings", *which], store)[0]
    return found
