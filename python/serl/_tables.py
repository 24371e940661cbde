"""The tables of a run as Polars frames."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._command import Store
from ._run import Run

if TYPE_CHECKING:
    import polars

# What says which response, and which instruction.
RESPONSE = ["iteration", "round", "instruction_id", "sample"]
INSTRUCTION = ["iteration", "round", "instruction_id"]


def read(run: Run | str | None = None, store: Store | None = None) -> Tables:
    """The tables of a run, by default of the most recent one.

    >>> import serl
    >>> tables = serl.read("quickstart")
    >>> tables.eval_summary.select("iteration", "pass_at_1").height > 0
    True

    Raises:
        ImportError: Polars is not installed.
        Error: there is no such run.
    """
    load_polars()
    run = run if isinstance(run, Run) else Run(run, store)
    stale = run.summary["stale"]
    if stale:
        warnings.warn(
            f"{stale} nodes of run `{run.name}` are stale: made with other settings than those it was last run with",
            stacklevel=2,
        )
    return Tables(run.folder)


class Tables(Mapping[str, "polars.DataFrame"]):
    """The tables of a run by name, such as `votes` or `vote/votes`: the book's chapter "Reading artifacts" lists them.

    A table has the rows of all iterations and rounds, with the columns `iteration` and `round`. It is read when it is
    asked for.

    >>> import serl
    >>> tables = serl.read()
    >>> "vote/votes" in tables, "votes" in tables
    (True, True)
    >>> tables["votes"].equals(tables.votes)
    True

    Stages that write tables of one name need the stage: `respond/responses` and `solve/responses`. For tables that do
    not fit into memory, `scan` reads lazily.
    """

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, list[Path]] = {}
        for path in sorted(folder.glob("*/*/*.parquet"), key=place):
            stage = path.parent.name.partition(".")[0]
            self._files.setdefault(f"{stage}/{path.stem}", []).append(path)

    def __getitem__(self, name: str) -> polars.DataFrame:
        return self.scan(name).collect()

    def __getattr__(self, name: str) -> polars.DataFrame:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and len(self._named(name)) == 1

    def __dir__(self) -> list[str]:
        short = [name.partition("/")[2] for name in self]
        return [*super().__dir__(), *(name for name in short if name in self)]

    def __repr__(self) -> str:
        return f"<serl.Tables: {', '.join(self)}>"

    @property
    def candidates(self) -> polars.DataFrame:
        """A row for each instruction that the policy wrote, with the verdict of the filter: `filter/filtered`."""
        return self["filter/filtered"]

    @property
    def eval(self) -> polars.DataFrame:
        """A row for each graded response to a held-out problem: `evaluate/eval`."""
        return self["evaluate/eval"]

    @property
    def rollouts(self) -> polars.DataFrame:
        """A row for each response to an instruction, with the instruction, its reward and whether it was trained on.

        >>> import serl
        >>> rollouts = serl.read().rollouts
        >>> rollouts.select("instruction", "text", "answer", "reward", "r_mean", "selected").width
        6
        """
        rows = self.scan("respond/responses").join(self.scan("respond/prompts"), on=INSTRUCTION, how="left")
        if "vote/rewards" in self:
            rows = rows.join(self.scan("vote/rewards"), on=RESPONSE, how="left")
        if "train/selection" in self:
            rows = rows.join(self.scan("train/selection"), on=INSTRUCTION, how="left")
        return rows.sort(RESPONSE).collect()

    def scan(self, name: str) -> polars.LazyFrame:
        """The table as a lazy frame: columns and rows that are not needed are not read.

        >>> import serl
        >>> serl.read().scan("rewards").select("reward").collect().width
        1
        """
        names = self._named(name)
        if len(names) != 1:
            which = f"`{name}` may be {' or '.join(names)}" if names else f"there is no table `{name}`"
            raise KeyError(f"{which}; there are {', '.join(self) or 'none yet'}")
        pl = load_polars()
        table: polars.LazyFrame = pl.concat([part(pl, path) for path in self._files[names[0]]], how="diagonal_relaxed")
        return table

    def _named(self, name: str) -> list[str]:
        """The tables that a name may mean."""
        if name in self._files:
            return [name]
        return [known for known in self._files if known.partition("/")[2] == name]


def part(pl: Any, path: Path) -> polars.LazyFrame:
    """The table of one node, with the columns `iteration` and `round` where the node has a round."""
    frame: polars.LazyFrame = pl.scan_parquet(path)
    known = frame.collect_schema().names()
    iteration, _, turn = place(path)
    placed = {"iteration": iteration} | ({"round": turn} if turn is not None else {})
    added = [pl.lit(value, pl.UInt32).alias(name) for name, value in placed.items() if name not in known]
    return frame.with_columns(added)


def place(path: Path) -> tuple[int, str, int | None]:
    """Iteration, stage and round of the node that wrote a table; stages of one name all have rounds, or none has."""
    stage, _, turn = path.parent.name.partition(".")
    return int(path.parent.parent.name), stage, int(turn) if turn else None


def load_polars() -> Any:
    """Polars, which is needed here alone."""
    try:
        import polars
    except ImportError as error:
        raise ImportError("tables are read with Polars: pip install 'serl[polars]'") from error
    return polars
