"""SeRL with a real language model on two cores: greedy answers and Maj@8 on held-out problems, before and after.

    python experiments/llm/run.py MODEL --asdiv asdiv.jsonl --gsm8k gsm8k.jsonl

MODEL is the folder of SmolLM2-135M-Instruct. ASDiv has columns `question`, `answer` and `formula`, GSM8K `question` and
`answer`. A warm start teaches the form of an answer on 700 problems and some sums; SeRL then sees 320 other problems
without their answers. A repeated command computes nothing that is there.
"""

import argparse
import subprocess
from pathlib import Path

import data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONFIG = HERE / "serl.toml"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("--asdiv", type=Path, required=True, help="data file of ASDiv")
    parser.add_argument("--gsm8k", type=Path, required=True, help="data file of GSM8K")
    parser.add_argument("--out", type=Path, default=ROOT / "experiments" / ".llm", help="everything that is made")
    parser.add_argument("--serl", type=Path, default=ROOT / "target" / "release" / "serl", help="the binary")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the runs")
    chosen = parser.parse_args()
    chosen.out, chosen.serl = chosen.out.resolve(), chosen.serl.resolve()
    chosen.store = chosen.out / "store"
    return chosen


def serl(chosen, *arguments):
    """What the command prints; its messages go to the terminal."""
    command = [str(argument) for argument in (chosen.serl, *arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return done.stdout


def warm_start(chosen):
    """The policy that SeRL starts from."""
    policy = chosen.out / "warm-start"
    if not policy.exists():
        paths = [f"model.path={chosen.model}", f"data.path={chosen.out / 'warm-start.jsonl'}"]
        serl(chosen, "sft", "-c", HERE / "warm-start.toml", "--out", policy, *paths)
    return policy


def run(chosen, policy, seed):
    """A run of SeRL, measured on ASDiv in every iteration; returns its name and its last policy."""
    name = f"llm.s{seed}"
    settings = [
        f"name={name}",
        f"seed={seed}",
        f"model.path={policy}",
        f"seeds.path={chosen.out / 'unlabelled.jsonl'}",
        f"eval.path={chosen.out / 'asdiv.jsonl'}",
        f"execution.store={chosen.store}",
    ]
    print(serl(chosen, "run", "-c", CONFIG, *settings))
    last = max((chosen.store / "runs" / name).glob("*/train.*"), key=lambda node: int(node.parent.name))
    return name, last / "policy"


def on_gsm8k(chosen, policy, name):
    """The table of a policy on GSM8K's shortest problems."""
    table = chosen.out / f"gsm8k.{name}.txt"
    if not table.exists():
        table.write_text(serl(chosen, "eval", policy, chosen.out / "gsm8k.jsonl", "-c", CONFIG))
    return table.read_text()


def main():
    chosen = options()
    if not (chosen.out / "warm-start.jsonl").exists():
        data.make(chosen.asdiv, chosen.gsm8k, chosen.out)
    policy = warm_start(chosen)
    runs = dict(run(chosen, policy, seed) for seed in chosen.seeds)
    print("ASDiv, all seeds:", serl(chosen, "compare", "--store", chosen.store, *runs), sep="\n")
    before = ["compare", "--store", chosen.store, *runs, "--against-iteration", "0"]
    print("ASDiv, against the policy before:", serl(chosen, *before), sep="\n")
    for name, trained in [("before", policy), *runs.items()]:
        print(f"GSM8K, {name}:", on_gsm8k(chosen, trained, name), sep="\n")


if __name__ == "__main__":
    main()
