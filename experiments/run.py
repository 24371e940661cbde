# /// script
# requires-python = ">=3.11"
# dependencies = ["matplotlib==3.10.*", "numpy==2.*", "polars==1.*", "scipy==1.*"]
# ///
"""Runs experiments, and makes tables, plots and the page of what was found.

    cargo build --release --workspace
    uv run experiments/run.py filter algorithms    # runs what is missing, then writes their tables and plots
    uv run experiments/run.py --all
    uv run experiments/run.py filter --tables      # tables of the runs that are complete; runs nothing
    uv run experiments/run.py --readme             # experiments/README.md from all results and verdicts

`NAME.toml` declares an experiment. Runs share one store: what two settings have in common is computed once, a repeated
command computes nothing, and an interrupted one continues. `results/NAME.csv`, `.md` and `.svg` are the same to the byte
on one machine; computing times go to `results/NAME.seconds.csv`.
"""

import argparse
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

import declared
import drift
import figures
import page
import plots
import table
from declared import RESULTS, ROOT
from gold import Solver

SEEDS = "models/quickstart/data/seeds.jsonl"
GOLD_SEEDS = "gold-seeds.jsonl"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="experiments; see --list")
    parser.add_argument("--all", action="store_true", help="all experiments")
    parser.add_argument("--list", action="store_true", help="list the experiments with their numbers of runs")
    parser.add_argument("--tables", action="store_true", help="run nothing, use the runs that are complete")
    parser.add_argument("--readme", action="store_true", help="write the page")
    parser.add_argument("--serl", type=Path, default=ROOT / "target" / "release" / "serl", help="the binary")
    parser.add_argument("--solver", type=Path, help="`serl-quickstart`; by default beside the binary")
    parser.add_argument("--store", type=Path, default=ROOT / "experiments" / ".store", help="the store of all runs")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, of one thread each")
    chosen = parser.parse_args()
    chosen.serl, chosen.store = chosen.serl.resolve(), chosen.store.resolve()
    chosen.solver = (chosen.solver or chosen.serl.with_name("serl-quickstart")).resolve()
    for program in (chosen.serl, chosen.solver):
        if (chosen.names or chosen.all) and not program.exists():
            parser.error(f"there is no {program}; run cargo build --release --workspace")
    return chosen


def main():
    chosen = options()
    if chosen.list:
        for name in declared.names():
            experiment = declared.load(name)
            print(f"{name:12} {len(experiment.runs()):4} runs  {experiment.title}")
    for name in declared.names() if chosen.all else chosen.names:
        experiment = declared.load(name)
        if experiment.results_of:
            drift.write(experiment)
            continue
        if not chosen.tables:
            run_missing(experiment, chosen)
        write_results(experiment, chosen)
    if chosen.readme:
        page.write()


def run_missing(experiment, chosen):
    """Brings all runs of an experiment to their end, several at a time."""
    prepare(experiment, chosen)
    with ThreadPoolExecutor(chosen.jobs) as pool:
        seconds = list(pool.map(lambda run: execute(experiment, run, chosen), experiment.runs()))
    write_seconds(experiment, experiment.runs(), seconds)


def write_seconds(experiment, runs, seconds):
    rows = [(run.setting, run.seed, second) for run, second in zip(runs, seconds)]
    RESULTS.mkdir(exist_ok=True)
    frame = pl.DataFrame(rows, schema=["setting", "seed", "seconds"], orient="row")
    frame.write_csv(RESULTS / f"{experiment.name}.seconds.csv", float_precision=1)


def prepare(experiment, chosen):
    """Makes what the runs read: the seeds' gold answers, and the variant of the domain."""
    chosen.store.mkdir(parents=True, exist_ok=True)
    Solver(chosen.solver, "arithmetic").write(ROOT / SEEDS, chosen.store / GOLD_SEEDS)
    if experiment.built and not (ROOT / "experiments/domains/built" / experiment.built).exists():
        environment = os.environ | {"SERL_BIN": str(chosen.serl.parent)}
        subprocess.run([ROOT / "experiments/domains/build", experiment.built], check=True, env=environment)


def command(experiment, run, chosen):
    settings = [
        f"name={run.name}",
        f"seed={run.seed}",
        f"iterations={run.iterations}",
        f"execution.store={chosen.store}",
        "execution.keep_policies=iterations",
        "execution.threads=1",
        *(override.replace("{gold}", str(chosen.store / GOLD_SEEDS)) for override in run.overrides),
    ]
    return [str(chosen.serl), "run", "-q", "--json", "-c", experiment.config, *settings]


def execute(experiment, run, chosen):
    """Runs it and returns the computing time of its nodes, whenever they were computed."""
    done = subprocess.run(command(experiment, run, chosen), cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{run.name}: {done.stderr.strip()}")
    seconds = sum(node["seconds"] for node in json.loads(done.stdout)["nodes"])
    print(f"{run.name}: {seconds:.0f} s", flush=True)
    return seconds


def write_results(experiment, chosen):
    """Tables and plot of the runs that are complete."""
    solver = Solver(chosen.solver, experiment.domain)
    rows, answers = [], []
    for run in experiment.runs():
        folder = chosen.store / "runs" / run.name
        if not figures.complete(folder, run.iterations):
            continue
        labels = {"setting": run.setting, "seed": run.seed}
        rows += [labels | row for row in figures.of_run(folder, run.iterations, solver)]
        final = figures.greedy(folder, run.iterations)
        answers.append(final.select(pl.lit(run.setting).alias("setting"), pl.lit(run.seed).alias("seed"), pl.all()))
    if not rows:
        raise SystemExit(f"{experiment.name}: no run is complete")
    frame = pl.DataFrame(rows, infer_schema_length=None)
    RESULTS.mkdir(exist_ok=True)
    frame.write_csv(RESULTS / f"{experiment.name}.csv", float_precision=6)
    (RESULTS / f"{experiment.name}.md").write_text(table.tables(experiment, frame, pl.concat(answers)))
    plots.draw(experiment, frame, RESULTS / f"{experiment.name}.svg")


if __name__ == "__main__":
    main()
