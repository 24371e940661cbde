"""The checks, command by command."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from . import answers, evaluation, findings, report, signs, texts, timing, training, voting, writing
from .comparison import compare, rows
from .tables import Run

# What `serl inspect` prints: the key of its rows, and what computes them.
INSPECTED = {
    ("r-mean",): (("iteration", "round"), voting.r_mean),
    ("warnings",): (("iteration",), signs.signs),
    ("rollouts",): (("iteration", "round"), voting.rollouts),
    ("rollouts", "--each"): (("iteration", "round", "instruction_id", "sample"), voting.rollout),
    ("train",): (("iteration",), training.iterations),
    ("train", "--each"): (("iteration", "round", "step"), training.steps),
    ("filter",): (("iteration",), writing.funnel),
    ("filter", "--each"): (("iteration", "id"), writing.candidate),
    ("eval",): (("iteration", "benchmark", "group", "sampled"), evaluation.evaluation),
    ("curve",): (("iteration", "benchmark", "k"), evaluation.curve),
    ("drift",): (("iteration",), writing.drift),
    ("timing",): (("iteration", "stage"), timing.stages),
    ("timing", "--each"): (("iteration", "stage", "round"), timing.nodes),
}


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


def markdown(chosen):
    """The report of the run."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        command = [chosen.serl, "report", chosen.run, "--quiet", "--store", chosen.store, "-o", page]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return page.read_text()


def shown(chosen, run):
    """`serl show` of each iteration, as far as it was run."""
    for iteration in run.iterations():
        at = f"{chosen.run}@{iteration}"
        show = lambda *what: printed(chosen, "show", at, *what, "--limit", "0")
        if run.table(iteration, "vote", "votes") is not None:
            yield from texts.votes(at, show(), run, iteration)
        if run.table(iteration, "filter", "filtered") is not None:
            yield from texts.candidates(at, show("--candidates"), run, iteration)
        if evaluation.problems(run, iteration):
            yield from texts.problems(at, show("--problems"), run, iteration)
            if evaluation.problems(run, 0):
                yield from texts.flips(at, show("--flips"), run, iteration)


def inspected(chosen, run):
    inspect = lambda *what: printed(chosen, "inspect", *what, "--run", chosen.run)
    for what, (names, computed) in INSPECTED.items():
        yield from rows(f"inspect {' '.join(what)}", names, inspect(*what), computed(run))
    read = inspect("answers")
    yield from rows("inspect answers", ("iteration", "stage", "round"), read["nodes"], answers.nodes(run))
    yield "inspect answers", read, {"unparsed": answers.unparsed(run)}


def comparisons(chosen, run):
    """All that is shown, and what is computed of it."""
    yield from shown(chosen, run)
    yield from inspected(chosen, run)
    yield from rows("check", ("id",), printed(chosen, "check", chosen.run), findings.findings(run))
    yield from report.page(run, markdown(chosen))


def main(description):
    chosen = options(description)
    run = Run(chosen.store, chosen.run)
    counts = [compare(*one) for one in comparisons(chosen, run)]
    compared, differing = map(sum, zip(*counts))
    print(f"{compared} figures compared, {differing} differ")
    return 1 if differing or not compared else 0
