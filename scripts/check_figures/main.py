"""The comparison: what `serl` prints beside what Polars computes."""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

from . import figures, report, rows, texts
from .tables import Run

TOLERANCE = 1e-6


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("serl", type=Path, help="the binary")
    parser.add_argument("run", help="name of the run")
    parser.add_argument("store", type=Path, nargs="?", default=Path(".serl"), help="the store [default: .serl]")
    return parser.parse_args()


def printed(chosen, *arguments):
    """The JSON that a command prints; `serl check` may end with 1."""
    command = [chosen.serl, *arguments, "--json", "--quiet", "--store", chosen.store]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}")
    return json.loads(done.stdout)


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def compare(what, shown, computed):
    """The number of figures compared; prints those that differ, and counts them."""
    wrong = [key for key in computed if not same(shown.get(key), computed[key])]
    for key in wrong:
        print(f"{what}: {key} is shown as {shown.get(key)!r}, but it is {computed[key]!r}")
    return len(computed), len(wrong)


def pairs(chosen, run):
    """What is shown and what is computed, with a name."""
    for iteration in run.iterations():
        at = f"{chosen.run}@{iteration}"
        everything = ("--limit", "0")
        if run.has(iteration, "vote"):
            yield from texts.votes(at, printed(chosen, "show", at, *everything), run, iteration)
        if run.has(iteration, "filter"):
            yield from texts.candidates(at, printed(chosen, "show", at, "--candidates", *everything), run, iteration)
        if run.has(iteration, "evaluate"):
            yield from texts.problems(at, printed(chosen, "show", at, "--problems", *everything), run, iteration)
            yield from texts.flips(at, printed(chosen, "show", at, "--flips", *everything), run, iteration)
    for row in printed(chosen, "inspect", "r-mean", "--run", chosen.run):
        yield f"inspect r-mean {row['iteration']}/{row['round']}", row, figures.r_mean(run, row)
    for row in printed(chosen, "inspect", "warnings", "--run", chosen.run):
        yield f"inspect warnings {row['iteration']}", row, figures.warnings(run, row["iteration"])
    yield from inspected(chosen, run)
    yield from report.page(run, markdown(chosen))
    for finding in printed(chosen, "check", chosen.run):
        computed = figures.finding(run, finding["id"])
        if computed is not None:
            yield f"check {finding['id']}", finding["figures"], computed


# What `serl inspect` has one row of, and what computes it.
ROWS = {
    ("rollouts",): rows.rollouts,
    ("train",): rows.train,
    ("train", "--each"): rows.step,
    ("filter",): rows.funnel,
    ("eval",): rows.evaluation,
    ("drift",): rows.drift,
    ("timing", "--each"): rows.timing,
}


def inspected(chosen, run):
    inspect = lambda *what: printed(chosen, "inspect", *what, "--run", chosen.run)
    for what, compute in ROWS.items():
        for row in inspect(*what):
            computed = compute(run, row)
            if computed is not None:
                yield f"inspect {' '.join(what)} {row['iteration']}", row, computed
    for row in inspect("answers")["nodes"]:
        yield f"inspect answers {row['iteration']}/{row['stage']}", row, rows.answers(run, row)
    yield from rows.rollout(run, inspect("rollouts", "--each"))


def markdown(chosen):
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        command = [chosen.serl, "report", chosen.run, "--quiet", "--store", chosen.store, "-o", page]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return page.read_text()


def main(description):
    chosen = options(description)
    run = Run(chosen.store / "runs" / chosen.run)
    compared = differing = 0
    for what, shown, computed in pairs(chosen, run):
        of, wrong = compare(what, shown, computed)
        compared, differing = compared + of, differing + wrong
    print(f"{compared} figures compared, {differing} differ")
    return 1 if differing or not compared else 0
