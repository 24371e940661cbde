"""`serl report`: the figures of the Markdown page, which are those of the HTML page."""

import re

import polars as pl

from . import rows


def sections(text):
    """The lines of each section by its heading. Lines of quoted responses are not headings."""
    of, name, quoted = {}, "", False
    for line in text.splitlines():
        if line.startswith("```"):
            quoted = not quoted
        if line.startswith("## ") and not quoted:
            name = line[3:]
        of.setdefault(name, []).append(line)
    return of


def tables(lines):
    """The tables among the lines: a list of rows by header each."""
    of, header = [], None
    for line in lines:
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip().replace("\\", "") for cell in line.strip("|").split("|")]
        if header is None:
            header, table = cells, []
            of.append(table)
        elif not set("".join(cells)) <= set("-:"):
            table.append(list(zip(header, cells)))
    return of


def number(text):
    text = text.replace(",", "").replace("%", "")
    return None if text in ("-", "") else float(text)


def near(text, value):
    """Whether `text` is `value` as it is printed: rounded to its decimals, in percent if it says so."""
    if value is None:
        return text == "-"
    value = value * 100 if text.endswith("%") else value
    decimals = len(text.rstrip("%").split(".")[1]) if "." in text and "e" not in text else 0
    if "e" in text:
        return abs(float(text) - value) <= abs(value) * 0.06
    return abs(number(text) - value) <= 0.5001 * 10**-decimals


def printed(text, value):
    """What is compared: the text itself where it is right, or else the value."""
    return text if near(text, value) else value


def course(text, values):
    """`a → b → c`, or `a → … → c`."""
    parts = [part.strip() for part in text.split("→")]
    if "…" in parts:
        values = [values[0], values[-1]]
        parts = [parts[0], parts[-1]]
    return parts, [printed(part, value) for part, value in zip(parts, values)]


def accuracy(run, table):
    for row in table:
        shown = dict(row[:5])
        iteration, n = int(shown["iteration"]), int(shown["n"])
        graded = run.table(iteration, "evaluate", "eval")
        of_all = graded.filter(pl.col("greedy")).height
        asked = {"iteration": iteration, "benchmark": shown["benchmark"], "group": shown["group"], "k": 0}
        if n < of_all:
            samples = graded.filter(~pl.col("greedy"))
            asked["k"] = int(samples.group_by("problem_id").len()["len"].max())
        computed = rows.evaluation(run, asked)
        if computed is None:
            continue
        interval = f"{100 * computed['pass_at_1_low']:.1f}-{100 * computed['pass_at_1_high']:.1f}"
        values = {"n": str(computed["n"]), "Pass@1": printed(shown["Pass@1"], computed["pass_at_1"]), "95%": interval}
        said = {"n": shown["n"], "Pass@1": shown["Pass@1"], "95%": row[5][1]}
        for name, text in row[6:]:
            key = {"Avg": "avg_at_k", "Pass": "pass_at_k"}.get(name.split("@")[0])
            if key in computed:
                said[name], values[name] = text, printed(text, computed[key])
        yield f"report accuracy {iteration}", said, values


def funnel(run, table):
    for row in table:
        shown = {re.sub(r"^\W+", "", name): text for name, text in row}
        computed = rows.funnel(run, {"iteration": int(shown["iteration"])})
        counts = {name.replace("_", " "): n for name, n in (computed["decided"] | computed["difficulty"]).items()}
        counts |= {"candidates": computed["candidates"], "voted on": computed["voted"]}
        counts["trained on"] = counts.pop("selected", None)
        names = [name for name in shown if name not in ("iteration", "")]
        yield f"report funnel {shown['iteration']}", {n: number(shown[n]) for n in names}, {n: counts.get(n, 0) for n in names}


def agreement(run, table):
    for row in table:
        shown = dict(row)
        iteration = int(shown["line"].split()[-1])
        share, median = re.match(r"([\d.]+%) trained on, median ([\d.]+)", shown["values"]).groups()
        selection = run.table(iteration, "train", "selection")
        votes = run.table(iteration, "vote", "votes")
        computed = {
            "share": printed(share, selection["selected"].mean()),
            "median": printed(median, votes["r_mean"].cast(pl.Float64).median()),
        }
        yield f"report agreement {iteration}", {"share": share, "median": median}, computed


LOGGED = {
    "Reward": "reward_mean",
    "KL from the reference policy": "kl",
    "Entropy of the policy": "entropy",
    "Gradient norm": "grad_norm",
    "Loss": "loss",
    "Mismatch of sampler and trainer": "mismatch_kl",
}


def training(run, table):
    log = pl.concat([table for _, table in run.each("train", "train_log")])
    for row in table:
        shown = dict(row)
        column = LOGGED.get(shown["chart"])
        if column is not None:
            said, computed = course(shown["values"], log[column].to_list())
            yield f"report training {column}", {"course": said}, {"course": computed}


def reward(run, table):
    for row in table:
        shown = dict(row)
        if shown["line"].startswith("reward"):
            means = [table["r_mean"].cast(pl.Float64).mean() for _, table in run.each("vote", "votes")]
            said, computed = course(shown["values"], means)
            yield "report reward", {"course": said}, {"course": computed}


def drift(run, table):
    for row in table:
        statistic, texts = row[0][1], row[3:]
        for name, text in texts:
            value = rows.drift(run, {"iteration": int(name.split()[-1])}).get(statistic)
            yield f"report drift {statistic} {name}", {"value": text}, {"value": printed(text, value)}


def time(run, tables):
    for row in tables[-1]:
        shown = dict(row)
        iteration, turn = shown["node"].split("/")
        stage, _, round_ = turn.partition(".")
        computed = rows.timing(run, {"iteration": int(iteration), "stage": stage, "round": int(round_ or 0)})
        if computed is not None:
            said = number(shown["tokens"])
            yield f"report time {shown['node']}", {"tokens": said}, {"tokens": computed["tokens"]}


def page(run, text):
    """What the page shows, and what the tables say."""
    of = {name: tables(lines) for name, lines in sections(text).items()}
    yield from accuracy(run, of["Held-out accuracy"][-1])
    yield from funnel(run, of["From candidates to training"][0])
    yield from agreement(run, of["Agreement of the responses"][0])
    yield from training(run, of["Training"][0])
    yield from reward(run, of["Reward against accuracy"][0])
    yield from drift(run, of["Drift from the seeds"][0])
    yield from time(run, of["Time"])
