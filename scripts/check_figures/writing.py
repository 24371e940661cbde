"""`serl inspect filter`, `filter --each` and `drift`."""

import polars as pl

from .columns import counted, finite


def funnel(run):
    for iteration in run.iterations():
        if iteration > 0:
            yield (iteration,), of_iteration(run, iteration)


def of_iteration(run, iteration):
    filtered, votes = run.table(iteration, "filter", "filtered"), run.table(iteration, "vote", "votes")
    return {
        "candidates": None if filtered is None else filtered.height,
        "decided": counted(filtered, "reason"),
        "voted": None if votes is None else votes.height,
        "agreement": None if votes is None else votes["r_mean"].cast(pl.Float64).mean(),
        "difficulty": counted(run.table(iteration, "train", "selection"), "reason"),
    }


def texts(run, iteration):
    """What the candidates of an iteration are compared with, by id: the seeds and all candidates so far."""
    seeds = run.input("generate", "seeds")
    of = {} if seeds is None else dict(seeds.select("id", "text").iter_rows())
    for number, filtered in run.each("filter", "filtered"):
        if number <= iteration:
            of |= dict(filtered.select("id", "text").iter_rows())
    return of


def candidates(run, iteration):
    """Key and figures of each candidate of an iteration, in the order in which they were judged."""
    of = texts(run, iteration)
    names = ("id", "text", "kept", "reason", "rouge_l_max", "nearest", "detail")
    for row in run.table(iteration, "filter", "filtered").iter_rows(named=True):
        figures = {name: row[name] for name in names} | {"nearest_text": of.get(row["nearest"])}
        yield (iteration, row["id"]), figures


def candidate(run):
    for iteration, _ in run.each("filter", "filtered"):
        yield from candidates(run, iteration)


def drift(run):
    for iteration, distances in run.each("filter", "drift"):
        meanings = run.table(iteration, "drift", "drift")
        tables = [distances] if meanings is None else [distances, meanings]
        statistics = [row for table in tables for row in table.select("statistic", "value").iter_rows()]
        yield (iteration,), {name: finite(value) for name, value in statistics}
