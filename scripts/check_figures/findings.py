"""`serl check`: the figures of each finding that there should be."""

from . import evaluation, signs, training, writing
from .columns import ends, mean, share


def series(rows, name):
    """First and last value of a column of rows; none without any."""
    return ends([figures.get(name) for _, figures in rows])


def two(name, values):
    return {f"{name}_first": values[0], f"{name}_last": values[1]}


def whole(run, iteration):
    """The figures of all problems of the first benchmark."""
    return next(figures for key, figures in evaluation.of_iteration(run, iteration) if key[2:] == ("all", False))


def samples(run):
    """The figures of the sampled problems of the first benchmark, of each iteration that has any."""
    for iteration in evaluation.measured(run):
        rows = evaluation.of_iteration(run, iteration)
        yield from [(key, figures) for key, figures in rows if key[2] == "all" and figures["k"] > 0][:1]


def learning(run):
    measured = evaluation.measured(run)
    if len(measured) < 2:
        yield "learned", {}
        return
    passed = {iteration: whole(run, iteration)["pass_at_1"] for iteration in measured}
    first, last = measured[0], measured[-1]
    yield "learned", evaluation.paired(run, first, last) | two("pass_at_1", (passed[first], passed[last]))
    best = max(measured, key=lambda iteration: (passed[iteration], iteration))
    if best not in (first, last):
        figures = {"best_iteration": best, "pass_at_1_best": passed[best], "p": evaluation.paired(run, best, last)["p"]}
        yield "best-iteration", figures
    sampled = list(samples(run))
    majority, after = series(sampled, "maj_at_k")[0], series(sampled, "pass_at_1")[1]
    yield "vote-ceiling", {"maj_at_k_first": majority, "pass_at_1_sampled_last": after}
    yield "coverage", two("pass_at_k", series(sampled, "pass_at_k"))
    yield "reward-accuracy", two("r_mean", series(list(writing.funnel(run)), "agreement"))


def agreement(run):
    """What the votes say. A finding has none of its figures where nothing was voted on."""
    rows = list(signs.signs(run))
    first = next((votes for _, _, votes in run.each_round("vote", "votes")), None)
    shares = series(rows, "top_majority_share")[1], None if first is None else signs.top_majority(first)[1]
    yield "answer-collapse", dict(zip(("top_majority_share", "top_majority_share_first"), shares))
    yield "flips", {"flip_rate": series(rows, "flip_rate")[1]}
    selected = [mean(table["selected"]) for _, table in run.each("train", "selection")]
    yield "selected-share", two("selected_share", ends(selected))
    yield "truncated-responses", {"truncated_share": series(rows, "truncated_share")[1]}
    votes = [table for _, table in run.each("vote", "votes") if table["n"].sum() > 0]
    unparsed = [1 - table["n_parsed"].sum() / table["n"].sum() for table in votes]
    yield "unparsed-responses", {"unparsed_share": ends(unparsed)[1]}
    yield "zero-advantage", {"zero_advantage_groups": series(rows, "zero_advantage_groups")[1]}


def optimisation(run):
    logged = lambda column: ends([mean(table[column]) for _, table in run.each("train", "train_log")])
    clipped = [training.figure(run, iteration, "clip_fraction") for iteration in run.iterations()]
    yield "clipped", {"clip_fraction": ends(clipped)[1]}
    yield "entropy", two("entropy", logged("entropy"))
    yield "kl", {"kl": logged("kl")[1]}
    mismatches = [value for _, table in run.each("train", "train_log") for value in table["mismatch_kl"].drop_nulls()]
    yield "mismatch", {"mismatch_kl_max": max(mismatches, default=None)}


def instructions(run):
    counts = {}
    for _, table in run.each("filter", "filtered"):
        for reason in table["reason"]:
            counts[reason] = counts.get(reason, 0) + 1
    count, all = lambda *reasons: sum(counts.get(reason, 0) for reason in reasons), sum(counts.values()) or None
    passed, alike = count("kept", "surplus"), count("too_similar", "duplicate")
    yield "filtered", {"candidates": all, "passed": passed, "too_similar": alike}
    yield "surplus-candidates", {"surplus": count("surplus"), "candidates": all}
    cut = [share(table["finish"], "length") for _, table in run.each("generate", "completions")]
    yield "truncated-completions", {"truncated_completions": ends(cut)[1]}
    rows = list(writing.drift(run))
    divergence = {"jensen_shannon": series(rows, "jensen_shannon")[1]}
    yield "drift", two("distinct_2", series(rows, "distinct_2")) | divergence
    names = ("repeated_problems", "near_problems")
    known = [signs.repeats(run, iteration) for iteration in run.iterations()]
    totals = [[of[name] for of in known if of[name] is not None] for name in names]
    yield "contamination", {name: sum(total) if total else None for name, total in zip(names, totals)}


def findings(run):
    """Key and figures of each finding. There is none whose figures cannot be computed."""
    for of in (learning, agreement, optimisation, instructions):
        for name, figures in of(run):
            if None not in figures.values():
                yield (name,), {"figures": figures}
    yield ("next",), {"figures": {}}
