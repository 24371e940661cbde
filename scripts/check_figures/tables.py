"""The Parquet files of a run, by iteration."""

from functools import cache

import polars as pl


class Run:
    """The folder of a run in its store's view: ITERATION/STAGE[.ROUND]/TABLE.parquet."""

    def __init__(self, folder):
        self.folder = folder
        if not folder.is_dir():
            raise SystemExit(f"{folder} is no folder of a run")

    def iterations(self):
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit())

    def nodes(self, iteration, stage):
        """The folders of a stage's nodes, by round."""
        of = [path for path in (self.folder / str(iteration)).iterdir() if path.name.split(".")[0] == stage]
        return sorted(of, key=lambda path: int((path.name.split(".") + ["0"])[1]))

    def has(self, iteration, stage):
        return bool(self.nodes(iteration, stage))

    @cache
    def table(self, iteration, stage, name):
        """The tables of all rounds, one below the other; none without any."""
        paths = [node / f"{name}.parquet" for node in self.nodes(iteration, stage)]
        frames = [pl.read_parquet(path) for path in paths if path.exists()]
        return pl.concat(frames) if frames else None

    def each(self, stage, name):
        """Iteration and table, where there is one."""
        for iteration in self.iterations():
            table = self.table(iteration, stage, name)
            if table is not None:
                yield iteration, table
