"""The figures of a run, read from the Parquet tables of the store. Knows nothing of experiments."""

import polars as pl


def scan(run, iteration, stage, table):
    """The table of all rounds of a stage; None if the stage has not run."""
    paths = sorted(run.glob(f"{iteration}/{stage}/{table}.parquet")) + sorted(
        run.glob(f"{iteration}/{stage}.*/{table}.parquet")
    )
    return pl.concat(pl.read_parquet(path) for path in paths) if paths else None


def complete(run, iterations):
    """Whether a run has been evaluated to its end."""
    return (run / str(iterations) / "evaluate" / "eval_summary.parquet").exists()


def greedy(run, iteration):
    """Whether the greedy answer to each held-out problem is right: columns `problem_id`, `correct`."""
    graded = scan(run, iteration, "evaluate", "eval").filter("greedy")
    return graded.select("problem_id", "correct")


def of_run(run, iterations, solver):
    """One row of figures per iteration, from the untouched policy on. The solver gives questions their gold answers."""
    rows, steps = [], 0
    for iteration in range(iterations + 1):
        figures = evaluation(run, iteration)
        if iteration > 0:
            figures |= self_play(run, iteration, solver) | training(run, iteration)
        steps += figures.get("steps", 0)
        rows.append({"iteration": iteration, **figures, "total_steps": steps})
    return rows


def evaluation(run, iteration):
    """Figures of the held-out problems. `*_sampled` is of the problems that Maj@k and Pass@k are of."""
    first = scan(run, iteration, "evaluate", "eval").filter("greedy")
    worked = first.filter(pl.col("text").str.contains("=", literal=True))
    summary = scan(run, iteration, "evaluate", "eval_summary").filter(pl.col("group") == "all")
    sampled = summary.filter("sampled").row(0, named=True)
    return {
        "pass_at_1": first["correct"].mean(),
        "pass_at_1_sampled": sampled["pass_at_1"],
        "avg_at_16": sampled["avg_at_k"],
        "maj_at_16": sampled["maj_at_k"],
        "pass_at_16": sampled["pass_at_k"],
        "ties": sampled["tie_share"],
        "worked": worked.height / first.height,
        "correct_if_worked": worked["correct"].mean(),
    }


def self_play(run, iteration, solver):
    """Figures of the instructions and of the votes on them."""
    votes = scan(run, iteration, "vote", "votes")
    selection = scan(run, iteration, "train", "selection")
    common = votes["majority_canonical"].drop_nulls().value_counts()["count"].max()
    figures = {
        "answered": votes.height,
        "r_mean_q1": votes["r_mean"].quantile(0.25, "linear"),
        "r_mean_median": votes["r_mean"].median(),
        "r_mean_q3": votes["r_mean"].quantile(0.75, "linear"),
        "selected": selection["selected"].mean(),
        "top_majority": (common or 0) / votes.height,
        "vote_entropy": votes["entropy"].mean(),
    }
    return figures | drift(run, iteration, solver) | labels(run, iteration, votes, selection, solver)


def drift(run, iteration, solver):
    """How far generated instructions are from the seeds; nothing if none are generated."""
    table = scan(run, iteration, "filter", "drift")
    if table is None:
        return {}
    values = dict(table.select("statistic", "value").iter_rows())
    shown = ["candidates", "kept", "seed_rouge_l_mean", "words_mean", "distinct_2", "jensen_shannon"]
    texts = scan(run, iteration, "filter", "filtered")["text"]
    solved = [answer is not None for answer in solver.answers(texts)]
    coherent = sum(solved) / max(len(solved), 1)
    return {name: values.get(name) for name in shown} | {"coherent": coherent}


def labels(run, iteration, votes, selection, solver):
    """How right majorities and rewards are, of the instructions that have a gold answer."""
    prompts = scan(run, iteration, "respond", "prompts").select("instruction_id", "instruction")
    # Words are canonical in lower case.
    answers = pl.Series("gold", solver.answers(prompts["instruction"]), pl.String).str.to_lowercase()
    truth = prompts.with_columns(answers).drop_nulls("gold")
    judged = votes.join(truth, on="instruction_id").join(
        selection.select("instruction_id", "selected", "reason"), on="instruction_id"
    )
    right = judged.with_columns(right=(pl.col("majority_canonical") == pl.col("gold")).fill_null(False))
    rewards = scan(run, iteration, "vote", "rewards").join(truth, on="instruction_id")
    given, due = rewards["reward"].fill_null(0), (rewards["canonical"] == rewards["gold"]).fill_null(False)
    norm = ((given**2).sum() * due.sum()) ** 0.5
    return {
        "with_gold": truth.height,
        "label_accuracy": right["right"].mean(),
        "label_accuracy_selected": right.filter("selected")["right"].mean(),
        "label_accuracy_too_easy": right.filter(pl.col("reason") == "too_easy")["right"].mean(),
        "cosine": (given * due).sum() / norm if norm else None,
    }


def training(run, iteration):
    """Figures of the optimizer steps. Groups are of zero advantage if their rewards are all equal."""
    log = scan(run, iteration, "train", "train_log")
    selected = scan(run, iteration, "train", "selection").filter("selected")
    rewards = scan(run, iteration, "vote", "rewards").join(selected, on="instruction_id", how="semi")
    spread = rewards.group_by("instruction_id").agg(pl.col("reward").n_unique())["reward"]
    clipped = scan(run, iteration, "train", "train_figures").filter(pl.col("name") == "clip_fraction")["value"]
    return {
        "steps": log.height,
        "reward": weighted(log, "reward_mean", "responses"),
        "kl": weighted(log, "kl", "tokens"),
        "entropy": weighted(log, "entropy", "tokens"),
        "clip_fraction": clipped.mean(),
        "zero_advantage": (spread == 1).mean(),
    }


def weighted(table, value, weight):
    """The mean of a column; None if it has no values."""
    rows = table.drop_nulls(value)
    return (rows[value] * rows[weight]).sum() / rows[weight].sum() if rows.height else None
