"""The Parquet files of a run, by iteration, and what its manifests say."""

import json
from functools import cache

import polars as pl


class Run:
    """A run of a store: its view `runs/NAME/ITERATION/STAGE[.ROUND]/TABLE.parquet`, its record and its manifests."""

    def __init__(self, store, name):
        self.store, self.folder = store / "v1", store / "runs" / name
        if not self.folder.is_dir():
            raise SystemExit(f"{self.folder} is no folder of a run")
        self.keys = json.loads((self.store / "runs" / f"{name}.json").read_text())["nodes"]

    @cache
    def iterations(self):
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit())

    @cache
    def turns(self):
        """Iteration, stage and round of each node; the round is none for a stage without rounds."""
        nodes = [(number, path.name) for number in self.iterations() for path in (self.folder / str(number)).iterdir()]
        parts = [(number, *name.partition(".")) for number, name in nodes]
        turns = [(number, stage, int(turn) if dot else None) for number, stage, dot, turn in parts]
        return sorted(turns, key=lambda turn: (turn[0], turn[1], turn[2] or 0))

    def nodes(self, stage):
        """Iteration and round of the nodes of a stage."""
        return [(number, turn) for number, name, turn in self.turns() if name == stage]

    def has(self, iteration, stage):
        return any(number == iteration for number, _ in self.nodes(stage))

    @cache
    def of_round(self, iteration, stage, turn, name):
        """The table of one node; none if it has no such table."""
        node = stage if turn is None else f"{stage}.{turn}"
        path = self.folder / str(iteration) / node / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else None

    @cache
    def table(self, iteration, stage, name):
        """The tables of all rounds, one below the other; none without any."""
        turns = [turn for number, turn in self.nodes(stage) if number == iteration]
        frames = [self.of_round(iteration, stage, turn, name) for turn in turns]
        frames = [frame for frame in frames if frame is not None]
        return pl.concat(frames) if frames else None

    def each(self, stage, name):
        """Iteration and table of all rounds, where there is one."""
        for iteration in self.iterations():
            table = self.table(iteration, stage, name)
            if table is not None:
                yield iteration, table

    def each_round(self, stage, name):
        """Iteration, round and table of each node that has one."""
        for iteration, turn in self.nodes(stage):
            table = self.of_round(iteration, stage, turn, name)
            if table is not None:
                yield iteration, turn, table

    @cache
    def manifest(self, iteration, stage, turn):
        node = stage if turn is None else f"{stage}.{turn}"
        return json.loads((self.store / "nodes" / f"{self.keys[f'{iteration}/{node}']}.json").read_text())

    @cache
    def input(self, stage, name):
        """A table that nodes of a stage read, but no node wrote; none without it."""
        for iteration, turn in self.nodes(stage):
            digest = self.manifest(iteration, stage, turn)["material"]["inputs"].get(name)
            if digest is not None:
                return pl.read_parquet(self.store / "objects" / digest[:2] / digest[2:])
        return None
