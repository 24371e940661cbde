"""`serl inspect train` and `train --each`."""

import polars as pl

from .columns import mean, weighted


def figure(run, iteration, name):
    """The mean of a figure of the algorithm over the steps of an iteration."""
    table = run.table(iteration, "train", "train_figures")
    return None if table is None else mean(table.filter(pl.col("name") == name)["value"])


def iterations(run):
    for iteration, log in run.each("train", "train_log"):
        if log.height:
            yield (iteration,), of_iteration(log, run.table(iteration, "train", "train_figures"))


def of_iteration(log, figures):
    return {
        "rounds": log["round"].n_unique(),
        "steps": log.height,
        "responses": log["responses"].sum(),
        "tokens": log["tokens"].sum(),
        "reward": weighted(log, "reward_mean", "responses"),
        "reward_by_step": log["reward_mean"].to_list(),
        "kl": weighted(log, "kl", "tokens"),
        "entropy": weighted(log, "entropy", "tokens"),
        "loss": log["loss"].mean(),
        "grad_norm": log["grad_norm"].mean(),
        "lr": log["lr"][-1],
        "mismatch_kl": weighted(log, "mismatch_kl", "tokens"),
        "figures": dict(figures.group_by("name").agg(pl.col("value").mean()).iter_rows()),
    }


def steps(run):
    for iteration, log in run.each("train", "train_log"):
        figures = {}
        for row in run.table(iteration, "train", "train_figures").iter_rows(named=True):
            figures.setdefault((row["round"], row["step"]), {})[row["name"]] = row["value"]
        for row in log.iter_rows(named=True):
            own = figures.get((row["round"], row["step"]), {})
            yield (iteration, row["round"], row["step"]), row | {"figures": own}
