"""Tables of an experiment's results in Markdown."""

import math

import polars as pl

from summary import holm, interval, mcnemar

# Heading, whether it is a share, and decimals.
SHOWN = {
    "pass_at_1": ("Pass@1", True, 1),
    "pass_at_1_sampled": ("Pass@1, same 200", True, 1),
    "avg_at_16": ("avg@16", True, 1),
    "maj_at_16": ("Maj@16", True, 1),
    "pass_at_16": ("Pass@16", True, 1),
    "ties": ("ties of Maj@16", True, 1),
    "worked": ("worked", True, 1),
    "correct_if_worked": ("right if worked", True, 1),
    "r_mean_median": ("r_mean median", False, 2),
    "selected": ("selected", True, 1),
    "top_majority": ("top majority", True, 1),
    "with_gold": ("with gold", False, 0),
    "coherent": ("coherent", True, 1),
    "seed_rouge_l_mean": ("ROUGE-L to seeds", False, 3),
    "distinct_2": ("distinct-2", False, 3),
    "jensen_shannon": ("JS drift", False, 4),
    "label_accuracy": ("labels right", True, 1),
    "label_accuracy_selected": ("labels right, selected", True, 1),
    "label_accuracy_too_easy": ("labels right, too easy", True, 1),
    "cosine": ("cosine", False, 3),
    "reward": ("reward", False, 3),
    "kl": ("KL", False, 4),
    "entropy": ("entropy", False, 3),
    "clip_fraction": ("clipped", True, 2),
    "zero_advantage": ("zero-advantage groups", True, 1),
    "steps": ("steps of the iteration", False, 0),
    "total_steps": ("steps", False, 0),
}


def heading(figure):
    return SHOWN[figure][0]


def scaled(figure, value):
    """The value as it is shown: shares in per cent."""
    return value * 100 if value is not None and SHOWN[figure][1] else value


def spread(found, digits, sign=""):
    """`mean ± half width`; a dash if there is nothing."""
    if found is None or math.isnan(found.mean):
        return "–"
    mean = f"{found.mean:{sign}.{digits}f}"
    return mean if math.isnan(found.half) else f"{mean} ± {found.half:.{digits}f}"


def markdown(header, rows):
    lines = [header, ["--"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def tables(experiment, figures, answers):
    """The tables of an experiment: its last iteration, the tests against the baseline, and figures by iteration."""
    run = set(figures["setting"])
    shown = [setting for setting in experiment.settings if setting in run]
    missing = [f"“{setting}”" for setting in experiment.settings if setting not in run]
    parts = [last_iteration(experiment, shown, figures), tests(experiment, shown, figures, answers)]
    parts += [by_iteration(experiment, shown, figures, figure) for figure in experiment.by_iteration]
    parts += [f"Not run yet: {', '.join(missing)}.\n"] if missing else []
    return "\n".join(part for part in parts if part)


def cell(figures, setting, iteration, figure, digits=None, sign=""):
    rows = figures.filter((pl.col("setting") == setting) & (pl.col("iteration") == iteration))
    values = [scaled(figure, value) for value in rows[figure]] if figure in rows.columns else []
    return spread(interval(values), SHOWN[figure][2] if digits is None else digits, sign)


def last_iteration(experiment, settings, figures):
    """Means and 95 % t intervals over seeds, after the last iteration."""
    rows = []
    for setting in settings:
        seeds = figures.filter(pl.col("setting") == setting)["seed"].n_unique()
        cells = [cell(figures, setting, experiment.iterations, figure) for figure in experiment.columns]
        rows.append([setting, str(seeds), *cells])
    header = ["setting", "seeds", *map(heading, experiment.columns)]
    return f"After iteration {experiment.iterations}:\n\n" + markdown(header, rows)


def by_iteration(experiment, settings, figures, figure):
    iterations = range(0 if figure in ("pass_at_1", "maj_at_16", "correct_if_worked") else 1, experiment.iterations + 1)
    rows = [[setting, *(cell(figures, setting, iteration, figure) for iteration in iterations)] for setting in settings]
    return f"{heading(figure)} by iteration:\n\n" + markdown(["setting", *map(str, iterations)], rows)


def tests(experiment, settings, figures, answers):
    """Greedy Pass@1 of the last iteration against the baseline, in pairs of seeds and of problems."""
    compared = [setting for setting in settings if setting != experiment.baseline]
    found = {setting: test(experiment, figures, answers, setting) for setting in compared}
    found = {setting: result for setting, result in found.items() if result}
    if not found:
        return ""
    adjusted = holm([p for _, _, (_, _, p) in found.values()])
    rows = [
        [setting, str(seeds), spread(difference, 1, "+"), f"{ours} : {theirs}", f"{p:.2g}", f"{corrected:.2g}"]
        for (setting, (seeds, difference, (ours, theirs, p))), corrected in zip(found.items(), adjusted)
    ]
    header = ["setting", "seeds", "Pass@1 difference", "right only here : only there", "p (McNemar)", "p (Holm)"]
    return f"Against “{experiment.baseline}”, in pairs:\n\n" + markdown(header, rows)


def test(experiment, figures, answers, setting):
    """Shared seeds, the interval of the differences, and McNemar's test; None without shared seeds."""
    last = figures.filter(pl.col("iteration") == experiment.iterations)
    ours, theirs = (
        last.filter(pl.col("setting") == name).select("seed", "pass_at_1") for name in (setting, experiment.baseline)
    )
    pairs = ours.join(theirs, on="seed", suffix="_baseline")
    if pairs.is_empty():
        return None
    differences = [100 * (a - b) for _, a, b in pairs.sort("seed").iter_rows()]
    here, there = (
        answers.filter((pl.col("setting") == name) & pl.col("seed").is_in(pairs["seed"].implode()))
        for name in (setting, experiment.baseline)
    )
    joined = here.join(there, on=["seed", "problem_id"], suffix="_baseline")
    return pairs.height, interval(differences), mcnemar(joined["correct"], joined["correct_baseline"])
