"""`serl report`: the figures of the Markdown page, which are those of the HTML page."""

import re

import polars as pl

from . import comparison, evaluation, timing, writing
from .markdown import course, number, printed, sections, tables

# Charts of more steps show means of neighbours.
MOST = 300
LOGGED = {
    "Reward": "reward_mean",
    "KL from the reference policy": "kl",
    "Entropy of the policy": "entropy",
    "Gradient norm": "grad_norm",
    "Loss": "loss",
    "Mismatch of sampler and trainer": "mismatch_kl",
}


def accuracy(run, of):
    """The table of all groups."""
    rows = {(*key[:3], figures["n"]): figures for key, figures in evaluation.evaluation(run)}
    table = of[-1] if of else []
    keys = [(int(row[0][1]), row[1][1], row[2][1], int(row[3][1])) for row in table]
    yield from comparison.keys("report accuracy", keys, rows)
    for key, row in zip(keys, table):
        if key in rows:
            yield f"report accuracy {'/'.join(map(str, key))}", *measured(row, rows[key])


def measured(row, computed):
    """The figures of a row, as they are printed. One with k = 0 has no figures at k."""
    interval = f"{100 * computed['pass_at_1_low']:.1f}-{100 * computed['pass_at_1_high']:.1f}"
    said, values = {"95%": row[5][1]}, {"95%": interval}
    of = {"Pass@1": "pass_at_1", "parsed": "parsed_share", "ties": "tie_share"}
    of |= {f"{name}@{computed['k']}": f"{name.lower()}_at_k" for name in ("Avg", "Pass", "Maj")}
    for name, text in row[4:]:
        key = of.get(name)
        if key is not None:
            value = None if key == "tie_share" and not computed["k"] else computed[key]
            said[name], values[name] = text, printed(text, value)
    return said, values


def funnel(run, of):
    """A row for each iteration that filtered or voted."""
    rows = {key[0]: figures for key, figures in writing.funnel(run)}
    known = {key for key, figures in rows.items() if (figures["candidates"], figures["voted"]) != (None, None)}
    table = [{re.sub(r"^\W+", "", name): text for name, text in row} for row in (of[0] if of else [])]
    yield from comparison.keys("report funnel", (int(shown["iteration"]) for shown in table), known)
    for shown in table:
        computed = rows.get(int(shown["iteration"]))
        if computed is not None:
            yield f"report funnel {shown['iteration']}", *funnelled(shown, computed)


def funnelled(shown, computed):
    """The counts of an iteration by the heads of their columns."""
    counts = {name.replace("_", " "): n for name, n in (computed["decided"] | computed["difficulty"]).items()}
    counts |= {"candidates": computed["candidates"], "voted on": computed["voted"]}
    counts["trained on"] = counts.pop("selected", 0) if computed["difficulty"] else None
    names = [name for name in shown if name not in ("iteration", "")]
    return {name: number(shown[name]) for name in names}, {name: counts.get(name, 0) for name in names}


def agreement(run, of):
    """The histogram of each iteration."""
    lines = [(int(row[1][1].split()[-1]), row[3][1]) for table in of for row in table]
    shown, votes = dict(lines), dict(run.each("vote", "votes"))
    yield from comparison.keys("report agreement", (iteration for iteration, _ in lines), votes)
    for iteration in shown.keys() & votes.keys():
        share, median = re.fullmatch(r"(?:([\d.]+%) trained on, )?median ([\d.]+)", shown[iteration]).groups()
        computed = {"median": printed(median, votes[iteration]["r_mean"].cast(pl.Float64).median())}
        if share is not None:
            selected = run.table(iteration, "train", "selection")["selected"].sum()
            computed["share"] = printed(share, selected / votes[iteration].height)
        yield f"report agreement {iteration}", {"share": share, "median": median}, computed


def training(run, of):
    """The charts of all steps."""
    logs = [table for _, table in run.each("train", "train_log")]
    log = pl.concat(logs) if logs else None
    known = {name: log[column].drop_nulls().to_list() for name, column in LOGGED.items()} if logs else {}
    known = {name: values for name, values in known.items() if values}
    lines = [(row[0][1], row[3][1]) for row in (of[0] if of else []) if row[0][1] in LOGGED]
    shown = dict(lines)
    yield from comparison.keys("report training", (name for name, _ in lines), known)
    for name in shown.keys() & known.keys():
        if len(known[name]) <= MOST:
            said, computed = course(shown[name], known[name])
            yield f"report training {name}", {"course": said}, {"course": computed}


def reward(run, of):
    """The line of mean r_mean by iteration."""
    rows = [dict(row)["values"] for row in (of[0] if of else []) if dict(row)["line"].startswith("reward")]
    means = [figures["agreement"] for _, figures in writing.funnel(run) if figures["agreement"] is not None]
    yield "report reward", {"lines": len(rows)}, {"lines": 1 if means else 0}
    for text in rows:
        said, computed = course(text, means)
        yield "report reward", {"course": said}, {"course": computed}


def drift(run, of):
    """A row for each statistic, with a column for each iteration."""
    rows = {key[0]: figures for key, figures in writing.drift(run)}
    table, names = of[0] if of else [], {name for figures in rows.values() for name in figures}
    yield from comparison.keys("report drift", (row[0][1] for row in table), names)
    for row in table:
        statistic, texts = row[0][1], {int(name.split()[-1]): text for name, text in row[3:]}
        values = {iteration: rows.get(iteration, {}).get(statistic) for iteration in texts}
        computed = {iteration: printed(texts[iteration], value) for iteration, value in values.items()}
        yield f"report drift {statistic}", {"of": texts}, {"of": computed | dict.fromkeys(rows.keys() - texts.keys())}


def time(run, of):
    """The last table has all nodes."""
    name = lambda number, stage, turn: f"{number}/{stage}" if turn is None else f"{number}/{stage}.{turn}"
    known = {name(*node): figures for node, figures in timing.nodes(run)}
    shown = [dict(row) for row in (of[-1] if of else [])]
    yield from comparison.keys("report time", (row["node"] for row in shown), known)
    for row in shown:
        if row["node"] in known:
            figures = known[row["node"]]
            said = {name: row[name] for name in ("seconds", "share", "tokens")}
            computed = {name: printed(text, figures[name]) for name, text in said.items()}
            yield f"report time {row['node']}", said, computed


SECTIONS = {
    "Held-out accuracy": accuracy,
    "From candidates to training": funnel,
    "Agreement of the responses": agreement,
    "Training": training,
    "Reward against accuracy": reward,
    "Drift from the seeds": drift,
    "Time": time,
}


def page(run, text):
    """What the page shows, and what the tables say."""
    of = {name: tables(lines) for name, lines in sections(text).items()}
    for name, compared in SECTIONS.items():
        yield from compared(run, of.get(name, []))
