# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.*", "polars==1.*"]
# ///
"""SeRL with a real language model on two cores: greedy answers and Maj@8 on held-out problems, before and after.

    uv run experiments/llm/run.py MODEL --asdiv asdiv.jsonl --gsm8k gsm8k.jsonl

MODEL is the folder of SmolLM2-135M-Instruct. ASDiv has columns `question`, `answer` and `formula`, GSM8K `question` and
`answer`. A warm start teaches equations, then three ways to answer. SeRL then sees other problems, without answers. With
`--controls`, a lot rewards the same responses in as many steps. The results are in `tables.md` of the folder `--out`. A
repeated command computes nothing that is there; an interrupted one continues, the warm start with the part that was not
complete.
"""

import argparse
import subprocess
from pathlib import Path

import polars as pl

import data
import measured
from measured import Answers

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONFIG = HERE / "serl.toml"
LOTS = "reward.kind=random"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("--asdiv", type=Path, required=True, help="data file of ASDiv")
    parser.add_argument("--gsm8k", type=Path, required=True, help="data file of GSM8K")
    parser.add_argument("--out", type=Path, default=ROOT / "experiments" / ".llm", help="everything that is made")
    parser.add_argument("--serl", type=Path, default=ROOT / "target" / "release" / "serl", help="the binary")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the runs")
    parser.add_argument("--controls", type=int, nargs="+", default=[], help="those of the seeds with a control")
    chosen = parser.parse_args()
    chosen.out, chosen.serl = chosen.out.resolve(), chosen.serl.resolve()
    chosen.store = chosen.out / "store"
    if not set(chosen.controls) <= set(chosen.seeds):
        parser.error("--controls are some of --seeds")
    return chosen


def serl(chosen, *arguments):
    """What the command prints; its messages go to the terminal."""
    command = [str(argument) for argument in (chosen.serl, *arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return done.stdout


def taught(chosen, model, part):
    """The model after a part of the warm start: `equations` or `forms`."""
    policy = chosen.out / part
    if not policy.exists():
        paths = [f"model.path={model}", f"data.path={chosen.out / part}.jsonl"]
        serl(chosen, "sft", "-c", HERE / f"{part}.toml", "--out", policy, *paths)
    return policy


def run(chosen, policy, seed, kind="llm", overrides=()):
    """A run of SeRL, measured on ASDiv in every iteration; returns the folders of its iterations."""
    name = f"{kind}.s{seed}"
    settings = [
        f"name={name}",
        f"seed={seed}",
        f"model.path={policy}",
        f"seeds.path={chosen.out / 'unlabelled.jsonl'}",
        f"eval.path={chosen.out / 'asdiv.jsonl'}",
        f"execution.store={chosen.store}",
        *overrides,
    ]
    print(serl(chosen, "run", "-c", CONFIG, *settings), flush=True)
    folders = (chosen.store / "runs" / name).glob("*/evaluate")
    return [folder.parent for folder in sorted(folders, key=lambda folder: int(folder.parent.name))]


def control(chosen, policy, seed, folders):
    """A run on the responses of another one, whose folders are given: rewards by lot, the same number of steps."""
    steps = pl.read_parquet(folders[1] / "train.0" / "train_log.parquet").height
    return run(chosen, policy, seed, "lots", [LOTS, f"train.max_steps={steps}"])


def last_policy(folders):
    """Of a run, from the folders of its iterations."""
    return max(folders[-1].glob("train.*"), key=lambda node: int(node.name.split(".")[1])) / "policy"


def answers_to(chosen, problems, policy, name):
    """What a policy answers to the held-out problems `asdiv` or `gsm8k`."""
    answers = chosen.out / f"{problems}.{name}.parquet"
    if not answers.exists():
        file = chosen.out / f"{problems}.jsonl"
        print(serl(chosen, "eval", policy, file, "-c", CONFIG, "--output", answers), flush=True)
    return Answers.read(answers)


def section(heading, equations, before, after, lots):
    """The tables of one set of problems: of the policy that knows equations only, and of those of each seed."""
    named = {f"before, seed {seed}": found for seed, found in before.items()}
    named |= {f"after, seed {seed}": found for seed, found in after.items()}
    named |= {f"rewards by lot, seed {seed}": found for seed, found in lots.items()}
    pairs = measured.between(equations, list(before.values()), list(after.values()))
    pairs |= measured.against_lots(before, after, lots)
    return f"## {heading}\n\n{measured.policies({'equations only': equations} | named)}\n{measured.tests(pairs)}"


def on_asdiv(chosen, equations, runs, controls):
    """Runs measure this themselves."""
    read = lambda runs, place: {
        seed: Answers.read(folders[place] / "evaluate" / "eval.parquet") for seed, folders in runs.items()
    }
    before, after, lots = read(runs, 0), read(runs, -1), read(controls, -1)
    tables = section("ASDiv", answers_to(chosen, "asdiv", equations, "equations"), before, after, lots)
    return f"{tables}\n{measured.origins(before, after)}"


def of_votes(chosen, runs):
    """How right the majorities of the first iteration are."""
    gold = {problem["question"]: problem["answer"] for problem in data.rows(chosen.asdiv)}
    found = {seed: votes(folders[1], gold) for seed, folders in runs.items()}
    return f"## Votes on the problems trained on\n\n{measured.labels(found)}"


def votes(iteration, gold):
    """The votes of an iteration with whether their majorities are right."""
    read = lambda node, table: pl.read_parquet(iteration / node / f"{table}.parquet")
    prompts = read("respond.0", "prompts").select("instruction_id", "instruction")
    selection = read("train.0", "selection").select("instruction_id", "selected")
    rows = read("vote.0", "votes").join(prompts, on="instruction_id").join(selection, on="instruction_id")
    answers = pl.Series("gold", [data.number(gold[question]) for question in rows["instruction"]])
    return rows.with_columns((pl.col("majority_canonical") == answers).fill_null(False).alias("right"))


def on_gsm8k(chosen, equations, forms, runs):
    start = answers_to(chosen, "gsm8k", forms, "before")
    after = {seed: answers_to(chosen, "gsm8k", last_policy(folders), f"s{seed}") for seed, folders in runs.items()}
    reference = answers_to(chosen, "gsm8k", equations, "equations")
    return section("GSM8K, its shortest problems", reference, dict.fromkeys(runs, start), after, {})


def main():
    chosen = options()
    if not (chosen.out / "gsm8k.jsonl").exists():
        data.make(chosen.asdiv, chosen.gsm8k, chosen.out)
    equations = taught(chosen, chosen.model, "equations")
    forms = taught(chosen, equations, "forms")
    runs = {seed: run(chosen, forms, seed) for seed in chosen.seeds}
    controls = {seed: control(chosen, forms, seed, runs[seed]) for seed in chosen.controls}
    tables = [on_asdiv(chosen, equations, runs, controls), of_votes(chosen, runs)]
    tables = "\n".join([*tables, on_gsm8k(chosen, equations, forms, runs)])
    (chosen.out / "tables.md").write_text(tables)
    print(tables)


if __name__ == "__main__":
    main()
