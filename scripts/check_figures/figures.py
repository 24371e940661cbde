"""`serl inspect` and `serl check`."""

import math

import polars as pl

from . import ballots


def r_mean(run, row):
    votes = run.table(row["iteration"], "vote", "votes").filter(pl.col("round") == row["round"])
    selection = run.table(row["iteration"], "train", "selection")
    values = votes["r_mean"].cast(pl.Float64)
    quartile = lambda share: values.quantile(share, "linear")
    bins = [0] * 10
    for value in values:
        bins[min(int(value * 10 + 1e-6), 9)] += 1
    selected = None if selection is None else selection.filter(pl.col("round") == row["round"])["selected"].sum()
    return {
        "instructions": votes.height,
        "q1": quartile(0.25),
        "median": quartile(0.5),
        "q3": quartile(0.75),
        "histogram": bins,
        "no_majority": votes.filter(pl.col("n_parsed") == 0).height,
        "selected": selected,
    }


def sampled_majorities(run, iteration):
    table = run.table(iteration, "evaluate", "eval")
    if table is None:
        return {}
    of = {}
    for row in table.filter(~pl.col("greedy")).iter_rows(named=True):
        of.setdefault((row["benchmark"], row["problem_id"]), []).append(row)
    return {problem: ballots.majority(rows) for problem, rows in of.items()}


def top_majority(votes):
    counts = votes.drop_nulls("majority").group_by("majority").len()
    return None if counts.is_empty() else counts["len"].max() / counts["len"].sum()


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def figure(run, iteration, name):
    table = run.table(iteration, "train", "train_figures")
    return None if table is None else mean(table.filter(pl.col("name") == name)["value"])


def warnings(run, iteration):
    votes = run.table(iteration, "vote", "votes")
    responses = run.table(iteration, "respond", "responses")
    computed = {"zero_advantage_groups": figure(run, iteration, "zero_advantage_groups")}
    if votes is not None:
        computed["instructions"] = votes.height
        computed["top_majority_share"] = top_majority(votes)
        computed["unanimous_share"] = mean((votes["majority_count"] == votes["n"]).to_list())
        computed["truncated_share"] = mean((responses["finish"] == "length").to_list())
    now, before = sampled_majorities(run, iteration), sampled_majorities(run, iteration - 1) if iteration else {}
    both = now.keys() & before.keys()
    computed["flip_rate"] = mean([now[problem] != before[problem] for problem in both])
    return computed


def ends(values):
    values = [value for value in values if value is not None]
    return (values[0], values[-1]) if values else (None, None)


def paired(run, first, last):
    greedy = lambda number: run.table(number, "evaluate", "eval").filter(pl.col("greedy"))
    both = greedy(last).join(greedy(first), on=["benchmark", "problem_id"], suffix="_before")
    gained = both.filter(pl.col("correct") & ~pl.col("correct_before")).height
    lost = both.filter(~pl.col("correct") & pl.col("correct_before")).height
    n = gained + lost
    p = min(1.0, 2 * sum(math.comb(n, k) for k in range(min(gained, lost) + 1)) / 2**n)
    return {"problems": both.height, "gained": gained, "lost": lost, "p": p}


def pass_at_1(table):
    return mean(table.filter(pl.col("greedy"))["correct"].to_list())


def learned(run):
    measured = list(run.each("evaluate", "eval"))
    if len(measured) < 2:
        return {}
    (first, before), (last, after) = measured[0], measured[-1]
    return paired(run, first, last) | {"pass_at_1_first": pass_at_1(before), "pass_at_1_last": pass_at_1(after)}


def of_votes(run, value):
    return [value(table) for _, table in run.each("vote", "votes")]


def of_steps(run, column):
    return [mean(table[column]) for _, table in run.each("train", "train_log")]


def reasons(run):
    counts = {}
    for _, table in run.each("filter", "filtered"):
        for reason, count in table.group_by("reason").len().iter_rows():
            counts[reason] = counts.get(reason, 0) + count
    return counts


def drift(run, name):
    of = [table.filter(pl.col("statistic") == name)["value"] for _, table in run.each("filter", "drift")]
    return ends([values[0] for values in of if len(values)])


def finding(run, name):
    """The figures of a finding; none if they are not computed here."""
    if name == "learned":
        return learned(run)
    if name == "reward-accuracy":
        first, last = ends(of_votes(run, lambda table: table["r_mean"].cast(pl.Float64).mean()))
        return {"r_mean_first": first, "r_mean_last": last}
    if name == "answer-collapse":
        iteration, votes = list(run.each("vote", "votes"))[-1]
        first = run.nodes(1, "vote")[0] / "votes.parquet"
        return {
            "top_majority_share": top_majority(votes),
            "top_majority_share_first": top_majority(pl.read_parquet(first)),
        }
    if name == "flips":
        rates = [warnings(run, iteration)["flip_rate"] for iteration in run.iterations()]
        return {"flip_rate": ends(rates)[1]}
    if name == "selected-share":
        of = [mean(table["selected"].to_list()) for _, table in run.each("train", "selection")]
        return dict(zip(("selected_share_first", "selected_share_last"), ends(of)))
    if name == "truncated-responses":
        of = [mean((table["finish"] == "length").to_list()) for _, table in run.each("respond", "responses")]
        return {"truncated_share": ends(of)[1]}
    if name == "unparsed-responses":
        return {"unparsed_share": ends(of_votes(run, lambda t: 1 - t["n_parsed"].sum() / t["n"].sum()))[1]}
    if name in ("zero-advantage", "clipped"):
        key = {"zero-advantage": "zero_advantage_groups", "clipped": "clip_fraction"}[name]
        return {key: ends([figure(run, iteration, key) for iteration in run.iterations()])[1]}
    if name == "entropy":
        return dict(zip(("entropy_first", "entropy_last"), ends(of_steps(run, "entropy"))))
    if name == "kl":
        return {"kl": ends(of_steps(run, "kl"))[1]}
    if name == "mismatch":
        steps = [value for _, table in run.each("train", "train_log") for value in table["mismatch_kl"]]
        return {"mismatch_kl_max": max(value for value in steps if value is not None)}
    if name == "filtered":
        counts = reasons(run)
        passed = counts.get("kept", 0) + counts.get("surplus", 0)
        return {"candidates": sum(counts.values()), "passed": passed}
    if name == "surplus-candidates":
        return {"surplus": reasons(run).get("surplus", 0)}
    if name == "truncated-completions":
        of = [mean((table["finish"] == "length").to_list()) for _, table in run.each("generate", "completions")]
        return {"truncated_completions": ends(of)[1]}
    if name == "drift":
        first, last = drift(run, "distinct_2")
        return {"distinct_2_first": first, "distinct_2_last": last, "jensen_shannon": drift(run, "jensen_shannon")[1]}
    if name in ("vote-ceiling", "coverage"):
        return summary(run, name)
    return None


def summary(run, name):
    """Maj@k before and Pass@k before and after, of the problems that were sampled."""
    of = []
    for iteration, table in run.each("evaluate", "eval"):
        sampled = table.filter(~pl.col("greedy"))
        problems = sampled.select("benchmark", "problem_id").unique()
        majorities = sampled_majorities(run, iteration)
        right = {}
        for row in sampled.iter_rows(named=True):
            key = (row["benchmark"], row["problem_id"])
            right.setdefault(key, {})[row["canonical"]] = row["correct"]
        of.append({
            "greedy": pass_at_1(table.join(problems, on=["benchmark", "problem_id"])),
            "pass": mean(sampled.group_by("benchmark", "problem_id").agg(pl.col("correct").any())["correct"].to_list()),
            "maj": mean([answer is not None and right[key][answer] for key, answer in majorities.items()]),
        })
    if name == "coverage":
        return {"pass_at_k_first": of[0]["pass"], "pass_at_k_last": of[-1]["pass"]}
    return {"maj_at_k_first": of[0]["maj"], "pass_at_1_sampled_last": of[-1]["greedy"]}
