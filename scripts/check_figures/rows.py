"""`serl inspect` of rollouts, training, filter, evaluation and drift."""

import math

import polars as pl

from .figures import mean

# Of a normal distribution, for an interval of 95 %.
Z = 1.959963984540054


def of_round(table, row):
    """The part of a table of an iteration that is of the row's round."""
    return None if table is None else table.filter(pl.col("round") == row["round"])


def by_round(run, iteration, stage, name, number):
    """The table of one round, for tables without a column of rounds."""
    paths = [node / f"{name}.parquet" for node in run.nodes(iteration, stage) if node.name.endswith(f".{number}")]
    return pl.read_parquet(paths[0]) if paths and paths[0].exists() else None


def rollouts(run, row):
    responses = by_round(run, row["iteration"], "respond", "responses", row["round"])
    rewards = by_round(run, row["iteration"], "vote", "rewards", row["round"])
    lengths = responses["output_tokens"].list.len().cast(pl.Float64)
    bins = [0] * 8
    for length in lengths:
        bins[min(int(length / max(lengths.max(), 1) * 8), 7)] += 1
    computed = {
        "responses": responses.height,
        "tokens": int(lengths.sum()),
        "q1": lengths.quantile(0.25, "linear"),
        "median": lengths.median(),
        "q3": lengths.quantile(0.75, "linear"),
        "longest": int(lengths.max()),
        "histogram": bins,
        "truncated": (responses["finish"] == "length").mean(),
    }
    if rewards is not None:
        computed["parsed"] = (rewards["parse_status"] == "parsed").mean()
        computed["reward"] = rewards["reward"].cast(pl.Float64).mean()
    return computed


def rollout(run, rows):
    """Each response beside the one in the tables."""
    of = {}
    for row in rows:
        of.setdefault((row["iteration"], row["round"]), []).append(row)
    for (iteration, number), shown in of.items():
        responses = by_round(run, iteration, "respond", "responses", number)
        rewards = by_round(run, iteration, "vote", "rewards", number)
        keys = ["instruction_id", "sample"]
        joined = responses.join(rewards, on=keys, how="left").with_columns(tokens=pl.col("output_tokens").list.len())
        known = {(row["instruction_id"], row["sample"]): row for row in joined.iter_rows(named=True)}
        yield f"rollouts {iteration}/{number}", {"n": len(shown)}, {"n": joined.height}
        for row in shown:
            own = known[row["instruction_id"], row["sample"]]
            names = ("tokens", "finish", "parse_status", "method", "answer", "reward", "text")
            yield f"rollout {iteration}/{number} {row['instruction_id']}", row, {name: own[name] for name in names}


def weighted(table, column, weight):
    known = table.drop_nulls(column)
    return None if known.is_empty() else (known[column] * known[weight]).sum() / known[weight].sum()


def train(run, row):
    log = run.table(row["iteration"], "train", "train_log")
    figures = run.table(row["iteration"], "train", "train_figures")
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
        "figures": dict(sorted(figures.group_by("name").agg(pl.col("value").mean()).iter_rows())),
    }


def step(run, row):
    log = of_round(run.table(row["iteration"], "train", "train_log"), row).filter(pl.col("step") == row["step"])
    figures = of_round(run.table(row["iteration"], "train", "train_figures"), row)
    own = figures.filter(pl.col("step") == row["step"]).select("name", "value").iter_rows()
    return log.to_dicts()[0] | {"figures": dict(sorted(own))}


def counted(table, column):
    return {} if table is None else dict(table.group_by(column).len().iter_rows())


def funnel(run, row):
    table = lambda stage, name: run.table(row["iteration"], stage, name)
    filtered, votes = table("filter", "filtered"), table("vote", "votes")
    return {
        "candidates": None if filtered is None else filtered.height,
        "decided": counted(filtered, "reason"),
        "voted": None if votes is None else votes.height,
        "agreement": None if votes is None else votes["r_mean"].cast(pl.Float64).mean(),
        "difficulty": counted(table("train", "selection"), "reason"),
    }


def wilson(right, n):
    """Wilson's score interval."""
    share, square = right / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return middle - half, middle + half


def evaluation(run, row):
    """Of the groups that have all problems of a benchmark; bootstrapped intervals are not repeated."""
    if row["group"] != "all":
        return None
    graded = run.table(row["iteration"], "evaluate", "eval").filter(pl.col("benchmark") == row["benchmark"])
    samples = graded.filter(~pl.col("greedy"))
    sampled = set(samples["problem_id"])
    greedy = graded.filter(pl.col("greedy"))
    if row["k"]:
        greedy = greedy.filter(pl.col("problem_id").is_in(list(sampled)))
    right = greedy["correct"].sum()
    low, high = wilson(right, greedy.height)
    computed = {"n": greedy.height, "pass_at_1": right / greedy.height, "pass_at_1_low": low, "pass_at_1_high": high}
    if row["k"]:
        of = samples.group_by("problem_id").agg(pl.col("correct").sum().alias("c"), pl.len().alias("n"))
        k = row["k"]
        computed["avg_at_k"] = mean((of["c"] / of["n"]).to_list())
        computed["pass_at_k"] = mean([1 - math.comb(n - c, k) / math.comb(n, k) for _, c, n in of.iter_rows()])
    return computed


def drift(run, row):
    computed = {}
    for stage in ("filter", "drift"):
        table = run.table(row["iteration"], stage, "drift")
        computed |= {} if table is None else dict(table.select("statistic", "value").iter_rows())
    return computed


def answers(run, row):
    table = {
        "vote": lambda: by_round(run, row["iteration"], "vote", "rewards", row["round"]),
        "evaluate": lambda: run.table(row["iteration"], "evaluate", "eval"),
    }[row["stage"]]()
    status = counted(table, "parse_status")
    methods = counted(table.drop_nulls("method"), "method")
    return {
        "responses": table.height,
        "parsed": status.get("parsed", 0) / table.height,
        "no_answer": status.get("no_answer", 0),
        "over_budget": status.get("over_budget", 0),
        "methods": {name: count / table.height for name, count in methods.items()},
    }


def timing(run, row):
    """Tokens alone: clocks are not in the tables."""
    of = {"respond": "responses", "solve": "responses"}.get(row["stage"])
    number = row["round"]
    if row["stage"] == "train":
        log = run.table(row["iteration"], "train", "train_log").filter(pl.col("round") == number)
        return {"tokens": log["tokens"].sum() if log.height else None}
    if of is None:
        return None
    table = run.table(row["iteration"], "solve", of)
    if row["stage"] == "respond":
        table = by_round(run, row["iteration"], "respond", of, number)
    return {"tokens": table["output_tokens"].list.len().sum()}
