"""`serl inspect r-mean`, `rollouts` and `rollouts --each`."""

import polars as pl

from .columns import quartiles, share


def r_mean(run):
    for iteration, turn, votes in run.each_round("vote", "votes"):
        selection = run.of_round(iteration, "train", turn, "selection")
        values = votes["r_mean"].cast(pl.Float64)
        bins = [0] * 10
        for value in values:
            bins[min(int(value * 10 + 1e-6), 9)] += 1
        selected = None if selection is None else selection["selected"].sum()
        yield (iteration, turn or 0), quartiles(values) | {
            "instructions": votes.height,
            "histogram": bins,
            "no_majority": votes.filter(pl.col("n_parsed") == 0).height,
            "selected": selected,
            "selected_share": None if selected is None else selected / max(votes.height, 1),
        }


def rollouts(run):
    for iteration, turn, responses in run.each_round("respond", "responses"):
        rewards = run.of_round(iteration, "vote", turn, "rewards")
        lengths = responses["output_tokens"].list.len().cast(pl.Float64)
        longest, bins = lengths.max() or 0, [0] * 8
        for length in lengths:
            bins[min(int(length / max(longest, 1) * 8), 7)] += 1
        yield (iteration, turn or 0), quartiles(lengths) | {
            "responses": responses.height,
            "tokens": int(lengths.sum()),
            "longest": int(longest),
            "histogram": bins,
            "truncated": share(responses["finish"], "length") or 0,
            "parsed": None if rewards is None else share(rewards["parse_status"], "parsed") or 0,
            "reward": None if rewards is None else rewards["reward"].cast(pl.Float64).mean(),
        }


# What the vote says of a response.
JUDGED = {"parse_status": pl.String, "method": pl.String, "answer": pl.String, "reward": pl.Float32}


def rollout(run):
    """Each response, and what the vote says of it."""
    keys = ["instruction_id", "sample"]
    for iteration, turn, responses in run.each_round("respond", "responses"):
        rewards = run.of_round(iteration, "vote", turn, "rewards")
        if rewards is None:
            responses = responses.with_columns(pl.lit(None, kind).alias(name) for name, kind in JUDGED.items())
        else:
            responses = responses.join(rewards, on=keys, how="left")
        responses = responses.with_columns(tokens=pl.col("output_tokens").list.len())
        for row in responses.select(*keys, "tokens", "finish", "text", *JUDGED).iter_rows(named=True):
            yield (iteration, turn or 0, row["instruction_id"], row["sample"]), row
